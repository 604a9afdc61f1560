package mc_test

import "projectpenalty/mc"

// The nuclear norm less the Frobenius norm is 0 at rank one, whatever the size.
func ExampleSum() {
	penalty := mc.Sum(mc.Nuclear{}, mc.Times(-1, mc.Frobenius{}))
	descent(penalty, 4, 0)
	descent(penalty, 4, 3)
	// Output:
	// R = 0.00, σ moves by +0.00 +0.00
	// R = 2.00, σ moves by -0.20 -0.40
}
