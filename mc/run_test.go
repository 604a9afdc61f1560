package mc_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// scripted is a solver whose iterate at step t has all entries path[t].
type scripted struct {
	Steps      int
	path       []float64
	trajectory bool
	converged  int   // from this step on, 0 for never
	failing    int   // the step that fails, 0 for none
	lossErr    error // of the last state
	advice     string
	finish     float64 // added at the end
	starts     *int
}

func (s scripted) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	return mc.Iterate(ctx, s, p, &scriptedRun{scripted: s}, mc.Limits{Steps: s.Steps}, observers...)
}

type scriptedRun struct {
	scripted
	at *mc.State
}

func (r *scriptedRun) Start(_ context.Context, s *mc.State) error {
	rows, cols := s.Problem.Dims()
	if rows == 1 {
		return errors.New("scripted: one row is too few")
	}
	*r.starts++
	r.at, s.Point, s.Trajectory, s.Advice = s, mc.NewPoint(mat.NewDense(rows, cols, nil)), r.trajectory, r.advice
	s.Details = []any{r.starts}
	r.set(r.path[0])
	return nil
}

func (r *scriptedRun) set(x float64) {
	r.at.Point.W.Apply(func(_, _ int, _ float64) float64 { return x }, r.at.Point.W)
}

func (r *scriptedRun) Loss() (float64, error) {
	if r.lossErr != nil && r.at.Index == r.Steps {
		return 0, r.lossErr
	}
	return mc.Evaluate(r.at.Problem, r.at.Point.W).Train, nil
}

func (r *scriptedRun) Converged() bool { return r.converged > 0 && r.at.Index >= r.converged }

func (r *scriptedRun) Step(context.Context) error {
	if r.at.Index+1 == r.failing {
		return fmt.Errorf("no way on: %w", mc.ErrDiverged)
	}
	r.set(r.path[r.at.Index+1])
	return nil
}

func (r *scriptedRun) Finish() { r.set(r.at.Point.W.At(0, 0) + r.finish) }

// The one observed matrix is (2, 2; 2, 2): its mean squared residual at entries x is (x − 2)², and
// 4 at 0.
func twos(t *testing.T, factor float64) mc.Problem {
	return observed(t, 2, 2, []mc.Entry{{Value: 2 * factor}, {Col: 1, Value: 2 * factor},
		{Row: 1, Value: 2 * factor}, {Row: 1, Col: 1, Value: 2 * factor}})
}

// A run that ends worse than W = 0 returns its best iterate, or the last where the path is studied.
func TestIterateEnds(t *testing.T) {
	for name, c := range map[string]struct {
		solver    scripted
		status    mc.Status
		x         float64 // the entries of W
		steps     int
		starts    int
		iterating []float64 // losses that observers see
	}{
		"limit": {scripted{Steps: 2, path: []float64{0, 1, 1.5}}, mc.StepLimit, 1.5, 2, 1,
			[]float64{4, 1, 0.25}},
		"no steps": {scripted{path: []float64{1}}, mc.StepLimit, 1, 0, 1, []float64{1}},
		"converged": {scripted{Steps: 9, path: []float64{0, 1, 2}, converged: 2}, mc.Converged, 2, 2, 1,
			[]float64{4, 1, 0}},
		"worse": {scripted{Steps: 3, path: []float64{0, 1.5, 3, 9}}, mc.WorseThanZero, 1.5, 3, 2,
			[]float64{4, 0.25, 1, 49}},
		"converged but worse": {scripted{Steps: 9, path: []float64{9, 7}, converged: 1}, mc.WorseThanZero, 7, 1,
			1, []float64{49, 25}},
		"trajectory": {scripted{Steps: 3, path: []float64{0, 1.5, 3, 9}, trajectory: true},
			mc.WorseThanZero, 9, 3, 1, []float64{4, 0.25, 1, 49}},
		"finished": {scripted{Steps: 1, path: []float64{0, 1}, finish: 0.5}, mc.StepLimit, 1.5, 1, 1,
			[]float64{4, 0.25}},
	} {
		t.Run(name, func(t *testing.T) {
			starts := 0
			c.solver.starts = &starts
			trace := &mc.Trace{Every: 1}
			r, err := c.solver.Solve(context.Background(), twos(t, 1), trace)
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != c.status || r.W.At(1, 1) != c.x || r.Steps != c.steps || r.Loss != (c.x-2)*(c.x-2) ||
				starts != c.starts {
				t.Errorf("%v at %v after %d steps with loss %v, begun %d times; want %+v",
					r.Status, r.W.At(1, 1), r.Steps, r.Loss, starts, c)
			}
			if mc.Detail[*int](r) != &starts || mc.Detail[*mc.Factors](r) != nil {
				t.Errorf("details %v", r.Details)
			}
			var seen []float64
			for _, record := range trace.Records {
				seen = append(seen, record.Loss)
			}
			if fmt.Sprint(seen) != fmt.Sprint(c.iterating) {
				t.Errorf("observers see %v, want %v", seen, c.iterating)
			}
		})
	}
}

