package mc_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"projectpenalty/mc"
)

// Known from tables of the binomial distribution: the order statistics, from each end, that bound
// the median at 95 %.
func TestMedianInterval(t *testing.T) {
	for _, c := range []struct{ n, from int }{{1, 1}, {3, 1}, {5, 1}, {6, 1}, {8, 1}, {9, 2}, {11, 2}, {12, 3},
		{15, 4}, {20, 6}, {30, 10}, {100, 40}, {2000, 956}, {10_001, 4902}} {
		values := make([]float64, c.n)
		for i := range values {
			values[i] = float64(c.n - i) // n, …, 1: the k-th smallest is k
		}
		got, err := mc.MedianInterval(values)
		if err != nil {
			t.Fatal(err)
		}
		if got.Lo != float64(c.from) || got.Hi != float64(c.n+1-c.from) || got.Median != float64(c.n+1)/2 ||
			got.N != c.n {
			t.Errorf("n = %d: %+v, want bounds %d and %d", c.n, got, c.from, c.n+1-c.from)
		}
	}
	if v, _ := mc.MedianInterval([]float64{1, 2, 3}); v.Confidence != 0.75 {
		t.Errorf("confidence of three values %v, want 1 − 2⁻² = 0.75", v.Confidence)
	}
	if _, err := mc.MedianInterval(nil); err == nil {
		t.Error("no values: no error")
	}
	if _, err := mc.MedianInterval([]float64{math.NaN(), math.NaN()}); err == nil {
		t.Error("NaN alone: no error")
	}
	if v, err := mc.MedianInterval([]float64{1, 2, math.Inf(1), math.Inf(1)}); err != nil ||
		!math.IsInf(v.Hi, 1) || !math.IsInf(v.Median, 1) {
		t.Errorf("two failed runs of four: %+v, %v", v, err)
	}
	if v, err := mc.MedianInterval([]float64{math.Inf(1), math.Inf(-1)}); err == nil {
		t.Errorf("a median between −Inf and +Inf: %+v", v)
	}
}

