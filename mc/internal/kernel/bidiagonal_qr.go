package kernel

import "math"

// givens returns c, s and r with c·f + s·g = r and c·g - s·f = 0, c² + s² = 1.
func givens(f, g float64) (c, s, r float64) {
	if g == 0 {
		return 1, 0, f
	}
	if f == 0 {
		return 0, 1, g
	}
	r = math.Copysign(hypot(f, g), f)
	return f / r, g / r, r
}

// hypot is √(x²+y²) for numbers whose squares matter only down to the underflow threshold:
// everything here is scaled to about one.
func hypot(x, y float64) float64 {
	if s := x*x + y*y; s > 0x1p-900 {
		return math.Sqrt(s)
	}
	return math.Hypot(x, y)
}

// bidiagonalQR decomposes the n × n upper bidiagonal matrix with diagonal d and superdiagonal e by
// the implicitly shifted QR iteration (Golub and Reinsch 1970; shifts of Demmel and Kahan 1990).
// Rows of u and v, width numbers from stride to stride, are turned along; d ends up non-negative,
// in no order. It reports false if the iteration does not converge.
func bidiagonalQR(n int, d, e, u, v []float64, stride, width int) bool {
	norm := 0.0
	for i := range n {
		norm = math.Max(norm, math.Abs(d[i]))
	}
	for i := range n - 1 {
		norm = math.Max(norm, math.Abs(e[i]))
	}
	small := norm * 0x1p-51
	turn := func(x []float64, i, k int, c, s float64) {
		rotateRows(width, &x[i*stride], &x[k*stride], c, s)
	}
	budget := 40 * n * n
	for hi := n - 1; hi > 0; {
		lo := hi
		for lo > 0 && math.Abs(e[lo-1]) > small {
			lo--
		}
		if lo > 0 {
			e[lo-1] = 0
		}
		if lo == hi {
			hi--
			continue
		}
		if budget--; budget < 0 {
			return false
		}
		// The shift is the smaller singular value of the last 2 × 2 block; none if the block is
		// singular anyway.
		shift := smallestOfTwo(d[hi-1], e[hi-1], d[hi])
		for i := lo; i <= hi; i++ {
			if math.Abs(d[i]) <= small {
				shift = 0
			}
		}
		f, g := d[lo], e[lo]
		if shift != 0 {
			f = (math.Abs(d[lo]) - shift) * (math.Copysign(1, d[lo]) + shift/d[lo])
		}
		for i := lo; i < hi; i++ {
			c, s, r := givens(f, g)
			if i > lo {
				e[i-1] = r
			}
			f = c*d[i] + s*e[i]
			e[i] = c*e[i] - s*d[i]
			g = s * d[i+1]
			d[i+1] *= c
			turn(v, i, i+1, c, s)
			c, s, r = givens(f, g)
			d[i] = r
			f = c*e[i] + s*d[i+1]
			d[i+1] = c*d[i+1] - s*e[i]
			if i < hi-1 {
				g = s * e[i+1]
				e[i+1] *= c
			}
			turn(u, i, i+1, c, s)
		}
		e[hi-1] = f
	}
	for i := range n {
		if d[i] < 0 {
			d[i] = -d[i]
			for j := range width {
				v[i*stride+j] = -v[i*stride+j]
			}
		}
	}
	return true
}

// smallestOfTwo returns the smaller singular value of the triangle (f, g; 0, h), as LAPACK's dlas2
// does.
func smallestOfTwo(f, g, h float64) float64 {
	f, g, h = math.Abs(f), math.Abs(g), math.Abs(h)
	small, large := min(f, h), max(f, h)
	if small == 0 {
		return 0
	}
	if g < large {
		as, at, au := 1+small/large, (large-small)/large, (g/large)*(g/large)
		return small * (2 / (math.Sqrt(as*as+au) + math.Sqrt(at*at+au)))
	}
	au := large / g
	if au == 0 {
		return small * large / g
	}
	as, at := 1+small/large, (large-small)/large
	return 2 * (small * (1 / (math.Sqrt(1+as*au*as*au) + math.Sqrt(1+at*au*at*au)))) * au
}
