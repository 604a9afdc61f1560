package mc_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// The rank of a matrix that is observed with noise: too small a one does not fit, too large a one
// fits the noise.
func ExampleTune() {
	problem, err := mc.LowRank{Rows: 40, Cols: 30, Rank: 3, Observed: 700, MinPerLine: 8, Noise: 0.1, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	tune := mc.Tune{
		Candidates: mc.Candidates([]int{1, 2, 3, 4},
			func(rank int) mc.Solver { return mc.R2RILS{Rank: rank, Steps: 50} }),
		Folds: 4,
	}
	result, err := tune.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	chosen := mc.Detail[*mc.Selection](result).Trials[mc.Detail[*mc.Selection](result).Chosen]
	fmt.Printf("chosen of %d: rank %d\n", len(mc.Detail[*mc.Selection](result).Trials), mc.TargetRank(chosen.Solver))
	fmt.Printf("error %.2f over what was held out, %.2f over all other entries\n", math.Sqrt(chosen.Score),
		mc.Evaluate(problem, result.W).RMSE)
	// Output:
	// chosen of 4: rank 3
	// error 0.14 over what was held out, 0.07 over all other entries
}

// entrySolver estimates every entry by a number, and notes the problems that it is given.
type entrySolver struct {
	value float64
	err   error
	given *[]mc.Problem
}

func (s entrySolver) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	if s.given != nil {
		*s.given = append(*s.given, p)
	}
	result, err := mc.Iterate(ctx, s, p, mc.Direct(func(_ context.Context, _ mc.Problem, w *mat.Dense) error {
		w.Apply(func(_, _ int, _ float64) float64 { return s.value }, w)
		return nil
	}), mc.Limits{}, observers...)
	if s.err != nil {
		err = s.err
	}
	return result, err
}

// The candidate with the least mean squared error over what is held out is chosen, and run on all
// that there is.
func TestTuneChoosesTheLeastError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(2, 6).Draw(t, "cols")
		values := rapid.SliceOfN(rapid.Float64Range(-3, 3), 2, rows*cols).Draw(t, "values")
		var entries []mc.Entry
		for k, v := range values {
			entries = append(entries, mc.Entry{Row: k / cols, Col: k % cols, Value: v})
		}
		o, err := mc.NewObservations(rows, cols, entries)
		if err != nil {
			t.Fatal(err)
		}
		guesses := rapid.SliceOfN(rapid.Float64Range(-3, 3), 1, 4).Draw(t, "guesses")
		var given []mc.Problem
		tune := mc.Tune{
			Candidates: mc.Candidates(guesses,
				func(v float64) mc.Solver { return entrySolver{value: v, given: &given} }),
			Seed: rapid.Uint64().Draw(t, "seed"),
		}
		if folds := rapid.IntRange(1, len(values)).Draw(t, "folds"); folds > 1 {
			tune.Folds = folds
		} else {
			tune.HoldOut = rapid.Float64Range(0.01, 0.99).Draw(t, "part")
		}
		states := 0
		result, err := tune.Solve(context.Background(),
			mc.Problem{Train: o, Truth: mat.NewDense(rows, cols, nil)}, mc.ObserverFunc(func(*mc.Step) { states++ }))
		if err != nil {
			t.Fatal(err)
		}
		splits := max(tune.Folds, 1)
		if len(given) != len(guesses)*splits+1 || states != 1 {
			t.Fatalf("%d runs, %d states seen; want %d candidates on %d splits each, and one run that is seen",
				len(given), states, len(guesses), splits)
		}

		// What is held out is not fitted, and no run but the last knows the truth.
		held := map[mc.Entry]int{}
		for k, p := range given[:splits] {
			train, test := p.Train.(*mc.Observations).Entries(), p.Test.(*mc.Observations).Entries()
			both, err := mc.NewObservations(rows, cols, append(slices.Clone(train), test...))
			if err != nil || (mc.Problem{Train: both}).Digest() != (mc.Problem{Train: o}).Digest() || p.Truth != nil {
				t.Fatalf("split %d is %v and %v of %v (%v), truth %v",
					k, train, test, entries, err, p.Truth)
			}
			for _, e := range test {
				held[e]++
			}
			for j := range guesses {
				if given[j*splits+k].Digest() != p.Digest() {
					t.Fatalf("candidates were tried on different splits")
				}
			}
		}
		want := len(entries)
		if tune.Folds == 0 {
			want = min(max(int(math.Round(tune.HoldOut*float64(len(entries)))), 1), len(entries)-1)
		}
		if len(held) != want {
			t.Fatalf("%d of %d entries were held out, want %d", len(held), len(entries), want)
		}
		for e, n := range held {
			if n != 1 {
				t.Fatalf("%v was held out %d times", e, n)
			}
		}

		// Scores are the mean squared errors over what was held out.
		best := math.Inf(1)
		for j, g := range guesses {
			sum := 0.0
			for e := range held {
				sum += (g - e.Value) * (g - e.Value)
			}
			trial := mc.Detail[*mc.Selection](result).Trials[j]
			if mean := sum / float64(len(held)); math.Abs(trial.Score-mean) > rounding*(1+mean) ||
				trial.Err != nil || len(trial.Splits) != splits {
				t.Fatalf("%v is scored %+v, its mean squared error is %v", g, trial, mean)
			}
			best = min(best, trial.Score)
		}
		chosen := mc.Detail[*mc.Selection](result).Chosen
		if first := slices.IndexFunc(mc.Detail[*mc.Selection](result).Trials,
			func(t mc.Trial) bool { return t.Score == best }); chosen != first {
			t.Fatalf("candidate %d was chosen of %+v",
				chosen, mc.Detail[*mc.Selection](result).Trials)
		}
		if last := given[len(given)-1]; last.Train != mc.Measurement(o) || last.Truth == nil ||
			result.W.At(0, 0) != guesses[chosen] {
			t.Fatalf("the last run was not that of the chosen candidate on the problem itself")
		}
	})
}

