package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// X is the minimum: it is positive semidefinite, M − X − τI is nowhere positive, and the two are
// orthogonal, which together are the conditions of optimality.
func TestSemidefinite(t *testing.T) {
	m := gaussian(9, 9, rand.New(rand.NewPCG(1, 1)))
	const tau = 0.7
	var s Semidefinite
	if !s.Of(m, tau) {
		t.Fatal("refused")
	}
	rest := mat.NewSymDense(9, nil)
	product, asymmetry := 0.0, 0.0
	x := mat.NewSymDense(9, nil)
	for i := range 9 {
		for j := range 9 {
			v := (m.At(i, j)+m.At(j, i))/2 - s.X.At(i, j)
			if i == j {
				v -= tau
			}
			rest.SetSym(i, j, v)
			x.SetSym(i, j, s.X.At(i, j))
			product += v * s.X.At(i, j)
			asymmetry = max(asymmetry, math.Abs(s.X.At(i, j)-s.X.At(j, i)))
		}
	}
	var e mat.EigenSym
	e.Factorize(x, false)
	// Rounding of eigenvalues: measured 2e-16.
	if least := e.Values(nil)[0]; least < -1e-13 {
		t.Errorf("X has the eigenvalue %v", least)
	}
	e.Factorize(rest, false)
	// As above: measured 2.3e-15.
	if most := e.Values(nil)[8]; most > 1e-13 {
		t.Errorf("M − X − τI has the eigenvalue %v", most)
	}
	// As above.
	if math.Abs(product) > 1e-12 || asymmetry > 1e-14 {
		t.Errorf("⟨X, M − X − τI⟩ = %v; X differs from its transpose by %v", product, asymmetry)
	}
	m.Set(3, 4, math.NaN())
	if s.Of(m, tau) {
		t.Error("NaN is taken")
	}
}
