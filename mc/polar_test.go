package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

func TestFastPolarFollowsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range []struct{ rows, cols, rank int }{{20, 20, 20}, {30, 20, 3}, {20, 30, 5},
		{1, 7, 1}, {40, 40, 1}} {
		left, right := mat.NewDense(s.rows, s.rank, nil), mat.NewDense(s.rank, s.cols, nil)
		for _, x := range []*mat.Dense{left, right} {
			data := x.RawMatrix().Data
			for i := range data {
				data[i] = rng.NormFloat64()
			}
		}
		var w mat.Dense
		w.Mul(left, right)
		for _, eps := range []float64{1e-2, 1e-4, 1e-5, 0} {
			exact, nuclear := mc.NewPoint(&w).PolarBy(mc.Exact, eps)
			fast, fastNuclear := mc.NewPoint(&w).PolarBy(mc.Fast, eps)
			var difference mat.Dense
			difference.Sub(fast, exact)
			// What Fast promises.
			if e := mat.Norm(&difference, 2) / mat.Norm(exact, 2); e > 1e-4 {
				t.Errorf("%+v, ε %g: error %.1e", s, eps, e)
			}
			// Twice the error that Fast promises of the factor: measured 1.7e-5.
			if math.Abs(fastNuclear-nuclear) > 2e-4*nuclear {
				t.Errorf("%+v, ε %g: nuclear norm %v, want %v", s, eps, fastNuclear, nuclear)
			}
		}
	}
}

// An observer gets an estimate at every step, and looking changes nothing. Where Fast falls back,
// the result is Exact's.
func TestPolarEstimate(t *testing.T) {
	problem, err := mc.LowRank{Rows: 30, Cols: 20, Rank: 2, Observed: 300, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	solve := func(penalty mc.Penalty, observers ...mc.Observer) *mat.Dense {
		result, err := mc.DeepMF{Depth: 1, Penalty: penalty, Lambda: 1e-3, Optimizer: mc.Adam{},
			Steps: 50}.Solve(context.Background(), problem, observers...)
		if err != nil {
			t.Fatal(err)
		}
		return result.W
	}
	fast := mc.Ratio{Smoothing: 1e-4, Polar: mc.Fast}
	steps := 0
	watched := solve(fast, mc.ObserverFunc(func(s *mc.Step) {
		steps++
		e, ok := s.PolarEstimate()
		// Above 1e-3 the step would have fallen back.
		if !ok || e.FellBack || !(e.Error > 0 && e.Error < 1e-3) {
			t.Errorf("step %d: %+v, %v", s.Index, e, ok)
		}
	}))
	if steps != 51 {
		t.Errorf("%d steps observed", steps)
	}
	if !mat.Equal(watched, solve(fast)) {
		t.Error("asking for the estimate changed the run")
	}
	for _, penalty := range []mc.Penalty{mc.Ratio{Smoothing: 1e-4}, mc.Frobenius{}} {
		solve(penalty, mc.ObserverFunc(func(s *mc.Step) {
			if e, ok := s.PolarEstimate(); ok {
				t.Errorf("%#v: estimate %+v", penalty, e)
			}
		}))
	}

	huge := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 7})
	huge.Scale(1e200, huge)
	p := mc.NewPoint(huge)
	got, nuclear := p.PolarBy(mc.Fast, 1e-3)
	want, wantNuclear := mc.NewPoint(huge).PolarBy(mc.Exact, 1e-3)
	if e, ok := p.PolarEstimate(); !ok || !e.FellBack || !mat.Equal(got, want) || nuclear != wantNuclear {
		t.Errorf("W out of range: estimate %+v, %v; factor %v, want %v", e, ok, got, want)
	}
	p.Changed()
	if e, ok := p.PolarEstimate(); ok {
		t.Errorf("estimate %+v of a new W", e)
	}
}

