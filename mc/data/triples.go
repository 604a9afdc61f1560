package data

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"projectpenalty/mc"
)

// maxDim bounds rows and columns of what is read, lest one large index in a small file takes all memory.
const maxDim = 1 << 22

const triplesHeader = "row,col,value"

// ReadTriples reads the known entries of a rows × cols matrix from CSV, a line an entry: row,col,value, counted from 0, in
// any order, each entry once. A first line row,col,value is a header. With rows or cols 0, the matrix has as many as the
// largest index asks for.
func ReadTriples(name string, r io.Reader, rows, cols int) (*mc.Observations, error) {
	if rows < 0 || rows > maxDim || cols < 0 || cols > maxDim {
		return nil, fmt.Errorf("data: ReadTriples: the matrix is %d×%d; both must be from 1 to %d, or 0 for as many as the file names", rows, cols, maxDim)
	}
	l := newLines(name, r)
	s := newTriples(l, rows, cols)
	var cells [][]byte
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return s.observations()
		} else if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(line)) == 0 || l.line == 1 && isHeader(line) {
			continue
		}
		if cells, err = l.fields(cells, line); err != nil {
			return nil, err
		}
		if len(cells) != 3 {
			return nil, l.errorf(0, "the line has %d cells; it must have three: row, column, value", len(cells))
		}
		if err := s.add(cells, 0); err != nil {
			return nil, err
		}
	}
}

func isHeader(line []byte) bool {
	return string(bytes.ToLower(bytes.ReplaceAll(bytes.TrimSpace(line), []byte(" "), nil))) == triplesHeader
}

// triples collects entries and the lines that they are from.
type triples struct {
	lines      *lines
	rows, cols int // 0: not given
	entries    []mc.Entry
	line       []int32
	lastRow    int
	lastCol    int
}

func newTriples(l *lines, rows, cols int) *triples {
	return &triples{lines: l, rows: rows, cols: cols}
}

// add reads an entry from its three cells; the file counts from base.
func (s *triples) add(cells [][]byte, base int) error {
	bound := func(n int) int { return cmp.Or(n, maxDim) - 1 + base }
	i, err := s.lines.index(1, "row", cells[0], base, bound(s.rows))
	if err != nil {
		return err
	}
	j, err := s.lines.index(2, "column", cells[1], base, bound(s.cols))
	if err != nil {
		return err
	}
	x, err := s.lines.number(3, cells[2])
	if err != nil {
		return err
	}
	s.put(i-base, j-base, x)
	return nil
}

func (s *triples) put(i, j int, x float64) {
	if n := len(s.entries); n == cap(s.entries) { // doubling moves less than append does
		s.entries, s.line = slices.Grow(s.entries, max(n, 1024)), slices.Grow(s.line, max(n, 1024))
	}
	s.entries = append(s.entries, mc.Entry{Row: i, Col: j, Value: x})
	s.line = append(s.line, int32(s.lines.line))
	s.lastRow, s.lastCol = max(s.lastRow, i), max(s.lastCol, j)
}

// observations of all that was added. What is wrong with them, if anything, is that an entry is there twice.
func (s *triples) observations() (*mc.Observations, error) {
	if len(s.entries) == 0 {
		return nil, fmt.Errorf("data: %s: the file has no entries", s.lines.name)
	}
	o, err := mc.NewObservations(cmp.Or(s.rows, s.lastRow+1), cmp.Or(s.cols, s.lastCol+1), s.entries)
	if err == nil {
		return o, nil
	}
	order := make([]int, len(s.entries))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := s.entries[a], s.entries[b]
		return cmp.Or(cmp.Compare(x.Row, y.Row), cmp.Compare(x.Col, y.Col))
	})
	for n, k := range order[1:] {
		first := order[n]
		if a, b := s.entries[first], s.entries[k]; a.Row == b.Row && a.Col == b.Col {
			return nil, fmt.Errorf("data: %s:%d: the entry in row %d, column %d (from 0) was given in line %d already",
				s.lines.name, s.line[k], a.Row, a.Col, s.line[first])
		}
	}
	return nil, err
}

// WriteTriples writes the entries, a line each, below the header row,col,value, as [ReadTriples] reads them. The shape of the
// matrix is not in the file.
func WriteTriples(w io.Writer, o *mc.Observations) error {
	out := bufio.NewWriter(w)
	out.WriteString(triplesHeader + "\n")
	var line []byte
	for _, e := range o.All() {
		line = append(strconv.AppendInt(line[:0], int64(e.Row), 10), ',')
		line = append(strconv.AppendInt(line, int64(e.Col), 10), ',')
		line = append(strconv.AppendFloat(line, e.Value, 'g', -1, 64), '\n')
		out.Write(line)
	}
	return flush("WriteTriples", out)
}
