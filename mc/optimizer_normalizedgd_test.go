package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// The step is as long for a small gradient as for a large one, with a root mean square of the
// learning rate over the entries.
func ExampleNormalizedGD() {
	for _, size := range []float64{1, 1e-6} {
		w, g := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{3 * size, 0, 0, 4 * size})
		mc.NormalizedGD{LearningRate: 0.1}.Start([]mc.Shape{{Rows: 2,
			Cols: 2}}).Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%+.2f\n", w.RawMatrix().Data)
	}
	// Output:
	// [-0.12 +0.00 +0.00 -0.16]
	// [-0.12 +0.00 +0.00 -0.16]
}
