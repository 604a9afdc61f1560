package kernel

import (
	"math"
	"math/rand/v2"
)

// Polar is the polar factor of W without a singular value decomposition, smoothed by ε > 0,
//
//	U = W·(WᵀW + ε²‖W‖_F²·I)^(-1/2),
//
// or with ε = 0 the polar factor itself. All is done by matrix products: the inverse root is a composition of two Zolotarev functions,
// each a sum of inverses of definite matrices (Nakatsukasa and Freund 2016). With X = W/‖W‖_F, A = XᵀX + ε²I and l the least √ of an
// eigenvalue of A that is aimed at,
//
//	H₁ = h₁(A),  V₁ = [X; εI]·H₁,  H₂ = h₂(V₁ᵀV₁),  U = X·H₁·H₂.
//
// The first function takes the range [l, 1] to about [0.1, 1], so that single precision does for the second: its errors are relative to
// the size of the result. The columns of W are graded first, see grading: without that the rounding errors of the first, of order
// 2⁻⁵²·(σ₁/l)³, spoil the result. The error is estimated at each call all the same.
//
// The zero value is ready; a second call at the same shape and ε allocates nothing.
type Polar struct {
	U       Matrix  // rows × cols
	Nuclear float64 // Σ√(σ² + ε²‖W‖_F²)
	// Error estimates the relative error of U: ‖VᵀVz - z‖/‖z‖ for a random z, V = [U; ε·H₁·H₂], whose columns should be orthonormal.
	// It is about twice the error that the functions make. Directions of σ < PolarLeast·‖W‖_F, which are damped, count in full.
	Error float64

	eps           float64
	first, second zolotarev
	grading       grading
	x, long       Matrix // the graded matrix and the result; rows ≥ cols
	a, h          Matrix // A, H₁
	root          Matrix // of A plus a pole: the inverse of the Cholesky factor
	cholesky      inverseCholesky[float64]
	v1, u         general[float32]
	g, h2, root2  general[float32]
	cholesky2     inverseCholesky[float32]
	z, y, r, s    general[float32] // columns
}

// PolarTolerance is the relative error of the rational function that Polar works with.
const PolarTolerance = 1e-4

// PolarLeastSmoothing is the least ε > 0 that Polar takes.
const PolarLeastSmoothing = 1e-5

// singleSmoothing is ε from which on X·H₁ is computed in single precision too: rounding of H₁, of norm 1/l, then changes U by less than
// 6e-5, against 4e-4 at PolarLeastSmoothing. Such errors keep the columns of V orthonormal, so that the estimate would not tell.
const singleSmoothing = 1e-4

// PolarLeast is σ/‖W‖_F from which on a direction is not damped when ε = 0.
const PolarLeast = 1e-7

