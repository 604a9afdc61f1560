package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// ReadMatrix reads a matrix from CSV: a line a row, without a header, each cell a finite number.
func ReadMatrix(name string, r io.Reader) (*mat.Dense, error) {
	var values []float64
	blank := func(l *lines, column int) error {
		return l.errorf(column, "the cell is blank; ReadTable reads a matrix with unknown entries")
	}
	rows, cols, err := readCells(name, r, blank, func(_, _ int, x float64) { values = append(values, x) })
	if err != nil {
		return nil, err
	}
	return mat.NewDense(rows, cols, values), nil
}

// ReadTable reads what is known of a matrix from CSV: a line a row, without a header, each cell a finite number or, where
// the entry is not known, blank.
func ReadTable(name string, r io.Reader) (*mc.Observations, error) {
	var entries []mc.Entry
	blank := func(*lines, int) error { return nil }
	rows, cols, err := readCells(name, r, blank, func(i, j int, x float64) { entries = append(entries, mc.Entry{Row: i, Col: j, Value: x}) })
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("data: %s: every cell is blank; at least one entry must be known", name)
	}
	return mc.NewObservations(rows, cols, entries)
}

// readCells reads a dense CSV, and tells of each blank cell and of each number. An empty line is a blank cell if the
// matrix has one column, and passed over otherwise.
func readCells(name string, r io.Reader, blank func(l *lines, column int) error, number func(i, j int, x float64)) (rows, cols int, err error) {
	l := newLines(name, r)
	var cells [][]byte
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return 0, 0, err
		}
		if cols > 1 && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if cells, err = l.fields(cells, line); err != nil {
			return 0, 0, err
		}
		if rows == 0 {
			cols = len(cells)
		} else if len(cells) != cols {
			return 0, 0, l.errorf(0, "the row has %d cells, the first row has %d", len(cells), cols)
		}
		if rows == maxDim {
			return 0, 0, l.errorf(0, "the matrix has more than %d rows", maxDim)
		}
		for j, cell := range cells {
			if len(cell) == 0 {
				if err := blank(l, j+1); err != nil {
					return 0, 0, err
				}
				continue
			}
			x, err := l.number(j+1, cell)
			if err != nil {
				return 0, 0, err
			}
			number(rows, j, x)
		}
		rows++
	}
	if rows == 0 {
		return 0, 0, fmt.Errorf("data: %s: the file is empty", name)
	}
	return rows, cols, nil
}

// WriteMatrix writes a matrix as [ReadMatrix] and [ReadTable] read it. A NaN becomes a blank cell, an infinite value is
// refused.
func WriteMatrix(w io.Writer, m mat.Matrix) error {
	out := bufio.NewWriter(w)
	rows, cols := m.Dims()
	var cell []byte
	for i := range rows {
		for j := range cols {
			if j > 0 {
				out.WriteByte(',')
			}
			x := m.At(i, j)
			if math.IsInf(x, 0) {
				return fmt.Errorf("data: WriteMatrix: entry (%d, %d) is %v", i, j, x)
			}
			if !math.IsNaN(x) {
				cell = strconv.AppendFloat(cell[:0], x, 'g', -1, 64)
				out.Write(cell)
			}
		}
		out.WriteByte('\n')
	}
	return flush("WriteMatrix", out)
}

// WriteTable writes what is known of a matrix as [ReadTable] reads it, unknown entries blank.
func WriteTable(w io.Writer, o *mc.Observations) error {
	out := bufio.NewWriter(w)
	rows, cols := o.Dims()
	i, j := 0, 0
	var cell []byte
	upTo := func(row, col int) {
		for ; i < row; i, j = i+1, 0 {
			for ; j < cols-1; j++ {
				out.WriteByte(',')
			}
			out.WriteByte('\n')
		}
		for ; j < col; j++ {
			out.WriteByte(',')
		}
	}
	for _, e := range o.All() {
		upTo(e.Row, e.Col)
		cell = strconv.AppendFloat(cell[:0], e.Value, 'g', -1, 64)
		out.Write(cell)
	}
	upTo(rows, 0)
	return flush("WriteTable", out)
}

// flush reports the first error of a buffered writer, which remembers it.
func flush(who string, out *bufio.Writer) error {
	if err := out.Flush(); err != nil {
		return fmt.Errorf("data: %s: %w", who, err)
	}
	return nil
}