// By default a tenth is held out, at least one measurement. Go's %#v of resolved settings prints
// it, as Describe does, and with Folds there is none.
func TestTuneHoldOutByDefault(t *testing.T) {
	for _, c := range []struct{ observed, held int }{{2, 1}, {4, 1}, {40, 4}, {48, 5}} {
		var given []mc.Problem
		tune := mc.Tune{Candidates: []mc.Solver{entrySolver{given: &given}}}
		var entries []mc.Entry
		for k := range c.observed {
			entries = append(entries, mc.Entry{Row: k / 6, Col: k % 6, Value: float64(k)})
		}
		if _, err := tune.Solve(context.Background(), observed(t, 8, 6, entries)); err != nil {
			t.Fatal(err)
		}
		if train, test := given[0].Train.Len(), given[0].Test.Len(); test != c.held || train != c.observed-c.held {
			t.Errorf("of %d measurements %d are fitted and %d held out, want %d", c.observed, train, test, c.held)
		}
	}
	tune := mc.Tune{Candidates: []mc.Solver{mc.Mean{}}}
	const want = "mc.Tune{Candidates:[]mc.Solver{mc.Mean{}}, HoldOut:0.1, Folds:0, Seed:0x0}"
	if got := fmt.Sprintf("%#v", mc.Resolved(tune)); got != want || mc.Describe(tune) != want {
		t.Errorf("resolved, it is printed as %s and described as %s, want %s", got, mc.Describe(tune), want)
	}
	if tune.Folds = 5; mc.Resolved(tune).HoldOut != 0 {
		t.Errorf("with Folds, HoldOut is %v", mc.Resolved(tune).HoldOut)
	}
}

// Maps of a sensing problem are held out like entries.
func TestTuneHoldsOutMaps(t *testing.T) {
	p, err := mc.LowRank{Rows: 8, Cols: 6, Rank: 1, Observed: 40, Seed: 1}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	var given []mc.Problem
	if _, err := (mc.Tune{Candidates: []mc.Solver{entrySolver{given: &given}}, Folds: 4}).Solve(
		context.Background(), p); err != nil {
		t.Fatal(err)
	}
	var values []float64
	for _, split := range given[:4] {
		for _, m := range []mc.Measurement{split.Train, split.Test} {
			predicted := make([]float64, m.Len())
			m.Apply(predicted, p.Truth)
			if diff := cmp.Diff(predicted, m.Values(),
				cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < rounding })); diff != "" {
				t.Fatalf("the truth does not have the values of a split:\n%s", diff)
			}
		}
		values = append(values, split.Test.Values()...)
	}
	want := slices.Clone(p.Train.Values())
	slices.Sort(values)
	slices.Sort(want)
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("what was held out is not all values, once each:\n%s", diff)
	}
}

