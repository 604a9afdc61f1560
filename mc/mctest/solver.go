package mctest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Claims are the properties claimed of a solver beyond the promises of [mc.Solver]. The zero value
// claims all but recovery.
type Claims struct {
	// Problem is what the solver is run on. Default [Easy], of the rank that the solver is given, 2
	// if it is given none.
	Problem mc.Problem
	// Recovery is the relative error ‖W − W*‖_F/‖W*‖_F to which it finds the Truth of Problem.
	// Default: it is not checked.
	Recovery float64
	// Transposition is the largest distance, relative to its norm, of the transposed problem's
	// estimate from the transposed estimate. Default 1e-6. For a solver with a random
	// initialisation it is about Recovery.
	Transposition float64
	// Permutation is the same for the matrix with its rows and its columns shuffled.
	Permutation float64
	// Units is the same for the values times 10^k, k from −12 to 12, and the estimate scaled
	// likewise.
	Units float64
	// Shift is the same for the values plus ten times their root mean square. A solver that does
	// not centre its data is exempt from it. It is checked on a Problem of observed entries alone.
	Shift float64
	// WarmStart is the same for an [mc.WarmStarter] that begins where another run has ended, and
	// the estimate from its own initialisation.
	WarmStart float64
	// Tables is the number of random small tables of ratings to try. Default 20.
	Tables int
	// Exempt names the checks that the solver is not held to, each with the reason, such as
	// {"units": "its learning rate is absolute"}.
	Exempt map[string]string
}

// tolerance is the default of Transposition, Permutation, Units, Shift and WarmStart.
const tolerance = 1e-6

// solverChecks are the names of the checks of [CheckSolver].
var solverChecks = []string{
	"settings", "bad problems", "end of run", "determinism", "another measurement", "cancellation",
	"unusual problems", "empty rows and columns", "rank too large", "equal values", "extreme values",
	"small tables of ratings", "huge matrix", "warm start", "recovery", "transposition", "permutation", "units",
	"shift",
}

