package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// Sharpness is the largest eigenvalue of the [Hessian] of the training objective in the factors,
//
//	λ₁ = max over ‖V‖ = 1 of ⟨V, ∇²(L + λ·R) V⟩.
//
// Gradient descent with learning rate η is stable on a quadratic only where λ₁ ≤ 2/η; networks
// train at this edge of stability (Cohen et al. 2021). An optimiser that divides by a matrix P is
// stable where the largest eigenvalue of P^(−1/2)·∇²·P^(−1/2) is below its edge (Cohen et al.
// 2022). Readings:
//
//   - "sharpness": λ₁;
//   - "edge of stability": 2/η for [GD], [RMSProp] and [GroupRMSProp], 2(1+β)/η for [Momentum],
//     2(1+β)/((1+2β)η) for [Nesterov], 2(1+β₁)/((1−β₁)η) for [Adam], with η times the schedule's
//     factor; that of any other [StableStepper];
//   - "preconditioned sharpness" for the three with a P, after the first step: √S + ε of
//     [RMSProp] and [GroupRMSProp], (1−β₁ᵗ)(√Ŝ + ε) of [Adam]; its edge is the one above;
//   - "products with the Hessian" that the record took, and "error of the sharpness", an estimate.
//
// The eigenvalue comes from Lanczos iterations, at least five, that begin with the eigenvector of
// the last record, the gradient and random signs. From a Tolerance of 1e-4 on, a product with the
// Hessian of a polynomial objective is a difference of two gradients, with an error of 1e-7. The
// same rule with exact products was measured in three runs at 100×100 with the default Tolerance
// (GroupRMSProp and GD at depth 3, Adam at depth 4): the first record took 9 to 23 products and the
// others 5.3 on average. 47 of these 50 were within 1 % of the eigenvalue; the others were up to
// 3.5 % too small, where another direction takes over. In small problems at the edge of stability a
// single record was off by up to a fifth. At every hundredth step at 100×100 and depth 3 it adds 7
// to 9 % of CPU time, with GD or GroupRMSProp (make bench).
//
// There are no readings where the iterate is too large to form, see [Result], or where products
// with the Hessian overflow.
type Sharpness struct {
	// Tolerance is the estimated relative error at which the iteration ends.
	Tolerance float64 `default:"1e-2" range:"(0, 1)"`
	// Products bounds the products with the Hessian per eigenvalue.
	Products int `default:"100" range:"[2, inf)"`
}

// Watch returns the state of one run.
func (q Sharpness) Watch() Gauge {
	q = Resolved(q)
	return &sharpnessGauge{lanczos: linalg.Lanczos{Tolerance: q.Tolerance, Least: 5, Most: q.Products}}
}

type sharpnessGauge struct {
	lanczos       linalg.Lanczos
	plain, scaled []float64 // eigenvectors at the last record, the latter of the preconditioned Hessian
	in, out       []float64 // a direction and its product
	v, hv         []*mat.Dense
	room          *Hessian // of the last record
}

func (g *sharpnessGauge) Measure(s *Step) []Reading {
	h := s.hessian(g.room)
	if h == nil {
		return nil
	}
	g.room = h
	if g.in == nil {
		g.in, g.v = stacked(h.Shapes())
		g.out, g.hv = stacked(h.Shapes())
	}
	top := g.largest(s, h, &g.plain, func(dst, v []float64) {
		g.product(h, viewsOf(h.Shapes(), dst), viewsOf(h.Shapes(), v), 1)
	})
	if math.IsNaN(top.Value) {
		return nil
	}
	readings := []Reading{{"sharpness", []float64{top.Value}}}
	var p Stability
	if stable, ok := s.stepper.(StableStepper); ok {
		p = stable.Stability()
	}
	if s.Index > 0 && p.Number > 0 {
		readings = append(readings, Reading{"preconditioned sharpness", []float64{top.Value / p.Number}})
	}
	if s.Index > 0 && p.Entries != nil {
		root := make([]float64, len(g.in))
		for i := range root {
			root[i] = 1 / math.Sqrt(p.Entries[i])
		}
		inside := g.largest(s, h, &g.scaled, func(dst, v []float64) {
			for i, x := range root {
				g.in[i] = x * v[i]
			}
			g.product(h, g.hv, g.v, linalg.Norm(g.in))
			for i, x := range root {
				dst[i] = x * g.out[i]
			}
		})
		top.Products += inside.Products
		if finite(inside.Value) {
			readings = append(readings, Reading{"preconditioned sharpness", []float64{inside.Value}})
		}
	}
	if p.Edge > 0 && finite(p.Edge) { // the schedule is not at 0
		readings = append(readings, Reading{"edge of stability", []float64{p.Edge}})
	}
	return append(readings, Reading{"error of the sharpness", []float64{top.Error}},
		Reading{"products with the Hessian", []float64{float64(top.Products)}})
}

// product sets hv to the product with v, of the given length, exactly if the tolerance needs it.
func (g *sharpnessGauge) product(h *Hessian, hv, v []*mat.Dense, length float64) {
	if g.lanczos.Tolerance < 1e-4 {
		h.Apply(hv, v)
	} else {
		h.approximate(hv, v, length)
	}
}

// largest iterates from the last eigenvector, the gradient and a random part together: where a new
// direction takes over, the gradient has it first, and the random part has every direction.
func (g *sharpnessGauge) largest(s *Step, h *Hessian, vector *[]float64, apply func(dst, v []float64)) linalg.Top {
	rng := random.New(uint64(s.Index), random.Lanczos)
	if *vector == nil {
		*vector = make([]float64, len(g.in))
	}
	v := *vector
	size, signs := 0.1/math.Sqrt(float64(len(v))), uint64(0)
	for i := range v {
		if i%64 == 0 {
			signs = rng.Uint64()
		}
		v[i] += math.Float64frombits(math.Float64bits(size) | signs<<63)
		signs >>= 1
	}
	at, gradient := 0, h.gradient()
	if size := math.Sqrt(squaredNorm(gradient)); size > 0 && finite(size) {
		for _, w := range gradient {
			data := w.RawMatrix().Data
			kernel.Axpy(1/size, data, v[at:at+len(data)])
			at += len(data)
		}
	}
	g.lanczos.Apply = apply
	return g.lanczos.Largest(v)
}

// stacked returns room for all entries of matrices of the given shapes, and the matrices in it.
func stacked(shapes []Shape) ([]float64, []*mat.Dense) {
	n := 0
	for _, s := range shapes {
		n += s.Rows * s.Cols
	}
	all := make([]float64, n)
	return all, viewsOf(shapes, all)
}

// viewsOf returns matrices of the given shapes whose entries are all, one after the other.
func viewsOf(shapes []Shape, all []float64) []*mat.Dense {
	views := make([]*mat.Dense, len(shapes))
	for j, s := range shapes {
		size := s.Rows * s.Cols
		views[j], all = mat.NewDense(s.Rows, s.Cols, all[:size]), all[size:]
	}
	return views
}

// Kept is the state that a checkpoint keeps.
func (s *sharpnessGauge) Kept() []any { return []any{&s.plain, &s.scaled} }
