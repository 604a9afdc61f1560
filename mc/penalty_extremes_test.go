package mc_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
)

// extremes are matrices near the ends of what a float64 holds.
func extremes() map[string]*mat.Dense {
	scaled := func(factor float64, of []float64) *mat.Dense {
		w := mat.NewDense(3, 2, nil)
		w.Apply(func(i, j int, _ float64) float64 { return factor * of[2*i+j] }, w)
		return w
	}
	general, equal, single := []float64{1, -2, 3, 0.5, -1, 2}, []float64{1, 1, 1, 1, 1, 1}, []float64{0, 0, 0, 1, 0, 0}
	all := map[string]*mat.Dense{}
	for _, size := range []float64{
		math.SmallestNonzeroFloat64, 1e-320, 1e-308, 1e-200, 1e-160, 1e150, 1e155, 1e200, 1e300,
	} {
		all[fmt.Sprintf("of size %v", size)] = scaled(size, general)
		all[fmt.Sprintf("of equal entries %v", size)] = scaled(size, equal)
		all[fmt.Sprintf("with one entry %v", size)] = scaled(size, single)
	}
	wide := scaled(1, general)
	wide.Set(0, 0, 1e300)
	wide.Set(2, 1, 1e-320)
	all["of entries of all sizes"] = wide
	return all
}

// Values and gradients are finite wherever W is, unless they are beyond the largest float64
// themselves, and never NaN.
func TestPenaltiesAtExtremes(t *testing.T) {
	for _, p := range catalog.Penalties() {
		for name, w := range extremes() {
			rows, cols := w.Dims()
			point := mc.NewPoint(w)
			value, grad := p.Penalty.Value(point), mat.NewDense(rows, cols, nil)
			p.Penalty.AddGradient(grad, 1, point)
			overflow := !p.Homogeneous || p.Degree > 0
			if math.IsNaN(value) || math.IsInf(value, 0) && !overflow {
				t.Errorf("%#v of a W %s is %v", p.Penalty, name, value)
			}
			for _, g := range grad.RawMatrix().Data {
				if math.IsNaN(g) || math.IsInf(g, 0) {
					t.Errorf("%#v of a W %s has the gradient %v", p.Penalty, name, grad.RawMatrix().Data)
					break
				}
			}
		}
	}
}

// The gradient of a penalty of degree d has degree d − 1, also where squares of entries overflow.
func TestGradientsAtAllSizes(t *testing.T) {
	w := mat.NewDense(3, 2, []float64{1, -2, 3, 0.5, -1, 2})
	gradient := func(p mc.Penalty, w *mat.Dense) *mat.Dense {
		g := mat.NewDense(3, 2, nil)
		p.AddGradient(g, 1, mc.NewPoint(w))
		return g
	}
	for _, p := range catalog.Penalties() {
		if !p.Homogeneous {
			continue
		}
		want := gradient(p.Penalty, w)
		for _, e := range []int{-900, -600, 600, 900} {
			var scaled mat.Dense
			scaled.Scale(math.Ldexp(1, e), w)
			got := gradient(p.Penalty, &scaled)
			size := math.Pow(2, float64(e)*(p.Degree-1))
			got.Scale(1/size, got)
			// 4 digits of a fast polar factor, which is exact out of range; rounding of all others.
			if d := apart(got, want); !(d <= 2*p.Tolerance+1e-9) && mat.Norm(want, 2) > 1e-12 {
				t.Errorf("%#v: at 2^%d the gradient is off by %v", p.Penalty, e, d)
			}
		}
	}
}
