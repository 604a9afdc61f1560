package mc

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A Penalty is a function R of the end-to-end matrix that a [DeepMF] adds, times λ, to its loss.
//
// Every penalty of this package but [L1] is a function of the singular values: with
// W = U·diag(σ)·Vᵀ and R(W) = f(σ), the gradient is U·diag(∂f/∂σ)·Vᵀ (Lewis 1995), so that one
// decomposition serves value, gradient and every observer. With [Point.AddSpectral] a penalty of
// your own is its f and two methods of one line.
type Penalty interface {
	// Value returns R(W) at the point.
	Value(p *Point) float64
	// AddGradient adds scale·∂R/∂W at the point to dst (rows × cols), which is not p.W itself.
	// Where R has no gradient the implementation documents which subgradient it takes. It is finite
	// wherever W is, at W = 0 too: the gradient of a scale-free penalty, which is of the size of
	// 1/‖W‖_F, is 0 where ‖W‖_F is below 2⁻¹⁰⁰⁰.
	AddGradient(dst *mat.Dense, scale float64, p *Point)
}

// A SpectralPenalty is a Penalty that is a symmetric function of the singular values alone.
type SpectralPenalty interface {
	Penalty
	// OnSpectrum returns f(σ) and, if grad is not nil, sets grad to ∂f/∂σ.
	OnSpectrum(grad, sigma []float64) float64
}

// A HomogeneousPenalty has R(cW) = |c|^Degree·R(W); of degree 0 it is scale-free.
type HomogeneousPenalty interface {
	Penalty
	Degree() float64
}

// A ProximalPenalty has a proximal map in closed form, with which it is minimised where it has no
// gradient.
//
// If only some settings have such a map, the penalty also has a method CheckProx() error, which
// says what is wrong with the others. It is called in place of Validate, since there may be a
// proximal map where there is no gradient.
type ProximalPenalty interface {
	Penalty
	// Prox sets dst to argmin over X of ½‖X − W‖_F² + step·R(X) at the point W, and returns R(dst).
	// The step is at least 0, and dst (rows × cols) is not W.
	Prox(dst *mat.Dense, step float64, p *Point) float64
}

// AddSpectral adds scale·U·diag(∂f/∂σ)·Vᵀ to dst (rows × cols): the gradient of a spectral penalty,
// whose OnSpectrum is the argument. Numerically zero directions, those with
// σ ≤ max(rows, cols)·2⁻⁵²·σ₁, are left alone. It allocates nothing.
func (p *Point) AddSpectral(dst *mat.Dense, scale float64,
	onSpectrum func(grad, sigma []float64) float64) {
	df := p.slopes()
	onSpectrum(df, p.svd.Sigma)
	p.addSpectral(dst, scale, df)
}

// SetSpectral sets dst (rows × cols) to U·diag(τ)·Vᵀ, where f sets τ given σ, and returns the value
// of f: a proximal map of singular values becomes one of matrices.
func (p *Point) SetSpectral(dst *mat.Dense, f func(tau, sigma []float64) float64) float64 {
	tau := p.slopes()
	r := f(tau, p.svd.Sigma)
	p.rebuild(dst, 0, 1, tau)
	return r
}

// proximal returns p as a penalty with a proximal map, or says why it has none.
func proximal(p Penalty) (ProximalPenalty, error) {
	q, ok := p.(ProximalPenalty)
	if !ok {
		return nil, fmt.Errorf("mc: %#v has no proximal map in closed form; Nuclear, Schatten, LogDet, "+
			"Spectral, Frobenius, SquaredFrobenius and L1 have one", p)
	}
	if c, ok := p.(interface{ CheckProx() error }); ok {
		return q, c.CheckProx()
	}
	return q, Validate(p)
}

// unsmoothedProx is what every penalty with a Smoothing field and a proximal map says of the map.
func unsmoothedProx(name string, eps float64) error {
	if eps != 0 {
		return fmt.Errorf("mc: %s.Smoothing is %v; it must be 0 for a proximal map, which has a closed "+
			"form there alone", name, eps)
	}
	return nil
}

// leastNorm is the norm below which W counts as 0 for gradients that grow with 1/‖W‖_F.
const leastNorm = 0x1p-1000

// addUnit adds scale·w/norm to dst, also where scale/norm is out of range.
func addUnit(dst *mat.Dense, scale float64, w *mat.Dense, norm float64) {
	if c := scale / norm; normal(c) {
		AddScaled(dst, c, w)
		return
	}
	rows, cols := dst.Dims()
	for i := range rows {
		for j := range cols {
			dst.Set(i, j, dst.At(i, j)+scale*(w.At(i, j)/norm))
		}
	}
}

// AddScaled adds scale·w to dst, of the same shape. It allocates nothing.
func AddScaled(dst *mat.Dense, scale float64, w *mat.Dense) {
	d, s := dst.RawMatrix(), w.RawMatrix()
	for i := range d.Rows {
		kernel.Axpy(scale, s.Data[i*s.Stride:i*s.Stride+s.Cols], d.Data[i*d.Stride:i*d.Stride+d.Cols])
	}
}

// normal reports whether x is far from overflow and underflow.
func normal(x float64) bool { return math.Abs(x) > 1e-290 && math.Abs(x) < 1e290 }

// smoothSlopes turns ∂f/∂ρ in grad into ∂f/∂σ, where ρᵢ = √(σᵢ² + shift²) and shift = ε‖σ‖:
// σᵢ·((∂f/∂ρᵢ)/ρᵢ + ε²·Σ(∂f/∂ρⱼ)/ρⱼ). At σ = 0 that is 0.
func smoothSlopes(grad, sigma []float64, eps, shift float64) {
	pull, unit := 0.0, 1.0
	if top := max(shift, norm2(sigma)); top > 0 {
		unit = powerOfTwo(top)
	}
	for i := range grad {
		if rho := math.Hypot(sigma[i], shift); rho > 0 {
			pull += grad[i] / (rho / unit)
			grad[i] *= sigma[i] / rho
		} else {
			grad[i] = 0
		}
	}
	if eps != 0 {
		for i := range grad {
			grad[i] += eps * eps * pull * (sigma[i] / unit)
		}
	}
}

// powerOfTwo returns the power of two at or below x > 0, in units of which nothing is rounded.
func powerOfTwo(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, e-1)
}

// A spare is pooled scratch space for penalties of penalties, which have no Point to keep it.
type spare struct{ x []float64 }

var spares = sync.Pool{New: func() any { return new(spare) }}

// borrow returns space for n numbers, whose values are unspecified, to be given back.
func borrow(n int) *spare {
	s := spares.Get().(*spare)
	if cap(s.x) < n {
		s.x = make([]float64, n)
	}
	s.x = s.x[:n]
	return s
}

func (s *spare) giveBack() { spares.Put(s) }

// inner is ⟨A, B⟩ = Σ AᵢⱼBᵢⱼ.
func inner(a, b *mat.Dense) float64 {
	return innerOf(kernel.MatrixOf[float64](a.RawMatrix()), kernel.MatrixOf[float64](b.RawMatrix()))
}

// innerOf is inner, summed up in double precision.
func innerOf[T kernel.Element](x, y kernel.MatrixOf[T]) float64 {
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
