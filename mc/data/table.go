package data

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// A Table says how a file of delimited text is read. The zero value finds everything by looking at
// the file, as [Load] does; a field that is set is taken as it is. Where a file can be read in two
// ways, the error shows both, and the field that chooses.
//
//	o, err := data.Table{Comma: ';', Decimal: ',', Unknown: []string{"-200"}}.Load("air.csv")
type Table struct {
	// Form says whether a line is a row of the matrix or one entry of it.
	Form Form
	// Comma separates cells: ',', ';', '\t', '|', ':' for "::", or ' ' for any number of blanks and
	// tabs.
	Comma rune
	// Decimal is the decimal point of numbers, '.' or ','.
	Decimal rune
	// Comment begins lines that are passed over. If it is 0, lines at the top that begin with # or
	// % are.
	Comment rune
	// Header says whether the first line names the columns.
	Header Choice
	// Index says whether the first column of a dense table names the rows, with those next to it
	// that are of words or, as year and month, of a date; Ignore leaves it out. Found takes words,
	// and numbers below a blank, index, id, name, key or a part of a date.
	Index Choice
	// Row, Col and Value are the columns of a triple, by their names in the header or by their
	// numbers from 1. Value may be [Ones]. Further columns are left out. If several have names of
	// values, rating, ratings, stars or score is found before others.
	Row, Col, Value string
	// Time is the column of times; [Table.LoadTimed] needs it.
	Time string
	// Count says whether the rows and columns of triples are names or numbers.
	Count Count
	// Rows and Cols are the shape of a matrix whose triples have numbers, if it is larger than
	// their largest; 0: not given.
	Rows, Cols int
	// Unknown are spellings of an unknown entry, such as -9999, besides a blank, NA, N/A, NaN,
	// null, None, ?, − and others of the kind. If it is nil, a number such as −9999 or 99 that
	// stands apart from all others is an error, which asks; otherwise such a number is a value,
	// unless it is among the spellings.
	Unknown []string
	// Skip are names of rows and columns of a dense table that are left out, such as totals. If it
	// is not nil, a last row or column of the sums of the others that it does not name is kept.
	Skip []string
	// Twice says what becomes of an entry that is there twice.
	Twice Twice
}

// Form is the form of a table.
type Form int

// A dense table has a line for each row of the matrix. Triples have a line for each entry: its row,
// its column and its value.
const (
	AnyForm Form = iota
	Dense
	Triples
)

// Choice is an answer to a question about a table.
type Choice int

// Found answers by looking at the file.
const (
	Found Choice = iota
	Yes
	No
	Ignore
)

// Count says what the rows and columns of triples are called.
type Count int

// CountFound takes columns called row and col (or i and j) as numbers, counted from 0 if any is 0
// and else from 1, and all others as names. Names that count from 0 or from 1 without a gap stand
// in their own order, others in the order of the file.
const (
	CountFound Count = iota
	Names
	FromZero
	FromOne
)

// Twice says what becomes of an entry that is in a file twice.
type Twice int

// Refuse makes it an error that names both lines. KeepMean takes the mean of the values, and the
// time of the last.
const (
	Refuse Twice = iota
	KeepLast
	KeepMean
)

// Ones as [Table.Value] gives every entry the value 1: a file that says which entries there are,
// and no more.
const Ones = "=1"

