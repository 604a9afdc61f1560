package main

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// theory holds what the charts of the theory of gradient descent show.
type theory struct {
	rates              []viz.Rate
	layers             []viz.Path
	rate               float64
	sharpness, balance []viz.Line
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
	t := &theory{rate: 5}
	const depth, slow = 3, 0.2
	trace := &mc.Trace{Every: 1, Top: 2, Split: true}
	solver := mc.DeepMF{Depth: depth, Init: mc.Orthogonal{Scale: 0.2}, Optimizer: mc.GD{LearningRate: slow},
		Steps: 200, Seed: 1}
	if _, err := solver.Solve(ctx, p, trace); err != nil {
		return nil, err
	}
	t.rates = law(trace, depth, slow)

	layers := make([]viz.Path, depth)
	spectra := mc.ObserverFunc(func(s *mc.Step) {
		for j, w := range s.Factors().W {
			layers[j].Name = fmt.Sprintf("layer %d", j+1)
			layers[j].Time = append(layers[j].Time, float64(s.Index))
			layers[j].Sigma = append(layers[j].Sigma, mc.NewPoint(mat.DenseCopyOf(w)).SingularValues())
		}
	})
	solver.Init = mc.Gaussian{Scale: 0.1}
	if _, err := solver.Solve(ctx, p, spectra); err != nil {
		return nil, err
	}
	t.layers = layers

	for _, run := range []struct {
		name string
		init mc.Init
	}{{"balanced initialisation", mc.Orthogonal{Scale: 0.02}}, {"Gaussian initialisation", mc.Gaussian{Scale: 2.5}}} {
		sharp, apart := viz.Line{Name: run.name}, viz.Line{Name: run.name}
		watch := mc.ObserverFunc(func(s *mc.Step) {
			f := s.Factors()
			sharp.X, sharp.Y = append(sharp.X, float64(s.Index)), append(sharp.Y, sharpness(f, p.Truth))
			apart.X, apart.Y = append(apart.X, float64(s.Index)), append(apart.Y, f.Imbalance())
		})
		solver := mc.DeepMF{Depth: 2, Init: run.init, Optimizer: mc.GD{LearningRate: t.rate}, Steps: 150, Seed: 1}
		if _, err := solver.Solve(ctx, p, watch); err != nil {
			return nil, err
		}
		t.sharpness, t.balance = append(t.sharpness, sharp), append(t.balance, apart)
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

// sharpness is the largest eigenvalue of the Hessian of ‖W₂W₁ − X‖_F²/n in the factors, by power
// iteration on central differences of the gradient. A shift makes the largest eigenvalue the
// largest in size too.
func sharpness(f *mc.Factors, x *mat.Dense) float64 {
	gradient := func(f *mc.Factors) []*mat.Dense {
		rows, cols := x.Dims()
		var g, first, second mat.Dense
		g.Sub(f.Product(), x)
		g.Scale(2/float64(rows*cols), &g)
		first.Mul(f.W[1].T(), &g)
		second.Mul(&g, f.W[0].T())
		return []*mat.Dense{&first, &second}
	}
	const step, shift, iterations = 1e-5, 0.5, 300
	direction := f.Clone().W
	value := 0.0
	for range iterations {
		norm := math.Hypot(mat.Norm(direction[0], 2), mat.Norm(direction[1], 2))
		plus, minus := f.Clone(), f.Clone()
		for j, d := range direction {
			d.Scale(1/norm, d)
			for k, v := range d.RawMatrix().Data {
				plus.W[j].RawMatrix().Data[k] += step * v
				minus.W[j].RawMatrix().Data[k] -= step * v
			}
		}
		up, down := gradient(plus), gradient(minus)
		value = 0
		for j, d := range direction {
			product := up[j] // of the Hessian and the direction
			product.Sub(up[j], down[j])
			product.Scale(1/(2*step), product)
			for k, v := range d.RawMatrix().Data {
				value += v * product.RawMatrix().Data[k]
				d.RawMatrix().Data[k] = product.RawMatrix().Data[k] + shift*v
			}
		}
	}
	return value
}
