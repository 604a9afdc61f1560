package data

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

func TestMatrixMarketRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyObservations.Draw(t, "o")
		var file bytes.Buffer
		if err := WriteMatrixMarket(&file, o); err != nil {
			t.Fatal(err)
		}
		back, err := ReadMatrixMarket("m.mtx", &file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameObservations(o, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestReadMatrixMarketSymmetric(t *testing.T) {
	o, err := ReadMatrixMarket("m.mtx", strings.NewReader("%%MatrixMarket matrix coordinate integer symmetric\n% a comment\n\n3 3 2\n1 1 5\n 3\t1  -2 \n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []mc.Entry{{Row: 0, Col: 0, Value: 5}, {Row: 0, Col: 2, Value: -2}, {Row: 2, Col: 0, Value: -2}}
	if diff := cmp.Diff(want, o.Entries()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBadMatrixMarket(t *testing.T) {
	const banner = "%%MatrixMarket matrix coordinate real general\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", `data: m.mtx:1: the first line must be %%MatrixMarket matrix coordinate real general, or the like`},
		{"array", "%%MatrixMarket matrix array real general\n", `data: m.mtx:1:3: "array" is not supported; coordinate is`},
		{"pattern", "%%MatrixMarket matrix coordinate pattern general\n", `data: m.mtx:1:4: "pattern" is not supported; real and integer are`},
		{"hermitian", "%%MatrixMarket matrix coordinate real hermitian\n", `data: m.mtx:1:5: "hermitian" is not supported; general and symmetric are`},
		{"no sizes", banner + "% nothing\n", `data: m.mtx:3: the file ends before the line of sizes: rows, columns, entries`},
		{"index 0", banner + "2 2 1\n0 1 5\n", `data: m.mtx:3:1: row 0 is out of range; it must be from 1 to 2`},
		{"beyond", banner + "2 2 1\n1 3 5\n", `data: m.mtx:3:2: column 3 is out of range; it must be from 1 to 2`},
		{"word", banner + "2 2 1\n1 2 x\n", `data: m.mtx:3:3: "x" is not a number`},
		{"four numbers", banner + "2 2 1\n1 2 3 4\n", `data: m.mtx:3: the line must have three numbers: row, column, value (first: rows, columns, entries)`},
		{"too few", banner + "2 2 2\n1 2 3\n", `data: m.mtx:4: the file ends 1 entries before what the size line says`},
		{"too many", banner + "2 2 1\n1 2 3\n2 2 3\n", `data: m.mtx:4: there are more entries than the size line says`},
		{"more than fit", banner + "2 2 5\n", `data: m.mtx:2:3: number of entries 5 is out of range; it must be from 1 to 4`},
		{"twice", banner + "2 2 2\n1 2 3\n1 2 4\n", `data: m.mtx:4: the entry in row 0, column 1 (from 0) was given in line 3 already`},
		{"not square", "%%MatrixMarket matrix coordinate real symmetric\n2 3 1\n1 1 1\n", `data: m.mtx:2: a symmetric matrix cannot be 2×3`},
	} {
		_, err := ReadMatrixMarket("m.mtx", strings.NewReader(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func FuzzReadMatrixMarket(f *testing.F) {
	const banner = "%%MatrixMarket matrix coordinate real general\n"
	for _, s := range []string{banner + "2 2 1\n1 2 3\n", "%%MatrixMarket matrix coordinate integer symmetric\n%\n2 2 2\n2 1 -1\n1 1 4", banner + "1 1 1\n0 0 0\n", banner, ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		o, err := ReadMatrixMarket("fuzz.mtx", bytes.NewReader(file))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "data: fuzz.mtx:") {
				t.Fatalf("error %q does not begin with data: and the file", err)
			}
			return
		}
		var out bytes.Buffer
		if err := WriteMatrixMarket(&out, o); err != nil {
			t.Fatal(err)
		}
		back, err := ReadMatrixMarket("fuzz.mtx", &out)
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameObservations(o, back); diff != "" {
			t.Fatal(diff)
		}
	})
}
