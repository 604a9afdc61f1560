package data

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

func TestVolcano(t *testing.T) {
	w := Volcano()
	if rows, cols := w.Dims(); rows != 61 || cols != 87 {
		t.Errorf("%d×%d, want 61×87", rows, cols)
	}
	if lo, hi := mat.Min(w), mat.Max(w); lo != 94 || hi != 195 {
		t.Errorf("from %v m to %v m, want 94 to 195", lo, hi)
	}
	w.Set(0, 0, -1)
	if Volcano().At(0, 0) == -1 {
		t.Error("a caller changed the volcano of the next")
	}
}

// What training sees and what is hidden are the matrix, between them.
func TestHide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 9).Draw(t, "rows"), rapid.IntRange(2, 9).Draw(t, "cols")
		w := mat.NewDense(rows, cols, rapid.SliceOfN(rapid.Float64Range(-9, 9), rows*cols, rows*cols).Draw(t, "w"))
		fraction, seed := rapid.Float64Range(0.001, 0.999).Draw(t, "fraction"), rapid.Uint64().Draw(t, "seed")
		p, err := Hide(w, fraction, seed)
		if err != nil {
			t.Fatal(err)
		}
		o := p.Train.(*mc.Observations)
		for _, e := range o.All() {
			if e.Value != w.At(e.Row, e.Col) {
				t.Fatalf("observed entry %v, in the matrix %v", e, w.At(e.Row, e.Col))
			}
		}
		hidden := rows*cols - o.Len()
		if want := fraction * float64(rows*cols); math.Abs(float64(hidden)-want) > 1 {
			t.Fatalf("%d of %d entries are hidden, want %.2f", hidden, rows*cols, want)
		}
		if hidden < 1 || o.Len() < 1 || !mat.Equal(p.Truth, w) {
			t.Fatalf("%d hidden, %d observed, truth %v", hidden, o.Len(), p.Truth)
		}
		again, _ := Hide(w, fraction, seed)
		if again.Digest() != p.Digest() {
			t.Fatal("the same seed hid other entries")
		}
	})
}

// The observed entries get mean 0 and variance 1, Restore undoes it, and hidden entries have no
// say.
func TestStandardize(t *testing.T) {
	p, err := Hide(Volcano(), 0.7, 3)
	if err != nil {
		t.Fatal(err)
	}
	z, err := Standardize(p)
	if err != nil {
		t.Fatal(err)
	}
	sum, square := 0.0, 0.0
	for _, v := range z.Problem.Train.Values() {
		sum += v / float64(z.Problem.Train.Len())
		square += v * v / float64(z.Problem.Train.Len())
	}
	// Rounding of sums of all entries: measured 2e-15.
	if math.Abs(sum) > 1e-12 || math.Abs(square-1) > 1e-12 {
		t.Errorf("mean %v and mean square %v of the observed entries, want 0 and 1", sum, square)
	}
	if !mat.EqualApprox(z.Restore(z.Problem.Truth), p.Truth, 1e-12) {
		t.Error("the restored truth is not the truth")
	}
	// An error of one unit is Deviation metres, by way of the metrics of the problem in metres.
	w := mat.DenseCopyOf(z.Problem.Truth)
	w.Apply(func(_, _ int, x float64) float64 { return x + 1 }, w)
	if got := mc.Evaluate(p, z.Restore(w)).RMSE; math.Abs(got-z.Deviation) > 1e-9 {
		t.Errorf("RMSE %v m, want %v m", got, z.Deviation)
	}
	spoilt := mc.Problem{Train: p.Train, Truth: mat.DenseCopyOf(p.Truth)}
	for i := range 61 {
		for j := range 87 {
			spoilt.Truth.Set(i, j, 1e6)
		}
	}
	if s, err := Standardize(spoilt); err != nil || s.Mean != z.Mean || s.Deviation != z.Deviation {
		t.Errorf("with another truth: mean %v, deviation %v, error %v; want %v, %v", s.Mean, s.Deviation, err,
			z.Mean, z.Deviation)
	}
}

func TestStandardizeTest(t *testing.T) {
	o, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 3}})
	if err != nil {
		t.Fatal(err)
	}
	test, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 1, Col: 1, Value: 10}})
	if err != nil {
		t.Fatal(err)
	}
	z, err := Standardize(mc.Problem{Train: o, Test: test})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{8}, z.Problem.Test.Values()); diff != "" {
		t.Errorf("10 with mean 2 and deviation 1 (-want +got):\n%s", diff)
	}
}

// Weights stay with their entries; a loss that other units change is refused.
func TestStandardizeKeepsWhatTrainingTakes(t *testing.T) {
	o, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 3}})
	if err != nil {
		t.Fatal(err)
	}
	z, err := Standardize(mc.Problem{Train: o, Weights: []float64{1, 2}, Loss: mc.Squares{}})
	if err != nil || len(z.Problem.Weights) != 2 || z.Problem.Weights[1] != 2 {
		t.Errorf("weights %v, %v", z.Problem.Weights, err)
	}
	if _, err := Standardize(mc.Problem{Train: o, Loss: mc.Huber{Delta: 1}}); err == nil ||
		!strings.Contains(err.Error(), "Problem.Loss is mc.Huber") {
		t.Errorf("Huber's loss: %v", err)
	}
}

func TestStandardizeConstant(t *testing.T) {
	for _, value := range []float64{7, 1, 0.1, 1e-300, 1e300} {
		entries := make([]mc.Entry, 10) // of which sums of tenths are not exact
		for k := range entries {
			entries[k] = mc.Entry{Row: k, Value: value}
		}
		o, err := mc.NewObservations(10, 2, entries)
		if err != nil {
			t.Fatal(err)
		}
		z, err := Standardize(mc.Problem{Train: o})
		if err != nil || z.Mean != value || z.Deviation != 1 {
			t.Errorf("mean %v, deviation %v, error %v; want %v, 1, none", z.Mean, z.Deviation, err, value)
		}
	}
}

func TestBadProblems(t *testing.T) {
	hide := func(w mat.Matrix, fraction float64) error { _, err := Hide(w, fraction, 1); return err }
	split := func(fraction float64, entries ...mc.Entry) error {
		o, err := mc.NewObservations(3, 3, entries)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Split(o, fraction, 1)
		return err
	}
	standardize := func(p mc.Problem) error { _, err := Standardize(p); return err }
	sensing, err := mc.LowRank{Rows: 3, Cols: 3, Rank: 1, Observed: 4, Seed: 1}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	huge, err := mc.NewObservations(1, 2, []mc.Entry{{Value: math.MaxFloat64}, {Col: 1, Value: -math.MaxFloat64}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"nothing hidden", hide(Volcano(), 0), "fraction is 0"},
		{"all hidden", hide(Volcano(), 1), "fraction is 1"},
		{"NaN hidden", hide(Volcano(), math.NaN()), "fraction is NaN"},
		{"one entry", hide(mat.NewDense(1, 1, []float64{1}), 0.5), "1×1"},
		{"unknown entry", hide(mat.NewDense(1, 2, []float64{math.NaN(), math.NaN()}), 0.5), "NaN"},
		{"split by nothing", split(0, mc.Entry{}, mc.Entry{Row: 1}), "fraction is 0"},
		{"split of one", split(0.5, mc.Entry{}), "1 observations"},
		{"nothing to standardise", standardize(mc.Problem{}), "Train is nil"},
		{"sensing", standardize(sensing), "Problem.Train is *mc.Sensing"},
		{"overflow", standardize(mc.Problem{Train: huge}), "not finite"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.name, c.err, c.want)
		}
	}
}
