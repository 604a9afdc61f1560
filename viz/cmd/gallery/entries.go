package main

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// An entry is a chart of the gallery.
type entry struct {
	name, question, call string
	figure               viz.Figure
}

// draw makes the runs and the charts.
func draw(ctx context.Context) ([]entry, error) {
	problem := func(seed uint64, observed int) (mc.Problem, error) {
		return mc.LowRank{Rows: 30, Cols: 24, Rank: 2, Observed: observed, Seed: seed}.Problem()
	}
	p, err := problem(1, 300)
	if err != nil {
		return nil, err
	}
	solve := func(p mc.Problem, s mc.DeepMF, label string) (*mc.Trace, *mc.Result, error) {
		t := &mc.Trace{Label: label, Split: true, Alignment: true}
		r, err := s.Solve(ctx, p, t)
		return t, r, err
	}
	ratio := mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-2, Optimizer: mc.Adam{LearningRate: 1e-2},
		Schedule: mc.Cosine{}, Steps: 4000, Seed: 1}
	deep := mc.DeepMF{Depth: 3, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: 4000, Seed: 1}
	adam, estimate, err := solve(p, ratio, "")
	if err != nil {
		return nil, err
	}
	factored, _, err := solve(p, deep, "depth 3, GroupRMSProp")
	if err != nil {
		return nil, err
	}
	descent := ratio
	descent.Optimizer, descent.Schedule = mc.GD{LearningRate: 5}, nil
	plain, _, err := solve(p, descent, "depth 1, gradient descent")
	if err != nil {
		return nil, err
	}
	coupled := &mc.Trace{Split: true, Top: 8}
	if _, err := deep.Solve(ctx, p, coupled); err != nil {
		return nil, err
	}
	named := *adam
	named.Label = "depth 1, Adam"

	rates, err := overRates(ctx, ratio)
	if err != nil {
		return nil, err
	}

	// Seven seeds of three methods.
	var bands []*mc.Trace
	methods := []viz.Method{{Name: "ratio"}, {Name: "nuclear norm"}, {Name: "depth 3"}}
	nuclear := ratio
	nuclear.Penalty = mc.Nuclear{}
	nuclear.Lambda = 1e-3
	for seed := uint64(1); seed <= 7; seed++ {
		q, err := problem(seed, 300)
		if err != nil {
			return nil, err
		}
		for k, s := range []mc.DeepMF{ratio, nuclear, deep} {
			t, r, err := solve(q, s, methods[k].Name)
			if err != nil {
				return nil, err
			}
			if k < 2 {
				bands = append(bands, t)
			}
			methods[k].Values = append(methods[k].Values, mc.Evaluate(q, r.W).RelativeError)
		}
	}

	// Error over the number of observations and the depth: the median of three matrices.
	observed, depth := []float64{60, 80, 100, 120, 140, 160, 200, 240}, []float64{1, 2, 3, 4}
	errors := mat.NewDense(len(depth), len(observed), nil)
	curves := make([]viz.Curve, len(depth))
	for j, n := range observed {
		for i, d := range depth {
			var values []float64
			for seed := uint64(1); seed <= 3; seed++ {
				q, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: int(n), Seed: seed}.Problem()
				if err != nil {
					return nil, err
				}
				r, err := (mc.DeepMF{Depth: int(d), Optimizer: deep.Optimizer, Steps: 3000, Seed: seed}).Solve(ctx, q)
				if err != nil {
					return nil, err
				}
				values = append(values, mc.Evaluate(q, r.W).RelativeError)
			}
			slices.Sort(values)
			errors.Set(i, j, values[1])
			curves[i].Name = fmt.Sprintf("depth %v", d)
			curves[i].X, curves[i].Values = append(curves[i].X, n), append(curves[i].Values, values)
		}
	}

	paths, err := flows(ctx)
	if err != nil {
		return nil, err
	}

	theory, err := theories(ctx)
	if err != nil {
		return nil, err
	}

	grid, err := table(ctx)
	if err != nil {
		return nil, err
	}

	observations := p.Train.(*mc.Observations).Dense()
	var difference mat.Dense
	difference.Sub(estimate.W, p.Truth)
	scale := viz.Shared("", p.Truth, estimate.W)
	start := adamStart(ctx, p, ratio)
	sigma := adam.Records[len(adam.Records)/3].SingularValues
	return []entry{
		{"Loss", "Does the run fit, and does it generalise?", "viz.Loss(trace)", viz.Loss(adam)},
		{"LossOverSeeds", "Does each method fit and generalise for every seed? Traces with one label are seeds of one method.",
			"viz.Loss(traces...)", viz.Loss(bands...)},
		{"SingularValues", "How does the spectrum of the iterate form?",
			"viz.SingularValues(trace) // or (trace, 10): ten have a line of their own", viz.SingularValues(factored)},
		{"EffectiveRank", "How many directions does the iterate use?", "viz.EffectiveRank(adam, deep)",
			viz.EffectiveRank(&named, factored)},
		{"NormTrajectory", "Does the iterate grow, and does its norm concentrate?", "viz.NormTrajectory(trace)",
			viz.NormTrajectory(adam)},
		{"Spectrum", "How fast do the singular values fall off, before and after, against the ground truth?",
			"viz.Spectrum(\n\tviz.Matrix{Name: \"initialisation\", W: start}, viz.Matrix{Name: \"estimate\", " +
				"W: result.W},\n" +
				"\tviz.Matrix{Name: \"ground truth\", W: problem.Truth})",
			viz.Spectrum(viz.Matrix{Name: "initialisation", W: start}, viz.Matrix{Name: "estimate", W: estimate.W},
				viz.Matrix{Name: "ground truth", W: p.Truth})},
		{"GradientSplit", "Does the gradient move singular values or turn singular vectors?",
			"viz.GradientSplit(trace) // recorded by mc.Trace{Split: true}", viz.GradientSplit(adam)},
		{"GradientMatrix", "Which singular directions does the gradient couple? Live, with a slider over the steps.",
			"viz.GradientMatrix(trace, steps...) // recorded by mc.Trace{Split: true}",
			viz.GradientMatrix(coupled, 0, 100, 200, 400, 800)},
		{"UpdateAlignment", "Does a step keep to the singular basis, or does the optimiser turn the basis?",
			"viz.UpdateAlignment(adam, gd) // recorded by mc.Trace{Alignment: true}",
			viz.UpdateAlignment(&named, plain)},
		{"PenaltyGradient", "Which singular values does a penalty shrink?",
			"viz.PenaltyGradient(sigma, mc.Ratio{}, mc.Nuclear{}, mc.Frobenius{})",
			viz.PenaltyGradient(sigma, mc.Ratio{}, mc.Nuclear{}, mc.Frobenius{})},
		{"PenaltyField", "Where does a penalty drive two singular values?", "viz.PenaltyField(mc.Ratio{}, 2)",
			viz.PenaltyField(mc.Ratio{}, 2)},
		{"Heatmap", "What does the matrix look like, where is it known, where is it wrong?",
			"viz.Page(\"A completed matrix\",\n\tviz.Heatmap(\"Ground truth\", truth, scale), " +
				"viz.Heatmap(\"Observed\", observed, scale), …)",
			viz.Page("A completed matrix", viz.Heatmap("Ground truth", p.Truth, scale),
				viz.Heatmap("Observed", observations, scale), viz.Heatmap("Estimate", estimate.W, scale),
				viz.Heatmap("Estimate minus ground truth", &difference, viz.Scale{Diverging: true}))},
		{"Compare", "Which method is better, and is that more than luck?", `viz.Compare("relative error", methods...)`,
			viz.Compare("relative error", methods...)},
		{"Differences", "How much better than the first method are the others, seed by seed?",
			`viz.Differences("relative error", methods...)`, viz.Differences("relative error", methods...)},
		{"Dependence", "How does a measure depend on one number, such as a learning rate?",
			"curve := viz.Curve{Name: \"3000 steps\", X: rates, Values: errors}\n" +
				"viz.Dependence(\"relative error\", \"learning rate\", curve)",
			viz.Dependence("relative error", "learning rate", rates...)},
		{"DependenceOfMethods", "How does a measure depend on one number, for several methods side by side?",
			`viz.Dependence("relative error", "observed entries", curves...)`,
			viz.Dependence("relative error", "observed entries", curves...)},
		{"PhaseDiagram", "Where does a method work?",
			`viz.PhaseDiagram("Error of deep factorisations", observed, depth, errors, viz.Scale{Unit: "error"})`,
			viz.PhaseDiagram("Error of deep factorisations", viz.Levels{Name: "observed entries", Values: observed},
				viz.Levels{Name: "depth", Values: depth}, errors, viz.Scale{Unit: "error"})},
		{"Grid", "What do three settings do to two measures?",
			"viz.Grid(\"Optimisers, depths and penalties\", optimisers, depths, penalties, test, rank)", grid},
		{"Flow", "Does the run follow the continuous flow of the theory?",
			"viz.Flow(\n\tviz.PathOf(\"factors\", rate, factors), viz.PathOf(\"end-to-end rule\", rate, rule),\n" +
				"\tviz.PathOf(\"continuous flow\", rate, flow))",
			viz.Flow(paths...)},
		{"Law", "Do the singular values move as the law says? Gradient descent on a product of three matrices.",
			`viz.Law(viz.Rate{Name: "σ1", Time: time, Predicted: predicted, Measured: measured}, …)`,
			viz.Law(theory.rates...)},
		{"Sharpness", "Does the run train at the edge of stability?",
			`viz.Sharpness(traces...) // recorded by mc.Trace{Watch: mc.Quantities{mc.Sharpness{}}}`,
			viz.Sharpness(theory.starts...)},
		{"Balance", "Do the layers stay balanced?",
			`viz.Balance(traces...) // recorded by mc.Trace{Watch: mc.Quantities{mc.Balance{}}}`,
			viz.Balance(theory.starts...)},
		{"Layers", "How does each layer's spectrum form?",
			`viz.Layers(trace) // recorded by mc.Trace{Watch: mc.Quantities{mc.Layers{}}}`, viz.Layers(theory.layers)},
		{"Watched", "How does any other quantity move that a trace watches, such as one of your own?",
			`viz.Watched("cosine of update and gradient", traces...) // by mc.Trace{Watch: mc.Quantities{mc.UpdateCosines{}}}`,
			viz.Watched("cosine of update and gradient", theory.optimizers...)},
	}, nil
}

