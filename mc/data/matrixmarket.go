package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"projectpenalty/mc"
)

// market is what the first line of a Matrix Market file says, and its line of sizes.
type market struct {
	array, pattern  bool
	symmetric, skew bool
	rows, cols      int
	left            int // entries that are still to come
}

// ReadMatrixMarket reads a matrix in a format of Matrix Market (Boisvert, Pozo, Remington 1996):
// coordinate or array; real, integer or pattern, whose entries are 1; general, symmetric or
// skew-symmetric; counted from 1. An entry that is NaN, or is not in a coordinate file, is unknown,
// not zero.
func ReadMatrixMarket(name string, r io.Reader) (*mc.Observations, error) {
	l := newLines(name, r)
	line, err := l.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	m, err := marketBanner(l, line)
	if err != nil {
		return nil, err
	}
	var entries collector
	var cells [][]byte
	put := func(i, j int, x float64) {
		entries.put(l.line, i, j, x, 0)
		if i != j && (m.symmetric || m.skew) {
			if m.skew {
				x = -x
			}
			entries.put(l.line, j, i, x, 0)
		}
	}
	i, j := 0, 0 // of the next number of an array
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '%' {
			continue
		}
		cells = words(cells, line, 4)
		if m.rows == 0 {
			if err := m.sizes(l, cells); err != nil {
				return nil, err
			}
			if m.array && m.skew {
				entries.put(l.line, 0, 0, 0, 0)
				i = 1
			}
			continue
		}
		if m.left--; m.left < 0 {
			return nil, l.errorf(0, "there are more entries than the size line says")
		}
		if m.array {
			if len(cells) != 1 {
				return nil, l.errorf(0, "the line must have one number, an entry of the array, down the columns")
			}
			x, known, err := l.marketNumber(1, cells[0])
			if err != nil {
				return nil, err
			}
			if known {
				put(i, j, x)
			}
			if i++; i == m.rows {
				j++
				i = 0
				if m.symmetric {
					i = j
				} else if m.skew && j < m.cols {
					entries.put(l.line, j, j, 0, 0)
					i = j + 1
				}
			}
			continue
		}
		want, what := 3, "three numbers: row, column, value"
		if m.pattern {
			want, what = 2, "two numbers: row, column"
		}
		if len(cells) != want {
			return nil, l.errorf(0, "the line must have %s", what)
		}
		row, err := l.index(1, "row", cells[0], 1, m.rows)
		if err != nil {
			return nil, err
		}
		col, err := l.index(2, "column", cells[1], 1, m.cols)
		if err != nil {
			return nil, err
		}
		x, known := 1.0, true
		if !m.pattern {
			if x, known, err = l.marketNumber(3, cells[2]); err != nil {
				return nil, err
			}
		}
		if m.skew && row == col && x != 0 {
			return nil, l.errorf(3, "entry (%d, %d) of a skew-symmetric matrix is %v; it must be 0", row, col, x)
		}
		if known {
			put(row-1, col-1, x)
		}
	}
	switch {
	case m.rows == 0:
		return nil, l.errorf(0, "the file ends before the line of sizes: %s", m.sizeLine())
	case m.left > 0:
		return nil, l.errorf(0, "the file ends %d entries before what the size line says", m.left)
	case entries.n == 0:
		return nil, fmt.Errorf("data: %s: the file has no entries", name)
	}
	o, _, err := entries.observations(m.rows, m.cols, nil, nil, 0, 0, Refuse)
	var twice *twiceError
	if errors.As(err, &twice) {
		return nil, fmt.Errorf(
			"data: %s:%d: the entry in row %d, column %d (from 1) was given in line %d already", name,
			twice.second, twice.row+1, twice.col+1, twice.first)
	} else if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	return o, nil
}

const marketMagic = "%%MatrixMarket"

