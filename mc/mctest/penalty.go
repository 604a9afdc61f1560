package mctest

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// CheckPenalty checks what [mc.Penalty] promises:
//
//   - the gradient is that of the value, by central differences in every entry, to 1e-7, at square,
//     tall, wide, small, large and nearly rank-deficient matrices;
//   - AddGradient adds scale·∂R/∂W to what is in dst; both methods allocate nothing at a point that
//     has been evaluated before;
//   - value and gradient are finite at W = 0, at rank deficiency, at equal singular values, and at
//     sizes from 1e-100 to 1e100;
//   - neither W nor what surrounds W and dst, nor what the Point knows, is changed, and nothing
//     depends on what it was asked before;
//   - one penalty serves many runs at once;
//   - the settings are accepted by Validate, which refuses NaN, and a negative int, naming the
//     field.
//
// For a [mc.SpectralPenalty] also
//
//   - R(UWV) = R(W) and ∇R(UWV) = U·∇R(W)·V for orthogonal U and V, so that ∇R(0) = 0;
//   - OnSpectrum returns R, and the diagonal of UᵀGV for W = UΣVᵀ.
//
// Differences are taken where the singular values are simple and no entry is 0; a penalty with
// kinks elsewhere fails. Each check is a subtest where t has subtests, such as
// -run 'TestPenalty/invariance'.
func CheckPenalty(t T, p mc.Penalty) {
	t.Helper()
	CheckApproximatePenalty(t, p, 0)
}

// CheckApproximatePenalty is [CheckPenalty] for a penalty whose value and gradient are computed to
// a relative error of tolerance, and not to rounding.
func CheckApproximatePenalty(t T, p mc.Penalty, tolerance float64) {
	t.Helper()
	s := newSubject(t, p)
	s.tolerance = tolerance
	s.check("settings", func(s *subject) { s.checkSettings(p) })
	smooth, rough := smoothPoints(), roughPoints()
	all := append(slices.Clone(smooth), rough...)
	s.each("gradient", smooth, func(s *subject, at place) { s.checkGradient(p, at) })
	s.each("AddGradient", smooth, func(s *subject, at place) { s.checkAdded(p, at) })
	s.each("finiteness", rough, func(s *subject, at place) { s.checkFinite(p, at) })
	s.check("many runs at once", func(s *subject) { s.checkTogether(p) })
	s.check("allocations", func(s *subject) { s.checkFrugal(p) })
	if spectral, ok := p.(mc.SpectralPenalty); ok {
		s.each("invariance", all, func(s *subject, at place) { s.checkInvariance(spectral, at) })
		s.each("OnSpectrum", all, func(s *subject, at place) { s.checkSpectrum(spectral, at) })
	}
}

// rounding is by how much two numbers may differ, relative to their size, that would be equal were
// it not for rounding. The penalties of mc differ by 2e-15; another formula for the same may lose
// three digits more.
const rounding = 1e-12

// A place is a matrix and what to call it.
type place struct {
	name string
	w    *mat.Dense
	tied bool // two singular values other than 0 are equal
}

// smoothPoints are matrices with simple singular values.
func smoothPoints() []place {
	return []place{
		{name: "a 5×5 matrix", w: gaussian(5, 5, 1)},
		{name: "a tall matrix, 7×3", w: gaussian(7, 3, 2)},
		{name: "a wide matrix, 3×6", w: gaussian(3, 6, 3)},
		{name: "a row, 1×4", w: gaussian(1, 4, 4)}, {name: "a column, 4×1", w: gaussian(4, 1, 4)},
		{name: "a number, 1×1", w: gaussian(1, 1, 5)},
		{name: "a 5×4 matrix near rank 2", w: withSpectrum(5, 4, 6, 3, 2, 1e-3, 5e-4)},
		{name: "a small matrix, 4×4 of size 1e-6", w: scaled(1e-6, gaussian(4, 4, 8))},
		{name: "a large matrix, 4×4 of size 1e6", w: scaled(1e6, gaussian(4, 4, 9))},
	}
}

