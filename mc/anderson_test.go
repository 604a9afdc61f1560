package mc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// On a linear map of n variables Anderson acceleration is as good as GMRES (Walker and Ni 2011, theorem 2.2): n + 1 values and no more give the fixed point, also of a map whose
// iteration diverges.
func TestAndersonLinear(t *testing.T) {
	const n = 6
	for _, relax := range []float64{1, 1.5} {
		rng := newRand(4, 1)
		m, want := gaussian(n, n, rng), gaussian(n, 1, rng)
		var fixed mat.Dense
		fixed.Mul(m, want)
		fixed.Sub(want, &fixed) // T(z) = Mz + (I − M)·want
		a := newAnderson(n, n, relax)
		z, f := make([]float64, n), make([]float64, n)
		for range n + 3 {
			var image mat.Dense
			image.Mul(m, mat.NewDense(n, 1, z))
			for i := range f {
				f[i] = image.At(i, 0) + fixed.At(i, 0) - z[i]
			}
			a.next(z, f)
			a.size = math.Inf(1) // never start again
		}
		for i, x := range z {
			if math.Abs(x-want.At(i, 0)) > 1e-6 {
				t.Errorf("relax %v: z[%d] is %v, not %v", relax, i, x, want.At(i, 0))
			}
		}
	}
}

// Where a combination has made ‖f‖ more than twice as long, the run goes on from the plain step before it.
func TestAndersonReturns(t *testing.T) {
	a := newAnderson(2, 4, 1)
	z := []float64{0, 0}
	var plain [2]float64
	for _, f := range [][]float64{{1, 0}, {0.5, 0.1}, {0.3, 0.2}} {
		plain = [2]float64{z[0] + f[0], z[1] + f[1]}
		a.next(z, f)
	}
	if !a.mixed || z[0] == plain[0] {
		t.Fatalf("%v is no combination", z)
	}
	a.next(z, []float64{100, 100})
	if z[0] != plain[0] || z[1] != plain[1] {
		t.Errorf("goes on from %v, not from %v", z, plain)
	}
	a.next(z, []float64{1, 1})
	if z[0] != plain[0]+1 || z[1] != plain[1]+1 {
		t.Errorf("%v remembers what it should have forgotten", z)
	}
}
