package catalog

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

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
	x := mat.NewDense(6, 4, nil)
	y := mat.NewDense(6, 3, nil)
	for k := range 24 {
		x.Set(k/4, k%4, float64(k*k%11)-5)
	}
	for k := range 18 {
		y.Set(k/3, k%3, float64(k*k%7)-3)
	}
	return append(all, Measurement{must(mc.NewRegression(x, y)), "a regression of 6 samples, 4 features and 3 outputs"},
		Measurement{must(mc.NewClasses(x, []int{0, 1, 2, 0, 1, 1}, 3)), "a classifier of 3 classes"})
}
