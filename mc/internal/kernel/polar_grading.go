package kernel

import "math/rand/v2"

// A grading is an orthogonal Q = I - Vᵀ·T·V, a product of a few reflections, whose first columns
// span about the dominant right singular subspace of a matrix W. The columns of W·Q are then
// graded, the large ones first, and the rounding errors of products and inverses made from them are
// relative to the size of each column, not to the largest.
//
// The subspace comes from a few steps of subspace iteration from a fixed start: it depends on W
// alone, not on what was graded before.
type grading struct {
	v, t, gram, top, tv Matrix // v: rank × cols
	tau                 []float64
	start, y            Matrix
}

const gradingSteps = 3

// find sets Q for w, which has at least as many rows as columns.
func (g *grading) find(w Matrix) {
	m, n := w.Rows, w.Cols
	if g.y.Rows != m || g.v.Cols != n {
		k := min(n, max(8, n/32))
		g.v, g.start, g.tv = newMatrixPadded(k, n), newMatrixPadded(k, n), newMatrixPadded(k, n)
		g.t, g.gram, g.top = NewMatrix(k, k), NewMatrix(k, k), NewMatrix(k, k)
		g.tau, g.y = make([]float64, k), NewMatrix(m, k)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range k {
			for j := range n {
				g.start.Data[i*g.start.Stride+j] = rng.NormFloat64()
			}
		}
	}
	k := g.v.Rows
	z := g.start
	for step := range gradingSteps {
		Gemm(false, true, 1, w, z, 0, g.y)
		Gemm(true, false, 1, g.y, w, 0, g.v)
		for j := range k {
			row := g.v.Data[j*g.v.Stride : j*g.v.Stride+n]
			g.tau[j], _ = reflection(row[j:])
			for c := j + 1; c < k; c++ {
				other := g.v.Data[c*g.v.Stride+j : c*g.v.Stride+n]
				Axpy(-g.tau[j]*Dot(row[j:], other), row[j:], other)
			}
			clear(row[:j])
		}
		blockReflector(g.v, g.tau, g.gram, g.t)
		if step == gradingSteps-1 {
			return
		}
		// The first columns of Q, as rows: I - Vtopᵀ·Tᵀ·V.
		z = g.tv
		Gemm(true, true, -1, sub(g.v, 0, 0, k, k), g.t, 0, g.top)
		Gemm(false, false, 1, g.top, g.v, 0, z)
		for i := range k {
			z.Data[i*z.Stride+i]++
		}
	}
}

// apply computes x = x·Q, or x·Qᵀ with trans.
func (g *grading) apply(x Matrix, trans bool) {
	Gemm(false, true, 1, x, g.v, 0, g.y)
	Gemm(trans, false, 1, g.t, g.v, 0, g.tv)
	Gemm(false, false, -1, g.y, g.tv, 1, x)
}
