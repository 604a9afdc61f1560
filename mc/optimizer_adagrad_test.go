package mc_test

import "projectpenalty/mc"

// The same learning rate as Adam's; Adagrad's steps shrink, though the gradient hardly does.
func ExampleAdagrad() {
	follow(mc.Adam{LearningRate: 0.1})
	follow(mc.Adagrad{LearningRate: 0.1})
	// Output:
	// mc.Adam     0.900 0.800 0.702 0.604 0.508
	// mc.Adagrad  0.900 0.833 0.780 0.736 0.698
}
