package mc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A Shape is that of a matrix.
type Shape struct{ Rows, Cols int }

// Factors are the matrices of a deep factorisation of depth N, and their product the end-to-end
// matrix
//
//	W = W_N ⋯ W_2 W_1.
type Factors struct {
	// W holds W_1, …, W_N in this order: W[0] is hidden × cols, the last one rows × hidden; at
	// depth 1, W[0] is the rows × cols matrix itself.
	W []*mat.Dense
}

// NewFactors returns zero factors of a rows × cols matrix with the given hidden sizes, from W_1's
// to W_N's: none for depth 1, N−1 for depth N. Each must be at least 1; a hidden size below
// min(rows, cols) bounds the rank.
func NewFactors(rows, cols int, hidden ...int) (*Factors, error) {
	if rows < 1 || cols < 1 {
		return nil, fmt.Errorf("mc: NewFactors: the matrix is %d×%d; both must be at least 1",
			rows, cols)
	}
	for j, h := range hidden {
		if h < 1 {
			return nil, fmt.Errorf("mc: NewFactors: hidden size %d is %d; it must be at least 1",
				j+1, h)
		}
	}
	f := &Factors{W: make([]*mat.Dense, len(hidden)+1)}
	in := cols
	for j := range f.W {
		out := rows
		if j < len(hidden) {
			out = hidden[j]
		}
		f.W[j] = mat.NewDense(out, in, nil)
		in = out
	}
	return f, nil
}

// Depth returns N.
func (f *Factors) Depth() int { return len(f.W) }

// Dims returns the shape of the end-to-end matrix.
func (f *Factors) Dims() (rows, cols int) {
	rows, _ = f.W[len(f.W)-1].Dims()
	_, cols = f.W[0].Dims()
	return rows, cols
}

// Shapes returns the shape of each factor.
func (f *Factors) Shapes() []Shape {
	shapes := make([]Shape, len(f.W))
	for j, w := range f.W {
		shapes[j].Rows, shapes[j].Cols = w.Dims()
	}
	return shapes
}

// Clone returns a copy that shares nothing.
func (f *Factors) Clone() *Factors {
	c := &Factors{W: make([]*mat.Dense, len(f.W))}
	for j, w := range f.W {
		c.W[j] = mat.DenseCopyOf(w)
	}
	return c
}

// Product returns the end-to-end matrix W_N ⋯ W_1 (rows × cols) as a new matrix.
func (f *Factors) Product() *mat.Dense {
	p := mat.DenseCopyOf(f.W[0])
	for _, w := range f.W[1:] {
		rows, _ := w.Dims()
		_, cols := p.Dims()
		q := mat.NewDense(rows, cols, nil)
		kernel.Gemm(false, false, 1, w.RawMatrix(), p.RawMatrix(), 0, q.RawMatrix())
		p = q
	}
	return p
}

// Imbalance returns max over j of ‖W_{j+1}ᵀW_{j+1} − W_jW_jᵀ‖_F. Gradient flow conserves each of
// these differences (Arora, Cohen, Hazan 2018, theorem 1); at depth 1 there are none and it returns
// 0.
func (f *Factors) Imbalance() float64 {
	worst := 0.0
	for j := 1; j < len(f.W); j++ {
		h, _ := f.W[j-1].Dims()
		d := mat.NewDense(h, h, nil)
		up, down := f.W[j].RawMatrix(), f.W[j-1].RawMatrix()
		kernel.Gemm(true, false, 1, up, up, 0, d.RawMatrix())
		kernel.Gemm(false, true, -1, down, down, 1, d.RawMatrix())
		worst = max(worst, mat.Norm(d, 2))
	}
	return worst
}

// finite reports whether all entries are.
func (f *Factors) finite() bool {
	for _, w := range f.W {
		if !finiteMatrix(w.RawMatrix()) {
			return false
		}
	}
	return true
}

// validate checks that the factors chain to a rows × cols matrix and are finite.
func (f *Factors) validate(rows, cols int) error {
	if len(f.W) == 0 {
		return fmt.Errorf("mc: Factors.W is empty; depth must be at least 1")
	}
	in := cols
	for j, w := range f.W {
		if w == nil || w.IsEmpty() {
			return fmt.Errorf("mc: Factors.W[%d] is empty", j)
		}
		r, c := w.Dims()
		if c != in {
			return fmt.Errorf("mc: Factors.W[%d] is %d×%d; it must have %d columns", j, r, c, in)
		}
		for i := range r {
			for k, x := range w.RawRowView(i) {
				if !finite(x) {
					return fmt.Errorf("mc: Factors.W[%d](%d, %d) is %v", j, i, k, x)
				}
			}
		}
		in = r
	}
	if in != rows {
		return fmt.Errorf("mc: Factors.W[%d] has %d rows; the matrix has %d", len(f.W)-1, in, rows)
	}
	return nil
}
