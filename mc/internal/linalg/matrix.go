package linalg

import "projectpenalty/mc/internal/kernel"

// Block returns the rows × cols block of m that begins at (row, col). It shares m's elements.
func Block(m kernel.Matrix, row, col, rows, cols int) kernel.Matrix {
	from := row*m.Stride + col
	to := from + (rows-1)*m.Stride + cols
	return kernel.Matrix{Rows: rows, Cols: cols, Stride: m.Stride, Data: m.Data[from:to]}
}

// Columns returns the first r columns of m. It shares m's elements.
func Columns(m kernel.Matrix, r int) kernel.Matrix {
	m.Cols = r
	return m
}

// CopyRows copies the elements of src to dst, which has at least its shape. It does nothing if both
// are the same matrix.
func CopyRows(dst, src kernel.Matrix) {
	kernel.CopyRows(kernel.MatrixOf[float64](dst), kernel.MatrixOf[float64](src))
}

// Clone returns a copy of m with the same stride.
func Clone(m kernel.Matrix) kernel.Matrix {
	m.Data = append([]float64(nil), m.Data...)
	return m
}

// Sized returns a rows × cols matrix in the memory of m if that suffices. Its elements are
// unspecified.
func Sized(m kernel.Matrix, rows, cols int) kernel.Matrix {
	if cap(m.Data) < rows*cols {
		m.Data = make([]float64, rows*cols)
	}
	return kernel.Matrix{Rows: rows, Cols: cols, Stride: cols, Data: m.Data[:rows*cols]}
}

// Resized returns a slice of the given length in the memory of x if that suffices. Its elements are
// unspecified.
func Resized(x []float64, length int) []float64 {
	if cap(x) < length {
		return make([]float64, length)
	}
	return x[:length]
}

// Weighted returns m·diag(d), padded.
func Weighted(m kernel.Matrix, d []float64) kernel.Matrix {
	w := kernel.NewPadded(m.Rows, len(d))
	for i := range m.Rows {
		to, from := w.Data[i*w.Stride:], m.Data[i*m.Stride:]
		for c, x := range d {
			to[c] = x * from[c]
		}
	}
	return w
}
