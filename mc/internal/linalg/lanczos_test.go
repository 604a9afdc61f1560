package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The largest eigenvalue, not the largest in size, with a start that is near another
// vector, for repeated eigenvalues, zeros and tiny ones.
func TestLanczos(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	spread := make([]float64, 60)
	for i := range spread {
		spread[i] = rng.NormFloat64()
	}
	for name, values := range map[string][]float64{
		"one": {-3}, "two": {1, -5}, "negative": {-1, -2, -3, -9}, "repeated": {2, 2, 2, 1, -4}, "zero": {0, 0, 0},
		"spread": spread, "tiny": {3e-200, 1e-200, -2e-200}, "huge": {3e150, 1e150, -5e150}, "clustered": {1, 0.999,
			0.99, 0.5, -0.9},
	} {
		n := len(values)
		q := gaussian(n, n, rng)
		var qr mat.QR
		qr.Factorize(q)
		qr.QTo(q)
		var a mat.Dense
		a.Mul(q, mat.NewDiagDense(n, values))
		a.Mul(&a, q.T())
		products := 0
		l := Lanczos{Tolerance: 1e-10, Least: 2, Most: 200, Apply: func(dst, v []float64) {
			products++
			mat.NewVecDense(n, dst).MulVec(&a, mat.NewVecDense(n, v))
		}}
		largest, at := math.Inf(-1), 0
		for i, v := range values {
			if v > largest {
				largest, at = v, i
			}
		}
		for round := range 2 { // the second time in the room of the first
			v := make([]float64, n)
			for i := range v {
				v[i] = q.At(i, (at+1)%n) + 0.1*rng.NormFloat64()
			}
			products = 0
			top := l.Largest(v)
			size := math.Abs(largest) + 1e-300
			// Ten times the Tolerance: measured 1e-11.
			if math.Abs(top.Value-largest) > 1e-9*size {
				t.Errorf("%s, round %d: %v, want %v", name, round, top.Value, largest)
			}
			if top.Products != products || products > n {
				t.Errorf("%s: %d products, counted %d, of dimension %d", name, products, top.Products, n)
			}
			var av mat.VecDense
			av.MulVec(&a, mat.NewVecDense(n, v))
			av.AddScaledVec(&av, -largest, mat.NewVecDense(n, v))
			// The root of the Tolerance, as a value has the squared error of its vector: measured
			// 3e-7.
			if r := mat.Norm(&av, math.Inf(1)); math.Abs(Norm(v)-1) > 1e-12 || r > 1e-5*mat.Norm(&a, 2)+1e-300 {
				t.Errorf("%s: the vector has length %v and residual %v", name, Norm(v), r)
			}
		}
	}
}

// A bound on the products ends the iteration, and the error says how far it is.
func TestLanczosEndsEarly(t *testing.T) {
	const n = 400
	rng := rand.New(rand.NewPCG(3, 4))
	values, v := make([]float64, n), make([]float64, n)
	for i := range values {
		values[i], v[i] = float64(i)/n, rng.NormFloat64()
	}
	l := Lanczos{Tolerance: 1e-12, Most: 12, Apply: func(dst, v []float64) {
		for i, x := range v {
			dst[i] = values[i] * x
		}
	}}
	top := l.Largest(v)
	off := values[n-1] - top.Value
	// Twelve products in dimension 400 leave an error: measured .007, and estimated to two decades.
	if top.Products != 12 || off < 0 || off > 0.05 || top.Error < off/100 {
		t.Errorf("%+v is off by %v", top, off)
	}
}

// What overflows has no eigenvalue.
func TestLanczosOverflows(t *testing.T) {
	for _, huge := range []float64{math.Inf(1), math.NaN(), 1e300} {
		l := Lanczos{Tolerance: 1e-2, Least: 5, Most: 9, Apply: func(dst, v []float64) {
			for i, x := range v {
				dst[i] = huge * x * float64(i) * 1e9
			}
		}}
		v := []float64{1, 1, 1, 1}
		if top := l.Largest(v); !math.IsNaN(top.Value) || Norm(v) != 0 {
			t.Errorf("%v: %+v at %v", huge, top, v)
		}
	}
}
