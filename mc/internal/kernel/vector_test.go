package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The vector functions at every length around the block, against plain loops.
func TestVectorsAgainstPlainLoops(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(21, 22))
		for n := range 70 {
			x, y := random(rng, 1, n).Data[:n], random(rng, 1, n).Data[:n]
			dot, size := 0.0, 0.0
			for i := range n {
				dot += x[i] * y[i]
				size += math.Abs(x[i] * y[i])
			}
			if got := Dot(x, y); math.Abs(got-dot) > float64(n)*0x1p-52*size {
				t.Errorf("%d numbers: dot is %v, want %v", n, got, dot)
			}
			z, scaled := append([]float64(nil), y...), make([]float64, n)
			Axpy(-1.5, x, z)
			Scale(-1.5, x, scaled)
			for i := range n {
				if math.Abs(z[i]-(y[i]-1.5*x[i])) > 1e-15*(math.Abs(x[i])+math.Abs(y[i])) || scaled[i] != -1.5*x[i] {
					t.Errorf("%d numbers: element %d: %v and %v", n, i, z[i], scaled[i])
				}
			}
		}
	})
}

func TestAdamAgainstTheFormula(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(23, 24))
		const rate, beta1, beta2, eps = 0.01, 0.9, 0.999, 1e-8
		for _, n := range []int{1, 7, 8, 19, 64} {
			param, m, v := random(rng, 1, n).Data, make([]float64, n), make([]float64, n)
			want, wantM, wantV := append([]float64(nil), param...), make([]float64, n), make([]float64, n)
			for step := 1; step <= 5; step++ {
				grad := random(rng, 1, n).Data
				corr1, corr2 := 1-math.Pow(beta1, float64(step)), 1-math.Pow(beta2, float64(step))
				Adam(param, grad, m, v, rate, beta1, beta2, corr1, corr2, eps)
				for i, g := range grad {
					wantM[i] = beta1*wantM[i] + (1-beta1)*g
					wantV[i] = beta2*wantV[i] + (1-beta2)*g*g
					want[i] -= rate * (wantM[i] / corr1) / (math.Sqrt(wantV[i]/corr2) + eps)
					if math.Abs(param[i]-want[i]) > 1e-14*(1+math.Abs(want[i])) ||
						math.Abs(m[i]-wantM[i]) > 1e-15 || math.Abs(v[i]-wantV[i]) > 1e-15 {
						t.Fatalf("%d parameters, step %d: parameter %d is %v, want %v", n, step, i, param[i], want[i])
					}
				}
			}
		}
	})
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
