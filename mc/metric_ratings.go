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
// to hi, on ratings that were held out. It panics if the shapes differ, as gonum does.
func EvaluateRatings(test *Observations, w *mat.Dense, lo, hi float64) RatingMetrics {
	if r, c := w.Dims(); r != test.rows || c != test.cols {
		panic(fmt.Sprintf("mc: EvaluateRatings: the estimate is %d×%d, the ratings %d×%d",
			r, c, test.rows, test.cols))
	}
	m := RatingMetrics{NDCG10: NDCG(test, w, 10)}
	n := float64(test.Len())
	for _, e := range test.All() {
		d := min(max(w.At(e.Row, e.Col), lo), hi) - e.Value
		m.RMSE += d * d / n
		m.MAE += math.Abs(d) / n
	}
	m.RMSE = math.Sqrt(m.RMSE)
	return m
}

// NDCG is the normalised discounted cumulative gain at k of the order in which the estimate w
// (items × users) puts the ratings that a user gave, the mean over users with at least one,
//
//	DCG = Σ_{p=1…k} (2^r(p) − 1)/log₂(p+1),   NDCG = DCG/(the DCG of the best order),
//
// with r(p) the rating of the item in place p. Items with equal estimates stand in the order of
// their numbers. A user for whom the best is 0 counts as 1. Järvelin and Kekäläinen (2002), with
// the gain of Burges et al. (2005).
func NDCG(test *Observations, w *mat.Dense, k int) float64 {
	users := test.transposed()
	type rated struct{ rating, estimate float64 }
	var items []rated
	dcg := func() (sum float64) {
		for p, item := range items[:min(k, len(items))] {
			sum += (math.Exp2(item.rating) - 1) / math.Log2(float64(p+2))
		}
		return sum
	}
	sum, count := 0.0, 0
	for j := range users.rows {
		items = items[:0]
		for at := users.start[j]; at < users.start[j+1]; at++ {
			items = append(items, rated{users.value[at], w.At(int(users.col[at]), j)})
		}
		if len(items) == 0 {
			continue
		}
		slices.SortStableFunc(items, func(a, b rated) int { return cmp.Compare(b.estimate, a.estimate) })
		got := dcg()
		slices.SortStableFunc(items, func(a, b rated) int { return cmp.Compare(b.rating, a.rating) })
		if best := dcg(); best > 0 {
			sum += got / best
		} else {
			sum++
		}
		count++
	}
	return sum / float64(count)
}
