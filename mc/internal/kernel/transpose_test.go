package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// What lies between the rows of the result stays as it is.
func TestTranspose(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(57, 58))
		for _, c := range [][2]int{{0, 0}, {0, 3}, {1, 1}, {3, 5}, {4, 4}, {5, 7}, {8, 8}, {11, 30}, {12, 33}, {64, 32}, {65, 100}, {131, 71}} {
			rows, cols := c[0], c[1]
			x := random(rng, rows, cols+2)
			x.Cols = cols
			dst := random(rng, cols, rows+3)
			want := Matrix{Rows: cols, Cols: rows + 3, Stride: dst.Stride, Data: append([]float64(nil), dst.Data...)}
			for i := range rows {
				for j := range cols {
					want.Data[j*want.Stride+i] = x.Data[i*x.Stride+j]
				}
			}
			Transpose(Matrix{Rows: cols, Cols: rows, Stride: dst.Stride, Data: dst.Data}, x)
			for k, v := range dst.Data {
				if v != want.Data[k] {
					t.Errorf("%d×%d: number %d in row %d is %v, want %v", rows, cols, k%want.Stride, k/want.Stride, v, want.Data[k])
					break
				}
			}
		}
	})
}

func BenchmarkTranspose(b *testing.B) {
	for _, d := range []int{100, 512, 1000} {
		b.Run(fmt.Sprint(d), func(b *testing.B) {
			x, y := random(rand.New(rand.NewPCG(1, 2)), d, d), NewMatrix(d, d)
			b.SetBytes(16 * int64(d) * int64(d))
			for b.Loop() {
				Transpose(y, x)
			}
		})
	}
}
