package mctest

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Proximal is a penalty with a proximal map.
type Proximal = mc.ProximalPenalty

// CheckProximal checks that Prox is the proximal map of the penalty,
//
//	X = argmin over X of F(X) = ½‖X − P‖_F² + step·R(X),
//
// at matrices of all shapes, at W = 0 and rank deficiency, for steps from 0 to one that is large: F
// is not less anywhere near X, in random directions and against its gradient, nor at P, at 0 and on
// the ray through X; R(X) is what it returns; and neither P nor what the Point knows is changed.
func CheckProximal(t T, p Proximal) {
	t.Helper()
	s := newSubject(t, p)
	if c, ok := p.(interface{ CheckProx() error }); ok {
		if err := c.CheckProx(); err != nil {
			s.failf("CheckProx refuses the settings: %v", err)
			return
		}
	}
	// Without sizes at which steps of one size mean nothing.
	places := append(smoothPoints(), roughPoints()[:6]...)
	for _, step := range []float64{0, 0.01, 0.3, 10} {
		s.each(fmt.Sprintf("Prox with step %v", step), places,
			func(s *subject, at place) { s.checkProx(p, at, step) })
	}
}

func (s *subject) checkProx(p Proximal, at place, step float64) {
	s.Helper()
	rows, cols := at.w.Dims()
	size := mat.Norm(at.w, 2)
	point, x := mc.NewPoint(mat.DenseCopyOf(at.w)), gaussian(rows, cols, 45) // is overwritten
	point.SVD()
	sigma := append([]float64(nil), point.SingularValues()...)
	got := p.Prox(x, step, point)
	if !mat.Equal(point.W, at.w) || !slices.Equal(sigma, point.SingularValues()) {
		s.failf("at %s: Prox changes P, or what the Point knows", at.name)
		return
	}
	if !finiteMatrix(x) {
		s.failf("at %s: Prox with step %v is not finite", at.name, step)
		return
	}
	want := penaltyValue(p, x)
	slack := 1e-9 * (math.Abs(want) + penaltyValue(p, at.w))
	// Rounding of singular values moves R, and far where its slope at 0 is infinite.
	if spectral, ok := p.(mc.SpectralPenalty); ok {
		off := append([]float64(nil), mc.NewPoint(mat.DenseCopyOf(x)).SingularValues()...)
		for i := range off {
			off[i] += 1e-14 * size
		}
		slack += math.Abs(spectral.OnSpectrum(nil, off) - want)
	}
	if !(math.Abs(got-want) <= slack) {
		s.failf("at %s: Prox with step %v returns %v, R there is %v", at.name, step, got, want)
	}
	objective := func(y *mat.Dense) float64 {
		d := mat.Norm(difference(y, at.w), 2)
		return d*d/2 + step*penaltyValue(p, y)
	}
	moved := mat.Norm(difference(x, at.w), 2)
	least := moved*moved/2 + step*got
	rounding := 1e-12 * (size*size + step*math.Abs(penaltyValue(p, at.w)))
	lower := func(where string, y *mat.Dense) bool {
		if f := objective(y); !(f >= least-rounding) {
			s.failf("at %s: ½‖X − P‖² + %v·R(X) is %.6g at the proximal map, but %.6g %s", at.name,
				step, least, f, where)
			return true
		}
		return false
	}
	if lower("at P", at.w) || lower("at 0", mat.NewDense(rows, cols, nil)) {
		return
	}
	for _, c := range []float64{0.5, 0.9, 0.999, 1.001, 1.1, 2} {
		if lower(fmt.Sprintf("at %v times it", c), scaled(c, x)) {
			return
		}
	}
	// ∇F = X − P + step·∇R(X)
	gradient := difference(x, at.w)
	p.AddGradient(gradient, step, mc.NewPoint(mat.DenseCopyOf(x)))
	directions := []*mat.Dense{scaled(-1, gradient)}
	for seed := uint64(46); seed < 50; seed++ {
		d := gaussian(rows, cols, seed)
		directions = append(directions, scaled(size/mat.Norm(d, 2), d), scaled(-size/mat.Norm(d, 2), d))
	}
	for _, d := range directions {
		for _, length := range []float64{1, 0.1, 1e-2, 1e-3, 1e-4} {
			var y mat.Dense
			y.Add(x, scaled(length, d))
			if lower("nearby", &y) {
				return
			}
		}
	}
}
