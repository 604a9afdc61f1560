package kernel

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

// random returns a rows × cols matrix of standard normal numbers.
func random(rng *rand.Rand, rows, cols int) Matrix {
	x := NewMatrix(rows, cols)
	for i := range x.Data {
		x.Data[i] = rng.NormFloat64()
	}
	return x
}

func BenchmarkGemm(b *testing.B) {
	for _, d := range []int{20, 100, 256, 512, 1000} {
		for _, set := range available() {
			for _, form := range []string{"NN", "TN", "NT", "TT", "syrk"} {
				b.Run(fmt.Sprintf("%s/%d/%s", form, d, set.name), func(b *testing.B) {
					defer use(set)()
					rng := rand.New(rand.NewPCG(1, 2))
					x, y, z := random(rng, d, d), random(rng, d, d), NewMatrix(d, d)
					flops := 2 * float64(d) * float64(d) * float64(d)
					b.ReportAllocs()
					b.ResetTimer()
					for range b.N {
						if form == "syrk" {
							SyrkLower(true, 1, x, 0, z)
						} else {
							Gemm(form[0] == 'T', form[1] == 'T', 1, x, y, 0, z)
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
}

// Two goroutines on two cores should be at least 1.7 times as fast as one.
func BenchmarkGemmCores(b *testing.B) {
	for _, d := range []int{512, 1000} {
		for _, procs := range []int{1, 2} {
			b.Run(fmt.Sprintf("%d/%d", d, procs), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				rng := rand.New(rand.NewPCG(1, 2))
				x, y, z := random(rng, d, d), random(rng, d, d), NewMatrix(d, d)
				for b.Loop() {
					Gemm(false, false, 1, x, y, 0, z)
				}
				b.ReportMetric(2*float64(d)*float64(d)*float64(d)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

// use makes the package compute with set until the function that it returns is called.
func use(set *instructionSet) func() {
	old := instructions
	instructions = set
	return func() { instructions = old }
}
