package data

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Hide makes a completion problem of a matrix: the given fraction of its entries is hidden, drawn
// uniformly by the seed (see [mc.SampleMask]); training sees the others, and the matrix is the
// truth to judge by. At least one entry is hidden and one is observed. All entries must be finite;
// for a matrix with unknown ones make [mc.Observations], and [Split] them.
func Hide(w mat.Matrix, fraction float64, seed uint64) (mc.Problem, error) {
	rows, cols := w.Dims()
	size := rows * cols
	if !(fraction > 0 && fraction < 1) {
		return mc.Problem{}, fmt.Errorf("data: Hide: the fraction is %v; it must be between 0 and 1", fraction)
	}
	if size < 2 {
		return mc.Problem{}, fmt.Errorf("data: Hide: the matrix is %d×%d; it takes two entries to hide one and "+
			"see one", rows, cols)
	}
	mask, err := mc.SampleMask(rows, cols, kept(size, fraction), 0, seed)
	if err != nil {
		return mc.Problem{}, err
	}
	entries := make([]mc.Entry, len(mask))
	for k, at := range mask {
		entries[k] = mc.Entry{Row: at / cols, Col: at % cols, Value: w.At(at/cols, at%cols)}
	}
	train, err := mc.NewObservations(rows, cols, entries)
	if err != nil {
		return mc.Problem{}, err
	}
	p := mc.Problem{Train: train, Truth: mat.DenseCopyOf(w)}
	return p, p.Validate()
}

// kept is the number of entries out of size that remain observed when a fraction is hidden.
func kept(size int, fraction float64) int {
	return min(max(size-int(math.Round(fraction*float64(size))), 1), size-1)
}
