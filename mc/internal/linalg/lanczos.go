package linalg

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A Lanczos finds the largest eigenvalue of a symmetric map by products with it (Lanczos 1950),
// with full reorthogonalisation, so that rounding makes no copies of an eigenvalue. The first 24
// vectors go without at a Tolerance of 1e-4 and more: they lose orthogonality only as the residual
// falls to the level of rounding (Paige 1976).
type Lanczos struct {
	// Apply sets dst to the product of the map and v. It keeps neither.
	Apply func(dst, v []float64)
	// Tolerance is the relative error of the eigenvalue at which the iteration ends, after at least
	// Least and at most Most products.
	Tolerance   float64
	Least, Most int

	basis [][]float64
}

// block is the number of entries that stay in the cache from one pass to the next.
const block = 1024

// A Top is the largest eigenvalue of a map.
type Top struct {
	Value float64
	// Error is the residual r = ‖Av − θv‖, or r² over the distance to the next Ritz value if that
	// is less: an eigenvalue is within r of θ (Parlett 1998, section 4.5), and within r²/gap if the
	// distance is what it seems to be (section 11.7).
	Error float64
	// Products with the map.
	Products int
}

// Largest begins with v, which must not be 0, and replaces it by the eigenvector, of length 1.
// Where products overflow, the value is NaN and v becomes 0.
func (l *Lanczos) Largest(v []float64) Top {
	most := min(l.Most, len(v))
	var alpha, beta []float64
	kernel.Scale(1/Norm(v), v, l.row(0, len(v)))
	for k := 0; ; k++ {
		now, next := l.basis[k], l.row(k+1, len(v))
		l.Apply(next, now)
		alpha = append(alpha, kernel.Dot(next, now))
		squares := 0.0
		for from := 0; from < len(v); from += block {
			to := min(from+block, len(v))
			kernel.Axpy(-alpha[k], now[from:to], next[from:to])
			if k > 0 {
				kernel.Axpy(-beta[k-1], l.basis[k-1][from:to], next[from:to])
			}
			squares += kernel.Dot(next[from:to], next[from:to])
		}
		rest := rootOfSquares(squares, next)
		if k >= 24 || l.Tolerance < 1e-4 {
			for _, q := range l.basis[:k+1] { // twice is enough (Parlett 1998, section 6.9)
				kernel.Axpy(-kernel.Dot(q, next), q, next)
			}
			rest = Norm(next)
		}
		if size := alpha[k] + rest; math.IsNaN(size) || math.IsInf(size, 0) {
			clear(v)
			return Top{Value: math.NaN(), Products: k + 1}
		}
		exact := rest <= 0x1p-46*largestSize(alpha, beta) // the space is invariant
		if !exact && k+1 < min(most, l.Least) {
			beta = append(beta, rest)
			kernel.Scale(1/rest, next, next)
			continue
		}
		value, gap, weights := largestOfTridiagonal(alpha, beta)
		top := Top{Value: value, Products: k + 1}
		if !exact {
			r := rest * math.Abs(weights[k])
			top.Error = min(r, r/gap*r)
		}
		if exact || k+1 == most || k+1 >= l.Least && top.Error <= l.Tolerance*math.Abs(value) {
			for from := 0; from < len(v); from += block {
				to := min(from+block, len(v))
				kernel.Scale(weights[0], l.basis[0][from:to], v[from:to])
				for i, w := range weights[1:] {
					kernel.Axpy(w, l.basis[i+1][from:to], v[from:to])
				}
			}
			return top
		}
		beta = append(beta, rest)
		kernel.Scale(1/rest, next, next)
	}
}

// row returns basis vector k, of length n.
func (l *Lanczos) row(k, n int) []float64 {
	if k == len(l.basis) {
		l.basis = append(l.basis, make([]float64, n))
	}
	return l.basis[k]
}

func largestSize(lists ...[]float64) float64 {
	size := 0.0
	for _, list := range lists {
		for _, x := range list {
			size = max(size, math.Abs(x))
		}
	}
	return size
}

// largestOfTridiagonal returns the largest eigenvalue of the symmetric matrix with these diagonals,
// its distance to the next (0 if there is none), and its eigenvector.
func largestOfTridiagonal(alpha, beta []float64) (value, gap float64, vector []float64) {
	n := len(alpha)
	t := mat.NewSymDense(n, nil)
	for i, a := range alpha {
		t.SetSym(i, i, a)
		if i+1 < n {
			t.SetSym(i, i+1, beta[i])
		}
	}
	var e mat.EigenSym
	e.Factorize(t, true)
	values := e.Values(nil)
	var q mat.Dense
	e.VectorsTo(&q)
	vector = make([]float64, n)
	mat.Col(vector, n-1, &q)
	if n > 1 {
		gap = values[n-1] - values[n-2]
	}
	return values[n-1], gap, vector
}
