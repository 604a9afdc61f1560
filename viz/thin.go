package viz

import (
	"math"
	"slices"
)

// Lines are drawn from at most this many points; more are thinned so that no spike is lost. A
// picture, which has no zoom, takes that many in all of its lines together, and 500 in one.
const (
	mostPoints    = 2000
	picturePoints = 1600
)

// thin keeps at most limit points of a line: the first, the last, and of each stretch its smallest
// and its largest value and a gap, in their order, so that neither a spike nor a gap is lost.
func thin(x, y []float64, limit int) (tx, ty []float64) {
	n := len(x)
	if n <= limit {
		return x, y
	}
	gap := func(k int) bool { return math.IsNaN(y[k]) || math.IsInf(y[k], 0) }
	most := 2 // kept of a stretch
	for k := range y {
		if gap(k) {
			most = 3
			break
		}
	}
	keep := func(k int) { tx, ty = append(tx, x[k]), append(ty, y[k]) }
	keep(0)
	stretches := (limit - 2) / most
	for s := range stretches {
		from, to := 1+s*(n-2)/stretches, 1+(s+1)*(n-2)/stretches
		lo, hi, none := -1, -1, -1
		for k := from; k < to; k++ {
			switch {
			case gap(k):
				none = k
				continue
			case lo < 0:
				lo, hi = k, k
			}
			if y[k] < y[lo] {
				lo = k
			}
			if y[k] > y[hi] {
				hi = k
			}
		}
		kept := []int{lo, hi, none}
		slices.Sort(kept)
		for _, k := range slices.Compact(kept) {
			if k >= 0 {
				keep(k)
			}
		}
	}
	keep(n - 1)
	return tx, ty
}

// widest keeps at most limit points of a band: of each stretch the lowest of its lower end and the
// highest of its upper one, and a gap, at which both are NaN, if it has one.
func widest(x, low, high []float64, limit int) (tx, tl, th []float64) {
	n := len(x)
	if n <= limit {
		return x, low, high
	}
	if slices.ContainsFunc(low, math.IsNaN) {
		limit = max(1, limit/2)
	}
	keep := func(x, low, high float64) { tx, tl, th = append(tx, x), append(tl, low), append(th, high) }
	for s := range limit {
		from, to := s*n/limit, (s+1)*n/limit
		gap, middle := -1, (from+to)/2
		lowest, highest := math.Inf(1), math.Inf(-1)
		for k := from; k < to; k++ {
			if math.IsNaN(low[k]) {
				gap = k
				continue
			}
			lowest, highest = min(lowest, low[k]), max(highest, high[k])
		}
		if gap >= 0 && gap < middle {
			keep(x[gap], math.NaN(), math.NaN())
		}
		if lowest <= highest {
			keep(x[middle], lowest, highest)
		}
		if gap >= middle {
			keep(x[gap], math.NaN(), math.NaN())
		}
	}
	return tx, tl, th
}
