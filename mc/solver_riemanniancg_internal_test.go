package mc

import (
	"context"
	"math"
	"testing"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// The gradient on the manifold is the derivative of ½‖A(W) − b‖² along any tangent vector, and
// projection keeps what is tangent.
func TestRiemannianGradient(t *testing.T) {
	p, err := LowRank{Rows: 14, Cols: 10, Rank: 3, Observed: 80, Noise: 1, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	o, sigma := p.Train.(*Observations), []float64(nil)
	m := &manifoldRun{RiemannianCG: RiemannianCG{Rank: 3}}
	if err := m.Start(context.Background(), &State{Problem: p}); err != nil {
		t.Fatal(err)
	}
	sigma = append(sigma, m.top.Sigma...)
	// A random tangent vector: the projection of some observed entries.
	direction, rng := m.Zero(), random.New(2, 1)
	values := make([]float64, o.Len())
	for k := range values {
		values[k] = rng.NormFloat64()
	}
	m.Adjoint(direction, values)

	again := m.Zero()
	m.Sides(direction)
	m.Project(again, linalg.Clone(m.L), linalg.Clone(m.R))
	kernel.Axpy(-1, direction.All, again.All)
	// Rounding of a projection: measured 5e-16.
	if off := linalg.Norm(again.All); off > 1e-13*linalg.Norm(direction.All) {
		t.Errorf("projected, a tangent vector differs by %v", off)
	}

	value := func(length float64) float64 {
		moved := m.Zero()
		kernel.Scale(length, direction.All, moved.All)
		for c, s := range sigma {
			moved.Core.Data[c*3+c] += s
		}
		m.Sides(moved)
		m.retract(m.L, m.R)
		return kernel.Dot(m.trial, m.trial) / 2
	}
	const step = 1e-5
	want := (value(step) - value(-step)) / (2 * step)
	// Central differences: measured 9e-11.
	if got := kernel.Dot(m.gradient.All, direction.All); math.Abs(got-want) > 1e-7*math.Abs(want) {
		t.Errorf("⟨gradient, direction⟩ = %v, differences give %v", got, want)
	}
}
