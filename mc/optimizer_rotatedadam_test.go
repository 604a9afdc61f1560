package mc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/random"
)

// RotatedAdam on W is Adam on PᵀWQ, with P and Q orthogonal and away from the axes, and other ones
// with another seed.
func TestRotatedAdamIsAdamInItsBasis(t *testing.T) {
	shapes := []Shape{{5, 3}, {2, 4}}
	o := RotatedAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, Seed: 3}
	rotated := o.Start(shapes).(*rotatedState)
	adam := Adam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3}.Start(shapes)
	other := RotatedAdam{Seed: 4}.Start(shapes).(*rotatedState)

	product := func(a, b, c mat.Matrix) *mat.Dense {
		var p mat.Dense
		p.Product(a, b, c)
		return &p
	}
	var w, x, gw, gx []*mat.Dense
	for j, s := range shapes {
		p, q := rotated.left[j], rotated.right[j]
		for _, basis := range []*mat.Dense{p, q} {
			n, _ := basis.Dims()
			var gram mat.Dense
			gram.Mul(basis.T(), basis)
			if !mat.EqualApprox(&gram, mat.NewDiagDense(n, ones(n)), 1e-14) {
				t.Errorf("parameter %d: a basis is not orthogonal", j)
			}
			if mat.Max(basis) > 0.999 {
				t.Errorf("parameter %d: a basis has an axis of the entries", j)
			}
		}
		if mat.EqualApprox(p, other.left[j], 0.1) || mat.EqualApprox(q, other.right[j], 0.1) {
			t.Errorf("parameter %d: another seed has the same basis", j)
		}
		start := gaussian(s.Rows, s.Cols, random.New(uint64(j), 1))
		w, x = append(w, start), append(x, product(p.T(), start, q))
		gw, gx = append(gw, mat.NewDense(s.Rows, s.Cols, nil)), append(gx,
			mat.NewDense(s.Rows, s.Cols, nil))
	}
	for k := range 10 {
		gradient := func(g, w *mat.Dense) {
			g.Apply(func(i, j int, w float64) float64 {
				return w*w*w/3 + w + math.Sin(float64(k+3*i+7*j))
			}, w)
		}
		for j := range w {
			p, q := rotated.left[j], rotated.right[j]
			gradient(gw[j], w[j])
			var g mat.Dense
			gradient(&g, product(p, x[j], q.T()))
			gx[j].Copy(product(p.T(), &g, q))
		}
		rotated.Step(w, gw)
		adam.Step(x, gx)
		for j := range w {
			if back := product(rotated.left[j], x[j], rotated.right[j].T()); !mat.EqualApprox(w[j],
				back, 1e-12) {
				t.Fatalf("step %d: parameter %d is\n%v\nAdam in the basis says\n%v", k+1, j,
					mat.Formatted(w[j]), mat.Formatted(back))
			}
		}
	}
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}
