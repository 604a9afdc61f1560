package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// LogDet is the logarithm of a determinant, a smooth stand-in for the rank (Fazel, Hindi, Boyd
// 2003; in this form Mohan and Fazel 2012),
//
//	R(W) = ½·log det(I + WᵀW/δ²) = ½·Σlog(1 + σᵢ²/δ²).
//
// Singular values well above δ cost the logarithm of their size, those well below nearly nothing.
// The slope σ/(σ² + δ²) is steepest at σ = δ, and 0 at 0. It is not homogeneous; in
// Normalized(LogDet{}) δ is in units of ‖W‖_F.
type LogDet struct {
	// Delta δ, in units of W.
	Delta float64 `default:"0.01" range:"(0, inf)"`
}

// Value returns R(W).
func (l LogDet) Value(p *Point) float64 { return l.OnSpectrum(nil, p.SingularValues()) }

// AddGradient adds scale·U·diag(σ/(σ² + δ²))·Vᵀ to dst.
func (l LogDet) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	p.AddSpectral(dst, scale, l.OnSpectrum)
}

// OnSpectrum returns ½·Σlog(1 + σ²/δ²) and its gradient σ/(σ² + δ²).
func (l LogDet) OnSpectrum(grad, sigma []float64) float64 {
	delta := Resolved(l).Delta
	sum := 0.0
	for _, s := range sigma {
		sum += math.Log1p(s/delta*(s/delta)) / 2
	}
	for i := range grad {
		grad[i] = sigma[i] / (sigma[i]*sigma[i] + delta*delta)
	}
	return sum
}

// Prox sets each singular value a to the minimiser x ≥ 0 of
//
//	½(x − a)² + step·½·log(1 + x²/δ²),
//
// a root of x³ − ax² + (δ² + step)x − aδ², by Cardano's formulas: the only one if step ≤ 8δ², and
// else the better of the least and the largest, where there are three.
func (l LogDet) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	l = Resolved(l)
	return p.SetSpectral(dst, func(tau, sigma []float64) float64 {
		for i, a := range sigma {
			tau[i] = l.shrink(a, step)
		}
		return l.OnSpectrum(nil, tau)
	})
}

// shrink is Prox of one singular value, by resolved settings.
func (l LogDet) shrink(sigma, step float64) float64 {
	delta := l.Delta
	a, k := sigma/delta, step/(delta*delta) // in units of δ: a root of x³ − ax² + (1 + k)x − a
	switch {
	case k <= 1e-16*(1+a*a): // what is taken off is below rounding
		return sigma
	case k >= 1e16*(1+a*a): // the cubic and the square term are
		return sigma / (1 + k)
	}
	polished := func(x float64) float64 {
		for range 2 {
			if slope := (3*x-2*a)*x + 1 + k; slope != 0 {
				x -= (((x-a)*x+1+k)*x - a) / slope
			}
		}
		return max(x, 0)
	}
	// With x = t + a/3: t³ + pt + q.
	p, q := 1+k-a*a/3, a*(k/3-2.0/3-2*a*a/27)
	root := q*q/4 + p*p*p/27
	if root > 0 {
		t := -math.Copysign(math.Cbrt(math.Abs(q)/2+math.Sqrt(root)), q)
		return delta * polished(t-p/(3*t)+a/3)
	}
	if p >= 0 { // up to rounding a triple root
		return delta * polished(a/3)
	}
	radius := 2 * math.Sqrt(-p/3)
	angle := math.Acos(min(max(3*q/(p*radius), -1), 1)) / 3
	cost := func(x float64) float64 { return (x-a)*(x-a)/2 + k/2*math.Log1p(x*x) }
	low, high := polished(radius*math.Cos(angle-4*math.Pi/3)+a/3), polished(radius*math.Cos(angle)+a/3)
	if cost(low) <= cost(high) {
		return delta * low
	}
	return delta * high
}
