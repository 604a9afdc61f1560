package mc_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
)

// Penalties that are the same function, by value and gradient.
func TestPenaltiesThatAgree(t *testing.T) {
	logDet := mc.Spectrum{
		Name: "log det",
		F: func(sigma []float64) float64 {
			sum := 0.0
			for _, s := range sigma {
				sum += math.Log1p(s*s*4) / 2
			}
			return sum
		},
		DF: func(grad, sigma []float64) {
			for i, s := range sigma {
				grad[i] = s / (s*s + 0.25)
			}
		},
	}
	for _, c := range []struct{ a, b mc.Penalty }{
		{mc.Normalized(mc.Schatten{P: 1}), mc.Ratio{}},
		{mc.Normalized(mc.Schatten{P: 1, Smoothing: 0.1}), mc.Ratio{Smoothing: 0.1}},
		{mc.Normalized(mc.Nuclear{Smoothing: 0.1}), mc.Ratio{Smoothing: 0.1}},
		{mc.Normalized(mc.Ratio{}), mc.Ratio{}},
		{mc.Normalized(mc.Entropy{}), mc.Entropy{}},
		{mc.Schatten{P: 1}, mc.Nuclear{}},
		{mc.Schatten{P: 1, Smoothing: 0.1}, mc.Nuclear{Smoothing: 0.1}},
		{mc.Schatten{P: 2}, mc.SquaredFrobenius{}},
		{mc.Schatten{P: 2, Smoothing: 0.5}, mc.Times(2, mc.SquaredFrobenius{})}, // Σ(σ² + ¼‖σ‖²) over four
		{mc.LogDet{Delta: 0.5}, logDet},
		{mc.Sum(mc.L1{}, mc.Nuclear{}, mc.L1{}), mc.Sum(mc.Nuclear{}, mc.Times(2, mc.L1{}))},
		{mc.Normalized(mc.Times(3, mc.L1{})), mc.Times(3, mc.Normalized(mc.L1{}))},
	} {
		for _, w := range []*mat.Dense{matrix(4, 4, 1), matrix(7, 4, 2), scaled(1e-3, matrix(4, 6, 3))} {
			if a, b := value(c.a, w), value(c.b, w); math.Abs(a-b) > 1e-12*math.Abs(b) {
				t.Errorf("%#v is %v, %#v is %v", c.a, a, c.b, b)
			}
			if a, b := gradient(c.a, w), gradient(c.b, w); mat.Norm(diff(a, b), 2) > 1e-11*max(mat.Norm(b, 2), value(c.b, w)/mat.Norm(w, 2)) {
				t.Errorf("the gradients of %#v and of %#v differ by %v", c.a, c.b, mat.Norm(diff(a, b), 2))
			}
		}
	}
}

func diff(a, b *mat.Dense) *mat.Dense {
	var d mat.Dense
	d.Sub(a, b)
	return &d
}

