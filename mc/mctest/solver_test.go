package mctest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// botched fills in the rank-one fit by alternating least squares, in a few steps, with something
// wrong.
type botched struct {
	Steps    int
	Damping  float64
	Rank     int
	wrong    string
	calls    *atomic.Int64
	disorder func() // prints an address
}

func (b botched) is(wrong string) bool { return b.wrong == wrong }

func (b botched) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	switch {
	case b.Steps < 0 && !b.is("takes negative steps"):
		if b.is("does not name the setting") {
			return nil, errors.New("something is wrong")
		}
		return nil, fmt.Errorf("botched.Steps is %d", b.Steps)
	case b.Rank < 0:
		return nil, fmt.Errorf("botched.Rank is %d", b.Rank)
	case math.IsNaN(b.Damping) && !b.is("takes NaN"):
		return nil, fmt.Errorf("botched.Damping is %v", b.Damping)
	case b.is("panics"):
		panic("it hurts")
	case b.is("fails"):
		return nil, errors.New("no time")
	}
	if err := p.Validate(); err != nil && !b.is("takes bad problems") {
		if b.is("does not name the field") {
			return nil, errors.New("something is wrong")
		}
		if b.is("refuses with a result") {
			return &mc.Result{}, err
		}
		return nil, err
	}
	o, ok := p.Train.(*mc.Observations)
	if f, is := p.Train.(faulty); is && b.is("takes bad problems") {
		o, ok = f.Measurement.(*mc.Observations)
	}
	if !ok && !b.is("takes bad problems") {
		if b.is("does not say what it takes") {
			return nil, errors.New("cannot do that")
		}
		return nil, fmt.Errorf("botched: Problem.Train is %T; it must be *mc.Observations", p.Train)
	}
	if b.is("panics on one entry") && o.Len() == 1 {
		panic("it hurts")
	}
	if b.is("panics on huge values") && norm(o.Values()) > 1e200 {
		panic("it hurts")
	}
	rows, cols := p.Dims()
	if b.is("panics on a large rank") && b.Rank > min(rows, cols) {
		panic("it hurts")
	}
	if rows > 1e6 && !b.is("forms what it cannot") {
		return nil, fmt.Errorf("botched: a %d×%d matrix cannot be formed", rows, cols)
	}
	limit := 3
	if b.is("works for long") {
		limit = 10
	}
	if b.is("takes bad problems") {
		p = mc.Problem{Train: o}
	}
	in := ctx
	if b.is("ignores the context") || b.is("works for long") {
		in = context.WithoutCancel(ctx)
	}
	result, err := mc.Iterate(in, b, p, &botchedRun{botched: b, o: o}, mc.Limits{Steps: limit}, b.misled(observers)...)
	if result == nil {
		return nil, err
	}
	if err != nil {
		if b.is("blames the method") && errors.Is(err, mc.ErrDiverged) {
			err = fmt.Errorf("botched: %w; try a smaller step", mc.ErrDiverged)
		}
		if b.is("hides the reason") {
			err = errors.New("stopped")
		}
		if b.is("forgets what it has") {
			return nil, err
		}
	}
	switch {
	case b.is("gives up on a table") && o.Values()[0] == math.Trunc(o.Values()[0]) && slices.Max(o.Values()) == 5:
		return nil, errors.New("no time")
	case b.is("sums the loss"):
		result.Loss *= float64(o.Len())
	case b.is("does not say why"):
		result.Status = mc.Unfinished
	case b.is("calls a bad fit converged"):
		result.W.Scale(-3, result.W)
		result.Loss, result.Status = math.Pow(residual(o, result.W), 2), mc.Converged
	case b.is("does not name what is empty"):
		result.Details = nil
	case b.is("fills what is empty") && mc.Detail[mc.Unobserved](result).Rows != nil:
		for j := range cols {
			result.W.Set(0, j, 99)
		}
	case b.is("counts processors") && runtime.GOMAXPROCS(0) == 1:
		result.W.Set(0, 0, result.W.At(0, 0)+1e-3)
		result.Loss = math.Pow(residual(o, result.W), 2)
	case b.is("writes to the truth"):
		p.Truth.Set(0, 0, 99)
	case b.is("writes to the values"):
		o.Values()[0] = 99
	case b.is("returns NaN"):
		result.W.Set(0, 0, math.NaN())
	case b.is("returns the transposed shape"):
		result.W = mat.DenseCopyOf(result.W.T())
	case b.is("adds to what observers do") && len(observers) > 0:
		result.W.Set(0, 0, result.W.At(0, 0)+1e-3)
		result.Loss = math.Pow(residual(o, result.W), 2)
	}
	return result, err
}

