package mctest

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// CheckMeasurement checks what [mc.Measurement] promises:
//
//   - a shape of at least 1×1, as many finite values as Len says, at least one;
//   - Apply is linear, and overwrites dst;
//   - AddAdjoint adds scale·A*(y) to dst, where A* is the adjoint: ⟨A(W), y⟩ = ⟨W, A*(y)⟩;
//   - both take matrices that are slices of larger ones, and leave what surrounds them, W, y and
//     Values alone;
//   - one measurement serves many runs at once, and the same question always has the same answer;
//   - its identity, [mc.Problem.Digest], is the same each time, and not that of another map with the
//     same values;
//   - a part of it, see [mc.Subset], has the same measurements and values.
func CheckMeasurement(t T, m mc.Measurement) {
	t.Helper()
	s := &subject{T: t, name: typeName(m)}
	s.check("the data", func(s *subject) { s.checkData(m) })
	if s.failures > 0 {
		return // nothing else makes sense
	}
	s.check("what is not to be touched", func(s *subject) { s.checkUntouched(m) })
	s.check("Apply", func(s *subject) { s.checkApply(m) })
	s.check("AddAdjoint", func(s *subject) { s.checkAdjoint(m) })
	s.check("many runs at once", func(s *subject) { s.checkAtOnce(m) })
	s.check("identity", func(s *subject) { s.checkIdentity(m) })
	s.check("parts", func(s *subject) { s.checkParts(m) })
}

// multiple is another map with the same values.
type multiple struct {
	mc.Measurement
	by float64
}

func (c multiple) Apply(dst []float64, w *mat.Dense) {
	c.Measurement.Apply(dst, w)
	for k := range dst {
		dst[k] *= c.by
	}
}

func (c multiple) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	c.Measurement.AddAdjoint(dst, c.by*scale, y)
}

func (s *subject) checkIdentity(m mc.Measurement) {
	s.Helper()
	digest := func(m mc.Measurement) string { return mc.Problem{Train: m}.Digest() }
	if first, second := digest(m), digest(m); first != second {
		s.failf("its Digest is %s, then %s; a Measurement must not change once it is made",
			first, second)
	}
	if digest(multiple{m, 1}) == digest(multiple{m, 2}) {
		s.failf("twice the map with the same values has the same Digest; A* must not be 0")
	}
}

func (s *subject) checkParts(m mc.Measurement) {
	s.Helper()
	rows, cols := m.Dims()
	w := gaussian(rows, cols, 100)
	whole := applied(m, w)
	for _, residue := range []int{0, 1} {
		var index []int
		for k := range m.Len() {
			if k%2 == residue {
				index = append(index, k)
			}
		}
		if len(index) == 0 {
			continue // of a single measurement
		}
		part, err := mc.Subset(m, func(k int) bool { return k%2 == residue })
		if err != nil {
			s.failf("a part of it: %v", err)
			return
		}
		if r, c := part.Dims(); r != rows || c != cols || part.Len() != len(index) || len(part.Values()) != len(index) {
			s.failf("%d measurements of it measure a %d×%d matrix with Len %d and %d Values",
				len(index), r, c, part.Len(), len(part.Values()))
			return
		}
		got, y, scattered := applied(part, w), numbers(len(index), 101), make([]float64, m.Len())
		for at, k := range index {
			// Rounding of sums of some hundred terms.
			if part.Values()[at] != m.Values()[k] || !(math.Abs(got[at]-whole[k]) <= 1e-12*norm(whole)) {
				s.failf("measurement %d is %v for the value %v, and in a part %v for the value %v",
					k, whole[k], m.Values()[k], got[at], part.Values()[at])
				return
			}
			scattered[k] = y[at]
		}
		// Rounding of sums of some hundred terms.
		if d := apart(adjoint(part, y), adjoint(m, scattered)); !(d <= 1e-12) {
			s.failf("the adjoint of a part of it is wrong by %.2g", d)
		}
	}
}

func (s *subject) checkData(m mc.Measurement) {
	s.Helper()
	rows, cols := m.Dims()
	if rows < 1 || cols < 1 {
		s.failf("Dims is %d×%d; both must be at least 1", rows, cols)
	}
	if n := m.Len(); n < 1 || len(m.Values()) != n {
		s.failf("Len is %d, and there are %d Values; their numbers must be equal and positive",
			n, len(m.Values()))
	}
	for k, b := range m.Values() {
		if !finite(b) {
			s.failf("Values()[%d] is %v", k, b)
			return
		}
	}
}

func applied(m mc.Measurement, w *mat.Dense) []float64 {
	y := make([]float64, m.Len())
	for k := range y {
		y[k] = math.NaN() // which stays if Apply adds
	}
	m.Apply(y, w)
	return y
}

func adjoint(m mc.Measurement, y []float64) *mat.Dense {
	rows, cols := m.Dims()
	w := mat.NewDense(rows, cols, nil)
	m.AddAdjoint(w, 1, y)
	return w
}

// numbers are the entries of a Gaussian column.
func numbers(n int, seed uint64) []float64 { return gaussian(n, 1, seed).RawMatrix().Data }