// adamStart is the iterate before the first step.
func adamStart(ctx context.Context, p mc.Problem, s mc.DeepMF) *mat.Dense {
	var w *mat.Dense
	s.Steps = 1
	_, err := s.Solve(ctx, p, mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 0 {
			w = s.W()
		}
	}))
	if err != nil {
		return nil // Spectrum says that it is nil
	}
	return w
}

// overRates is the error of gradient descent with the penalty over its learning rate, for few and
// for more steps, with three seeds each.
func overRates(ctx context.Context, s mc.DeepMF) ([]viz.Curve, error) {
	curves := []viz.Curve{{Name: "300 steps"}, {Name: "3000 steps"}}
	for i, steps := range []int{300, 3000} {
		for _, rate := range []float64{1, 3, 10, 30, 100} {
			var values []float64
			for seed := uint64(1); seed <= 3; seed++ {
				p, err := mc.LowRank{Rows: 30, Cols: 24, Rank: 2, Observed: 300, Seed: seed}.Problem()
				if err != nil {
					return nil, err
				}
				s.Optimizer, s.Steps, s.Seed = mc.GD{LearningRate: rate}, steps, seed
				r, err := s.Solve(ctx, p)
				if err != nil {
					return nil, err
				}
				values = append(values, mc.Evaluate(p, r.W).RelativeError)
			}
			curves[i].X, curves[i].Values = append(curves[i].X, rate), append(curves[i].Values, values)
		}
	}
	return curves, nil
}

// flows runs gradient descent on the factors with a coarse learning rate, the rule for the product
// that it amounts to, and the continuous flow of both, from one start.
func flows(ctx context.Context) ([]viz.Path, error) {
	p, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 2, Observed: 100, Seed: 3}.Problem()
	if err != nil {
		return nil, err
	}
	const rate, steps = 2.0, 75
	start := mc.Orthogonal{Scale: 0.02}
	var paths []viz.Path
	for _, run := range []struct {
		name   string
		solver mc.Solver
	}{
		{"factors, η = 2", mc.DeepMF{Depth: 2, Init: start, Optimizer: mc.GD{LearningRate: rate},
			Steps: steps, Seed: 1}},
		{"end-to-end rule, η = 2", mc.EndToEnd{Depth: 2, Init: start, LearningRate: rate, Steps: steps, Seed: 1}},
		{"continuous flow", mc.GradientFlow{Depth: 2, Init: start, LearningRate: rate, Steps: steps, Seed: 1}},
	} {
		t := &mc.Trace{Every: 1, Top: 3}
		if _, err := run.solver.Solve(ctx, p, t); err != nil {
			return nil, err
		}
		paths = append(paths, viz.PathOf(run.name, rate, t))
	}
	return paths, nil
}
