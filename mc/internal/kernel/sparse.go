package kernel

import (
	"fmt"
	"math"
	"runtime"
	"sync"
)

// Sparse is the positions of entries of a rows × cols matrix S, by rows and by columns. Its methods need the values of the
// entries in the order of rows, and dense factors of a width h whose rows are padded with zeros to whole blocks, as
// [NewPadded] makes them: none of them forms a rows × cols matrix. Each row of a result is computed the same way whatever
// the number of goroutines.
type Sparse struct {
	Rows, Cols int

	start  []int   // entries start[i] … start[i+1] are those of row i
	col    []int32 // of each entry
	cstart []int   // entries cstart[j] … cstart[j+1] of the order of columns are those of column j
	row    []int32 // of each entry in the order of columns
	from   []int32 // where it is in the order of rows
	byCol  []float64
}

// NewSparse returns the entries whose rows begin at start (Rows+1 numbers) in col. It keeps both.
func NewSparse(rows, cols int, start []int, col []int32) *Sparse {
	if len(col) > math.MaxInt32 || len(start) != rows+1 || start[rows] != len(col) {
		panic(fmt.Sprintf("kernel: %d entries in %d rows", len(col), rows))
	}
	s := &Sparse{Rows: rows, Cols: cols, start: start, col: col, cstart: make([]int, cols+1),
		row: make([]int32, len(col)), from: make([]int32, len(col)), byCol: make([]float64, len(col))}
	for _, j := range col {
		s.cstart[j+1]++
	}
	for j := range cols {
		s.cstart[j+1] += s.cstart[j]
	}
	next := append([]int(nil), s.cstart[:cols]...)
	for i := range rows {
		for k := start[i]; k < start[i+1]; k++ {
			at := next[col[k]]
			next[col[k]]++
			s.row[at], s.from[at] = int32(i), int32(k)
		}
	}
	return s
}

// NewPadded returns a zero matrix whose stride is a multiple of eight.
func NewPadded(rows, cols int) Matrix { return newMatrixPadded(rows, cols) }

// Padded reports whether x can be used where padded rows are needed.
func Padded(x Matrix) bool { return x.Cols%8 == 0 }

func (s *Sparse) check(height int, x Matrix) {
	if x.Rows != height || x.Stride < padded(x.Cols) || len(x.Data) < (x.Rows-1)*x.Stride+padded(x.Cols) {
		panic(fmt.Sprintf("kernel: %d×%d factor of stride %d with %d numbers for a side of %d", x.Rows, x.Cols, x.Stride, len(x.Data), height))
	}
}

// Dots sets dst to the entries of A·Bᵀ, A rows × h, B cols × h: a sampled product.
func (s *Sparse) Dots(dst []float64, a, b Matrix) {
	s.check(s.Rows, a)
	s.check(s.Cols, b)
	sameLength(len(dst), len(s.col))
	if !s.large(a.Cols) {
		s.dots(dst, a, b, 0, s.Rows)
		return
	}
	s.share(s.start, func(lo, hi int) { s.dots(dst, a, b, lo, hi) })
}

func (s *Sparse) dots(dst []float64, a, b Matrix, lo, hi int) {
	n := padded(a.Cols)
	for i := lo; i < hi; i++ {
		from, to := s.start[i], s.start[i+1]
		groups := (to - from) / 4
		if groups > 0 {
			gatherDots(n, groups, &a.Data[i*a.Stride], &s.col[from], &b.Data[0], 8*b.Stride, &dst[from])
		}
		if k := from + 4*groups; k < to {
			var index [4]int32
			var out [4]float64
			copy(index[:], s.col[k:to])
			gatherDots(n, 1, &a.Data[i*a.Stride], &index[0], &b.Data[0], 8*b.Stride, &out[0])
			copy(dst[k:to], out[:])
		}
	}
}

// Times computes dst = S·B, B cols × h and dst rows × h.
func (s *Sparse) Times(dst Matrix, values []float64, b Matrix) {
	s.check(s.Rows, dst)
	s.check(s.Cols, b)
	sameLength(len(values), len(s.col))
	s.product(dst, s.start, s.col, values, b)
}

// TransTimes computes dst = Sᵀ·A, A rows × h and dst cols × h.
func (s *Sparse) TransTimes(dst Matrix, values []float64, a Matrix) {
	s.check(s.Cols, dst)
	s.check(s.Rows, a)
	sameLength(len(values), len(s.col))
	for k, from := range s.from {
		s.byCol[k] = values[from]
	}
	s.product(dst, s.cstart, s.row, s.byCol, a)
}

func (s *Sparse) product(dst Matrix, start []int, index []int32, values []float64, x Matrix) {
	if !s.large(x.Cols) {
		sparseRows(dst, start, index, values, x, 0, dst.Rows)
		return
	}
	s.share(start, func(lo, hi int) { sparseRows(dst, start, index, values, x, lo, hi) })
}

// sparseRows computes rows lo … hi-1 of dst. If x is more than the second-level cache holds, but as many columns of it as gatherSum keeps in registers are not,
// so many are computed at a time.
func sparseRows(dst Matrix, start []int, index []int32, values []float64, x Matrix, lo, hi int) {
	const near = 1 << 16 // numbers
	n := padded(x.Cols)
	step := n
	if n*x.Rows > near && gatherWidth()*x.Rows <= 2*near {
		step = min(n, gatherWidth())
	}
	for j := 0; j < n; j += step {
		width := min(step, n-j)
		for i := lo; i < hi; i++ {
			from, count := start[i], start[i+1]-start[i]
			at := i*dst.Stride + j
			if count == 0 {
				clear(dst.Data[at : at+width])
				continue
			}
			gatherSum(width, count, &index[from], &values[from], &x.Data[j], 8*x.Stride, &dst.Data[at])
		}
	}
}

// gatherWidth is how many columns gatherSum sums up at once: twelve registers.
func gatherWidth() int {
	if instructions.lanes == 8 {
		return 96
	}
	return 48
}

// large reports whether products of the given width are worth several goroutines.
func (s *Sparse) large(width int) bool {
	const enough = 4e6 // multiply-adds, about 1 ms
	return runtime.GOMAXPROCS(0) > 1 && float64(len(s.col))*float64(width) >= enough
}

// share calls f, from several goroutines, for ranges of lines that together are all.
func (s *Sparse) share(start []int, f func(lo, hi int)) {
	var wg sync.WaitGroup
	lines, parts := len(start)-1, 4*runtime.GOMAXPROCS(0)
	lo := 0
	for p := 1; p <= parts; p++ {
		hi := lo
		for hi < lines && (p == parts || start[hi] < p*(len(s.col)/parts)) {
			hi++
		}
		if hi > lo {
			from := lo
			wg.Go(func() { f(from, hi) })
		}
		lo = hi
	}
	wg.Wait()
}

// Transpose sets dst (cols × rows) to xᵀ.
func Transpose(dst, x Matrix) {
	if dst.Rows != x.Cols || dst.Cols != x.Rows {
		panic(fmt.Sprintf("kernel: transpose of %d×%d into %d×%d", x.Rows, x.Cols, dst.Rows, dst.Cols))
	}
	const block = 16
	for i0 := 0; i0 < x.Rows; i0 += block {
		i1 := min(i0+block, x.Rows)
		for j := range x.Cols {
			to := dst.Data[j*dst.Stride+i0 : j*dst.Stride+i1]
			at := i0*x.Stride + j
			for i := range to {
				to[i] = x.Data[at]
				at += x.Stride
			}
		}
	}
}
