package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/random"
)

// RotatedAdam is [Adam] in another basis: with P (rows × rows) and Q (cols × cols) orthogonal,
// random and fixed, Adam acts on the entries of PᵀWQ,
//
//	W ← W − η·P·D·Qᵀ,   D = M̂/(√Ŝ + ε) of the gradient PᵀGQ.
//
// The singular values and the spectral penalties do not depend on the basis in which a matrix is
// written, but Adam does, and the observed entries single out its own. Where RotatedAdam does worse
// than Adam, Adam's advantage is due to the axes, not to element-wise rescaling as such.
//
// It keeps the two bases of each parameter, and a step makes four products of matrices.
type RotatedAdam struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-3" range:"[0, inf)"`
	// Beta1 β₁.
	Beta1 float64 `default:"0.9" range:"[0, 1)"`
	// Beta2 β₂.
	Beta2 float64 `default:"0.999" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-8" range:"[0, inf)"`
	// Seed of P and Q, which are uniform over the orthogonal matrices and drawn anew for each
	// parameter.
	Seed uint64
}

// Start returns the state for parameters of the given shapes.
func (o RotatedAdam) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	adam := Adam{o.LearningRate, o.Beta1, o.Beta2, o.Epsilon}
	s := &rotatedState{adamState: adamOf(adam, shapes, parameters[float64]{})}
	rng := random.New(o.Seed, random.Basis)
	for _, shape := range shapes {
		s.left = append(s.left, orthonormal(shape.Rows, shape.Rows, rng))
		s.right = append(s.right, orthonormal(shape.Cols, shape.Cols, rng))
		s.turned = append(s.turned, mat.NewDense(shape.Rows, shape.Cols, nil))
		s.moved = append(s.moved, mat.NewDense(shape.Rows, shape.Cols, nil))
		s.half = append(s.half, mat.NewDense(shape.Rows, shape.Cols, nil))
	}
	return s
}

type rotatedState struct {
	*adamState[float64]
	left, right   []*mat.Dense // P, Q
	turned, moved []*mat.Dense // PᵀGQ, and −η·D
	half          []*mat.Dense // PᵀG, then P·D
}

func (s *rotatedState) Step(params, grads []*mat.Dense) {
	for j, g := range grads {
		kernel.Gemm(true, false, 1, s.left[j].RawMatrix(), g.RawMatrix(), 0, s.half[j].RawMatrix())
		kernel.Gemm(false, false, 1, s.half[j].RawMatrix(), s.right[j].RawMatrix(), 0,
			s.turned[j].RawMatrix())
		s.moved[j].Zero()
	}
	s.adamState.Step(s.moved, s.turned)
	for j, w := range params {
		kernel.Gemm(false, false, 1, s.left[j].RawMatrix(), s.moved[j].RawMatrix(), 0,
			s.half[j].RawMatrix())
		kernel.Gemm(false, true, 1, s.half[j].RawMatrix(), s.right[j].RawMatrix(), 1, w.RawMatrix())
	}
}

// Momentum is none: M is in another basis than the parameters.
func (s *rotatedState) Momentum() [][]float64 { return nil }
