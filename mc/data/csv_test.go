package data

import (
	"bytes"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// anyValue draws a finite number, often an awkward one.
var anyValue = rapid.OneOf(
	rapid.Float64().Filter(func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }),
	rapid.Map(rapid.IntRange(-5, 5), func(n int) float64 { return float64(n) }),
	rapid.Just(math.MaxFloat64), rapid.Just(math.SmallestNonzeroFloat64), rapid.Just(math.Copysign(0, -1)),
)

// anyObservations draws a small matrix of which at least one entry is known.
var anyObservations = rapid.Custom(func(t *rapid.T) *mc.Observations {
	rows, cols := rapid.IntRange(1, 7).Draw(t, "rows"), rapid.IntRange(1, 7).Draw(t, "cols")
	at := rapid.SliceOfNDistinct(rapid.IntRange(0, rows*cols-1), 1, rows*cols, rapid.ID).Draw(t, "at")
	entries := make([]mc.Entry, len(at))
	for k, ij := range at {
		entries[k] = mc.Entry{Row: ij / cols, Col: ij % cols, Value: anyValue.Draw(t, "value")}
	}
	o, err := mc.NewObservations(rows, cols, entries)
	if err != nil {
		t.Fatal(err)
	}
	return o
})

// sameObservations compares shapes and entries, values bit by bit.
func sameObservations(a, b *mc.Observations) string {
	type known struct {
		Rows, Cols int
		Entries    []mc.Entry
		Bits       []uint64
	}
	of := func(o *mc.Observations) known {
		rows, cols := o.Dims()
		k := known{Rows: rows, Cols: cols, Entries: o.Entries()}
		for _, v := range o.Values() {
			k.Bits = append(k.Bits, math.Float64bits(v))
		}
		return k
	}
	return cmp.Diff(of(a), of(b))
}

func TestTableRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyObservations.Draw(t, "o")
		var file bytes.Buffer
		if err := WriteTable(&file, o); err != nil {
			t.Fatal(err)
		}
		text := file.String()
		if rapid.Bool().Draw(t, "CRLF") {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		if rapid.Bool().Draw(t, "byte order mark") {
			text = "\xef\xbb\xbf" + text
		}
		back, err := ReadTable("t.csv", strings.NewReader(text))
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if diff := sameObservations(o, back); diff != "" {
			t.Fatalf("%q read back (-want +got):\n%s", text, diff)
		}
	})
}

func TestMatrixRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 7).Draw(t, "rows"), rapid.IntRange(1, 7).Draw(t, "cols")
		w := mat.NewDense(rows, cols, rapid.SliceOfN(anyValue, rows*cols, rows*cols).Draw(t, "w"))
		var file bytes.Buffer
		if err := WriteMatrix(&file, w); err != nil {
			t.Fatal(err)
		}
		back, err := ReadMatrix("m.csv", &file)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(w, back) {
			t.Fatalf("wrote %v, read %v", mat.Formatted(w), mat.Formatted(back))
		}
	})
}

func TestTriplesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyObservations.Draw(t, "o")
		var file bytes.Buffer
		if err := WriteTriples(&file, o); err != nil {
			t.Fatal(err)
		}
		// Load, unlike ReadTriples, has to find from which number the file counts.
		loaded, err := Table{Unknown: []string{}}.Read("m.csv", bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o.Entries(), loaded.Entries()); diff != "" {
			t.Fatalf("loaded (-want +got):\n%s", diff)
		}
		rows, cols := o.Dims()
		back, err := ReadTriples("t.csv", &file, rows, cols)
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameObservations(o, back); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
	})
}