// roughPoints are matrices at which a penalty may have no gradient, and sizes at which squares come
// near to overflow.
func roughPoints() []place {
	unit := mat.NewDense(4, 3, nil)
	unit.Set(1, 2, -2)
	return []place{
		{name: "W = 0, 3×4", w: mat.NewDense(3, 4, nil)},
		{name: "W = 0, 1×1", w: mat.NewDense(1, 1, nil)},
		{name: "a 5×4 matrix of rank 2", w: withSpectrum(5, 4, 10, 2, 1)},
		{name: "a 4×5 matrix of rank 1", w: withSpectrum(4, 5, 11, 3)},
		{name: "a matrix with one entry, 4×3", w: unit},
		{name: "a 4×4 matrix with equal singular values", w: withSpectrum(4, 4, 12, 2, 2, 2, 2),
			tied: true},
		{name: "a 4×3 matrix of size 1e-100", w: scaled(1e-100, gaussian(4, 3, 13))},
		{name: "a 4×3 matrix of size 1e100", w: scaled(1e100, gaussian(4, 3, 14))},
	}
}

func penaltyValue(p mc.Penalty, w *mat.Dense) float64 {
	return p.Value(mc.NewPoint(mat.DenseCopyOf(w)))
}

func penaltyGradient(p mc.Penalty, w *mat.Dense) *mat.Dense {
	rows, cols := w.Dims()
	g := mat.NewDense(rows, cols, nil)
	p.AddGradient(g, 1, mc.NewPoint(mat.DenseCopyOf(w)))
	return g
}

// gradientSize is what a gradient at w is large or small compared with: max(‖∇R‖_F, |R|/‖W‖_F).
func gradientSize(p mc.Penalty, w *mat.Dense) float64 {
	size := mat.Norm(penaltyGradient(p, w), 2)
	if norm := mat.Norm(w, 2); norm > 0 {
		size = max(size, math.Abs(penaltyValue(p, w))/norm)
	}
	return size
}

// GradientError compares the gradient of a penalty with central differences of its value at w. It
// returns the largest difference of an entry over max(‖∇R‖_F, |R|/‖W‖_F), and the entry. If a
// difference is NaN it returns NaN, and the first such entry. The differences are of fourth order,
// with steps of 1e-3 and 2e-3 of the smallest singular value: within the distance to a kink, and
// exact to about 1e-11 where W is well conditioned.
func GradientError(p mc.Penalty, w *mat.Dense) (err float64, row, col int) {
	d := differences(p, w)
	return d.worst, d.row, d.col
}

type differenceQuotients struct {
	worst         float64 // relative to size
	row, col      int
	got, want     float64
	value, margin float64 // R(W), and what rounding of it may make of a quotient, relative
}

func differences(p mc.Penalty, w *mat.Dense) differenceQuotients {
	w = mat.DenseCopyOf(w)
	rows, cols := w.Dims()
	point := mc.NewPoint(w)
	sigma := point.SingularValues()
	h := 1e-3 * sigma[len(sigma)-1]
	d := differenceQuotients{value: penaltyValue(p, w)}
	g := penaltyGradient(p, w)
	size := max(gradientSize(p, w), math.SmallestNonzeroFloat64)
	d.margin = 1e-14 * math.Abs(d.value) / h / size
	for i := range rows {
		for j := range cols {
			at := w.At(i, j)
			quotient := func(h float64) float64 {
				value := func(x float64) float64 {
					w.Set(i, j, x)
					point.Changed()
					return p.Value(point)
				}
				return (value(at+h) - value(at-h)) / (at + h - (at - h))
			}
			want := (4*quotient(h) - quotient(2*h)) / 3
			w.Set(i, j, at)
			off := math.Abs(g.At(i, j) - want)
			if !(off <= d.worst) {
				d.worst, d.row, d.col, d.got, d.want = off, i, j, g.At(i, j), want
			}
			if math.IsNaN(off) { // nothing is worse
				return d
			}
		}
	}
	d.worst /= size
	return d
}

func (s *subject) checkGradient(p mc.Penalty, at place) {
	s.Helper()
	// A value that is sharp to 1e-13 makes quotients sharp to 1e-10 of the gradient where the step
	// is a thousandth of W, and less so near rank 2. A wrong term shows as 1e-3 and more.
	if d := differences(p, at.w); !(d.worst <= 1e-7+d.margin+s.tolerance) {
		s.failf("at %s: ∂R/∂W(%d, %d) is %.7g, central differences of R give %.7g", at.name, d.row,
			d.col, d.got, d.want)
	}
}

