package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// randomSparse sees each position with probability density.
func randomSparse(rng *rand.Rand, rows, cols int, density float64) *Sparse {
	start, col := []int{0}, []int32{}
	for range rows {
		for j := range cols {
			if rng.Float64() < density {
				col = append(col, int32(j))
			}
		}
		start = append(start, len(col))
	}
	return NewSparse(rows, cols, start, col)
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
		}{{1, 1, 1, 1}, {5, 7, 3, 0.5}, {20, 30, 8, 0.2}, {33, 21, 20, 0.3}, {40, 40, 100, 0.1}, {9, 11, 13, 0}, {10, 12, 200, 1}, {41, 300, 330, 0.2}, {300, 41, 1700, 0.4}} {
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
							if got, want := pair[0].Data[i*pair[0].Stride+j], pair[1].Data[i*pair[1].Stride+j]; math.Abs(got-want) > 1e-13*float64(c.rows+c.cols) {
								t.Errorf("%s at (%d, %d) is %v, want %v", name, i, j, got, want)
							}
						}
					}
				}
				transposed := NewMatrix(c.width, c.rows)
				Transpose(transposed, a)
				for i := range c.rows {
					for j := range c.width {
						if transposed.Data[j*transposed.Stride+i] != a.Data[i*a.Stride+j] {
							t.Fatalf("transpose differs at (%d, %d)", i, j)
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
