//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"log"
	"math"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// toError measures the time to a mean squared error of 1e-4 on the unobserved entries of the
// standard problem, depth 1 with the ratio penalty and Adam. All contenders get the same matrix,
// mask and start; evaluation is not counted.
func (b *bench) toError() {
	if b.quick {
		return
	}
	const rows, cols, observed, steps, target, every = 100, 100, 2000, 12_000, 1e-4, 100
	const lambda, rate = 1e-3, 1e-2
	problem, err := mc.LowRank{Rows: rows, Cols: cols, Rank: 5, Observed: observed, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	start, err := mc.NewFactors(rows, cols)
	if err != nil {
		log.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	solver := mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: lambda, Optimizer: mc.Adam{LearningRate: rate},
		Schedule: mc.Cosine{}, Steps: steps, Seed: 1}

	seconds, reached, last := oursToError(solver, problem, target, every, start.W[0])
	solver.Penalty = fast
	fastSeconds, fastReached, fastLast := oursToError(solver, problem, target, every, nil)
	solver.Penalty = smoothed
	smoothSeconds, smoothReached, smoothLast := oursToError(solver, problem, target, every, nil)

	observations := problem.Train.(*mc.Observations)
	var flat []int64
	for _, e := range observations.All() {
		flat = append(flat, int64(e.Row*cols+e.Col))
	}
	write := func(name string, data any) {
		f, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			log.Fatal(err)
		}
		if err := binary.Write(f, binary.LittleEndian, data); err != nil {
			log.Fatal(err)
		}
		if err := f.Close(); err != nil {
			log.Fatal(err)
		}
	}
	write("truth", mat.DenseCopyOf(problem.Truth).RawMatrix().Data)
	write("observed", flat)
	write("start", start.W[0].RawMatrix().Data)

	b.printf("### Time to a test error of 1e-4, standard problem (100×100, rank 5, 2,000 observed), ratio with Adam\n\n")
	b.printf("| | steps | CPU seconds | ratio | test error |\n|---|---|---|---|---|\n")
	b.printf("| ours | %d | %.2f | | %.2g |\n", reached, seconds, last)
	b.printf("| ours, fast | %d | %.2f | ×%.2f | %.2g |\n", fastReached, fastSeconds, fastSeconds/seconds, fastLast)
	b.printf("| ours, smoothed | %d | %.2f | ×%.2f | %.2g |\n", smoothReached, smoothSeconds,
		smoothSeconds/seconds, smoothLast)
	for _, p := range b.peers {
		if p.name == "numpy-inplace" {
			continue
		}
		var answer struct {
			Seconds, Error float64
			Steps          int
		}
		p.must(map[string]any{"op": "solve", "folder": folder, "rows": rows, "cols": cols, "lam": lambda, "rate": rate,
			"steps": steps, "target": target, "every": every}, &answer)
		b.printf("| %s | %d | %.2f | ×%.2f | %.2g |\n", p.name, answer.Steps, answer.Seconds,
			answer.Seconds/seconds, answer.Error)
		if math.IsNaN(answer.Error) {
			log.Printf("bench: %s diverged", p.name)
		}
	}
	b.printf("\n−1 steps: not reached in %d.\n", steps)
}

// oursToError trains until the test error is at most target, which it looks at every so many steps.
// It returns the CPU time without these looks, the step, or -1, and the error, and stores the start
// if asked to.
func oursToError(solver mc.DeepMF, problem mc.Problem, target float64, every int,
	start *mat.Dense) (seconds float64, reached int, last float64) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	reached = -1
	begin := 0.0
	watch := mc.ObserverFunc(func(s *mc.Step) {
		seconds += cpuSeconds() - begin
		if s.Index == 0 {
			seconds = 0
			if start != nil {
				start.Copy(s.W())
			}
		}
		if s.Index%every == 0 && reached < 0 {
			last = s.Metrics().Test
			if last <= target {
				reached = s.Index
				cancel()
			}
		}
		begin = cpuSeconds()
	})
	if _, err := solver.Solve(ctx, problem, watch); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
	return seconds, reached, last
}
