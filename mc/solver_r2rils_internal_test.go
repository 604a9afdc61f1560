package mc

import (
	"math"
	"testing"
)

// U ← norm(U + norm(X)) column by column: lengths of X do not matter, and a column of zeros leaves
// its direction alone.
func TestAverageDirections(t *testing.T) {
	// Columns of x are (3, 4), (0, 0) and (0, −2); those of u (1, 0), (0, 1) and (0, 2).
	u := []float64{
		1, 0, 0,
		0, 1, 2,
	}
	x := []float64{
		3, 0, 0,
		4, 0, -2,
	}
	// (1 + 3/5, 4/5) has the length √(1.6² + 0.8²) = 1.6·√5/2; (0, 2 − 1) has length 1.
	long := 0.8 * math.Sqrt(5)
	want := []float64{
		1.6 / long, 0, 0,
		0.8 / long, 1, 1,
	}
	averageDirections(u, x, 3)
	for i, w := range want {
		// A few roundings of numbers up to 1.
		if math.Abs(u[i]-w) > 1e-15 {
			t.Errorf("u is %v, want %v", u, want)
			break
		}
	}
}

func TestColumnNorm(t *testing.T) {
	x := []float64{3, 1, 4, -2, 12, 2} // columns (3, 4, 12) and (1, −2, 2)
	if a, b := columnNorm(x, 0, 2), columnNorm(x, 1, 2); a != 13 || b != 3 {
		t.Errorf("norms %v and %v, want 13 and 3", a, b)
	}
}
