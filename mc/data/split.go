package data

import (
	"fmt"
	"math/rand/v2"

	"projectpenalty/mc"
)

// Split divides observations in two: the given fraction of them, drawn uniformly by the seed, to
// test on and the others to train on. As all divisions do, it keeps the names of rows and columns.
func Split(o *mc.Observations, fraction float64, seed uint64) (mc.Problem, error) {
	if !(fraction > 0 && fraction < 1) {
		return mc.Problem{}, fmt.Errorf("data: Split: the fraction is %v; it must be between 0 and 1", fraction)
	}
	if o.Len() < 2 {
		return mc.Problem{}, fmt.Errorf("data: Split: %d observations; it takes two to train on one and "+
			"test on one", o.Len())
	}
	mask, err := mc.SampleMask(1, o.Len(), kept(o.Len(), fraction), 0, seed)
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
	if a, err = a.WithIndex(o.RowIndex(), o.ColIndex()); err != nil {
		return mc.Problem{}, err
	}
	if b, err = b.WithIndex(o.RowIndex(), o.ColIndex()); err != nil {
		return mc.Problem{}, err
	}
	return mc.Problem{Train: a, Test: b}, nil
}

// KFold divides observations into k parts, drawn by the seed, whose sizes differ by one at most,
// and makes k problems: each tests on one part and trains on the others.
func KFold(o *mc.Observations, k int, seed uint64) ([]mc.Problem, error) {
	if k < 2 || k > o.Len() {
		return nil, fmt.Errorf("data: KFold: %d parts of %d observations; it must be from 2 to as many as "+
			"there are", k, o.Len())
	}
	order := rand.New(rand.NewPCG(seed, streamFolds)).Perm(o.Len())
	part := make([]int, o.Len())
	for n, at := range order {
		part[at] = n % k
	}
	return folds(o, k, part)
}

// KFoldPerColumn is [KFold] within each column: each part has its share of every user's ratings.
func KFoldPerColumn(o *mc.Observations, k int, seed uint64) ([]mc.Problem, error) {
	if k < 2 || k > o.Len() {
		return nil, fmt.Errorf("data: KFoldPerColumn: %d parts of %d observations; it must be from 2 to as "+
			"many as there are", k, o.Len())
	}
	rng := rand.New(rand.NewPCG(seed, streamFolds))
	_, cols := o.Dims()
	inColumn := make([][]int, cols)
	for n, e := range o.All() {
		inColumn[e.Col] = append(inColumn[e.Col], n)
	}
	part := make([]int, o.Len())
	// Dealing goes on from column to column, so that the parts have equal sizes on the whole too.
	dealt := 0
	for _, in := range inColumn {
		for _, n := range rng.Perm(len(in)) {
			part[in[n]] = dealt % k
			dealt++
		}
	}
	return folds(o, k, part)
}

// streamFolds keeps the random numbers of folds apart from those of masks with the same seed.
const streamFolds = 0x666f6c6473

func folds(o *mc.Observations, k int, part []int) ([]mc.Problem, error) {
	problems := make([]mc.Problem, k)
	for f := range problems {
		var train, test []mc.Entry
		for n, e := range o.All() {
			if part[n] == f {
				test = append(test, e)
			} else {
				train = append(train, e)
			}
		}
		var err error
		if problems[f], err = problem(o, train, test); err != nil {
			return nil, err
		}
	}
	return problems, nil
}

// Cold returns the rows and the columns, ascending, that have entries to test on and none to train
// on: items and users about which a method can know nothing.
func Cold(p mc.Problem) (rows, cols []int, err error) {
	train, ok := p.Train.(*mc.Observations)
	test, okTest := p.Test.(*mc.Observations)
	if !ok || !okTest {
		return nil, nil, fmt.Errorf("data: Cold: Problem.Train is %T and Problem.Test %T; both must be "+
			"*mc.Observations", p.Train, p.Test)
	}
	const tested, trained = 1, 2
	m, n := train.Dims()
	row, col := make([]int, m), make([]int, n)
	mark := func(o *mc.Observations, bit int) {
		for _, e := range o.All() {
			row[e.Row] |= bit
			col[e.Col] |= bit
		}
	}
	mark(train, trained)
	mark(test, tested)
	only := func(lines []int) (cold []int) {
		for i, bits := range lines {
			if bits == tested {
				cold = append(cold, i)
			}
		}
		return cold
	}
	return only(row), only(col), nil
}
