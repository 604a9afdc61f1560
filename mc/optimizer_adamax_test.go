package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// A large gradient after many small ones moves Adam by several times the learning rate, and Adamax
// by no more than that.
func ExampleAdamax() {
	for _, optimizer := range []mc.Optimizer{mc.Adam{LearningRate: 0.1}, mc.Adamax{LearningRate: 0.1}} {
		w, g := mat.NewDense(1, 1, nil), mat.NewDense(1, 1, []float64{1e-6})
		stepper := optimizer.Start([]mc.Shape{{Rows: 1, Cols: 1}})
		for range 1000 {
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		}
		g.Set(0, 0, -1)
		fmt.Printf("%-9T", optimizer)
		for range 5 {
			at := w.At(0, 0)
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
			fmt.Printf(" %.3f", w.At(0, 0)-at)
		}
		fmt.Println()
	}
	// Output:
	// mc.Adam   0.252 0.338 0.394 0.433 0.462
	// mc.Adamax 0.010 0.019 0.027 0.034 0.041
}
