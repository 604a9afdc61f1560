package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Every entry moves by the learning rate, however small its gradient; an entry without one stays.
func ExampleSignSGD() {
	for _, optimizer := range []mc.Optimizer{mc.GD{LearningRate: 0.1}, mc.SignSGD{LearningRate: 0.1}} {
		w, g := mat.NewDense(1, 4, nil), mat.NewDense(1, 4, []float64{5, -1, 1e-6, 0})
		optimizer.Start([]mc.Shape{{Rows: 1, Cols: 4}}).Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%-10T %+.2f\n", optimizer, w.RawRowView(0))
	}
	// Output:
	// mc.GD      [-0.50 +0.10 -0.00 +0.00]
	// mc.SignSGD [-0.10 +0.10 -0.10 +0.00]
}
