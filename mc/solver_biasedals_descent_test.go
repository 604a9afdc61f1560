package mc

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"projectpenalty/mc/internal/linalg"
)

// Each half of a sweep minimises the objective exactly over its side: it never rises, and a step
// away from where it ends, in any coordinate of that side, never lowers it.
func TestBiasedALSDescends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 7).Draw(t, "rows"), rapid.IntRange(1, 7).Draw(t, "cols")
		at := rapid.SliceOfNDistinct(rapid.IntRange(0, rows*cols-1), 1, rows*cols, rapid.ID).Draw(t, "at")
		entries := make([]Entry, len(at))
		for k, ij := range at {
			entries[k] = Entry{ij / cols, ij % cols, rapid.Float64Range(1, 5).Draw(t, "rating")}
		}
		o, err := NewObservations(rows, cols, entries)
		if err != nil {
			t.Fatal(err)
		}
		f := BiasedALS{Rank: rapid.IntRange(1, 4).Draw(t, "rank"),
			Lambda: rapid.Float64Range(0.01, 1).Draw(t, "ridge"), Seed: 3}.start(o)
		value := func() float64 {
			squares, penalty := f.Objective()
			return squares + penalty
		}
		before := value()
		for range 5 {
			for _, half := range []struct {
				solve func()
				side  *linalg.Side
			}{{f.SolveRows, &f.Rows}, {f.SolveCols, &f.Cols}} {
				half.solve()
				now := value()
				if now > before*(1+rounding)+rounding {
					t.Fatalf("the objective rose from %v to %v", before, now)
				}
				for k := range half.side.Factors.Data {
					was := half.side.Factors.Data[k]
					for _, step := range []float64{-1e-3, 1e-3} {
						half.side.Factors.Data[k] = was + step
						if value() < now-rounding*math.Abs(now)-rounding {
							t.Fatalf("coordinate %d of a side that was solved for lowers the objective",
								k)
						}
					}
					half.side.Factors.Data[k] = was
				}
				before = now
			}
		}
	})
}

// An epoch at the shape of MovieLens-100K: 1682×943, 100,000 ratings, rank 20.
func BenchmarkBiasedALSEpoch(b *testing.B) {
	const rows, cols, n = 1682, 943, 100_000
	mask, err := SampleMask(rows, cols, n, 0, 1)
	if err != nil {
		b.Fatal(err)
	}
	entries := make([]Entry, n)
	for k, at := range mask {
		entries[k] = Entry{at / cols, at % cols, float64(1 + at%5)}
	}
	o, err := NewObservations(rows, cols, entries)
	if err != nil {
		b.Fatal(err)
	}
	f := BiasedALS{Rank: 20, Seed: 1}.start(o)
	b.ReportAllocs()
	for b.Loop() {
		f.SolveRows()
		f.SolveCols()
	}
}