// What is promised of each.
func TestPenaltyKinds(t *testing.T) {
	const tol = 1e-10
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 6).Draw(t, "cols")
		w := matrix(rows, cols, rapid.Uint64().Draw(t, "seed"))
		k := min(rows, cols)
		sigma := mc.NewPoint(w).SingularValues()
		one := withSpectrum(rows, cols, 1, append([]float64{2}, make([]float64, k-1)...)...)

		entropy := value(mc.Entropy{}, w)
		if entropy < -tol || entropy > math.Log(float64(k))+tol {
			t.Fatalf("the entropy %v is outside [0, log %d]", entropy, k)
		}
		if got := mc.EffectiveRank(sigma); math.Abs(math.Exp(entropy)-got) > tol {
			t.Fatalf("the entropy is %v, the effective rank %v", entropy, got)
		}
		if got := value(mc.Entropy{}, one); math.Abs(got) > tol {
			t.Fatalf("the entropy is %v at rank one", got)
		}
		df := make([]float64, k)
		mc.Entropy{}.OnSpectrum(df, sigma)
		for i, turn := range df {
			if nuclear := value(mc.Nuclear{}, w); math.Abs(turn) > tol && (turn < 0) != (sigma[i] > nuclear/math.Exp(entropy)) {
				t.Fatalf("∂R/∂σ = %v of the entropy at σ = %v; the sign turns at %v", turn, sigma[i], nuclear/math.Exp(entropy))
			}
		}

		// I + WᵀW/δ² by its Cholesky factor.
		var gram mat.SymDense
		gram.SymOuterK(1/0.09, w.T())
		for i := range cols {
			gram.SetSym(i, i, gram.At(i, i)+1)
		}
		var chol mat.Cholesky
		if !chol.Factorize(&gram) {
			t.Fatal("not positive definite")
		}
		if got, want := value(mc.LogDet{Delta: 0.3}, w), chol.LogDet()/2; math.Abs(got-want) > tol*(1+want) {
			t.Fatalf("LogDet is %v, the determinant gives %v", got, want)
		}

		// ‖W‖₂ is the most that W stretches; ‖W‖_* its dual.
		if got := value(mc.Spectral{}, w); math.Abs(got-sigma[0]) > tol {
			t.Fatalf("the spectral norm is %v, σ₁ %v", got, sigma[0])
		}
		if g := gradient(mc.Spectral{}, w); math.Abs(value(mc.Nuclear{}, g)-1) > tol || math.Abs(inner(g, w)-sigma[0]) > tol {
			t.Fatalf("the gradient of the spectral norm has nuclear norm %v and inner product %v with W", value(mc.Nuclear{}, g), inner(g, w))
		}
		if got := value(mc.Normalized(mc.Spectral{}), one); math.Abs(got-1) > tol {
			t.Fatalf("Normalized(Spectral{}) is %v at rank one", got)
		}
		if got := value(mc.Normalized(mc.Frobenius{}), w); math.Abs(got-1) > tol {
			t.Fatalf("Normalized(Frobenius{}) is %v", got)
		}
		difference := mc.Sum(mc.Nuclear{}, mc.Times(-1, mc.Frobenius{}))
		if a, b := value(difference, one), value(difference, w); math.Abs(a) > tol || b < -tol {
			t.Fatalf("‖W‖_* − ‖W‖_F is %v at rank one, %v elsewhere", a, b)
		}
		for _, p := range []mc.Penalty{mc.Normalized(mc.L1{}), mc.Normalized(mc.LogDet{}), mc.Normalized(catalog.Geman), mc.Entropy{Smoothing: 0.1}} {
			if d := inner(gradient(p, w), w); math.Abs(d) > tol*max(1, mat.Norm(gradient(p, w), 2)*mat.Norm(w, 2)) {
				t.Fatalf("%#v: ⟨∇R(W), W⟩ = %v: not orthogonal", p, d)
			}
		}
	})
}

// Spectral or not is known of sums, multiples and normalised penalties.
func TestPenaltiesOfPenaltiesAreSpectral(t *testing.T) {
	for _, c := range []struct {
		p    mc.Penalty
		want bool
	}{
		{mc.Sum(mc.Nuclear{}, mc.Entropy{}), true}, {mc.Sum(mc.Nuclear{}, mc.L1{}), false}, {mc.Sum(mc.L1{}, mc.Nuclear{}), false},
		{mc.Times(2, mc.Nuclear{}), true}, {mc.Times(2, mc.L1{}), false}, {mc.Normalized(mc.LogDet{}), true}, {mc.Normalized(mc.L1{}), false},
		{mc.Normalized(mc.Times(2, mc.Sum(mc.Nuclear{}, mc.Ratio{}))), true}, {mc.L1{}, false},
	} {
		if _, got := c.p.(mc.SpectralPenalty); got != c.want {
			t.Errorf("%#v is a SpectralPenalty: %v", c.p, got)
		}
	}
}

// fourth is a penalty that nobody knows to be homogeneous.
type fourth struct{}

func (fourth) Value(*mc.Point) float64                    { return 0 }
func (fourth) AddGradient(*mat.Dense, float64, *mc.Point) {}

