package nb

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

func TestEachSeed(t *testing.T) {
	got := EachSeed(3, func(seed int) float64 { return float64(seed * seed) })
	if diff := cmp.Diff([]float64{1, 4, 9}, got.Values); diff != "" || got.Incomplete() != "" {
		t.Errorf("lacks %q, values (-want +got):\n%s", got.Incomplete(), diff)
	}
}

// Each seed has its own problem and solver, and a run that diverged counts as an error without
// bound.
func TestFitSeeds(t *testing.T) {
	t.Setenv("GONB_TMP_DIR", t.TempDir())
	fits := FitSeeds(3, mc.Trace{Every: 10}, func(seed int) (mc.Problem, mc.Solver) {
		p, err := mc.LowRank{Rows: 8, Cols: 8, Rank: 1, Observed: 40, Seed: uint64(seed)}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		rate := 0.1
		if seed == 2 {
			rate = 1e9
		}
		return p, mc.DeepMF{Depth: 2, Optimizer: mc.GD{LearningRate: rate}, Steps: 10 * seed, Seed: 1}
	})
	got := EachFit(fits, func(f *Fitted) float64 { return float64(f.Steps) })
	if diff := cmp.Diff([]float64{10, math.Inf(1), 30}, got.Values); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if mat.Equal(fits[0].W, fits[2].W) {
		t.Error("seeds 1 and 3 end at one matrix")
	}
}

func TestCosine(t *testing.T) {
	a, b := mat.NewDense(2, 2, []float64{3, 0, 0, 4}), mat.NewDense(2, 2, []float64{1, 7, 0, 1})
	if got := Inner(a, b); got != 7 {
		t.Errorf("inner product %v, want 3·1 + 4·1", got)
	}
	// Rounding of a few operations.
	if got, want := Cosine(a, b), 7/(5*math.Sqrt(51)); math.Abs(got-want) > 1e-15 {
		t.Errorf("cosine %v, want %v", got, want)
	}
	// As above.
	if got := Cosine(a, a); math.Abs(got-1) > 1e-15 {
		t.Errorf("cosine of A with A is %v", got)
	}
}
