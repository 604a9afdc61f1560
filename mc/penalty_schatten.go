package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Schatten is the Schatten-P norm to its own power,
//
//	R(W) = ‖W‖_P^P = Σσᵢᴾ,   0 < P ≤ 2,
//
// between the rank (P → 0) and the squared Frobenius norm (P = 2), with the nuclear norm at P = 1.
// Below 1 it is not convex, and pushes the smaller of two singular values down harder. Iteratively
// reweighted least squares minimises it (Mohan and Fazel 2012).
type Schatten struct {
	// P must be given.
	P float64 `range:"(0, 2]"`
	// Smoothing ε replaces σ by √(σ² + ε²‖W‖_F²). Zero means the exact subgradient that leaves null
	// directions alone. Below P = 1 the slope grows without bound as σ → 0: there Smoothing must be
	// given, such as 1e-3, unless a method takes the proximal map.
	Smoothing float64 `range:"[0, inf)"`
}

// Validate says what is wrong with the settings.
func (s Schatten) Validate() error {
	if s.P < 1 && s.P > 0 && s.Smoothing == 0 {
		return fmt.Errorf("mc: Schatten.Smoothing is 0 but P is %v; it must be given below P = 1, where "+
			"the slope at σ = 0 is infinite, such as 1e-3", s.P)
	}
	return CheckRanges(s)
}

// Value returns R(W).
func (s Schatten) Value(p *Point) float64 { return s.OnSpectrum(nil, p.SingularValues()) }

// AddGradient adds scale·∂R/∂W to dst. At W = 0 it adds nothing.
func (s Schatten) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	p.AddSpectral(dst, scale, s.OnSpectrum)
}

// OnSpectrum returns the (smoothed) sum of σᴾ and its gradient.
func (s Schatten) OnSpectrum(grad, sigma []float64) float64 {
	shift := s.Smoothing * norm2(sigma)
	sum := 0.0
	for _, x := range sigma {
		sum += math.Pow(math.Hypot(x, shift), s.P)
	}
	for i := range grad {
		grad[i] = s.P * math.Pow(math.Hypot(sigma[i], shift), s.P-1)
	}
	smoothSlopes(grad, sigma, s.Smoothing, shift)
	return sum
}

// Prox is that of [Nuclear] at P = 1 and of [SquaredFrobenius] at P = 2. At P = 1/2 and 2/3 it sets
// each singular value a to the minimiser x ≥ 0 of
//
//	½(x − a)² + step·xᴾ,
//
// which is 0 up to a = (2−P)/(2(1−P))·(2(1−P)·step)^(1/(2−P)) and jumps there. Beyond, with the
// step scaled to 1, it is
//
//	P = 1/2:  x = ⅔a·(1 + cos(⅔(π − φ))),  cos φ = ¼(3/a)^(3/2)
//	P = 2/3:  x = ((A + √(2a/A − A²))/2)³,  A = (2/√3)·2^(1/4)·√cosh(φ/3),  cosh φ = 27a²/(16·2^(3/2))
//
// (Xu, Chang, Xu, Zhang 2012, theorem 1; Cao, Sun, Xu 2013, theorem 1; for singular values Lu et
// al. 2015).
func (s Schatten) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	switch s.P {
	case 1:
		return Nuclear{}.Prox(dst, step, p)
	case 2:
		return SquaredFrobenius{}.Prox(dst, step, p)
	}
	return p.SetSpectral(dst, func(tau, sigma []float64) (sum float64) {
		for i, x := range sigma {
			tau[i] = s.shrink(x, step)
			sum += math.Pow(tau[i], s.P)
		}
		return sum
	})
}

// shrink is Prox of one singular value, at P = 1/2 or not.
func (s Schatten) shrink(sigma, step float64) float64 {
	if step == 0 {
		return sigma
	}
	q := 1 - s.P
	unit := math.Pow(step, 1/(2-s.P)) // in units of which the step is 1
	a := sigma / unit
	switch {
	case a <= (2-s.P)/(2*q)*math.Pow(2*q, 1/(2-s.P)):
		return 0
	case a > 1e12: // what is taken off is below rounding
		return sigma
	case s.P == 0.5:
		phi := math.Acos(math.Pow(3/a, 1.5) / 4)
		return unit * 2 * a / 3 * (1 + math.Cos(2*(math.Pi-phi)/3))
	}
	phi := math.Acosh(27 * a * a / (16 * math.Pow(2, 1.5)))
	root := 2 / math.Sqrt(3) * math.Pow(2, 0.25) * math.Sqrt(math.Cosh(phi/3))
	cube := (root + math.Sqrt(2*a/root-root*root)) / 2
	return unit * cube * cube * cube
}

// CheckProx says why the settings have no proximal map in closed form, if they have none. It needs
// no Smoothing.
func (s Schatten) CheckProx() error {
	if err := CheckRanges(s); err != nil {
		return err
	}
	switch s.P {
	case 0.5, 2.0 / 3, 1, 2:
		return unsmoothedProx("Schatten", s.Smoothing)
	}
	return fmt.Errorf("mc: Schatten.P is %v; it must be 0.5, 2.0/3, 1 or 2 for a proximal map in "+
		"closed form", s.P)
}

// Degree is P.
func (s Schatten) Degree() float64 { return s.P }
