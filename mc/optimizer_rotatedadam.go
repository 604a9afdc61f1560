package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// RotatedAdam is [Adam] in another basis: with P (rows × rows) and Q (cols × cols) orthogonal, random and fixed, Adam acts on
// the entries of PᵀWQ,
//
//	W ← W − η·P·D·Qᵀ,   D = M̂/(√Ŝ + ε) of the gradient PᵀGQ.
//
// The objective, the singular values and the spectral penalties do not know in which basis a matrix is written, but Adam
// does, and the seen entries single out its own. What RotatedAdam does not do as well as Adam is owed to the axes, not to an
// element-wise rescaling as such.
//
// It keeps the two bases of each parameter, and a step makes four products of matrices.
type RotatedAdam struct {
	// LearningRate η. Default 1e-3.
	LearningRate float64
	// Beta1 β₁ in [0, 1). Default 0.9.
	Beta1 float64
	// Beta2 β₂ in [0, 1). Default 0.999.
	Beta2 float64
	// Epsilon ε. Default 1e-8.
	Epsilon float64
	// Seed of P and Q, which are uniform over the orthogonal matrices and drawn anew for each parameter.
	Seed uint64
}

// Validate says what is wrong with the settings.
func (o RotatedAdam) Validate() error {
	return first(checkPositive("RotatedAdam.LearningRate", o.LearningRate), checkFraction("RotatedAdam.Beta1", o.Beta1),
		checkFraction("RotatedAdam.Beta2", o.Beta2), checkPositive("RotatedAdam.Epsilon", o.Epsilon))
}

// Start returns the state for parameters of the given shapes.
func (o RotatedAdam) Start(shapes []Shape) Stepper {
	s := &rotatedState{adamState: Adam{o.LearningRate, o.Beta1, o.Beta2, o.Epsilon}.Start(shapes).(*adamState)}
	rng := newRand(o.Seed, streamBasis)
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
	*adamState
	left, right   []*mat.Dense // P, Q
	turned, moved []*mat.Dense // PᵀGQ, and −η·D
	half          []*mat.Dense // PᵀG, then P·D
}

func (s *rotatedState) Step(params, grads []*mat.Dense) {
	for j, g := range grads {
		kernel.Gemm(true, false, 1, s.left[j].RawMatrix(), g.RawMatrix(), 0, s.half[j].RawMatrix())
		kernel.Gemm(false, false, 1, s.half[j].RawMatrix(), s.right[j].RawMatrix(), 0, s.turned[j].RawMatrix())
		s.moved[j].Zero()
	}
	s.adamState.Step(s.moved, s.turned)
	for j, w := range params {
		kernel.Gemm(false, false, 1, s.left[j].RawMatrix(), s.moved[j].RawMatrix(), 0, s.half[j].RawMatrix())
		kernel.Gemm(false, true, 1, s.half[j].RawMatrix(), s.right[j].RawMatrix(), 1, w.RawMatrix())
	}
}
