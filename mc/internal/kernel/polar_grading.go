package kernel

import "math/rand/v2"

// A grading is an orthogonal Q = I - Vᵀ·T·V, a product of a few reflections, whose first columns
// span about the dominant right singular subspace of a matrix W. The columns of W·Q are then
// graded, the large ones first, and the rounding errors of products and inverses made from them are
// relative to the size of each column, not to the largest.
//
// The subspace comes from a few steps of subspace iteration from a fixed start: it depends on W
// alone, not on what was graded before.
type grading[T Element] struct {
	v, t, gram, top, tv MatrixOf[T] // v: rank × cols
	tau                 []float64
	start, y            MatrixOf[T]
}

// gradingSteps are those of the iteration in double precision, and singleGradingSteps in single: a
// ratio of singular values behind the gap enters by its sixth or its fourth power.
const (
	gradingSteps       = 3
	singleGradingSteps = 2
)

// resize reports whether another size was there before.
func (g *grading[T]) resize(m, n int) bool {
	if g.y.Rows == m && g.v.Cols == n {
		return false
	}
	k := min(n, max(8, n/32))
	g.v, g.tv = newPadded[T](k, n), newPadded[T](k, n)
	g.t, g.gram, g.top = NewMatrixOf[T](k, k), NewMatrixOf[T](k, k), NewMatrixOf[T](k, k)
	g.tau, g.y = make([]float64, k), NewMatrixOf[T](m, k)
	return true
}

// sharpen sets Q to that of found, orthogonal in double precision.
func sharpen(g *grading[float64], found *grading[float32]) {
	g.resize(found.y.Rows, found.v.Cols)
	Widen(Matrix(g.v), found.v)
	for j, tau := range found.tau {
		if g.tau[j] = 0; tau != 0 {
			row := g.v.Data[j*g.v.Stride : j*g.v.Stride+g.v.Cols]
			g.tau[j] = 2 / Dot(row, row)
		}
	}
	blockReflector(g.v, g.tau, g.gram, g.t)
}

// find sets Q for w, which has at least as many rows as columns.
func (g *grading[T]) find(w MatrixOf[T], steps int) {
	n := w.Cols
	if g.resize(w.Rows, n) {
		k := g.v.Rows
		g.start = newPadded[T](k, n)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range k {
			for j := range n {
				g.start.Data[i*g.start.Stride+j] = T(rng.NormFloat64())
			}
		}
	}
	k := g.v.Rows
	z := g.start
	for step := range steps {
		Multiply(false, true, 1, w, z, 0, g.y)
		Multiply(true, false, 1, g.y, w, 0, g.v)
		for j := range k {
			row := g.v.row(j) // whole rows are whole vectors
			g.tau[j], _ = reflection(row[j:n])
			clear(row[:j])
			for c := j + 1; c < k; c++ {
				Axpy(T(-g.tau[j]*Dot(row, g.v.row(c))), row, g.v.row(c))
			}
		}
		blockReflector(g.v, g.tau, g.gram, g.t)
		if step == steps-1 {
			return
		}
		// The first columns of Q, as rows: I - Vtopᵀ·Tᵀ·V.
		z = g.tv
		Multiply(true, true, -1, g.v.sub(0, 0, k, k), g.t, 0, g.top)
		Multiply(false, false, 1, g.top, g.v, 0, z)
		for i := range k {
			z.Data[i*z.Stride+i]++
		}
	}
}

// apply computes x = x·Q, or x·Qᵀ with trans.
func (g *grading[T]) apply(x MatrixOf[T], trans bool) {
	Multiply(false, true, 1, x, g.v, 0, g.y)
	Multiply(trans, false, 1, g.t, g.v, 0, g.tv)
	Multiply(false, false, -1, g.y, g.tv, 1, x)
}