// misled makes observers see states otherwise than they are.
func (b botched) misled(observers []mc.Observer) []mc.Observer {
	var all []mc.Observer
	for _, o := range observers {
		all = append(all, mc.ObserverFunc(func(s *mc.Step) {
			seen := *s
			switch {
			case b.is("counts from 1"):
				seen.Index++
			case b.is("does not mark the end"):
				seen.Final = false
			case b.is("ends in silence") && s.Final:
				return
			}
			o.Observe(&seen)
		}))
	}
	return all
}

// botchedRun is a run of botched.
type botchedRun struct {
	botched
	o    *mc.Observations
	x, y []float64
	w    *mat.Dense
}

func (b *botchedRun) Start(_ context.Context, s *mc.State) error {
	rows, cols := b.o.Dims()
	b.x, b.y, b.w = make([]float64, rows), make([]float64, cols), mat.NewDense(rows, cols, nil)
	for i := range b.x {
		b.x[i] = 1
	}
	switch {
	case b.is("prefers the first row"):
		b.x[0] = 3
	case b.is("draws lots"):
		b.x[0] = rand.Float64()
	case b.calls != nil:
		b.x[0] = float64(b.calls.Add(1))
	}
	s.Point = mc.NewPoint(b.w)
	return nil
}

func (b *botchedRun) Loss() (float64, error) {
	for i, x := range b.x {
		for j, y := range b.y {
			b.w.Set(i, j, x*y)
		}
	}
	return math.Pow(residual(b.o, b.w), 2), nil
}

// absolute is 1e-3 in the units of the data, whatever they are.
const absolute = 1e-3

func (b *botchedRun) Converged() bool { return false }

func (b *botchedRun) Step(context.Context) error {
	rows, cols := b.o.Dims()
	fit(b.o.All(), cols, func(e mc.Entry) (int, float64) { return e.Col, b.x[e.Row] }, b.y)
	fit(b.o.All(), rows, func(e mc.Entry) (int, float64) { return e.Row, b.y[e.Col] }, b.x)
	if b.is("thinks in absolute units") {
		b.y[0] += absolute / b.x[0]
	}
	if b.is("panics on equal values") && slices.Min(b.o.Values()) == slices.Max(b.o.Values()) &&
		b.o.Values()[0] == -3.7 {
		panic("it hurts")
	}
	if b.is("panics on a table") && b.o.Values()[0] == math.Trunc(b.o.Values()[0]) && slices.Max(b.o.Values()) == 5 {
		panic("it hurts")
	}
	if b.is("prefers the first row") {
		b.x[0] *= 1.1
	}
	if b.is("prefers rows") {
		for j := range b.y {
			b.y[j] *= 1 + 0.1*float64(rows)/float64(rows+cols)
		}
	}
	return nil
}

// fit sets each of n coefficients to that of the least squares over its entries, 0 without any.
func fit(entries func(func(int, mc.Entry) bool), n int, of func(mc.Entry) (at int, factor float64),
	coefficients []float64) {
	up, down := make([]float64, n), make([]float64, n)
	for _, e := range entries {
		at, factor := of(e)
		up[at] += factor * e.Value
		down[at] += factor * factor
	}
	for k := range coefficients {
		coefficients[k] = 0
		if down[k] > 0 {
			coefficients[k] = up[k] / down[k]
		}
	}
}

