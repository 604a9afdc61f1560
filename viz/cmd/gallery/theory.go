package main

import (
	"context"
	"fmt"
	"math"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// theory holds what the charts of the theory of gradient descent show.
type theory struct {
	rates              []viz.Rate
	layers             *mc.Trace
	starts, optimizers []*mc.Trace // from two initialisations, and of three optimisers
}

// whole is a matrix of rank 2 of which every entry is observed, so that its loss has a simple
// gradient.
func whole() (mc.Problem, error) {
	return mc.LowRank{Rows: 10, Cols: 10, Rank: 2, Observed: 100, Seed: 3}.Problem()
}

// theories runs gradient descent on products of two and three matrices.
func theories(ctx context.Context) (*theory, error) {
	p, err := whole()
	if err != nil {
		return nil, err
	}
	const depth, slow = 3, 0.2
	trace := &mc.Trace{Every: 1, Top: 2, Split: true}
	solver := mc.DeepMF{
		Depth: depth, Init: mc.Orthogonal{Scale: 0.2}, Optimizer: mc.GD{LearningRate: slow}, Steps: 200, Seed: 1,
	}
	if _, err := solver.Solve(ctx, p, trace); err != nil {
		return nil, err
	}
	t := &theory{rates: law(trace, depth, slow), layers: &mc.Trace{Every: 1, Watch: mc.Quantities{mc.Layers{}}}}
	solver.Init = mc.Gaussian{Scale: 0.1}
	if _, err := solver.Solve(ctx, p, t.layers); err != nil {
		return nil, err
	}
	for _, run := range []struct {
		name      string
		init      mc.Init
		optimizer mc.Optimizer
	}{
		{"balanced initialisation", mc.Orthogonal{Scale: 0.02}, mc.GD{LearningRate: 5}},
		{"Gaussian initialisation", mc.Gaussian{Scale: 2.5}, mc.GD{LearningRate: 5}},
		{"gradient descent", mc.Gaussian{Scale: 0.1}, mc.GD{LearningRate: 1}},
		{"momentum", mc.Gaussian{Scale: 0.1}, mc.Momentum{LearningRate: 0.3}},
		{"Adam", mc.Gaussian{Scale: 0.1}, mc.Adam{LearningRate: 3e-2}},
	} {
		trace := &mc.Trace{Every: 1, Label: run.name, Watch: mc.Quantities{
			mc.Sharpness{Tolerance: 1e-4}, mc.Balance{}, mc.UpdateCosines{},
		}}
		solver := mc.DeepMF{Depth: 2, Init: run.init, Optimizer: run.optimizer, Steps: 150, Seed: 1}
		if _, err := solver.Solve(ctx, p, trace); err != nil {
			return nil, err
		}
		if len(t.starts) < 2 {
			t.starts = append(t.starts, trace)
		} else {
			t.optimizers = append(t.optimizers, trace)
		}
	}
	return t, nil
}

// law compares how fast the singular values of a run moved with the law of gradient flow,
// dσᵢ/dt = −N σᵢ^(2−2/N) uᵢᵀGvᵢ.
func law(trace *mc.Trace, depth int, rate float64) (rates []viz.Rate) {
	for i := range 2 {
		r := viz.Rate{Name: fmt.Sprintf("σ%d", i+1)}
		for k := range len(trace.Records) - 1 {
			at, next := trace.Records[k], trace.Records[k+1]
			n := float64(depth)
			r.Time = append(r.Time, rate*float64(at.Step))
			r.Predicted = append(r.Predicted, -n*math.Pow(at.SingularValues[i], 2-2/n)*at.Split.Matrix.At(i, i))
			r.Measured = append(r.Measured,
				(next.SingularValues[i]-at.SingularValues[i])/(rate*float64(next.Step-at.Step)))
		}
		rates = append(rates, r)
	}
	return rates
}
