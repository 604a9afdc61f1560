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

// The scale of a start is that of the end-to-end product, at every depth and shape: exactly for the
// deterministic and the orthogonal start, in the mean for the random ones.
func TestInitScale(t *testing.T) {
	shapes := []struct {
		rows, cols int
		hidden     []int
		rank       int
	}{
		{12, 12, nil, 12}, {12, 12, []int{12}, 12}, {9, 14, []int{9, 9}, 9},
		{14, 9, []int{20, 11, 9}, 9}, {10, 10, []int{3}, 3},
	}
	const scale = 0.02
	for _, s := range shapes {
		f, err := mc.NewFactors(s.rows, s.cols, s.hidden...)
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range []mc.Init{mc.Orthogonal{Scale: scale}, mc.Identity{Scale: scale}} {
			if err := start.Fill(f, rand.New(rand.NewPCG(1, 2))); err != nil {
				t.Fatal(err)
			}
			for i, sigma := range mc.NewPoint(f.Product()).SingularValues() {
				want := scale
				if i >= s.rank {
					want = 0
				}
				if math.Abs(sigma-want) > rounding {
					t.Errorf("%#v at %v: σ%d of the product is %v, want %v", start, f.Shapes(), i+1,
						sigma, want)
				}
			}
			if f.Imbalance() > rounding {
				t.Errorf("%#v at %v: not balanced, %v", start, f.Shapes(), f.Imbalance())
			}
		}
		for _, start := range []mc.Init{mc.Gaussian{Scale: scale}, mc.Uniform{Scale: scale}} {
			rng, mean := rand.New(rand.NewPCG(3, 4)), 0.0
			const draws = 400
			for range draws {
				if err := start.Fill(f, rng); err != nil {
					t.Fatal(err)
				}
				norm := mat.Norm(f.Product(), 2)
				mean += norm * norm / draws
			}
			if want := scale * scale * float64(min(s.rows, s.cols)); math.Abs(mean/want-1) > 0.15 {
				t.Errorf("%#v at %v: E‖W‖_F² = %v, want %v", start, f.Shapes(), mean, want)
			}
		}
	}
}

func TestInitRefuses(t *testing.T) {
	f, _ := mc.NewFactors(3, 3)
	for _, start := range []mc.Init{mc.Gaussian{Scale: -1}, mc.Uniform{Scale: math.NaN()},
		mc.Orthogonal{Scale: math.Inf(1)}, mc.Identity{Scale: -2}} {
		if err := start.Fill(f, rand.New(rand.NewPCG(1, 1))); err == nil ||
			!strings.Contains(err.Error(), ".Scale is") {
			t.Errorf("%#v: error %v does not name Scale", start, err)
		}
	}
}

// Starts of the same scale have the same norm to begin with, whatever the depth, and differ in
// their spectra: Orthogonal and Identity start with all singular values equal.
func ExampleInit() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 50, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, start := range []mc.Init{mc.Gaussian{Scale: 0.1}, mc.Uniform{Scale: 0.1},
		mc.Orthogonal{Scale: 0.1}, mc.Identity{Scale: 0.1}} {
		trace := &mc.Trace{}
		if _, err := (mc.DeepMF{Depth: 3, Init: start, Steps: 1}).Solve(context.Background(),
			problem, trace); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-13T effective rank %.1f\n", start, trace.Records[0].EffectiveRank)
	}
	// Output:
	// mc.Gaussian   effective rank 5.2
	// mc.Uniform    effective rank 5.6
	// mc.Orthogonal effective rank 10.0
	// mc.Identity   effective rank 10.0
}
