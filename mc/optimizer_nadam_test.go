package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// With the look-ahead the swing beyond the minimum, which momentum makes, is smaller.
func ExampleNAdam() {
	for _, optimizer := range []mc.Optimizer{mc.Adam{LearningRate: 0.1}, mc.NAdam{LearningRate: 0.1}} {
		w, g := mat.NewDense(1, 1, []float64{1}), mat.NewDense(1, 1, nil)
		stepper := optimizer.Start([]mc.Shape{{Rows: 1, Cols: 1}})
		lowest := 0.0
		for range 100 {
			g.Copy(w)
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
			lowest = min(lowest, w.At(0, 0))
		}
		fmt.Printf("%-8T from 1 down to %.2f\n", optimizer, lowest)
	}
	// Output:
	// mc.Adam  from 1 down to -0.27
	// mc.NAdam from 1 down to -0.07
}
