package kernel

import (
	"math"
	"math/rand/v2"
)

// Polar is the smoothed polar factor of W without a singular value decomposition,
//
//	U = W·(WᵀW + ε²‖W‖_F²·I)^(-1/2),
//
// by matrix products alone: the inverse root is a composition of two Zolotarev functions of the Gram matrix, each a sum of
// inverses of definite matrices (Nakatsukasa and Freund 2016). The columns of W are graded first, see grading: without
// that the rounding errors, of order 2⁻⁵²·(σ₁/(ε‖W‖_F))³, spoil the result from ε = 1e-4 down. Where more singular values
// are large than a grading holds they may still; so the error is estimated at each call.
//
// The zero value is ready; a second call at the same shape and ε allocates nothing.
type Polar struct {
	U       Matrix  // rows × cols
	Nuclear float64 // Σ√(σ² + ε²‖W‖_F²)
	// Error estimates the relative error of the inverse root H: ‖A·H·H·z - z‖/‖z‖ for a random z, A = WᵀW + ε²‖W‖_F²·I.
	Error float64

	eps           float64
	first, second zolotarev
	grading       grading
	x, long       Matrix // the graded matrix and the result; rows ≥ cols
	a, h1, h2, s  Matrix // A, the two factors of its inverse root, A·H₁
	work          Matrix
	root, inverse Matrix // of A plus a pole: the inverse of the Cholesky factor, and the inverse
	cholesky      inverseCholesky
	z, p, q, r    []float64
}

// PolarTolerance is the relative error of the rational function that Polar works with.
const PolarTolerance = 1e-4

// PolarLeastSmoothing is the least ε that Polar takes.
const PolarLeastSmoothing = 1e-5

// Factorize computes U, Nuclear and Error. It reports false, and leaves no usable result, if W is not finite, if eps is less
// than PolarLeastSmoothing or above one, or if Error exceeds limit: then the decomposition has to be used.
func (p *Polar) Factorize(w Matrix, eps, limit float64) bool {
	if !(eps >= PolarLeastSmoothing && eps <= 1) {
		return false
	}
	p.resize(w.Rows, w.Cols, eps)
	p.Nuclear, p.Error = 0, 0
	n := p.x.Cols
	if n == 0 {
		return true
	}
	general[float64](w).check()
	size := frobenius(w)
	switch {
	case size == 0:
		clear(p.U.Data)
		return true
	case !(size > 1e-140 && size < 1e140): // squares leave the range
		return false
	}

	// X, and A = XᵀX + δ²I with eigenvalues in [l², 1].
	wide := w.Rows < w.Cols
	scale := 1 / (size * math.Sqrt(1+eps*eps))
	for i := range w.Rows {
		row := w.Data[i*w.Stride : i*w.Stride+w.Cols]
		if !wide {
			Scale(scale, row, p.x.Data[i*p.x.Stride:i*p.x.Stride+n])
			continue
		}
		for j, v := range row {
			p.x.Data[j*p.x.Stride+i] = scale * v
		}
	}
	p.grading.find(p.x)
	p.grading.apply(p.x, false)
	shift := eps * eps / (1 + eps*eps)
	SyrkLower(true, 1, p.x, 0, p.a)
	for i := range n {
		p.a.Data[i*p.a.Stride+i] += shift
	}

	// The first function: H₁, and A·H₁ at no further product, for it is a sum of the same inverses.
	p.sum(p.first, p.a, p.h1, p.s, 1)
	Mirror(p.h1)
	Mirror(p.s)
	up := 1 + p.first.delta
	g := p.work
	multiply(false, false, 1/(up*up), p.s, p.h1, 0, g, lower)

	// The second, and H = H₁·H₂.
	p.sum(p.second, g, p.h2, Matrix{}, 1/up)
	Mirror(p.h2)
	h := p.work
	multiply(false, false, 1, p.h1, p.h2, 0, h, lower)
	Mirror(h)
	Gemm(false, false, 1, p.x, h, 0, p.long)

	// tr √A = tr A·H.
	Mirror(p.a)
	for i := range n {
		p.Nuclear += Dot(p.a.Data[i*p.a.Stride:i*p.a.Stride+n], h.Data[i*h.Stride:i*h.Stride+n])
	}
	p.Nuclear /= scale
	p.Error = p.check(shift)
	if !(p.Error <= limit) {
		return false
	}
	p.grading.apply(p.long, true)
	if wide {
		for i := range p.long.Rows {
			for j, v := range p.long.Data[i*p.long.Stride : i*p.long.Stride+n] {
				p.U.Data[j*p.U.Stride+i] = v
			}
		}
	}
	return true
}

