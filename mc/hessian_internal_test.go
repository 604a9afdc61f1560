package mc

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The product by a difference of gradients is that of the Hessian, with an error far below any
// tolerance at which it is used, relative to the Hessian's size; for a loss or penalty that is no
// polynomial it is the same bits.
func TestApproximateProduct(t *testing.T) {
	l := LowRank{Rows: 9, Cols: 7, Rank: 2, Observed: 40, Seed: 2}
	entries, err := l.Problem()
	if err != nil {
		t.Fatal(err)
	}
	sensing, err := l.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	streamed, err := l.StreamedSensing()
	if err != nil {
		t.Fatal(err)
	}
	weighted, huber := entries, entries
	weighted.Weights = make([]float64, entries.Train.Len())
	for k := range weighted.Weights {
		weighted.Weights[k] = float64(k%5) + 0.5
	}
	huber.Loss = Huber{Delta: 0.5}
	for name, c := range map[string]struct {
		problem Problem
		penalty Penalty
		row     Penalty // from depth 2 on
		same    bool
	}{
		"entries": {problem: entries}, "maps": {problem: sensing}, "streamed maps": {problem: streamed},
		"weights": {problem: weighted}, "a ridge": {problem: entries, penalty: SquaredFrobenius{}},
		"a ratio": {problem: entries, penalty: Ratio{}, same: true}, "Huber": {problem: huber, same: true},
		"ridges": {problem: entries, penalty: SquaredFrobenius{}, row: SquaredFrobenius{}, same: true},
	} {
		for depth := 1; depth <= 4; depth++ {
			for _, scale := range []float64{1e-3, 1, 30} {
				t.Run(fmt.Sprintf("%s/depth %d/scale %v", name, depth, scale), func(t *testing.T) {
					d := DeepMF{Depth: depth, Init: Gaussian{Scale: scale}, Penalty: c.penalty, Steps: 1, Seed: 3,
						Optimizer: GD{LearningRate: 1e-12}}
					if c.penalty != nil {
						d.Lambda = 0.3
					}
					if depth > 1 {
						d.RowPenalty = c.row
					}
					watch := ObserverFunc(func(s *Step) {
						if s.Index > 0 {
							return
						}
						h := s.Hessian()
						in, v := stacked(h.Shapes())
						exact, hv := stacked(h.Shapes())
						near, nv := stacked(h.Shapes())
						rng, most := rand.New(rand.NewPCG(5, 0)), 0.0
						for range 5 {
							for i := range in {
								in[i], near[i] = rng.NormFloat64(), rng.NormFloat64()
							}
							h.Apply(hv, v)
							h.approximate(nv, v, lengthOf(v))
							off, size, length := 0.0, 0.0, 0.0
							for i := range in {
								off, size = math.Hypot(off, near[i]-exact[i]), math.Hypot(size, exact[i])
								length = math.Hypot(length, in[i])
							}
							most = math.Max(most, size/length)
							if bound := 1e-6 * most * length; off > bound || (c.same || depth == 1) && off > 0 {
								t.Errorf("a product is off by %v of %v", off, size)
							}
						}
					})
					if _, err := d.Solve(context.Background(), c.problem, watch); err != nil {
						t.Fatal(err)
					}
				})
			}
		}
	}
}