func TestCheckSolverCatches(t *testing.T) {
	for _, c := range []struct{ wrong, want string }{
		{"panics", "end of run: it panics: it hurts"},
		{"fails", "a run ends with the error no time"},
		{"takes bad problems", "no Train: it panics"},
		{"takes bad problems", "a Train with a value too few is accepted"},
		{"takes bad problems", "a Truth with NaN is accepted"},
		{"refuses with a result", "is refused, but with a Result"},
		{"does not name the field", `no Train is refused with "something is wrong", which does not name Train`},
		{"takes NaN", "botched.Damping = NaN is accepted"},
		{"takes negative steps", "botched.Steps = -1 is accepted"},
		{"does not name the setting", "which does not name the field"},
		{"does not say what it takes", "must name Train and say which types the solver takes"},
		{"sums the loss", "the mean squared residual of W is"},
		{"does not say why", "it must say why"},
		{"calls a bad fit converged", "above that of W = 0"},
		{"counts from 1", "they must begin with 0 and rise"},
		{"does not mark the end", "0 states were marked Final"},
		{"ends in silence", "0 states were marked Final"},
		{"returns NaN", "that is a run that diverged"},
		{"returns the transposed shape", "W is 11×14; the matrix is 14×11"},
		{"draws lots", "the same run again, after the first Result was overwritten ends elsewhere"},
		{"adds to what observers do", "a run without observers ends elsewhere"},
		{"ignores the context", "cancelled before the start: the error is <nil>"},
		{"works for long", "cancelled at the first state it goes on for 10 more"},
		{"hides the reason", "errors.Is must find context canceled"},
		{"forgets what it has", "cancelled before the start: there is no Result"},
		{"panics on one entry", "one observed entry: it panics: it hurts"},
		{"forms what it cannot", "huge matrix: it panics"},
		{"writes to the truth", "a run changes the Problem"},
		{"writes to the values", "a run changes the Problem"},
		{"prefers the first row", "with rows and columns shuffled: the estimate differs"},
		{"thinks in absolute units", "times 1e-12: the estimate differs"},
		{"panics on a large rank", "with Rank 20: it panics"},
		{"blames the method", `must say "scale the data"`},
		{"does not name what is empty", "they are row 0 and column 0"},
		{"fills what is empty", "is 99 without an observed entry"},
		{"counts processors", "a run on one processor ends elsewhere"},
		{"does not centre", "shifted: the estimate differs"},
		{"panics on equal values", "equal values: it panics"},
		{"panics on huge values", "values of size 1e300: it panics"},
		{"panics on a table", "table 0: it panics"},
		{"gives up on a table", `table 0: it ends with "no time" after 4 states`},
		{"prefers rows", "transposed: the estimate differs"},
		{"prefers rows", "the relative error is"},
	} {
		t.Run(c.wrong, func(t *testing.T) {
			var r Report
			claims := Claims{Problem: Easy(1), Recovery: 1e-2, Transposition: 1e-2, Permutation: 1e-2, Units: 1e-2}
			if c.wrong != "does not centre" {
				claims.Exempt = map[string]string{"shift": "a product of two vectors does not centre"}
			}
			CheckSolver(&r, botched{wrong: c.wrong, Rank: 1}, claims)
			catches(t, &r, c.want)
		})
	}
	for want, b := range map[string]botched{
		"the same run again":                             {calls: new(atomic.Int64)},
		"two runs at once do not end where":              {calls: new(atomic.Int64)},
		"with an address that another run does not have": {disorder: func() {}},
	} {
		var r Report
		CheckSolver(&r, b, Claims{})
		catches(t, &r, want)
	}
	CheckSolver(t, botched{}, Claims{Problem: Easy(1), Recovery: 1e-2, Transposition: 1e-2, Permutation: 1e-2,
		Units: 1e-6, Exempt: map[string]string{"shift": "a product of two vectors does not centre"}})
}

// warmed is a WarmStarter with something wrong.
type warmed struct {
	Lambda float64 `range:"(0, inf)"`
	wrong  string
}

func (w warmed) soft() mc.SoftImpute { return mc.SoftImpute{Lambda: w.Lambda, Tolerance: 1e-9} }

func (w warmed) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	if err := mc.Validate(w); err != nil {
		return nil, err
	}
	return w.soft().Solve(ctx, p, observers...)
}

func (w warmed) Follows(other mc.Solver) bool {
	o, ok := other.(warmed)
	return ok && w.wrong != "follows none" && (w.Lambda < o.Lambda || w == o && w.wrong == "follows itself")
}