// Factorize computes U, Nuclear and Error. It reports false, and leaves no usable result, if W is not finite, if eps is neither
// 0 nor from PolarLeastSmoothing to 1, or if Error exceeds limit: then the decomposition has to be used.
func (p *Polar) Factorize(w Matrix, eps, limit float64) bool {
	if eps != 0 && !(eps >= PolarLeastSmoothing && eps <= 1) {
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

	// X, and A with eigenvalues in [l², 1].
	wide := w.Rows < w.Cols
	scale := 1 / (size * math.Sqrt(1+eps*eps))
	shift := eps * eps / (1 + eps*eps)
	from := w
	if wide {
		Transpose(p.x, w)
		from = p.x
	}
	for i := range p.x.Rows {
		Scale(scale, from.Data[i*from.Stride:i*from.Stride+n], p.x.Data[i*p.x.Stride:i*p.x.Stride+n])
	}
	p.grading.find(p.x)
	p.grading.apply(p.x, false)
	SyrkLower(true, 1, p.x, 0, p.a)
	for i := range n {
		p.a.Data[i*p.a.Stride+i] += shift
	}

	// V₁, in single precision.
	sumOfInverses(p.first, general[float64](p.a), general[float64](p.h), general[float64](p.root), &p.cholesky)
	Mirror(p.h)
	m, delta, up := p.x.Rows, math.Sqrt(shift), 1+p.first.delta
	top, low := p.v1.sub(0, 0, m, n), general[float32]{}
	if eps >= singleSmoothing {
		toSingle(p.u, p.x, 1/up)
		toSingle(p.root2, p.h, 1)
		multiplyOf(false, false, 1, p.u, p.root2, 0, top, 0)
	} else {
		Gemm(false, false, 1/up, p.x, p.h, 0, p.long)
		toSingle(top, p.long, 1)
	}
	if eps > 0 {
		low = p.v1.sub(m, 0, n, n)
		toSingle(low, p.h, delta/up)
	}

	// U.
	multiplyOf(true, false, 1, p.v1, p.v1, 0, p.g, lower)
	sumOfInverses(p.second, p.g, p.h2, p.root2, &p.cholesky2)
	p.h2.mirror()
	multiplyOf(false, false, 1, top, p.h2, 0, p.u, 0)

	// Σ√(σ²+ε²) = tr A·H, H = H₁·H₂, is ⟨X, U⟩ + ε·⟨εH₁, H₂⟩.
	for i := range m {
		to := p.long.Data[i*p.long.Stride : i*p.long.Stride+n]
		for j, v := range p.u.Data[i*p.u.Stride : i*p.u.Stride+n] {
			to[j] = float64(v)
		}
		p.Nuclear += Dot(p.x.Data[i*p.x.Stride:i*p.x.Stride+n], to)
	}
	for i := range low.Rows {
		h := p.h2.Data[i*p.h2.Stride : i*p.h2.Stride+n]
		sum := 0.0
		for j, v := range low.Data[i*low.Stride : i*low.Stride+n] {
			sum = math.FMA(float64(v), float64(h[j]), sum)
		}
		p.Nuclear += delta * sum
	}
	p.Nuclear /= scale
	p.Error = p.check(low)
	if !(p.Error <= limit) {
		return false
	}
	p.grading.apply(p.long, true)
	if wide {
		Transpose(p.U, p.long)
	}
	return true
}

func (p *Polar) resize(rows, cols int, eps float64) {
	m, n := max(rows, cols), min(rows, cols)
	if p.U.Rows != rows || p.U.Cols != cols || p.U.Data == nil {
		p.x, p.long = newMatrixPadded(m, n), NewMatrix(m, n)
		p.U = p.long
		if rows < cols {
			p.U = NewMatrix(rows, cols)
		}
		p.a, p.h, p.root = newMatrixPadded(n, n), newMatrixPadded(n, n), newMatrixPadded(n, n)
		p.g, p.h2, p.root2 = newPadded[float32](n, n), newPadded[float32](n, n), newPadded[float32](n, n)
		p.u = newPadded[float32](m, n)
		p.z, p.y, p.r, p.s = newPadded[float32](n, 1), newPadded[float32](m, 1), newPadded[float32](n, 1), newPadded[float32](n, 1)
		rng := rand.New(rand.NewPCG(1, 1))
		for i := range n {
			p.z.Data[i*p.z.Stride] = float32(rng.NormFloat64())
		}
		p.v1 = general[float32]{}
	}
	tall := m
	if eps > 0 {
		tall += n
	}
	if p.v1.Rows != tall {
		p.v1 = newPadded[float32](tall, n)
	}
	if p.eps == eps && p.first.c != nil {
		return
	}
	// The cheapest pair of degrees that meets the tolerance and leaves the second function a range that single precision can take.
	p.eps = eps
	l := PolarLeast
	if eps > 0 {
		l = eps / math.Sqrt(1+eps*eps)
	}
	const least = 0.1
	best := math.Inf(1)
	for r1 := 1; r1 <= 6; r1++ {
		first := newZolotarev(l, r1)
		from := (1 - first.delta) / (1 + first.delta)
		for r2 := 1; r2 <= 6 && from >= least; r2++ {
			second := newZolotarev(from, r2)
			if cost := float64(2*r1+r2) + second.delta; second.delta <= PolarTolerance && cost < best {
				best, p.first, p.second = cost, first, second
			}
		}
	}
}

// check returns ‖UᵀUz + (εH)ᵀ(εH)z - z‖/‖z‖, εH = low·H₂.
func (p *Polar) check(low general[float32]) float64 {
	multiplyOf(false, false, 1, p.u, p.z, 0, p.y, 0)
	multiplyOf(true, false, 1, p.u, p.y, 0, p.r, 0)
	if low.Rows > 0 {
		y := p.y.sub(0, 0, low.Rows, 1)
		multiplyOf(false, false, 1, p.h2, p.z, 0, p.s, 0)
		multiplyOf(false, false, 1, low, p.s, 0, y, 0)
		multiplyOf(true, false, 1, low, y, 0, p.s, 0)
		multiplyOf(false, false, 1, p.h2, p.s, 1, p.r, 0)
	}
	sum, all := 0.0, 0.0
	for i := range p.z.Rows {
		z := float64(p.z.Data[i*p.z.Stride])
		d := float64(p.r.Data[i*p.r.Stride]) - z
		sum += float64(d * d)
		all += float64(z * z)
	}
	return math.Sqrt(sum / all)
}

// sumOfInverses sets the lower triangle of h to M·(I + Σ aⱼ·(x + cⱼI)⁻¹). Of x it reads the lower triangle; the strict upper one of h is
// scratch, and so is root.
func sumOfInverses[T element](z zolotarev, x, h, root general[T], s *inverseCholesky[T]) {
	n := x.Rows
	for j, c := range z.c {
		for i := range n {
			copy(root.Data[i*root.Stride:i*root.Stride+i+1], x.Data[i*x.Stride:i*x.Stride+i+1])
			root.Data[i*root.Stride+i] += T(c)
		}
		s.invert(root)
		beta := T(1)
		if j == 0 {
			beta = 0
		}
		multiplyOf(true, false, T(z.m*z.a[j]), root, root, beta, h, lower|upperA|lowerB)
	}
	for i := range n {
		h.Data[i*h.Stride+i] += T(z.m)
	}
}

// toSingle sets dst to scale·x.
func toSingle(dst general[float32], x Matrix, scale float64) {
	for i := range x.Rows {
		to := dst.Data[i*dst.Stride : i*dst.Stride+x.Cols]
		for j, v := range x.Data[i*x.Stride : i*x.Stride+x.Cols] {
			to[j] = float32(scale * v)
		}
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
