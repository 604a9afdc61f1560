//go:build unix

package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Whole vectors may be read of a matrix whose rows end within one, but nothing beyond its memory: A
// and B end at a page that must not be read.
func TestGemmStaysWithin(t *testing.T) {
	page := unix.Getpagesize()
	guarded := func(size int) []byte {
		whole := (size + page - 1) / page * page
		m, err := unix.Mmap(-1, 0, whole+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Munmap(m) })
		if err := unix.Mprotect(m[whole:], unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
		return m[whole-size : whole : whole]
	}
	rng := rand.New(rand.NewPCG(51, 52))
	for m := 1; m < 10; m += 4 {
		for n := 1; n < 50; n++ {
			for _, k := range []int{1, 2, 7} {
				stays[float64](t, rng, m, n, k, guarded)
				stays[float32](t, rng, m, n, k, guarded)
			}
		}
	}
}

func stays[T Element](t *testing.T, rng *rand.Rand, m, n, k int, guarded func(int) []byte) {
	matrix := func(rows, cols int) MatrixOf[T] {
		data := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(guarded(size[T]()*rows*cols)))), rows*cols)
		for i := range data {
			data[i] = T(rng.IntN(9) - 4) // products are exact
		}
		return MatrixOf[T]{Rows: rows, Cols: cols, Data: data, Stride: cols}
	}
	a, b := matrix(m, k), matrix(k, n)
	c := MatrixOf[T]{Rows: m, Cols: n, Data: make([]T, m*n), Stride: n}
	multiplyOf(false, false, 1, a, b, 0, c, 0)
	for i := range m {
		for j := range n {
			want := T(0)
			for q := range k {
				want += a.Data[i*k+q] * b.Data[q*n+j]
			}
			if c.Data[i*n+j] != want {
				t.Fatalf("%d×%d by %d×%d: (%d, %d) is %v, want %v", m, k, k, n, i, j, c.Data[i*n+j], want)
			}
		}
	}
}
