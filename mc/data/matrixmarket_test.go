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
	o, err := ReadMatrixMarket("m.mtx",
		strings.NewReader("%%MatrixMarket matrix coordinate integer symmetric\n% a comment\n\n3 3 2\n1 1 5\n "+
			"3\t1  -2 \n"))
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
		{"dense", "%%MatrixMarket matrix dense real general\n",
			`data: m.mtx:1:3: "dense" is not supported; coordinate and array are`},
		{"complex", "%%MatrixMarket matrix coordinate complex general\n",
			`data: m.mtx:1:4: "complex" is not supported; real, integer and pattern are`},
		{"array of a pattern", "%%MatrixMarket matrix array pattern general\n",
			`data: m.mtx:1:4: an array cannot be a pattern; real and integer are supported`},
		{"array with three sizes", "%%MatrixMarket matrix array real general\n2 2 4\n",
			`data: m.mtx:2: the line of sizes must have 2 numbers: rows, columns`},
		{"array that claims too much", "%%MatrixMarket matrix array real general\n4000000 4000000\n1\n",
			`data: m.mtx:4: the file ends 15999999999999 entries before what the size line says`},
		{"diagonal of a skew one", "%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n1 1 3\n",
			`data: m.mtx:3:3: entry (1, 1) of a skew-symmetric matrix is 3; it must be 0`},
		{"hermitian", "%%MatrixMarket matrix coordinate real hermitian\n",
			`data: m.mtx:1:5: "hermitian" is not supported; general, symmetric and skew-symmetric are`},
		{"no sizes", banner + "% nothing\n",
			`data: m.mtx:3: the file ends before the line of sizes: rows, columns, entries`},
		{"index 0", banner + "2 2 1\n0 1 5\n", `data: m.mtx:3:1: row 0 is out of range; it must be from 1 to 2`},
		{"beyond", banner + "2 2 1\n1 3 5\n", `data: m.mtx:3:2: column 3 is out of range; it must be from 1 to 2`},
		{"word", banner + "2 2 1\n1 2 x\n", `data: m.mtx:3:3: "x" is not a number`},
		{"decimal comma", banner + "2 2 1\n1 1 1,234\n", `data: m.mtx:3:3: "1,234" is not a number`},
		{"bool", banner + "2 2 1\n1 1 true\n", `data: m.mtx:3:3: "true" is not a number`},
		{"infinite", banner + "2 2 1\n1 1 inf\n",
			`data: m.mtx:3:3: "inf" is not a finite number; leave an unknown entry out`},
		{"four numbers", banner + "2 2 1\n1 2 3 4\n",
			`data: m.mtx:3: the line must have three numbers: row, column, value`},
		{"too few", banner + "2 2 2\n1 2 3\n", `data: m.mtx:4: the file ends 1 entries before what the size line says`},
		{"too many", banner + "2 2 1\n1 2 3\n2 2 3\n", `data: m.mtx:4: there are more entries than the size line says`},
		{"more than fit", banner + "2 2 5\n",
			`data: m.mtx:2:3: number of entries 5 is out of range; it must be from 1 to 4`},
		{"twice", banner + "2 2 2\n1 2 3\n1 2 4\n",
			`data: m.mtx:4: the entry in row 1, column 2 (from 1) was given in line 3 already`},
		{"not square", "%%MatrixMarket matrix coordinate real symmetric\n2 3 1\n1 1 1\n",
			`data: m.mtx:2: a symmetric matrix cannot be 2×3`},
	} {
		_, err := ReadMatrixMarket("m.mtx", strings.NewReader(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

// Each form of the format has its matrix.
func TestMatrixMarketForms(t *testing.T) {
	const head = "%%MatrixMarket matrix "
	for name, c := range map[string]struct {
		text string
		want []mc.Entry
	}{
		"pattern": {head + "coordinate pattern general\n2 3 2\n1 3\n2 1\n",
			[]mc.Entry{{Row: 0, Col: 2, Value: 1}, {Row: 1, Col: 0, Value: 1}}},
		"pattern, symmetric": {head + "coordinate pattern symmetric\n2 2 1\n2 1\n",
			[]mc.Entry{{Row: 0, Col: 1, Value: 1}, {Row: 1, Col: 0, Value: 1}}},
		"as C and Fortran write": {head + "coordinate real general\n2 2 4\n1 1 1.5D+01\n1 2 -nan\n2 1 -2e-1\n2 2 NaN\n",
			[]mc.Entry{{Row: 0, Col: 0, Value: 15}, {Row: 1, Col: 0, Value: -0.2}}},
		"skew": {head + "coordinate real skew-symmetric\n3 3 1\n3 1 2.5\n",
			[]mc.Entry{{Row: 0, Col: 2, Value: -2.5}, {Row: 2, Col: 0, Value: 2.5}}},
		"array": {head + "array real general\n% down the columns\n2 2\n1\n2\n3\nnan\n",
			[]mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 3}, {Row: 1, Col: 0, Value: 2}}},
		"array, symmetric": {head + "array integer symmetric\n2 2\n1\n2\n3\n",
			[]mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2}, {Row: 1, Col: 0, Value: 2},
				{Row: 1, Col: 1, Value: 3}}},
		"array, skew": {head + "array real skew-symmetric\n3 3\n1\n2\n3\n", []mc.Entry{
			{Row: 0, Col: 0, Value: 0}, {Row: 0, Col: 1, Value: -1}, {Row: 0, Col: 2, Value: -2},
			{Row: 1, Col: 0, Value: 1}, {Row: 1, Col: 1, Value: 0},
			{Row: 1, Col: 2, Value: -3}, {Row: 2, Col: 0, Value: 2}, {Row: 2, Col: 1, Value: 3},
			{Row: 2, Col: 2, Value: 0}}},
	} {
		o, err := ReadMatrixMarket("m.mtx", strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, o.Entries()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzReadMatrixMarket(f *testing.F) {
	const banner = "%%MatrixMarket matrix coordinate real general\n"
	for _, s := range []string{banner + "2 2 1\n1 2 3\n",
		"%%MatrixMarket matrix coordinate integer symmetric\n%\n2 2 2\n2 1 -1\n1 1 4", banner + "1 1 1\n0 0 0\n",
		banner, ""} {
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
