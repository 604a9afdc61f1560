package linalg

import "math"

// Quantile returns the q-quantile of ascending values, q from 0 to 1, interpolated linearly between
// order statistics (Hyndman and Fan 1996, definition 7): 0.5 is the median. Infinite values count
// as numbers.
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i >= len(sorted)-1 || sorted[i] == sorted[i+1] {
		return sorted[i]
	}
	fraction := at - float64(i)
	if fraction == 0 || math.IsInf(sorted[i], -1) { // −∞ + ∞ would be NaN
		return sorted[i]
	}
	return sorted[i] + fraction*(sorted[i+1]-sorted[i])
}
