//go:build linux

package main

import (
	"context"
	"log"
	"math"
	"math/rand/v2"
	"runtime"

	"projectpenalty/mc"
)

// A loop is one of the two training loops at one size.
type loop struct {
	kind                 string // deep or ratio
	rows, cols, observed int
}

// problem is a rank-5 matrix with observed entries, as the peers make it.
func (l loop) problem() mc.Problem {
	p, err := mc.LowRank{Rows: l.rows, Cols: l.cols, Rank: 5, Observed: l.observed, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	return p
}

// solver is the configuration of the loop. Its steps are never reached.
func (l loop) solver() mc.DeepMF {
	s := mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-3},
		Steps: math.MaxInt32}
	if l.kind == "deep" {
		s.Depth, s.Penalty, s.Lambda = 3, nil, 0
		side := min(l.rows, l.cols)
		f, err := mc.NewFactors(l.rows, l.cols, side, side)
		if err != nil {
			log.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 1))
		for _, w := range f.W {
			data := w.RawMatrix().Data
			for i := range data {
				data[i] = rng.NormFloat64() * 0.3 / math.Sqrt(float64(side))
			}
		}
		s.Init = mc.Given{Factors: f}
	}
	return s
}

// ours runs a solver of this package step by step: an observer hands control back after each batch,
// so that what is measured is the loop that users run, whole.
func ours(name string, solver mc.Solver, p mc.Problem) (c contender, allocations func() float64) {
	ctx, cancel := context.WithCancel(context.Background())
	batches, done, ended := make(chan int), make(chan []float64), make(chan struct{})
	var seconds []float64
	left := 0
	last := 0.0
	var mallocs, steps uint64 // of all batches but the first, in which workspaces are made
	warm := false
	watch := mc.ObserverFunc(func(*mc.Step) {
		if left > 0 {
			now := cpuSeconds()
			seconds = append(seconds, now-last)
			last = now
			if left--; left > 0 {
				return
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			mallocs += m.Mallocs
			if !warm {
				mallocs, steps, warm = 0, 0, true
			}
			done <- seconds
		}
		n, ok := <-batches
		if !ok {
			return
		}
		left, seconds = n, make([]float64, 0, n)
		steps += uint64(n)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		mallocs -= m.Mallocs
		last = cpuSeconds()
	})
	go func() {
		defer close(ended)
		if _, err := solver.Solve(ctx, p, watch); err != nil && ctx.Err() == nil {
			log.Fatal(err)
		}
	}()
	c = contender{name: name,
		run: func(n int) []float64 {
			batches <- n
			return <-done
		},
		stop: func() {
			cancel()
			close(batches)
			<-ended
		}}
	return c, func() float64 { return float64(mallocs) / float64(max(1, steps)) }
}