// String writes the table as Go has it, fields that are not set left out.
func (t Table) String() string {
	var fields []string
	field := func(set bool, format string, args ...any) {
		if set {
			fields = append(fields, fmt.Sprintf(format, args...))
		}
	}
	of := func(k int, names ...string) string {
		if k < 0 || k >= len(names) {
			return fmt.Sprint(k)
		}
		return "data." + names[k]
	}
	field(t.Form != 0, "Form: %s", of(int(t.Form), "AnyForm", "Dense", "Triples"))
	field(t.Comma != 0, "Comma: %q", t.Comma)
	field(t.Decimal != 0, "Decimal: %q", t.Decimal)
	field(t.Comment != 0, "Comment: %q", t.Comment)
	field(t.Header != 0, "Header: %s", of(int(t.Header), "Found", "Yes", "No", "Ignore"))
	field(t.Index != 0, "Index: %s", of(int(t.Index), "Found", "Yes", "No", "Ignore"))
	field(t.Row != "", "Row: %q", t.Row)
	field(t.Col != "", "Col: %q", t.Col)
	field(t.Value == Ones, "Value: data.Ones")
	field(t.Value != "" && t.Value != Ones, "Value: %q", t.Value)
	field(t.Time != "", "Time: %q", t.Time)
	field(t.Count != 0, "Count: %s", of(int(t.Count), "CountFound", "Names", "FromZero", "FromOne"))
	field(t.Rows != 0, "Rows: %d", t.Rows)
	field(t.Cols != 0, "Cols: %d", t.Cols)
	field(t.Unknown != nil, "Unknown: %#v", t.Unknown)
	field(t.Skip != nil, "Skip: %#v", t.Skip)
	field(t.Twice != 0, "Twice: %s", of(int(t.Twice), "Refuse", "KeepLast", "KeepMean"))
	return "data.Table{" + strings.Join(fields, ", ") + "}"
}

// validate refuses what no table can have.
func (t Table) validate() error {
	bad := func(field string, value any, want string) error {
		return fmt.Errorf("data: Table.%s is %v; it must be %s", field, value, want)
	}
	quoted := func(r rune) string { return fmt.Sprintf("%q", r) }
	switch {
	case t.Form < AnyForm || t.Form > Triples:
		return bad("Form", int(t.Form), "Dense or Triples")
	case t.Comma != 0 && !strings.ContainsRune(",;\t|: ", t.Comma):
		return bad("Comma", quoted(t.Comma), `',', ';', '\t', '|', ':' or ' '`)
	case t.Decimal != 0 && t.Decimal != '.' && t.Decimal != ',':
		return bad("Decimal", quoted(t.Decimal), "'.' or ','")
	case t.Comment < 0 || t.Comment >= 0x80 || t.Comment == '"':
		return bad("Comment", quoted(t.Comment), "an ASCII character, not a quotation mark")
	case t.Header < Found || t.Header > No:
		return bad("Header", int(t.Header), "Yes or No")
	case t.Index < Found || t.Index > Ignore:
		return bad("Index", int(t.Index), "Yes, No or Ignore")
	case t.Count < CountFound || t.Count > FromOne:
		return bad("Count", int(t.Count), "Names, FromZero or FromOne")
	case t.Twice < Refuse || t.Twice > KeepMean:
		return bad("Twice", int(t.Twice), "Refuse, KeepLast or KeepMean")
	case t.Rows < 0 || t.Rows > maxDim:
		return bad("Rows", t.Rows, fmt.Sprintf("from 1 to %d, or 0 for as many as the file has", maxDim))
	case t.Cols < 0 || t.Cols > maxDim:
		return bad("Cols", t.Cols, fmt.Sprintf("from 1 to %d, or 0 for as many as the file has", maxDim))
	case (t.Rows > 0 || t.Cols > 0) && t.Count != FromZero && t.Count != FromOne:
		return bad("Count", int(t.Count), "FromZero or FromOne where Rows or Cols is set")
	case t.Form == Triples && t.Skip != nil:
		return bad("Skip", fmt.Sprintf("%q", t.Skip), "nil where Form is Triples")
	case t.Form == Dense && (t.Row != "" || t.Col != "" || t.Value != "" || t.Time != ""):
		return bad("Form", "Dense", "Triples where Row, Col, Value or Time is set")
	}
	return nil
}

// maxDim bounds rows and columns that a file counts, lest one large number in a small file takes
// all memory.
const maxDim = 1 << 22

// Load reads a file of delimited text, which may be compressed by gzip or the only file of a zip.
func (t Table) Load(path string) (*mc.Observations, error) {
	r, err := t.load(path, false)
	return r.o, err
}

