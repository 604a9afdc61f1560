package mc_test

import (
	"fmt"

	"projectpenalty/mc"
)

// Normalised, a penalty neither shrinks nor stretches: what it takes from some singular values it
// gives to others. That of the nuclear norm is the ratio.
func ExampleNormalized() {
	descent(mc.Nuclear{}, 4, 3)
	descent(mc.Normalized(mc.Nuclear{}), 4, 3)
	descent(mc.Ratio{}, 4, 3)
	err := mc.DeepMF{Depth: 1, Penalty: mc.Normalized(mc.Sum(mc.L1{}, mc.SquaredFrobenius{})),
		Lambda: 1}.Validate()
	fmt.Println(err)
	// Output:
	// R = 7.00, σ moves by -1.00 -1.00
	// R = 1.40, σ moves by +0.02 -0.03
	// R = 1.40, σ moves by +0.02 -0.03
	// mc: mc.Normalized(mc.Sum(mc.L1{}, mc.SquaredFrobenius{})): the Penalty is neither spectral nor known to be homogeneous; give its type a method Degree() float64 with R(cW) = |c|^Degree·R(W)
}
