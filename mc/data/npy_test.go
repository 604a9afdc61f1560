package data

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// Files that NumPy 2 wrote of arange(24).reshape(2, 3, 4), 7.0, arange(3) and [[1.5, -2, 3], [0,
// nan, 1e30]].
func TestReadNPYOfNumPy(t *testing.T) {
	nan := math.NaN()
	table := Array{[]int{2, 3}, []float64{1.5, -2, 3, 0, nan, 1e30}}
	rounded := Array{[]int{2, 3}, []float64{1.5, -2, 3, 0, nan, float64(float32(1e30))}}
	cube := Array{Shape: []int{2, 3, 4}}
	for k := range 24 {
		cube.Data = append(cube.Data, float64(k))
	}
	for file, want := range map[string]Array{
		"c_float64.npy": table, "fortran_float32.npy": rounded, "big_endian.npy": table,
		"version_2.npy": table, "version_3.npy": rounded, "cube_fortran.npy": cube,
		"scalar.npy": {[]int{}, []float64{7}}, "vector.npy": {[]int{3}, []float64{0, 1, 2}},
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
	}
}

// anyArray draws an array of up to four dimensions, of numbers that float32 holds exactly.
var anyArray = rapid.Custom(func(t *rapid.T) Array {
	a := Array{Shape: rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")}
	size := 1
	for _, n := range a.Shape {
		size *= n
	}
	number := rapid.Map(rapid.Float32(), func(x float32) float64 { return float64(x) })
	a.Data = rapid.SliceOfN(number, size, size).Draw(t, "data")
	return a
})

func TestNPYRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyArray.Draw(t, "a")
		layout := Layout{Float32: rapid.Bool().Draw(t, "float32"), Fortran: rapid.Bool().Draw(t, "fortran")}
		var file bytes.Buffer
		if err := WriteNPY(&file, a, layout); err != nil {
			t.Fatal(err)
		}
		if header := bytes.IndexByte(file.Bytes(), '\n') + 1; header%64 != 0 {
			t.Fatalf("the data begin at byte %d, not at a multiple of 64", header)
		}
		back, err := ReadNPY("a.npy", &file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, back, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// npy makes a file with a header of one's own.
func npy(header string, data ...byte) []byte {
	b := append([]byte(npyMagic+"\x01\x00"), binary.LittleEndian.AppendUint16(nil, uint16(len(header)))...)
	return append(append(b, header...), data...)
}

func TestBadArrays(t *testing.T) {
	read := func(b []byte) error { _, err := ReadNPY("a.npy", bytes.NewReader(b)); return err }
	file := func(name string) error {
		b, err := os.ReadFile(filepath.Join("testdata/numpy", name))
		if err != nil {
			t.Fatal(err)
		}
		return read(b)
	}
	zipped := func(b []byte) error {
		_, err := ReadNPZ("a.npz", bytes.NewReader(b), int64(len(b)))
		return err
	}
	whole, err := os.ReadFile("testdata/numpy/two.npz")
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(whole)
	damaged[bytes.IndexByte(damaged, '\n')+3] ^= 1
	matrix := func(a Array) error { _, err := a.Matrix(); return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"text", read([]byte("1,2\n")), "data: a.npy: the file is not in NumPy's .npy format"},
		{"empty", read(nil), "not in NumPy's .npy format"},
		{"version", read([]byte(npyMagic + "\x09\x00\x00\x00")), "version 9"},
		{"cut in the header", read([]byte(npyMagic + "\x01\x00\xff")), "ends in its header"},
		{"complex", read(npy("{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }")),
			`"<c16"; save them with astype(float)`},
		{"long integer", read(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", 1, 0, 0, 0, 0, 0,
			0x30, 0)), "float64 holds whole numbers up to 2⁵³"},
		{"2⁵³ + 1", read(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", 0, 0, 0, 0, 0, 0, 0x20, 0,
			1, 0, 0, 0, 0, 0, 0x20, 0)), "number 1 is 9007199254740993; float64 holds"},
		{"−2⁵³ − 1", read(npy("{'descr': '>i8', 'fortran_order': False, 'shape': (1,), }", 0xff, 0xdf, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff)), "number 0 is -9007199254740993; float64 holds"},
		{"2⁶⁴ − 1", read(npy("{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }", 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff)), "number 0 is 18446744073709551615; float64 holds"},
		{"objects", file("objects.npy"), `"|O"`},
		{"records", read(npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }")),
			"not that of a plain array"},
		{"long header", read([]byte(npyMagic + "\x02\x00\xff\xff\xff\xff")), "the header is of 4294967295 bytes"},
		{"short", read(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", make([]byte, 20)...)),
			"ends after 2 of the 4 numbers"},
		{"long", read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", make([]byte, 5)...)),
			"goes on after the 1 numbers"},
		{"huge", read(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999), }")),
			"more than 268435456 numbers"},
		{"beyond int", read(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }")),
			"out of range"},
		{"truncated zip", zipped(whole[:len(whole)-30]), "data: a.npz: zip: not a valid zip file"},
		{"damaged zip", zipped(damaged), "data: a.npz: a: zip: checksum error"},
		{"numbers missing", WriteNPY(io.Discard, Array{[]int{2}, []float64{1}}, Layout{}),
			"shape [2] is of 2 numbers, there are 1"},
		{"beyond float32", WriteNPY(io.Discard, Array{[]int{2}, []float64{1, 1e40}}, Layout{Float32: true}),
			"number 1, 1e+40, is beyond float32"},
		{"bad name", WriteNPZ(io.Discard, map[string]Array{"../a": {[]int{1}, []float64{1}}}, Layout{}),
			`"../a" cannot be the name`},
		{"a cube as matrix", matrix(Array{[]int{1, 1, 1}, []float64{1}}), "shape [1 1 1] is not a matrix"},
		{"nothing as matrix", matrix(Array{[]int{0, 3}, nil}), "shape [0 3] is not a matrix"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %s", c.name, c.err, c.want)
		}
	}
}

func TestNewArray(t *testing.T) {
	w := mat.NewDense(3, 4, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	a := NewArray(w.Slice(1, 3, 1, 3))
	if diff := cmp.Diff(Array{[]int{2, 2}, []float64{5, 6, 9, 10}}, a); diff != "" {
		t.Errorf("array of a part of a matrix (-want +got):\n%s", diff)
	}
	back, err := a.Matrix()
	if err != nil || !mat.Equal(back, w.Slice(1, 3, 1, 3)) {
		t.Errorf("matrix %v, error %v", back, err)
	}
}

func FuzzReadNPY(f *testing.F) {
	files, err := filepath.Glob("testdata/numpy/*.npy")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := ReadNPY("fuzz.npy", bytes.NewReader(file))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "data: fuzz.npy: ") {
				t.Fatalf("error %q does not begin with data: and the file", err)
			}
			return
		}
		var out bytes.Buffer
		if err := WriteNPY(&out, a, Layout{Fortran: true}); err != nil {
			t.Fatal(err)
		}
		back, err := ReadNPY("fuzz.npy", &out)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, back, cmpopts.EquateNaNs()); diff != "" {
			t.Fatal(diff)
		}
	})
}
