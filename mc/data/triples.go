package data

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"projectpenalty/mc"
)

// ReadTriples reads the known entries of a rows × cols matrix from CSV, one entry per line:
// row,col,value, counted from 0, in any order, each entry once. A first line row,col,value is a
// header. With rows or cols 0, the matrix has as many as the largest index asks for. [Table] reads
// other forms.
func ReadTriples(name string, r io.Reader, rows, cols int) (*mc.Observations, error) {
	if rows < 0 || rows > maxDim || cols < 0 || cols > maxDim {
		return nil, fmt.Errorf("data: ReadTriples: the matrix is %d×%d; both must be from 1 to %d, or 0 for as "+
			"many as the file names", rows, cols, maxDim)
	}
	in := bufio.NewReader(r)
	start, _ := in.Peek(len("\xef\xbb\xbf") + 40) // an error shows again when the file is read
	first, _, _ := bytes.Cut(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), []byte("\n"))
	header := No
	if string(bytes.ToLower(bytes.ReplaceAll(bytes.TrimSpace(first), []byte(" "), nil))) == triplesHeader {
		header = Yes
	}
	out, err := Table{Form: Triples, Comma: ',', Decimal: '.', Header: header, Count: FromZero, Rows: rows,
		Cols: cols, Unknown: []string{}}.readOnce(name, in)
	return out.o, err
}

// What WriteTriples writes first, the second where there are names.
const (
	triplesHeader      = "row,col,value"
	namedTriplesHeader = "rowname,colname,value"
)

// An axis is the rows or the columns of triples.
type axis struct {
	what   string
	names  names
	number bool // they are numbers, from base to most
	counts bool // they are numbers or names, by a header that says numbers
	base   int
	most   int
	last   int // the largest number
}

func (p *plan) axes() [2]axis {
	var axes [2]axis
	for k, what := range []string{"row", "column"} {
		a := &axes[k]
		a.what, a.number = what, p.Count == FromZero || p.Count == FromOne
		if p.Count == FromOne {
			a.base = 1
		}
		a.counts = p.Count == CountFound && p.Header == Yes
		a.last = a.base
		a.most = cmp.Or([]int{p.Rows, p.Cols}[k], maxDim) - 1 + a.base
	}
	return axes
}

// place returns where the name of a cell belongs.
func (a *axis) place(l *lines, column int, cell []byte) (int, error) {
	if a.number {
		x, err := l.index(column, a.what, cell, a.base, a.most)
		a.last = max(a.last, x)
		return x - a.base, err
	}
	if plain := len(cell) > 0 && cell[0] > ' ' && cell[0] < utf8.RuneSelf; !plain &&
		strings.TrimSpace(label(cell)) == "" {
		return 0, l.errorf(column, "the name of the %s is blank", a.what)
	}
	known := a.names.len()
	at := a.names.place(cell)
	if at == known && !a.names.exact && rounded.Match(cell) {
		return 0, l.errorf(column, "the name %s of the %s is a number that a spreadsheet has rounded; write it "+
			"in full, as text",
			quote(cell), a.what)
	}
	if at == known && a.counts && looksNumber.Match(cell) {
		if _, ok := whole(cell); !ok && (cell[0] == '-' || bytes.ContainsAny(cell, ".,eE")) {
			return 0, l.errorf(column, "%s %s is not a whole number from 0 on; data.Table{Count: data.Names} reads "+
				"it as a name", a.what, quote(cell))
		}
	}
	return at, nil
}

func (p *plan) readTriples(l *lines) (result, error) {
	n := p.numbers()
	axes := p.axes()
	entries := collector{timed: p.timed || p.kept != nil}
	row, col, value, when := p.columns[0], p.columns[1], p.columns[2], p.columns[3]
	var cells [][]byte
	width, count := 0, 0
	headed := p.Header == Yes
	for {
		var err error
		cells, err = p.nextCells(l, cells, width == 0, 0)
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return result{}, err
		}
		if width == 0 {
			if width = len(cells); p.strict && width != 3 {
				return result{}, l.errorf(0, "the line has %d cells; it must have three: row, column, value", width)
			}
			if least := max(row, col, value, when) + 1; width < least {
				return result{}, l.errorf(0, "the line has %d cells; it must have %d or more: row, column, value",
					width, least)
			}
			if headed {
				if p.kept != nil {
					header := make([]string, width)
					for k, cell := range cells {
						header[k] = label(cell)
					}
					if err := p.kept.find(l.name, header); err != nil {
						return result{}, err
					}
				}
				axes[0].what, axes[1].what = cmp.Or(label(cells[row]), "row"), cmp.Or(label(cells[col]), "column")
				// as WriteTriples and WriteTable write them
				axes[0].names.exact = axes[0].what == "rowname" || p.corner && p.alone
				axes[1].names.exact = axes[1].what == "colname"
				continue
			}
		} else if cells = p.withoutEnd(cells, width); len(cells) != width {
			if width == 3 {
				return result{}, l.errorf(0, "the line has %d cells; it must have three: row, column, value",
					len(cells))
			}
			return result{}, l.errorf(0, "the line has %d cells, the first line has %d", len(cells), width)
		}
		count++
		if p.ask {
			_, first := whole(cells[row])
			_, second := whole(cells[col])
			if !first || !second {
				return result{}, errOther
			}
		}
		if p.alone && (len(cells[row]) == 0 || len(cells[col]) == 0) {
			return result{}, errOther
		}
		i, err := axes[0].place(l, row+1, cells[row])
		if err != nil {
			return result{}, err
		}
		j, err := axes[1].place(l, col+1, cells[col])
		if err != nil {
			return result{}, err
		}
		x, known := 1.0, true
		if value >= 0 {
			if x, known, err = l.value(n, value+1, cells[value]); err != nil {
				return result{}, err
			}
		}
		if !known {
			continue
		}
		at := 0.0
		if p.timed {
			if at, err = timeOf(cells[when]); err != nil {
				return result{}, l.errorf(when+1, "%v", err)
			}
		}
		if p.kept != nil {
			at = float64(entries.n)
			p.kept.put(cells)
		}
		entries.put(l.line, i, j, x, at)
	}
	if p.Decimal == 0 {
		p.Decimal = rune(n.point)
	}
	return p.triples(l.name, &entries, axes, count)
}

