package kernel

import (
	"math"
	"math/rand/v2"
)

// A singlePolar computes the smoothed polar factor in single precision, by
//
//	A = XᵀX + δ²I,  H₁ = h₁(A),  V₁ = X·H₁,  G = V₁ᵀV₁ + δ²H₁²,  H₂ = h₂(G)·h₃(G·h₂(G)²),  U = V₁·H₂
//
// with the Zolotarev functions of one pole that chainFor returns, h(x) = m(1 + a/(x+c)). Each takes
// one inverse R = (A + cI)⁻¹, and otherwise there are products, half of which is wanted where they
// are symmetric: with w = δ²/(c+δ²),
//
//	G = (1-w)·V₁ᵀV₁ + m²(w·A + (δ²(1-w) + 2aw)·I + (2aδ²(1-w) + w(a²-2ac))·R)
//	G·h(G)² = m²(G + 2aI + (a²-2ac)·R - a²c·R²),  R of G.
//
// The condition number of A is the square of that of X. Single precision is enough for h₁ all the
// same, since its pole c is far above δ² and V₁ has the small directions from X itself. An error E
// of A, about 2⁻²⁴ times the lengths of two columns after the grading, changes H₁, and by that
// turns U: to U·(I + K), K antisymmetric,
//
//	|K_ij| ≤ |E_ij|·|h₁(sᵢ²) - h₁(sⱼ²)| / ((sᵢ+sⱼ)·(pᵢ+pⱼ)),  p = s·h₁(s²),
//
// in the eigenvectors of A, of eigenvalues s². At ε = 1e-4 this is at most 1.3e5·|E_ij|; X·A^(-1/2)
// with all of it from A would be wrong by 1e8·|E_ij|.
//
// Orthonormal columns of V = [U; δH], H = H₁H₂, do not show K. It shows where H and A·H, which
// should be symmetric, are not: as K_ij·(1/sᵢ + 1/sⱼ) and K_ij·(sᵢ + sⱼ). The product of the two is
// at least 4K_ij², so that by Cauchy and Schwarz
//
//	‖K‖_F ≤ ½·(‖H - Hᵀ‖_F·‖AH - HᵀA‖_F)^(1/2).
//
// One random vector estimates these norms, in products of a matrix and a vector.
type singlePolar struct {
	found    grading[float32]
	grading  grading[float64]  // the same, sharpened
	full     MatrixOf[float64] // W, tall and graded
	x, v1, u MatrixOf[float32]
	g, r     MatrixOf[float32] // A, then G; R
	h1, h2   MatrixOf[float32]
	root     MatrixOf[float32]
	cholesky inverseCholesky[float32]
	z, uz    []float32    // padded, as all lists
	list     [5][]float32 // of m numbers
}

func (s *singlePolar) resize(m, n int) {
	if s.x.Rows == m && s.x.Cols == n {
		return
	}
	s.full = newPadded[float64](m, n)
	for _, x := range []*MatrixOf[float32]{&s.x, &s.v1, &s.u} {
		*x = newPadded[float32](m, n)
	}
	for _, x := range []*MatrixOf[float32]{&s.g, &s.r, &s.h1, &s.h2, &s.root} {
		*x = newPadded[float32](n, n)
	}
	s.z, s.uz = make([]float32, padded[float32](n)), make([]float32, padded[float32](m))
	for i := range s.list {
		s.list[i] = make([]float32, padded[float32](m))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		s.z[i] = float32(rng.NormFloat64())
	}
}

// run sets u to the polar factor of w, with X = scale·w and A of norm 1 at most. It returns
// Σ√(σ²+δ²) of X and the estimate of the error.
func (s *singlePolar) run(w Matrix, chain []zolotarev, scale, delta float64, u Matrix) (nuclear, estimate float64) {
	wide := w.Rows < w.Cols
	s.resize(max(w.Rows, w.Cols), min(w.Rows, w.Cols))
	n := s.x.Cols
	if wide {
		TransposeOf(s.full, MatrixOf[float64](w))
	} else {
		CopyRows(s.full, MatrixOf[float64](w))
	}
	// Graded in double precision, X is rounded by 2⁻²⁴ of each column's length, not of the longest.
	convert(s.x, Matrix(s.full), scale)
	s.found.find(s.x, singleGradingSteps)
	sharpen(&s.grading, &s.found)
	s.grading.apply(s.full, false)
	convert(s.x, Matrix(s.full), scale)

	multiplyOf(true, false, 1, s.x, s.x, 0, s.g, lower)
	addDiagonal(s.g, delta*delta)
	first := chain[0]
	m, a, c := first.m/(1+first.delta), first.a[0], first.c[0]
	s.invert(c)
	setLinear(s.h1, m*a, s.r, m)
	s.h1.mirror()
	multiplyOf(false, false, 1, s.x, s.h1, 0, s.v1, 0)
	d := delta * delta
	share := d / (c + d)
	multiplyOf(true, false, float32(1-share), s.v1, s.v1, float32(share*m*m), s.g, lower)
	s.addToG(m*m*(2*a*d*(1-share)+share*(a*a-2*a*c)), m*m*(d*(1-share)+2*a*share))
	for k, stage := range chain[1:] {
		m, a, c := stage.m, stage.a[0], stage.c[0]
		s.invert(c)
		if k < len(chain)-2 {
			m /= 1 + stage.delta
			s.r.mirror()
			multiplyOf(false, false, float32(-m*m*a*a*c), s.r, s.r, float32(m*m), s.g, lower)
			s.addToG(m*m*(a*a-2*a*c), m*m*2*a)
		}
		if k == 0 {
			setLinear(s.h2, m*a, s.r, m)
		} else {
			s.r.mirror()
			setLinear(s.root, m, s.h2, 0)
			multiplyOf(false, false, float32(m*a), s.r, s.h2, 1, s.root, lower)
			s.h2, s.root = s.root, s.h2
		}
		s.h2.mirror()
	}
	multiplyOf(false, false, 1, s.v1, s.h2, 0, s.u, 0)

	// tr A·H is ⟨X, U⟩ + δ²·⟨H₁, H₂⟩.
	for i := range s.x.Rows {
		nuclear += Dot(s.x.row(i), s.u.row(i))
	}
	for i := range n {
		nuclear += d * Dot(s.h1.row(i), s.h2.row(i))
	}
	estimate = s.check(d)
	s.found.apply(s.u, true)
	if wide {
		Widen(Matrix(s.full), s.u)
		Transpose(u, Matrix(s.full))
	} else {
		Widen(u, s.u)
	}
	return nuclear, estimate
}

