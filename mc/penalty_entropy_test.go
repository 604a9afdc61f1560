package mc_test

import (
	"fmt"

	"projectpenalty/mc"
)

// The effective rank is exp R: about 2 for two large singular values and a small one, which the
// gradient pushes down hardest.
func ExampleEntropy() {
	fmt.Printf("effective rank %.2f\n", mc.EffectiveRank([]float64{1, 1, 0.01}))
	descent(mc.Entropy{}, 1, 1, 0.01)
	descent(mc.Ratio{}, 1, 1, 0.01)
	// Output:
	// effective rank 2.06
	// R = 0.72, σ moves by +0.01 +0.01 -2.28
	// R = 1.42, σ moves by +0.00 +0.00 -0.70
}
