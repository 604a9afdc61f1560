package mc_test

import "projectpenalty/mc"

// Decay by a factor: the larger a singular value, the more it moves.
func ExampleSquaredFrobenius() {
	descent(mc.SquaredFrobenius{}, 4, 2, 1)
	// Output:
	// R = 21.00, σ moves by -8.00 -4.00 -2.00
}
