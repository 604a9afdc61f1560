package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// spectra with and without gaps, by the part of the way from the largest singular value on.
var spectra = map[string]func(i, n int) float64{
	"flat":         func(i, n int) float64 { return 1 },
	"even":         func(i, n int) float64 { return 1 - float64(i)/float64(n) },
	"four decades": func(i, n int) float64 { return math.Pow(10, -4*float64(i)/float64(n-1)) },
	"ten decades":  func(i, n int) float64 { return math.Pow(10, -10*float64(i)/float64(n-1)) },
	"clusters":     func(i, n int) float64 { return math.Pow(10, -float64(i*6/n)) },
	"rank five":    func(i, n int) float64 { return step(i, 0) },
	"rank five and noise": func(i, n int) float64 {
		return step(i, 1e-3*float64(n-i)/float64(n))
	},
	"rank five and little noise": func(i, n int) float64 { return step(i, 1e-5) },
	"half near zero":             func(i, n int) float64 { return math.Max(1e-4, 1-2*float64(i)/float64(n)) },
}

func step(i int, noise float64) float64 {
	if i < 5 {
		return 1
	}
	return noise
}

// The estimate is never far below the error, whatever the spectrum, though rotations keep the
// columns orthonormal, and what exceeds the limit is computed in double precision. Run with -v for
// the table.
func TestSinglePolar(t *testing.T) {
	const limit = 3e-4 // some are below, some above; that of package mc accepts them all
	rng := rand.New(rand.NewPCG(51, 52))
	refused := 0
	for _, shape := range [][2]int{{60, 60}, {70, 50}, {50, 90}, {220, 200}} {
		if shape[0] > 100 && testing.Short() {
			continue
		}
		m, n := shape[0], min(shape[0], shape[1])
		for name, f := range spectra {
			w := withSpectrum(rng, m, shape[1], spectrum(n, func(i int) float64 { return f(i, n) }))
			for _, eps := range []float64{0.3, 1e-2, 1e-3, 1e-4} {
				want, nuclear := smoothedPolar(t, w, eps)
				tried, p, double := Polar{Single: true}, Polar{Single: true}, Polar{}
				if !tried.Factorize(w, eps, math.Inf(1)) || !p.Factorize(w, eps, limit) ||
					!double.Factorize(w, eps, limit) {
					t.Fatalf("%v, %s, ε %g: refused", shape, name, eps)
				}
				difference := strided(want, 0)
				Axpy(-1, tried.U.Data, difference.Data)
				e := frobenius(difference) / frobenius(want)
				t.Logf("%v  %-28s ε %-6g error %.1e  estimate %.1e", shape, name, eps, e, tried.Error)
				// Rounding of X is not in the estimate; measured .7 of the estimate at most where
				// it is above that.
				if e > tried.Error+1e-6 {
					t.Errorf("%v, %s, ε %g: error %.1e, estimated as %.1e", shape, name, eps, e, tried.Error)
				}
				if math.Abs(tried.Nuclear-nuclear) > PolarTolerance*nuclear {
					t.Errorf("%v, %s, ε %g: nuclear norm %v, want %v", shape, name, eps, tried.Nuclear, nuclear)
				}
				if tried.Error > limit {
					if refused++; !slices.Equal(p.U.Data, double.U.Data) || p.Error != double.Error {
						t.Errorf("%v, %s, ε %g: not in double precision where single is refused", shape, name, eps)
					}
				} else if slices.Equal(p.U.Data, double.U.Data) || !slices.Equal(p.U.Data, tried.U.Data) {
					t.Errorf("%v, %s, ε %g: not in single precision", shape, name, eps)
				}
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// What is too small to gain by it, or smoothed too little, is in double precision.
func TestSinglePolarElsewhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(53, 54))
	for _, c := range []struct {
		rows, cols int
		eps        float64
	}{{90, 40, 1e-3}, {60, 60, 1e-5}, {60, 60, 0}} {
		w := random(rng, c.rows, c.cols)
		single, double := Polar{Single: true}, Polar{}
		if !single.Factorize(w, c.eps, 1e-3) || !double.Factorize(w, c.eps, 1e-3) ||
			!slices.Equal(single.U.Data, double.U.Data) {
			t.Errorf("%+v: another result", c)
		}
	}
}

// The pole of the first function is as far up as the tolerance lets it be, and rotations that
// errors of A make are bounded as singlePolar says.
func TestChains(t *testing.T) {
	for _, eps := range []float64{1e-4, 1e-3, 1e-2} {
		chain := chainFor(eps)
		l, worst, turn := least(eps), 0.0, 0.0
		value := func(x float64) float64 { // of the composition
			for k, z := range chain {
				if x = z.at(x); k < len(chain)-1 {
					x /= 1 + z.delta
				}
			}
			return x
		}
		first := chain[0]
		const samples = 300
		for i := range samples + 1 {
			s := math.Pow(l, 1-float64(i)/samples)
			worst = max(worst, math.Abs(value(s)-1))
			for j := range i {
				r := math.Pow(l, 1-float64(j)/samples)
				ps, pr := first.at(s), first.at(r)
				turn = max(turn, math.Abs(ps/s-pr/r)/((s+r)*(ps+pr)))
			}
		}
		t.Logf("ε %g: %d functions, pole %.2g, error %.1e, |K| ≤ %.1e|E|", eps, len(chain), first.c[0], worst, turn)
		if worst > PolarTolerance {
			t.Errorf("ε %g: wrong by %v", eps, worst)
		}
		if eps == 1e-4 && turn > 1.3e5 {
			t.Errorf("|K| is up to %.1e|E|", turn)
		}
		if narrow := newZolotarev(l, 1); first.c[0] < 1.5*narrow.c[0] {
			t.Errorf("ε %g: pole %v, with the least range %v", eps, first.c[0], narrow.c[0])
		}
	}
}
