package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// Every format brings the same matrix back, by the name of its file.
func TestSaveAndLoad(t *testing.T) {
	o, err := mc.NewObservations(3, 2, []mc.Entry{{Row: 0, Col: 1, Value: 2.5}, {Row: 2, Col: 0, Value: -1},
		{Row: 2, Col: 1, Value: 1e-9}})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, write := range map[string]func(io.Writer) error{
		"table.csv":   func(w io.Writer) error { return WriteTable(w, o) },
		"triples.csv": func(w io.Writer) error { return WriteTriples(w, o) },
		"marked.CSV": func(w io.Writer) error {
			io.WriteString(w, "\xef\xbb\xbf")
			return WriteTriples(w, o)
		},
		"m.mtx": func(w io.Writer) error { return WriteMatrixMarket(w, o) },
		"m.npy": func(w io.Writer) error { return WriteNPY(w, NewArray(o.Dense()), Layout{Fortran: true}) },
		"m.npz": func(w io.Writer) error {
			return WriteNPZ(w, map[string]Array{"w": NewArray(o.Dense())}, Layout{})
		},
	} {
		path := filepath.Join(folder, name)
		if err := Save(path, write); err != nil {
			t.Error(err)
			continue
		}
		back, err := Load(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := sameObservations(o, back); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if strings.HasSuffix(name, ".npz") {
			continue
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if err := errors.Join(write(z), z.Close(), os.WriteFile(path+".gz", packed.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		if back, err = Load(path + ".gz"); err != nil {
			t.Error(err)
		} else if diff := sameObservations(o, back); diff != "" {
			t.Errorf("%s.gz (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range map[string]string{
		"none.csv": "no such file", "sheet.xlsx": "pandas.read_excel",
		"m.npz": "what is in the file is not of that form", "m.mat": "scipy.io.loadmat",
		"empty.csv": "the file is empty"} {
		path := filepath.Join(folder, name)
		if name != "none.csv" {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v does not say %s", name, err, want)
		}
	}
}

// A file that is not there: where it was looked for, and what was perhaps meant.
func TestLoadOfNoFile(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ratings.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, model := LoadModel(filepath.Join(folder, "Rating.csv"))
	_, table := Load(filepath.Join(folder, "raitings.csv"))
	for _, err := range []error{model, table} {
		if err == nil || !strings.Contains(err.Error(), "looked in "+folder+"; there is ratings.csv") ||
			!errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := Load(filepath.Join(folder, "movies.csv")); strings.Contains(err.Error(), "there is") {
		t.Errorf("%v: ratings.csv is another name", err)
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"kitten", "sitting", 3}, {"", "abc", 3}, {"abc", "", 3}, {"same", "same", 0}, {"ab", "ba", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance of %q and %q is %d; it is %d", c.a, c.b, got, c.want)
		}
	}
}

// A file of another form is known by how it begins, and the error says what converts it.
func TestOtherForms(t *testing.T) {
	for begins, want := range map[string]string{
		"MATLAB 5.0 MAT-file, Platform: posix": "scipy.io.loadmat", "PAR1\x15\x04\x15\x10": "pandas.read_parquet",
		"\x89HDF\r\n\x1a\n\x00\x00": "h5py.File", "BZh91AY&SY\x1a": "bunzip2", "\xfd7zXZ\x00\x00": "unxz",
		"(\xb5/\xfd\x04\x88": "unzstd", "7z\xbc\xaf\x27\x1c\x00": "7-Zip", "Rar!\x1a\x07\x01": "RAR",
		"SQLite format 3\x00\x10": "as CSV", "\xff\xfe\x00\x001\x00\x00\x00": "UTF-8",
		"1\x00\x02\x003\x00": "neither text nor",
	} {
		path := write(t, "file.dat", begins)
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%q: error %v, want one with %s", begins, err, want)
		}
	}
	for _, text := range []string{"PAR1,PAR2\n1,2\n", "BZh,Rar!\n1,2\n"} { // names of columns
		if o, err := Load(write(t, "file.csv", text)); err != nil || o.Len() != 2 {
			t.Errorf("%q: %v, error %v", text, o, err)
		}
	}
}

// A file whose writing fails leaves the older one as it was, and nothing besides.
func TestSaveIsAtomic(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "w.csv")
	if err := os.WriteFile(path, []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	err := Save(path, func(w io.Writer) error {
		fmt.Fprint(w, "2")
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	if b, _ := os.ReadFile(path); string(b) != "1\n" {
		t.Errorf("the file holds %q, want what it held before", b)
	}
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%d files are left, want 1", len(files))
	}
}

// A file keeps its permissions, and a new one has those of any file.
func TestSaveKeepsPermissions(t *testing.T) {
	folder := t.TempDir()
	mode := func(path string) fs.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	other := filepath.Join(folder, "other")
	f, err := os.Create(other)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	path := filepath.Join(folder, "w.csv")
	for _, want := range []fs.FileMode{mode(other), 0o600, 0o640} {
		if _, err := os.Stat(path); err == nil {
			if err := os.Chmod(path, want); err != nil {
				t.Fatal(err)
			}
			want = mode(path) // Windows knows fewer
		}
		if err := Save(path, func(w io.Writer) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got := mode(path); got != want {
			t.Errorf("the file has mode %v, want %v", got, want)
		}
	}
}
