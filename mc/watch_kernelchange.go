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
	left, right := make([]squared, n), make([]squared, n) // L_jL_jᵀ and R_jᵀR_j
	var l, r *mat.Dense
	for j := range factors {
		left[n-1-j], right[j] = newSquared(l, false), newSquared(r, true)
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
					sum += left[j].at(p.Row, q.Row) * right[j].at(p.Col, q.Col)
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
			AddScaled(sum, 1, right[j].after(left[j].before(z)))
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

// squared is w·wᵀ, or wᵀ·w if trans; of a nil w it is the identity.
type squared struct {
	w     *mat.Dense
	trans bool
	whole *mat.Dense // nil if it is much larger than w
}

func newSquared(w *mat.Dense, trans bool) squared {
	s := squared{w: w, trans: trans}
	if w == nil {
		return s
	}
	size, inner := w.Dims()
	if trans {
		size, inner = inner, size
	}
	if size <= 512 || size <= 4*inner {
		s.whole = mat.NewDense(size, size, nil)
		kernel.Syrk(trans, 1, w.RawMatrix(), 0, s.whole.RawMatrix())
	}
	return s
}

// at returns an entry.
func (s squared) at(i, k int) float64 {
	switch {
	case s.whole != nil:
		return s.whole.At(i, k)
	case s.w != nil && s.trans:
		return mat.Dot(s.w.ColView(i), s.w.ColView(k))
	case s.w != nil:
		return mat.Dot(s.w.RowView(i), s.w.RowView(k))
	case i == k:
		return 1
	}
	return 0
}

// before returns the product of w·wᵀ and z, after that of z and wᵀ·w.
func (s squared) before(z *mat.Dense) *mat.Dense {
	if s.w == nil || s.whole != nil {
		return times(s.whole, z)
	}
	var inner, all mat.Dense
	inner.Mul(s.w.T(), z)
	all.Mul(s.w, &inner)
	return &all
}

func (s squared) after(z *mat.Dense) *mat.Dense {
	if s.w == nil || s.whole != nil {
		return times(z, s.whole)
	}
	var inner, all mat.Dense
	inner.Mul(z, s.w.T())
	all.Mul(&inner, s.w)
	return &all
}

// Kept is the state that a checkpoint keeps.
func (s *kernelGauge) Kept() []any { return []any{&s.start} }
