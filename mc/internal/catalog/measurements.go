package catalog

import (
	"fmt"

	"projectpenalty/mc"
)

// A Measurement and what to call it.
type Measurement struct {
	mc.Measurement
	Name string
}

// Measurements returns all, of a wide matrix, a tall one, and a number.
func Measurements() []Measurement {
	var all []Measurement
	for _, l := range []mc.LowRank{
		{Rows: 5, Cols: 8, Rank: 2, Observed: 19, Seed: 1},
		{Rows: 9, Cols: 4, Rank: 1, Observed: 11, Seed: 2},
		{Rows: 1, Cols: 1, Rank: 1, Observed: 1, Seed: 3},
	} {
		for _, problem := range []func() (mc.Problem, error){l.Problem, l.Sensing, l.StreamedSensing} {
			m := must(problem()).Train
			all = append(all, Measurement{m, fmt.Sprintf("%T of a %d×%d matrix", m, l.Rows, l.Cols)})
		}
	}
	return all
}