// Training with Fast ends where training with Exact does, smoothed or not, well within what a seed
// changes.
func TestTrainingWithFastPolarEndsWhereExactDoes(t *testing.T) {
	for i, l := range []mc.LowRank{
		{Rows: 30, Cols: 30, Rank: 2, Observed: 400, Seed: 1},
		{Rows: 30, Cols: 30, Rank: 3, Observed: 500, Seed: 2},
		{Rows: 40, Cols: 20, Rank: 2, Observed: 400, Seed: 3},
		{Rows: 20, Cols: 40, Rank: 2, Observed: 400, Seed: 4},
		{Rows: 24, Cols: 24, Rank: 1, Observed: 200, Seed: 5},
	} {
		problem, err := l.Problem()
		if err != nil {
			t.Fatal(err)
		}
		for _, eps := range []float64{0, 1e-4} {
			fell := 0
			solve := func(m mc.PolarMethod, seed uint64) mc.Metrics {
				result, err := mc.DeepMF{
					Depth: 1, Penalty: mc.Ratio{Smoothing: eps, Polar: m}, Lambda: 1e-3,
					Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 1500, Seed: seed,
				}.Solve(context.Background(), problem, mc.ObserverFunc(func(s *mc.Step) {
					if e, ok := s.PolarEstimate(); ok && e.FellBack {
						fell++
					}
				}))
				if err != nil {
					t.Fatal(err)
				}
				return mc.Evaluate(problem, result.W)
			}
			exact, fast, other := solve(mc.Exact, 1), solve(mc.Fast, 1), solve(mc.Exact, 2)
			spread := math.Abs(other.RelativeError - exact.RelativeError)
			if e := math.Abs(fast.RelativeError - exact.RelativeError); e > spread+0.01*exact.RelativeError {
				t.Errorf("problem %d, ε %g: relative error %v with Fast, %v with Exact, %v with "+
					"another seed", i, eps, fast.RelativeError, exact.RelativeError, other.RelativeError)
			}
			if fell > 500 {
				t.Errorf("problem %d, ε %g: %d of 1500 steps fell back", i, eps, fell)
			}
			t.Logf("problem %d, ε %g: relative error %.5g with Exact, %.5g with Fast, %.5g with "+
				"another seed; %d steps fell "+
				"back", i, eps, exact.RelativeError, fast.RelativeError, other.RelativeError, fell)
		}
	}
}

func TestPolarMethodSettings(t *testing.T) {
	for _, c := range []struct {
		penalty interface{ Validate() error }
		wrong   string
	}{
		{mc.Ratio{Smoothing: 1e-4, Polar: mc.Fast}, ""},
		{mc.Nuclear{Smoothing: 1, Polar: mc.Fast}, ""},
		{mc.Ratio{Polar: mc.Fast}, ""},
		{mc.Nuclear{Smoothing: 1e-9, Polar: mc.Fast}, "Nuclear.Smoothing is 1e-09; it must be 0 or " +
			"between 1e-05 and 1 where Polar is Fast"},
		{mc.Ratio{Polar: 7}, "Ratio.Polar is mc.PolarMethod(7)"},
	} {
		err := c.penalty.Validate()
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%#v: error %v, want %q", c.penalty, err, c.wrong)
		}
	}
	if got := fmt.Sprintf("%#v",
		mc.Ratio{Smoothing: 1e-4, Polar: mc.Fast}); got != "mc.Ratio{Smoothing:0.0001, Polar:mc.Fast}" {
		t.Errorf("printed as %s", got)
	}
}

// By matrix products in place of a decomposition, training ends at the same matrix, and each step
// says how far its gradient was off.
func ExamplePolarMethod() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 200, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	worst, steps := mc.PolarEstimate{}, 0
	estimates := mc.ObserverFunc(func(s *mc.Step) {
		if e, ok := s.PolarEstimate(); ok {
			worst.Error, worst.FellBack, steps = max(worst.Error, e.Error), worst.FellBack ||
				e.FellBack, steps+1
		}
	})
	var ends []*mat.Dense
	for _, method := range []mc.PolarMethod{mc.Exact, mc.Fast} {
		result, err := mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{Smoothing: 1e-3,
				Polar: method}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2}, Steps: 200,
		}.Solve(context.Background(), problem, estimates)
		if err != nil {
			log.Fatal(err)
		}
		ends = append(ends, result.W)
	}
	fmt.Printf("ends differ by less than 1e-4: %v\n", mat.EqualApprox(ends[0], ends[1], 1e-4))
	fmt.Printf("estimated error below 1e-3: %v, fell back: %v\n", steps > 0 && worst.Error < 1e-3,
		worst.FellBack)
	// Output:
	// ends differ by less than 1e-4: true
	// estimated error below 1e-3: true, fell back: false
}
