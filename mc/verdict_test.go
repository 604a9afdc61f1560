package mc_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"projectpenalty/mc"
)

// Known from tables of the binomial distribution: the order statistics, from each end, that bound the median at 95 %.
func TestMedianInterval(t *testing.T) {
	for _, c := range []struct{ n, from int }{{1, 1}, {3, 1}, {5, 1}, {6, 1}, {8, 1}, {9, 2}, {11, 2}, {12, 3}, {15, 4}, {20, 6}, {30, 10}} {
		values := make([]float64, c.n)
		for i := range values {
			values[i] = float64(c.n - i) // n, …, 1: the k-th smallest is k
		}
		got, err := mc.MedianInterval(values)
		if err != nil {
			t.Fatal(err)
		}
		if got.Lo != float64(c.from) || got.Hi != float64(c.n+1-c.from) || got.Median != float64(c.n+1)/2 || got.N != c.n {
			t.Errorf("n = %d: %+v, want bounds %d and %d", c.n, got, c.from, c.n+1-c.from)
		}
	}
	if v, _ := mc.MedianInterval([]float64{1, 2, 3}); v.Confidence != 0.75 {
		t.Errorf("confidence of three values %v, want 1 − 2⁻² = 0.75", v.Confidence)
	}
	if _, err := mc.MedianInterval(nil); err == nil {
		t.Error("no values: no error")
	}
	if _, err := mc.MedianInterval([]float64{1, math.NaN()}); err == nil {
		t.Error("NaN: no error")
	}
	if v, err := mc.MedianInterval([]float64{1, 2, math.Inf(1), math.Inf(1)}); err != nil || !math.IsInf(v.Hi, 1) || !math.IsInf(v.Median, 1) {
		t.Errorf("two failed runs of four: %+v, %v", v, err)
	}
}

// The interval covers the median of a skewed population as often as it says, or more.
func TestMedianIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{3, 10} {
		const draws = 20_000
		covered, confidence := 0.0, 0.0
		for range draws {
			values := make([]float64, n)
			for i := range values {
				values[i] = rng.ExpFloat64()
			}
			v, err := mc.MedianInterval(values)
			if err != nil {
				t.Fatal(err)
			}
			if v.Lo <= math.Ln2 && math.Ln2 <= v.Hi {
				covered += 1.0 / draws
			}
			confidence = v.Confidence
		}
		if sd := math.Sqrt(confidence * (1 - confidence) / draws); math.Abs(covered-confidence) > 5*sd {
			t.Errorf("n = %d: covers in %v of draws, says %v", n, covered, confidence)
		}
	}
}

func TestVerdict(t *testing.T) {
	type check struct {
		atMost bool
		bound  float64
		values []float64
	}
	under, over, across := check{true, 10, []float64{1, 2, 3}}, check{true, 10, []float64{11, 12, 13}}, check{true, 10, []float64{9, 10, 11}}
	for _, c := range []struct {
		name   string
		checks []check
		want   mc.Outcome
	}{
		{"all hold", []check{under, {false, 10, []float64{10, 12}}}, mc.Supported},
		{"all fail", []check{over, {false, 10, []float64{1, 2}}}, mc.Refuted},
		{"some fail", []check{under, over}, mc.Partly},
		{"one straddles", []check{under, over, across}, mc.Inconclusive},
		{"no values", []check{under, {true, 10, nil}}, mc.Inconclusive},
		{"a NaN", []check{under, {true, 10, []float64{math.NaN()}}}, mc.Inconclusive},
		{"no checks", nil, mc.NotRun},
	} {
		v := mc.Verdict{Claim: "C0"}
		for _, k := range c.checks {
			if k.atMost {
				v.AtMost("x", k.bound, k.values...)
			} else {
				v.AtLeast("x", k.bound, k.values...)
			}
		}
		if got := v.Outcome(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		v.Missing = "interrupted"
		if got := v.Outcome(); got != mc.NotRun {
			t.Errorf("%s, interrupted: %s, want %s", c.name, got, mc.NotRun)
		}
	}
}

func ExampleVerdict() {
	verdict := mc.Verdict{Claim: "C0"}
	verdict.AtMost("relative error", 1e-2, 2e-3, 1e-3, 4e-3)
	verdict.AtLeast("gain in decibel", 3, 2, 5, 6)
	fmt.Println(&verdict)
	for _, check := range verdict.Checks {
		fmt.Println(check.What, "is", check.Outcome())
	}
	// Output:
	// claim C0: inconclusive — relative error 0.002 [0.001, 0.004] (75 % interval, 3 seeds), ≤ 0.01 holds; gain in decibel 5 [2, 6] (75 % interval, 3 seeds), ≥ 3 open
	// relative error is supported
	// gain in decibel is inconclusive
}
