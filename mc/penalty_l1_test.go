package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Of two matrices of rank one, L1 prefers the one whose entries are few; a spectral penalty knows
// no difference.
func ExampleL1() {
	spread := mat.NewDense(2, 2, []float64{1, 1, 1, 1})
	single := mat.NewDense(2, 2, []float64{2, 0, 0, 0})
	for _, penalty := range []mc.Penalty{mc.L1{}, mc.Nuclear{}} {
		fmt.Printf("%-10T %.0f and %.0f\n", penalty, penalty.Value(mc.NewPoint(spread)),
			penalty.Value(mc.NewPoint(single)))
	}
	// Output:
	// mc.L1      4 and 2
	// mc.Nuclear 2 and 2
}
