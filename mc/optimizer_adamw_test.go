package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Without a gradient AdamW still decays its parameters, by η·λ a step.
func ExampleAdamW() {
	w, g := mat.NewDense(1, 2, []float64{1, -2}), mat.NewDense(1, 2, nil)
	stepper := mc.AdamW{LearningRate: 0.1, WeightDecay: 0.5}.Start([]mc.Shape{{Rows: 1, Cols: 2}})
	for range 3 {
		stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%.4f\n", w.RawRowView(0))
	}
	// Output:
	// [0.9500 -1.9000]
	// [0.9025 -1.8050]
	// [0.8574 -1.7147]
}
