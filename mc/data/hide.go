package data

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Hide makes a completion problem of a matrix: the given fraction of its entries is hidden, drawn uniformly by the seed
// (see [mc.SampleMask]); training sees the others, and the matrix is the truth to judge by. At least one entry is hidden
// and one is seen. All entries must be finite; of a matrix with unknown ones make [mc.Observations], and [Split] them.
func Hide(w mat.Matrix, fraction float64, seed uint64) (mc.Problem, error) {
	rows, cols := w.Dims()
	size := rows * cols
	if !(fraction > 0 && fraction < 1) {
		return mc.Problem{}, fmt.Errorf("data: Hide: the fraction is %v; it must be between 0 and 1", fraction)
	}
	if size < 2 {
		return mc.Problem{}, fmt.Errorf("data: Hide: the matrix is %d×%d; it takes two entries to hide one and see one", rows, cols)
	}
	mask, err := mc.SampleMask(rows, cols, seen(size, fraction), 0, seed)
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

// Split divides observations in two: the given fraction of them, drawn uniformly by the seed, to test on and the others to
// train on.
func Split(o *mc.Observations, fraction float64, seed uint64) (mc.Problem, error) {
	if !(fraction > 0 && fraction < 1) {
		return mc.Problem{}, fmt.Errorf("data: Split: the fraction is %v; it must be between 0 and 1", fraction)
	}
	if o.Len() < 2 {
		return mc.Problem{}, fmt.Errorf("data: Split: %d observations; it takes two to train on one and test on one", o.Len())
	}
	mask, err := mc.SampleMask(1, o.Len(), seen(o.Len(), fraction), 0, seed)
	if err != nil {
		return mc.Problem{}, err
	}
	var train, test []mc.Entry
	for k, e := range o.All() {
		if len(mask) > 0 && mask[0] == k {
			train, mask = append(train, e), mask[1:]
		} else {
			test = append(test, e)
		}
	}
	return problem(o, train, test)
}

// problem trains on some entries of o and tests on others.
func problem(o *mc.Observations, train, test []mc.Entry) (mc.Problem, error) {
	rows, cols := o.Dims()
	a, err := mc.NewObservations(rows, cols, train)
	if err != nil {
		return mc.Problem{}, err
	}
	b, err := mc.NewObservations(rows, cols, test)
	if err != nil {
		return mc.Problem{}, err
	}
	return mc.Problem{Train: a, Test: b}, nil
}

// seen is the number of entries out of size that are left when a fraction is hidden.
func seen(size int, fraction float64) int {
	return min(max(size-int(math.Round(fraction*float64(size))), 1), size-1)
}
