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

// NewPadded returns a zero matrix whose rows are whole blocks.
func NewPadded(rows, cols int) Matrix { return newMatrixPadded(rows, cols) }

// NewPaddedOf is NewPadded in either precision.
func NewPaddedOf[T Element](rows, cols int) MatrixOf[T] { return newPadded[T](rows, cols) }

// Padded reports whether x can be used where padded rows are needed.
func Padded[T Element](x MatrixOf[T]) bool { return x.Cols%blockOf[T]() == 0 }

func checkPadded[T Element](height int, x MatrixOf[T]) {
	if n := padded[T](x.Cols); x.Rows != height || x.Stride < n || len(x.Data) < (x.Rows-1)*x.Stride+n {
		panic(fmt.Sprintf("kernel: %d×%d factor of stride %d with %d numbers for a side of %d", x.Rows, x.Cols,
			x.Stride, len(x.Data), height))
	}
}

// Dots is [Dots] in double precision.
func (s *Sparse) Dots(dst []float64, a, b Matrix) {
	Dots(s, dst, MatrixOf[float64](a), MatrixOf[float64](b))
}

// Times is [Times] in double precision.
func (s *Sparse) Times(dst Matrix, values []float64, b Matrix) {
	Times(s, MatrixOf[float64](dst), values, MatrixOf[float64](b))
}

// TransTimes is [TransTimes] in double precision.
func (s *Sparse) TransTimes(dst Matrix, values []float64, a Matrix) {
	TransTimes(s, MatrixOf[float64](dst), values, MatrixOf[float64](a))
}

// Dots sets dst to the entries of A·Bᵀ, A rows × h, B cols × h: a sampled product.
func Dots[T Element](s *Sparse, dst []T, a, b MatrixOf[T]) {
	checkPadded(s.Rows, a)
	checkPadded(s.Cols, b)
	sameLength(len(dst), len(s.byRow.index))
	c := suited(s.byRow, b)
	c.makeRoom(size[T]())
	if c.large(a.Cols) {
		c.share(func(lo, hi int) { dots(c, dst, a, b, lo, hi) })
	} else {
		dots(c, dst, a, b, 0, c.lines)
	}
}

// Times computes dst = S·B, B cols × h and dst rows × h.
func Times[T Element](s *Sparse, dst MatrixOf[T], values []T, b MatrixOf[T]) {
	checkPadded(s.Rows, dst)
	checkPadded(s.Cols, b)
	sameLength(len(values), len(s.byRow.index))
	multiplySparse(s.byRow, dst, values, b)
}

// TransTimes computes dst = Sᵀ·A, A rows × h and dst cols × h.
func TransTimes[T Element](s *Sparse, dst MatrixOf[T], values []T, a MatrixOf[T]) {
	checkPadded(s.Cols, dst)
	checkPadded(s.Rows, a)
	sameLength(len(values), len(s.byRow.index))
	multiplySparse(s.byCol, dst, values, a)
}