// LoadTimed is Load for triples that have a column of times. Time k is that of value k of the
// observations: seconds since 1970 if the file has dates, else the number that it has.
// [SplitByTime] and [LeaveLastOut] take them.
func (t Table) LoadTimed(path string) (*mc.Observations, []float64, error) {
	r, err := t.load(path, true)
	return r.o, r.times, err
}

// LoadKept is Load for triples that have further columns, such as titles, and also returns the
// columns of the given names. Text k of a column is that of value k of the observations, and of the
// last line of an entry that is there twice.
func (t Table) LoadKept(path string, columns ...string) (*mc.Observations, map[string][]string, error) {
	if len(columns) == 0 {
		return nil, nil, fmt.Errorf("data: Table.LoadKept: no columns are named; name one or more, or use Load")
	}
	kept := &keptColumns{names: columns, texts: map[string]string{}}
	r, err := t.readKept(path, func() (io.ReadCloser, error) { return openText(path) }, false, kept)
	if err != nil {
		return nil, nil, err
	}
	texts := make(map[string][]string, len(columns))
	for c, name := range columns {
		texts[name] = make([]string, len(r.times))
		for k, line := range r.times {
			texts[name][k] = kept.lines[c][int(line)]
		}
	}
	return r.o, texts, nil
}

// keptColumns are further columns of triples. The place of an entry in the file takes the room of
// its time.
type keptColumns struct {
	names []string
	at    []int             // their columns
	lines [][]string        // of each column, by entry in the order of the file
	texts map[string]string // each text once
}

// find finds the columns in the header.
func (k *keptColumns) find(name string, header []string) error {
	k.at, k.lines = nil, make([][]string, len(k.names))
	for _, column := range k.names {
		at := slices.Index(header, column)
		if at < 0 {
			return fmt.Errorf("data: Table.LoadKept: there is no column %q in %s; it must be one of %s", column, name,
				strings.Join(quoted(header), ", "))
		}
		k.at = append(k.at, at)
	}
	return nil
}

// put keeps the cells of an entry.
func (k *keptColumns) put(cells [][]byte) {
	for c, at := range k.at {
		text, ok := k.texts[string(cells[at])]
		if !ok {
			text = label(cells[at])
			k.texts[string(cells[at])] = text
		}
		k.lines[c] = append(k.lines[c], text)
	}
}

// Look reads the file and returns the table that describes it, with every field set that matters.
func (t Table) Look(path string) (Table, error) {
	r, err := t.load(path, false)
	return r.found, err
}

// Read is Load for text from a reader, which errors call name. Text that cannot be read twice
// is held in memory unless Form is Dense, Header No, and Comma and Index are set.
func (t Table) Read(name string, r io.Reader) (*mc.Observations, error) {
	if t.Form == Dense && t.Comma != 0 && t.Header == No && t.Index != Found {
		if err := t.validate(); err != nil {
			return nil, err
		}
		out, err := t.readOnce(name, r)
		return out.o, err
	}
	var head bytes.Buffer
	if _, err := t.plan(name, io.TeeReader(r, &head), false); err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	head.Write(rest)
	out, err := t.read(name, func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(head.Bytes())),
			nil
	}, false)
	return out.o, err
}

func (t Table) load(path string, timed bool) (result, error) {
	return t.read(path, func() (io.ReadCloser, error) { return openText(path) }, timed)
}

