package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the text: an error that names it, or entries that survive being written with their names
// and read again.
func FuzzTable(f *testing.F) {
	for _, s := range []string{
		"1;2,5\n;4\n", ",0,1\n0,.5,\n1,2,3\n", "\"a\" \"b\"\n\"r1\" 1 2.5\n\"r2\" NA 4\n",
		"user,item,rating\n1,1,2\n1,2,4\n", "1 1 2\n1 2 4\n",
		"ann,up,4\nbob,up,5\n", "1\t\t5\t\t.2\n2\t\t7\t\t-9\n", "1:\n5,3,2005-01-01\n",
		"1::2::3::978300760\n1::3::3::978300760\n", "Date;Time;CO;;\n1/1;2.3;4,5;;\n;;;;\n",
		"row,col,value\n0,0,1\n99999,0,2\n", "a,\"b\nc\",d\n1,2,3\n", "\xff\xfe1\x00", "# a b\n1 2\n",
		"x\n1\n\n3\n", "1.234,5;2\n", "id,a\n100000000001,1\n", "-9999,1,2\n3,4,-9999\n",
		"|a|b|\n|---|:-:|\n|1|2|\n", "1\x00,\x002\x00\n\x00", "n;a\nx;1'000,5\ny;1\xa0000\n", "1.0D+01 2\n",
		"n,a\rx,1\ry,2\r\n", "year,month,a,b\n1990,1,1,2\n", "n,a,b,c\nx,1,-99,3\ny,-99,2,5\n", ",,0\na,b,1\n",
		"u,i,x\na,A|1,3\nb,B|2,4\n", "a,A;1,3\nb,B;2,4\n", "1,5 200,5\n2,5 300,7\n", "n,a\r\n\"x\r\ny\",1\r\n",
		"2,99,1,99,99,99,99,99,99,99,99,3\n1,99,99,99,99,99,99,99,99,99,99,3\n",
	} {
		f.Add([]byte(s), byte(0))
		f.Add([]byte(s), byte(7))
	}
	f.Fuzz(func(t *testing.T, file []byte, options byte) {
		table := Table{Form: Form(options % 3), Count: Count(options / 3 % 4), Twice: Twice(options / 12 % 3),
			Index: Choice(options / 36 % 4)}
		o, err := table.Read("fuzz.csv", bytes.NewReader(file))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "data: fuzz.csv:") && !strings.Contains(err.Error(), "fuzz.csv") {
				t.Fatalf("error %q does not name the file", err)
			}
			return
		}
		var out bytes.Buffer
		if err := WriteTriples(&out, o); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		back, err := Table{Comma: ',', Decimal: '.', Unknown: []string{}}.Read("fuzz.csv", &out)
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if diff := cmp.Diff(labelled(o), labelled(back)); diff != "" {
			t.Fatalf("%q\n%s", text, diff)
		}
	})
}

// Whatever the file and its name: an error that names it, or entries.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range seeds {
		if b, err := os.ReadFile(name); err == nil {
			f.Add(b)
		}
	}
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte(marketMagic + " matrix array real general\n1 1\n5\n"))
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, file []byte) {
		name := filepath.Join(folder, fmt.Sprintf("%d", os.Getpid()))
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := Load(name)
		switch {
		case err != nil && !strings.Contains(err.Error(), name):
			t.Fatalf("error %q does not name the file", err)
		case err == nil && o.Len() == 0:
			t.Fatal("no entries and no error")
		}
	})
}

func FuzzReadImage(f *testing.F) {
	seeds, err := filepath.Glob("testdata/images/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range seeds {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		o, err := ReadImage("fuzz.png", bytes.NewReader(file))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "data: fuzz.png: ") {
				t.Fatalf("error %q does not begin with data: and the file", err)
			}
			return
		}
		for _, e := range o.All() {
			if !(e.Value >= 0 && e.Value <= 255.0001) { // three products of 255, rounded
				t.Fatalf("entry %v", e)
			}
		}
	})
}

// pngHead is the beginning of an image of 1-bit pixels that claims its size.
func pngHead(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	head = append(binary.BigEndian.AppendUint32(head, height), 1, 0, 0, 0, 0)
	out := append([]byte(pngMagic), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, head...), crc32.ChecksumIEEE(head))
}

// A small file that claims to be large takes little memory, and is refused.
func TestClaims(t *testing.T) {
	var lying bytes.Buffer
	archive := zip.NewWriter(&lying)
	w, err := archive.Create("a.npy")
	if err != nil {
		t.Fatal(err)
	}
	w.Write(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (16000, 16000), }", 1, 2, 3))
	archive.Close()
	for name, file := range map[string][]byte{
		"huge.npy":   npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }", 1),
		"large.npy":  npy("{'descr': '<f8', 'fortran_order': False, 'shape': (16000, 16000), }", 1),
		"header.npy": []byte(npyMagic + "\x02\x00\xff\xff\xff\xff"),
		"large.npz":  lying.Bytes(),
		"wide.png":   pngHead(1<<30, 1<<30),
		"large.png":  pngHead(8000, 8000),
		"array.mtx":  []byte(marketMagic + " matrix array real general\n4000000 4000000\n1\n"),
		"coo.mtx":    []byte(marketMagic + " matrix coordinate real general\n4000000 4000000 1000000000000\n1 1 1\n"),
		"wide.jpg":   []byte("\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00"),
	} {
		path := write(t, name, string(file))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Load(path)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v does not name the file", name, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
			t.Errorf("%s: %d bytes were allocated for a file of %d; want at most 4 MiB", name, got, len(file))
		}
	}
}

// An array takes little more memory than its numbers, though its file may have a bit of each.
func TestMemoryOfArrays(t *testing.T) {
	const side = 1000
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	w, err := archive.Create("a.npy")
	if err != nil {
		t.Fatal(err)
	}
	w.Write(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1000, 1000), }", make([]byte, side*side)...))
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	path := write(t, "zeros.npz", packed.String())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o, err := Load(path)
	runtime.ReadMemStats(&after)
	if err != nil || o.Len() != side*side {
		t.Fatalf("%v, error %v", o, err)
	}
	if got := (after.TotalAlloc - before.TotalAlloc) / (side * side); got > 32 {
		t.Errorf("%d bytes per number were allocated, want at most 32", got)
	}
}

// A disk that fails is not the end of the file, whatever is read.
func TestReadErrors(t *testing.T) {
	broken := errors.New("the disk is broken")
	for name, read := range map[string]func(io.Reader) error{
		"table":  func(r io.Reader) error { _, err := Table{}.Read("a", r); return err },
		"image":  func(r io.Reader) error { _, err := ReadImage("a", r); return err },
		"array":  func(r io.Reader) error { _, err := ReadNPY("a", r); return err },
		"market": func(r io.Reader) error { _, err := ReadMatrixMarket("a", r); return err },
	} {
		start := map[string]string{
			"table": "1,2\n3,", "image": pngMagic,
			"array":  string(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 1)),
			"market": marketMagic + " matrix coordinate real general\n2 2 1\n1",
		}[name]
		if err := read(io.MultiReader(strings.NewReader(start), errorReader{broken})); !errors.Is(err, broken) ||
			!strings.HasPrefix(err.Error(), "data: a") {
			t.Errorf("%s: got %v, want data: a: %v", name, err, broken)
		}
	}
}
