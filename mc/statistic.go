package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Statistic is what a [Check] compares with its bound. A [Sample] is the statistic of its median;
// [Rate], [PairsWon] and [CountDifference] are others, and you may write your own.
type Statistic interface {
	// Interval returns the estimate with bounds at the given confidence, or at the highest that the
	// sample allows.
	Interval(confidence float64) (Interval, error)
	// Incomplete says which runs are missing; empty if none are.
	Incomplete() string
}

// Parts returns the kind of a statistic of this package, "median", "rate", "pairs won" or "count
// difference", and the samples from which it is computed; ok is false for a statistic of your own.
func Parts(s Statistic) (kind string, of []Sample, ok bool) {
	switch s := s.(type) {
	case Sample:
		return "median", []Sample{s}, true
	case rate01:
		return "rate", []Sample{s.Sample}, true
	case pairsWon:
		return "pairs won", []Sample{s.a, s.b}, true
	case countDifference:
		return "count difference", []Sample{s.a, s.b}, true
	}
	return "", nil, false
}

// StatisticOf returns the statistic of a kind, as [Parts] names it.
func StatisticOf(kind string, of ...Sample) (Statistic, error) {
	switch {
	case kind == "median" && len(of) == 1:
		return of[0], nil
	case kind == "rate" && len(of) == 1:
		return Rate(of[0]), nil
	case kind == "pairs won" && len(of) == 2:
		return PairsWon(of[0], of[1]), nil
	case kind == "count difference" && len(of) == 2:
		return CountDifference(of[0], of[1]), nil
	}
	return nil, fmt.Errorf("mc: StatisticOf: %q of %d samples; there are median and rate of one, "+
		"pairs won and count difference of two", kind, len(of))
}

// Rate is the fraction of successes in a sample of ones and zeros, with the exact interval of
// Clopper and Pearson, see [RateInterval].
func Rate(ok Sample) Statistic { return rate01{ok} }

type rate01 struct{ Sample }

func (r rate01) Interval(confidence float64) (Interval, error) {
	k, err := successes(r.Values)
	if err != nil {
		return Interval{}, fmt.Errorf("mc: Rate: %w", err)
	}
	return rateInterval(k, len(r.Values), confidence)
}

// PairsWon compares the success rates of two methods on the same instances: of the pairs in which
// exactly one of them succeeds, the fraction in which it is a. ½ means equal rates. The interval is
// that of Clopper and Pearson given the number of such pairs, and excludes ½ exactly when McNemar's
// (1947) exact test rejects equal rates. Without such a pair it is [0, 1].
func PairsWon(a, b Sample) Statistic { return pairsWon{pair{a, b}} }

// A pair of samples over the same instances is complete if both are, and of one length.
type pair struct{ a, b Sample }

func (p pair) Incomplete() string { return p.a.Minus(p.b).Lacks }

type pairsWon struct{ pair }

func (p pairsWon) Interval(confidence float64) (Interval, error) {
	for _, s := range []Sample{p.a, p.b} {
		if _, err := successes(s.Values); err != nil {
			return Interval{}, fmt.Errorf("mc: PairsWon: %w", err)
		}
	}
	differences := p.a.Minus(p.b).Values
	n := len(differences)
	if n == 0 {
		return Interval{}, fmt.Errorf("mc: PairsWon: no values")
	}
	won, decided := 0, 0
	for _, d := range differences {
		if d > 0 {
			won++
		}
		if d != 0 {
			decided++
		}
	}
	if decided == 0 {
		return Interval{Lo: 0, Median: 0.5, Hi: 1, Confidence: 1, N: n}, nil
	}
	v, err := rateInterval(won, decided, confidence)
	v.N = n
	return v, err
}

// CountDifference is the mean, over instances, of a count of a minus that of b, such as the number
// of problems that each method solves. A median of small counts hides what happens on a minority of
// the instances; this does not. The interval is Student's, with the squares of the deviations added
// up as if there were k instances more, each one count off the mean. Bonett and Price (2012) add
// two to paired rates, which is too few for many instances or a high confidence; here
//
//	k = max(2, z²·(1 − 10/n)),
//
// with the normal quantile z and n instances. So it has some width where all instances agree, and
// is never narrower than Student's. Its coverage is tested, for sums of up to five successes; most
// of what it misses may lie on one side. It falls below the nominal one where a few instances
// differ by much more than 1 and all others agree: if an instance differs by 5 with a probability
// of 0.05, an interval of 95 % over 20 instances covers the mean in 64 % of samples. It takes two
// instances or more. A difference of counts may stand for a count, as in an interaction.
func CountDifference(a, b Sample) Statistic { return countDifference{pair{a, b}} }

type countDifference struct{ pair }

func (c countDifference) Interval(confidence float64) (Interval, error) {
	for _, s := range []Sample{c.a, c.b} {
		for i, x := range s.Values {
			if x != math.Trunc(x) || math.IsInf(x, 0) { // NaN is not its own Trunc
				return Interval{}, fmt.Errorf("mc: CountDifference: value %d is %v; it must be a whole number", i, x)
			}
		}
	}
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, fmt.Errorf("mc: CountDifference: %w", err)
	}
	differences := c.a.Minus(c.b).Values
	n := len(differences)
	if n < 2 {
		return Interval{}, fmt.Errorf("mc: CountDifference: %d instances; there must be at least 2", n)
	}
	mean, variance := stat.MeanVariance(differences, nil)
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	squares := variance*float64(n-1) + max(2, z*z*(1-10/float64(n)))
	half := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile((1+confidence)/2) *
		math.Sqrt(squares/float64(n-1)/float64(n))
	return Interval{Lo: mean - half, Median: mean, Hi: mean + half, Confidence: confidence, N: n}, nil
}

// successes counts the ones of a sample that must hold ones and zeros.
func successes(values []float64) (int, error) {
	k := 0
	for i, x := range values {
		switch x {
		case 1:
			k++
		case 0:
		default:
			return 0, fmt.Errorf("value %d is %v; it must be 1 for a success or 0", i, x)
		}
	}
	return k, nil
}
