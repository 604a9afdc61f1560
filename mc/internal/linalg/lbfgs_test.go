package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// H by its definition, as a matrix, from the same steps: more than are kept, and after Forget.
func TestLBFGS(t *testing.T) {
	const n, most = 7, 3
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		return x
	}
	h := LBFGS{Most: most}
	zero := make([]float64, n)
	var steps, changes [][]float64
	for round := range 9 {
		if round == 5 {
			h.Forget()
			steps, changes = nil, nil
		}
		s, y := random(), random()
		dot := mat.Dot(mat.NewVecDense(n, s), mat.NewVecDense(n, y))
		h.Add(s, zero, y, zero)
		if dot > 0 {
			steps, changes = append(steps, s), append(changes, y)
		}
		if len(steps) > most {
			steps, changes = steps[1:], changes[1:]
		}
		if len(steps) == 0 {
			continue
		}
		want := mat.NewDense(n, n, nil)
		for k, s := range steps {
			s, y := mat.NewVecDense(n, s), mat.NewVecDense(n, changes[k])
			rho := 1 / mat.Dot(s, y)
			if k == 0 {
				lastS, lastY := mat.NewVecDense(n, steps[len(steps)-1]), mat.NewVecDense(n, changes[len(steps)-1])
				for i := range n {
					want.Set(i, i, mat.Dot(lastS, lastY)/mat.Dot(lastY, lastY))
				}
			}
			left := mat.NewDense(n, n, nil)
			left.Outer(-rho, s, y)
			for i := range n {
				left.Set(i, i, left.At(i, i)+1)
			}
			want.Product(left, want, left.T())
			var outer mat.Dense
			outer.Outer(rho, s, s)
			want.Add(want, &outer)
		}
		d := random()
		var product mat.VecDense
		product.MulVec(want, mat.NewVecDense(n, d))
		h.Apply(d)
		for i, got := range d {
			// Rounding of a few products: measured 2e-16.
			if math.Abs(got-product.AtVec(i)) > 1e-13*(1+mat.Norm(&product, 2)) {
				t.Fatalf("round %d: entry %d is %v, want %v", round, i, got, product.AtVec(i))
			}
		}
	}
}
