package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestTranspose(t *testing.T) {
	everySet(t, func(t *testing.T) {
		t.Run("double", testTranspose[float64])
		t.Run("single", testTranspose[float32])
	})
}

// What lies between the rows of the result stays as it is.
func testTranspose[T Element](t *testing.T) {
	rng := rand.New(rand.NewPCG(57, 58))
	numbers := func(n int) []T {
		x := make([]T, max(n, 1))
		for i := range x {
			x[i] = T(rng.NormFloat64())
		}
		return x
	}
	for _, c := range [][2]int{{0, 0}, {0, 3}, {1, 1}, {3, 5}, {4, 4}, {5, 7}, {8, 8}, {11, 30}, {12, 33},
		{64, 32}, {65, 100}, {131, 71}} {
		rows, cols := c[0], c[1]
		x, dst := numbers(rows*(cols+2)), numbers(cols*(rows+3))
		want := append([]T(nil), dst...)
		for i := range rows {
			for j := range cols {
				want[j*(rows+3)+i] = x[i*(cols+2)+j]
			}
		}
		size := size[T]()
		transpose[T](unsafe.Pointer(&dst[0]), size*(rows+3), unsafe.Pointer(&x[0]), size*(cols+2), rows, cols)
		for k, v := range dst {
			if v != want[k] {
				t.Errorf("%d×%d: number %d in row %d is %v, want %v", rows, cols, k%(rows+3), k/(rows+3), v, want[k])
				break
			}
		}
	}
}

func TestTransposeRefuses(t *testing.T) {
	short := NewMatrix(3, 2)
	short.Data = short.Data[:5]
	for name, c := range map[string][2]Matrix{
		"another shape":                 {NewMatrix(2, 3), NewMatrix(2, 3)},
		"a result with too few numbers": {short, NewMatrix(2, 3)},
		"a matrix with too few numbers": {NewMatrix(2, 3), short},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is accepted", name)
				}
			}()
			Transpose(c[0], c[1])
		}()
	}
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
