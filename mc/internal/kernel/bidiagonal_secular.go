package kernel

import "math"

// A secular problem is the singular value decomposition of the matrix with first row z and diag(0,
// d₁, …, d_{K-1}) below it (d₀ = 0 stands above z₀), 0 < d₁ < … < d_{K-1}: what merging two halves
// of a bidiagonal matrix leads to. Its singular values are the roots of
//
//	f(σ) = 1 + Σ zⱼ²/(dⱼ² - σ²),
//
// one between any two neighbouring d and one above the last. Gu and Eisenstat (1995), section 3;
// the iteration is the middle way of Li (1993), kept inside a bracket. Slices hold K numbers and
// zeros of z up to a multiple of eight.
type secular struct {
	k    int
	d, z []float64
	low  []float64 // z of the poles below the root, zeros above
	high []float64 // z of the poles above the root, zeros below
	norm float64   // Σ z²

	rounds int // evaluations of f since start
}

// start takes the problem up; root is then called for i = 0, 1, … in order.
func (s *secular) start() {
	s.norm, s.rounds = 0, 0
	for i, z := range s.z {
		s.low[i], s.high[i] = 0, z
		s.norm += z * z
	}
}

// sums returns the parts of f(origin+tau) - 1 and their derivatives by σ² that come from the poles
// below the root (numbers less than cut) and above.
func (s *secular) sums(cut int, origin, tau float64) (psi, dpsi, phi, dphi float64) {
	s.rounds++
	var sum [4]float64
	up := (cut + 7) &^ 7
	secularSums(up, &s.d[0], &s.low[0], origin, tau, &sum[0])
	if down := cut &^ 7; down < len(s.d) {
		secularSums(len(s.d)-down, &s.d[down], &s.high[down], origin, tau, &sum[2])
	}
	return sum[0], sum[1], sum[2], sum[3]
}

// root returns singular value i as origin + tau, where origin is the d nearest to it, so that all
// dⱼ - σ are known to full relative accuracy.
func (s *secular) root(i int) (origin, tau float64, ok bool) {
	if s.k == 1 {
		return 0, math.Abs(s.z[0]), true
	}
	// The two poles that the rational model has, and how many poles count as below.
	last := i == s.k-1
	a, cut := i, i+1
	if last {
		a, cut = i-1, i
	} else {
		s.low[i], s.high[i] = s.z[i], 0
	}
	b := a + 1
	da, db := s.d[a], s.d[b]
	za, zb := s.z[a]*s.z[a], s.z[b]*s.z[b]

	// Bracket and first guess: the poles but two are taken at the middle.
	gap := (db - da) * (db + da)
	var lo, hi float64
	if last {
		origin, hi = db, s.norm/(db+math.Sqrt(db*db+s.norm))
	} else {
		origin, hi = da, (db-da)/2
	}
	tau = hi
	if last {
		tau = hi / 2
	}
	psi, _, phi, _ := s.sums(cut, origin, tau)
	w := 1 + psi + phi
	c := w - za/(((da-origin)-tau)*((da+origin)+tau)) - zb/(((db-origin)-tau)*((db+origin)+tau))
	if last {
		hi *= 1 + 0x1p-50
	} else if w < 0 {
		origin, lo, hi = db, -hi, 0
	}
	var p, q float64 // c·t² - p·t + q = 0 for t = σ² - origin²
	if origin == da {
		p, q = c*gap+za+zb, za*gap
	} else {
		p, q = za+zb-c*gap, -zb*gap
	}
	root := math.Sqrt(math.Max(0, p*p-4*c*q))
	var t float64
	switch {
	case last && p >= 0:
		t = (p + root) / (2 * c)
	case last:
		t = 2 * q / (p - root)
	case p > 0:
		t = 2 * q / (p + root)
	default:
		t = (p - root) / (2 * c)
	}
	tau = within(lo, hi, t/(origin+math.Sqrt(origin*origin+t)))

	for range 200 {
		psi, dpsi, phi, dphi := s.sums(cut, origin, tau)
		w, dw := 1+psi+phi, dpsi+dphi
		sigma := origin + tau
		if math.Abs(w) <= 0x1p-52*(8*(1+math.Abs(psi)+math.Abs(phi))+2*sigma*math.Abs(tau)*dw) {
			return origin, tau, true
		}
		if w < 0 {
			lo = tau
		} else {
			hi = tau
		}
		// The model r + x/(da²-σ²) + y/(db²-σ²) has the values and slopes of both parts at σ.
		sa, sb := ((da-origin)-tau)*((da+origin)+tau), ((db-origin)-tau)*((db+origin)+tau)
		c := w - sa*dpsi - sb*dphi
		p := (sa+sb)*w - sa*sb*dw
		q := sa * sb * w
		root := math.Sqrt(math.Abs(p*p - 4*c*q))
		var eta float64
		switch {
		case last && p >= 0:
			eta = (p + root) / (2 * c)
		case last:
			eta = 2 * q / (p - root)
		case p > 0:
			eta = 2 * q / (p + root)
		default:
			eta = (p - root) / (2 * c)
		}
		if !(w*eta < 0) {
			eta = -w / dw
		}
		next := within(lo, hi, tau+eta/(sigma+math.Sqrt(sigma*sigma+eta)))
		if next == tau || next == lo || next == hi {
			return origin, next, true
		}
		tau = next
	}
	return 0, 0, false
}

// within returns tau if it lies inside the bracket, else a point inside: at the geometric mean, for
// roots crowd at poles.
func within(lo, hi, tau float64) float64 {
	switch {
	case lo < tau && tau < hi:
		return tau
	case lo > 0:
		return math.Sqrt(lo) * math.Sqrt(hi)
	case hi < 0:
		return -math.Sqrt(-lo) * math.Sqrt(-hi)
	case lo == 0:
		return hi / 16
	}
	return lo / 16
}
