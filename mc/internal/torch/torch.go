// Package torch compares optimisers with PyTorch's own, over ten steps that steps.py recorded.
package torch

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

//go:embed steps.json
var recorded []byte

// Optimizers are those that PyTorch has too, by the names of the runs in steps.json.
var Optimizers = map[string]mc.Optimizer{
	"GD{LearningRate: 0.05}":                  mc.GD{LearningRate: 0.05},
	"Momentum{LearningRate: 0.05, Beta: 0.8}": mc.Momentum{LearningRate: 0.05, Beta: 0.8},
	"Nesterov{LearningRate: 0.05, Beta: 0.8}": mc.Nesterov{LearningRate: 0.05, Beta: 0.8},
	"RMSProp{}": mc.RMSProp{},
	"RMSProp{LearningRate: 0.05, Rho: 0.9, Epsilon: 0.001}": mc.RMSProp{LearningRate: 0.05, Rho: 0.9, Epsilon: 1e-3},
	"Adam{}": mc.Adam{},
	"Adam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}": mc.Adam{LearningRate: 0.05, Beta1: 0.8,
		Beta2: 0.95, Epsilon: 1e-3},
	"AdamW{}": mc.AdamW{},
	"AdamW{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001, WeightDecay: 0.1}": mc.AdamW{
		LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, WeightDecay: 0.1},
	"Adagrad{}": mc.Adagrad{},
	"Adagrad{LearningRate: 0.05, Epsilon: 0.001}": mc.Adagrad{LearningRate: 0.05, Epsilon: 1e-3},
	"Adadelta{}": mc.Adadelta{},
	"Adadelta{LearningRate: 0.5, Rho: 0.8, Epsilon: 0.001}": mc.Adadelta{LearningRate: 0.5, Rho: 0.8, Epsilon: 1e-3},
	"AMSGrad{}": mc.AMSGrad{},
	"AMSGrad{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}": mc.AMSGrad{LearningRate: 0.05,
		Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3},
	"AMSGrad{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.3, Epsilon: 0.001}": mc.AMSGrad{LearningRate: 0.05,
		Beta1: 0.8, Beta2: 0.3, Epsilon: 1e-3},
	"Adamax{}": mc.Adamax{},
	"Adamax{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}": mc.Adamax{LearningRate: 0.05,
		Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3},
	"RAdam{}": mc.RAdam{},
	"RAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}": mc.RAdam{
		LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3},
	"ASGD{}": mc.ASGD{},
	"ASGD{LearningRate: 0.05, Decay: 0.1, Power: 0.5, T0: 3}": mc.ASGD{
		LearningRate: 0.05, Decay: 0.1, Power: 0.5, T0: 3},
	"NAdam{}": mc.NAdam{},
	"NAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001, MomentumDecay: 0.1}": mc.NAdam{
		LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, MomentumDecay: 0.1},
}

// Plateaus are the schedules that PyTorch has too, by the names of their factors in steps.json.
var Plateaus = map[string]mc.Plateau{
	"Plateau{Patience: 3}": {Patience: 3},
	"Plateau{Patience: 2, Gamma: 0.5, Threshold: 0.1, Cooldown: 4, Final: 0.05}": {
		Patience: 2, Gamma: 0.5, Threshold: 0.1, Cooldown: 4, Final: 0.05},
}

// A Record holds the numbers of PyTorch.
type Record struct {
	// Version of PyTorch.
	Version string
	// Shapes of the parameters, and their entries at the start, row by row.
	Shapes [][2]int
	Start  [][]float64
	// Runs by name: after each of ten steps, the entries of all parameters.
	Runs map[string][][]float64
	// Averages by name: after each of ten steps, the averages that ASGD keeps of all parameters.
	Averages map[string][][]float64
	// Objective over the steps of a run, and by name the factors that a plateau makes of it.
	Objective []float64
	Factors   map[string][]float64
}

// Recorded returns the record.
func Recorded() (*Record, error) {
	r := &Record{}
	if err := json.Unmarshal(recorded, r); err != nil {
		return nil, fmt.Errorf("torch: steps.json: %w", err)
	}
	return r, nil
}

// Deviation takes the steps of a run and returns the largest difference from PyTorch's entries,
// relative to the largest of these.
func (r *Record) Deviation(name string, o mc.Optimizer) (float64, error) {
	return r.deviation(r.Runs, name, o, func(_ mc.Stepper, _ int, param *mat.Dense) []float64 {
		return param.RawMatrix().Data
	})
}

// AverageDeviation is [Record.Deviation] for the averages of an ASGD.
func (r *Record) AverageDeviation(name string, o mc.ASGD) (float64, error) {
	return r.deviation(r.Averages, name, o, func(s mc.Stepper, j int, _ *mat.Dense) []float64 {
		return s.(*mc.ASGDState).Average(j)
	})
}

// deviation compares the numbers that shown takes of each parameter.
func (r *Record) deviation(runs map[string][][]float64, name string, o mc.Optimizer,
	shown func(s mc.Stepper, j int, param *mat.Dense) []float64) (float64, error) {
	run, ok := runs[name]
	if !ok {
		return 0, fmt.Errorf("torch: steps.json has no run %q", name)
	}
	var shapes []mc.Shape
	var params, grads []*mat.Dense
	for j, s := range r.Shapes {
		shapes = append(shapes, mc.Shape{Rows: s[0], Cols: s[1]})
		params = append(params, mat.NewDense(s[0], s[1], append([]float64(nil), r.Start[j]...)))
		grads = append(grads, mat.NewDense(s[0], s[1], nil))
	}
	stepper := o.Start(shapes)
	off, largest := 0.0, 0.0
	for t, want := range run {
		sign := 1.0
		if t%2 == 0 { // steps count from 1
			sign = -1
		}
		for j, w := range params {
			grads[j].Apply(func(_, _ int, w float64) float64 { return w*w*w/2 + w/4 + sign*0.3 - 0.2 }, w)
		}
		stepper.Step(params, grads)
		for j, w := range params {
			for _, got := range shown(stepper, j, w) {
				off, largest = max(off, math.Abs(got-want[0])), max(largest, math.Abs(want[0]))
				want = want[1:]
			}
		}
	}
	return off / largest, nil
}
