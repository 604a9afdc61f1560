package kernel

import "math"

// A bidiagonalizer reduces a matrix A with at least as many rows as columns to upper bidiagonal
// form, A = Q·B·Pᵀ, by Householder reflections from both sides (Golub and Kahan 1965). Each step
// goes over the trailing matrix twice: once to apply the last step's two reflections and multiply
// by the new left one, once to multiply by the new right one.
type bidiagonalizer struct {
	m, n          int
	a             Matrix // the trailing matrix; rows padded with zeros to whole blocks, some zero rows below
	left, right   Matrix // reflections: row j holds the vector of step j
	tauL, tauR    []float64
	x, y, yBefore []float64
	gram, t       Matrix
	w, tw         Matrix
}

// Reflections are applied blockReflections at a time, as matrix products.
const blockReflections = 24

func (b *bidiagonalizer) resize(m, n int) {
	if b.m == m && b.n == n {
		return
	}
	b.m, b.n = m, n
	b.a = newMatrixPadded(m+3, n)
	b.left, b.right = newMatrixPadded(n, m+3), newMatrixPadded(n, n)
	b.tauL, b.tauR = make([]float64, n), make([]float64, n)
	b.x, b.y, b.yBefore = make([]float64, b.left.Stride), make([]float64, b.a.Stride), make([]float64, b.a.Stride)
	b.gram, b.t = NewMatrix(blockReflections, blockReflections), NewMatrix(blockReflections, blockReflections)
	b.w, b.tw = NewMatrix(blockReflections, n), NewMatrix(blockReflections, n)
}

// reflection turns x into v, v₀ = 1, such that (I - tau·v·vᵀ)·x = beta·e₀. Numbers below the square
// root of the underflow threshold count as zero: the matrix is scaled to about one.
func reflection[T Element](x []T) (tau, beta float64) {
	alpha := float64(x[0])
	x[0] = 0
	rest := Dot(x, x)
	x[0] = 1
	if rest < 0x1p-950 {
		clear(x[1:])
		return 0, alpha
	}
	beta = -math.Copysign(math.Sqrt(alpha*alpha+rest), alpha)
	Scale(T(1/(alpha-beta)), x[1:], x[1:])
	return (beta - alpha) / beta, beta
}

// reduce reduces b.a, stores the diagonals of B in d and e, and keeps the reflections in left and
// right.
func (b *bidiagonalizer) reduce(d, e []float64) {
	m, n, a := b.m, b.n, b.a
	zero := b.x // before the first step there is nothing to apply
	clear(zero)
	clear(b.yBefore)
	before, rightBefore := zero, b.yBefore
	for j := range n {
		u := b.left.Data[j*b.left.Stride : (j+1)*b.left.Stride]
		for i := j; i < m; i++ {
			u[i] = a.Data[i*a.Stride+j] - before[i]*b.yBefore[j] - b.x[i]*rightBefore[j]
		}
		b.tauL[j], d[j] = reflection(u[j:m])
		if j == n-1 {
			break
		}
		from := (j + 1) &^ 7
		width := a.Stride - from
		v := b.right.Data[j*b.right.Stride : (j+1)*b.right.Stride]
		clear(b.y[from:])
		updateRows(width, (m-j+3)/4, &a.Data[j*a.Stride+from], 8*a.Stride, &before[j], &b.x[j], &u[j],
			&b.yBefore[from], &rightBefore[from], &b.y[from])
		clear(b.y[from : j+1])
		y := b.y[j+1 : n]
		Scale(b.tauL[j], y, y)
		row := a.Data[j*a.Stride+j+1 : j*a.Stride+n]
		for i := range row {
			v[j+1+i] = row[i] - y[i]
		}
		b.tauR[j], e[j] = reflection(v[j+1 : n])
		rowDots(width, (m-j+2)/4, &a.Data[(j+1)*a.Stride+from], 8*a.Stride, &v[from], &b.x[j+1])
		yv := Dot(y, v[j+1:n])
		for i := j + 1; i < m; i++ {
			b.x[i] = b.tauR[j] * (b.x[i] - u[i]*yv)
		}
		b.y, b.yBefore = b.yBefore, b.y
		before, rightBefore = u, v
	}
}

// apply computes c = H₀·H₁·…·c for the reflections whose vectors are the rows of v; vector j is
// zero before number j+skip.
func (b *bidiagonalizer) apply(v Matrix, tau []float64, skip int, c Matrix) {
	count := len(tau)
	for j := (count - 1) / blockReflections * blockReflections; j >= 0; j -= blockReflections {
		k := min(blockReflections, count-j)
		block := sub(v, j, j+skip, k, v.Cols-j-skip)
		if block.Cols <= 0 {
			continue
		}
		t := sub(b.t, 0, 0, k, k)
		blockReflector(MatrixOf[float64](block), tau[j:j+k], MatrixOf[float64](b.gram).sub(0, 0, k, k),
			MatrixOf[float64](t))
		part := sub(c, j+skip, 0, block.Cols, c.Cols)
		w, tw := sub(b.w, 0, 0, k, c.Cols), sub(b.tw, 0, 0, k, c.Cols)
		Gemm(false, false, 1, block, part, 0, w)
		Gemm(false, false, 1, t, w, 0, tw)
		Gemm(true, false, -1, block, tw, 1, part)
	}
}

// blockReflector sets the upper triangular t so that H₀·H₁·… = I - Vᵀ·T·V for the reflections whose
// vectors are the rows of v (Schreiber and Van Loan 1989). It overwrites gram.
func blockReflector[T Element](v MatrixOf[T], tau []float64, gram, t MatrixOf[T]) {
	multiplyOf(false, true, 1, v, v, 0, gram, lower)
	for i, ti := range tau {
		for p := range i {
			s := 0.0
			for q := p; q < i; q++ {
				s += float64(t.Data[p*t.Stride+q]) * float64(gram.Data[i*gram.Stride+q])
			}
			t.Data[p*t.Stride+i] = T(-ti * s)
			t.Data[i*t.Stride+p] = 0
		}
		t.Data[i*t.Stride+i] = T(ti)
	}
}
