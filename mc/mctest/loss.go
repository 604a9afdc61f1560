package mctest

import (
	"math"
	"math/rand/v2"
	"slices"

	"projectpenalty/mc"
)

// CheckLoss checks what [mc.Loss] promises, at values that the loss is defined for:
//
//   - the slopes are the derivatives of the sum, by central differences, to 1e-6, with weights and
//     without; and weights multiply both;
//   - the sum is at least 0, convex along every line that is tried, and its second difference is at
//     most Curvature times the squared length of the step;
//   - slope may be x itself, neither b nor weight is changed, and nothing is allocated;
//   - sum and slopes are finite at predictions of ±30, and NaN where x is NaN;
//   - Refuses accepts the values, and the settings are accepted by Validate, which refuses bad ones,
//     naming the field.
func CheckLoss(t T, l mc.Loss) {
	t.Helper()
	s := newSubject(t, l)
	s.checkSettings(l)
	b := lossValues(l, 12)
	if b == nil {
		s.failf("Refuses takes none of the values that were tried: real ones, 1 and −1, counts and classes")
		return
	}
	rng := rand.New(rand.NewPCG(7, 1))
	weights := make([]float64, len(b))
	block := blockOf(l)
	for k := range weights {
		weights[k] = 0.5 + rng.Float64()
		if k%block > 0 {
			weights[k] = weights[k-k%block]
		}
	}
	for _, size := range []float64{0.1, 1, 3} {
		x := make([]float64, len(b))
		for k := range x {
			x[k] = size * rng.NormFloat64()
		}
		s.try("slopes", func() { s.checkSlopes(l, x, b, nil) })
		s.try("slopes with weights", func() { s.checkSlopes(l, x, b, weights) })
		s.try("curvature", func() { s.checkCurvature(l, x, b, rng) })
	}
	s.try("large predictions", func() { s.checkLarge(l, b) })
}

// lossValues returns n blocks of values that the loss is defined for, nil if none of the usual.
func lossValues(l mc.Loss, n int) []float64 {
	block, rng := blockOf(l), rand.New(rand.NewPCG(3, 2))
	for _, draw := range []func(k int) float64{
		func(int) float64 { return 2 * rng.NormFloat64() },
		func(int) float64 { return 2*float64(rng.IntN(2)) - 1 },
		func(int) float64 { return float64(rng.IntN(6)) },
		func(k int) float64 {
			if k%block == (k/block)%block {
				return 1
			}
			return 0
		},
	} {
		b := make([]float64, n*block)
		for k := range b {
			b[k] = draw(k)
		}
		if k, _ := l.Refuses(b); k < 0 {
			return b
		}
	}
	return nil
}

func blockOf(l mc.Loss) int {
	if b, ok := l.(mc.Blocked); ok {
		return b.Block()
	}
	return 1
}

func (s *subject) checkSlopes(l mc.Loss, x, b, weights []float64) {
	s.Helper()
	slope := make([]float64, len(x))
	values, kept := slices.Clone(b), slices.Clone(weights)
	sum := l.Slopes(slope, x, b, weights)
	if inPlace := slices.Clone(x); l.Slopes(inPlace, inPlace, b, weights) != sum || !slices.Equal(inPlace, slope) {
		s.failf("Slopes in place differs from Slopes into another slice")
	}
	if !slices.Equal(values, b) || !slices.Equal(kept, weights) {
		s.failf("Slopes changes the values or the weights")
	}
	if !(sum >= 0) {
		s.failf("the sum of the loss is %v; it must be at least 0", sum)
	}
	if weights != nil {
		double := slices.Clone(weights)
		for k := range double {
			double[k] *= 2
		}
		// Rounding.
		if got := l.Slopes(make([]float64, len(x)), x, b, double); !(math.Abs(got-2*sum) <= 1e-12*sum) {
			s.failf("twice the weights give %v; twice the loss is %v", got, 2*sum)
		}
	}
	const h = 1e-5
	scratch, y := make([]float64, len(x)), slices.Clone(x)
	for k := range x {
		y[k] = x[k] + h
		up := l.Slopes(scratch, y, b, weights)
		y[k] = x[k] - h
		down := l.Slopes(scratch, y, b, weights)
		y[k] = x[k]
		// Differences by h = 1e-5, with errors of h²·ℓ‴ and of 1e-16/h of the sum.
		want := (up - down) / (2 * h)
		if !(math.Abs(slope[k]-want) <= 1e-6*(1+math.Abs(want)+math.Abs(sum))) {
			s.failf("slope %d is %v, differences give %v", k, slope[k], want)
			return
		}
	}
	if n := leastAllocations(20, func() { l.Slopes(scratch, x, b, weights) }); n > 0 {
		s.failf("Slopes of %d measurements makes %d allocations; it must make none", len(x), n)
	}
}

// checkCurvature takes second differences along lines, where a kink of the slope counts for less
// than the bound as well.
func (s *subject) checkCurvature(l mc.Loss, x, b []float64, rng *rand.Rand) {
	s.Helper()
	scratch, y := make([]float64, len(x)), make([]float64, len(x))
	at := func(d []float64, step float64) float64 {
		for k := range y {
			y[k] = x[k] + step*d[k]
		}
		return l.Slopes(scratch, y, b, nil)
	}
	for range 10 {
		d, square := make([]float64, len(x)), 0.0
		for k := range d {
			d[k] = rng.NormFloat64()
			square += d[k] * d[k]
		}
		for _, step := range []float64{1e-2, 0.3} {
			here := at(d, 0)
			second := at(d, step) - 2*here + at(d, -step)
			rounding := 1e-12 * (1 + here)
			if !(second >= -rounding) {
				s.failf("the second difference is %v; a convex loss has none below 0", second)
			}
			// Room for rounding alone.
			if bound := l.Curvature() * square * step * step; !(second <= bound*(1+1e-9)+rounding) {
				s.failf("the second difference is %v; Curvature %v allows %v", second, l.Curvature(), bound)
			}
		}
	}
}

func (s *subject) checkLarge(l mc.Loss, b []float64) {
	s.Helper()
	x, slope := make([]float64, len(b)), make([]float64, len(b))
	for _, size := range []float64{30, -30} {
		for k := range x {
			x[k] = size * float64(1-2*(k%2))
		}
		infinite := func(x float64) bool { return !finite(x) }
		if sum := l.Slopes(slope, x, b, nil); !finite(sum) || slices.ContainsFunc(slope, infinite) {
			s.failf("at predictions of ±30 the loss is %v with slopes %v", sum, slope)
		}
	}
	x[0] = math.NaN()
	if sum := l.Slopes(slope, x, b, nil); !math.IsNaN(sum) {
		s.failf("at a prediction that is NaN the loss is %v; it must be NaN, so that the run ends as diverged", sum)
	}
}