// invert sets the lower triangle of r to (G + cI)⁻¹.
func (s *singlePolar) invert(c float64) {
	setLinear(s.root, 1, s.g, c)
	s.cholesky.invert(s.root)
	multiplyOf(true, false, 1, s.root, s.root, 0, s.r, lower|upperA|lowerB)
}

// addToG adds a·R + b·I.
func (s *singlePolar) addToG(a, b float64) {
	for i := range s.g.Rows {
		Axpy(float32(a), lowerRow(s.r, i), lowerRow(s.g, i))
	}
	addDiagonal(s.g, b)
}

// setLinear sets the lower triangle of dst to a·X + b·I.
func setLinear(dst MatrixOf[float32], a float64, x MatrixOf[float32], b float64) {
	for i := range x.Rows {
		Scale(float32(a), lowerRow(x, i), lowerRow(dst, i))
	}
	addDiagonal(dst, b)
}

func addDiagonal(x MatrixOf[float32], b float64) {
	for i := range x.Rows {
		x.Data[i*x.Stride+i] += float32(b)
	}
}

// lowerRow is row i of the lower triangle of a padded x, and of the upper, which is scratch, as
// much as fills whole vectors.
func lowerRow(x MatrixOf[float32], i int) []float32 {
	return x.Data[i*x.Stride : i*x.Stride+padded[float32](i+1)]
}

// row is row i of a padded x, with the zeros behind it.
func (x MatrixOf[T]) row(i int) []T { return x.Data[i*x.Stride : i*x.Stride+padded[T](x.Cols)] }

// boundOverError is less than the factor by which the bound exceeds ‖K‖_F: 6 to 10 for spectra with
// and without gaps and along runs, see TestSinglePolar.
const boundOverError = 4

// check estimates ‖VᵀV - I‖_F + ‖K‖_F over the norm of I; d is δ².
func (s *singlePolar) check(d float64) float64 {
	n := len(s.z)
	hz, hTz, t, r, xz := s.list[0][:n], s.list[1][:n], s.list[2][:n], s.list[3][:n], s.list[4]
	matrixTimes(t, s.h2, s.z)
	matrixTimes(hz, s.h1, t)
	matrixTimes(t, s.h1, s.z)
	matrixTimes(hTz, s.h2, t)
	asymmetric := distance(hz, hTz)

	// HᵀHz·δ² + UᵀUz
	matrixTimes(s.uz, s.u, s.z)
	matrixTimes(t, s.h1, hz)
	matrixTimes(r, s.h2, t)
	Scale(float32(d), r, r)
	addTransTimes(r, s.u, s.uz)
	loss := distance(r, s.z)

	// AHz - HᵀAz is XᵀUz - UᵀXz + δ²(Hz - Hᵀz).
	matrixTimes(xz, s.x, s.z)
	clear(r)
	addTransTimes(r, s.x, s.uz)
	clear(t)
	addTransTimes(t, s.u, xz)
	Axpy(float32(d), hz, r)
	Axpy(float32(d), hTz, t)
	size := math.Sqrt(Dot(s.z, s.z))
	rotation := math.Sqrt(asymmetric*distance(r, t)) / 2
	return (loss + rotation/boundOverError) / size
}

// matrixTimes sets y = x·z.
func matrixTimes(y []float32, x MatrixOf[float32], z []float32) {
	for i := range x.Rows {
		y[i] = float32(Dot(x.row(i), z))
	}
}

// addTransTimes adds xᵀ·z to y.
func addTransTimes(y []float32, x MatrixOf[float32], z []float32) {
	for i := range x.Rows {
		Axpy(z[i], x.row(i), y)
	}
}

func distance(x, y []float32) float64 {
	sum := 0.0
	for i := range x {
		d := float64(x[i]) - float64(y[i])
		sum = math.FMA(d, d, sum)
	}
	return math.Sqrt(sum)
}
