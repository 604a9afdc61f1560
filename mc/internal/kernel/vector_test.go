package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ofNormals are n random numbers.
func ofNormals[T Element](rng *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

// The vector functions at every length around the block, against plain loops in double precision.
func TestVectorsAgainstPlainLoops(t *testing.T) {
	everySet(t, func(t *testing.T) {
		vectorsAgainstPlainLoops[float64](t, 0x1p-52)
		vectorsAgainstPlainLoops[float32](t, 0x1p-23)
	})
}

func vectorsAgainstPlainLoops[T Element](t *testing.T, unit float64) {
	rng := rand.New(rand.NewPCG(21, 22))
	for n := range 140 {
		x, y := ofNormals[T](rng, n), ofNormals[T](rng, n)
		dot, size := 0.0, 0.0
		for i := range n {
			dot += float64(x[i]) * float64(y[i])
			size += math.Abs(float64(x[i]) * float64(y[i]))
		}
		// In either precision the sum is in double.
		if got := Dot(x, y); math.Abs(got-dot) > float64(n)*0x1p-52*size {
			t.Errorf("%d numbers of %T: dot is %v, want %v", n, x, got, dot)
		}
		z, scaled := append([]T(nil), y...), make([]T, n)
		Axpy(-1.5, x, z)
		Scale(-1.5, x, scaled)
		for i := range n {
			want, size := float64(y[i])-1.5*float64(x[i]), math.Abs(float64(x[i]))+math.Abs(float64(y[i]))
			if math.Abs(float64(z[i])-want) > 4*unit*size || scaled[i] != -1.5*x[i] {
				t.Errorf("%d numbers of %T: element %d: %v and %v", n, x, i, z[i], scaled[i])
			}
		}
	}
}

func TestAdamAgainstTheFormula(t *testing.T) {
	everySet(t, func(t *testing.T) {
		adamAgainstTheFormula[float64](t, 1e-14)
		adamAgainstTheFormula[float32](t, 2e-6)
	})
}

func adamAgainstTheFormula[T Element](t *testing.T, tol float64) {
	rng := rand.New(rand.NewPCG(23, 24))
	const rate, beta1, beta2, eps = 0.01, 0.9, 0.999, 1e-8
	for _, n := range []int{1, 7, 8, 15, 16, 19, 35, 64} {
		param, m, v := ofNormals[T](rng, n), make([]T, n), make([]T, n)
		want, wantM, wantV := make([]float64, n), make([]float64, n), make([]float64, n)
		for i, p := range param {
			want[i] = float64(p)
		}
		for step := 1; step <= 5; step++ {
			grad := ofNormals[T](rng, n)
			corr1, corr2 := 1-math.Pow(beta1, float64(step)), 1-math.Pow(beta2, float64(step))
			Adam(param, grad, m, v, rate, beta1, beta2, corr1, corr2, eps)
			for i := range grad {
				g := float64(grad[i])
				wantM[i] = beta1*wantM[i] + (1-beta1)*g
				wantV[i] = beta2*wantV[i] + (1-beta2)*g*g
				want[i] -= rate * (wantM[i] / corr1) / (math.Sqrt(wantV[i]/corr2) + eps)
				if math.Abs(float64(param[i])-want[i]) > tol*(1+math.Abs(want[i])) ||
					math.Abs(float64(m[i])-wantM[i]) > tol/10 || math.Abs(float64(v[i])-wantV[i]) > tol/10 {
					t.Fatalf("%d parameters of %T, step %d: parameter %d is %v, want %v", n, param, step, i,
						param[i], want[i])
				}
			}
		}
	}
}

func TestFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for i := range 20 {
			x := make([]float64, 20)
			x[0] = math.MaxFloat64
			if !Finite(x) {
				t.Error("the greatest number is not finite")
			}
			x[i] = bad
			if Finite(x) {
				t.Errorf("%v at %d is finite", bad, i)
			}
		}
	}
}
