package mc_test

import "projectpenalty/mc"

// A penalty is a tenth of another.
func ExampleTimes() {
	descent(mc.Times(0.1, mc.Nuclear{}), 4, 3)
	// Output:
	// R = 0.70, σ moves by -0.10 -0.10
}
