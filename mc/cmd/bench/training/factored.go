//go:build linux

package main

import (
	"fmt"
	"math"

	"projectpenalty/mc"
)

// factored compares a step at depth 2 with the ratio of the product, which is evaluated from the
// factors.
func (b *bench) factored() {
	const rows, cols, observed, rank = 1682, 943, 100_000, 32
	solver := mc.DeepMF{Depth: 2, Hidden: rank, Init: mc.Gaussian{Scale: 1}, Penalty: mc.Ratio{}, Lambda: 1e-3,
		Optimizer: mc.Adam{LearningRate: 1e-3}, Steps: math.MaxInt32}
	problem := loop{"factored", rows, cols, observed}.problem()
	first, perStep := ours("ours", solver, problem)
	solver.Penalty, solver.Lambda = nil, 0
	without, _ := ours("ours, without the penalty", solver, problem)
	list := []contender{first, without}
	for _, name := range []string{"torch-f64", "torch-f32"} {
		p := b.peers.named(name)
		if p == nil {
			continue
		}
		for _, by := range []string{"qr", "gram"} {
			run := p.contender().run
			list = append(list, contender{name: name + ", " + by, stop: func() {}, run: func(n int) []float64 {
				p.must(map[string]any{"op": "factored", "rows": rows, "cols": cols, "observed": observed, "rank": rank,
					"by": by}, &struct{}{})
				return run(n)
			}})
		}
	}
	column := turns(list, b.budget())
	allocations := perStep()
	first.stop()
	without.stop()
	b.printf("### Depth 2, ratio penalty of the product, Adam, ms an iteration\n\n")
	b.printf("loss at %d observed entries, ‖UVᵀ‖_*/‖UVᵀ‖_F with its gradient, and Adam on U and V of %d columns, "+
		"in double precision;\nPyTorch by autograd, singular values from QR factors or, to half the digits, from Gram "+
		"matrices.\n\n", observed, rank)
	size := []string{fmt.Sprintf("%d×%d", rows, cols)}
	b.table(size, [][]sample{column}, 1e3)
	b.against(size, [][]sample{column}, "ours", "torch-f64, qr", "torch-f64, gram")
	b.printf("Allocations a step, ours: %.2f.\n\n", allocations)
}