// openText opens a file that may be compressed.
func openText(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	var magic [4]byte
	n, err := f.ReadAt(magic[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		f.Close()
		return nil, fmt.Errorf("data: %w", err)
	}
	if n == len(magic) && string(magic[:]) == zipMagic {
		f.Close()
		return openMember(path)
	}
	if n < 2 || string(magic[:2]) != gzipMagic {
		return f, nil
	}
	in, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	return &unzipped{in, f}, nil
}

// tablesIn returns the files of a zip that may be tables. What macOS and packers add is passed
// over.
func tablesIn(archive *zip.Reader) (found []*zip.File) {
	for _, f := range archive.File {
		name := strings.ToLower(filepath.Base(f.Name))
		added := strings.HasSuffix(f.Name, "/") || strings.HasPrefix(f.Name, "__MACOSX/") ||
			strings.HasPrefix(name, ".") ||
			strings.HasPrefix(name, "readme") || strings.HasPrefix(name, "license") ||
			strings.HasPrefix(name, "licence")
		if !added {
			found = append(found, f)
		}
	}
	return found
}

// openMember opens the only file of a zip that may be a table.
func openMember(path string) (io.ReadCloser, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	found := tablesIn(&archive.Reader)
	if len(found) != 1 {
		archive.Close()
		var names []string
		for _, f := range found {
			names = append(names, f.Name)
		}
		return nil, fmt.Errorf("data: %s: the zip must have one table, and has %d files: %s; unzip it and "+
			"name one", path,
			len(found), strings.Join(quoted(names), ", "))
	}
	in, err := found[0].Open()
	if err != nil {
		archive.Close()
		return nil, fmt.Errorf("data: %s: %s: %w", path, found[0].Name, err)
	}
	return &member{in, archive}, nil
}

type member struct {
	io.Reader
	archive io.Closer
}

func (m *member) Close() error { return m.archive.Close() }

const gzipMagic = "\x1f\x8b"

type unzipped struct {
	*gzip.Reader
	file io.Closer
}

func (z *unzipped) Close() error { return z.file.Close() }

// A result is what was read.
type result struct {
	o     *mc.Observations
	times []float64
	found Table
}

// errOther says that a file has another form than its beginning had it; a table that says so is
// tried next.
var errOther = errors.New("another form")

// read looks at the beginning of the text, and reads it as that shows.
func (t Table) read(name string, open func() (io.ReadCloser, error), timed bool) (result, error) {
	return t.readKept(name, open, timed, nil)
}

// readKept is read with further columns.
func (t Table) readKept(name string, open func() (io.ReadCloser, error), timed bool,
	kept *keptColumns) (result, error) {
	if err := t.validate(); err != nil {
		return result{}, err
	}
	in, err := open()
	if err != nil {
		return result{}, err
	}
	p, err := t.plan(name, in, timed)
	in.Close()
	if err != nil {
		return result{}, err
	}
	for {
		if kept != nil && (p.Form != Triples || p.Header != Yes) {
			return result{}, fmt.Errorf("data: Table.LoadKept: %s must have a line per entry below a header "+
				"(read with %v)", name, p.Table)
		}
		p.kept = kept
		if in, err = open(); err != nil {
			return result{}, err
		}
		r, err := p.read(name, in)
		in.Close()
		if errors.Is(err, errOther) {
			p = p.otherwise
			continue
		}
		var asked *question
		if err != nil && !errors.As(err, &asked) && t.Comma == 0 {
			err = fmt.Errorf("%w (read with %v)", err, p.Table)
		}
		return r, err
	}
}

// readOnce reads a table of which everything is known.
func (t Table) readOnce(name string, in io.Reader) (result, error) {
	p := &plan{Table: t, separator: separatorOf(t.Comma)}
	if t.Form == Triples {
		p.columns, p.strict = [4]int{0, 1, 2, -1}, true
	}
	if t.Index != No {
		p.index = 1
	}
	return p.read(name, in)
}

func separatorOf(comma rune) string {
	if comma == ':' {
		return "::"
	}
	return string(comma)
}

// A question is an error about a file that can be read in two ways.
type question struct{ text string }

func (q *question) Error() string { return q.text }

// ask makes the error that shows two readings and the tables that choose.
func ask(name, one string, oneTable Table, other string, otherTable Table) error {
	return &question{fmt.Sprintf("data: %s: the file can be read in two ways: as %s, by %v.Load, or as %s, by "+
		"%v.Load", name, one, oneTable, other, otherTable)}
}