func (w warmed) SolveFrom(
	ctx context.Context, start *mc.Result, p mc.Problem, observers ...mc.Observer,
) (*mc.Result, error) {
	s := w.soft()
	switch w.wrong {
	case "takes any start":
		if start == nil {
			return s.Solve(ctx, p, observers...)
		}
	case "stays where it begins", "follows none":
		if _, err := s.SolveFrom(ctx, start, p); err != nil {
			return nil, err
		}
		stay := func(_ context.Context, _ mc.Problem, w *mat.Dense) error { w.Copy(start.W); return nil }
		return mc.Iterate(ctx, w, p, mc.Direct(stay), mc.Limits{}, observers...)
	case "gives up":
		s.Steps = 1
	case "panics from a start":
		panic("it hurts")
	}
	r, err := s.SolveFrom(ctx, start, p, observers...)
	switch {
	case err != nil:
	case w.wrong == "changes its start":
		start.W.Set(0, 0, 99)
	case w.wrong == "overstates its loss":
		r.Loss += 1
	case w.wrong == "fails from a start":
		err = errors.New("no time")
	}
	return r, err
}

func TestCheckWarmStartCatches(t *testing.T) {
	claims := Claims{Problem: Easy(1), Tables: 1, Exempt: map[string]string{
		"units": "its Lambda is absolute", "shift": "it does not centre its data"}}
	for wrong, want := range map[string]string{
		"takes any start":       "no Result as a start has the error <nil>",
		"stays where it begins": "the estimate differs from that of its own initialisation",
		"gives up":              "its Status is step limit after 1 steps; from its own initialisation it is converged",
		"panics from a start":   "from its own end: it panics: it hurts",
		"changes its start":     "it changes the W that it starts from",
		"overstates its loss":   "from W = 0: Loss is",
		"fails from a start":    "from W = 0 it ends with the error no time",
		"follows itself":        "it follows itself",
	} {
		t.Run(wrong, func(t *testing.T) {
			var r Report
			CheckSolver(&r, warmed{Lambda: 0.02, wrong: wrong}, claims)
			catches(t, &r, want)
		})
	}
	CheckSolver(t, warmed{Lambda: 0.02}, claims)
	// What follows no other solver may end elsewhere.
	CheckSolver(t, warmed{Lambda: 0.02, wrong: "follows none"}, claims)
}

// An exemption silences one check alone, and must name it and have a reason.
func TestCheckSolverExempts(t *testing.T) {
	claims := Claims{Problem: Easy(1), Transposition: 1e-2, Permutation: 1e-2}
	check := func(exempt map[string]string) *Report {
		var r Report
		claims.Exempt = exempt
		CheckSolver(&r, botched{wrong: "thinks in absolute units"}, claims)
		return &r
	}
	catches(t, check(nil), "the estimate differs")
	for _, f := range check(map[string]string{"units": "a step is absolute"}).Failures {
		if strings.Contains(f, "times 1e") {
			t.Errorf("with an exemption: %s", f)
		}
	}
	catches(t, check(map[string]string{"unit": "a step is absolute"}), "it must name one of the checks")
	catches(t, check(map[string]string{"units": " "}), `Exempt names "units" without a reason`)
}

func TestCheckSolverNeedsTheTruthOfARecovery(t *testing.T) {
	p := Easy(1)
	p.Truth = nil
	var r Report
	CheckSolver(&r, botched{}, Claims{Problem: p, Recovery: 1})
	catches(t, &r, "Recovery is claimed of a Problem without Truth")
}

// A rearranged problem is that of the rearranged matrix, for entries and for maps.
func TestRearranged(t *testing.T) {
	l := mc.LowRank{Rows: 4, Cols: 3, Rank: 2, Observed: 7, Seed: 1}
	for name, problem := range map[string]func() (mc.Problem, error){"entries": l.Problem, "maps": l.Sensing,
		"streamed maps": l.StreamedSensing} {
		p, err := problem()
		if err != nil {
			t.Fatal(err)
		}
		p.Test = p.Train
		for how, r := range map[string]rearranged{"transposed": transpose(p), "permuted": permute(p)} {
			for _, m := range []mc.Measurement{r.problem.Train, r.problem.Test} {
				// Rounding: measured 2e-16.
				if off := residual(m, r.matrix(p.Truth)); off > 1e-14 {
					t.Errorf("%s, %s: the truth is off the measurements by %v", name, how, off)
				}
			}
			if mat.Equal(r.matrix(p.Truth), p.Truth) || !mat.Equal(r.matrix(p.Truth), r.problem.Truth) {
				t.Errorf("%s, %s: the truth is not rearranged", name, how)
			}
		}
	}
}
