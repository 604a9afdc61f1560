package mctest

import (
	"math"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// CheckOptimizer checks what [mc.Optimizer] and [mc.Stepper] promise:
//
//   - it takes parameters of all shapes, several at once, and slices of larger matrices, whose
//     surroundings it leaves alone;
//   - it changes no gradient, and allocates nothing in a step after the first;
//   - two runs that start anew go the same way to the last bit, in turns and at once: no state is
//     shared;
//   - the first step goes downhill, and a well-conditioned quadratic falls to a hundredth of its
//     start within 20,000 steps;
//   - SetScale multiplies the learning rate: with 0 nothing moves, with ½ the first step is half as
//     long, in every entry;
//   - where all gradients are 0 from the start, parameters stay finite;
//   - [mc.Zero] in a field with another default has the effect of a number close to 0;
//   - the settings pass [CheckSettings].
//
// It takes the settings as they are: a learning rate with which the method cannot descend on ½(w −
// 1)² from w = 0 fails. Each check is a subtest where t has subtests, such as -run
// 'TestOptimizer/SetScale'.
func CheckOptimizer(t T, o mc.Optimizer) {
	t.Helper()
	s := newSubject(t, o)
	s.check("settings", func(s *subject) { s.checkSettings(o) })
	s.check("a run", func(s *subject) { s.checkRuns(o) })
	s.check("descent", func(s *subject) { s.checkDescent(o) })
	s.check("SetScale", func(s *subject) { s.checkScale(o) })
	s.check("mc.Zero", func(s *subject) { s.checkZeroSteps(o) })
	s.check("gradients of zeros", func(s *subject) { s.checkFlat(o) })
	s.check("allocations", func(s *subject) { s.checkAllocations(o) })
}

// steppedShapes are what an optimiser is tried on: several parameters of different shapes.
var steppedShapes = []mc.Shape{{Rows: 3, Cols: 4}, {Rows: 5, Cols: 2}, {Rows: 1, Cols: 3},
	{Rows: 2, Cols: 1}, {Rows: 1, Cols: 1}}

// A quadratic is f(W) = Σ h_ij(w_ij − t_ij)²/2 with h between ½ and 1, t of size 1, over some
// parameters, and an optimiser on its way.
type quadratic struct {
	params, grads   []*mat.Dense
	target, curving []*mat.Dense
	stepper         mc.Stepper
}

func newQuadratic(o mc.Optimizer, shapes []mc.Shape) *quadratic {
	q := &quadratic{}
	for j, shape := range shapes {
		h := gaussian(shape.Rows, shape.Cols, uint64(100+j))
		h.Apply(func(_, _ int, x float64) float64 { return 0.5 + 0.5/(1+x*x) }, h)
		target := gaussian(shape.Rows, shape.Cols, uint64(200+j))
		q.curving, q.target = append(q.curving, h), append(q.target, target)
		q.params = append(q.params, mat.NewDense(shape.Rows, shape.Cols, nil))
		q.grads = append(q.grads, mat.NewDense(shape.Rows, shape.Cols, nil))
	}
	q.stepper = o.Start(append([]mc.Shape(nil), shapes...))
	return q
}

// value returns f, and sets the gradients.
func (q *quadratic) value() float64 {
	f := 0.0
	for j, w := range q.params {
		rows, cols := w.Dims()
		for i := range rows {
			for k := range cols {
				h, d := q.curving[j].At(i, k), w.At(i, k)-q.target[j].At(i, k)
				q.grads[j].Set(i, k, h*d)
				f += h * d * d / 2
			}
		}
	}
	return f
}

func (q *quadratic) step() {
	q.value()
	q.stepper.Step(q.params, q.grads)
}

func equalAll(a, b []*mat.Dense) bool {
	for j := range a {
		if !mat.Equal(a[j], b[j]) {
			return false
		}
	}
	return true
}

func copies(w []*mat.Dense) []*mat.Dense {
	c := make([]*mat.Dense, len(w))
	for j := range w {
		c[j] = mat.DenseCopyOf(w[j])
	}
	return c
}

func (s *subject) checkRuns(o mc.Optimizer) {
	s.Helper()
	const steps = 30
	alone := newQuadratic(o, steppedShapes)
	for k := range steps {
		alone.value()
		before := copies(alone.grads)
		alone.stepper.Step(alone.params, alone.grads)
		if !equalAll(alone.grads, before) {
			s.failf("step %d changes a gradient", k+1)
			return
		}
	}
	for j, w := range alone.params {
		if !finiteMatrix(w) {
			s.failf("after %d steps parameter %d (%v) is not finite", steps, j, steppedShapes[j])
			return
		}
	}

	// In turns with another run.
	a, b := newQuadratic(o, steppedShapes), newQuadratic(o, steppedShapes[:2])
	for range steps {
		a.step()
		b.step()
	}
	if !equalAll(a.params, alone.params) {
		s.failf("a second run with the same gradients, in turns with a third, does not go the same " +
			"way; Start must make a state of its own, and chance come from the settings alone")
		return
	}

	// Both at once.
	var both sync.WaitGroup
	runs := [2]*quadratic{newQuadratic(o, steppedShapes), newQuadratic(o, steppedShapes)}
	for _, q := range runs {
		both.Go(func() {
			defer func() { _ = recover() }() // a run that is behind below
			for range steps {
				q.step()
			}
		})
	}
	both.Wait()
	if !equalAll(runs[0].params, alone.params) || !equalAll(runs[1].params, alone.params) {
		s.failf("two runs at once do not go the same way as one alone")
	}

	// Parameters and gradients that are parts of larger matrices.
	framedRun := newQuadratic(o, steppedShapes)
	var params, grads []framed
	for j := range framedRun.params {
		params = append(params, newFramed(framedRun.params[j]))
		grads = append(grads, newFramed(framedRun.grads[j]))
		framedRun.params[j], framedRun.grads[j] = params[j].part, grads[j].part
	}
	for range steps {
		framedRun.step()
	}
	for j := range params {
		if !params[j].intact() || !grads[j].intact() {
			s.failf("Step changes what surrounds parameter %d, or its gradient, in a larger matrix",
				j)
			return
		}
		// A sum over a part of a larger matrix may have another order, and thirty steps amplify
		// that.
		if d := apart(params[j].part, alone.params[j]); !(d <= 1e-9) {
			s.failf("parameter %d (%v) goes elsewhere where it is a part of a larger matrix", j,
				steppedShapes[j])
			return
		}
	}
}

func (s *subject) checkDescent(o mc.Optimizer) {
	s.Helper()
	q := newQuadratic(o, steppedShapes)
	start := q.value()
	q.step()
	slope := 0.0
	for j, w := range q.params {
		slope += inner(w, q.grads[j])
	}
	if !(slope < 0) {
		s.failf("the first step has inner product %v with the gradient; it must go downhill", slope)
		return
	}
	const limit = 20_000
	f := q.value()
	for k := 1; ; k++ {
		switch {
		case !finite(f):
			s.failf("at step %d of a quadratic its value is %.4g, from %.4g at the start; settings "+
				"with which the method can descend are needed", k, f, start)
			return
		case f <= start/100:
			return
		case k == limit:
			s.failf("after %d steps of a quadratic its value is %.3g of that at the start; it must "+
				"fall to a hundredth", limit, f/start)
			return
		}
		q.stepper.Step(q.params, q.grads)
		f = q.value()
	}
}

func (s *subject) checkScale(o mc.Optimizer) {
	s.Helper()
	moved := func(factor float64) []*mat.Dense {
		q := newQuadratic(o, steppedShapes)
		q.stepper.SetScale(factor)
		q.step()
		return q.params
	}
	full, half, none := moved(1), moved(0.5), moved(0)
	for j := range full {
		if size := mat.Norm(none[j], 2); size != 0 {
			s.failf("after SetScale(0) parameter %d moves by %v", j, size)
			return
		}
		// Halving is exact, and all methods of mc meet it to the bit; where the scale is multiplied
		// in at another place, three roundings differ.
		if d := apart(half[j], scaled(0.5, full[j])); !(d <= 1e-12) {
			s.failf("after SetScale(0.5) the first step of parameter %d is not half of that with "+
				"SetScale(1), but differs by %.2g of it", j, d)
			return
		}
	}
	q := newQuadratic(o, steppedShapes)
	q.stepper.SetScale(0)
	q.stepper.SetScale(1)
	if q.step(); !equalAll(q.params, full) {
		s.failf("SetScale(0) and then SetScale(1) is not the same as SetScale(1): the last one holds")
	}
}

// checkZeroSteps compares runs with Zero and with a number close to 0, in each field with a
// default.
func (s *subject) checkZeroSteps(o mc.Optimizer) {
	s.Helper()
	of := func(value float64) []withNumber { return withNumbers(o, value) }
	zero, tiny := of(mc.Zero), of(1e-200)
	for k := range zero {
		if mc.Validate(zero[k].config) != nil {
			continue // there is no such method
		}
		a := newQuadratic(zero[k].config.(mc.Optimizer), steppedShapes)
		b := newQuadratic(tiny[k].config.(mc.Optimizer), steppedShapes)
		for range 10 {
			a.step()
			b.step()
		}
		for j := range a.params {
			// Not equal: 1e-200 is not 0. A default in place of 0 shows in the first digits.
			if d := mat.Norm(difference(a.params[j], b.params[j]), 2); !(d <= 1e-9) {
				s.failf("with %s = mc.Zero a run is %.2g away from one with 1e-200; Start must "+
					"read the settings by mc.Resolved", zero[k].field, d)
				return
			}
		}
	}
}

func (s *subject) checkFlat(o mc.Optimizer) {
	s.Helper()
	q := newQuadratic(o, steppedShapes)
	q.target = copies(q.params) // the start is the minimum
	for range 3 {
		q.step()
	}
	for j, w := range q.params {
		if !finiteMatrix(w) {
			s.failf("three gradients of zeros make parameter %d not finite", j)
			return
		}
	}
}

func (s *subject) checkAllocations(o mc.Optimizer) {
	s.Helper()
	q := newQuadratic(o, steppedShapes)
	q.value()
	if n := leastAllocations(20, func() { q.stepper.Step(q.params, q.grads) }); n > 0 {
		s.failf("20 steps after the first make %d allocations; they must make none", n)
	}
}

// leastAllocations counts the allocations of a number of calls after the first. Other goroutines
// allocate too, and a garbage collection empties pools: the least of some counts is f's own.
func leastAllocations(calls int, f func()) uint64 {
	f()
	least := uint64(math.MaxUint64)
	var before, after runtime.MemStats
	for range 10 {
		runtime.ReadMemStats(&before)
		for range calls {
			f()
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	return least
}
