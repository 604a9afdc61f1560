package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// UpdateCosines measures the direction of the optimiser's steps: for the step ΔW_1 … ΔW_N that
// follows a recorded state, the cosine in the space of all factors
//
//	⟨Δ, D⟩ / (‖Δ‖·‖D‖),  ⟨Δ, D⟩ = Σ_j ⟨ΔW_j, D_j⟩,
//
// with D = −G, the negative gradient of the training objective at that state, and with D = −M, M
// the optimiser's running sum or mean of gradients after the step. 1 means a step of gradient
// descent, or of [Momentum]. The readings are "cosine of update and gradient", and "cosine of
// update and momentum" for [Momentum], [Nesterov], [Adam], [AdamW], [AMSGrad], [NAdam], [RAdam],
// [SignSGD], [ScalarAdam] and any other [MomentumStepper]. The last record has none, and neither
// has one from which the run did not move.
type UpdateCosines struct{}

// Watch returns the state of one run.
func (UpdateCosines) Watch() Gauge { return &cosinesGauge{} }

type cosinesGauge struct{ at, gradient []*mat.Dense }

func (g *cosinesGauge) Measure(s *Step) []Reading {
	h := s.Hessian()
	if g.at = nil; h != nil {
		g.at, g.gradient = (&Factors{W: s.parameters()}).Clone().W, h.Gradient()
	}
	return nil
}

// Next measures the step.
func (g *cosinesGauge) Next(s *Step) (readings []Reading) {
	if g.at == nil {
		return nil
	}
	var momentum [][]float64
	if m, ok := s.stepper.(MomentumStepper); ok {
		momentum = m.Momentum()
	}
	var updates, gradients, momenta, alongGradient, alongMomentum float64
	for j, w := range s.parameters() {
		var d mat.Dense
		d.Sub(w, g.at[j])
		updates += inner(&d, &d)
		gradients += inner(g.gradient[j], g.gradient[j])
		alongGradient -= inner(&d, g.gradient[j])
		if momentum != nil {
			rows, cols := w.Dims()
			m := mat.NewDense(rows, cols, momentum[j])
			momenta += inner(m, m)
			alongMomentum -= inner(&d, m)
		}
	}
	add := func(name string, dot, a, b float64) {
		if a > 0 && b > 0 {
			readings = append(readings, Reading{name, []float64{dot / math.Sqrt(a) / math.Sqrt(b)}})
		}
	}
	add("cosine of update and gradient", alongGradient, updates, gradients)
	add("cosine of update and momentum", alongMomentum, updates, momenta)
	return readings
}

// Kept is the state that a checkpoint keeps.
func (s *cosinesGauge) Kept() []any { return []any{&s.at, &s.gradient} }