// marketBanner reads the first line.
func marketBanner(l *lines, line []byte) (m market, err error) {
	words := strings.Fields(strings.ToLower(string(line[:min(len(line), 200)])))
	if len(words) != 5 || words[0] != strings.ToLower(marketMagic) || words[1] != "matrix" {
		return m, l.errorf(0, "the first line must be %%%%MatrixMarket matrix coordinate real general, or the like")
	}
	switch words[2] {
	case "coordinate":
	case "array":
		m.array = true
	default:
		return m, l.errorf(3, "%q is not supported; coordinate and array are", words[2])
	}
	switch words[3] {
	case "real", "double", "integer", "unsigned-integer":
	case "pattern":
		if m.pattern = true; m.array {
			return m, l.errorf(4, "an array cannot be a pattern; real and integer are supported")
		}
	default:
		return m, l.errorf(4, "%q is not supported; real, integer and pattern are", words[3])
	}
	switch words[4] {
	case "general":
	case "symmetric":
		m.symmetric = true
	case "skew-symmetric":
		if m.skew = true; m.pattern {
			return m, l.errorf(5, "a pattern cannot be skew-symmetric")
		}
	default:
		return m, l.errorf(5, "%q is not supported; general, symmetric and skew-symmetric are", words[4])
	}
	return m, nil
}

func (m *market) sizeLine() string {
	if m.array {
		return "rows, columns"
	}
	return "rows, columns, entries"
}

// sizes reads the line of sizes.
func (m *market) sizes(l *lines, cells [][]byte) (err error) {
	if want := strings.Count(m.sizeLine(), ",") + 1; len(cells) != want {
		return l.errorf(0, "the line of sizes must have %d numbers: %s", want, m.sizeLine())
	}
	if m.rows, err = l.index(1, "number of rows", cells[0], 1, maxDim); err != nil {
		return err
	}
	if m.cols, err = l.index(2, "number of columns", cells[1], 1, maxDim); err != nil {
		return err
	}
	if (m.symmetric || m.skew) && m.rows != m.cols {
		return l.errorf(0, "a symmetric matrix cannot be %d×%d", m.rows, m.cols)
	}
	switch {
	case m.array && m.symmetric:
		m.left = m.rows * (m.rows + 1) / 2
	case m.array && m.skew:
		m.left = m.rows * (m.rows - 1) / 2
	case m.array:
		m.left = m.rows * m.cols
	default:
		m.left, err = l.index(3, "number of entries", cells[2], 1, m.rows*m.cols)
	}
	return err
}

// marketNumber reads an entry as C and Fortran write it; NaN is unknown. In a table a comma might
// group thousands, here no number has one.
func (l *lines) marketNumber(column int, cell []byte) (x float64, known bool, err error) {
	if bytes.EqualFold(bytes.TrimLeft(cell, "+-"), []byte("nan")) {
		return 0, false, nil
	}
	if fortran.Match(cell) {
		cell = bytes.Replace(bytes.ToLower(cell), []byte("d"), []byte("e"), 1)
	}
	x, err = l.number(column, cell)
	return x, err == nil, err
}

// words splits a line at blanks, into most words at most, reusing dst.
func words(dst [][]byte, line []byte, most int) [][]byte {
	dst = dst[:0]
	for len(dst) < most {
		if line = bytes.TrimLeft(line, " \t"); len(line) == 0 {
			break
		}
		end := bytes.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		dst, line = append(dst, line[:end]), line[end:]
	}
	return dst
}

// WriteMatrixMarket writes the entries in the coordinate format, real and general.
func WriteMatrixMarket(w io.Writer, o *mc.Observations) error {
	out := bufio.NewWriter(w)
	rows, cols := o.Dims()
	fmt.Fprintf(out, "%%%%MatrixMarket matrix coordinate real general\n%d %d %d\n", rows, cols, o.Len())
	var line []byte
	for _, e := range o.All() {
		line = append(strconv.AppendInt(line[:0], int64(e.Row)+1, 10), ' ')
		line = append(strconv.AppendInt(line, int64(e.Col)+1, 10), ' ')
		line = append(strconv.AppendFloat(line, e.Value, 'g', -1, 64), '\n')
		out.Write(line)
	}
	return flush("WriteMatrixMarket", out)
}