// CheckSolver checks what [mc.Solver] promises, by checks of these names:
//
//   - bad problems, settings: NaN, a negative int and the like are refused before the first step,
//     with an error that names the field, and no Result; [mc.Resolved] and [mc.Describe] treat
//     settings as [CheckSettings] says;
//   - another measurement: one of a type that the solver does not know is fitted, or refused with
//     an error that says which it takes;
//   - end of run: a run ends with a Status, a finite W of the right shape whose mean squared
//     residual is Loss, and as many Steps as the last state shows. Converged never fits worse than
//     W = 0. Observers see the initial state as step 0, then every state in order, and the last one
//     marked Final. Problem, truth and configuration stay as they are;
//   - determinism: the same run gives the same W to the last bit: again, without observers, with
//     ones that overwrite all they are given, twice at once, and on one processor. A Result is the
//     caller's own;
//   - cancellation: cancelled before the start or at the first state, or past its deadline, it ends
//     within one more state, with what it has and an error for which errors.Is finds the reason;
//   - unusual problems (one entry, zeros, one row, a matrix observed whole and the like), equal
//     values, extreme values (from 5e-324 to the largest float64), small tables of ratings (30 to
//     90 % observed) and rank too large (a Rank above that of the shape) make it end in one of the
//     three ways, and never panic. Values that overflow are told apart from a diverging method: the
//     error says "scale the data";
//   - empty rows and columns: their estimates are of the size of the data, and the Result names
//     them ([mc.Unobserved]);
//   - huge matrix: one entry of a matrix that is too large to be formed does not make it panic;
//   - warm start, of an [mc.WarmStarter]: from its own end, and from those of runs that it follows
//     with one number changed, such as λ, it comes to the same estimate as from its own
//     initialisation, and is Converged if that run is. From W = 0 and from a random W it does so if it
//     converges. Where it follows no such run, the end alone is checked. A start without a W, of
//     another shape or with NaN is refused, and none is changed;
//   - recovery, transposition, permutation, units, shift: see [Claims].
//
// All apply but those that the claims exempt. It runs the solver some hundred times: give it
// settings that are quick on a small matrix. Each check is a subtest where t has subtests, as
// *testing.T does, so that -run selects it, such as -run 'TestSolver/units'.
func CheckSolver(t T, solver mc.Solver, claims Claims) {
	t.Helper()
	s := newSubject(t, solver)
	for name, reason := range claims.Exempt {
		if !slices.Contains(solverChecks, name) {
			s.failf("Exempt names %q; it must name one of the checks %q", name, solverChecks)
		} else if strings.TrimSpace(reason) == "" {
			s.failf("Exempt names %q without a reason", name)
		}
	}
	check := func(name string, f func(*subject)) {
		if _, exempt := claims.Exempt[name]; !exempt {
			s.check(name, f)
		}
	}
	p := claims.Problem
	if p.Train == nil {
		p = Easy(2)
		if rank := mc.TargetRank(solver); rank > 0 {
			p = Easy(rank)
		}
	}
	check("settings", func(s *subject) {
		s.checkResolved(solver)
		s.checkZero(solver)
		s.checkPrint(solver)
		s.checkSpoilt(solver, p)
	})
	check("bad problems", func(s *subject) { s.checkRefusals(solver, p) })
	digest := p.Digest()
	check("end of run", func(s *subject) {
		s.checkRun(solver, p)
		if p.Digest() != digest {
			s.failf("a run changes the Problem")
		}
	})
	w := s.estimate(solver, p)
	if w == nil || p.Digest() != digest {
		return // nothing to compare with, or every run is another one
	}
	check("determinism", func(s *subject) { s.checkAgain(solver, p, w) })
	check("another measurement", func(s *subject) { s.checkForeign(solver, p) })
	check("cancellation", func(s *subject) { s.checkContext(solver, p) })
	check("unusual problems", func(s *subject) { s.checkOdd(solver, oddProblems()) })
	check("empty rows and columns", func(s *subject) { s.checkEmpty(solver) })
	check("rank too large", func(s *subject) { s.checkRank(solver) })
	check("equal values", func(s *subject) { s.checkOdd(solver, equalProblems()) })
	check("extreme values", func(s *subject) { s.checkOdd(solver, extremeProblems()) })
	check("small tables of ratings", func(s *subject) { s.checkTables(solver, cmp.Or(claims.Tables, 20)) })
	check("huge matrix", func(s *subject) { s.checkHuge(solver) })
	if warm, ok := solver.(mc.WarmStarter); ok {
		check("warm start", func(s *subject) { s.checkWarm(warm, p, cmp.Or(claims.WarmStart, tolerance)) })
	}
	if claims.Recovery > 0 {
		check("recovery", func(s *subject) {
			if p.Truth == nil {
				s.failf("Recovery is claimed of a Problem without Truth")
			} else if e := apart(w, p.Truth); !(e <= claims.Recovery) {
				s.failf("the relative error is %.2g; %.2g was claimed", e, claims.Recovery)
			}
		})
	}
	for _, e := range equivariances(p, claims) {
		check(e.check, func(s *subject) { s.checkEquivariance(solver, e, w) })
	}
}

// estimate returns the W of a run that ends without an error, or nil.
func (s *subject) estimate(solver mc.Solver, p mc.Problem) (w *mat.Dense) {
	defer func() { _ = recover() }() // "a run" reports it
	r, err := solver.Solve(context.Background(), p, &states{})
	if err != nil || r == nil || r.W == nil || !finiteMatrix(r.W) {
		return nil
	}
	if a, b := r.W.Dims(); !sameDims(p, a, b) {
		return nil
	}
	return mat.DenseCopyOf(r.W)
}

func sameDims(p mc.Problem, rows, cols int) bool {
	r, c := p.Dims()
	return r == rows && c == cols
}

// checkTables checks the end of runs on small tables of ratings 1 to 5, of which a random third to
// nine tenths are observed.
func (s *subject) checkTables(solver mc.Solver, count int) {
	s.Helper()
	for k := range count {
		rng := rand.New(rand.NewPCG(uint64(k), 5))
		rows, cols, fraction := 3+rng.IntN(6), 3+rng.IntN(6), 0.3+0.6*rng.Float64()
		var entries []mc.Entry
		for i := range rows {
			for j := range cols {
				if i == 0 && j == 0 || rng.Float64() < fraction {
					entries = append(entries, mc.Entry{Row: i, Col: j, Value: float64(1 + rng.IntN(5))})
				}
			}
		}
		p, what := observe(rows, cols, entries...), fmt.Sprintf("table %d", k)
		s.try(what, func() { s.ends(solver, oddity{what, p, false}) })
	}
}

// states is an observer that notes what it sees.
type states struct {
	index    []int
	finals   int // number of states that are marked
	lastMark bool
	loss     float64
	late     bool // a state beyond the limit
}

