package data

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"projectpenalty/mc"
)

// Files that NumPy 2.4 wrote of [[0, 1, 5], [4, 3, 2]], or of what is said.
func TestArrayTypes(t *testing.T) {
	ints := Array{[]int{2, 3}, []float64{0, 1, 5, 4, 3, 2}}
	for file, want := range map[string]Array{
		"int8.npy": ints, "uint8.npy": ints, "int16.npy": ints, "uint16.npy": ints, "int32.npy": ints,
		"uint32.npy": ints, "uint64.npy": ints, "float16.npy": ints,
		"int64_big_endian.npy": {[]int{2, 3}, []float64{-3, -2, 2, 1, 0, -1}},
		"integers.npy":         {[]int{3}, []float64{0, 1, 2}},
		"bool.npy":             {[]int{2, 3}, []float64{0, 0, 1, 1, 1, 0}},
		// 1.5, −2, nan, inf, 6e-8 (the least number), 65504 (the greatest), −0, 0.333, as float16
		// rounds them
		"float16_special.npy": {[]int{8}, []float64{1.5, -2, math.NaN(), math.Inf(1), math.Ldexp(1, -24), 65504,
			math.Copysign(0, -1), 0.33300781250}},
	} {
		f, err := os.Open(filepath.Join("testdata/numpy", file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		a, err := ReadNPY(file, f)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, a, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
		for k, x := range want.Data {
			if math.Signbit(a.Data[k]) != math.Signbit(x) && x == x {
				t.Errorf("%s: number %d has the wrong sign", file, k)
			}
		}
	}
}

// Every half-precision number is what its bits say.
func TestHalf(t *testing.T) {
	for bits := range 1 << 16 {
		x := half(uint16(bits))
		exponent, fraction := bits>>10&31, bits&1023
		switch {
		case exponent == 31 && fraction != 0:
			if !math.IsNaN(x) {
				t.Fatalf("%#x is %v, want NaN", bits, x)
			}
			continue
		case exponent == 31:
			if !math.IsInf(x, 1-2*(bits>>15)) {
				t.Fatalf("%#x is %v, want an infinity", bits, x)
			}
			continue
		}
		want := float64(fraction) / 1024 * math.Pow(2, -14)
		if exponent > 0 {
			want = (1 + float64(fraction)/1024) * math.Pow(2, float64(exponent-15))
		}
		if math.Abs(x) != want || math.Signbit(x) != (bits>>15 == 1) {
			t.Fatalf("%#x is %v, want ±%v", bits, x, want)
		}
	}
}

// One member that cannot be read leaves the others readable.
func TestUnreadableMember(t *testing.T) {
	path := "testdata/numpy/mixed.npz"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := Array{[]int{2, 3}, []float64{0, 1, 5, 4, 3, 2}}
	arrays, err := ReadNPZ(path, bytes.NewReader(b), int64(len(b)), "ratings")
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(map[string]Array{"ratings": want}, arrays); diff != "" {
		t.Errorf("by name (-want +got):\n%s", diff)
	}
	arrays, err = ReadNPZ(path, bytes.NewReader(b), int64(len(b)))
	if err == nil || !strings.Contains(err.Error(), `names: the numbers are of type "<U2"`) ||
		!strings.Contains(err.Error(), "objects: ") {
		t.Errorf("error %v does not name the arrays that cannot be read", err)
	}
	if diff := cmp.Diff(map[string]Array{"ratings": want}, arrays); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if _, err := ReadNPZ(path, bytes.NewReader(b), int64(len(b)), "none"); err == nil ||
		!strings.Contains(err.Error(),
			`no array "none"; there are "ratings" of shape (2, 3), "names" of shape (2,), "objects" of shape (2,)`) {
		t.Errorf("a name that is not there: %v", err)
	}
	o, err := LoadArray(path, "ratings")
	if err != nil || o.Len() != 6 {
		t.Errorf("LoadArray: %v, %v", o, err)
	}
	if _, err := Load(path); err == nil ||
		!strings.Contains(err.Error(), `choose one: data.LoadArray("testdata/numpy/mixed.npz", "ratings")`) {
		t.Errorf("Load of several: %v", err)
	}
}

// What SciPy 1.17 stores of a 3×4 matrix with (0, 1) 5, (1, 0) 0 and (2, 3) 3.5; the stored 0 is an
// entry.
func TestSparse(t *testing.T) {
	for _, name := range []string{"csr", "csc", "coo", "coo_coords", "csr_matrix_int32"} {
		o, err := Load("testdata/numpy/" + name + ".npz")
		if err != nil {
			t.Error(err)
			continue
		}
		want := []mc.Entry{{Row: 0, Col: 1, Value: 5}, {Row: 1, Col: 0, Value: 0}, {Row: 2, Col: 3, Value: 3.5}}
		if name == "csr_matrix_int32" {
			want[2].Value = 3
		}
		if diff := cmp.Diff(want, o.Entries()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if rows, cols := o.Dims(); rows != 3 || cols != 4 {
			t.Errorf("%s: %d×%d, want 3×4", name, rows, cols)
		}
	}
	for _, name := range []string{"dia", "bsr"} {
		if _, err := Load("testdata/numpy/" + name + ".npz"); err == nil ||
			!strings.Contains(err.Error(), `of format "`+name+`"; csr, csc and coo are read; save it with tocsr()`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Pixels as Pillow wrote them.
func TestImages(t *testing.T) {
	for name, want := range map[string][]mc.Entry{
		"grey.png": {{Row: 0, Col: 0, Value: 0}, {Row: 0, Col: 1, Value: 128}, {Row: 0, Col: 2, Value: 255},
			{Row: 1, Col: 0, Value: 10}, {Row: 1, Col: 1, Value: 20}, {Row: 1, Col: 2, Value: 30}},
		"palette.png": {{Row: 0, Col: 0, Value: 0}, {Row: 0, Col: 1, Value: 128}, {Row: 0, Col: 2, Value: 255},
			{Row: 1, Col: 0, Value: 10}, {Row: 1, Col: 1, Value: 20}, {Row: 1, Col: 2, Value: 30}},
		"bits.png": {{Row: 0, Col: 0, Value: 0}, {Row: 0, Col: 1, Value: 255}, {Row: 0, Col: 2, Value: 255},
			{Row: 1, Col: 0, Value: 0}, {Row: 1, Col: 1, Value: 0}, {Row: 1, Col: 2, Value: 0}},
		"grey16.png": {{Row: 0, Col: 0, Value: 0}, {Row: 0, Col: 1, Value: 1}, {Row: 0, Col: 2, Value: 255}},
		// 0.299·255, 0.587·255, 0.114·255
		"colour.png": {{Row: 0, Col: 0, Value: 76.245}, {Row: 0, Col: 1, Value: 149.685},
			{Row: 0, Col: 2, Value: 29.07}, {Row: 0, Col: 3, Value: 7}},
		"transparent.png": {{Row: 0, Col: 0, Value: 255}, {Row: 0, Col: 2, Value: 9}},
	} {
		o, err := Load("testdata/images/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		// rounding of three products
		if diff := cmp.Diff(want, o.Entries(), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// Of one colour, a JPEG is exact to a grey value or two.
	for name, want := range map[string]float64{"grey.jpg": 77, "colour.jpg": 0.299*200 + 0.587*100 + 0.114*50} {
		o, err := Load("testdata/images/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, e := range o.All() {
			if math.Abs(e.Value-want) > 2 {
				t.Errorf("%s: entry %v, want %v", name, e, want)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "lie.png")
	b, err := os.ReadFile("testdata/images/grey.png")
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadImage(path, bytes.NewReader(b[:len(b)-20]))
	if err == nil || !strings.HasPrefix(err.Error(), "data: "+path) {
		t.Errorf("a cut file: %v", err)
	}
	if _, err := ReadImage("a.jpg", strings.NewReader("\xff\xd8\xff")); err == nil ||
		!strings.HasPrefix(err.Error(), "data: a.jpg: ") {
		t.Errorf("a JPEG without pixels: %v", err)
	}
}
