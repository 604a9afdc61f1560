package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A Penalty is a function R of the end-to-end matrix that a [DeepMF] adds, times λ, to its loss.
//
// Those of this package are functions of the singular values wherever they can be: with W = U·diag(σ)·Vᵀ and
// R(W) = f(σ), the gradient is U·diag(∂f/∂σ)·Vᵀ (Lewis 1995), so that one decomposition serves value, gradient and
// every observer.
type Penalty interface {
	// AddGrad adds scale·∂R/∂W at the point to dst (rows × cols) and returns R(W). With dst nil it only returns R(W).
	// Where R has no gradient the implementation documents which subgradient it takes; it is finite, at W = 0 too.
	AddGrad(dst *mat.Dense, scale float64, p *Point) float64
}

// A SpectralPenalty is a Penalty that is a symmetric function of the singular values alone.
type SpectralPenalty interface {
	Penalty
	// OnSpectrum returns f(σ) and, if grad is not nil, sets grad to ∂f/∂σ.
	OnSpectrum(grad, sigma []float64) float64
}

// A Validator is a setting that can be wrong. Solvers ask optimisers, penalties, schedules and starts that have this
// method before the first step.
type Validator interface{ Validate() error }

func validate(what any) error {
	if v, ok := what.(Validator); ok {
		return v.Validate()
	}
	return nil
}

// checkSmoothing is what every penalty with a Smoothing field asks of it.
func checkSmoothing(name string, eps float64) error {
	if !(eps >= 0) || math.IsInf(eps, 0) {
		return fmt.Errorf("mc: %s.Smoothing is %v; it must be at least 0 and finite", name, eps)
	}
	return nil
}

// add adds scale·w to dst.
func add(dst *mat.Dense, scale float64, w *mat.Dense) {
	d, s := dst.RawMatrix(), w.RawMatrix()
	for i := range d.Rows {
		kernel.Axpy(scale, s.Data[i*s.Stride:i*s.Stride+s.Cols], d.Data[i*d.Stride:i*d.Stride+d.Cols])
	}
}

// inner is ⟨A, B⟩ = Σ AᵢⱼBᵢⱼ.
func inner(a, b *mat.Dense) float64 {
	x, y := a.RawMatrix(), b.RawMatrix()
	sum := 0.0
	for i := range x.Rows {
		sum += kernel.Dot(x.Data[i*x.Stride:i*x.Stride+x.Cols], y.Data[i*y.Stride:i*y.Stride+y.Cols])
	}
	return sum
}

func norm2(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum = math.Hypot(sum, v)
	}
	return sum
}