// A run that fails says where and why, with advice that fits the cause, and keeps what it has.
func TestIterateFails(t *testing.T) {
	starts := 0
	for want, c := range map[string]struct {
		solver scripted
		factor float64
		steps  int
	}{
		"mc_test: scripted: step 1: the training loss is +Inf: diverged; try less": {scripted{Steps: 2,
			path: []float64{0, 1e200, 0}, advice: "try less"}, 1, 1},
		"mc_test: scripted: step 0: the training loss is +Inf: diverged; scale the data": {scripted{Steps: 2,
			path: []float64{0}, advice: "try less"}, 1e300, 0},
		"mc_test: scripted: step 2: no way on: diverged": {scripted{Steps: 5,
			path: []float64{0, 1}, failing: 2}, 1, 2},
		"mc_test: scripted: step 1: odd: diverged": {scripted{Steps: 1, path: []float64{0, 1},
			lossErr: fmt.Errorf("odd: %w",
				mc.ErrDiverged)}, 1, 1},
	} {
		c.solver.starts = &starts
		var last mc.Step
		r, err := c.solver.Solve(context.Background(), twos(t, c.factor),
			mc.ObserverFunc(func(s *mc.Step) { last = *s }))
		if !errors.Is(err, mc.ErrDiverged) || err.Error() != want {
			t.Errorf("the error is %q, want %q", err, want)
		}
		if r == nil || r.W == nil || r.Status != mc.Unfinished || r.Steps != c.steps || last.Index != c.steps ||
			!last.Final {
			t.Errorf("%s: result %+v, last state %d, final %v", want, r, last.Index, last.Final)
		}
	}
	if _, err := (scripted{path: []float64{0}, starts: &starts}).Solve(context.Background(),
		observed(t, 1, 1, []mc.Entry{{Value: 1}})); err == nil || !strings.HasPrefix(err.Error(), "scripted: one row") {
		t.Errorf("Start's error is %v", err)
	}
	if _, err := (scripted{Steps: -1, starts: &starts}).Solve(context.Background(), twos(t, 1)); err == nil ||
		!strings.Contains(err.Error(), "Limits.Steps is -1") {
		t.Errorf("a negative limit: %v", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	r, err := scripted{Steps: 9, path: make([]float64, 10), starts: &starts}.Solve(ctx, twos(t, 1),
		mc.ObserverFunc(func(s *mc.Step) {
			if s.Index == 3 {
				cancel(errors.New("lunch"))
			}
		}))
	const want = "mc_test: scripted: stopped at step 4: lunch (context canceled)"
	if !errors.Is(err, context.Canceled) || err.Error() != want || r.Steps != 4 || r.Loss != 4 {
		t.Errorf("cancelled: %v, %+v", err, r)
	}
}

// Weights of a penalty are given, zero too.
func TestPenaltyWithoutLambda(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}}, p, "DeepMF.Lambda is not given beside DeepMF.Penalty")
	refuses(t, mc.DeepMF{Depth: 1, Lambda: 1}, p, "DeepMF.Lambda is 1 but DeepMF.Penalty is nil")
	refuses(t, mc.ProximalGradient{Penalty: mc.Nuclear{}}, p, "ProximalGradient.Lambda is not given")
	with, err := mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: mc.Zero, Steps: 5}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	without, err := mc.DeepMF{Depth: 1, Steps: 5}.Solve(context.Background(), p)
	if err != nil || !mat.Equal(with.W, without.W) {
		t.Errorf("λ = 0 differs from no penalty, %v", err)
	}
}

// The factors of a Debiased are those of its W, at any depth.
func TestDebiasedFactors(t *testing.T) {
	p := completion(t, 9, 7, 2, 45, 1)
	for depth := 1; depth <= 4; depth++ {
		r, err := mc.Debiased{Solver: mc.DeepMF{Depth: depth, Steps: 20}}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		f := mc.Detail[*mc.Factors](r)
		if d := apart(f.Product(), r.W); !(d < 1e-13) { // rounding of the added products
			t.Errorf("depth %d: the product of the factors is %v apart from W", depth, d)
		}
		if got := mc.EvaluateFactors(p, f).Train; math.Abs(got-r.Loss) > rounding*(1+r.Loss) && depth > 0 {
			t.Errorf("depth %d: the factors have loss %v, the solver's residuals %v",
				depth, got, r.Loss)
		}
	}
}
