package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func gaussian(rows, cols int, rng *rand.Rand) *mat.Dense {
	w := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			w.Set(i, j, rng.NormFloat64())
		}
	}
	return w
}

// On a linear map of n variables Anderson acceleration is as good as GMRES (Walker and Ni 2011,
// theorem 2.2): n + 1 values give the fixed point, also of a map whose iteration diverges.
func TestAndersonLinear(t *testing.T) {
	const n = 6
	for _, relax := range []float64{1, 1.5} {
		rng := rand.New(rand.NewPCG(4, 1))
		m, want := gaussian(n, n, rng), gaussian(n, 1, rng)
		var fixed mat.Dense
		fixed.Mul(m, want)
		fixed.Sub(want, &fixed) // T(z) = Mz + (I − M)·want
		a := NewAnderson(n, n, relax)
		z, f := make([]float64, n), make([]float64, n)
		for range n + 3 {
			var image mat.Dense
			image.Mul(m, mat.NewDense(n, 1, z))
			for i := range f {
				f[i] = image.At(i, 0) + fixed.At(i, 0) - z[i]
			}
			a.Next(z, f)
			a.size = math.Inf(1) // never start again
		}
		for i, x := range z {
			// As many steps as dimensions solve a linear problem, to its condition: measured 3e-12.
			if math.Abs(x-want.At(i, 0)) > 1e-9 {
				t.Errorf("relax %v: z[%d] is %v, not %v", relax, i, x, want.At(i, 0))
			}
		}
	}
}

// Where a combination has made ‖f‖ more than twice as long, the iteration continues from the plain
// step before it.
func TestAndersonReturns(t *testing.T) {
	a := NewAnderson(2, 4, 1)
	z := []float64{0, 0}
	var plain [2]float64
	for _, f := range [][]float64{{1, 0}, {0.5, 0.1}, {0.3, 0.2}} {
		plain = [2]float64{z[0] + f[0], z[1] + f[1]}
		a.Next(z, f)
	}
	if !a.mixed || z[0] == plain[0] {
		t.Fatalf("%v is no combination", z)
	}
	a.Next(z, []float64{100, 100})
	if z[0] != plain[0] || z[1] != plain[1] {
		t.Errorf("continues from %v, not from %v", z, plain)
	}
	a.Next(z, []float64{1, 1})
	if z[0] != plain[0]+1 || z[1] != plain[1]+1 {
		t.Errorf("%v remembers what it should have forgotten", z)
	}
}
