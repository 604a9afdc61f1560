package linalg

import (
	"math/rand/v2"
	"testing"

	"projectpenalty/mc/internal/kernel"
)

func randomModular(rows, cols int, rng *rand.Rand) kernel.Matrix {
	m := kernel.NewMatrix(rows, cols)
	for k := range m.Data {
		m.Data[k] = float64(rng.IntN(Prime))
	}
	return m
}

// product returns A·B modulo p by integer arithmetic.
func product(a, b kernel.Matrix) kernel.Matrix {
	c := kernel.NewMatrix(a.Rows, b.Cols)
	for i := range a.Rows {
		for j := range b.Cols {
			sum := uint64(0)
			for k := range a.Cols {
				sum = (sum + uint64(a.Data[i*a.Stride+k])*uint64(b.Data[k*b.Stride+j])) % Prime
			}
			c.Data[i*c.Stride+j] = float64(sum)
		}
	}
	return c
}

func TestPrime(t *testing.T) {
	for d := 2; d*d <= Prime; d++ {
		if Prime%d == 0 {
			t.Fatalf("%d divides %d", d, Prime)
		}
	}
	if most := 128 * float64(Prime-1) * float64(Prime-1); most >= 1<<53 {
		t.Errorf("128 products reach %v", most)
	}
}

func TestReduced(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	check := func(x int64) {
		want := x % Prime
		if want < 0 {
			want += Prime
		}
		if got := Reduced(float64(x)); got != float64(want) {
			t.Errorf("%d modulo p is %v, want %d", x, got, want)
		}
	}
	for range 100_000 {
		x := rng.Int64N(1 << 53)
		check(x)
		check(-x)
		check(x / Prime * Prime)
		check(-(x / Prime * Prime))
		check(x/Prime*Prime - 1)
	}
	for range 1000 {
		x := float64(1 + rng.IntN(Prime-1))
		if got := Reduced(x * Inverse(x)); got != 1 {
			t.Errorf("%v times its inverse is %v", x, got)
		}
	}
}

// The rank of a product of random factors is that of their size, and the null space is one.
func TestEliminate(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, c := range []struct{ rows, cols, rank int }{
		{1, 1, 1}, {5, 3, 3}, {3, 5, 2}, {40, 40, 40}, {150, 150, 17}, {200, 140, 139}, {140, 300, 129},
		{300, 300, 256}, {20, 20, 0},
		// One more and one less than a panel and a block.
		{15, 40, 15}, {16, 40, 16}, {17, 40, 17}, {127, 140, 127}, {128, 140, 128}, {129, 140, 129}, {129, 127, 127},
	} {
		a := kernel.NewMatrix(c.rows, c.cols)
		if c.rank > 0 {
			a = product(randomModular(c.rows, c.rank, rng), randomModular(c.rank, c.cols, rng))
		}
		// Columns that repeat others have no pivot.
		want := c.rank
		if c.cols > 30 && c.rank < c.cols {
			for i := range c.rows {
				copy(a.Data[i*a.Stride+5:i*a.Stride+20], a.Data[i*a.Stride+20:])
			}
			want = min(want, c.cols-15)
		}
		m := Eliminate(Clone(a))
		if m.Rank != want {
			t.Errorf("%d×%d: rank %d, want %d", c.rows, c.cols, m.Rank, want)
		}
		x := randomModular(c.cols, 1, rng)
		m.Null(x.Data)
		for i, y := range product(a, x).Data {
			if y != 0 {
				t.Errorf("%d×%d of rank %d: row %d takes a vector of the null space to %v", c.rows, c.cols,
					c.rank, i, y)
				break
			}
		}
	}
}

func BenchmarkEliminate(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 1))
	a := randomModular(1000, 1000, rng)
	for b.Loop() {
		Eliminate(Clone(a))
	}
}
