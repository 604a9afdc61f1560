package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

func random32(rng *rand.Rand, rows, cols, gap int) MatrixOf[float32] {
	x := MatrixOf[float32]{Rows: rows, Cols: cols, Stride: cols + gap, Data: make([]float32, rows*(cols+gap))}
	for i := range x.Data {
		x.Data[i] = float32(rng.NormFloat64())
		if cols == 0 || i%x.Stride >= cols {
			x.Data[i] = float32(math.NaN())
		}
	}
	return x
}

func (x MatrixOf[T]) at(trans bool, i, j int) float64 {
	if trans {
		i, j = j, i
	}
	return float64(x.Data[i*x.Stride+j])
}

// Products of singles, and those of triangles, against sums in double precision.
func TestGemm32(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			side := rapid.SampledFrom([]int{0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 47, 48, 49,
				64, 97, 101})
			m, n, k := side.Draw(t, "m"), side.Draw(t, "n"), side.Draw(t, "k")
			if rapid.IntRange(0, 9).Draw(t, "deep") == 0 {
				k = rapid.SampledFrom([]int{499, 500, 501, 641, 1009}).Draw(t, "k")
			}
			onlyLower := rapid.Bool().Draw(t, "lower")
			if onlyLower {
				n = m
			}
			factor := rapid.SampledFrom([]float32{0, 1, -1, 0.5, -2.75, float32(math.Copysign(0, -1))})
			alpha, beta := factor.Draw(t, "alpha"), factor.Draw(t, "beta")
			transA, transB := rapid.Bool().Draw(t, "transA"), rapid.Bool().Draw(t, "transB")
			size := rapid.SampledFrom([]float32{1, 1e-25, 1e25, 1e-40}).Draw(t, "scale")
			gap := rapid.SampledFrom([]int{0, 0, 1, 3, 17})
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
			shape := func(trans bool, rows, cols int) MatrixOf[float32] {
				if trans {
					rows, cols = cols, rows
				}
				return random32(rng, rows, cols, gap.Draw(t, "gap"))
			}
			x, y, z := shape(transA, m, k), shape(transB, k, n), shape(false, m, n)
			for i := range x.Data {
				x.Data[i] *= size
			}
			old := z
			old.Data = append([]float32(nil), z.Data...)
			if beta == 0 {
				for i := range z.Data {
					z.Data[i] = float32(math.NaN()) // must not be read
				}
			}
			var tri triangle
			if onlyLower {
				tri = lower
			}
			multiplyOf(transA, transB, alpha, x, y, beta, z, tri)
			for i := range m {
				for j := range z.Stride {
					got := float64(z.Data[i*z.Stride+j])
					if j >= n {
						if got == got {
							t.Fatalf("wrote %v between the rows of C at (%d, %d)", got, i, j)
						}
						continue
					}
					if onlyLower && j > i {
						continue
					}
					var value, bound float64
					for p := range k {
						product := float64(alpha) * x.at(transA, i, p) * y.at(transB, p, j)
						value += product
						bound += math.Abs(product)
					}
					if beta != 0 {
						value += float64(beta) * old.at(false, i, j)
						bound += math.Abs(float64(beta) * old.at(false, i, j))
					}
					if e := math.Abs(got - value); !(e <= float64(k+3)*0x1p-24*bound+float64(k+2)*0x1p-148) {
						t.Fatalf("C(%d, %d) = %v, want %v: error %.3g, bound %.3g", i, j, got, value, e, bound)
					}
				}
			}
		})
	})
}

