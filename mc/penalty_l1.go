package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// L1 is the sum of the absolute entries,
//
//	R(W) = Σ|wᵢⱼ|.
//
// It prefers many entries to be 0, whatever the rank, and is not a function of the singular values:
// a contrast to the penalties that are.
type L1 struct{}

// Value returns Σ|wᵢⱼ|.
func (L1) Value(p *Point) float64 {
	w := p.dense()
	sum := 0.0
	for i := range w.RawMatrix().Rows {
		for _, x := range w.RawRowView(i) {
			sum += math.Abs(x)
		}
	}
	return sum
}

// AddGradient adds scale·sign(W) to dst, 0 where an entry is 0.
func (L1) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	w := p.dense()
	for i := range w.RawMatrix().Rows {
		to := dst.RawRowView(i)
		for j, x := range w.RawRowView(i) {
			switch {
			case x > 0:
				to[j] += scale
			case x < 0:
				to[j] -= scale
			}
		}
	}
}

// Prox sets dst to sign(W)·(|W| − step)₊, entry by entry.
func (L1) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	w := p.dense()
	sum := 0.0
	for i := range w.RawMatrix().Rows {
		to := dst.RawRowView(i)
		for j, x := range w.RawRowView(i) {
			shrunk := max(math.Abs(x)-step, 0)
			sum += shrunk
			to[j] = math.Copysign(shrunk, x)
		}
	}
	return sum
}

// Degree is 1.
func (L1) Degree() float64 { return 1 }