func norm(x []float64) float64 { return mat.Norm(mat.NewVecDense(len(x), x), 2) }

func dot(x, y []float64) float64 {
	return mat.Dot(mat.NewVecDense(len(x), x), mat.NewVecDense(len(y), y))
}

func (s *subject) checkApply(m mc.Measurement) {
	s.Helper()
	rows, cols := m.Dims()
	v, w := gaussian(rows, cols, 50), gaussian(rows, cols, 51)
	var sum mat.Dense
	sum.Scale(2, v)
	sum.Sub(&sum, w)
	av, aw, both := applied(m, v), applied(m, w), applied(m, &sum)
	most := 2*norm(av) + norm(aw)
	for k := range both {
		if math.IsNaN(both[k]) {
			s.failf("Apply does not overwrite dst[%d], or sets it to NaN", k)
			return
		}
		// Rounding of sums of some hundred terms.
		if want := 2*av[k] - aw[k]; !(math.Abs(both[k]-want) <= 1e-12*most) {
			s.failf("Apply is not linear: A(2V − W) is %v at %d, 2A(V) − A(W) is %v",
				both[k], k, want)
			return
		}
	}
}

func (s *subject) checkAdjoint(m mc.Measurement) {
	s.Helper()
	rows, cols := m.Dims()
	for seed := uint64(60); seed < 65; seed++ {
		w, y := gaussian(rows, cols, seed), numbers(m.Len(), seed+10)
		aw, ay := applied(m, w), adjoint(m, y)
		left, right := dot(aw, y), inner(w, ay)
		// Rounding of sums of some hundred terms.
		if most := norm(aw)*norm(y) + mat.Norm(w, 2)*mat.Norm(ay, 2); !(math.Abs(left-right) <= 1e-12*most) {
			s.failf("AddAdjoint is not the adjoint of Apply: ⟨A(W), y⟩ = %v, ⟨W, A*(y)⟩ = %v",
				left, right)
			return
		}
	}
	y := numbers(m.Len(), 70)
	ay, before := adjoint(m, y), gaussian(rows, cols, 71)
	dst := mat.DenseCopyOf(before)
	m.AddAdjoint(dst, -2, y)
	var want mat.Dense
	want.Scale(-2, ay)
	want.Add(&want, before)
	// Rounding of sums of some hundred terms.
	if d := apart(dst, &want); !(d <= 1e-12) {
		s.failf("AddAdjoint with scale −2 does not add −2·A*(y) to what is in dst; the result is wrong by %.2g of it",
			d)
	}
}

func (s *subject) checkUntouched(m mc.Measurement) {
	s.Helper()
	rows, cols := m.Dims()
	values := slices.Clone(m.Values())
	w, y := gaussian(rows, cols, 80), numbers(m.Len(), 81)
	alone, alonePart := applied(m, mat.DenseCopyOf(w)), adjoint(m, slices.Clone(y))

	// Both as parts of larger matrices.
	part, given := newFramed(w), slices.Clone(y)
	got := applied(m, part.part)
	if !mat.Equal(part.part, w) || !part.intact() {
		s.failf("Apply changes W, or what surrounds it in a larger matrix")
	}
	if !mat.EqualApprox(mat.NewVecDense(len(got), got), mat.NewVecDense(len(alone), alone), 1e-12*(1+norm(alone))) {
		s.failf("Apply reads something else where W is a part of a larger matrix")
	}
	dst := newFramed(mat.NewDense(rows, cols, nil))
	m.AddAdjoint(dst.part, 1, given)
	if !dst.intact() {
		s.failf("AddAdjoint changes what surrounds dst in a larger matrix")
		// Rounding of sums of some hundred terms.
	} else if d := apart(dst.part, alonePart); !(d <= 1e-12) {
		s.failf("AddAdjoint adds something else where dst is a part of a larger matrix")
	}
	if !slices.Equal(given, y) {
		s.failf("AddAdjoint changes y")
	}
	if !slices.Equal(m.Values(), values) {
		s.failf("Values changes")
	}
}

func (s *subject) checkAtOnce(m mc.Measurement) {
	s.Helper()
	rows, cols := m.Dims()
	var w [2]*mat.Dense
	var y, alone, together [2][]float64
	var back, backTogether [2]*mat.Dense
	for k := range w {
		w[k], y[k] = gaussian(rows, cols, uint64(90+k)), numbers(m.Len(), uint64(95+k))
		alone[k], back[k] = applied(m, w[k]), adjoint(m, y[k])
	}
	var both sync.WaitGroup
	for k := range w {
		both.Go(func() {
			defer func() { _ = recover() }() // an answer that is missing below
			for range 5 {
				backTogether[k] = nil
				together[k], backTogether[k] = applied(m, w[k]), adjoint(m, y[k])
			}
		})
	}
	both.Wait()
	for k := range w {
		if backTogether[k] == nil || !slices.Equal(together[k], alone[k]) || !mat.Equal(backTogether[k], back[k]) {
			s.failf("two runs at once: an answer differs from the one that was computed alone; a Measurement " +
				"must not change once it is made")
			return
		}
	}
}
