package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// smoothedPolar returns U and Σ√(σ²+ε²‖W‖²) by the decomposition.
func smoothedPolar(t testing.TB, w Matrix, eps float64) (u Matrix, nuclear float64) {
	var s SVD
	if !s.Factorize(w) {
		t.Fatal("no convergence")
	}
	shift := eps * frobenius(w)
	scaled := strided(s.U, 0)
	for j, x := range s.Sigma {
		r := math.Hypot(x, shift)
		nuclear += r
		for i := range scaled.Rows {
			if r > 0 {
				scaled.Data[i*scaled.Stride+j] *= x / r
			} else {
				scaled.Data[i*scaled.Stride+j] = 0
			}
		}
	}
	u = NewMatrix(w.Rows, w.Cols)
	Gemm(false, true, 1, scaled, s.V, 0, u)
	return u, nuclear
}

// The relative error of U stays below PolarTolerance, whatever the spectrum down to PolarLeast or
// with smoothing, and the estimate follows it. Run with -v for the table.
func TestPolarAccuracy(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	const m, n = 60, 50
	for _, eps := range []float64{1e-2, 1e-3, 1e-4, 1e-5, 0} {
		for _, ratio := range []float64{1, 1e2, 1e4, 1e6, 1e8, 1e10, 1e12} {
			w := withSpectrum(rng, m, n, spectrum(n, func(i int) float64 { return math.Pow(ratio, -float64(i)/(n-1)) }))
			want, nuclear := smoothedPolar(t, w, eps)
			var p Polar
			ok := p.Factorize(w, eps, 1e-2)
			if eps == 0 && ratio >= 1e8 { // singular values below PolarLeast·‖W‖_F are damped, and that is noticed
				if ok {
					t.Errorf("ε 0, σ₁/σₙ %g: accepted at estimate %.1e", ratio, p.Error)
				}
				continue
			}
			if !ok {
				t.Errorf("ε %g, σ₁/σₙ %g: refused at estimate %.1e", eps, ratio, p.Error)
				continue
			}
			difference := strided(want, 0)
			Axpy(-1, p.U.Data, difference.Data)
			e := frobenius(difference) / frobenius(want)
			const bound = PolarTolerance
			t.Logf("ε %g  σ₁/σₙ %-6g  error %.1e  estimate %.1e  bound %.1e", eps, ratio, e, p.Error, bound)
			if !(e <= bound) {
				t.Errorf("ε %g, σ₁/σₙ %g: error %.1e above %.1e", eps, ratio, e, bound)
			}
			// An estimate from one random vector may be small by chance: measured .6 of it at most.
			if !(e <= 10*p.Error+1e-12) {
				t.Errorf("ε %g, σ₁/σₙ %g: error %.1e, estimated as %.1e", eps, ratio, e, p.Error)
			}
			if math.Abs(p.Nuclear-nuclear) > 2*bound*nuclear {
				t.Errorf("ε %g, σ₁/σₙ %g: nuclear norm %v, want %v", eps, ratio, p.Nuclear, nuclear)
			}
		}
	}
}

func TestPolarOfSpecialMatrices(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(33, 34))
		for _, c := range []struct {
			name string
			w    Matrix
		}{
			{"zero", NewMatrix(8, 5)},
			{"empty", NewMatrix(0, 3)},
			{"one number", random(rng, 1, 1)},
			{"row", random(rng, 1, 9)},
			{"column", random(rng, 9, 1)},
			{"wide", random(rng, 20, 70)},
			{"tall, strided", strided(random(rng, 70, 33), 3)},
			{"rank one", withSpectrum(rng, 40, 40, []float64{3})},
			{"rank five", withSpectrum(rng, 100, 100, []float64{5, 4, 3, 2, 1})},
			{"orthogonal", withSpectrum(rng, 48, 48, spectrum(48, func(int) float64 { return 1 }))},
			{"above one block", random(rng, 130, 110)},
		} {
			for _, single := range []bool{false, true} {
				p := Polar{Single: single} // serves all ε
				for _, eps := range []float64{1e-4, 0, 1e-2} {
					deficient := strings.HasPrefix(c.name, "rank")
					// The limit that mc gives it.
					if p.Factorize(c.w, eps, 1e-3) == (eps == 0 && deficient) {
						t.Fatalf("%s, ε %g: estimate %.1e", c.name, eps, p.Error)
					}
					if eps == 0 && deficient {
						continue
					}
					want, nuclear := smoothedPolar(t, c.w, eps)
					Axpy(-1, want.Data, p.U.Data)
					if e := frobenius(p.U); e > PolarTolerance*frobenius(want) {
						t.Errorf("%s, ε %g: error %.1e of %.1e", c.name, eps, e, frobenius(want))
					}
					if math.Abs(p.Nuclear-nuclear) > PolarTolerance*nuclear {
						t.Errorf("%s, ε %g: nuclear norm %v, want %v", c.name, eps, p.Nuclear, nuclear)
					}
				}
			}
		}
	})
}

