package kernel

import (
	"fmt"
	"math"
	"unsafe"
)

// whole is the elements of whole blocks among n.
func whole[T Element](n int) int { return n &^ (blockOf[T]() - 1) }

// double and single are x as a pointer to the type that it has.
func double[T Element](x *T) *float64 { return (*float64)(unsafe.Pointer(x)) }
func single[T Element](x *T) *float32 { return (*float32)(unsafe.Pointer(x)) }

// Dot returns x·y, summed up in double precision.
func Dot[T Element](x, y []T) float64 {
	sameLength(len(x), len(y))
	n := len(x) &^ 7
	var sum float64
	switch {
	case n == 0:
	case size[T]() == 4:
		dotSingles(n, single(&x[0]), single(&y[0]), &sum)
	default:
		dotBlocks(n, double(&x[0]), double(&y[0]), &sum)
	}
	for i := n; i < len(x); i++ {
		sum = math.FMA(float64(x[i]), float64(y[i]), sum)
	}
	return sum
}

// Finite reports whether no element is NaN or infinite.
func Finite[T Element](x []T) bool {
	var a, b, c, d T // sums of zeros, and NaN once there is anything else
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
func Axpy[T Element](a T, x, y []T) {
	sameLength(len(x), len(y))
	n := whole[T](len(x))
	switch {
	case n == 0:
	case size[T]() == 4:
		axpyBlocksSingle(n, float32(a), single(&x[0]), single(&y[0]))
	default:
		axpyBlocks(n, float64(a), double(&x[0]), double(&y[0]))
	}
	for i := n; i < len(x); i++ {
		y[i] = fma(a, x[i], y[i])
	}
}

// Scale computes y = a·x; x and y may be the same.
func Scale[T Element](a T, x, y []T) {
	sameLength(len(x), len(y))
	n := whole[T](len(x))
	switch {
	case n == 0:
	case size[T]() == 4:
		scaleBlocksSingle(n, float32(a), single(&x[0]), single(&y[0]))
	default:
		scaleBlocks(n, float64(a), double(&x[0]), double(&y[0]))
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
func Adam[T Element](param, grad, m, v []T, rate, beta1, beta2, corr1, corr2, eps float64) {
	sameLength(len(param), len(grad))
	sameLength(len(param), len(m))
	sameLength(len(param), len(v))
	b1, o1, b2, o2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	step, c2, e := T(rate/corr1), T(1/corr2), T(eps)
	n := whole[T](len(param))
	switch {
	case n == 0:
	case size[T]() == 4:
		adamBlocksSingle(n, single(&param[0]), single(&grad[0]), single(&m[0]), single(&v[0]), float32(b1),
			float32(o1), float32(b2), float32(o2), float32(step), float32(c2), float32(e))
	default:
		adamBlocks(n, double(&param[0]), double(&grad[0]), double(&m[0]), double(&v[0]), float64(b1),
			float64(o1), float64(b2), float64(o2), float64(step), float64(c2), float64(e))
	}
	if n < len(param) {
		adamBlocksPortable(len(param)-n, &param[n], &grad[n], &m[n], &v[n], b1, o1, b2, o2, step, c2, e)
	}
}

func sameLength(a, b int) {
	if a != b {
		panic(fmt.Sprintf("kernel: vectors of lengths %d and %d", a, b))
	}
}
