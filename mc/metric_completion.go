package mc

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Metrics say how good an estimate is, and what it is like. Printed, they leave out what is
// unknown.
type Metrics struct {
	// Train is the training loss: the mean squared residual, or what Problem.Loss and
	// Problem.Weights make of it.
	Train float64 `table:"training error"`
	// Test is the mean loss over Problem.Test if there is one, else the mean squared error over the
	// unobserved entries of Problem.Truth. It means something only if HasTest.
	Test    float64 `table:"test error" known:"HasTest"`
	HasTest bool
	// RMSE is the root of a Test that is a mean squared error, in the units of the data. It means
	// something only if HasRMSE.
	RMSE    float64 `known:"HasRMSE"`
	HasRMSE bool
	// RelativeError is ‖W − W*‖_F/‖W*‖_F. It means something only if HasTruth.
	RelativeError float64 `known:"HasTruth"`
	HasTruth      bool
	// NuclearNorm ‖W‖_*, FrobeniusNorm ‖W‖_F, [EffectiveRank] and [NumericalRank] (at 1e-3·σ₁) of
	// the estimate. Of a W with an entry that is not finite they are NaN, and NumericalRank is 0.
	NuclearNorm   float64
	FrobeniusNorm float64 `table:"Frobenius norm"`
	EffectiveRank float64
	NumericalRank int
}

// String lists the metrics that are known:
//
//	training error 0.0012, test error 0.034 (RMSE 0.18), relative error 0.2, nuclear norm 9.1, …
func (m Metrics) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "training error %.4g", m.Train)
	if m.HasTest {
		fmt.Fprintf(&b, ", test error %.4g", m.Test)
	}
	if m.HasRMSE {
		fmt.Fprintf(&b, " (RMSE %.4g)", m.RMSE)
	}
	if m.HasTruth {
		fmt.Fprintf(&b, ", relative error %.4g", m.RelativeError)
	}
	fmt.Fprintf(&b, ", nuclear norm %.4g, Frobenius norm %.4g, effective rank %.4g, numerical rank %d",
		m.NuclearNorm, m.FrobeniusNorm, m.EffectiveRank, m.NumericalRank)
	return b.String()
}

// Evaluate measures the estimate w of the problem's matrix. It panics if their shapes differ, as
// gonum does.
func Evaluate(p Problem, w *mat.Dense) Metrics {
	rows, cols := p.Dims()
	if r, c := w.Dims(); r != rows || c != cols {
		panic(fmt.Sprintf("mc: Evaluate: the estimate is %d×%d, the problem's matrix %d×%d",
			r, c, rows, cols))
	}
	return evaluate(p, NewPoint(w))
}

func evaluate(p Problem, at *Point) Metrics {
	m := Metrics{
		Train:       at.held.loss(p.trainTerm()),
		NuclearNorm: at.Nuclear(), FrobeniusNorm: at.Frobenius(),
		EffectiveRank: EffectiveRank(at.SingularValues()),
		NumericalRank: NumericalRank(at.SingularValues(), 1e-3),
	}
	if at.svdFailed { // W is not finite, or a model whose singular values nobody knows
		m.NuclearNorm, m.FrobeniusNorm, m.EffectiveRank, m.NumericalRank = math.NaN(), math.NaN(), math.NaN(), 0
	}
	if p.Test != nil {
		m.Test, m.HasTest = at.held.loss(p.testTerm()), true
	}
	if w := at.estimate(); p.Truth != nil && w != nil {
		unobserved, all := squaredErrors(p, w)
		if norm := mat.Norm(p.Truth, 2); norm > 0 {
			m.RelativeError, m.HasTruth = math.Sqrt(all)/norm, true
		}
		if n := p.unobserved(); !m.HasTest && n > 0 {
			m.Test, m.HasTest = unobserved/float64(n), true
		}
	}
	if m.HasRMSE = m.HasTest && (p.Test == nil || isSquares(p.Loss)); m.HasRMSE {
		m.RMSE = math.Sqrt(m.Test)
	}
	return m
}

// EvaluateFactors measures the estimate whose factors are f, without forming it where it is too
// large for that, see [Result]: then there is no RelativeError, and the measurements must be
// Observations.
func EvaluateFactors(p Problem, f *Factors) Metrics {
	rows, cols := p.Dims()
	if r, c := f.Dims(); r != rows || c != cols {
		panic(fmt.Sprintf("mc: EvaluateFactors: the estimate is %d×%d, the problem's matrix %d×%d",
			r, c, rows, cols))
	}
	if tooLarge(rows, cols) && f.Depth() > 1 {
		return evaluate(p, newThinPoint(f))
	}
	return evaluate(p, NewPoint(f.Product()))
}

// unobserved is the number of entries that training does not observe: all of them if the
// measurements are not entries.
func (p Problem) unobserved() int {
	rows, cols := p.Dims()
	if o, ok := p.Train.(*Observations); ok {
		return rows*cols - o.Len()
	}
	return rows * cols
}

// squaredErrors sums (W − W*)² over the entries that training does not observe, and over all.
func squaredErrors(p Problem, w *mat.Dense) (unobserved, all float64) {
	o, _ := p.Train.(*Observations)
	rows, cols := p.Dims()
	observed := 0.0
	for i := range rows {
		row, truth := w.RawRowView(i), p.Truth.RawRowView(i)
		k, end := 0, 0
		if o != nil {
			k, end = o.start[i], o.start[i+1]
		}
		for j := range cols {
			d := row[j] - truth[j]
			if k < end && int(o.col[k]) == j {
				observed += d * d
				k++
			} else {
				unobserved += d * d
			}
		}
	}
	return unobserved, unobserved + observed
}

// EffectiveRank is the exponential of the entropy of the normalised singular values (Roy and
// Vetterli 2007),
//
//	exp(−Σ pᵢ log pᵢ),  pᵢ = σᵢ/Σσ,
//
// a number from 1 to the rank; 0 for σ = 0, NaN if a σᵢ is NaN.
func EffectiveRank(sigma []float64) float64 {
	sum := 0.0
	for _, s := range sigma {
		sum += s
	}
	if sum == 0 {
		return 0
	}
	if !finite(sum) {
		return math.NaN()
	}
	entropy := 0.0
	for _, s := range sigma {
		if p := s / sum; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	return math.Exp(entropy)
}

// NumericalRank counts the singular values above tol times the largest.
func NumericalRank(sigma []float64, tol float64) int {
	largest, rank := 0.0, 0
	for _, s := range sigma {
		largest = max(largest, s)
	}
	for _, s := range sigma {
		if s > tol*largest {
			rank++
		}
	}
	return rank
}
