package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Along a narrow valley, f = (x² + 60y²)/2, momentum is faster than gradient descent, and
// Nesterov's swings less.
func ExampleNesterov() {
	for _, optimizer := range []mc.Optimizer{
		mc.GD{LearningRate: 0.02}, mc.Momentum{LearningRate: 0.02,
			Beta: 0.8}, mc.Nesterov{LearningRate: 0.02, Beta: 0.8},
	} {
		w, g := mat.NewDense(1, 2, []float64{1, 1}), mat.NewDense(1, 2, nil)
		stepper := optimizer.Start([]mc.Shape{{Rows: 1, Cols: 2}})
		fmt.Printf("%-11T", optimizer)
		for k := 1; k <= 40; k++ {
			g.SetRow(0, []float64{w.At(0, 0), 60 * w.At(0, 1)})
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
			if k%10 == 0 {
				fmt.Printf("  %.3f %+.3f", w.At(0, 0), w.At(0, 1))
			}
		}
		fmt.Println()
	}
	// Output:
	// mc.GD        0.817 +0.000  0.668 +0.000  0.545 +0.000  0.446 +0.000
	// mc.Momentum  0.457 +0.369  0.055 +0.125  -0.029 +0.039  -0.016 +0.011
	// mc.Nesterov  0.429 +0.013  0.074 +0.000  -0.010 +0.000  -0.010 +0.000
}
