package kernel

import "math"

// A zolotarev is the best approximation of sign(x) on l ≤ |x| ≤ 1 among odd rational functions of
// type (2r+1, 2r), in partial fractions,
//
//	f(x) = M·x·(1 + Σ aⱼ/(x² + cⱼ)),  1-δ ≤ f ≤ 1+δ.
//
// Zolotarev (1877); Nakatsukasa and Freund (2016), section 3.
type zolotarev struct {
	m     float64
	a, c  []float64
	delta float64
}

func newZolotarev(l float64, r int) zolotarev {
	// c₁ … c_2r = l²·sn²/cn² at i·K/(2r+1), modulus √(1-l²); the odd ones are the poles.
	k := quarterPeriod(l)
	var poles, zeros []float64
	for i := 1; i <= 2*r; i++ {
		t := tangent(float64(i)*k/float64(2*r+1), l)
		c := l * l * t * t
		if i%2 == 1 {
			poles = append(poles, c)
		} else {
			zeros = append(zeros, c)
		}
	}
	z := zolotarev{m: 1, c: poles, a: make([]float64, r)}
	for j := range poles {
		v := 1.0
		for k := range zeros {
			v *= zeros[k] - poles[j]
			if k != j {
				v /= poles[k] - poles[j]
			}
		}
		z.a[j] = v
	}
	// The extremes are taken at l, at 1 and in between, evenly on the logarithmic scale but for the
	// ends.
	low, high := math.Inf(1), 0.0
	const samples = 4000
	for i := range samples + 1 {
		y := z.at(math.Pow(l, 1-float64(i)/samples))
		low, high = min(low, y), max(high, y)
	}
	z.m = 2 / (low + high)
	z.delta = (high - low) / (high + low)
	return z
}

func (z zolotarev) at(x float64) float64 {
	s := 1.0
	for j, c := range z.c {
		s += z.a[j] / (x*x + c)
	}
	return z.m * x * s
}

// quarterPeriod is the complete elliptic integral K of complementary modulus l, by the
// arithmetic-geometric mean.
func quarterPeriod(l float64) float64 {
	a, b := 1.0, l
	for range 60 {
		a, b = (a+b)/2, math.Sqrt(a*b)
	}
	return math.Pi / (2 * a)
}

// tangent is sn(u)/cn(u) of complementary modulus l, by descending Landen transformations:
// Abramowitz and Stegun, 16.4.
func tangent(u, l float64) float64 {
	a, b := 1.0, l
	var ratios []float64
	for range 60 {
		c := (a - b) / 2
		a, b = (a+b)/2, math.Sqrt(a*b)
		ratios = append(ratios, c/a)
		if c < 1e-17*a {
			break
		}
	}
	phi := math.Ldexp(a*u, len(ratios))
	for i := len(ratios) - 1; i >= 0; i-- {
		phi = (phi + math.Asin(ratios[i]*math.Sin(phi))) / 2
	}
	return math.Tan(phi)
}
