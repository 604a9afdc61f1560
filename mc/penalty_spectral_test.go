package mc_test

import "projectpenalty/mc"

// The largest singular value moves alone.
func ExampleSpectral() {
	descent(mc.Spectral{}, 4, 2, 1)
	// Output:
	// R = 4.00, σ moves by -1.00 +0.00 +0.00
}