// triples makes the observations of entries, which count lines had.
func (p *plan) triples(name string, entries *collector, axes [2]axis, count int) (result, error) {
	rows, cols := &axes[0], &axes[1]
	if p.called && p.kept == nil && rows.names.len() == count {
		triples := Table{Form: Triples, Unknown: p.Unknown, Comment: p.Comment}
		dense := Table{Form: Dense, Unknown: p.Unknown, Comment: p.Comment}
		return result{}, ask(name, fmt.Sprintf("triples of row %q and column %q, a %d×%d matrix of which %d entries "+
			"are known", rows.what, cols.what, rows.names.len(), cols.names.len(), entries.n), triples,
			fmt.Sprintf("a dense matrix of %d rows", count), dense)
	}
	once := p.alone && rows.names.len() == count
	switch {
	case once && (p.corner || p.otherwise.index > 0 && p.columns[3] < 0), p.ask && entries.n == 0,
		p.ask && p.Header == Yes && rows.names.len() == count && cols.names.len() == count:
		return result{}, errOther
	case once || p.ask:
		triples := Table{Form: Triples, Unknown: p.Unknown, Twice: p.Twice, Comment: p.Comment}
		dense := Table{Form: Dense, Header: p.Header, Index: No, Unknown: p.Unknown, Comment: p.Comment}
		width := p.width
		if once {
			dense.Index, width = Yes, width-1
		}
		return result{}, ask(name, fmt.Sprintf("triples of row, column and value, a %d×%d matrix of which %d "+
			"entries are known", rows.names.len(), cols.names.len(), entries.n), triples,
			fmt.Sprintf("a dense matrix of %d×%d", count, width), dense)
	}
	if entries.n == 0 {
		return result{}, fmt.Errorf("data: %s: the file has no entries", name)
	}
	if err := askSentinel(name, p.Table, entries, 0); err != nil {
		return result{}, err
	}
	var shape [2]int
	var at [2][]int32
	var index [2]*mc.Index
	for k := range axes {
		a := &axes[k]
		if a.number {
			shape[k] = cmp.Or([]int{p.Rows, p.Cols}[k], a.last-a.base+1)
			if a.base > 0 {
				index[k] = mc.CountingIndex(a.what, a.base, shape[k])
			}
			continue
		}
		least, most, numbers := a.names.bounds()
		if p.Count == CountFound && numbers && most < maxDim {
			other := &axes[1-k]
			otherLeast, _, otherNumbers := other.names.bounds()
			from := 0
			if least >= 1 && (!otherNumbers || otherLeast >= 1) {
				from = 1
			}
			if shape[k], at[k], index[k] = a.names.counted(a.what, from); from == 0 {
				index[k] = nil // row k is "k" without one
			}
			continue
		}
		var err error
		if shape[k], at[k], index[k], err = a.names.inOrder(a.what, false); err != nil {
			return result{}, fmt.Errorf("data: %s: %w", name, err)
		}
	}
	o, times, err := entries.observations(shape[0], shape[1], at[0], at[1], 0, 0, p.Twice)
	var twice *twiceError
	if errors.As(err, &twice) {
		if rows.number && rows.base == 0 && cols.number {
			return result{}, fmt.Errorf("data: %s:%d: the entry in row %d, column %d (from 0) was given in "+
				"line %d already", name, twice.second, twice.row, twice.col, twice.first)
		}
		return result{}, fmt.Errorf("data: %s:%d: the entry of %s %q and %s %q was given in line %d already; "+
			"data.Table{Twice: data.KeepLast} or data.KeepMean reads both",
			name, twice.second, rows.what, index[0].Label(twice.row), cols.what, index[1].Label(twice.col), twice.first)
	} else if err != nil {
		return result{}, fmt.Errorf("data: %s: %w", name, err)
	}
	o, err = o.WithIndex(index[0], index[1])
	return result{o: o, times: times, found: p.Table}, err
}

