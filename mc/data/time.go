package data

import (
	"fmt"
	"math"
	"slices"

	"projectpenalty/mc"
)

// SplitByTime divides observations at a moment: those after it, about the given fraction of all,
// are to test on, and the earlier ones to train on. Observations of one time stay together, so the
// fraction is met as nearly as they allow. Time k is that of o.Values()[k].
func SplitByTime(o *mc.Observations, times []float64, fraction float64) (mc.Problem, error) {
	if !(fraction > 0 && fraction < 1) {
		return mc.Problem{}, fmt.Errorf("data: SplitByTime: the fraction is %v; it must be between 0 and 1", fraction)
	}
	if err := checkTimes("SplitByTime", o, times); err != nil {
		return mc.Problem{}, err
	}
	sorted := slices.Sorted(slices.Values(times))
	if sorted[0] == sorted[len(sorted)-1] {
		return mc.Problem{}, fmt.Errorf("data: SplitByTime: every observation has the time %v; there must be "+
			"two times", sorted[0])
	}
	// The moment is between sorted[cut−1] and sorted[cut], which differ.
	want := (1 - fraction) * float64(len(sorted))
	cut := 0
	for k := 1; k < len(sorted); k++ {
		if sorted[k-1] < sorted[k] && (cut == 0 || math.Abs(float64(k)-want) < math.Abs(float64(cut)-want)) {
			cut = k
		}
	}
	var train, test []mc.Entry
	for k, e := range o.All() {
		if times[k] < sorted[cut] {
			train = append(train, e)
		} else {
			test = append(test, e)
		}
	}
	return problem(o, train, test)
}

// An Axis is the rows or the columns of a matrix.
type Axis int

// PerRow treats each row by itself, PerColumn each column.
const (
	PerRow Axis = iota
	PerColumn
)

// LeaveLastOut tests on the last observation of each row or column, such as a user, and trains on
// the others. A single observation is trained on. Among several at the last time, the one that
// stands last in o is tested on.
func LeaveLastOut(o *mc.Observations, times []float64, axis Axis) (mc.Problem, error) {
	if axis != PerRow && axis != PerColumn {
		return mc.Problem{}, fmt.Errorf("data: LeaveLastOut: the axis is %d; it must be PerRow or PerColumn", axis)
	}
	if err := checkTimes("LeaveLastOut", o, times); err != nil {
		return mc.Problem{}, err
	}
	type last struct{ entry, count int }
	of := func(e mc.Entry) int {
		if axis == PerRow {
			return e.Row
		}
		return e.Col
	}
	rows, cols := o.Dims()
	lasts := make([]last, max(rows, cols))
	for k, e := range o.All() {
		l := &lasts[of(e)]
		if l.count == 0 || times[k] >= times[l.entry] {
			l.entry = k
		}
		l.count++
	}
	var train, test []mc.Entry
	for k, e := range o.All() {
		if l := lasts[of(e)]; l.count > 1 && l.entry == k {
			test = append(test, e)
		} else {
			train = append(train, e)
		}
	}
	if len(test) == 0 {
		return mc.Problem{}, fmt.Errorf("data: LeaveLastOut: none has two observations; it takes two to train " +
			"on one and test on one")
	}
	return problem(o, train, test)
}

func checkTimes(who string, o *mc.Observations, times []float64) error {
	if len(times) != o.Len() {
		return fmt.Errorf("data: %s: there are %d times of %d observations; their numbers must be equal", who,
			len(times), o.Len())
	}
	for k, t := range times {
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return fmt.Errorf("data: %s: time %d is %v; it must be finite", who, k, t)
		}
	}
	return nil
}
