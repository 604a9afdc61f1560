package mc_test

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"projectpenalty/mc"
)

// BenchmarkThinPenalty is a step of depth 2 by Adam, without a penalty and with the ratio of the
// factors, side by side. With PENALTY_LARGE=1 it is of a 100,000×100,000 matrix with 10⁷ entries
// observed and 20 hidden units, which takes about 3 GB.
func BenchmarkThinPenalty(b *testing.B) {
	size, observed, hidden := 4000, 400_000, 20
	if os.Getenv("PENALTY_LARGE") != "" {
		size, observed = 100_000, 10_000_000
	}
	rng := rand.New(rand.NewPCG(1, 2))
	entries := make([]mc.Entry, 0, observed)
	each := observed / size
	for i := range size {
		at := rng.IntN(size)
		for range each {
			at = (at + 1 + rng.IntN(size/each)) % size
			entries = append(entries, mc.Entry{Row: i, Col: at, Value: rng.NormFloat64()})
		}
	}
	seen := map[int]bool{}
	kept := entries[:0]
	for k, e := range entries {
		if k%each == 0 {
			clear(seen)
		}
		if !seen[e.Col] {
			seen[e.Col] = true
			kept = append(kept, e)
		}
	}
	o, err := mc.NewObservations(size, size, kept)
	if err != nil {
		b.Fatal(err)
	}
	// From the second step to the last: the first has what is made once.
	seconds := func(penalty mc.Penalty, steps int) float64 {
		s := mc.DeepMF{Depth: 2, Hidden: hidden, Penalty: penalty, Optimizer: mc.Adam{}, Steps: steps}
		if penalty != nil {
			s.Lambda = 1e-3
		}
		var begun, ended time.Time
		_, err := s.Solve(context.Background(), mc.Problem{Train: o}, mc.ObserverFunc(func(step *mc.Step) {
			if ended = time.Now(); step.Index == 1 {
				begun = ended
			}
		}))
		if err != nil {
			b.Fatal(err)
		}
		return ended.Sub(begun).Seconds() / float64(steps-1)
	}
	const steps = 4
	without, with := 0.0, 0.0
	for b.Loop() {
		without += seconds(nil, steps)
		with += seconds(mc.Ratio{}, steps)
	}
	b.ReportMetric(1e3*without/float64(b.N), "ms/step")
	b.ReportMetric(1e3*with/float64(b.N), "ms/step-with-ratio")
	b.ReportMetric(with/without, "with/without")
	b.ReportMetric(0, "ns/op")
}
