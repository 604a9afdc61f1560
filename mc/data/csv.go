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

// ReadMatrix reads a matrix from CSV: one row per line, without a header, each cell a finite
// number.
func ReadMatrix(name string, r io.Reader) (*mat.Dense, error) {
	l := newLines(name, r)
	n := &numbers{point: '.', stated: true, together: true}
	var values []float64
	var cells [][]byte
	rows, cols := 0, 0
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if cols > 1 && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if cells, err = l.cells(cells, line, ","); err != nil {
			return nil, err
		}
		if rows == 0 {
			cols = len(cells)
		} else if len(cells) != cols {
			return nil, l.errorf(0, "the row has %d cells, the first row has %d", len(cells), cols)
		}
		for j, cell := range cells {
			x, known, err := l.value(n, j+1, cell)
			switch {
			case err != nil:
				return nil, err
			case !known && len(trimBlanks(cell)) == 0:
				return nil, l.errorf(j+1, "the cell is blank; ReadTable reads a matrix with unknown entries")
			case !known:
				return nil, l.errorf(j+1, "%s is not a number; ReadTable reads a matrix with unknown entries",
					quote(cell))
			}
			values = append(values, x)
		}
		rows++
	}
	if rows == 0 {
		return nil, fmt.Errorf("data: %s: the file is empty", name)
	}
	return mat.NewDense(rows, cols, values), nil
}

// ReadTable reads the known entries of a matrix from CSV: one row per line, without a header, each
// cell a finite number or, where the entry is not known, blank, NA, NaN or another of the spellings
// of [Table.Unknown]. [Table] reads other forms.
func ReadTable(name string, r io.Reader) (*mc.Observations, error) {
	return Table{Form: Dense, Comma: ',', Decimal: '.', Header: No, Index: No, Unknown: []string{}}.Read(name, r)
}

// WriteMatrix writes a matrix as [ReadMatrix] and [ReadTable] read it. A NaN becomes a blank cell,
// an infinite value is refused.
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

// tableCorner is above the names of the rows that WriteTable writes. Load takes what is below for
// names, whatever it is.
const tableCorner = "index"

// WriteTable writes the known entries of a matrix as [ReadTable] reads them, the others blank.
// Where rows or columns have names, they are the first column, below the word index, and the first
// line, as [Load] reads them, whatever they are; it refuses only blank ones.
func WriteTable(w io.Writer, o *mc.Observations) error {
	out := bufio.NewWriter(w)
	rows, cols := o.Dims()
	named := o.RowIndex() != nil || o.ColIndex() != nil
	var cell []byte
	if named {
		cell = append(cell, tableCorner...)
		for j := range cols {
			cell = appendLabel(append(cell, ','), o.ColIndex().Label(j))
		}
		out.Write(append(cell, '\n'))
	}
	i, j := 0, 0
	begin := func() {
		if named && i < rows {
			out.Write(append(appendLabel(cell[:0], o.RowIndex().Label(i)), ','))
		}
	}
	begin()
	upTo := func(row, col int) {
		for i < row {
			for ; j < cols-1; j++ {
				out.WriteByte(',')
			}
			out.WriteByte('\n')
			i, j = i+1, 0
			begin()
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