// Every set of instructions, every blocking and every number of goroutines gives the same bits,
// also where a term of a sum is not a number or leaves the range.
func TestGemm32BitsDependOnNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range []struct {
		m, n, k int
		special float32
	}{{7, 5, 3, 0}, {100, 100, 100, 0}, {31, 50, 70, float32(math.Inf(1))}, {31, 50, 70, 3e38},
		{40, 33, 20, 1e-44}, {171, 50, 333, 0}, {1, 600, 700, 0}, {600, 1, 700, 0}, {370, 410, 520, 0}} {
		if s.m*s.n*s.k > 1e7 && testing.Short() {
			continue
		}
		for form := range 4 {
			transA, transB := form&1 != 0, form&2 != 0
			x, y, z := random32(rng, s.m, s.k, 0), random32(rng, s.k, s.n, 0), random32(rng, s.m, s.n, 0)
			if transA {
				x.Rows, x.Cols, x.Stride = s.k, s.m, s.m
			}
			if transB {
				y.Rows, y.Cols, y.Stride = s.n, s.k, s.k
			}
			if s.special != 0 {
				x.Data[len(x.Data)/2] = s.special
			}
			var first []float32
			for _, set := range available() {
				for _, procs := range []int{1, 3} {
					defer use(set)()
					old := runtime.GOMAXPROCS(procs)
					c := append([]float32(nil), z.Data...)
					multiplyOf(transA, transB, 1.5, x, y, -0.5,
						MatrixOf[float32]{Rows: s.m, Cols: s.n, Stride: s.n, Data: c}, 0)
					runtime.GOMAXPROCS(old)
					if first == nil {
						first = c
					}
					for i := range first {
						if math.Float32bits(first[i]) != math.Float32bits(c[i]) &&
							(first[i] == first[i] || c[i] == c[i]) {
							t.Fatalf("%+v %v %v %s %d: element %d is %x, not %x", s, transA, transB, set.name,
								procs, i, c[i], first[i])
						}
					}
				}
			}
		}
	}
}

// Against arithmetic without limits, at arguments whose sum lies close to the middle of two
// singles.
func TestFMA32(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	draw := func() float32 {
		x := math.Float32frombits(rng.Uint32())
		if rng.IntN(2) == 0 { // few bits, so that sums are often ties
			x = math.Float32frombits(rng.Uint32() & 0xfff00001)
		}
		return x
	}
	for range 300_000 {
		x, y, z := draw(), draw(), draw()
		if rng.IntN(2) == 0 { // of a size where the two terms matter
			z = float32(math.Ldexp(float64(x)*float64(y), rng.IntN(61)-30))
		}
		got := fma32(x, y, z)
		if s := float64(x)*float64(y) + float64(z); math.IsNaN(s) || math.IsInf(s, 0) {
			if w := float32(s); got != w && got == got {
				t.Fatalf("%x·%x + %x = %x, want %x", x, y, z, got, w)
			}
			continue
		}
		exact := new(big.Float).SetPrec(1000).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y)))
		exact.SetPrec(1000).Add(exact, new(big.Float).SetPrec(1000).SetFloat64(float64(z)))
		if want, _ := exact.Float32(); got != want {
			t.Fatalf("%x·%x + %x = %x, want %x", x, y, z, got, want)
		}
	}
}

func TestGemm32AllocatesNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	rng := rand.New(rand.NewPCG(7, 8))
	x, y, z := random32(rng, 90, 90, 0), random32(rng, 90, 90, 0), random32(rng, 90, 90, 0)
	if n := testing.AllocsPerRun(5, func() { multiplyOf(true, true, 1, x, y, 0, z, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkGemm32(b *testing.B) {
	for _, d := range []int{100, 256, 512, 1000} {
		for _, form := range []string{"NN", "TN", "syrk"} {
			b.Run(fmt.Sprintf("%s/%d", form, d), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 2))
				x, y, z := random32(rng, d, d, 0), random32(rng, d, d, 0), random32(rng, d, d, 0)
				flops := 2 * float64(d) * float64(d) * float64(d)
				for range b.N {
					if form == "syrk" {
						multiplyOf(true, false, 1, x, x, 0, z, lower)
					} else {
						multiplyOf(form[0] == 'T', false, 1, x, y, 0, z, 0)
					}
				}
				if form == "syrk" {
					flops /= 2
				}
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
