package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// Shampoo is [Adagrad] with matrices in place of the squares of entries, one for the rows and one
// for the columns (Gupta, Koren, Singer 2018, algorithm 1),
//
//	L ← L + G·Gᵀ,   R ← R + Gᵀ·G,   W ← W − η·L^(−1/4)·G·R^(−1/4),
//
// from L = ε·I and R = ε·I. Its first step is the polar factor of the gradient, as that of
// [SpectralDescent]; then it evens out the directions that gradients had so far, in their own
// singular bases and not in that of the entries. A problem turned by orthogonal matrices is solved
// in the same way.
//
// A step decomposes both, of rows × rows and cols × cols: it takes about four times as long as a
// singular value decomposition of G.
type Shampoo struct {
	// LearningRate η.
	LearningRate float64 `default:"0.1" range:"[0, inf)"`
	// Epsilon ε, in units of G².
	Epsilon float64 `default:"1e-6" range:"(0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o Shampoo) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	s := &shampooState{StepSize: NewStepSize(o.LearningRate)}
	for _, shape := range shapes {
		s.left = append(s.left, newPreconditioner(shape.Rows, o.Epsilon))
		s.right = append(s.right, newPreconditioner(shape.Cols, o.Epsilon))
		s.half = append(s.half, mat.NewDense(shape.Rows, shape.Cols, nil))
	}
	return s
}

type shampooState struct {
	StepSize
	left, right []*preconditioner
	half        []*mat.Dense // L^(−1/4)·G
}

func (s *shampooState) Step(params, grads []*mat.Dense) {
	for j, w := range params {
		g, half := grads[j].RawMatrix(), s.half[j].RawMatrix()
		left, right := s.left[j], s.right[j]
		kernel.Gemm(false, true, 1, g, g, 1, left.sum)
		kernel.Gemm(true, false, 1, g, g, 1, right.sum)
		left.invert()
		right.invert()
		kernel.Gemm(false, false, 1, left.root, g, 0, half)
		kernel.Gemm(false, false, -s.Now(), half, right.root, 1, w.RawMatrix())
	}
}

// A preconditioner is a sum of G·Gᵀ and its root to the power of −1/4.
type preconditioner struct {
	sum, root kernel.Matrix // n × n, symmetric
	half      kernel.Matrix // U·diag(λ^(−1/8))
	svd       kernel.SVD    // of the sum, which is positive definite: sum = U·diag(λ)·Uᵀ
}

func newPreconditioner(n int, eps float64) *preconditioner {
	c := &preconditioner{sum: linalg.Sized(kernel.Matrix{}, n, n),
		root: linalg.Sized(kernel.Matrix{}, n, n), half: linalg.Sized(kernel.Matrix{}, n, n)}
	for i := range n {
		c.sum.Data[i*n+i] = eps
	}
	return c
}

// invert sets root to sum^(−1/4), or to 0 if the sum is not finite: the solver ends the run for the
// loss.
func (c *preconditioner) invert() {
	if !c.svd.Factorize(c.sum) {
		clear(c.root.Data)
		return
	}
	n := c.sum.Rows
	for i := range n {
		for j, lambda := range c.svd.Sigma {
			lambda = max(lambda, 0x1p-52*c.svd.Sigma[0]) // below is rounding
			c.half.Data[i*n+j] = c.svd.U.Data[i*c.svd.U.Stride+j] * math.Pow(lambda, -1./8)
		}
	}
	kernel.Gemm(false, true, 1, c.half, c.half, 0, c.root)
}

// Kept is the state that a checkpoint keeps.
func (s *shampooState) Kept() (kept []any) {
	for j := range s.left {
		kept = append(kept, s.left[j].sum.Data, s.right[j].sum.Data)
	}
	return kept
}
