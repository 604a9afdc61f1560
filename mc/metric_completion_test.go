package mc_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

func TestEffectiveRank(t *testing.T) {
	for _, c := range []struct {
		name  string
		sigma []float64
		want  float64
	}{
		{"none", nil, 0}, {"zero", []float64{0, 0}, 0}, {"one", []float64{3, 0, 0}, 1},
		{"equal", []float64{2, 2, 2, 2}, 4},
		{"not a number", []float64{1, math.NaN()}, math.NaN()},
		{"half and two quarters", []float64{2, 1, 1}, math.Exp(0.5*math.Log(2) + 0.5*math.Log(4))},
	} {
		if got := mc.EffectiveRank(c.sigma); !(math.Abs(got-c.want) <= lastDigits) &&
			!(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestNumericalRank(t *testing.T) {
	if got := mc.NumericalRank([]float64{10, 1, 0.02, 0.005}, 1e-3); got != 3 {
		t.Errorf("rank %d of (10, 1, .02, .005) at 1e-3, want 3", got)
	}
	if got := mc.NumericalRank([]float64{0, 0}, 1e-3); got != 0 {
		t.Errorf("rank %d of zero", got)
	}
}

// By hand: W* = [1 2; 2 4], of which all but the last entry is observed; the estimate has 1, 2, 3,
// 1.
func TestEvaluate(t *testing.T) {
	truth := mat.NewDense(2, 2, []float64{1, 2, 2, 4})
	train, err := mc.NewObservations(2, 2, []mc.Entry{{0, 0, 1}, {0, 1, 2}, {1, 0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	w := mat.NewDense(2, 2, []float64{1, 2, 3, 1})
	m := mc.Evaluate(mc.Problem{Train: train, Truth: truth}, w)
	near := func(name string, got, want float64) {
		if math.Abs(got-want) > lastDigits {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	near("Train", m.Train, 1.0/3)
	near("Test", m.Test, 9)
	near("RMSE", m.RMSE, 3)
	near("RelativeError", m.RelativeError, math.Sqrt(10.0/25))
	near("FrobeniusNorm", m.FrobeniusNorm, math.Sqrt(15))
	near("NuclearNorm", m.NuclearNorm, math.Sqrt(15+2*5)) // (σ₁+σ₂)² = ‖W‖_F² + 2·|det W|
	if !m.HasTest || !m.HasTruth {
		t.Error("the truth is known, yet test error or relative error is marked unknown")
	}

	held, _ := mc.NewObservations(2, 2, []mc.Entry{{1, 1, 3}})
	m = mc.Evaluate(mc.Problem{Train: train, Test: held, Truth: truth}, w)
	near("Test over Problem.Test", m.Test, 4)
	if m = mc.Evaluate(mc.Problem{Train: train}, w); m.HasTest || m.HasTruth {
		t.Error("without truth and test, the test error is marked known")
	}
}

// What is unknown is not printed, whatever the verb: a zero would be read as a perfect estimate.
// An estimate with NaN has no norm and no error that could be mistaken for one.
func TestEvaluateNaN(t *testing.T) {
	train, err := mc.NewObservations(2, 2, []mc.Entry{{0, 0, 1}, {1, 1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		w := mat.NewDense(2, 2, []float64{1, bad, 0, 2})
		m := mc.Evaluate(mc.Problem{Train: train, Truth: mat.NewDense(2, 2, []float64{1, 1, 1, 1})}, w)
		if finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }; finite(m.Test) ||
			finite(m.RelativeError) ||
			!math.IsNaN(m.NuclearNorm) || !math.IsNaN(m.FrobeniusNorm) || !math.IsNaN(m.EffectiveRank) ||
			m.NumericalRank != 0 {
			t.Errorf("with an entry %v: %v", bad, m)
		}
	}
}

func TestMetricsPrint(t *testing.T) {
	m := mc.Metrics{Train: 0.25, NuclearNorm: 3, FrobeniusNorm: 2, EffectiveRank: 1.5, NumericalRank: 2}
	const norms = ", nuclear norm 3, Frobenius norm 2, effective rank 1.5, numerical rank 2"
	for _, c := range []struct {
		m    mc.Metrics
		want string
	}{
		{m, "training error 0.25" + norms},
		{func() mc.Metrics { m := m; m.Test, m.HasTest, m.RMSE, m.HasRMSE = 0.04, true, 0.2, true; return m }(),
			"training error 0.25, test error 0.04 (RMSE 0.2)" + norms},
		{func() mc.Metrics { m := m; m.Test, m.HasTest = 0.04, true; return m }(),
			"training error 0.25, test error 0.04" + norms},
		{func() mc.Metrics { m := m; m.RelativeError, m.HasTruth = 0.125, true; return m }(),
			"training error 0.25, relative error 0.125" + norms},
	} {
		if got := c.m.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if got := fmt.Sprintf("%+v",
			struct{ Metrics mc.Metrics }{c.m}); got != "{Metrics:"+c.want+"}" {
			t.Errorf("%%+v within a struct: %q", got)
		}
	}
}
