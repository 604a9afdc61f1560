package kernel

import (
	"math"
	"math/rand/v2"
	"sync"
)

// Polar is the polar factor of W without a singular value decomposition, smoothed by ε > 0,
//
//	U = W·(WᵀW + ε²‖W‖_F²·I)^(-1/2),
//
// or with ε = 0 the polar factor itself. All is done by matrix products: the inverse root is a
// composition of two Zolotarev functions, each a sum of inverses of definite matrices (Nakatsukasa
// and Freund 2016). With X = W/‖W‖_F, A = XᵀX + ε²I and l the least √ of an eigenvalue of A that is
// aimed at,
//
//	H₁ = h₁(A),  V₁ = [X; εI]·H₁,  H₂ = h₂(V₁ᵀV₁),  U = X·H₁·H₂.
//
// The first function takes the range [l, 1] to about [0.1, 1], so that single precision does for
// the second: its errors are relative to the size of the result. Matrices below doubleBelow gain
// nothing by it. The columns of W are graded first, see grading: without that the rounding errors
// of the first, of order 2⁻⁵²·(σ₁/l)³, spoil the result. The error is estimated at each call all
// the same.
//
// The zero value is ready; a second call at the same shape and ε allocates nothing.
type Polar struct {
	// Single asks for single precision in the first stage too, see singlePolar, for ε of at least
	// singleSmoothing. Where Error then exceeds the limit, Factorize goes on as without it.
	Single bool

	U       Matrix  // rows × cols
	Nuclear float64 // Σ√(σ² + ε²‖W‖_F²)
	// Error estimates the relative error of U: ‖VᵀVz - z‖/‖z‖ for a random z, V = [U; ε·H₁·H₂],
	// whose columns should be orthonormal. It is about twice the error that the functions make.
	// Directions of σ < PolarLeast·‖W‖_F, which are damped, count in full. In single precision what
	// turns the columns of V is in it as well.
	Error float64

	eps           float64
	first, second zolotarev
	x, long       Matrix // the graded matrix and the result; rows ≥ cols
	a, h          Matrix // A, H₁
	root          Matrix // of A plus a pole: the inverse of the Cholesky factor
	// work is a *polarWork. It is behind an interface because every package that reaches a generic
	// type by the fields of its own types compiles that type's methods anew: 0.1 s for each cell of
	// a notebook.
	work any
}

type polarWork struct {
	grading  grading[float64]
	inSingle singlePolar
	cholesky inverseCholesky[float64]
	single   secondStage[float32]
	double   secondStage[float64] // of small matrices
}

// PolarTolerance is the relative error of the rational function that Polar works with.
const PolarTolerance = 1e-4

// PolarLeastSmoothing is the least ε > 0 that Polar takes.
const PolarLeastSmoothing = 1e-5

// singleSmoothing is ε from which on singlePolar is used if asked for, and elsewhere X·H₁ is
// computed in single precision too: rounding of H₁, of norm 1/l, then changes U by less than 6e-5,
// against 4e-4 at PolarLeastSmoothing. Such errors keep the columns of V orthonormal, so that the
// estimate would not tell.
const singleSmoothing = 1e-4

// PolarLeast is σ/‖W‖_F from which on a direction is not damped when ε = 0.
const PolarLeast = 1e-7

