package mc

import (
	"fmt"
	"math"
)

// A Sample is one number per seed, in the order of the seeds, so that two samples over the same
// seeds are pairs. It knows whether runs are missing, and what is computed from it knows it too.
type Sample struct {
	Values []float64
	// Lacks says which runs are missing, such as "3 of 60 runs are missing"; empty if none are.
	Lacks string
}

// PerSeed makes a complete sample of values, one per seed.
func PerSeed(values ...float64) Sample { return Sample{Values: values} }

// Map returns the sample of f(x).
func (s Sample) Map(f func(x float64) float64) Sample {
	mapped := Sample{Values: make([]float64, len(s.Values)), Lacks: s.Lacks}
	for i, x := range s.Values {
		mapped.Values[i] = f(x)
	}
	return mapped
}

// Pair returns the sample of f(x, y) over pairs, y from t. It lacks what either lacks, and if the
// samples are of different lengths says so.
func (s Sample) Pair(t Sample, f func(x, y float64) float64) Sample {
	n := min(len(s.Values), len(t.Values))
	pairs := Sample{Values: make([]float64, n), Lacks: s.Lacks}
	if pairs.Lacks == "" {
		pairs.Lacks = t.Lacks
	}
	if len(s.Values) != len(t.Values) && pairs.Lacks == "" {
		pairs.Lacks = fmt.Sprintf("pairs: %d values beside %d", len(s.Values), len(t.Values))
	}
	for i := range n {
		pairs.Values[i] = f(s.Values[i], t.Values[i])
	}
	return pairs
}

// Minus returns the paired differences x − y. Two runs that both failed, with +Inf, are level: 0.
func (s Sample) Minus(t Sample) Sample {
	return s.Pair(t, func(x, y float64) float64 {
		if x == y {
			return 0
		}
		return x - y
	})
}

// Decades returns the paired differences log₁₀(x/y): by how many powers of ten s is above t. Two
// runs that both failed, with +Inf, or that are both exact, with 0, are level: 0.
func (s Sample) Decades(t Sample) Sample {
	return s.Pair(t, func(x, y float64) float64 {
		if x == y {
			return 0
		}
		return math.Log10(x / y)
	})
}

// AtMost returns the sample of successes: 1 where x is at most the bound, 0 elsewhere.
func (s Sample) AtMost(bound float64) Sample {
	return s.Map(func(x float64) float64 {
		if x <= bound {
			return 1
		}
		return 0
	})
}

// Interval is that of the median over seeds, see [MedianInterval].
func (s Sample) Interval(confidence float64) (Interval, error) {
	return medianInterval(s.Values, confidence)
}

// Incomplete returns Lacks.
func (s Sample) Incomplete() string { return s.Lacks }

// A Statistic is what a [Check] compares with its bound. A [Sample] is the statistic of its median;
// [Rate] and [PairsWon] are others, and one's own is welcome.
type Statistic interface {
	// Interval returns the estimate with bounds of the confidence that is asked for, or of as much
	// as the sample allows.
	Interval(confidence float64) (Interval, error)
	// Incomplete says which runs are missing; empty if none are.
	Incomplete() string
}

// Rate is the fraction of successes in a sample of ones and zeros, with the exact interval of Clopper
// and Pearson, see [RateInterval].
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
func PairsWon(a, b Sample) Statistic { return pairsWon{a, b} }

type pairsWon struct{ a, b Sample }

func (p pairsWon) Interval(confidence float64) (Interval, error) {
	for _, s := range []Sample{p.a, p.b} {
		if _, err := successes(s.Values); err != nil {
			return Interval{}, fmt.Errorf("mc: PairsWon: %w", err)
		}
	}
	if len(p.a.Values) == 0 {
		return Interval{}, fmt.Errorf("mc: PairsWon: no values")
	}
	won, decided := 0, 0
	for _, d := range p.a.Minus(p.b).Values {
		if d > 0 {
			won++
		}
		if d != 0 {
			decided++
		}
	}
	if decided == 0 {
		return Interval{Lo: 0, Median: 0.5, Hi: 1, Confidence: 1, N: len(p.a.Values)}, nil
	}
	v, err := rateInterval(won, decided, confidence)
	v.N = min(len(p.a.Values), len(p.b.Values))
	return v, err
}

func (p pairsWon) Incomplete() string { return p.a.Minus(p.b).Lacks }

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