// Where numbers are not known, the bounds hold whatever they are.
func TestMedianIntervalOfUnknownValues(t *testing.T) {
	nan, rng := math.NaN(), rand.New(rand.NewPCG(5, 6))
	for n := 1; n <= 25; n++ {
		for unknown := range n {
			values := make([]float64, n)
			for i := range values {
				if values[i] = rng.NormFloat64(); i < unknown {
					values[i] = nan
				}
			}
			got, err := mc.MedianInterval(values)
			if err != nil {
				t.Fatal(err)
			}
			fill := func(x float64) mc.Interval {
				known := slices.Clone(values)
				for i := range unknown {
					known[i] = x
				}
				v, err := mc.MedianInterval(known)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			if lo, hi := fill(math.Inf(-1)).Lo, fill(math.Inf(1)).Hi; got.Lo != lo || got.Hi != hi || got.N != n {
				t.Errorf("%d of %d unknown: %+v, want bounds %v and %v", unknown, n, got, lo, hi)
			}
			if !(got.Lo <= got.Median && got.Median <= got.Hi) {
				t.Errorf("%d of %d unknown: %+v is not in order", unknown, n, got)
			}
		}
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

// The exact interval of Clopper and Pearson, against values that can be had by hand and from their
// paper's tables: 0 of n has the upper bound 1 − (α/2)^(1/n).
func TestRateInterval(t *testing.T) {
	for _, c := range []struct {
		k, n   int
		lo, hi float64
	}{
		{0, 10, 0, 1 - math.Pow(0.025, 0.1)},
		{10, 10, math.Pow(0.025, 0.1), 1},
		{5, 10, 0.187086, 0.812914},
		{1, 20, 0.001265, 0.248733},
	} {
		v, err := mc.RateInterval(c.k, c.n)
		// The bounds above have six digits.
		if err != nil || math.Abs(v.Lo-c.lo) > 1e-6 || math.Abs(v.Hi-c.hi) > 1e-6 ||
			v.Median != float64(c.k)/float64(c.n) || v.N != c.n {
			t.Errorf("%d of %d: %+v, %v; want [%v, %v]", c.k, c.n, v, err, c.lo, c.hi)
		}
	}
	for _, bad := range [][2]int{{0, 0}, {-1, 3}, {4, 3}} {
		if _, err := mc.RateInterval(bad[0], bad[1]); err == nil {
			t.Errorf("%d of %d: no error", bad[0], bad[1])
		}
	}
}

// Each statistical rule keeps its word on simulated data: an interval covers, and a check errs, no
// more often than it says, plus 1 % for the simulation.
func TestStatisticsKeepTheirWord(t *testing.T) {
	const draws = 4000
	rng := rand.New(rand.NewPCG(3, 4))
	successes := func(n int, p float64) mc.Sample {
		values := make([]float64, n)
		for i := range values {
			if rng.Float64() < p {
				values[i] = 1
			}
		}
		return mc.PerSeed(values...)
	}
	normal := func(n int, mean float64) mc.Sample {
		values := make([]float64, n)
		for i := range values {
			values[i] = mean + rng.NormFloat64()
		}
		return mc.PerSeed(values...)
	}
	wrong := func(name string, allowed float64, errs func() bool) {
		count := 0
		for range draws {
			if errs() {
				count++
			}
		}
		if rate := float64(count) / draws; rate > allowed+0.01 {
			t.Errorf("%s: wrong in %.3f of draws, allowed %.3f", name, rate, allowed)
		}
	}
	misses := func(s mc.Statistic, confidence, truth float64) bool {
		v, err := s.Interval(confidence)
		if err != nil {
			t.Fatal(err)
		}
		return truth < v.Lo || truth > v.Hi
	}
	for _, p := range []float64{0.1, 0.5, 0.93} {
		wrong(fmt.Sprintf("rate %v", p), 0.05, func() bool { return misses(mc.Rate(successes(20, p)), 0.95, p) })
	}
	// Pairs that agree often: a succeeds alone in 0.2 of instances, b alone in 0.1, so that a wins
	// 2/3.
	wrong("pairs won", 0.05, func() bool {
		a, b := make([]float64, 30), make([]float64, 30)
		for i := range a {
			switch u := rng.Float64(); {
			case u < 0.2:
				a[i] = 1
			case u < 0.3:
				b[i] = 1
			case u < 0.7:
				a[i], b[i] = 1, 1
			}
		}
		return misses(mc.PairsWon(mc.PerSeed(a...), mc.PerSeed(b...)), 0.95, 2.0/3)
	})
	// Sums of five successes on each instance, which share its difficulty, and rates of one: alike,
	// apart, and where one method alone succeeds, often or seldom.
	counts := func(n, of int, shift, rate float64) (a, b mc.Sample) {
		for range n {
			var x, y float64
			instance := rng.NormFloat64()
			for k := range of {
				ease := float64(2*k+1-of)/2 + instance
				if ease+rng.NormFloat64()/2 > 0 {
					y++
				}
				if rng.Float64() < rate {
					ease += shift
				}
				if ease+rng.NormFloat64()/2 > 0 {
					x++
				}
			}
			a.Values, b.Values = append(a.Values, x), append(b.Values, y)
		}
		return a, b
	}
	for _, n := range []int{6, 20} {
		for _, of := range []int{1, 5} {
			for _, shift := range []float64{0, 0.5, 5} {
				for _, rate := range []float64{0.1, 1} {
					a, b := counts(40_000, of, shift, rate)
					truth := stat.Mean(a.Minus(b).Values, nil)
					for _, confidence := range []float64{0.9, 0.95} {
						name := fmt.Sprintf("count difference at %v: %d instances of %d, shift %v at a rate of %v",
							confidence, n, of, shift, rate)
						wrong(name, 1-confidence, func() bool {
							a, b := counts(n, of, shift, rate)
							return misses(mc.CountDifference(a, b), confidence, truth)
						})
					}
				}
			}
		}
	}
	wrong("paired difference", 0.05, func() bool { return misses(normal(20, 1).Minus(normal(20, 0.5)), 0.95, 0.5) })
	// Equivalence is wrongly found at a true difference of δ in at most 5 %.
	wrong("within", 0.05, func() bool {
		var v mc.Verdict
		v.Within("difference", 0.8, normal(30, 0.8))
		return v.Outcome() == mc.Supported
	})
	// It is so too where a lead of δ is made by one instance in four, of two counts.
	wrong("within, of counts", 0.05, func() bool {
		a, b := make([]float64, 30), make([]float64, 30)
		for i := range a {
			if rng.Float64() < 0.25 {
				a[i] = 2
			}
		}
		var v mc.Verdict
		v.Within("lead", 0.5, mc.CountDifference(mc.PerSeed(a...), mc.PerSeed(b...)))
		return v.Outcome() == mc.Supported
	})
	// Of eight checks at their bounds any one may fail by chance. If that refutes the claim, or
	// leaves it partly, the verdict does not claim a confidence that it has not: few reach 95 %.
	for _, primary := range []bool{true, false} {
		wrong(fmt.Sprintf("one of eight checks fails, primary: %v", primary), 0.05, func() bool {
			v := mc.Verdict{}
			for range 8 {
				v.AtLeast("decades ahead", 0, normal(20, 0)).IsPrimary = primary
			}
			o := v.Outcome()
			return (o == mc.Refuted || o == mc.Partly) && v.Confidence() >= 0.95
		})
	}
	// Of five rivals that are level, one is wrongly found to be ahead in at most 5 % (and the rule
	// is refuted by it), as the intervals hold for all at once.
	wrong("no rival ahead", 0.05, func() bool {
		v := mc.Verdict{Rule: mc.NoRivalAhead}
		for range 5 {
			v.AtLeast("decades behind", 0, normal(20, 0))
		}
		return v.Outcome() == mc.Refuted
	})
}

func TestSample(t *testing.T) {
	inf := math.Inf(1)
	a, b := mc.PerSeed(1e-3, inf, 0, 1), mc.PerSeed(1e-5, inf, 0, inf)
	if got := a.Decades(b).Values; math.Abs(got[0]-2) > rounding || !math.IsNaN(got[1]) || got[2] != 0 ||
		got[3] != -inf {
		t.Errorf("decades %v, want 2, NaN where both failed, 0 where both are exact, −Inf where the other failed",
			got)
	}
	if got := mc.PerSeed(1e200, 1e-200).Decades(mc.PerSeed(1e-200, 1e200)).Values; got[0] != 400 || got[1] != -400 {
		t.Errorf("decades of quotients without a float64: %v", got)
	}
	if got := a.Minus(b).Values; !math.IsNaN(got[1]) || got[2] != 0 || got[3] != -inf {
		t.Errorf("differences %v, want NaN where both failed", got)
	}
	if got := a.Over(b).Values; !math.IsNaN(got[1]) || got[2] != 1 || got[3] != 0 {
		t.Errorf("quotients %v, want NaN where both failed, 1 where both are exact", got)
	}
	if got := mc.PerSeed(1, 2).Plus(mc.PerSeed(1, 3)).Values; got[0] != 2 || got[1] != 5 {
		t.Errorf("sums %v", got)
	}
	if got := mc.PerSeed(1, 2).Max(mc.PerSeed(3, 2)).Values; got[0] != 3 || got[1] != 2 {
		t.Errorf("larger ones %v", got)
	}
	if got := a.AtMost(1e-2).Values; got[0] != 1 || got[1] != 0 || got[2] != 1 || got[3] != 0 {
		t.Errorf("successes %v", got)
	}
	if got := a.Minus(mc.PerSeed(1)).Lacks; got != "pairs: 4 values beside 1" {
		t.Errorf("pairs of different lengths lack %q", got)
	}
	part := mc.Sample{Values: []float64{1}, Lacks: "1 of 2 runs"}
	for name, s := range map[string]mc.Sample{"Map": part.Map(math.Exp), "Minus": mc.PerSeed(1).Minus(part),
		"Decades": part.Decades(part), "AtMost": part.AtMost(2)} {
		if s.Lacks != "1 of 2 runs" {
			t.Errorf("%s forgets that runs are missing: %+v", name, s)
		}
		v := mc.Verdict{Claim: "C0"}
		v.AtMost("x", 10, s)
		if v.Outcome() != mc.NotRun || v.Reason() != "1 of 2 runs" {
			t.Errorf("%s: %v", name, &v)
		}
	}
}

func TestVerdict(t *testing.T) {
	under, over, across := mc.PerSeed(1, 2, 3, 4, 5, 6), mc.PerSeed(11, 12, 13, 14, 15, 16),
		mc.PerSeed(7, 8, 9, 11, 12, 13)
	type check struct {
		s       mc.Sample
		primary bool
	}
	for _, c := range []struct {
		name   string
		rule   mc.Rule
		checks []check
		want   mc.Outcome
	}{
		{"all hold", mc.Rule{}, []check{{under, false}, {under, false}}, mc.Supported},
		{"all fail", mc.Rule{}, []check{{over, false}, {over, false}}, mc.Refuted},
		{"some fail", mc.Rule{}, []check{{under, false}, {over, false}}, mc.Partly},
		{"one straddles", mc.Rule{}, []check{{under, false}, {over, false}, {across, false}}, mc.Inconclusive},
		{"the primary one fails", mc.AllHold, []check{{under, false}, {over, true}, {across, false}}, mc.Refuted},
		{"the primary one is open", mc.AllHold, []check{{over, false}, {across, true}}, mc.Inconclusive},
		{"the primary one holds, another fails", mc.AllHold, []check{{under, true}, {over, false}}, mc.Partly},
		{"a later primary one fails", mc.AllHold, []check{{under, true}, {across, true}, {over, true}}, mc.Refuted},
		{"the first primary one fails", mc.AllHold, []check{{over, true}, {across, true}, {under, true}}, mc.Refuted},
		{"no values", mc.Rule{}, []check{{under, false}, {mc.PerSeed(), false}}, mc.Inconclusive},
		{"a NaN", mc.Rule{}, []check{{under, false}, {mc.PerSeed(math.NaN()), false}}, mc.Inconclusive},
		{"no rival ahead", mc.NoRivalAhead, []check{{under, false}, {under, false}}, mc.Supported},
		{"any rival ahead", mc.NoRivalAhead, []check{{under, false}, {over, false}, {across, false}}, mc.Refuted},
		{"a rival may be ahead", mc.NoRivalAhead, []check{{under, false}, {across, false}}, mc.Inconclusive},
		{"no checks", mc.Rule{}, nil, mc.NotRun},
	} {
		v := mc.Verdict{Claim: "C0", Rule: c.rule}
		for _, k := range c.checks {
			if check := v.AtMost("x", 10, k.s); k.primary {
				check.Primary()
			}
		}
		if got := v.Outcome(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		v.AtMost("an identity", 10, over).Shown()
		if got := v.Outcome(); got != c.want {
			t.Errorf("%s, with an identity that is shown and not counted: %s, want %s", c.name, got, c.want)
		}
		if len(c.checks) > 0 {
			v.Require("converged", mc.PerSeed(1, 1))
			if got := v.Outcome(); got != c.want {
				t.Errorf("%s, precondition met: %s, want %s", c.name, got, c.want)
			}
			v.Require("converged", mc.PerSeed(1, 0, 1))
			if got := v.Outcome(); got != mc.Invalid || v.Reason() != "converged: not so in 1 of 3 runs" {
				t.Errorf("%s, a run cut off: %v", c.name, &v)
			}
		}
		v.Missing = "interrupted"
		if got := v.Outcome(); got != mc.NotRun {
			t.Errorf("%s, interrupted: %s, want %s", c.name, got, mc.NotRun)
		}
	}
}

// The checks of a literal, and those of a copy, have the intervals of that verdict.
func TestChecksBelongToTheirVerdict(t *testing.T) {
	v := mc.Verdict{Claim: "C0", Rule: mc.NoRivalAhead}
	for range 5 {
		v.AtLeast("behind", 0, mc.PerSeed(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
	}
	want := v.String()
	literal := mc.Verdict{Claim: "C0", Rule: mc.NoRivalAhead}
	for _, c := range v.Checks {
		fresh := &mc.Check{What: c.What, Statistic: c.Statistic, Low: c.Low, High: c.High}
		literal.Checks = append(literal.Checks, fresh)
	}
	if got := literal.String(); got != want || literal.Checks[0].Comparisons() != 5 {
		t.Errorf("a literal: %s, want %s", got, want)
	}
	wider := v
	for range 5 {
		wider.AtLeast("behind", 0, mc.PerSeed(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
	}
	for range 2 {
		if wider.Outcome(); wider.Checks[0].Comparisons() != 10 {
			t.Errorf("a copy with five checks more: %d comparisons", wider.Checks[0].Comparisons())
		}
		if got := v.String(); got != want {
			t.Errorf("beside its copy: %s, want %s", got, want)
		}
	}
}

// Runs of which nothing is known support nothing and refute nothing.
func TestJointFailureIsNoEvidence(t *testing.T) {
	inf := math.Inf(1)
	a, b := make([]float64, 20), make([]float64, 20)
	for i := range a {
		if a[i], b[i] = inf, inf; i < 5 {
			a[i], b[i] = 1, 5
		}
	}
	x, y := mc.PerSeed(a...), mc.PerSeed(b...)
	for name, add := range map[string]func(v *mc.Verdict){
		"equivalent":  func(v *mc.Verdict) { v.Within("difference", 0.01, x.Minus(y)) },
		"ahead":       func(v *mc.Verdict) { v.AtLeast("difference", 0, x.Minus(y)).IfNothing(0) },
		"no rival is": func(v *mc.Verdict) { v.Rule = mc.NoRivalAhead; v.AtLeast("difference", 0, x.Decades(y)) },
		"no accuracy": func(v *mc.Verdict) {
			v.AtLeast("accuracy", 0.9, x.Map(func(x float64) float64 {
				if x == inf {
					return math.NaN()
				}
				return 0.95
			}))
		},
	} {
		v := mc.Verdict{Claim: "C0"}
		add(&v)
		if got := v.Outcome(); got != mc.Inconclusive {
			t.Errorf("%s: %v", name, &v)
		}
	}
	v := mc.Verdict{Claim: "C0"} // four of twenty do not matter
	few := append(slices.Repeat([]float64{-1}, 16), slices.Repeat([]float64{math.NaN()}, 4)...)
	v.AtMost("difference", 0, mc.PerSeed(few...))
	if got := v.Outcome(); got != mc.Supported {
		t.Errorf("few are not known: %v", &v)
	}
}

// What would be so if there were nothing is no evidence.
func TestTheNullIsNoEvidence(t *testing.T) {
	ties := mc.PerSeed(0, 0, 0, 0, 0, 0, 1)
	for _, c := range []struct {
		null float64
		want mc.Outcome
	}{{0, mc.Inconclusive}, {-1, mc.Supported}} {
		v := mc.Verdict{Claim: "C0"}
		v.AtLeast("ahead", 0, ties).IfNothing(c.null)
		if got := v.Outcome(); got != c.want {
			t.Errorf("null %v: %v", c.null, &v)
		}
		v = mc.Verdict{Claim: "C0"}
		v.AtMost("behind", 0, ties.Map(func(x float64) float64 { return -x })).IfNothing(-c.null)
		if got := v.Outcome(); got != c.want {
			t.Errorf("null %v, at most: %v", c.null, &v)
		}
	}
	v := mc.Verdict{Claim: "C0"}
	v.Within("x", -0.5, ties)
	why := "x: the bounds are 0.5 and -0.5; the first must not be above the second"
	if got := v.Outcome(); got != mc.Invalid || v.Reason() != why {
		t.Errorf("δ below 0: %v", &v)
	}
}

// A primary check decides, and one that is only shown does not.
func TestPrimaryIsNotShown(t *testing.T) {
	v := mc.Verdict{Claim: "C0"}
	v.AtMost("x", 10, mc.PerSeed(1, 2, 3, 4, 5, 6))
	v.AtMost("y", 10, mc.PerSeed(11, 12, 13, 14, 15, 16)).Shown().Primary()
	if got := v.Outcome(); got != mc.Invalid || !strings.HasPrefix(v.Reason(), "y: a primary check must count") {
		t.Errorf("%v", &v)
	}
}

// Fewer seeds than 95 % needs suggest; intervals widen with the number of rivals.
func TestStrengthOfAVerdict(t *testing.T) {
	v := mc.Verdict{Claim: "C0"}
	v.AtMost("x", 10, mc.PerSeed(1, 2, 3))
	if got := v.Headline(); got != "suggests supported (75 % confidence)" {
		t.Errorf("three seeds: %q", got)
	}
	v = mc.Verdict{Claim: "C0"}
	v.AtMost("x", 10, mc.PerSeed(1, 2, 3, 4, 5, 6))
	if got := v.Headline(); got != "supported" {
		t.Errorf("six seeds: %q", got)
	}
	v = mc.Verdict{Claim: "C0"}
	v.AtMost("x", 10, mc.PerSeed(11, 12, 13, 14, 15, 16)).Primary()
	v.AtMost("a NaN", 10, mc.PerSeed(math.NaN()))
	if got := v.Headline(); got != "refuted" || v.Confidence() < 0.95 {
		t.Errorf("beside a check without an interval: %q, confidence %v", got, v.Confidence())
	}
	for _, none := range []mc.Verdict{{}, {Checks: v.Checks[1:]}} {
		if got := none.Confidence(); got != 0 {
			t.Errorf("no check with an interval: confidence %v", got)
		}
	}
	values := make([]float64, 20)
	for i := range values {
		values[i] = float64(i + 1)
	}
	lo := func(rivals int) float64 {
		v := mc.Verdict{Rule: mc.NoRivalAhead}
		for range rivals {
			v.AtLeast("behind", 0, mc.PerSeed(values...))
		}
		if c := v.Confidence(); c < 0.95 || c > 1 {
			t.Errorf("%d rivals: confidence %v for all at once", rivals, c)
		}
		i, err := v.Checks[0].Interval()
		if err != nil {
			t.Fatal(err)
		}
		return i.Lo
	}
	// From binomial tables, n = 20: P(X ≤ 5) = .0207, P(X ≤ 3) = .0013 and P(X ≤ 4) = .0059.
	if one, five := lo(1), lo(5); one != 6 || five != 4 {
		t.Errorf("lower ends for one and five rivals: %v, %v; want the 6th and the 4th smallest", one, five)
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   mc.Outcome
	}{
		{[]float64{-0.5, -0.2, -0.1, 0.1, 0.2, 0.4}, mc.Supported},
		{[]float64{-3, -0.2, -0.1, 0.1, 0.2, 3}, mc.Inconclusive},
		{[]float64{2, 3, 4, 5, 6, 7}, mc.Refuted},
		{[]float64{-2, -3, -4, -5, -6, -7}, mc.Refuted},
	} {
		v := mc.Verdict{Claim: "C0"}
		if check := v.Within("difference", 1, mc.PerSeed(c.values...)); check.Bound() != "within ±1" {
			t.Errorf("bound %q", check.Bound())
		}
		if got := v.Outcome(); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
}

func ExampleVerdict() {
	two, three := mc.PerSeed(2e-2, 3e-2, 1e-1, 5e-2, 4e-2, 2e-1), mc.PerSeed(1e-4, 2e-3, 1e-4, 6e-4, 1e-3, 7e-3)
	verdict := mc.Verdict{Claim: "depth 3 beats depth 2"}
	verdict.Require("training ends below 1e-6", mc.PerSeed(1e-9, 1e-8, 1e-9, 1e-7, 1e-8, 1e-9).AtMost(1e-6))
	verdict.AtLeast("decades by which depth 2 is behind depth 3", 0, two.Decades(three)).Primary().IfNothing(0)
	verdict.AtLeast("fraction of instances that depth 3 recovers", 0.5, mc.Rate(three.AtMost(1e-2)))
	fmt.Println(verdict.Headline())
	for _, required := range verdict.Required {
		fmt.Println("required:", required)
	}
	for _, check := range verdict.Checks {
		fmt.Println(check)
	}
	// Output:
	// supported
	// required: training ends below 1e-6 in 6 of 6 runs
	// decades by which depth 2 is behind depth 3 1.76 [1.18, 3] (96.9 % interval, 6 seeds), ≥ 0 holds (0 if there is nothing)
	// fraction of instances that depth 3 recovers 1 [0.541, 1] (95 % interval, 6 seeds), ≥ 0.5 holds
}

// A sample can be computed again from its columns; other numbers in a column give another sample.
func TestFormula(t *testing.T) {
	depth, ratio := mc.PerSeed(1e-2, 1, math.Inf(1)).Named("depth 3"), mc.PerSeed(1e-4, 1, 1e-5).Named("ratio")
	for name, s := range map[string]mc.Sample{
		"decades": depth.Decades(ratio), "minus": depth.Minus(ratio), "over": depth.Over(ratio),
		"plus": depth.Plus(ratio), "max": depth.Max(ratio),
		"at most": depth.AtMost(0.1), "nested": depth.AtMost(0.1).Minus(ratio.AtMost(0.1)), "a column": depth,
	} {
		f, leaves := s.Formula("?")
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var read mc.Formula
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		columns := map[string]mc.Sample{}
		for _, c := range leaves {
			columns[c.Name] = c
		}
		again, err := read.Evaluate(columns)
		if err != nil || !slices.Equal(again.Values, s.Values) {
			t.Errorf("%s: %s gives %v, %v; want %v", name, text, again.Values, err, s.Values)
		}
		if name == "a column" {
			continue
		}
		columns["depth 3"] = mc.PerSeed(1e-7, 1e-7, 1e-7)
		if other, err := read.Evaluate(columns); err != nil || slices.Equal(other.Values, s.Values) {
			t.Errorf("%s: other numbers give the same sample, %v", name, err)
		}
		delete(columns, "depth 3")
		if _, err := read.Evaluate(columns); err == nil || !strings.Contains(err.Error(), `"depth 3"`) {
			t.Errorf("%s: a missing column: %v", name, err)
		}
	}
	for at, want := range map[float64]string{
		0.1: `{"op":"at most","of":[{"column":"ratio"}],"bound":0.1}`, 0: `{"op":"at most","of":[{"column":"ratio"}]}`,
		math.Inf(-1): `{"op":"at most","of":[{"column":"ratio"}],"bound":"-Inf"}`,
	} {
		f, _ := ratio.AtMost(at).Formula("?")
		if text, err := json.Marshal(f); err != nil || string(text) != want {
			t.Errorf("at most %v is %s, %v; want %s", at, text, err, want)
		}
		var read mc.Formula
		if err := json.Unmarshal([]byte(want), &read); err != nil || read.Bound != at {
			t.Errorf("%s is read as at most %v, %v", want, read.Bound, err)
		}
	}
	var read mc.Formula
	if err := json.Unmarshal([]byte(`{"bound":"many"}`), &read); err == nil || !strings.Contains(err.Error(), "many") {
		t.Errorf("a bound of many: %v", err)
	}
	for _, bad := range []mc.Formula{{Op: "times"}, {Op: "minus", Of: []mc.Formula{{Column: "a"}}}} {
		if _, err := bad.Evaluate(map[string]mc.Sample{"a": depth}); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}
