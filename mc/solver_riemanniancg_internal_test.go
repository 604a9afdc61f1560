package mc

import (
	"math"
	"testing"

	"projectpenalty/mc/internal/kernel"
)

// The gradient on the manifold is the derivative of ½‖A(W) − b‖² along any tangent vector, and projection keeps what is tangent.
func TestRiemannianGradient(t *testing.T) {
	p, err := LowRank{Rows: 14, Cols: 10, Rank: 3, Observed: 80, Noise: 1, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	o := p.Train.(*Observations)
	m := &manifoldRun{rankRun: newRankRun(o), tangentSpace: newTangentSpace(o)}
	u, sigma, v := leading(o, 3)
	m.begin(columns(u, 3), sigma, columns(v, 3))
	// A random tangent vector: the projection of some seen entries.
	direction, rng := m.tangent(), newRand(2, 1)
	values := make([]float64, o.Len())
	for k := range values {
		values[k] = rng.NormFloat64()
	}
	m.adjoint(direction, values)

	again := m.tangent()
	m.sides(direction)
	m.project(again, cloned(m.l), cloned(m.r))
	kernel.Axpy(-1, direction.all, again.all)
	if off := norm(again.all); off > 1e-13*norm(direction.all) {
		t.Errorf("projected, a tangent vector differs by %v", off)
	}

	value := func(length float64) float64 {
		moved := m.tangent()
		kernel.Scale(length, direction.all, moved.all)
		for c, s := range sigma {
			moved.core.Data[c*3+c] += s
		}
		m.sides(moved)
		m.retract(m.l, m.r)
		return kernel.Dot(m.trial, m.trial) / 2
	}
	const step = 1e-5
	want := (value(step) - value(-step)) / (2 * step)
	if got := kernel.Dot(m.gradient.all, direction.all); math.Abs(got-want) > 1e-7*math.Abs(want) {
		t.Errorf("⟨gradient, direction⟩ = %v, differences give %v", got, want)
	}
}
