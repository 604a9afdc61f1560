package mc_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/mctest"
)

// huber is a penalty of one's own, the nuclear norm with a round bottom (Huber 1964),
//
//	R(W) = Σh(σᵢ),   h(σ) = σ²/(2δ) up to δ, and σ − δ/2 beyond.
type huber struct {
	Delta float64 `default:"1" range:"(0, inf)"`
}

func (h huber) Value(p *mc.Point) float64 { return h.OnSpectrum(nil, p.SingularValues()) }

func (h huber) AddGradient(dst *mat.Dense, scale float64, p *mc.Point) {
	p.AddSpectral(dst, scale, h.OnSpectrum)
}

func (h huber) OnSpectrum(grad, sigma []float64) float64 {
	delta, sum := mc.Resolved(h).Delta, 0.0
	for i, s := range sigma {
		slope := min(s/delta, 1)
		sum += slope * (s - delta*slope/2)
		if grad != nil {
			grad[i] = slope
		}
	}
	return sum
}

// A spectral penalty of one's own is a function of the singular values, and two methods of one
// line.
func ExamplePoint_AddSpectral() {
	descent(huber{Delta: 2}, 4, 2, 1)
	// Output:
	// R = 4.25, σ moves by -1.00 -1.00 -0.50
}

// They are as free of allocations as those of the package, and keep all that these promise.
func TestOwnPenaltyAndOptimizer(t *testing.T) {
	mctest.CheckPenalty(t, huber{})
	mctest.CheckOptimizer(t, lion{LearningRate: 1e-3})
}