func (o *states) Observe(step *mc.Step) {
	o.index = append(o.index, step.Index)
	if o.lastMark = step.Final; step.Final {
		o.finals++
	}
	o.loss = step.Loss
	o.late = o.late || step.Index > step.Limit
}

// refused checks that what is wrong is refused, and returns the error.
func (s *subject) refused(solver mc.Solver, p mc.Problem, what string) error {
	s.Helper()
	seen := &states{}
	r, err := solver.Solve(context.Background(), p, seen)
	switch {
	case err == nil:
		s.failf("%s is accepted; it must be refused before the first step", what)
	case r != nil:
		s.failf("%s is refused, but with a Result; it must be nil", what)
	case len(seen.index) > 0:
		s.failf("%s is refused after %d states were observed; it must be before the first",
			what, len(seen.index))
	}
	return err
}

func (s *subject) checkRefusals(solver mc.Solver, p mc.Problem) {
	s.Helper()
	for _, bad := range badProblems(p) {
		s.try(bad.name, func() {
			if err := s.refused(solver, bad.problem, bad.name); err != nil &&
				!strings.Contains(err.Error(), bad.field) {
				s.failf("%s is refused with %q, which does not name %s", bad.name, err, bad.field)
			}
		})
	}
}

// rms is the root mean square, in the scale of the largest.
func rms(x []float64) float64 { return norm(x) / math.Sqrt(float64(len(x))) }

// residual is the root of the mean squared residual of m at w.
func residual(m mc.Measurement, w *mat.Dense) float64 {
	y := applied(m, w)
	for k, b := range m.Values() {
		y[k] -= b
	}
	return rms(y)
}

// sound checks a Result against the states that were seen, and returns whether its W can be used.
func (s *subject) sound(what string, p mc.Problem, r *mc.Result, seen *states) bool {
	s.Helper()
	rows, cols := p.Dims()
	if r == nil || r.W == nil {
		s.failf("%s: there is no Result, or no W in it", what)
		return false
	}
	if a, b := r.W.Dims(); a != rows || b != cols {
		s.failf("%s: W is %d×%d; the matrix is %d×%d", what, a, b, rows, cols)
		return false
	}
	if len(seen.index) == 0 {
		s.failf("%s: no state was observed", what)
		return false
	}
	ordered := seen.index[0] == 0
	for k := 1; k < len(seen.index); k++ {
		ordered = ordered && seen.index[k] > seen.index[k-1]
	}
	last := seen.index[len(seen.index)-1]
	switch {
	case !ordered:
		s.failf("%s: states %v… were observed; they must begin with 0 and rise",
			what, seen.index[:min(5, len(seen.index))])
	case seen.finals != 1 || !seen.lastMark:
		s.failf("%s: %d states were marked Final; the last one must be, alone", what, seen.finals)
	case seen.late:
		s.failf("%s: a state was beyond the Limit that it told", what)
	case r.Steps != last:
		s.failf("%s: Steps is %d, the last state that was observed is %d", what, r.Steps, last)
	}
	if !finiteMatrix(r.W) || !finite(r.Loss) {
		s.failf("%s: W is not finite, or the Loss, %v, is not; that is a run that diverged, and its error "+
			"should be ErrDiverged",
			what, r.Loss)
		return false
	}
	// Roots, relative to the data: the loss of an exact fit is all rounding. Squares of residuals
	// below 1e-154 are no normal numbers.
	const least = 1.5e-154
	scale := max(rms(p.Train.Values()), math.SmallestNonzeroFloat64)
	if got, want := math.Sqrt(r.Loss), residual(p.Train, r.W); !(math.Abs(got-want) <= least+1e-9*scale+1e-6*want) {
		s.failf("%s: Loss is %v, the mean squared residual of W is %v", what, r.Loss, want*want)
	}
	// The margin that mc.Iterate leaves to rounding. A W beside gross errors need not fit.
	robust := mc.Detail[*mc.GrossErrors](r) != nil
	if r.Status == mc.Converged && !robust && math.Sqrt(r.Loss) > rms(p.Train.Values())*(1+1e-9) {
		s.failf("%s: it converged with Loss %v, above that of W = 0; its Status must be %v",
			what, r.Loss,
			mc.WorseThanZero)
	}
	// A run that is worse than W = 0 returns its best iterate, not the last.
	if r.Status != mc.WorseThanZero &&
		!(math.Abs(math.Sqrt(seen.loss)-math.Sqrt(r.Loss)) <= least+1e-9*scale+1e-6*math.Sqrt(r.Loss)) {
		s.failf("%s: Loss is %v, that of the last state that was observed is %v",
			what, r.Loss, seen.loss)
	}
	return true
}

