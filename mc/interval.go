package mc

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// An Interval estimates a statistic of a population from a sample, with bounds.
type Interval struct {
	// Median is the estimate: of a median, a rate or a mean. Lo ≤ Median ≤ Hi.
	Lo, Median, Hi float64
	// Confidence is the least probability that such bounds contain the population's value, whatever
	// its distribution; of a [CountDifference], as far as is tested.
	Confidence float64
	// N is the number of values.
	N int
}

// level is the confidence that intervals aim at.
const level = 0.95

// MedianInterval returns the median of the values and a distribution-free confidence interval for
// it, between order statistics (Conover 1999, section 3.2): the narrowest symmetric pair whose
// confidence
//
//	1 − 2·P(Binomial(n, ½) < k)
//
// is at least 95 %. Five values and fewer do not reach that: their range is returned with the
// confidence it has, 1 − 2^(1−n). +Inf is larger than all others, as the error of a run that failed
// should be, and −Inf smaller. A NaN is a number that is not known: the bounds hold whatever it is,
// the lower one as if it were −Inf and the upper one as if it were +Inf, and the median is that of
// the others. It is an error if all are NaN, or if the median is between −Inf and +Inf.
func MedianInterval(values []float64) (Interval, error) { return medianInterval(values, level) }

func medianInterval(values []float64, level float64) (Interval, error) {
	n := len(values)
	if n == 0 {
		return Interval{}, fmt.Errorf("mc: MedianInterval: no values")
	}
	if err := checkConfidence(level); err != nil {
		return Interval{}, fmt.Errorf("mc: MedianInterval: %w", err)
	}
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	m := len(known)
	if m == 0 {
		return Interval{}, fmt.Errorf("mc: MedianInterval: all values are NaN")
	}
	slices.Sort(known)
	// From the k-th smallest to the k-th largest, k from 0, as many are left out as the level
	// allows.
	k := max(0, sort.Search((n+1)/2, func(k int) bool { return 1-2*half(k, n) < level })-1)
	middle := known[m/2]
	if m%2 == 0 && known[m/2-1] != middle {
		middle = (known[m/2-1] + middle) / 2
	}
	if math.IsNaN(middle) {
		return Interval{}, fmt.Errorf("mc: MedianInterval: one half of the values is −Inf and the other +Inf; " +
			"there is no median")
	}
	v := Interval{Lo: math.Inf(-1), Median: middle, Hi: math.Inf(1), Confidence: max(0, 1-2*half(k, n)), N: n}
	if k >= n-m { // the bounds are among the known values
		v.Lo, v.Hi = known[k-(n-m)], known[n-1-k]
	}
	return v, nil
}

// half is P(Binomial(n, ½) ≤ k) for k < n. The terms of few values are sums of powers of 2, without
// rounding where that matters; those of many underflow.
func half(k, n int) float64 {
	if n > 1000 {
		return mathext.RegIncBeta(float64(n-k), float64(k+1), 0.5)
	}
	below, term := 0.0, math.Pow(0.5, float64(n))
	for i := range k + 1 {
		below += term
		term *= float64(n-i) / float64(i+1)
	}
	return below
}

// RateInterval returns the success rate k/n and the exact 95 % interval of Clopper and Pearson
// (1934): the rates p for which neither P(Binomial(n, p) ≥ k) nor P(Binomial(n, p) ≤ k) is below
// 2.5 %.
func RateInterval(successes, n int) (Interval, error) { return rateInterval(successes, n, level) }

func rateInterval(k, n int, level float64) (Interval, error) {
	if n < 1 || k < 0 || k > n {
		return Interval{}, fmt.Errorf("mc: RateInterval: %d successes of %d; n must be at least 1, and the successes "+
			"from 0 to n", k, n)
	}
	if err := checkConfidence(level); err != nil {
		return Interval{}, fmt.Errorf("mc: RateInterval: %w", err)
	}
	tail := (1 - level) / 2
	v := Interval{Median: float64(k) / float64(n), Hi: 1, Confidence: level, N: n}
	if k > 0 {
		v.Lo = mathext.InvRegIncBeta(float64(k), float64(n-k+1), tail)
	}
	if k < n {
		v.Hi = mathext.InvRegIncBeta(float64(k+1), float64(n-k), 1-tail)
	}
	return v, nil
}

// checkConfidence returns an error unless an interval can have the confidence.
func checkConfidence(confidence float64) error {
	if !(confidence > 0 && confidence < 1) { // also of NaN
		return fmt.Errorf("the confidence is %v; it must be between 0 and 1", confidence)
	}
	return nil
}

// String prints the estimate and the bounds to three digits: 1.2e-06 [9.1e-07, 3e-06].
func (v Interval) String() string { return fmt.Sprintf("%.3g [%.3g, %.3g]", v.Median, v.Lo, v.Hi) }
