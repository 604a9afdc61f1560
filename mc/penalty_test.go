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

// matrix draws entries from a normal distribution, by the seed.
func matrix(rows, cols int, seed uint64) *mat.Dense {
	w, err := mc.LowRank{Rows: rows, Cols: cols, Rank: min(rows, cols), Observed: 1, Seed: seed}.Truth()
	if err != nil {
		panic(err)
	}
	return w
}

// withSpectrum returns a matrix of random singular vectors and the given singular values.
func withSpectrum(rows, cols int, seed uint64, sigma ...float64) *mat.Dense {
	u, _, v := mc.NewPoint(matrix(rows, cols, seed)).SVD()
	var s, w mat.Dense
	s.Mul(u, mat.NewDiagDense(len(sigma), sigma))
	w.Mul(&s, v.T())
	return &w
}

func value(p mc.Penalty, w *mat.Dense) float64 { return p.Value(mc.NewPoint(w)) }

func gradient(p mc.Penalty, w *mat.Dense) *mat.Dense {
	rows, cols := w.Dims()
	g := mat.NewDense(rows, cols, nil)
	p.AddGradient(g, 1, mc.NewPoint(w))
	return g
}

func inner(a, b *mat.Dense) float64 {
	var p mat.Dense
	p.MulElem(a, b)
	return mat.Sum(&p)
}

func scaled(c float64, w *mat.Dense) *mat.Dense {
	var s mat.Dense
	s.Scale(c, w)
	return &s
}

// descent prints a penalty at a spectrum, and where gradient descent on it moves the singular
// values.
func descent(penalty mc.Penalty, sigma ...float64) {
	w, g := mat.NewDense(len(sigma), len(sigma), nil), mat.NewDense(len(sigma), len(sigma), nil)
	for i, s := range sigma {
		w.Set(i, i, s)
	}
	r := penalty.Value(mc.NewPoint(w))
	penalty.AddGradient(g, -1, mc.NewPoint(w))
	fmt.Printf("R = %.2f, σ moves by", r)
	for i := range sigma {
		fmt.Printf(" %+.2f", g.At(i, i))
	}
	fmt.Println()
}

// With step 2 the proximal map of the nuclear norm takes 2 from each singular value, that of
// Schatten-1/2 less from the larger ones and all from the small one, that of the spectral norm 2
// from the largest in all.
func ExampleProximalPenalty() {
	w := mat.NewDense(3, 3, []float64{
		8, 0, 0,
		0, 6, 0,
		0, 0, 1,
	})
	for _, penalty := range []mc.ProximalPenalty{mc.Nuclear{}, mc.Schatten{P: 0.5}, mc.Spectral{},
		mc.SquaredFrobenius{}} {
		var x mat.Dense
		x.ReuseAs(3, 3)
		penalty.Prox(&x, 2, mc.NewPoint(w))
		fmt.Printf("%T: %.1f\n", penalty, mc.NewPoint(&x).SingularValues())
	}
	// Output:
	// mc.Nuclear: [6.0 4.0 0.0]
	// mc.Schatten: [7.6 5.6 0.0]
	// mc.Spectral: [6.0 6.0 1.0]
	// mc.SquaredFrobenius: [1.6 1.2 0.2]
}

