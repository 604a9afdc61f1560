package mc

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// An Interval estimates a statistic of a population from a sample, with bounds.
type Interval struct {
	// Median is the estimate: of a median, or of a rate. Lo ≤ Median ≤ Hi.
	Lo, Median, Hi float64
	// Confidence is the least probability that such bounds contain the population's value, whatever
	// its distribution.
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
// confidence it has, 1 − 2^(1−n). An infinite value counts as larger than all others, as a run that
// failed should; a NaN makes an error.
func MedianInterval(values []float64) (Interval, error) { return medianInterval(values, level) }

func medianInterval(values []float64, level float64) (Interval, error) {
	n := len(values)
	if n == 0 {
		return Interval{}, fmt.Errorf("mc: MedianInterval: no values")
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	if math.IsNaN(sorted[0]) { // Sort puts NaN first
		return Interval{}, fmt.Errorf("mc: MedianInterval: a value is NaN")
	}
	k, confidence := 0, 1.0
	// The interval from the k-th smallest to the k-th largest (k from 0) misses with
	// 2·P(Binomial ≤ k).
	below, term := 0.0, math.Pow(0.5, float64(n))
	for i := 0; i <= (n-1)/2; i++ {
		below += term
		term *= float64(n-i) / float64(i+1)
		c := 1 - 2*below
		if i > 0 && c < level {
			break
		}
		k, confidence = i, max(c, 0)
	}
	middle := sorted[n/2]
	if n%2 == 0 && sorted[n/2-1] != middle {
		middle = (sorted[n/2-1] + middle) / 2
	}
	return Interval{Lo: sorted[k], Median: middle, Hi: sorted[n-1-k], Confidence: confidence, N: n}, nil
}

// RateInterval returns the success rate k/n and the exact 95 % interval of Clopper and Pearson
// (1934): the rates p for which neither P(Binomial(n, p) ≥ k) nor P(Binomial(n, p) ≤ k) is below
// 2.5 %.
func RateInterval(successes, n int) (Interval, error) { return rateInterval(successes, n, level) }

func rateInterval(k, n int, level float64) (Interval, error) {
	if n < 1 || k < 0 || k > n {
		return Interval{}, fmt.Errorf("mc: RateInterval: %d successes of %d; both must be at least 0, and n at least 1",
			k, n)
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

// String prints the estimate and the bounds to three digits: 1.2e-06 [9.1e-07, 3e-06].
func (v Interval) String() string { return fmt.Sprintf("%.3g [%.3g, %.3g]", v.Median, v.Lo, v.Hi) }