func (s *subject) checkAdded(p mc.Penalty, at place) {
	s.Helper()
	rows, cols := at.w.Dims()
	want, g := penaltyValue(p, at.w), penaltyGradient(p, at.w)

	// W and dst are parts of larger matrices, the Point has been asked for all it knows, and then
	// twice.
	w, before := newFramed(at.w), gaussian(rows, cols, 20)
	dst := newFramed(before)
	point := mc.NewPoint(w.part)
	point.Polar(0.1)
	point.SVD()
	sigma := append([]float64(nil), point.SingularValues()...)
	for _, scale := range []float64{-2, 0.5} {
		dst.part.Copy(before)
		p.AddGradient(dst.part, scale, point)
		got := p.Value(point)
		added := difference(dst.part, before)
		// The first term is what is lost as dst is added to and subtracted from.
		lost := 1e-13*mat.Norm(before, 2) + (rounding+s.tolerance)*math.Abs(scale)*gradientSize(p, at.w)
		switch {
		case !mat.Equal(w.part, at.w) || !w.intact():
			s.failf("at %s: AddGradient changes W, or what surrounds it", at.name)
		case !dst.intact():
			s.failf("at %s: AddGradient changes what surrounds dst in a larger matrix", at.name)
		case !slices.Equal(point.SingularValues(), sigma):
			s.failf("at %s: AddGradient changes what the Point knows: the singular values were %v, "+
				"are %v", at.name, sigma, point.SingularValues())
		case !(math.Abs(got-want) <= (rounding+s.tolerance)*math.Abs(want)):
			s.failf("at %s: R is %v at a new point, %v at one that has been evaluated", at.name,
				want, got)
		case !(mat.Norm(difference(added, scaled(scale, g)), 2) <= lost):
			s.failf("at %s: AddGradient with scale %v adds %v at (0, 0), scale times the gradient "+
				"is %v", at.name, scale, added.At(0, 0), scale*g.At(0, 0))
		default:
			continue
		}
		return
	}
}

func (s *subject) checkFinite(p mc.Penalty, at place) {
	s.Helper()
	if r := penaltyValue(p, at.w); !finite(r) {
		s.failf("at %s: R is %v", at.name, r)
	}
	if g := penaltyGradient(p, at.w); !finiteMatrix(g) {
		s.failf("at %s: the gradient is not finite; %v at (0, 0)", at.name, g.At(0, 0))
	}
}

// checkFrugal counts the allocations of a gradient and a value at a new iterate.
func (s *subject) checkFrugal(p mc.Penalty) {
	s.Helper()
	point, dst := mc.NewPoint(gaussian(12, 9, 32)), mat.NewDense(12, 9, nil)
	n := leastAllocations(20, func() {
		point.Changed()
		p.AddGradient(dst, 1e-3, point)
		p.Value(point)
	})
	if n > 0 {
		s.failf("20 gradients and values after the first make %d allocations; they must make none",
			n)
	}
}

// checkTogether evaluates at two matrices at once.
func (s *subject) checkTogether(p mc.Penalty) {
	s.Helper()
	w := [2]*mat.Dense{gaussian(4, 3, 30), gaussian(6, 2, 31)}
	alone := [2]*mat.Dense{penaltyGradient(p, w[0]), penaltyGradient(p, w[1])}
	var together [2]*mat.Dense
	var both sync.WaitGroup
	for k := range w {
		both.Go(func() {
			defer func() { _ = recover() }() // a gradient that is missing below
			for range 20 {
				together[k] = nil
				together[k] = penaltyGradient(p, w[k])
			}
		})
	}
	both.Wait()
	for k := range w {
		if together[k] == nil || !mat.Equal(together[k], alone[k]) {
			s.failf("two runs at once: a gradient differs from the one that was computed alone; a " +
				"penalty must hold nothing of a run")
			return
		}
	}
}

