package mc

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A Loss compares what a matrix predicts for the measurements, x = A(W), with the values b. The
// training loss is its weighted mean,
//
//	L(W) = Σ wₖ·ℓ(xₖ, bₖ) / Σ wₖ,   ∇L(W) = A*(g)  with  gₖ = wₖ·ℓ′(xₖ, bₖ) / Σ wₖ.
//
// Every ℓ of this package is convex in x, and at least 0. A step size must fit the bound c on the
// curvature: ∇L is Lipschitz with constant c·‖A‖²/n for equal weights. With squares, c = 2 and ∇L
// is proportional to the residual; where the slopes are bounded instead, so is ‖∇L‖_F, and a
// penalty's gradient λ·∇R that is larger than this bound is never outweighed by the data.
//
// [Separable] makes Slopes of a function of one measurement. Package mctest checks a Loss.
type Loss interface {
	// Slopes sets slope[k] to weight[k]·ℓ′(xₖ, bₖ) and returns Σ weight[k]·ℓ(xₖ, bₖ). A nil weight
	// means all are 1. All have one length, and slope may be x itself.
	Slopes(slope, x, b, weight []float64) float64
	// Curvature returns a bound of ℓ″ in x, +Inf if there is none.
	Curvature() float64
	// Refuses returns the index of the first value that the loss is not defined for, and the values
	// that it is defined for, such as "-1 or 1". The index is -1 if all are.
	Refuses(b []float64) (k int, want string)
}

// A LossTaker is a [Solver] that minimises whatever Problem.Loss and Problem.Weights say. For any
// other solver [Iterate] refuses such a problem, as that solver would minimise squares.
type LossTaker interface {
	Solver
	TakesLoss()
}

// A Blocked measurement has values in blocks that belong together, such as the outputs of a sample:
// [Tune] and [HoldOut] hold a block out as a whole. A Blocked loss compares blocks of this size.
type Blocked interface {
	// Block returns the size of a block, at least 1. It divides the number of values.
	Block() int
}

// Separable implements Slopes for a loss that is a sum over measurements; at returns ℓ and ℓ′ of
// one measurement.
func Separable(slope, x, b, weight []float64, at func(x, b float64) (value, slope float64)) float64 {
	sum := 0.0
	for k, xk := range x {
		value, s := at(xk, b[k])
		if weight != nil {
			value, s = value*weight[k], s*weight[k]
		}
		sum += value
		slope[k] = s
	}
	return sum
}

// blockOf returns the size of the blocks of a measurement or loss.
func blockOf(of any) int {
	if b, ok := of.(Blocked); ok {
		return b.Block()
	}
	return 1
}

// takesLoss refuses a problem that the solver would not minimise the loss of.
func takesLoss(s Solver, p Problem) error {
	if _, ok := s.(LossTaker); ok || p.plain() {
		return nil
	}
	what := "Problem.Weights are given"
	if !isSquares(p.Loss) {
		what = "Problem.Loss is " + Describe(p.Loss)
	}
	return fmt.Errorf("%s: %s; it minimises unweighted squares alone, unlike DeepMF, LBFGS, EndToEnd, "+
		"GradientFlow and ProximalGradient", nameOf(s), what)
}

// plain reports whether the training loss is the mean squared residual.
func (p Problem) plain() bool { return isSquares(p.Loss) && p.Weights == nil }

func isSquares(l Loss) bool {
	_, ok := l.(Squares)
	return ok || l == nil
}

// placeOf names measurement k as its user would.
func placeOf(m Measurement, k int) string {
	switch m := m.(type) {
	case *Observations:
		i, _ := slices.BinarySearchFunc(m.start, k, func(start, k int) int {
			if start <= k {
				return -1
			}
			return 1
		})
		return fmt.Sprintf("entry (%d, %d)", i-1, m.col[k])
	case Blocked:
		return fmt.Sprintf("output %d of sample %d", k%m.Block(), k/m.Block())
	}
	return fmt.Sprintf("measurement %d", k)
}

// A dataTerm is a loss at measurements: L(W) and its gradient.
type dataTerm struct {
	on      Measurement
	compare Loss // nil: squares
	weights []float64
}

func lossOf(p Problem) Loss {
	if isSquares(p.Loss) {
		return nil
	}
	return p.Loss
}

// plain reports whether the term is the mean squared residual.
func (t dataTerm) plain() bool { return t.compare == nil && t.weights == nil }

// same reports whether two terms of one problem are the same.
func (t dataTerm) same(u dataTerm) bool {
	return t.on == u.on && len(t.weights) == len(u.weights)
}

// value sets x (length n) to what [dataTerm.slopes] makes of A(W), and returns L(W).
func (t dataTerm) value(x []float64, w *mat.Dense) float64 {
	t.on.Apply(x, w)
	value, _ := t.slopes(x)
	return value
}

// gradient sets grad to ∇L(W) and x (length n) as value does, and returns L(W).
func (t dataTerm) gradient(grad *mat.Dense, x []float64, w *mat.Dense) float64 {
	if r, ok := t.on.(*Regression); ok {
		return r.gradient(grad, x, w, t)
	}
	t.on.Apply(x, w)
	value, scale := t.slopes(x)
	grad.Zero()
	t.on.AddAdjoint(grad, scale, x)
	return value
}

// zero returns L(0).
func (t dataTerm) zero() float64 {
	value, _ := t.slopes(make([]float64, t.on.Len()))
	return value
}

// slopes replaces x = A(W) by numbers that are proportional to ∂L/∂x, for squares the residual A(W)
// − b. It returns L(W) and the scale by which they are ∂L/∂x.
func (t dataTerm) slopes(x []float64) (value, scale float64) {
	total := t.total()
	sum, scale := t.sum(x, t.on.Values(), t.weights)
	return sum / total, scale / total
}

// sum is slopes over some measurements, before the division by the sum of all weights.
func (t dataTerm) sum(x, b, weights []float64) (sum, scale float64) {
	if t.compare != nil {
		return t.compare.Slopes(x, x, b, weights), 1
	}
	if weights != nil {
		return Squares{}.Slopes(x, x, b, weights), 1
	}
	for k, b := range b {
		x[k] -= b
		sum += x[k] * x[k]
	}
	return sum, 2
}

// scale returns that of [dataTerm.slopes].
func (t dataTerm) scale() float64 {
	if t.plain() {
		return 2 / t.total()
	}
	return 1 / t.total()
}

// total returns Σ wₖ.
func (t dataTerm) total() float64 {
	if t.weights == nil {
		return float64(t.on.Len())
	}
	sum := 0.0
	for _, w := range t.weights {
		sum += w
	}
	return sum
}

// curvature bounds that of Σ wₖ·ℓ(xₖ, bₖ) in x.
func (t dataTerm) curvature() float64 {
	most := 1.0
	if t.weights != nil {
		most = slices.Max(t.weights)
	}
	if t.compare == nil {
		return 2 * most
	}
	return t.compare.Curvature() * most
}