// A penalty of one's own says of which degree it is, and so can be normalised.
func ExampleHomogeneousPenalty() {
	for _, penalty := range []mc.HomogeneousPenalty{mc.Nuclear{}, mc.SquaredFrobenius{},
		mc.Schatten{P: 0.5, Smoothing: 1e-3}, mc.Ratio{}} {
		fmt.Printf("%T: %v\n", penalty, penalty.Degree())
	}
	// Output:
	// mc.Nuclear: 1
	// mc.SquaredFrobenius: 2
	// mc.Schatten: 0.5
	// mc.Ratio: 0
}

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
		{mc.SchattenRatio{P: 1, Q: 2}, mc.Ratio{}},
		{mc.SchattenRatio{P: 1, Q: 2, Smoothing: 1e-9}, mc.Ratio{Smoothing: 1e-9}},
		{mc.Schatten{P: 1}, mc.Nuclear{}},
		{mc.Schatten{P: 1, Smoothing: 0.1}, mc.Nuclear{Smoothing: 0.1}},
		{mc.Schatten{P: 2}, mc.SquaredFrobenius{}},
		{mc.Schatten{P: 2, Smoothing: 0.5}, mc.Times(2, mc.SquaredFrobenius{})},
		// Σ(σ² + ¼‖σ‖²) over four
		{mc.LogDet{Delta: 0.5}, logDet},
		{mc.Sum(mc.L1{}, mc.Nuclear{}, mc.L1{}), mc.Sum(mc.Nuclear{}, mc.Times(2, mc.L1{}))},
		{mc.Normalized(mc.Times(3, mc.L1{})), mc.Times(3, mc.Normalized(mc.L1{}))},
	} {
		for _, w := range []*mat.Dense{matrix(4, 4, 1), matrix(7, 4, 2), scaled(1e-3, matrix(4, 6, 3))} {
			if a, b := value(c.a, w), value(c.b, w); math.Abs(a-b) > rounding*math.Abs(b) {
				t.Errorf("%#v is %v, %#v is %v", c.a, a, c.b, b)
			}
			if a, b := gradient(c.a, w), gradient(c.b, w); mat.Norm(diff(a, b),
				2) > rounding*max(mat.Norm(b, 2), value(c.b, w)/mat.Norm(w, 2)) {
				t.Errorf("the gradients of %#v and of %#v differ by %v", c.a, c.b,
					mat.Norm(diff(a, b), 2))
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
	// Rounding, with room for matrices that are nearly of lower rank.
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
			if nuclear := value(mc.Nuclear{}, w); math.Abs(turn) > tol &&
				(turn < 0) != (sigma[i] > nuclear/math.Exp(entropy)) {
				t.Fatalf("∂R/∂σ = %v of the entropy at σ = %v; the sign turns at %v", turn,
					sigma[i], nuclear/math.Exp(entropy))
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
		if got, want := value(mc.LogDet{Delta: 0.3},
			w), chol.LogDet()/2; math.Abs(got-want) > tol*(1+want) {
			t.Fatalf("LogDet is %v, the determinant gives %v", got, want)
		}

		// ‖W‖₂ is the most that W stretches; ‖W‖_* its dual.
		if got := value(mc.Spectral{}, w); math.Abs(got-sigma[0]) > tol {
			t.Fatalf("the spectral norm is %v, σ₁ %v", got, sigma[0])
		}
		if g := gradient(mc.Spectral{}, w); math.Abs(value(mc.Nuclear{}, g)-1) > tol ||
			math.Abs(inner(g, w)-sigma[0]) > tol {
			t.Fatalf("the gradient of the spectral norm has nuclear norm %v and inner product %v "+
				"with W", value(mc.Nuclear{}, g), inner(g, w))
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
		for _, p := range []mc.Penalty{mc.Normalized(mc.L1{}), mc.Normalized(mc.LogDet{}),
			mc.Normalized(catalog.Geman), mc.Entropy{Smoothing: 0.1}} {
			if d := inner(gradient(p, w), w); math.Abs(d) > tol*max(1,
				mat.Norm(gradient(p, w), 2)*mat.Norm(w, 2)) {
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
		{mc.Sum(mc.Nuclear{}, mc.Entropy{}), true}, {mc.Sum(mc.Nuclear{}, mc.L1{}), false},
		{mc.Sum(mc.L1{}, mc.Nuclear{}), false},
		{mc.Times(2, mc.Nuclear{}), true}, {mc.Times(2, mc.L1{}), false},
		{mc.Normalized(mc.LogDet{}), true}, {mc.Normalized(mc.L1{}), false},
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
		{mc.Normalized(fourth{}), "mc: mc.Normalized(mc_test.fourth{}): the Penalty is neither " +
			"spectral nor known to be homogeneous; give its type a method Degree() float64"},
		{mc.Normalized(mc.Sum(mc.L1{}, mc.SquaredFrobenius{})),
			"neither spectral nor known to be homogeneous"},
		{mc.Normalized(mc.Schatten{P: 3}), "mc: Schatten.P is 3"},
		{mc.Sum(mc.Nuclear{}, nil), "mc: mc.Sum(mc.Nuclear{Smoothing:0, Polar:mc.Exact}, <nil>): a " +
			"Penalty is nil"},
		{mc.Sum(mc.L1{}, mc.Nuclear{}, mc.Schatten{}), "mc: Schatten.P is 0"},
		{mc.Times(1, nil), "mc: mc.Times(1, <nil>): the Penalty is nil"},
		{mc.Times(math.Inf(1), mc.L1{}), "the Factor is +Inf; it must be finite"},
	} {
		err := (mc.DeepMF{Depth: 1, Penalty: c.p, Lambda: 1}).Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "mc: ") ||
			!strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%#v: error %v, want %q", c.p, err, c.wrong)
		}
	}
}

// A configuration prints as it is written, without addresses; settings without functions compare.
func TestPenaltiesPrint(t *testing.T) {
	for want, p := range map[string]mc.Penalty{
		`mc.Normalized(mc.Schatten{P:0.5, Smoothing:0.01})`: mc.Normalized(
			mc.Schatten{P: 0.5, Smoothing: 1e-2}),
		`mc.Normalized(mc.L1{})`:    mc.Normalized(mc.L1{}),
		`mc.Spectrum{Name:"Geman"}`: catalog.Geman,
		`mc.Sum(mc.Sum(mc.L1{}, mc.Times(-0.5, mc.Frobenius{})), mc.LogDet{Delta:0})`: mc.Sum(mc.L1{},
			mc.Times(-0.5, mc.Frobenius{}), mc.LogDet{}),
	} {
		if got := fmt.Sprintf("%#v", p); got != want {
			t.Errorf("%s is printed as %s", want, got)
		}
		if got := fmt.Sprintf("%#v", mc.DeepMF{Penalty: p}); !strings.Contains(got, want) ||
			strings.Contains(got, "0x") && !strings.Contains(got, "Seed:0x0") {
			t.Errorf("within a solver %s is printed as %s", want, got)
		}
	}
	of := func() mc.Penalty {
		return mc.Sum(mc.Normalized(mc.Spectral{}), mc.Times(2, mc.Entropy{}), mc.Normalized(mc.L1{}))
	}
	if got := mc.Normalized(mc.Nuclear{Smoothing: 1e-2,
		Polar: mc.Fast}); got != mc.Penalty(mc.Ratio{Smoothing: 1e-2, Polar: mc.Fast}) {
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

// What has no proximal map says so before the first step, where one is asked for.
func TestCheckProx(t *testing.T) {
	for _, c := range []struct {
		p     interface{ CheckProx() error }
		wrong string
	}{
		{mc.Nuclear{}, ""},
		{mc.Nuclear{Smoothing: 0.1}, "mc: Nuclear.Smoothing is 0.1; it must be 0 for a proximal map"},
		{mc.Schatten{P: 1}, ""}, {mc.Schatten{P: 2}, ""},
		{mc.Schatten{P: 1.5}, "mc: Schatten.P is 1.5; it must be 0.5, 2.0/3, 1 or 2 for a proximal " +
			"map in closed form"},
		{mc.Schatten{P: 0.5}, ""}, {mc.Schatten{P: 2.0 / 3}, ""},
		{mc.Schatten{P: 3}, "mc: Schatten.P is 3; it must be in (0, 2]"},
		{mc.Schatten{P: 2, Smoothing: 0.1}, "mc: Schatten.Smoothing is 0.1"},
		{mc.Times(2, mc.L1{}).(interface{ CheckProx() error }), ""},
		{mc.Times(-1, mc.Nuclear{}).(interface{ CheckProx() error }),
			"the Factor is -1; it must be at least 0 and finite for a proximal map"},
		{mc.Times(math.NaN(), mc.Nuclear{}).(interface{ CheckProx() error }), "the Factor is NaN"},
		{mc.Sum(mc.L1{}, mc.SquaredFrobenius{}).(interface{ CheckProx() error }), ""},
		{mc.Sum(mc.SquaredFrobenius{}, mc.SquaredFrobenius{},
			mc.Nuclear{}).(interface{ CheckProx() error }), ""},
		{mc.Sum(mc.L1{}, nil).(interface{ CheckProx() error }), "a Penalty is nil"},
		{mc.Sum(mc.L1{}, mc.Nuclear{}).(interface{ CheckProx() error }),
			"a sum has one where all terms but one are SquaredFrobenius or its multiples"},
		{mc.Sum(mc.Nuclear{}, mc.Times(-1, mc.SquaredFrobenius{})).(interface{ CheckProx() error }),
			"‖W‖_F² has the factor -1"},
		{mc.Sum(mc.Ratio{}, mc.SquaredFrobenius{}).(interface{ CheckProx() error }),
			"has no proximal map in closed form; Nuclear"},
		{mc.Times(2, mc.Ratio{}).(interface{ CheckProx() error }),
			"has no proximal map in closed form; Nuclear, Schatten, LogDet, Spectral, Frobenius, " +
				"SquaredFrobenius and L1 have one"},
		{mc.Times(2, mc.Nuclear{Smoothing: 0.1}).(interface{ CheckProx() error }),
			"mc: Nuclear.Smoothing is 0.1"},
	} {
		if err := c.p.CheckProx(); (err == nil) != (c.wrong == "") || err != nil &&
			!strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%#v: error %v, want %q", c.p, err, c.wrong)
		}
	}
}

// Each penalty at a matrix of singular values 4 and 3, and what gradient descent on it does to
// them: Frobenius draws both down in proportion, Nuclear alike, and Ratio the smaller one down and
// the larger one up.
func ExampleSpectralPenalty() {
	sigma, slope := []float64{4, 3}, make([]float64, 2)
	for _, penalty := range []mc.SpectralPenalty{mc.Frobenius{}, mc.Nuclear{}, mc.Ratio{}} {
		value := penalty.OnSpectrum(slope, sigma)
		fmt.Printf("%-12T %.2f, ∂/∂σ = %+.2f\n", penalty, value, slope)
	}
	// Output:
	// mc.Frobenius 5.00, ∂/∂σ = [+0.80 +0.60]
	// mc.Nuclear   7.00, ∂/∂σ = [+1.00 +1.00]
	// mc.Ratio     1.40, ∂/∂σ = [-0.02 +0.03]
}
