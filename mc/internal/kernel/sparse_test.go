package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// positions are a Sparse and what it was made of.
type positions struct {
	*Sparse
	start []int
	col   []int32
}

// randomSparse sees each position with probability density.
func randomSparse(rng *rand.Rand, rows, cols int, density float64) positions {
	start, col := []int{0}, []int32{}
	for range rows {
		for j := range cols {
			if rng.Float64() < density {
				col = append(col, int32(j))
			}
		}
		start = append(start, len(col))
	}
	return positions{NewSparse(rows, cols, start, col), start, col}
}

func paddedCopy(x Matrix) Matrix {
	y := NewPadded(x.Rows, x.Cols)
	for i := range x.Rows {
		copy(y.Data[i*y.Stride:], x.Data[i*x.Stride:i*x.Stride+x.Cols])
	}
	return y
}

// The three products against dense ones.
func TestSparseAgainstDense(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(51, 52))
		for _, c := range []struct {
			rows, cols, width int
			density           float64
		}{{1, 1, 1, 1}, {5, 7, 3, 0.5}, {20, 30, 8, 0.2}, {33, 21, 20, 0.3}, {40, 40, 100, 0.1}, {9, 11, 13, 0},
			{10, 12, 200, 1}, {41, 300, 330, 0.2}, {300, 41, 1700, 0.4}, {1100, 130, 600, 0.3}} {
			t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
				s := randomSparse(rng, c.rows, c.cols, c.density)
				a, b := random(rng, c.rows, c.width), random(rng, c.cols, c.width)
				full, all := NewMatrix(c.rows, c.cols), NewMatrix(c.rows, c.cols)
				Gemm(false, true, 1, a, b, 0, all)
				dots, values := make([]float64, len(s.col)), make([]float64, len(s.col))
				s.Dots(dots, paddedCopy(a), paddedCopy(b))
				for i := range c.rows {
					for k := s.start[i]; k < s.start[i+1]; k++ {
						at := i*full.Stride + int(s.col[k])
						// Rounding of as many products of numbers of size 1 in another order:
						// measured 4e-16 for each.
						if math.Abs(dots[k]-all.Data[at]) > 1e-13*float64(c.width) {
							t.Errorf("entry (%d, %d) is %v, want %v", i, s.col[k], dots[k], all.Data[at])
						}
						values[k] = rng.NormFloat64()
						full.Data[at] = values[k]
					}
				}
				right, left := NewPadded(c.rows, c.width), NewPadded(c.cols, c.width)
				s.Times(right, values, paddedCopy(b))
				s.TransTimes(left, values, paddedCopy(a))
				wantRight, wantLeft := NewMatrix(c.rows, c.width), NewMatrix(c.cols, c.width)
				Gemm(false, false, 1, full, b, 0, wantRight)
				Gemm(true, false, 1, full, a, 0, wantLeft)
				for name, pair := range map[string][2]Matrix{"S·B": {right, wantRight}, "Sᵀ·A": {left, wantLeft}} {
					for i := range pair[0].Rows {
						for j := range c.width {
							// As above: measured 1e-16 for each.
							if got, want := pair[0].Data[i*pair[0].Stride+j],
								pair[1].Data[i*pair[1].Stride+j]; math.Abs(got-want) > 1e-13*float64(c.rows+c.cols) {
								t.Errorf("%s at (%d, %d) is %v, want %v", name, i, j, got, want)
							}
						}
					}
				}
			})
		}
	})
}

func TestSparseBitsDoNotDependOnGOMAXPROCS(t *testing.T) {
	t.Run("double", sparseBits[float64])
	t.Run("single", sparseBits[float32])
}

func sparseBits[T Element](t *testing.T) {
	rng := rand.New(rand.NewPCG(53, 54))
	s := randomSparse(rng, 700, 600, 0.2).Sparse
	a, b := NewPaddedOf[T](700, 60), NewPaddedOf[T](600, 60)
	convert(a, random(rng, 700, 60), 1)
	convert(b, random(rng, 600, 60), 1)
	var first [3][]T
	for _, procs := range []int{1, 4} {
		old := runtime.GOMAXPROCS(procs)
		dots, right, left := make([]T, len(s.byRow.index)), NewPaddedOf[T](700, 60), NewPaddedOf[T](600, 60)
		Dots(s, dots, a, b)
		Times(s, right, dots, b)
		TransTimes(s, left, dots, a)
		runtime.GOMAXPROCS(old)
		for i, x := range [][]T{dots, right.Data, left.Data} {
			if procs == 1 {
				first[i] = x
			} else if !slices.Equal(first[i], x) {
				t.Errorf("result %d differs", i)
			}
		}
	}
}

func TestSparseAllocatesNothing(t *testing.T) {
	t.Run("double", sparseAllocations[float64])
	t.Run("single", sparseAllocations[float32])
}

func sparseAllocations[T Element](t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := randomSparse(rand.New(rand.NewPCG(57, 58)), 300, 290, 0.2).Sparse // taken by blocks
	a, b, values := NewPaddedOf[T](300, 500), NewPaddedOf[T](290, 500), make([]T, len(s.byRow.index))
	step := func() {
		Dots(s, values, a, b)
		Times(s, a, values, b)
		TransTimes(s, b, values, a)
	}
	if n := testing.AllocsPerRun(3, step); n != 0 { // after one run
		t.Errorf("%v allocations", n)
	}
}

// The rate of each product, to be held against that of Gemm.
func BenchmarkSparse(b *testing.B) {
	b.Run("double", benchmarkSparse[float64])
	b.Run("single", benchmarkSparse[float32])
}

func benchmarkSparse[T Element](b *testing.B) {
	for _, c := range []struct {
		rows, cols, width int
		density           float64
	}{{100, 100, 100, 0.2}, {256, 256, 256, 0.2}, {512, 512, 512, 0.2}, {1000, 1000, 1000, 0.2},
		{1682, 943, 943, 0.063}, {1682, 943, 20, 0.063}} {
		rng := rand.New(rand.NewPCG(55, 56))
		s := randomSparse(rng, c.rows, c.cols, c.density).Sparse
		left, right := NewPaddedOf[T](c.rows, c.width), NewPaddedOf[T](c.cols, c.width)
		convert(left, random(rng, c.rows, c.width), 1)
		convert(right, random(rng, c.cols, c.width), 1)
		values := make([]T, len(s.byRow.index))
		for _, form := range []struct {
			name string
			run  func()
		}{
			{"dots", func() { Dots(s, values, left, right) }},
			{"times", func() { Times(s, left, values, right) }},
			{"transposed", func() { TransTimes(s, right, values, left) }},
		} {
			b.Run(fmt.Sprintf("%s/%dx%d/%d", form.name, c.rows, c.cols, c.width), func(b *testing.B) {
				for i := range values {
					values[i] = T(rng.NormFloat64())
				}
				b.ReportAllocs()
				for b.Loop() {
					form.run()
				}
				b.ReportMetric(2*float64(len(values))*float64(c.width)*float64(b.N)/b.Elapsed().Seconds()/1e9,
					"GFLOP/s")
			})
		}
	}
}
