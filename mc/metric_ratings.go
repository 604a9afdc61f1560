package mc

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// RatingMetrics say how good estimated ratings are.
type RatingMetrics struct {
	// RMSE and MAE are the root of the mean squared error and the mean absolute error, in ratings.
	RMSE, MAE float64
	// NDCG10 is the mean over users of [NDCG] at 10.
	NDCG10 float64
}

// EvaluateRatings measures the estimate w (items × users), clipped to the range of ratings from lo
// to hi, on ratings that were held out. The gains of NDCG10 are relative to that range.
//
// The shapes must agree, lo must be below hi, every rating within the range, and every estimate of
// a rating a number.
func EvaluateRatings(test *Observations, w *mat.Dense, lo, hi float64) (RatingMetrics, error) {
	if !(lo < hi) || !finite(lo) || !finite(hi) {
		return RatingMetrics{}, fmt.Errorf("mc: EvaluateRatings: the range is from %v to %v; lo must be below "+
			"hi, and both finite",
			lo, hi)
	}
	if r, c := w.Dims(); r != test.rows || c != test.cols {
		return RatingMetrics{}, fmt.Errorf("mc: EvaluateRatings: the estimate is %d×%d, the ratings %d×%d; the "+
			"shapes must agree",
			r, c, test.rows, test.cols)
	}
	var m RatingMetrics
	n := float64(test.Len())
	for _, e := range test.All() {
		x := w.At(e.Row, e.Col)
		switch {
		case math.IsNaN(x):
			return RatingMetrics{}, fmt.Errorf("mc: EvaluateRatings: the estimate of (%d, %d) is NaN; it must "+
				"be a number",
				e.Row, e.Col)
		case e.Value < lo || e.Value > hi:
			return RatingMetrics{}, fmt.Errorf("mc: EvaluateRatings: the rating of (%d, %d) is %v; it must be "+
				"from %v to %v",
				e.Row, e.Col, e.Value, lo, hi)
		}
		d := min(max(x, lo), hi) - e.Value
		m.RMSE += d * d / n
		m.MAE += math.Abs(d) / n
	}
	m.RMSE, m.NDCG10 = math.Sqrt(m.RMSE), ndcg(test, w, 10, lo, hi)
	return m, nil
}

// NDCG is the normalised discounted cumulative gain at k of the order in which the estimate w
// (items × users) puts the ratings that a user gave, the mean over users with at least one,
//
//	DCG = Σ_{p=1…k} (2^s(p) − 1)/log₂(p+1),   NDCG = DCG/(the DCG of the best order),
//	s(p) = 1 + 4·(r(p) − lo)/(hi − lo),
//
// with r(p) the rating of the item in place p, and lo and hi the least and the largest rating in
// test. So s runs from 1 to 5 like five stars, whatever the units of the ratings are. Items with
// equal estimates stand in the order of their numbers. It is NaN if an estimate of a rating is NaN
// or k is below 1. Järvelin and Kekäläinen (2002), with the gain of Burges et al. (2005).
func NDCG(test *Observations, w *mat.Dense, k int) float64 {
	return ndcg(test, w, k, slices.Min(test.value), slices.Max(test.value))
}

// ndcg is NDCG with the gains of ratings from lo to hi.
func ndcg(test *Observations, w *mat.Dense, k int, lo, hi float64) float64 {
	users := test.transposed()
	type rated struct{ rating, estimate float64 }
	var items []rated
	dcg := func() (sum float64) {
		for p, item := range items[:min(k, len(items))] {
			stars := 1.0
			if hi > lo { // halves, since hi − lo may overflow
				stars += 4 * ((item.rating/2 - lo/2) / (hi/2 - lo/2))
			}
			sum += (math.Exp2(stars) - 1) / math.Log2(float64(p+2))
		}
		return sum
	}
	sum, count := 0.0, 0
	for j := range users.rows {
		items = items[:0]
		for at := users.start[j]; at < users.start[j+1]; at++ {
			x := w.At(int(users.col[at]), j)
			if math.IsNaN(x) || k < 1 {
				return math.NaN()
			}
			items = append(items, rated{users.value[at], x})
		}
		if len(items) == 0 {
			continue
		}
		slices.SortStableFunc(items, func(a, b rated) int { return cmp.Compare(b.estimate, a.estimate) })
		got := dcg()
		slices.SortStableFunc(items, func(a, b rated) int { return cmp.Compare(b.rating, a.rating) })
		sum += got / dcg() // at least one gain, and none below 1
		count++
	}
	return sum / float64(count)
}