func TestReadTriples(t *testing.T) {
	want := []mc.Entry{{Row: 0, Col: 2, Value: 1.5}, {Row: 3, Col: 0, Value: -2}}
	for name, text := range map[string]string{
		"plain":                  "3,0,-2\n0,2,1.5\n",
		"header":                 "row,col,value\n3,0,-2\n0,2,1.5\n",
		"header with capitals":   "Row, Col, Value\n3,0,-2\n0,2,1.5\n",
		"no newline at the end":  "3,0,-2\n0,2,1.5",
		"CRLF and mark":          "\xef\xbb\xbf3,0,-2\r\n0,2,1.5\r\n",
		"quoted and spaced":      "\"3\", 0 ,\"-2\"\n0,\" 2\" , 1.5\n",
		"empty lines in between": "\n3,0,-2\n\n\n0,2,1.5\n\n",
	} {
		o, err := ReadTriples("t.csv", strings.NewReader(text), 0, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, o.Entries()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if rows, cols := o.Dims(); rows != 4 || cols != 3 {
			t.Errorf("%s: %d×%d, want 4×3 from the largest indices", name, rows, cols)
		}
	}
}

// What is wrong is said with file, line and column.
func TestBadCSV(t *testing.T) {
	matrix := func(text string) error {
		_, err := ReadMatrix("m.csv", strings.NewReader(text))
		return err
	}
	table := func(text string) error {
		_, err := ReadTable("m.csv", strings.NewReader(text))
		return err
	}
	triples := func(text string) error {
		_, err := ReadTriples("ratings.csv", strings.NewReader(text), 0, 0)
		return err
	}
	shaped := func(rows, cols int, text string) error {
		_, err := ReadTriples("ratings.csv", strings.NewReader(text), rows, cols)
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"decimal comma", triples("0,0,1\n0,1,\"4,5\"\n"), `data: ratings.csv:2:3: "4,5" is not a number`},
		{"word", matrix("1,2\n3,four\n"), `data: m.csv:2:2: "four" is not a number`},
		{"header", matrix("a,b\n3,4\n"), `data: m.csv:1:1: "a" is not a number`},
		{"semicolons", triples("1;2;3\n"),
			`data: ratings.csv:1: the line has 1 cells; it must have three: row, column, value`},
		{"NaN in a full matrix", matrix("1,NaN\n"),
			`data: m.csv:1:2: "NaN" is not a number; ReadTable reads a matrix with unknown entries`},
		{"infinite", triples("0,0,-inf\n"),
			`data: ratings.csv:1:3: "-inf" is not a finite number; leave an unknown entry out`},
		{"overflow", matrix("1,1e999\n"), `data: m.csv:1:2: "1e999" is out of range`},
		{"ragged", table("1,2\n\n3,4,5\n"), `data: m.csv:3: the row has 3 cells, the first row has 2`},
		{"blank in a full matrix", matrix("1,2\n3,\n"),
			`data: m.csv:2:2: the cell is blank; ReadTable reads a matrix with unknown entries`},
		{"empty", matrix(""), `data: m.csv: the file is empty`},
		{"empty triples", triples("row,col,value\n"), `data: ratings.csv: the file has no entries`},
		{"nothing known", table(",\n,\n"), `data: m.csv: every cell is blank; at least one entry must be known`},
		{"open quotation", matrix("1,\"2\n3,4\n"),
			`data: m.csv:1:2: the quotation mark in "\"2" is not closed before the end of the cell`},
		{"UTF-16 cut in two", matrix("\xff\xfe1\x00,"),
			`data: m.csv:1: the file is in UTF-16 and has half a character at its end`},
		{"negative index", triples("0,0,1\n-1,0,1\n"),
			`data: ratings.csv:2:1: row -1 is out of range; it must be from 0 to 4194303`},
		{"fraction as index", triples("0,1.5,1\n"), `data: ratings.csv:1:2: "1.5" is not a whole number`},
		{"huge index", triples("0,99999999999999999999,1\n"),
			`data: ratings.csv:1:2: column "99999999999999999999" is out of range; it must be from 0 to 4194303`},
		{"outside the shape", shaped(3, 2, "2,2,1\n"),
			`data: ratings.csv:1:2: column 2 is out of range; it must be from 0 to 1`},
		{"shape", shaped(-1, 2, ""),
			`data: ReadTriples: the matrix is -1×2; both must be from 1 to 4194304, or 0 for as many as the file names`},
		{"twice", triples("row,col,value\n0,0,1\n5,3,1\n2,2,2\n5,3,1\n"),
			`data: ratings.csv:5: the entry in row 5, column 3 (from 0) was given in line 3 already`},
		{"long word", triples("0,0," + strings.Repeat("x", 50)), `data: ratings.csv:1:3: "` +
			strings.Repeat("x", 40) + `"… is not a number`},
		{"too many cells", matrix(strings.Repeat(",", maxCells)),
			`data: m.csv:1: the line has more than 1048576 cells`},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.name, c.err, c.want)
		}
	}
}

// endless is a file of one line without an end.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for k := range p {
		p[k] = '1'
	}
	e.read += int64(len(p))
	return len(p), nil
}

func TestEnormousLine(t *testing.T) {
	for name, read := range map[string]func(io.Reader) error{
		"matrix":  func(r io.Reader) error { _, err := ReadMatrix("big.csv", r); return err },
		"table":   func(r io.Reader) error { _, err := ReadTable("big.csv", r); return err },
		"triples": func(r io.Reader) error { _, err := ReadTriples("big.csv", r, 0, 0); return err },
		"ratings": func(r io.Reader) error {
			_, _, _,
				err := readRatings("big.csv", r, form100K, 0, 0, nil)
			return err
		},
		"market": func(r io.Reader) error { _, err := ReadMatrixMarket("big.csv", r); return err },
	} {
		file := &endless{}
		err := read(file)
		if want := "data: big.csv:1: the line is longer than 16 MiB"; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
		if file.read > 2*maxLine {
			t.Errorf("%s: %d bytes were read before the line was refused", name, file.read)
		}
	}
}