func TestPenaltySettings(t *testing.T) {
	for _, c := range []struct {
		p     mc.Penalty
		wrong string
	}{
		{mc.Schatten{}, "mc: Schatten.P is 0; it must be in (0, 2]"},
		{mc.Schatten{P: 2.5}, "mc: Schatten.P is 2.5"},
		{mc.Schatten{P: 0.5}, "mc: Schatten.Smoothing is 0 but P is 0.5; it must be given below P = 1"},
		{mc.Schatten{P: 1, Smoothing: -1}, "mc: Schatten.Smoothing is -1"},
		{mc.Entropy{Smoothing: math.Inf(1)}, "mc: Entropy.Smoothing is +Inf"},
		{mc.LogDet{Delta: -1}, "mc: LogDet.Delta is -1; it must be positive and finite, or 0 for 0.01"},
		{mc.Spectrum{}, "mc: Spectrum.Name is empty"},
		{mc.Spectrum{Name: "mine"}, `mc: Spectrum.F of "mine" is nil`},
		{mc.Spectrum{Name: "mine", F: catalog.Geman.F}, `mc: Spectrum.DF of "mine" is nil`},
		{mc.Normalized(nil), "mc: Normalized(nil): the Penalty is missing"},
		{mc.Normalized(fourth{}), "mc: mc.Normalized(mc_test.fourth{}): the Penalty is neither spectral nor known to be homogeneous; give its type a method Degree() float64"},
		{mc.Normalized(mc.Sum(mc.L1{}, mc.SquaredFrobenius{})), "neither spectral nor known to be homogeneous"},
		{mc.Normalized(mc.Schatten{P: 3}), "mc: Schatten.P is 3"},
		{mc.Sum(mc.Nuclear{}, nil), "mc: mc.Sum(mc.Nuclear{Smoothing:0, Polar:mc.Exact}, <nil>): a Penalty is nil"},
		{mc.Sum(mc.L1{}, mc.Nuclear{}, mc.Schatten{}), "mc: Schatten.P is 0"},
		{mc.Times(1, nil), "mc: mc.Times(1, <nil>): the Penalty is nil"},
		{mc.Times(math.Inf(1), mc.L1{}), "the Factor is +Inf; it must be finite"},
	} {
		err := (mc.DeepMF{Depth: 1, Penalty: c.p, Lambda: 1}).Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "mc: ") || !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%#v: error %v, want %q", c.p, err, c.wrong)
		}
	}
}

// A configuration prints as it is written, without addresses; settings without functions compare.
func TestPenaltiesPrint(t *testing.T) {
	for want, p := range map[string]mc.Penalty{
		`mc.Normalized(mc.Schatten{P:0.5, Smoothing:0.01})`:                           mc.Normalized(mc.Schatten{P: 0.5, Smoothing: 1e-2}),
		`mc.Normalized(mc.L1{})`:                                                      mc.Normalized(mc.L1{}),
		`mc.Spectrum{Name:"Geman"}`:                                                   catalog.Geman,
		`mc.Sum(mc.Sum(mc.L1{}, mc.Times(-0.5, mc.Frobenius{})), mc.LogDet{Delta:0})`: mc.Sum(mc.L1{}, mc.Times(-0.5, mc.Frobenius{}), mc.LogDet{}),
	} {
		if got := fmt.Sprintf("%#v", p); got != want {
			t.Errorf("%s is printed as %s", want, got)
		}
		if got := fmt.Sprintf("%#v", mc.DeepMF{Penalty: p}); !strings.Contains(got, want) || strings.Contains(got, "0x") && !strings.Contains(got, "Seed:0x0") {
			t.Errorf("within a solver %s is printed as %s", want, got)
		}
	}
	of := func() mc.Penalty {
		return mc.Sum(mc.Normalized(mc.Spectral{}), mc.Times(2, mc.Entropy{}), mc.Normalized(mc.L1{}))
	}
	if got := mc.Normalized(mc.Nuclear{Smoothing: 1e-2, Polar: mc.Fast}); got != mc.Penalty(mc.Ratio{Smoothing: 1e-2, Polar: mc.Fast}) {
		t.Errorf("Normalized(Nuclear{…}) is %#v", got)
	}
	if a, b := (mc.DeepMF{Penalty: of()}), (mc.DeepMF{Penalty: of()}); a != b {
		t.Error("two configurations of the same settings are not equal")
	}
}

