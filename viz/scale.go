package viz

import (
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"
)

// A Scale says how the numbers of a [Heatmap] become colours. The zero value spans the finite
// values of the matrix.
type Scale struct {
	// Min and Max are the ends; values beyond them take the colour of the end. Both zero: the range
	// of the values.
	Min, Max float64
	// Diverging has a neutral colour at zero, and ends symmetric about it: for differences.
	Diverging bool
	// Unit of the values, for the legend.
	Unit string
}

// Shared returns the scale that spans all the matrices, so that their heat maps compare. A nil one
// counts as empty.
func Shared(unit string, matrices ...mat.Matrix) Scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, w := range matrices {
		e := extentOf(w)
		lo, hi = min(lo, e.lo), max(hi, e.hi)
	}
	if lo > hi {
		lo, hi = 0, 0
	}
	return Scale{Min: lo, Max: hi, Unit: unit}
}

// isNil reports whether there is no matrix. The interface may hold a nil *mat.Dense, such as the
// ground truth of a problem that has none.
func isNil(w mat.Matrix) bool {
	v := reflect.ValueOf(w)
	return w == nil || v.Kind() == reflect.Pointer && v.IsNil()
}

// An extent is the range of the finite entries of a matrix, lo > hi if there are none, and the
// numbers of the others: those that are NaN, which stands for unknown, and those that are infinite.
type extent struct {
	lo, hi            float64
	unknown, infinite int
}

func extentOf(w mat.Matrix) extent {
	e := extent{lo: math.Inf(1), hi: math.Inf(-1)}
	if isNil(w) {
		return e
	}
	rows, cols := w.Dims()
	for i := range rows {
		for j := range cols {
			switch x := w.At(i, j); {
			case math.IsNaN(x):
				e.unknown++
			case math.IsInf(x, 0):
				e.infinite++
			default:
				e.lo, e.hi = min(e.lo, x), max(e.hi, x)
			}
		}
	}
	return e
}