func (s *subject) checkInvariance(p mc.SpectralPenalty, at place) {
	s.Helper()
	rows, cols := at.w.Dims()
	u, v := orthogonal(rows, 40), orthogonal(cols, 41)
	turned := product(u, at.w, v)
	r, got := penaltyValue(p, at.w), penaltyValue(p, turned)
	if !(math.Abs(got-r) <= (rounding+s.tolerance)*math.Abs(r)+math.SmallestNonzeroFloat64) {
		s.failf("at %s: R(UWV) = %v for orthogonal U and V, R(W) = %v; a SpectralPenalty depends "+
			"on the singular values alone", at.name, got, r)
	}
	if at.tied {
		return // which of equal singular vectors a subgradient takes is not a matter of W
	}
	g := penaltyGradient(p, at.w)
	want := product(u, g, v)
	// A gradient changes as fast as its smallest singular values let it: near rank deficiency
	// rounding of W shows in it.
	sigma := mc.NewPoint(at.w).SingularValues()
	conditioning := 1.0
	for _, x := range sigma {
		// Below that a singular value is rounding.
		if x > 1e-12*sigma[0] {
			conditioning = sigma[0] / x
		}
	}
	d := mat.Norm(difference(penaltyGradient(p, turned), want), 2)
	if !(d <= (rounding*conditioning+s.tolerance)*gradientSize(p, at.w)) {
		s.failf("at %s: ∇R(UWV) differs from U·∇R(W)·V by %.2g, of norm %.2g", at.name, d,
			mat.Norm(want, 2))
	}
}

func (s *subject) checkSpectrum(p mc.SpectralPenalty, at place) {
	s.Helper()
	u, sigma, v := mc.NewPoint(at.w).SVD()
	given := append([]float64(nil), sigma...)
	df := make([]float64, len(sigma))
	for i := range df {
		df[i] = 7 // OnSpectrum sets, it does not add
	}
	f, r := p.OnSpectrum(df, given), penaltyValue(p, at.w)
	if !(math.Abs(f-r) <= (rounding+s.tolerance)*max(math.Abs(r), math.Abs(f))) {
		s.failf("at %s: OnSpectrum returns %v, R(W) is %v", at.name, f, r)
	}
	if again := p.OnSpectrum(nil, given); again != f {
		s.failf("at %s: OnSpectrum returns %v with grad, %v without", at.name, f, again)
	}
	for i := range sigma {
		if given[i] != sigma[i] {
			s.failf("at %s: OnSpectrum changes sigma", at.name)
			return
		}
	}
	g := penaltyGradient(p, at.w)
	m := product(u.T(), g, v)
	for i := range sigma {
		// Below that a singular value is rounding.
		if sigma[i] <= 1e-12*sigma[0] {
			if !finite(df[i]) {
				s.failf("at %s: OnSpectrum says ∂f/∂σ%d is %v", at.name, i+1, df[i])
			}
			continue // null directions are left alone by a subgradient of W, but may have a ∂f/∂σ
		}
		size := max(gradientSize(p, at.w), math.Abs(df[i]))
		if !(math.Abs(m.At(i, i)-df[i]) <= (rounding+s.tolerance)*size) {
			s.failf("at %s: OnSpectrum says ∂f/∂σ%d is %v, the gradient of W has %v there", at.name,
				i+1, df[i], m.At(i, i))
			return
		}
	}
}

// CheckHomogeneous checks that R(cW) = |c|^degree·R(W), and that ⟨∇R(W), W⟩ = degree·R(W) (Euler).
// Degree 0 is scale-free.
func CheckHomogeneous(t T, p mc.Penalty, degree float64) {
	t.Helper()
	s := newSubject(t, p)
	s.each("homogeneity", smoothPoints(), func(s *subject, at place) {
		r := penaltyValue(p, at.w)
		for _, c := range []float64{3, 1e-4, 1e4, -1} {
			want := math.Pow(math.Abs(c), degree) * r
			if got := penaltyValue(p, scaled(c, at.w)); !(math.Abs(got-want) <= rounding*math.Abs(want)) {
				s.failf("at %s: R(%vW) = %v; of degree %v it would be %v",
					at.name, c, got, degree, want)
				break
			}
		}
		g := penaltyGradient(p, at.w)
		along, most := inner(g, at.w), max(mat.Norm(g, 2)*mat.Norm(at.w, 2), math.Abs(r))
		if !(math.Abs(along-degree*r) <= rounding*most) {
			s.failf("at %s: ⟨∇R(W), W⟩ = %v; of degree %v it would be %v", at.name, along, degree,
				degree*r)
		}
	})
}
