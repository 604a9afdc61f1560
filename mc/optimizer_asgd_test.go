package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// On f(w) = w²/2 with noise ±1 in the gradient iterates stay noisy; their average does not.
func ExampleASGD() {
	w := []*mat.Dense{mat.NewDense(1, 1, []float64{1})}
	run := mc.ASGD{LearningRate: 0.5, Decay: mc.Zero, T0: 20}.Start([]mc.Shape{{Rows: 1, Cols: 1}})
	for t := range 1000 {
		g := w[0].At(0, 0) + float64(1-2*(t%2))
		run.Step(w, []*mat.Dense{mat.NewDense(1, 1, []float64{g})})
	}
	average := run.(*mc.ASGDState).Average(0)
	fmt.Printf("iterate %.3f, average %.3f\n", w[0].At(0, 0), average[0])
	// Output:
	// iterate 0.333, average 0.000
}