func (p *Polar) resize(rows, cols int, eps float64) {
	if p.U.Rows != rows || p.U.Cols != cols || p.U.Data == nil {
		m, n := max(rows, cols), min(rows, cols)
		p.x, p.long = newMatrixPadded(m, n), NewMatrix(m, n)
		p.U = p.long
		if rows < cols {
			p.U = NewMatrix(rows, cols)
		}
		for _, x := range []*Matrix{&p.a, &p.h1, &p.h2, &p.s, &p.work, &p.root, &p.inverse} {
			*x = newMatrixPadded(n, n)
		}
		p.z, p.p, p.q, p.r = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		rng := rand.New(rand.NewPCG(1, 1))
		for i := range p.z {
			p.z[i] = rng.NormFloat64()
		}
	}
	if p.eps == eps {
		return
	}
	// The cheapest pair of degrees that meets the tolerance.
	p.eps = eps
	l := eps / math.Sqrt(1+eps*eps)
	for degrees := 2; ; degrees++ {
		best := math.Inf(1)
		for r := 1; r < degrees; r++ {
			first := newZolotarev(l, r)
			second := newZolotarev((1-first.delta)/(1+first.delta), degrees-r)
			if second.delta < best {
				best, p.first, p.second = second.delta, first, second
			}
		}
		if best <= PolarTolerance {
			return
		}
	}
}

// check returns ‖A·H·H·z - z‖/‖z‖ for H, which is in work, and A = XᵀX + δ²I.
func (p *Polar) check(shift float64) float64 {
	times := func(dst []float64, a Matrix, x []float64) {
		for i := range dst {
			dst[i] = Dot(a.Data[i*a.Stride:i*a.Stride+len(x)], x)
		}
	}
	copy(p.q, p.z)
	times(p.p, p.work, p.q)
	times(p.q, p.work, p.p)
	clear(p.r)
	for i := range p.x.Rows {
		row := p.x.Data[i*p.x.Stride : i*p.x.Stride+p.x.Cols]
		Axpy(Dot(row, p.q), row, p.r)
	}
	Axpy(shift, p.q, p.r)
	Axpy(-1, p.z, p.r)
	return math.Sqrt(Dot(p.r, p.r) / Dot(p.z, p.z))
}

// sum sets the lower triangle of h to scale·M·(I + Σ aⱼ·(x + cⱼI)⁻¹), and of xh, if it has rows, to x·h. Of x it reads the
// lower triangle; the strict upper ones of h and xh are scratch.
func (p *Polar) sum(z zolotarev, x, h, xh Matrix, scale float64) {
	n := x.Rows
	row := func(a Matrix, i int) []float64 { return a.Data[i*a.Stride : i*a.Stride+i+1] }
	for j, c := range z.c {
		root := p.root
		for i := range n {
			copy(row(root, i), row(x, i))
			root.Data[i*root.Stride+i] += c
		}
		p.cholesky.invert(root)
		weight, beta := scale*z.m*z.a[j], 1.0
		if j == 0 {
			beta = 0
		}
		if xh.Rows == 0 {
			multiply(true, false, weight, root, root, beta, h, lower|upperA|lowerB)
			continue
		}
		inverse := p.inverse
		multiply(true, false, 1, root, root, 0, inverse, lower|upperA|lowerB)
		for i := range n {
			from, to, times := row(inverse, i), row(h, i), row(xh, i)
			// x·(x + cI)⁻¹ = I - c·(x + cI)⁻¹
			if j == 0 {
				Scale(weight, from, to)
				Scale(scale*z.m, row(x, i), times)
			} else {
				Axpy(weight, from, to)
			}
			Axpy(-weight*c, from, times)
			times[i] += weight
		}
	}
	for i := range n {
		h.Data[i*h.Stride+i] += scale * z.m
	}
}

// frobenius is ‖W‖_F; where the squares leave the range it is zero, infinite or NaN.
func frobenius(w Matrix) float64 {
	sum := 0.0
	for i := range w.Rows {
		row := w.Data[i*w.Stride : i*w.Stride+w.Cols]
		sum += Dot(row, row)
	}
	return math.Sqrt(sum)
}
