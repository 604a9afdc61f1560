package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// KernelChange is the relative change of the neural tangent kernel on the measurements since the
// initialisation,
//
//	‖K(t) − K(0)‖_F / ‖K(0)‖_F,  K = JJᵀ (n × n),  J = ∂A(W)/∂(W_1 … W_N).
//
// It is 0 at depth 1, and near 0 where training is linear in the factors (Jacot, Gabriel, Hongler
// 2018; Chizat, Oyallon, Bach 2019). With W = L_j·W_j·R_j,
//
//	K·y = A( Σ_j L_jL_jᵀ · A*(y) · R_jᵀR_j ),
//
// for two entries (i, k) and (i', k') Σ_j (L_jL_jᵀ)_{ii'}·(R_jᵀR_j)_{kk'}. The reading is "change
// of the tangent kernel"; there is none where K(0) is 0 or W is too large to form.
type KernelChange struct {
	// Measurements is the largest number of measurements compared; they are evenly spaced among
	// all.
	Measurements int `default:"256" range:"[1, inf)"`
}

// Watch returns the state of one run.
func (q KernelChange) Watch() Gauge { return &kernelGauge{most: Resolved(q).Measurements} }

type kernelGauge struct {
	most  int
	start []*mat.Dense // K(0)
}

func (g *kernelGauge) Measure(s *Step) []Reading {
	if !s.linear() {
		return nil
	}
	k := tangentKernel(s.parameters(), s.problem.Train, g.most)
	if g.start == nil {
		g.start = []*mat.Dense{k}
	}
	size := frobenius(g.start[0])
	if size == 0 {
		return nil
	}
	var d mat.Dense
	d.Sub(k, g.start[0])
	return []Reading{{"change of the tangent kernel", []float64{frobenius(&d) / size}}}
}

// tangentKernel returns K over at most so many measurements.
func tangentKernel(factors []*mat.Dense, train Measurement, most int) *mat.Dense {
	n := len(factors)
	left, right := make([]*mat.Dense, n), make([]*mat.Dense, n) // L_jL_jᵀ and R_jᵀR_j, nil for the identity
	var l, r *mat.Dense
	for j := range factors {
		if l != nil {
			left[n-1-j] = gram(l, false)
		}
		if r != nil {
			right[j] = gram(r, true)
		}
		l, r = times(l, factors[n-1-j]), times(factors[j], r)
	}
	m := min(most, train.Len())
	index := make([]int, m)
	for a := range index {
		index[a] = a * train.Len() / m
	}
	k := mat.NewDense(m, m, nil)
	if o, ok := train.(*Observations); ok {
		entries := o.Entries()
		for a, x := range index {
			for b, y := range index {
				p, q, sum := entries[x], entries[y], 0.0
				for j := range factors {
					sum += entryOf(left[j], p.Row, q.Row) * entryOf(right[j], p.Col, q.Col)
				}
				k.Set(a, b, sum)
			}
		}
		return k
	}
	rows, cols := train.Dims()
	y, column := make([]float64, train.Len()), make([]float64, train.Len())
	z, sum := mat.NewDense(rows, cols, nil), mat.NewDense(rows, cols, nil)
	for b, at := range index {
		clear(y)
		y[at] = 1
		z.Zero()
		train.AddAdjoint(z, 1, y)
		sum.Zero()
		for j := range factors {
			AddScaled(sum, 1, times(times(left[j], z), right[j]))
		}
		train.Apply(column, sum)
		for a, x := range index {
			k.Set(a, b, column[x])
		}
	}
	return k
}

// times returns a·b, where nil is the identity.
func times(a, b *mat.Dense) *mat.Dense {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	rows, _ := a.Dims()
	_, cols := b.Dims()
	c := mat.NewDense(rows, cols, nil)
	product(c, a, b, 0)
	return c
}

// gram returns w·wᵀ, or wᵀ·w if trans.
func gram(w *mat.Dense, trans bool) *mat.Dense {
	rows, cols := w.Dims()
	if trans {
		rows = cols
	}
	g := mat.NewDense(rows, rows, nil)
	kernel.Syrk(trans, 1, w.RawMatrix(), 0, g.RawMatrix())
	return g
}

// entryOf returns an entry of w, where nil is the identity.
func entryOf(w *mat.Dense, i, k int) float64 {
	switch {
	case w != nil:
		return w.At(i, k)
	case i == k:
		return 1
	}
	return 0
}

// Kept is the state that a checkpoint keeps.
func (s *kernelGauge) Kept() []any { return []any{&s.start} }
