package mc_test

import "projectpenalty/mc"

// Without a learning rate to choose, steps start small, at about √ε, and grow: a larger ε starts
// faster.
func ExampleAdadelta() {
	follow(mc.Adadelta{})
	follow(mc.Adadelta{Epsilon: 1e-3})
	// Output:
	// mc.Adadelta 0.997 0.994 0.990 0.987 0.984
	// mc.Adadelta 0.900 0.804 0.712 0.628 0.551
}
