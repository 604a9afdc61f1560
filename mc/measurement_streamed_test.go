package mc_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// Drawn again or stored, the maps are the same: so are measurements, adjoint and problem.
func TestStreamedSensingIsSensing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 6).Draw(t, "cols")
		l := mc.LowRank{
			Rows: rows, Cols: cols, Rank: rapid.IntRange(1, min(rows, cols)).Draw(t, "rank"),
			Observed: rapid.IntRange(1, 12).Draw(t, "n"),
			Noise:    rapid.SampledFrom([]float64{0, 0.1}).Draw(t, "noise"), Seed: rapid.Uint64().Draw(t, "seed"),
		}
		stored, err := l.Sensing()
		if err != nil {
			t.Fatal(err)
		}
		streamed, err := l.StreamedSensing()
		if err != nil {
			t.Fatal(err)
		}
		near := func(what string, a, b []float64) {
			for k := range a {
				if math.Abs(a[k]-b[k]) > rounding*(1+math.Abs(a[k])) {
					t.Fatalf("%s %d: stored %v, streamed %v", what, k, a[k], b[k])
				}
			}
		}
		near("value", stored.Train.Values(), streamed.Train.Values())
		rng := rand.New(rand.NewPCG(1, 1))
		w, y := mat.NewDense(rows, cols, nil), make([]float64, l.Observed)
		w.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, w)
		for k := range y {
			y[k] = rng.NormFloat64()
		}
		a, b := make([]float64, l.Observed), make([]float64, l.Observed)
		stored.Train.Apply(a, w)
		streamed.Train.Apply(b, w)
		near("measurement", a, b)
		g, h := mat.DenseCopyOf(w), mat.DenseCopyOf(w)
		stored.Train.AddAdjoint(g, -0.5, y)
		streamed.Train.AddAdjoint(h, -0.5, y)
		near("adjoint", g.RawMatrix().Data, h.RawMatrix().Data)
	})
}

// Linear regression is the one-column case: gradient descent from zero ends at the minimum-norm
// solution, the pseudo-inverse's.
func TestStreamedRegression(t *testing.T) {
	l := mc.LowRank{Rows: 12, Cols: 1, Rank: 1, Observed: 5, Seed: 3}
	streamed, err := l.StreamedSensing()
	if err != nil {
		t.Fatal(err)
	}
	result, err := mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 2},
		Steps: 40_000}.Solve(context.Background(), streamed)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := l.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	want, err := mc.MinimumFrobenius{}.Solve(context.Background(), stored)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(result.W, want.W, 1e-8) {
		t.Errorf("gradient descent ended at %v, the minimum-norm solution is %v",
			mat.Formatted(result.W.T()), mat.Formatted(want.W.T()))
	}
}

// 3,000 maps of 100×100, 240 MB if they were stored, take less than 1 MB.
func TestStreamedSensingTakesLittleMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 3000, Seed: 1}.StreamedSensing()
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1e6 {
		t.Errorf("%d bytes were allocated for %d measurements", got, p.Train.Len())
	}
}

// The seed is a part of the data's identity.
func TestStreamedSensingDigest(t *testing.T) {
	digest := func(seed uint64) string {
		s, err := mc.NewStreamedSensing(3, 2, []float64{1, 2}, seed)
		if err != nil {
			t.Fatal(err)
		}
		return mc.Problem{Train: s}.Digest()
	}
	one, again, two := digest(1), digest(1), digest(2)
	if one != again || one == two {
		t.Errorf("digests %s and %s of seed 1, %s of seed 2", one, again, two)
	}
}

func TestBadStreamedSensing(t *testing.T) {
	for want, err := range map[string]error{
		"0×3":             func() error { _, err := mc.NewStreamedSensing(0, 3, []float64{1}, 1); return err }(),
		"no measurements": func() error { _, err := mc.NewStreamedSensing(2, 3, nil, 1); return err }(),
		"values[1] is NaN": func() error {
			_, err := mc.NewStreamedSensing(2, 3, []float64{1, math.NaN()}, 1)
			return err
		}(),
		"MinPerLine is 2": func() error {
			_, err := mc.LowRank{Rows: 3, Cols: 3, Rank: 1, Observed: 2, MinPerLine: 2}.StreamedSensing()
			return err
		}(),
		"Rank is 0": func() error {
			_,
				err := mc.LowRank{Rows: 3, Cols: 3, Observed: 2}.StreamedSensing()
			return err
		}(),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
}

func BenchmarkStreamedSensing(b *testing.B) {
	p, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 100, Seed: 1}.StreamedSensing()
	if err != nil {
		b.Fatal(err)
	}
	g, y := mat.NewDense(100, 100, nil), make([]float64, 100)
	b.ReportAllocs()
	for b.Loop() {
		p.Train.Apply(y, p.Truth)
		p.Train.AddAdjoint(g, 1, y)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*100*10_000), "ns/entry")
}
