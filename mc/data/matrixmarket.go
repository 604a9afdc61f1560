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

// ReadMatrixMarket reads the entries of a matrix in the coordinate format of Matrix Market (Boisvert, Pozo, Remington
// 1996): real or integer, general or symmetric, counted from 1. An entry that is not in the file is unknown, not zero.
func ReadMatrixMarket(name string, r io.Reader) (*mc.Observations, error) {
	l := newLines(name, r)
	line, err := l.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	symmetric, err := matrixMarketBanner(l, line)
	if err != nil {
		return nil, err
	}
	var s *triples
	var cells [][]byte
	entries := 0
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
		if cells = words(cells, line, 4); len(cells) != 3 {
			return nil, l.errorf(0, "the line must have three numbers: row, column, value (first: rows, columns, entries)")
		}
		if s == nil {
			if s, entries, err = matrixMarketSize(l, cells, symmetric); err != nil {
				return nil, err
			}
			continue
		}
		if err := s.add(cells, 1); err != nil {
			return nil, err
		}
		e := s.entries[len(s.entries)-1]
		if entries--; entries < 0 {
			return nil, l.errorf(0, "there are more entries than the size line says")
		}
		if symmetric && e.Row != e.Col {
			s.put(e.Col, e.Row, e.Value)
		}
	}
	switch {
	case s == nil:
		return nil, l.errorf(0, "the file ends before the line of sizes: rows, columns, entries")
	case entries > 0:
		return nil, l.errorf(0, "the file ends %d entries before what the size line says", entries)
	}
	return s.observations()
}

// matrixMarketBanner checks the first line.
func matrixMarketBanner(l *lines, line []byte) (symmetric bool, err error) {
	words := strings.Fields(strings.ToLower(string(line[:min(len(line), 200)])))
	if len(words) != 5 || words[0] != "%%matrixmarket" || words[1] != "matrix" {
		return false, l.errorf(0, "the first line must be %%%%MatrixMarket matrix coordinate real general, or the like")
	}
	switch {
	case words[2] != "coordinate":
		return false, l.errorf(3, "%q is not supported; coordinate is", words[2])
	case words[3] != "real" && words[3] != "integer":
		return false, l.errorf(4, "%q is not supported; real and integer are", words[3])
	case words[4] != "general" && words[4] != "symmetric":
		return false, l.errorf(5, "%q is not supported; general and symmetric are", words[4])
	}
	return words[4] == "symmetric", nil
}

func matrixMarketSize(l *lines, cells [][]byte, symmetric bool) (s *triples, entries int, err error) {
	rows, err := l.index(1, "number of rows", cells[0], 1, maxDim)
	if err != nil {
		return nil, 0, err
	}
	cols, err := l.index(2, "number of columns", cells[1], 1, maxDim)
	if err != nil {
		return nil, 0, err
	}
	if entries, err = l.index(3, "number of entries", cells[2], 1, rows*cols); err != nil {
		return nil, 0, err
	}
	if symmetric && rows != cols {
		return nil, 0, l.errorf(0, "a symmetric matrix cannot be %d×%d", rows, cols)
	}
	return newTriples(l, rows, cols), entries, nil
}

// words splits a line at spaces and tabs, into at most so many, reusing dst.
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