// Factorize computes U, Nuclear and Error. It reports false, and leaves no usable result, if W is
// not finite, if eps is neither 0 nor from PolarLeastSmoothing to 1, or if Error exceeds limit:
// then the decomposition has to be used.
func (p *Polar) Factorize(w Matrix, eps, limit float64) bool {
	if eps != 0 && !(eps >= PolarLeastSmoothing && eps <= 1) {
		return false
	}
	work, ok := p.work.(*polarWork)
	if !ok {
		work = new(polarWork)
		p.work = work
	}
	n := min(w.Rows, w.Cols)
	if p.U.Rows != w.Rows || p.U.Cols != w.Cols || p.U.Data == nil {
		p.U, p.x = NewMatrix(w.Rows, w.Cols), Matrix{}
	}
	if p.Nuclear, p.Error = 0, 0; n == 0 {
		return true
	}
	MatrixOf[float64](w).check()
	size := frobenius(w)
	switch {
	case size == 0 && zero(w): // not its squares alone
		clear(p.U.Data)
		return true
	case !(size > 1e-140 && size < 1e140): // squares leave the range
		return false
	}

	// X, and A with eigenvalues in [l², 1].
	wide := w.Rows < w.Cols
	scale := 1 / (size * math.Sqrt(1+eps*eps))
	shift := eps * eps / (1 + eps*eps)
	if p.Single && eps >= singleSmoothing && n >= doubleBelow {
		p.Nuclear, p.Error = work.inSingle.run(w, chains.of(eps), scale, math.Sqrt(shift), p.U)
		if p.Error <= limit {
			p.Nuclear /= scale
			return true
		}
	}
	work.resize(p, w.Rows, w.Cols, eps)
	from := w
	if wide {
		Transpose(p.x, w)
		from = p.x
	}
	for i := range p.x.Rows {
		Scale(scale, from.Data[i*from.Stride:i*from.Stride+n], p.x.Data[i*p.x.Stride:i*p.x.Stride+n])
	}
	work.grading.find(MatrixOf[float64](p.x), gradingSteps)
	work.grading.apply(MatrixOf[float64](p.x), false)
	SyrkLower(true, 1, p.x, 0, p.a)
	for i := range n {
		p.a.Data[i*p.a.Stride+i] += shift
	}

	sumOfInverses(p.first, MatrixOf[float64](p.a), MatrixOf[float64](p.h), MatrixOf[float64](p.root), &work.cholesky)
	Mirror(p.h)
	if n < doubleBelow {
		p.Nuclear, p.Error = work.double.run(p, math.Sqrt(shift))
	} else {
		p.Nuclear, p.Error = work.single.run(p, math.Sqrt(shift))
	}
	p.Nuclear /= scale
	if !(p.Error <= limit) {
		return false
	}
	work.grading.apply(MatrixOf[float64](p.long), true)
	if wide {
		Transpose(p.U, p.long)
	}
	return true
}

// zero reports whether all entries are.
func zero(w Matrix) bool {
	for i := range w.Rows {
		for _, x := range w.Data[i*w.Stride : i*w.Stride+w.Cols] {
			if x != 0 {
				return false
			}
		}
	}
	return true
}

func (work *polarWork) resize(p *Polar, rows, cols int, eps float64) {
	m, n := max(rows, cols), min(rows, cols)
	if p.x.Rows != m || p.x.Cols != n {
		p.x, p.long = newMatrixPadded(m, n), p.U
		if rows < cols {
			p.long = NewMatrix(m, n)
		}
		p.a, p.h, p.root = newMatrixPadded(n, n), newMatrixPadded(n, n), newMatrixPadded(n, n)
	}
	if n < doubleBelow {
		work.double.resize(m, n, eps > 0)
	} else {
		work.single.resize(m, n, eps > 0)
	}
	if p.eps != eps || p.first.c == nil {
		pair := pairs.of(eps)
		p.eps, p.first, p.second = eps, pair[0], pair[1]
	}
}

// stages are functions that are composed, by ε. They take some milliseconds to find, as long as
// many a small matrix has with them.
type stages struct {
	find func(eps float64) []zolotarev
	sync.Mutex
	by map[float64][]zolotarev
}

var (
	pairs  = stages{find: cheapestPair}
	chains = stages{find: chainFor}
)

// mostStages are kept, in case a run changes ε at every step.
const mostStages = 30

