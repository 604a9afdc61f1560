package kernel

import (
	"fmt"
	"math"
)

// Dot returns x·y.
func Dot(x, y []float64) float64 {
	sameLength(len(x), len(y))
	n := len(x) &^ 7
	var sum float64
	if n > 0 {
		dotBlocks(n, &x[0], &y[0], &sum)
	}
	for i := n; i < len(x); i++ {
		sum = math.FMA(x[i], y[i], sum)
	}
	return sum
}

// Finite reports whether no element is NaN or infinite.
func Finite(x []float64) bool {
	var a, b, c, d float64 // sums of zeros, and NaN once there is anything else
	for len(x) >= 4 {
		a += x[0] * 0
		b += x[1] * 0
		c += x[2] * 0
		d += x[3] * 0
		x = x[4:]
	}
	for _, v := range x {
		a += v * 0
	}
	return a+b+c+d == 0
}

// Axpy computes y += a·x.
func Axpy(a float64, x, y []float64) {
	sameLength(len(x), len(y))
	n := len(x) &^ 7
	if n > 0 {
		axpyBlocks(n, a, &x[0], &y[0])
	}
	for i := n; i < len(x); i++ {
		y[i] = math.FMA(a, x[i], y[i])
	}
}

// Scale computes y = a·x; x and y may be the same.
func Scale(a float64, x, y []float64) {
	sameLength(len(x), len(y))
	n := len(x) &^ 7
	if n > 0 {
		scaleBlocks(n, a, &x[0], &y[0])
	}
	for i := n; i < len(x); i++ {
		y[i] = a * x[i]
	}
}

// Adam takes one step of Adam (Kingma and Ba 2015, algorithm 1) in one pass over the memory:
//
//	m = β₁·m + (1-β₁)·g,  v = β₂·v + (1-β₂)·g²,  param -= rate·(m/corr1) / (√(v/corr2) + eps),
//
// where corr1 = 1-β₁ᵗ and corr2 = 1-β₂ᵗ.
func Adam(param, grad, m, v []float64, rate, beta1, beta2, corr1, corr2, eps float64) {
	sameLength(len(param), len(grad))
	sameLength(len(param), len(m))
	sameLength(len(param), len(v))
	o1, o2, step, c2 := 1-beta1, 1-beta2, rate/corr1, 1/corr2
	n := len(param) &^ 7
	if n > 0 {
		adamBlocks(n, &param[0], &grad[0], &m[0], &v[0], beta1, o1, beta2, o2, step, c2, eps)
	}
	if n < len(param) {
		adamBlocksPortable(len(param)-n, &param[n], &grad[n], &m[n], &v[n], beta1, o1, beta2, o2, step, c2, eps)
	}
}

func sameLength(a, b int) {
	if a != b {
		panic(fmt.Sprintf("kernel: vectors of lengths %d and %d", a, b))
	}
}