// One decomposition serves all, and a step allocates nothing: after SVD a penalty that looks at W
// again would see another one.
func TestPenaltiesShareTheDecomposition(t *testing.T) {
	w := matrix(12, 9, 1)
	for _, p := range catalog.Penalties() {
		if _, ok := p.Penalty.(mc.SpectralPenalty); !ok || p.Tolerance != 0 {
			continue
		}
		point, dst := mc.NewPoint(mat.DenseCopyOf(w)), mat.NewDense(12, 9, nil)
		p.AddGradient(dst, 1, point)
		want := p.Value(point)
		point.Changed()
		point.SVD()
		point.Frobenius()
		point.W.Set(0, 0, 100) // and nobody is told
		p.AddGradient(dst, 1, point)
		if got := p.Value(point); got != want {
			t.Errorf("%#v decomposes W again: %v, then %v", p.Penalty, want, got)
		}
	}
}

// At P = 1/2 and 2/3 the proximal map is the minimiser of ½(x − a)² + step·xᴾ among all x ≥ 0: no
// point of a fine grid is better, nor any near the best of it; and it jumps from 0 where both are
// equally good.
func TestSchattenProximalMap(t *testing.T) {
	for _, p := range []float64{0.5, 2.0 / 3} {
		prox := func(a, step float64) float64 {
			dst := mat.NewDense(1, 1, nil)
			mc.Schatten{P: p}.Prox(dst, step, mc.NewPoint(mat.NewDense(1, 1, []float64{-a})))
			return -dst.At(0, 0)
		}
		for _, step := range []float64{1e-6, 0.01, 0.5, 1, 7, 1e6} {
			unit := math.Pow(step, 1/(2-p)) // at which length both terms are of a size
			jump := (2 - p) / (2 * (1 - p)) * math.Pow(2*(1-p), 1/(2-p)) * unit
			for _, a := range []float64{0, 0.1 * jump, 0.999 * jump, 1.001 * jump, 1.1 * jump, 2 * jump, 10 * jump, 1e4 * jump, 1e15 * jump} {
				f := func(x float64) float64 { return (x-a)*(x-a)/2 + step*math.Pow(x, p) }
				best := 0.0
				for k := 1; k <= 100_000; k++ {
					if x := a * float64(k) / 100_000; f(x) < f(best) {
						best = x
					}
				}
				// The minimum of a function that is convex about the best of the grid, by the
				// bisection of its slope.
				if best > 0 {
					low, high := best-a/100_000, best+a/100_000
					for range 100 {
						if x := (low + high) / 2; x-a+step*p*math.Pow(x, p-1) < 0 {
							low = x
						} else {
							high = x
						}
					}
					best = (low + high) / 2
				}
				if got := prox(a, step); math.Abs(got-best) > 1e-12*a {
					t.Errorf("P = %v, step %v: %v goes to %v, not to %v", p, step, a, got, best)
				}
			}
			if below, above := prox(jump*(1-1e-9), step), prox(jump*(1+1e-9), step); below != 0 || above < jump/2 {
				t.Errorf("P = %v, step %v: no jump at %v, but from %v to %v", p, step, jump, below, above)
			}
		}
		if got := prox(3, 0); got != 3 {
			t.Errorf("P = %v: with step 0, 3 goes to %v", p, got)
		}
	}
}