func (s *stages) of(eps float64) []zolotarev {
	s.Lock()
	defer s.Unlock()
	list, ok := s.by[eps]
	if !ok {
		if len(s.by) == mostStages {
			clear(s.by)
		}
		if s.by == nil {
			s.by = map[float64][]zolotarev{}
		}
		list = s.find(eps)
		s.by[eps] = list
	}
	return list
}

// least is the least √ of an eigenvalue of A that is aimed at.
func least(eps float64) float64 {
	if eps == 0 {
		return PolarLeast
	}
	return eps / math.Sqrt(1+eps*eps)
}

// cheapestPair returns the cheapest pair of degrees that meets the tolerance and leaves the second
// function a range that single precision can take.
func cheapestPair(eps float64) (pair []zolotarev) {
	const enough = 0.1
	best := math.Inf(1)
	for r1 := 1; r1 <= 6; r1++ {
		first := newZolotarev(least(eps), r1)
		from := (1 - first.delta) / (1 + first.delta)
		for r2 := 1; r2 <= 6 && from >= enough; r2++ {
			second := newZolotarev(from, r2)
			if cost := float64(2*r1+r2) + second.delta; second.delta <= PolarTolerance && cost < best {
				best, pair = cost, []zolotarev{first, second}
			}
		}
	}
	return pair
}

// chainFor returns functions of one pole each, as few as can be, whose composition meets the
// tolerance. The first is that of a larger ε, as far as the others make up for it: the larger its
// pole, the less do errors of A matter.
func chainFor(eps float64) []zolotarev {
	best := chainOf(least(eps), 1)
	for wider := math.Sqrt2; least(eps)*wider < 0.5; wider *= math.Sqrt2 {
		chain := chainOf(least(eps), wider)
		if len(chain) > len(best) {
			break
		}
		best = chain
	}
	return best
}

// chainOf begins with the function for [wider·l, 1].
func chainOf(l, wider float64) (chain []zolotarev) {
	z := newZolotarev(wider*l, 1)
	from := z.at(l) / (1 + z.delta)
	for chain = append(chain, z); z.delta > PolarTolerance || len(chain) == 1; chain = append(chain, z) {
		z = newZolotarev(from, 1)
		from = (1 - z.delta) / (1 + z.delta)
	}
	return chain
}

// doubleBelow is the columns from which on the second stage is in single precision.
const doubleBelow = 48

// A secondStage computes U and what depends on it from the graded X and H₁.
type secondStage[T Element] struct {
	v1, u       MatrixOf[T]
	g, h, root  MatrixOf[T] // V₁ᵀV₁, H₂
	cholesky    inverseCholesky[T]
	z, y, r, hz MatrixOf[T] // columns
}

func (s *secondStage[T]) resize(m, n int, smoothed bool) {
	if s.u.Rows != m || s.u.Cols != n {
		s.u, s.v1 = newPadded[T](m, n), MatrixOf[T]{}
		s.g, s.h, s.root = newPadded[T](n, n), newPadded[T](n, n), newPadded[T](n, n)
		s.z, s.y, s.r, s.hz = newPadded[T](n, 1), newPadded[T](m, 1), newPadded[T](n, 1), newPadded[T](n, 1)
		rng := rand.New(rand.NewPCG(1, 1))
		for i := range n {
			s.z.Data[i*s.z.Stride] = T(rng.NormFloat64())
		}
	}
	if smoothed {
		m += n
	}
	if s.v1.Rows != m {
		s.v1 = newPadded[T](m, n)
	}
}