func TestPolarRefuses(t *testing.T) {
	w := random(rand.New(rand.NewPCG(35, 36)), 6, 6)
	bad, huge := strided(w, 0), strided(w, 0)
	bad.Data[7] = math.NaN()
	Scale(1e200, huge.Data, huge.Data)
	for _, c := range []struct {
		name       string
		w          Matrix
		eps, limit float64
	}{{"negative smoothing", w, -1, 1}, {"too little smoothing", w, 1e-9, 1}, {"NaN", bad, 1e-3, 1},
		{"huge", huge, 1e-3, 1}, {"a limit below its tolerance", w, 1e-4, 1e-12}} {
		var p Polar
		if p.Factorize(c.w, c.eps, c.limit) {
			t.Errorf("%s: accepted", c.name)
		}
	}
}

// What is kept of an ε is what would be found anew, and there is an end to how much is kept.
func TestStages(t *testing.T) {
	for _, s := range []*stages{&pairs, &chains} {
		for _, eps := range []float64{1e-4, 1e-3, 0.5} {
			if want, got := s.find(eps), s.of(eps); !reflect.DeepEqual(got, want) ||
				!reflect.DeepEqual(s.of(eps), want) {
				t.Errorf("ε %g: kept %v, found %v", eps, got, want)
			}
		}
		for k := range mostStages + 1 {
			s.of(0.5 + float64(k)/1000)
		}
		if n := len(s.by); n > mostStages {
			t.Errorf("%d lists are kept, at most %d should be", n, mostStages)
		}
	}
}

// f(x) equioscillates: at x = l it is 1-δ, and |f - 1| ≤ δ on [l, 1].
func TestZolotarev(t *testing.T) {
	for _, l := range []float64{0.5, 1e-2, 1e-4, 1e-6} {
		last := math.Inf(1)
		for r := 1; r <= 5; r++ {
			z := newZolotarev(l, r)
			// 1e-14 and below is rounding.
			if z.delta < 1e-14 {
				break
			}
			// δ to six digits, and rounding.
			if math.Abs(z.at(l)-(1-z.delta)) > 1e-6*z.delta+1e-14 {
				t.Errorf("l %g, r %d: f(l) = 1 - %g, δ = %g", l, r, 1-z.at(l), z.delta)
			}
			extremes := 0
			sign := 0.0
			for i := range 20001 {
				e := z.at(math.Pow(l, 1-float64(i)/20000)) - 1
				// A grid of 20,000 points hits extremes to a thousandth of δ.
				if math.Abs(e) > z.delta*(1+1e-3)+1e-14 {
					t.Fatalf("l %g, r %d: f - 1 = %g above δ = %g", l, r, e, z.delta)
				}
				if math.Abs(e) > 0.99*z.delta && math.Copysign(1, e) != sign {
					sign = math.Copysign(1, e)
					extremes++
				}
			}
			if extremes != 2*r+2 {
				t.Errorf("l %g, r %d: %d extremes, want %d", l, r, extremes, 2*r+2)
			}
			if z.delta >= last {
				t.Errorf("l %g: δ does not fall at r = %d", l, r)
			}
			last = z.delta
		}
	}
}

func TestInverse(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(37, 38))
		for _, n := range []int{1, 2, 15, 16, 17, 40, 100, 450} {
			if n > 100 && testing.Short() {
				continue
			}
			x, a, inv, product := random(rng, n, n), newMatrixPadded(n, n), newMatrixPadded(n, n), NewMatrix(n, n)
			Syrk(true, 1/float64(n), x, 0, a)
			for i := range n {
				a.Data[i*a.Stride+i] += 0.1
				copy(inv.Data[i*inv.Stride:], a.Data[i*a.Stride:i*a.Stride+i+1])
			}
			var s inverseCholesky[float64]
			s.invert(MatrixOf[float64](inv))
			Gemm(true, false, 1, strided(inv, 0), strided(inv, 0), 0, inv)
			Gemm(false, false, 1, a, inv, 0, product)
			for i := range n {
				product.Data[i*n+i]--
			}
			// Rounding, times the condition of A: measured 2e-16 per row.
			if e := frobenius(product); e > 1e-13*float64(n) {
				t.Errorf("%d×%d: ‖A·A⁻¹ - I‖ = %.1e", n, n, e)
			}
		}
	})
}