func (s *subject) checkRun(solver mc.Solver, p mc.Problem) {
	s.Helper()
	seen := &states{}
	r, err := solver.Solve(context.Background(), p, seen)
	if err != nil {
		s.failf("a run ends with the error %v", err)
		return
	}
	if s.sound("a run", p, r, seen) && r.Status == mc.Unfinished {
		s.failf("a run ends without an error and with the Status %v; it must say why", r.Status)
	}
}

// overwriter is an observer that asks for everything, and overwrites what it is given.
func overwriter(step *mc.Step) {
	for _, w := range []*mat.Dense{step.W(), step.Gradient()} {
		if w != nil {
			w.Zero()
		}
	}
	if f := step.Factors(); f != nil {
		for _, w := range f.W {
			w.Zero()
		}
	}
	clear(step.SingularValues())
	u, sigma, v := step.SVD()
	u.Zero()
	clear(sigma)
	v.Zero()
	step.Metrics()
	step.Objective()
	step.Run()
}

func (s *subject) checkAgain(solver mc.Solver, p mc.Problem, want *mat.Dense) {
	s.Helper()
	run := func(what string, observers ...mc.Observer) {
		r, err := solver.Solve(context.Background(), p, observers...)
		if err != nil {
			s.failf("%s ends with the error %v", what, err)
			return
		}
		if !mat.Equal(r.W, want) {
			s.failf("%s ends elsewhere, with W different by %.2g of its norm; it must be the same to the last bit",
				what, apart(r.W, want))
		}
		r.W.Zero() // it is the caller's: the runs that follow must not mind
		if mc.Detail[*mc.Factors](r) != nil {
			for _, w := range mc.Detail[*mc.Factors](r).W {
				w.Zero()
			}
		}
	}
	run("a run without observers")
	run("the same run again, after the first Result was overwritten")
	run("a run whose observer overwrites what it is given", mc.ObserverFunc(overwriter))
	func() {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		run("a run on one processor")
	}()

	var ends [2]*mat.Dense
	var both sync.WaitGroup
	for k := range ends {
		both.Go(func() {
			defer func() { _ = recover() }() // an end that is missing below
			if r, err := solver.Solve(context.Background(), p); err == nil {
				ends[k] = r.W
			}
		})
	}
	both.Wait()
	for _, w := range ends {
		if w == nil || !mat.Equal(w, want) {
			s.failf("two runs at once do not end where one alone does")
			return
		}
	}
}

func (s *subject) checkForeign(solver mc.Solver, p mc.Problem) {
	s.Helper()
	strange := p
	strange.Train = foreign{p.Train}
	seen := &states{}
	r, err := solver.Solve(context.Background(), strange, seen)
	if err == nil {
		s.sound("a measurement of another type", strange, r, seen)
		return
	}
	if text := err.Error(); r != nil || !strings.Contains(text, "Train") ||
		!strings.Contains(text, "Observations") && !strings.Contains(text, "Sensing") {
		s.failf("a measurement of another type is refused with %q and a Result of %v; the error must name "+
			"Train and say which types the solver takes",
			text, r)
	}
}

