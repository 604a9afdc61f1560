package mc_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"projectpenalty/mc"
)

func TestPairsWon(t *testing.T) {
	a, b := mc.PerSeed(1, 1, 1, 1, 1, 1, 1, 0), mc.PerSeed(0, 0, 0, 0, 0, 0, 1, 0)
	v, err := mc.PairsWon(a, b).Interval(0.95)
	// Six decided pairs, all won: McNemar's exact p is 2·2⁻⁶ = 0.031 < 0.05, so that ½ is outside.
	if err != nil || v.Median != 1 || v.Lo <= 0.5 || v.N != 8 {
		t.Errorf("six of six: %+v, %v", v, err)
	}
	a.Values[0] = 0
	if v, err = mc.PairsWon(a, b).Interval(0.95); err != nil || v.Lo > 0.5 { // p = 2·2⁻⁵ = 0.0625
		t.Errorf("five of five: %+v, %v", v, err)
	}
	if v, err = mc.PairsWon(b, b).Interval(0.95); err != nil || v.Lo != 0 || v.Hi != 1 {
		t.Errorf("no decided pair: %+v, %v", v, err)
	}
	if v, err = mc.PairsWon(b, mc.PerSeed()).Interval(0.95); err == nil {
		t.Errorf("no pair: %+v", v)
	}
	if v, err = mc.Rate(mc.PerSeed()).Interval(0.95); err == nil {
		t.Errorf("a rate of nothing: %+v", v)
	}
	if _, err = mc.PairsWon(mc.PerSeed(0.5), mc.PerSeed(1)).Interval(0.95); err == nil {
		t.Error("a value that is neither 0 nor 1: no error")
	}
}

func TestCountDifference(t *testing.T) {
	v, err := mc.CountDifference(mc.PerSeed(3, 1, 2, 2), mc.PerSeed(1, 1, 1, 1)).Interval(0.95)
	// The differences 2, 0, 1, 1 have a mean of 1 and squares of 2, to which 2 are added; Student's
	// quantile with 3 degrees of freedom is 3.18245 (tables): 3.18245·√(4/3/4).
	if half := 3.18245 / math.Sqrt(3); err != nil || v.Median != 1 || math.Abs(v.Hi-1-half) > 1e-4 ||
		math.Abs(v.Lo-1+half) > 1e-4 || v.N != 4 {
		t.Errorf("%+v, %v", v, err)
	}
	// Where one method alone succeeds, with a probability p, the coverage is a binomial sum.
	for _, confidence := range []float64{0.9, 0.95, 0.99, 0.995} {
		for _, n := range []int{6, 8, 20, 60, 200} {
			worst := 0.0
			for p := 0.005; p < 1; p += 0.005 {
				miss := 0.0
				for k := range n + 1 {
					a, b := make([]float64, n), make([]float64, n)
					for i := range k {
						a[i] = 1
					}
					v, err := mc.CountDifference(mc.PerSeed(a...), mc.PerSeed(b...)).Interval(confidence)
					if err != nil {
						t.Fatal(err)
					}
					if p < v.Lo || p > v.Hi {
						miss += distuv.Binomial{N: float64(n), P: p}.Prob(float64(k))
					}
				}
				worst = max(worst, miss)
			}
			if worst > 1.06*(1-confidence) {
				t.Errorf("%d instances at %v: misses %.4f of samples", n, confidence, worst)
			}
		}
	}
	for _, c := range []struct {
		a    []float64
		want string
	}{
		{[]float64{1, 0.5}, "value 1 is 0.5; it must be a whole number"},
		{[]float64{math.Inf(1), 1}, "value 0 is +Inf; it must be a whole number"},
		{[]float64{math.NaN(), 1}, "value 0 is NaN; it must be a whole number"},
		{[]float64{1}, "1 instances; there must be at least 2"},
	} {
		if _, err := mc.CountDifference(mc.PerSeed(c.a...), mc.PerSeed(1, 1)).Interval(0.95); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.a, err, c.want)
		}
	}
	short := mc.CountDifference(mc.PerSeed(1, 1), mc.PerSeed(1))
	if short.Incomplete() == "" {
		t.Error("two values beside one: nothing is missing")
	}
	kind, of, ok := mc.Parts(short)
	if again, err := mc.StatisticOf(kind, of...); !ok || err != nil || again.Incomplete() != short.Incomplete() {
		t.Errorf("by its kind %q: %v, %v", kind, again, err)
	}
}

// A confidence that no interval has is an error of every statistic.
func TestConfidenceIsBetweenZeroAndOne(t *testing.T) {
	a, b := mc.PerSeed(1, 1, 0), mc.PerSeed(0, 1, 1)
	for _, kind := range []string{"median", "rate", "pairs won", "count difference"} {
		of := []mc.Sample{a, b}
		if kind == "median" || kind == "rate" {
			of = of[:1]
		}
		s, err := mc.StatisticOf(kind, of...)
		if err != nil {
			t.Fatal(err)
		}
		for _, confidence := range []float64{-1, 0, 1, 2, math.NaN()} {
			_, err := s.Interval(confidence)
			if want := fmt.Sprintf("the confidence is %v; it must be between 0 and 1", confidence); err == nil ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", kind, err, want)
			}
		}
	}
}
