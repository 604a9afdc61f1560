package kernel

import (
	"fmt"
	"math"
)

// Sparse is the positions of entries of a rows × cols matrix S, by rows and by columns. Its methods
// need the values of the entries in the order of rows, and dense factors of a width h whose rows
// are padded with zeros to whole blocks, as [NewPadded] makes them: none of them forms a rows ×
// cols matrix. Each row of a result is computed the same way whatever the number of goroutines. A
// Sparse is for one caller at a time.
type Sparse struct {
	Rows, Cols int

	byRow, byCol *compressed
}

// NewSparse returns the entries whose rows begin at start (Rows+1 numbers) in col. It keeps both.
func NewSparse(rows, cols int, start []int, col []int32) *Sparse {
	if len(col) > math.MaxInt32 || len(start) != rows+1 || start[rows] != len(col) {
		panic(fmt.Sprintf("kernel: %d entries in %d rows", len(col), rows))
	}
	begin, row, from := make([]int, cols+1), make([]int32, len(col)), make([]int32, len(col))
	for _, j := range col {
		begin[j+1]++
	}
	for j := range cols {
		begin[j+1] += begin[j]
	}
	next := append([]int(nil), begin[:cols]...)
	for i := range rows {
		for k := start[i]; k < start[i+1]; k++ {
			at := next[col[k]]
			next[col[k]]++
			row[at], from[at] = int32(i), int32(k)
		}
	}
	return &Sparse{Rows: rows, Cols: cols, byRow: newCompressed(start, col, nil, cols),
		byCol: newCompressed(begin, row, from, rows)}
}

// NewPadded returns a zero matrix whose stride is a multiple of eight.
func NewPadded(rows, cols int) Matrix { return newMatrixPadded(rows, cols) }

// Padded reports whether x can be used where padded rows are needed.
func Padded(x Matrix) bool { return x.Cols%8 == 0 }

func (s *Sparse) check(height int, x Matrix) {
	if x.Rows != height || x.Stride < padded(x.Cols) || len(x.Data) < (x.Rows-1)*x.Stride+padded(x.Cols) {
		panic(fmt.Sprintf("kernel: %d×%d factor of stride %d with %d numbers for a side of %d", x.Rows, x.Cols,
			x.Stride, len(x.Data), height))
	}
}

// Dots sets dst to the entries of A·Bᵀ, A rows × h, B cols × h: a sampled product.
func (s *Sparse) Dots(dst []float64, a, b Matrix) {
	s.check(s.Rows, a)
	s.check(s.Cols, b)
	sameLength(len(dst), len(s.byRow.index))
	if c := s.byRow.suited(b); c.large(a.Cols) {
		c.share(func(lo, hi int) { c.dots(dst, a, b, lo, hi) })
	} else {
		c.dots(dst, a, b, 0, c.lines)
	}
}

// Times computes dst = S·B, B cols × h and dst rows × h.
func (s *Sparse) Times(dst Matrix, values []float64, b Matrix) {
	s.check(s.Rows, dst)
	s.check(s.Cols, b)
	sameLength(len(values), len(s.byRow.index))
	s.byRow.product(dst, values, b)
}

// TransTimes computes dst = Sᵀ·A, A rows × h and dst cols × h.
func (s *Sparse) TransTimes(dst Matrix, values []float64, a Matrix) {
	s.check(s.Cols, dst)
	s.check(s.Rows, a)
	sameLength(len(values), len(s.byRow.index))
	s.byCol.product(dst, values, a)
}
