package mc_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// A run for a smaller λ begins where that for a larger one has ended.
func ExampleWarmStarter() {
	problem, err := mc.LowRank{Rows: 60, Cols: 50, Rank: 3, Observed: 1500, Noise: 0.1, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	first, err := mc.SoftImpute{Lambda: 4e-3}.Solve(ctx, problem)
	if err != nil {
		log.Fatal(err)
	}
	var next mc.WarmStarter = mc.SoftImpute{Lambda: 2e-3}
	warm, err := next.SolveFrom(ctx, first, problem)
	if err != nil {
		log.Fatal(err)
	}
	cold, err := next.Solve(ctx, problem)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the same loss to 0.1 %:", math.Abs(warm.Loss/cold.Loss-1) < 1e-3)
	fmt.Println("in less than half the steps:", warm.Steps < cold.Steps/2)
	// Output:
	// the same loss to 0.1 %: true
	// in less than half the steps: true
}

// From wherever it begins, a run ends at the minimum, which its duality gap proves.
func TestWarmStartsEndAtTheMinimum(t *testing.T) {
	p, err := mc.LowRank{Rows: 30, Cols: 25, Rank: 3, Observed: 400, Noise: 0.3, Seed: 2}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, s := range []mc.WarmStarter{
		mc.SoftImpute{Lambda: 3e-3, Tolerance: 1e-8},
		mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 3e-3, Tolerance: 1e-9},
	} {
		for _, from := range []mc.Solver{
			mc.SoftImpute{Lambda: 1e-2}, mc.SoftImpute{Lambda: 1e-4}, mc.SoftImpute{Lambda: 3e-3}, mc.Mean{},
			mc.SoftImpute{Lambda: 1e-2, Center: true, Scale: true}, mc.SoftImpute{Lambda: 10},
			mc.DeepMF{Depth: 3, Steps: 100}, mc.R2RILS{Rank: 3},
		} {
			start, err := from.Solve(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			// Both solvers end at steps of 1e-8 or less: measured 6e-8.
			r, err := s.SolveFrom(ctx, start, p)
			if err != nil || r.Status != mc.Converged {
				t.Errorf("%T from %s: %v, %v", s, mc.Describe(from), r, err)
			} else if gap := softImputeGap(p.Train.(*mc.Observations), 3e-3, r.W); !(math.Abs(gap) < 1e-6) {
				t.Errorf("%T from %s: the duality gap is %v", s, mc.Describe(from), gap)
			}
		}
	}
}

// Centres, scales and units are those of the run, whatever the start has had.
func TestWarmStartOfCentredData(t *testing.T) {
	p := ratingsTable(t, 14, 11, 0.7, 3)
	ctx := context.Background()
	for _, s := range []mc.SoftImpute{
		{Lambda: 1e-2, Center: true, Tolerance: 1e-9}, {Lambda: 1e-2, Center: true, Scale: true, Tolerance: 1e-9},
		{Lambda: 1e-2, Scale: true, Tolerance: 1e-9},
	} {
		larger := s
		larger.Lambda = 5e-2
		if !s.Follows(larger) || larger.Follows(s) || s.Follows(s) {
			t.Errorf("%+v must follow that of a larger λ alone", s)
		}
		start, err := larger.Solve(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		warm, err := s.SolveFrom(ctx, start, p)
		if err != nil {
			t.Fatal(err)
		}
		cold, err := s.Solve(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		// Both end at steps of 1e-9: measured 1.5e-9.
		if d := apart(warm.W, cold.W); !(d < 1e-7) {
			t.Errorf("%+v: %v apart", s, d)
		}
	}
}

// What need not have one minimum follows nothing.
func TestFollows(t *testing.T) {
	for _, c := range []struct {
		s, other mc.Solver
		want     bool
	}{
		{mc.SoftImpute{Lambda: 1}, mc.SoftImpute{Lambda: 2}, true},
		{mc.SoftImpute{Lambda: 1}, mc.SoftImpute{}, false},
		{mc.SoftImpute{}, mc.SoftImpute{Lambda: 2}, false},
		{mc.SoftImpute{Lambda: 1, Rank: 3}, mc.SoftImpute{Lambda: 2, Rank: 3}, false},
		{mc.SoftImpute{Lambda: 1, Center: true}, mc.SoftImpute{Lambda: 2}, false},
		{mc.SoftImpute{Lambda: 1}, mc.Mean{}, false},
		{mc.ProximalGradient{Penalty: mc.L1{}, Lambda: 1}, mc.ProximalGradient{Penalty: mc.L1{}, Lambda: 2}, true},
		{mc.ProximalGradient{Penalty: mc.L1{}, Lambda: 1},
			mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 2}, false},
		{mc.ProximalGradient{Penalty: mc.LogDet{}, Lambda: 1},
			mc.ProximalGradient{Penalty: mc.LogDet{}, Lambda: 2}, false},
		{mc.ProximalGradient{Penalty: mc.Sum(mc.Nuclear{}, mc.SquaredFrobenius{}), Lambda: 1},
			mc.ProximalGradient{Penalty: mc.Sum(mc.Nuclear{}, mc.SquaredFrobenius{}), Lambda: 2}, true},
		{mc.ProximalGradient{Penalty: mc.Times(2, mc.L1{}), Lambda: 1},
			mc.ProximalGradient{Penalty: mc.Times(2, mc.L1{}), Lambda: 2}, true},
		{mc.ProximalGradient{Penalty: mc.Times(2, mc.Schatten{P: 0.5}), Lambda: 1},
			mc.ProximalGradient{Penalty: mc.Times(2, mc.Schatten{P: 0.5}), Lambda: 2}, false},
	} {
		if got := c.s.(mc.WarmStarter).Follows(c.other); got != c.want {
			t.Errorf("%#v follows %#v: %v", c.s, c.other, got)
		}
	}
}

func TestWarmStartRefuses(t *testing.T) {
	p := completion(t, 8, 6, 2, 30, 1)
	other, err := mc.SoftImpute{}.Solve(context.Background(), completion(t, 6, 8, 2, 30, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []mc.WarmStarter{
		mc.SoftImpute{Lambda: 1e-3}, mc.ProximalGradient{Penalty: mc.L1{}, Lambda: 1e-3},
	} {
		for _, c := range []struct {
			start *mc.Result
			want  string
		}{
			{nil, "the start has neither a W nor Factors"}, {&mc.Result{}, "the start has neither a W nor Factors"},
			{&mc.Result{W: mat.NewDense(6, 8, nil)}, "the start has a W of 6×8; it must be 8×6"},
			{other, "the start: mc: Factors.W[0]"},
			{&mc.Result{W: mat.NewDense(8, 6, append(make([]float64, 47), math.NaN()))}, "not finite"},
		} {
			r, err := s.SolveFrom(context.Background(), c.start, p)
			if name := strings.TrimPrefix(fmt.Sprintf("%T", s), "mc."); r != nil || err == nil ||
				!strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%T: %v, %v; want an error that says %q", s, r, err, c.want)
			}
		}
	}
}

// The identity of a run names where it begins, so that a checkpoint of one start is not another's.
func TestWarmStartIdentity(t *testing.T) {
	p := completion(t, 8, 6, 2, 30, 1)
	ends := []*mc.Result{}
	for _, s := range []mc.Solver{
		mc.SoftImpute{Lambda: 0.1}, mc.SoftImpute{Lambda: 0.2}, mc.Mean{}, mc.ALS{Rank: 1},
	} {
		end, err := s.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	// The λ of its path alone makes another start of the same W.
	slower := *ends[0]
	slower.Details = []any{mc.Detail[*mc.Factors](ends[0]), mc.Detail[mc.Path](ends[1])}
	ends = append(ends, &slower)
	for _, s := range []mc.WarmStarter{
		mc.SoftImpute{Lambda: 1e-3, Steps: 5}, mc.ProximalGradient{Penalty: mc.L1{}, Lambda: 1e-3, Steps: 5},
	} {
		seen := map[string]bool{}
		look := mc.ObserverFunc(func(step *mc.Step) {
			seen[step.Run().Solver] = true
			if !strings.HasPrefix(step.Run().Solver, mc.Describe(s)) {
				t.Errorf("%s has the identity %s", mc.Describe(s), step.Run().Solver)
			}
		})
		if _, err := s.Solve(context.Background(), p, look); err != nil || !seen[mc.Describe(s)] {
			t.Errorf("%s has the identities %v, error %v", mc.Describe(s), seen, err)
		}
		for _, start := range append(ends, ends[0]) {
			if _, err := s.SolveFrom(context.Background(), start, p, look); err != nil {
				t.Fatal(err)
			}
		}
		if len(seen) != len(ends)+1 {
			t.Errorf("%T: %d starts and none have %d identities", s, len(ends), len(seen))
		}

		file := mc.Checkpoint{File: filepath.Join(t.TempDir(), "run")}
		ctx, cancel := context.WithCancel(context.Background())
		s.SolveFrom(ctx, ends[0], p, file, mc.ObserverFunc(func(*mc.Step) { cancel() }))
		_, err := s.SolveFrom(context.Background(), ends[1], p, file)
		if !errors.Is(err, mc.ErrCheckpoint) || !strings.Contains(err.Error(), "and not of") {
			t.Errorf("%T: the checkpoint of another start: %v", s, err)
		}
		if _, err := s.SolveFrom(context.Background(), ends[0], p, file); err != nil {
			t.Errorf("%T: its own checkpoint: %v", s, err)
		}
	}
}

// A Tune goes down a path of λ, in whatever order they are named. Its scores are those of runs
// apart from each other, and its result is that of the chosen candidate.
func TestTuneAlongAPath(t *testing.T) {
	p, err := mc.LowRank{Rows: 40, Cols: 30, Rank: 3, Observed: 600, Noise: 0.3, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	soft := func(lambda float64) mc.Solver { return mc.SoftImpute{Lambda: lambda, Tolerance: 1e-8} }
	for _, folds := range []int{0, 3} {
		tune := mc.Tune{Candidates: mc.Candidates([]float64{1e-3, 3e-2, 3e-3, 1e-2}, soft), Folds: folds}
		tune.Candidates = append(tune.Candidates, mc.Mean{})
		r, err := tune.Solve(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		selection := mc.Detail[*mc.Selection](r)
		for k, trial := range selection.Trials {
			alone := tune
			alone.Candidates = tune.Candidates[k : k+1]
			one, err := alone.Solve(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			// Both end at steps of 1e-8: measured 3e-10.
			if want := mc.Detail[*mc.Selection](one).Trials[0].Score; !(math.Abs(trial.Score-want) < 1e-7*want) ||
				mc.Describe(trial.Solver) != mc.Describe(tune.Candidates[k]) {
				t.Errorf("%s is scored %v, alone %v", mc.Describe(trial.Solver), trial.Score, want)
			}
		}
		want, err := tune.Candidates[selection.Chosen].Solve(ctx, p)
		if err != nil || !mat.Equal(r.W, want.W) {
			t.Errorf("the result is not that of the chosen candidate (%v)", err)
		}
	}
}

// tracked is a WarmStarter that notes from which candidate it begins.
type tracked struct {
	Level int
	from  *[]string
	stop  func()
}

func (s tracked) Follows(other mc.Solver) bool {
	o, ok := other.(tracked)
	return ok && o.Level > s.Level
}

func (s tracked) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	return s.SolveFrom(ctx, nil, p, observers...)
}

func (s tracked) SolveFrom(
	ctx context.Context, start *mc.Result, p mc.Problem, observers ...mc.Observer,
) (*mc.Result, error) {
	level := -1
	if start != nil {
		level = mc.Detail[int](start)
	}
	*s.from = append(*s.from, fmt.Sprintf("%d from %d", s.Level, level))
	if s.stop != nil {
		s.stop()
	}
	r, err := mc.Mean{}.Solve(ctx, p, observers...)
	r.Details = append(r.Details, s.Level)
	return r, err
}

// Each candidate begins where the nearest that it follows has ended, on the same split, and an
// interruption keeps what is done in its place.
func TestTuneOrder(t *testing.T) {
	p := completion(t, 8, 8, 1, 40, 1)
	var from []string
	level := func(l int) mc.Solver { return tracked{Level: l, from: &from} }
	candidates := mc.Candidates([]int{2, 1, 4, 2, 3}, level)
	if _, err := (mc.Tune{Candidates: candidates, Folds: 2}).Solve(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	want := "[4 from -1 4 from -1 3 from 4 3 from 4 2 from 3 2 from 3 1 from 2 1 from 2 2 from 3 2 from 3 2 from -1]"
	if got := fmt.Sprint(from); got != want {
		t.Errorf("runs of %v, want %v", got, want)
	}

	ctx, cancel := context.WithCancel(context.Background())
	candidates = append(candidates[1:3:3], tracked{Level: 3, from: &from, stop: cancel})
	r, err := mc.Tune{Candidates: candidates}.Solve(ctx, p)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s := mc.Detail[*mc.Selection](r)
	if len(s.Trials) != 2 || s.Chosen != 1 || !math.IsInf(s.Trials[0].Score, 1) || s.Trials[0].Err == nil ||
		s.Trials[1].Err != nil {
		t.Errorf("%+v", s)
	}
}