// A candidate that diverges, or refuses a split, is not chosen and says why; others are.
func TestTuneGoesOnAfterAFailure(t *testing.T) {
	p := completion(t, 8, 8, 1, 40, 1)
	diverging := mc.DeepMF{Depth: 2, Optimizer: mc.GD{LearningRate: 1e6}, Steps: 100}
	r, err := mc.Tune{Candidates: []mc.Solver{diverging, mc.R2RILS{Rank: 9}, mc.NuclearNorm{},
		entrySolver{value: math.NaN()}}}.Solve(context.Background(), p)
	if err != nil || mc.Detail[*mc.Selection](r).Chosen != 2 || mc.Detail[*mc.Certificate](r) == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	for k, trial := range mc.Detail[*mc.Selection](r).Trials {
		if failed := k != 2; failed != (trial.Err != nil) || failed != math.IsInf(trial.Score, 1) {
			t.Errorf("trial %d: %+v", k, trial)
		}
	}
	if !errors.Is(mc.Detail[*mc.Selection](r).Trials[0].Err, mc.ErrDiverged) ||
		!strings.Contains(mc.Detail[*mc.Selection](r).Trials[1].Err.Error(), "R2RILS.Rank is 9") {
		t.Errorf("%v, %v",
			mc.Detail[*mc.Selection](r).Trials[0].Err, mc.Detail[*mc.Selection](r).Trials[1].Err)
	}

	r, err = mc.Tune{Candidates: []mc.Solver{diverging}}.Solve(context.Background(), p)
	if !errors.Is(err, mc.ErrDiverged) || r == nil || len(mc.Detail[*mc.Selection](r).Trials) != 1 {
		t.Errorf("all diverge: %+v, %v", r, err)
	}
	refuses(t, mc.Tune{Candidates: []mc.Solver{mc.R2RILS{Rank: 9}}}, p,
		"no candidate has a score; Candidates[0]: mc: R2RILS.Rank is 9")
}

// Cancelled during a trial it keeps those that are done, and ends with the start of the best of
// them.
func TestTuneCancelled(t *testing.T) {
	p := completion(t, 8, 8, 1, 40, 1)
	ctx, cancel := context.WithCancel(context.Background())
	stop := stopper{cancel}
	var seen []bool
	r, err := mc.Tune{Candidates: []mc.Solver{entrySolver{value: 100}, mc.NuclearNorm{}, stop,
		entrySolver{}}}.Solve(ctx, p,
		mc.ObserverFunc(func(s *mc.Step) { seen = append(seen, s.Final) }))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stopped at candidate 3 of 4") {
		t.Fatalf("error %v", err)
	}
	if len(mc.Detail[*mc.Selection](r).Trials) != 2 || mc.Detail[*mc.Selection](r).Chosen != 1 ||
		mc.Detail[*mc.Certificate](r) == nil || !slices.Equal(seen, []bool{true}) {
		t.Errorf("%+v, selection %+v, states %v", r, mc.Detail[*mc.Selection](r), seen)
	}
}

// stopper cancels the run when it is tried.
type stopper struct{ cancel func() }

func (s stopper) Solve(ctx context.Context, p mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	s.cancel()
	return mc.Mean{}.Solve(ctx, p)
}

func TestTuneRefuses(t *testing.T) {
	p := completion(t, 5, 5, 1, 15, 1)
	one, err := mc.NewObservations(1, 1, []mc.Entry{{}})
	if err != nil {
		t.Fatal(err)
	}
	mean := []mc.Solver{mc.Mean{}}
	for _, c := range []struct {
		tune mc.Tune
		p    mc.Problem
		want string
	}{
		{mc.Tune{}, p, "Tune.Candidates is empty"},
		{mc.Tune{Candidates: []mc.Solver{mc.Mean{}, nil}}, p, "Tune.Candidates[1] is nil"},
		{mc.Tune{Candidates: []mc.Solver{mc.Mean{}, mc.DeepMF{}}}, p, "Tune.Candidates[1]: mc: DeepMF.Depth is 0"},
		{mc.Tune{Candidates: mean, HoldOut: 1}, p, "Tune.HoldOut is 1"},
		{mc.Tune{Candidates: mean, HoldOut: -0.1}, p, "Tune.HoldOut is -0.1"},
		{mc.Tune{Candidates: mean, Folds: 1}, p, "Tune.Folds is 1"},
		{mc.Tune{Candidates: mean, Folds: 16}, p, "Tune.Folds is 16; Problem.Train has 15 measurements"},
		{mc.Tune{Candidates: mean, Folds: 2, HoldOut: 0.5}, p, "leave one of them 0"},
		{mc.Tune{Candidates: mean}, mc.Problem{Train: one}, "it takes two"},
		{mc.Tune{Candidates: mean}, mc.Problem{}, "Problem.Train is nil"},
	} {
		refuses(t, c.tune, c.p, c.want)
	}
}