// A disk that fails in the middle of a file is not the end of the file.
// Blanks between numbers are no separator here, nor do they make one number of a line.
func TestBlanksDoNotGroupALine(t *testing.T) {
	const dem = "100 200 300\n400 500 600\n"
	_, matrix := ReadMatrix("dem.txt", strings.NewReader(dem))
	_, table := ReadTable("dem.txt", strings.NewReader(dem))
	for _, err := range []error{matrix, table} {
		if err == nil || !strings.Contains(err.Error(), "dem.txt:1") {
			t.Errorf("%v, want an error about line 1", err)
		}
	}
	if o, err := ReadTable("grouped.csv", strings.NewReader("1 200,2\n")); err != nil || o.Values()[0] != 1200 {
		t.Errorf("%v; blanks group the digits of a cell", err)
	}
	german := Table{Decimal: ','}
	if o, err := german.Read("p.csv", strings.NewReader("1,5;0.234\n2,5;1.234\n")); err == nil {
		t.Errorf("0.234 beside decimal commas is read as %v", o.Values())
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("the disk is broken")
	_, err := ReadTable("m.csv", io.MultiReader(strings.NewReader("1,2\n3,"), errorReader{broken}))
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "data: m.csv:2: ") {
		t.Errorf("got %v, want data: m.csv:2: %v", err, broken)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

type errorWriter struct{ err error }

func (w errorWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriteError(t *testing.T) {
	full := errors.New("the disk is full")
	o, err := mc.NewObservations(1, 1, []mc.Entry{{Value: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"WriteMatrix":  WriteMatrix(errorWriter{full}, Volcano()),
		"WriteTable":   WriteTable(errorWriter{full}, o),
		"WriteTriples": WriteTriples(errorWriter{full}, o),
	} {
		if !errors.Is(err, full) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want %v", name, err, full)
		}
	}
	if err := WriteMatrix(io.Discard, mat.NewDense(1, 2, []float64{0, math.Inf(1)})); err == nil ||
		!strings.Contains(err.Error(), "(0, 1) is +Inf") {
		t.Errorf("an infinite entry: got %v, want an error that names it", err)
	}
}

// million is a file of triples that is made as it is read.
func million(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		var line []byte
		for k := range n {
			line = line[:0]
			for _, x := range []int{k % 6040, k / 6040 * 7 % 3952, k%5 + 1} {
				line = appendInt(line, x)
			}
			line[len(line)-1] = '\n'
			if _, err := w.Write(line); err != nil {
				return
			}
		}
		w.Close()
	}()
	return r
}

func appendInt(line []byte, x int) []byte {
	digits := 1
	for p := 10; p <= x; p *= 10 {
		digits++
	}
	at := len(line)
	line = append(line, "0000000,"[7-digits:]...)
	for k := at + digits - 1; k >= at; k-- {
		line[k] = byte('0' + x%10)
		x /= 10
	}
	return line
}

// A million triples take less than 200 MB, all allocations taken together.
func TestMillionTriples(t *testing.T) {
	const n = 1_000_000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o, err := ReadTriples("million.csv", million(n), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if o.Len() != n {
		t.Errorf("%d entries, want %d", o.Len(), n)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 200e6 {
		t.Errorf("%d bytes were allocated, want at most 200 MB", got)
	}
}

// Whatever the file: an error that names it, or a matrix that survives being written and read
// again.
func FuzzReadTable(f *testing.F) {
	for _, s := range []string{"1,2\n,4\n", "1\n\n3", "\xef\xbb\xbf1,\r\n,2\r\n", "\"1\",\"\"\n", "a", "1,2\n3\n",
		"NaN", "1e400", "\"", "0x1p-2", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		o, err := ReadTable("fuzz.csv", bytes.NewReader(file))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "data: fuzz.csv:") {
				t.Fatalf("error %q does not begin with data: and the file", err)
			}
			return
		}
		var out bytes.Buffer
		if err := WriteTable(&out, o); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		back, err := ReadTable("fuzz.csv", &out)
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if diff := sameObservations(o, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzReadTriples(f *testing.F) {
	for _, s := range []string{"row,col,value\n0,1,2\n", "0,0,1\n0,0,1\n", "1,2,\"4,5\"\n", "0, 1 ,-0\r\n",
		"99999,0,1", "-1,0,0", "0,0,nan", "1,2", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		o, err := ReadTriples("fuzz.csv", bytes.NewReader(file), 0, 0)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "data: fuzz.csv:") {
				t.Fatalf("error %q does not begin with data: and the file", err)
			}
			return
		}
		rows, cols := o.Dims()
		if rows > 1e5 || cols > 1e5 {
			return // takes long, and an input that takes 10 s counts as one that hangs
		}
		var out bytes.Buffer
		if err := WriteTriples(&out, o); err != nil {
			t.Fatal(err)
		}
		// a column whose entries are all unknown is not written
		back, err := ReadTriples("fuzz.csv", &out, rows, cols)
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameObservations(o, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func BenchmarkReadTriples(b *testing.B) {
	const n = 100_000
	file, err := io.ReadAll(million(n))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadTriples("t.csv", bytes.NewReader(file), 0, 0); err != nil {
			b.Fatal(err)
		}
	}
}
