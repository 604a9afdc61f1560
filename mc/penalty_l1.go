package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// L1 is the sum of the absolute entries,
//
//	R(W) = Σ|wᵢⱼ|.
//
// It prefers many entries to be 0, whatever the rank, and is not a function of the singular values: the contrast to those
// that are.
type L1 struct{}

// AddGrad adds scale·sign(W) to dst, 0 where an entry is, and returns Σ|wᵢⱼ|.
func (L1) AddGrad(dst *mat.Dense, scale float64, p *Point) float64 {
	w := p.dense().RawMatrix()
	sum := 0.0
	for i := range w.Rows {
		row := w.Data[i*w.Stride : i*w.Stride+w.Cols]
		for _, x := range row {
			sum += math.Abs(x)
		}
		if dst == nil {
			continue
		}
		for j, x := range row {
			switch {
			case x > 0:
				dst.RawRowView(i)[j] += scale
			case x < 0:
				dst.RawRowView(i)[j] -= scale
			}
		}
	}
	return sum
}

// Prox sets dst to sign(W)·(|W| − step)₊, entry by entry.
func (L1) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	w := p.dense().RawMatrix()
	sum := 0.0
	for i := range w.Rows {
		to := dst.RawRowView(i)
		for j, x := range w.Data[i*w.Stride : i*w.Stride+w.Cols] {
			shrunk := max(math.Abs(x)-step, 0)
			sum += shrunk
			to[j] = math.Copysign(shrunk, x)
		}
	}
	return sum
}

// Degree is 1.
func (L1) Degree() float64 { return 1 }
