package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Q is orthogonal, and its first columns span about the dominant right singular subspace: of W·Q
// the other columns are as long as the other singular values. The steps of the iteration raise
// their ratio to the sixth power; one step alone would leave the square.
func TestGrading(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{20, 60, 300} {
		leading := max(8, n/32)
		const ratio = 0.25
		w := withSpectrum(rng, n+5, n, spectrum(n, func(i int) float64 {
			if i < leading {
				return 1
			}
			return ratio
		}))
		var g grading[float64]
		g.find(MatrixOf[float64](w), gradingSteps)
		q := NewMatrix(n, n)
		for i := range n {
			q.Data[i*n+i] = 1
		}
		g.y = NewMatrixOf[float64](n, leading) // as many rows as what is multiplied
		g.apply(MatrixOf[float64](q), false)
		for i := range n {
			for j := range n {
				want := 0.0
				if i == j {
					want = 1
				}
				// Rounding of a few reflections: measured 6e-16.
				if got := Dot(q.Data[i*n:i*n+n], q.Data[j*n:j*n+n]); math.Abs(got-want) > 1e-13 {
					t.Fatalf("n = %d: rows %d and %d of Q have the product %v", n, i, j, got)
				}
			}
		}
		wq := NewMatrix(n+5, n)
		Gemm(false, false, 1, w, q, 0, wq)
		for j := leading; j < n; j++ {
			sum := 0.0
			for i := range wq.Rows {
				sum += wq.Data[i*n+j] * wq.Data[i*n+j]
			}
			// A random start of k rows is some √(n·k) off, so that a sine of about √(n·k)·ratio⁶ is
			// left.
			if sine := math.Sqrt(max(0, sum-ratio*ratio)); sine > 3*math.Sqrt(float64(n*leading))*math.Pow(ratio, 6) {
				t.Errorf("n = %d: column %d of W·Q holds %v of the dominant vectors", n, j, sine)
			}
		}
		// Qᵀ undoes Q.
		g.apply(MatrixOf[float64](q), true)
		for i := range n {
			for j := range n {
				// As above: measured 7e-16.
				if got := q.Data[i*n+j]; math.Abs(got-map[bool]float64{true: 1}[i == j]) > 1e-13 {
					t.Fatalf("n = %d: entry (%d, %d) of Q·Qᵀ is %v", n, i, j, got)
				}
			}
		}
	}
}