// run leaves U, not yet ungraded, in p.long, and returns Σ√(σ²+δ²) of X and the estimate of the
// error.
func (s *secondStage[T]) run(p *Polar, delta float64) (nuclear, estimate float64) {
	m, n, up := p.x.Rows, p.x.Cols, 1+p.first.delta
	top, low := s.v1.sub(0, 0, m, n), MatrixOf[T]{}
	if p.eps >= singleSmoothing {
		convert(s.u, p.x, 1/up)
		convert(s.root, p.h, 1)
		multiplyOf(false, false, 1, s.u, s.root, 0, top, 0)
	} else {
		Gemm(false, false, 1/up, p.x, p.h, 0, p.long)
		convert(top, p.long, 1)
	}
	if delta > 0 {
		low = s.v1.sub(m, 0, n, n)
		convert(low, p.h, delta/up)
	}
	multiplyOf(true, false, 1, s.v1, s.v1, 0, s.g, lower)
	sumOfInverses(p.second, s.g, s.h, s.root, &s.cholesky)
	s.h.mirror()
	multiplyOf(false, false, 1, top, s.h, 0, s.u, 0)

	// tr A·H, H = H₁·H₂, is ⟨X, U⟩ + δ·⟨δH₁, H₂⟩.
	for i := range m {
		to := p.long.Data[i*p.long.Stride : i*p.long.Stride+n]
		widened(to, s.u.Data[i*s.u.Stride:i*s.u.Stride+n])
		nuclear += Dot(p.x.Data[i*p.x.Stride:i*p.x.Stride+n], to)
	}
	for i := range low.Rows {
		h := s.h.Data[i*s.h.Stride : i*s.h.Stride+n]
		sum := 0.0
		for j, v := range low.Data[i*low.Stride : i*low.Stride+n] {
			sum = math.FMA(float64(v), float64(h[j]), sum)
		}
		nuclear += delta * sum
	}
	return nuclear, s.check(low)
}

// check returns ‖UᵀUz + (δH)ᵀ(δH)z - z‖/‖z‖, δH = low·H₂.
func (s *secondStage[T]) check(low MatrixOf[T]) float64 {
	multiplyOf(false, false, 1, s.u, s.z, 0, s.y, 0)
	multiplyOf(true, false, 1, s.u, s.y, 0, s.r, 0)
	if low.Rows > 0 {
		y := s.y.sub(0, 0, low.Rows, 1)
		multiplyOf(false, false, 1, s.h, s.z, 0, s.hz, 0)
		multiplyOf(false, false, 1, low, s.hz, 0, y, 0)
		multiplyOf(true, false, 1, low, y, 0, s.hz, 0)
		multiplyOf(false, false, 1, s.h, s.hz, 1, s.r, 0)
	}
	sum, all := 0.0, 0.0
	for i := range s.z.Rows {
		z := float64(s.z.Data[i*s.z.Stride])
		d := float64(s.r.Data[i*s.r.Stride]) - z
		sum = math.FMA(d, d, sum)
		all = math.FMA(z, z, all)
	}
	return math.Sqrt(sum / all)
}

// sumOfInverses sets the lower triangle of h to M·(I + Σ aⱼ·(x + cⱼI)⁻¹). Of x it reads the lower
// triangle; the strict upper one of h is scratch, and so is root.
func sumOfInverses[T Element](z zolotarev, x, h, root MatrixOf[T], s *inverseCholesky[T]) {
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

// convert sets dst to scale·x.
func convert[T Element](dst MatrixOf[T], x Matrix, scale float64) {
	for i := range x.Rows {
		to, from := dst.Data[i*dst.Stride:i*dst.Stride+x.Cols], x.Data[i*x.Stride:i*x.Stride+x.Cols]
		done := 0
		if to, single := any(to).([]float32); single && len(to) >= 8 {
			done = len(to) &^ 7
			narrow(done, scale, &from[0], &to[0])
		}
		for j := done; j < len(to); j++ {
			to[j] = T(scale * from[j])
		}
	}
}

// widened sets dst to x.
func widened[T Element](dst []float64, x []T) {
	sameLength(len(dst), len(x))
	done := 0
	if x, single := any(x).([]float32); single && len(x) >= 8 {
		done = len(x) &^ 7
		widen(done, &x[0], &dst[0])
	}
	for j := done; j < len(dst); j++ {
		dst[j] = float64(x[j])
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
