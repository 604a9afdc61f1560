//go:build linux

package main

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/internal/kernel"
)

// softmax compares a step of a linear classifier, all samples at once.
func (b *bench) softmax() {
	samples, features, classes := 60_000, 784, 10
	if b.quick {
		samples = 6_000
	}
	solver := mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.Adam{LearningRate: 1e-3}, Steps: math.MaxInt32}
	first, perStep := ours("ours", solver, classesProblem(samples, features, classes))
	list := []contender{first}
	for _, name := range []string{"numpy", "torch-f64", "torch-f32"} {
		if p := b.peers.named(name); p != nil {
			p.must(map[string]any{"op": "softmax", "samples": samples, "features": features, "classes": classes},
				&struct{}{})
			list = append(list, p.contender())
		}
	}
	column := turns(list, b.budget())
	allocations := perStep()
	for _, c := range list {
		c.stop()
	}
	b.printf("### Softmax regression, Adam, ms an iteration\n\n")
	b.printf("loss, gradient and Adam of a classifier of %d classes, `mc.NewClasses` with `mc.Softmax`;\nall samples "+
		"in each step. Processor: %s. Instructions: %s.\n\n", classes, peer.Processor(), kernel.Instructions())
	b.table([]string{fmt.Sprintf("%d samples, %d features", samples, features)}, [][]sample{column}, 1e3)
	b.printf("Allocations a step, ours: %.2f.\n\n", allocations)
}

// classesProblem has random samples and labels.
func classesProblem(samples, features, classes int) mc.Problem {
	rng := rand.New(rand.NewPCG(1, 5))
	x, labels := mat.NewDense(samples, features, nil), make([]int, samples)
	for i := range x.RawMatrix().Data {
		x.RawMatrix().Data[i] = rng.NormFloat64()
	}
	for i := range labels {
		labels[i] = rng.IntN(classes)
	}
	r, err := mc.NewClasses(x, labels, classes)
	if err != nil {
		log.Fatal(err)
	}
	return mc.Problem{Train: r, Loss: mc.Softmax{Classes: classes}}
}