// The proximal map of LogDet is the minimiser of ½(x − a)² + step·½·log(1 + x²/δ²), where that has
// one minimum and where it has two: no point of a fine grid is better, and the slope vanishes
// there.
func TestLogDetProximalMap(t *testing.T) {
	for _, delta := range []float64{0.01, 1, 100} {
		for _, k := range []float64{1e-20, 1e-6, 0.1, 1, 7.9, 8.1, 20, 1e3, 1e6, 1e20} {
			for _, a := range []float64{0, 1e-9, 1e-3, 0.5, 1, 2, 5, 5.19, 6, 10, 30, 100, 1e3, 1e6, 1e12} {
				step, sigma := k*delta*delta, a*delta
				dst := mat.NewDense(1, 1, nil)
				mc.LogDet{Delta: delta}.Prox(dst, step, mc.NewPoint(mat.NewDense(1, 1, []float64{sigma})))
				f := func(x float64) float64 { return (x-sigma)*(x-sigma)/2 + step/2*math.Log1p(x/delta*(x/delta)) }
				got, least := dst.At(0, 0), f(0)
				for i := range 2000 {
					u := float64(i) / 1999
					least = min(least, f(sigma*u), f(sigma*math.Pow(10, -12*u)))
				}
				if !(f(got) <= least*(1+1e-13)) {
					t.Errorf("δ = %v, step %v: %v goes to %v, where the objective is %v and not %v", delta, step, sigma, got, f(got), least)
				}
				if x := got / delta; math.Abs(x-a+k*x/(1+x*x)) > 1e-12*(a+k*x/(1+x*x)) {
					t.Errorf("δ = %v, step %v: %v goes to %v, where the slope is not 0", delta, step, sigma, got)
				}
			}
		}
	}
}

// What has no proximal map says so before the first step, where one is asked for.
func TestCheckProx(t *testing.T) {
	for _, c := range []struct {
		p     interface{ CheckProx() error }
		wrong string
	}{
		{mc.Nuclear{}, ""}, {mc.Nuclear{Smoothing: 0.1}, "mc: Nuclear.Smoothing is 0.1; it must be 0 for a proximal map"},
		{mc.Schatten{P: 1}, ""}, {mc.Schatten{P: 2}, ""}, {mc.Schatten{P: 1.5}, "mc: Schatten.P is 1.5; it must be 0.5, 2.0/3, 1 or 2 for a proximal map in closed form"},
		{mc.Schatten{P: 0.5}, ""}, {mc.Schatten{P: 2.0 / 3}, ""}, {mc.Schatten{P: 3}, "mc: Schatten.P is 3; it must be in (0, 2]"},
		{mc.Schatten{P: 2, Smoothing: 0.1}, "mc: Schatten.Smoothing is 0.1"},
		{mc.Times(2, mc.L1{}).(interface{ CheckProx() error }), ""},
		{mc.Times(-1, mc.Nuclear{}).(interface{ CheckProx() error }), "the Factor is -1; it must be at least 0 and finite for a proximal map"},
		{mc.Times(math.NaN(), mc.Nuclear{}).(interface{ CheckProx() error }), "the Factor is NaN"},
		{mc.Sum(mc.L1{}, mc.SquaredFrobenius{}).(interface{ CheckProx() error }), ""},
		{mc.Sum(mc.SquaredFrobenius{}, mc.SquaredFrobenius{}, mc.Nuclear{}).(interface{ CheckProx() error }), ""},
		{mc.Sum(mc.L1{}, nil).(interface{ CheckProx() error }), "a Penalty is nil"},
		{mc.Sum(mc.L1{}, mc.Nuclear{}).(interface{ CheckProx() error }), "a sum has one where all terms but one are SquaredFrobenius or its multiples"},
		{mc.Sum(mc.Nuclear{}, mc.Times(-1, mc.SquaredFrobenius{})).(interface{ CheckProx() error }), "‖W‖_F² has the factor -1"},
		{mc.Sum(mc.Ratio{}, mc.SquaredFrobenius{}).(interface{ CheckProx() error }), "has no proximal map in closed form; Nuclear"},
		{mc.Times(2, mc.Ratio{}).(interface{ CheckProx() error }), "has no proximal map in closed form; Nuclear, Schatten, LogDet, Spectral, Frobenius, SquaredFrobenius and L1 have one"},
		{mc.Times(2, mc.Nuclear{Smoothing: 0.1}).(interface{ CheckProx() error }), "mc: Nuclear.Smoothing is 0.1"},
	} {
		if err := c.p.CheckProx(); (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%#v: error %v, want %q", c.p, err, c.wrong)
		}
	}
}
