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
	rng := rand.New(rand.NewPCG(53, 54))
	s := randomSparse(rng, 700, 600, 0.2)
	a, b := paddedCopy(random(rng, 700, 60)), paddedCopy(random(rng, 600, 60))
	var first [3][]float64
	for _, procs := range []int{1, 4} {
		old := runtime.GOMAXPROCS(procs)
		dots, right, left := make([]float64, len(s.col)), NewPadded(700, 60), NewPadded(600, 60)
		s.Dots(dots, a, b)
		s.Times(right, dots, b)
		s.TransTimes(left, dots, a)
		runtime.GOMAXPROCS(old)
		for i, x := range [][]float64{dots, right.Data, left.Data} {
			if procs == 1 {
				first[i] = x
			} else if !slices.Equal(first[i], x) {
				t.Errorf("result %d differs", i)
			}
		}
	}
}

// The rate of each product, to be held against that of Gemm.
func BenchmarkSparse(b *testing.B) {
	for _, c := range []struct {
		rows, cols, width int
		density           float64
	}{{100, 100, 100, 0.2}, {256, 256, 256, 0.2}, {512, 512, 512, 0.2}, {1000, 1000, 1000, 0.2},
		{1682, 943, 943, 0.063}, {1682, 943, 20, 0.063}} {
		rng := rand.New(rand.NewPCG(55, 56))
		s := randomSparse(rng, c.rows, c.cols, c.density)
		left, right := paddedCopy(random(rng, c.rows, c.width)), paddedCopy(random(rng, c.cols, c.width))
		values := make([]float64, len(s.col))
		for _, form := range []struct {
			name string
			run  func()
		}{
			{"dots", func() { s.Dots(values, left, right) }},
			{"times", func() { s.Times(left, values, right) }},
			{"transposed", func() { s.TransTimes(right, values, left) }},
		} {
			b.Run(fmt.Sprintf("%s/%dx%d/%d", form.name, c.rows, c.cols, c.width), func(b *testing.B) {
				for i := range values {
					values[i] = rng.NormFloat64()
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