// layouts of times. Of the abbreviations of zones only GMT and UTC mean the same everywhere: for
// others, package time asks the zone of the machine.
var layouts = []string{
	"2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05-07:00",
	"2006-01-02 15:04", "2006/01/02",
	"02.01.2006", "02.01.2006 15:04", "02.01.2006 15:04:05", time.RFC1123Z,
	"Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:04:05 UTC",
}

// timeOf reads a time: a number, or a date as seconds since 1970.
func timeOf(cell []byte) (float64, error) {
	cell = trimBlanks(cell)
	if x, _, ok := plain(cell, '.'); ok {
		return x, nil
	}
	text := string(cell)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.Unix()) + float64(t.Nanosecond())/1e9, nil // UnixNano ends in the year 2262
		}
	}
	if len(text) > 0 && strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0 {
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return x, nil
		}
	}
	return 0, fmt.Errorf("%s is not a time; it must be a number or a date such as 2006-01-02 or 02.01.2006",
		quote(cell))
}

// readNetflix reads the form of the Netflix prize: a line with the number of a film and a colon,
// then a line for each of its ratings, of user, rating and date.
func (p *plan) readNetflix(l *lines) (result, error) {
	axes := p.axes()
	axes[0].what, axes[1].what = "user", "movie"
	entries := collector{timed: p.timed}
	n := p.numbers()
	var cells [][]byte
	movie := -1
	for {
		line, err := p.nextLine(l, movie < 0, 0)
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return result{}, err
		}
		if netflixHead(line) {
			movie = axes[1].names.place(line[:len(line)-1])
			continue
		}
		if cells, err = l.cells(cells, line, ","); err != nil {
			return result{}, err
		}
		if movie < 0 || len(cells) < 2 || len(cells) > 3 {
			return result{}, l.errorf(0, "the line has %d cells; below a film (its number and a colon) it must "+
				"have user, rating and date", len(cells))
		}
		user, err := axes[0].place(l, 1, cells[0])
		if err != nil {
			return result{}, err
		}
		x, known, err := l.value(n, 2, cells[1])
		if err != nil {
			return result{}, err
		}
		at := 0.0
		if p.timed {
			if len(cells) < 3 {
				return result{}, l.errorf(0, "the line has no date")
			}
			if at, err = timeOf(cells[2]); err != nil {
				return result{}, l.errorf(3, "%v", err)
			}
		}
		if known {
			entries.put(l.line, user, movie, x, at)
		}
	}
	return p.triples(l.name, &entries, axes, entries.n)
}

// WriteTriples writes the entries, a line each, below the header row,col,value, as [ReadTriples]
// reads them. Where rows or columns have names, it writes the names, below rowname,colname,value,
// as [Load] reads them, blank ones excepted. Where neither row 0 nor column 0 has an entry, the
// first line is 0,0,NaN, which is unknown: without it, Load would count from 1. The shape of the
// matrix is not in the file.
func WriteTriples(w io.Writer, o *mc.Observations) error {
	out := bufio.NewWriter(w)
	named := o.RowIndex() != nil || o.ColIndex() != nil
	if named {
		out.WriteString(namedTriplesHeader + "\n")
	} else {
		out.WriteString(triplesHeader + "\n")
		if !fromZero(o) {
			out.WriteString("0,0,NaN\n")
		}
	}
	var line []byte
	for _, e := range o.All() {
		if named {
			line = append(appendLabel(line[:0], o.RowIndex().Label(e.Row)), ',')
			line = append(appendLabel(line, o.ColIndex().Label(e.Col)), ',')
		} else {
			line = append(strconv.AppendInt(line[:0], int64(e.Row), 10), ',')
			line = append(strconv.AppendInt(line, int64(e.Col), 10), ',')
		}
		line = append(strconv.AppendFloat(line, e.Value, 'g', -1, 64), '\n')
		out.Write(line)
	}
	return flush("WriteTriples", out)
}

// fromZero reports whether row 0 or column 0 has an entry.
func fromZero(o *mc.Observations) bool {
	for _, e := range o.All() {
		if e.Row == 0 || e.Col == 0 {
			return true
		}
	}
	return false
}

// appendLabel appends a name as a cell of CSV.
func appendLabel(line []byte, label string) []byte {
	if label != "" && !strings.ContainsAny(label, "\",;\n\r\t#%|") && strings.TrimSpace(label) == label {
		return append(line, label...)
	}
	return append(append(append(line, '"'), strings.ReplaceAll(label, `"`, `""`)...), '"')
}