func (s *subject) checkContext(solver mc.Solver, p mc.Problem) {
	s.Helper()
	ended := func(what string, ctx context.Context, reason error, seen *states, observers ...mc.Observer) {
		r, err := solver.Solve(ctx, p, append(observers, seen)...)
		if !errors.Is(err, reason) {
			s.failf("%s: the error is %v; errors.Is must find %v", what, err, reason)
			return
		}
		if s.sound(what, p, r, seen) && r.Status != mc.Unfinished {
			s.failf("%s: the Status is %v; with an error it must be %v",
				what, r.Status, mc.Unfinished)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	ended("cancelled before the start", cancelled, context.Canceled, &states{})
	late, release := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer release()
	ended("past its deadline", late, context.DeadlineExceeded, &states{})

	// At the first state, by an observer. A solver that is done in one more step may be done.
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	seen := &states{}
	r, err := solver.Solve(ctx, p, seen, mc.ObserverFunc(func(*mc.Step) { stop() }))
	if len(seen.index) > 2 {
		s.failf("cancelled at the first state it goes on for %d more; it must end within one",
			len(seen.index)-1)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.failf("cancelled at the first state: the error is %v; errors.Is must find %v",
			err, context.Canceled)
		return
	}
	s.sound("cancelled at the first state", p, r, seen)
}

func (s *subject) checkOdd(solver mc.Solver, problems []oddity) {
	s.Helper()
	for _, odd := range problems {
		s.try(odd.name, func() { s.ends(solver, odd) })
	}
}

// ends runs the solver on a problem that is right but unusual, which must end in one of the three
// ways. It returns the Result of a run without an error, or nil.
func (s *subject) ends(solver mc.Solver, odd oddity) *mc.Result {
	s.Helper()
	seen := &states{}
	r, err := solver.Solve(context.Background(), odd.problem, seen)
	switch {
	case err == nil:
		if s.sound(odd.name, odd.problem, r, seen) {
			return r
		}
	case errors.Is(err, mc.ErrDiverged):
		if r == nil {
			s.failf("%s: it diverges without a Result of what there is", odd.name)
		}
		if odd.overflows && !strings.Contains(err.Error(), "scale the data") {
			s.failf("%s: it ends with %q; the squares of the values overflow, so it must say \"scale the data\"",
				odd.name, err)
		}
	case r != nil || len(seen.index) > 0:
		s.failf("%s: it ends with %q after %d states; what is not refused before the first step ends with a Status, "+
			"or diverges", odd.name, err, len(seen.index))
	}
	return nil
}

// checkEmpty looks at what a row and a column without observed entries get.
func (s *subject) checkEmpty(solver mc.Solver) {
	s.Helper()
	odd := emptyProblem()
	r := s.ends(solver, odd)
	if r == nil {
		return
	}
	if u := mc.Detail[mc.Unobserved](r); !slices.Equal(u.Rows, []int{0}) || !slices.Equal(u.Cols, []int{0}) {
		s.failf("%s: the Result names rows %v and columns %v as unobserved; they are row 0 and column 0",
			odd.name, u.Rows, u.Cols)
	}
	largest := 0.0
	for _, b := range odd.problem.Train.Values() {
		largest = max(largest, math.Abs(b))
	}
	rows, cols := r.W.Dims()
	for i := range rows {
		for j := range cols {
			if x := r.W.At(i, j); (i == 0 || j == 0) && math.Abs(x) > 2*largest {
				s.failf("%s: W(%d, %d) is %v without an observed entry; the largest observed is %v",
					odd.name, i, j, x, largest)
				return
			}
		}
	}
}

// checkRank runs the solver with each Rank among its settings above the rank of the shape, and as
// it is on shapes below that.
func (s *subject) checkRank(solver mc.Solver) {
	s.Helper()
	for _, odd := range smallProblems() {
		s.try(odd.name, func() { s.ends(solver, odd) })
		rows, cols := odd.problem.Dims()
		for _, rank := range []int{min(rows, cols), min(rows, cols) + 1, 20} {
			other, ok := withRank(solver, rank)
			if !ok {
				continue
			}
			named := odd
			named.name = fmt.Sprintf("%s, with Rank %d", odd.name, rank)
			s.try(named.name, func() { s.ends(other, named) })
		}
	}
}

// huge is one entry of a matrix of 3.6e13, more than any memory holds.
var huge = sync.OnceValue(func() mc.Problem {
	const lines = 6_000_000
	o, err := mc.NewObservations(lines, lines, []mc.Entry{{Row: 1, Col: 2, Value: 3}})
	if err != nil {
		panic(err) // it is one entry within the matrix
	}
	return mc.Problem{Train: o}
})

// checkHuge runs the solver on it, for as long as it takes with a context that has been cancelled.
func (s *subject) checkHuge(solver mc.Solver) {
	s.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	// Even the vectors of its rows and columns take gigabytes, which the next solver needs again.
	defer debug.FreeOSMemory()
	if r, err := solver.Solve(ctx, huge()); r != nil && !errors.Is(err, context.Canceled) {
		s.failf("a matrix that nobody can form: cancelled before the start, the error is %v", err)
	}
}

// checkWarm begins runs where others have ended.
func (s *subject) checkWarm(solver mc.WarmStarter, p mc.Problem, within float64) {
	s.Helper()
	if solver.Follows(solver) {
		s.failf("it follows itself; no solver must")
	}
	cold, err := solver.Solve(context.Background(), p)
	if err != nil {
		s.failf("from its own initialisation it ends with the error %v", err)
		return
	}
	rows, cols := p.Dims()
	const refused, anyEnd, sameEnd = 0, 1, 2
	type start struct {
		name   string
		end    *mc.Result
		claims int
	}
	anywhere := scaled(rms(p.Train.Values()), gaussian(rows, cols, 1))
	unknown := scaled(1, anywhere)
	unknown.Set(rows-1, cols-1, math.NaN())
	starts := []start{
		{"its own end", cold, sameEnd}, {"W = 0", &mc.Result{W: mat.NewDense(rows, cols, nil)}, anyEnd},
		{"a random W", &mc.Result{W: anywhere}, anyEnd},
		{"no Result", nil, refused}, {"a Result without a W", &mc.Result{}, refused},
		{"a W of another shape", &mc.Result{W: mat.NewDense(rows+1, cols, nil)}, refused},
		{"a W with NaN", &mc.Result{W: unknown}, refused},
	}
	follows := false
	for _, factor := range []float64{10, 2, 0.5, 0.1} {
		for _, other := range withScaled(solver, factor) {
			if !solver.Follows(other) {
				continue
			}
			follows = true
			end, err := other.Solve(context.Background(), p)
			if err != nil {
				s.failf("it follows %s, which ends with the error %v", mc.Describe(other), err)
				continue
			}
			starts = append(starts, start{"the end of " + mc.Describe(other), end, sameEnd})
		}
	}
	for _, from := range starts {
		what := "from " + from.name
		s.try(what, func() {
			if from.claims == refused {
				if r, err := solver.SolveFrom(context.Background(), from.end, p); err == nil || r != nil {
					s.failf("%s as a start has the error %v and the Result %v; it must be refused", from.name, err, r)
				}
				return
			}
			before, seen := mat.DenseCopyOf(from.end.W), &states{}
			r, err := solver.SolveFrom(context.Background(), from.end, p, seen)
			switch {
			case err != nil:
				s.failf("%s it ends with the error %v", what, err)
			case !mat.Equal(before, from.end.W):
				s.failf("%s it changes the W that it starts from", what)
			case !s.sound(what, p, r, seen) || !follows || cold.Status != mc.Converged:
			case r.Status != mc.Converged && from.claims == anyEnd:
			case r.Status != mc.Converged:
				s.failf("%s its Status is %v after %d steps; from its own initialisation it is %v after %d", what,
					r.Status, r.Steps, cold.Status, cold.Steps)
			case !(apart(r.W, cold.W) <= within):
				s.failf("%s the estimate differs from that of its own initialisation by %.2g of its norm; at most "+
					"%.2g was claimed", what, apart(r.W, cold.W), within)
			}
		})
	}
}

// An equivariance is a claim on the estimates for rearranged problems.
type equivariance struct {
	check     string
	tolerance float64
	others    []rearrangement
}

type rearrangement struct {
	name string
	rearranged
}

func equivariances(p mc.Problem, claims Claims) []equivariance {
	units := equivariance{"units", cmp.Or(claims.Units, tolerance), nil}
	for k := -12; k <= 12; k++ {
		if k != 0 {
			units.others = append(units.others,
				rearrangement{fmt.Sprintf("times 1e%d", k), affine(p, math.Pow10(k), 0)})
		}
	}
	all := []equivariance{
		{"transposition", cmp.Or(claims.Transposition, tolerance),
			[]rearrangement{{"transposed", transpose(p)}}},
		{"permutation", cmp.Or(claims.Permutation, tolerance),
			[]rearrangement{{"with rows and columns shuffled", permute(p)}}},
		units,
	}
	if _, ok := p.Train.(*mc.Observations); ok {
		all = append(all, equivariance{"shift", cmp.Or(claims.Shift, tolerance),
			[]rearrangement{{"shifted", affine(p, 1, 10*rms(p.Train.Values()))}}})
	}
	return all
}

func (s *subject) checkEquivariance(solver mc.Solver, e equivariance, w *mat.Dense) {
	s.Helper()
	before := s.failures
	for _, other := range e.others {
		r, err := solver.Solve(context.Background(), other.problem)
		if err != nil {
			s.failf("%s: %v", other.name, err)
		} else if d := apart(r.W, other.matrix(w)); !(d <= e.tolerance) {
			s.failf("%s: the estimate differs from the rearranged estimate by %.2g of its norm; at most %.2g "+
				"was claimed",
				other.name, d, e.tolerance)
		}
		if s.failures > before {
			return // one failure of a kind is enough
		}
	}
}