// In single precision the inverse is as good as its condition number lets it be.
func TestInverse32(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(47, 48))
		for _, n := range []int{1, 15, 16, 17, 40, 100, 250} {
			if n > 100 && testing.Short() {
				continue
			}
			x, a, inv := random(rng, n, n), NewMatrix(n, n), newPadded[float32](n, n)
			Syrk(true, 1/float64(n), x, 0, a)
			for i := range n {
				a.Data[i*n+i] += 0.1
				for j, v := range a.Data[i*n : i*n+n] {
					inv.Data[i*inv.Stride+j] = float32(v)
				}
			}
			var s inverseCholesky[float32]
			s.invert(inv)
			root, back, product := NewMatrix(n, n), NewMatrix(n, n), NewMatrix(n, n)
			for i := range n {
				for j := range n {
					root.Data[i*n+j] = float64(inv.Data[i*inv.Stride+j])
				}
			}
			Syrk(true, 1, root, 0, back)
			Gemm(false, false, 1, a, back, 0, product)
			for i := range n {
				product.Data[i*n+i]--
			}
			if e := frobenius(product); e > 50*0x1p-24*math.Sqrt(float64(n)) { // a condition number of 41 at most
				t.Errorf("%d×%d: ‖A·A⁻¹ - I‖ = %.1e", n, n, e)
			}
		}
	})
}

// The first function's rounding errors, which the estimate does not see, stay below the tolerance
// where singular values fall evenly over all decades, the worst spectrum for a grading.
func TestPolarOfEvenDecades(t *testing.T) {
	for _, n := range []int{100, 300} {
		if n > 100 && testing.Short() {
			continue
		}
		for _, eps := range []float64{0, PolarLeastSmoothing, singleSmoothing} {
			decades := 10.0
			if eps == 0 {
				decades = 5.5
			}
			w := withSpectrum(rand.New(rand.NewPCG(45, 46)), n, n,
				spectrum(n, func(i int) float64 { return math.Pow(10, -decades*float64(i)/float64(n-1)) }))
			var p Polar
			if !p.Factorize(w, eps, 1e-3) {
				t.Errorf("%d×%d, ε %g: refused at estimate %.1e", n, n, eps, p.Error)
				continue
			}
			want, _ := smoothedPolar(t, w, eps)
			Axpy(-1, want.Data, p.U.Data)
			if e := frobenius(p.U) / frobenius(want); e > PolarTolerance {
				t.Errorf("%d×%d, ε %g: error %.1e", n, n, eps, e)
			}
		}
	}
}

func TestPolarAllocatesNothing(t *testing.T) {
	w := random(rand.New(rand.NewPCG(39, 40)), 60, 50)
	for _, single := range []bool{false, true} {
		p := Polar{Single: single}
		p.Factorize(w, 1e-4, 1)
		if n := testing.AllocsPerRun(5, func() { p.Factorize(w, 1e-4, 1) }); n != 0 {
			t.Errorf("single %v: %v allocations", single, n)
		}
	}
}

func BenchmarkPolar(b *testing.B) {
	for _, d := range [][2]int{{100, 100}, {256, 256}, {512, 512}, {1000, 1000}, {1682, 943}} {
		w := random(rand.New(rand.NewPCG(41, 42)), d[0], d[1])
		for _, eps := range []float64{0, 1e-3, 1e-4, 1e-5} {
			for _, single := range []bool{false, true} {
				if single && eps < singleSmoothing {
					continue
				}
				b.Run(fmt.Sprintf("%dx%d/%g/single=%v", d[0], d[1], eps, single), func(b *testing.B) {
					p := Polar{Single: single}
					for range b.N {
						p.Factorize(w, eps, 1)
					}
					b.ReportMetric(p.Error, "error")
				})
			}
		}
	}
}

func BenchmarkInverse(b *testing.B) {
	for _, n := range []int{100, 256, 512, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, a, inv := random(rand.New(rand.NewPCG(43, 44)), n, n), newMatrixPadded(n, n), newMatrixPadded(n, n)
			Syrk(true, 1/float64(n), x, 0, a)
			for i := range n {
				a.Data[i*a.Stride+i] += 0.1
			}
			var s inverseCholesky[float64]
			for range b.N {
				copy(inv.Data, a.Data)
				s.invert(MatrixOf[float64](inv))
			}
			b.ReportMetric(float64(n)*float64(n)*float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
