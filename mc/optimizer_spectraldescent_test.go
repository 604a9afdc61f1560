package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// A gradient with the singular values 5 and 0.1: gradient descent moves W in these proportions,
// SpectralDescent as far in one direction as in the other.
func ExampleSpectralDescent() {
	for _, optimizer := range []mc.Optimizer{mc.GD{LearningRate: 0.1},
		mc.SpectralDescent{LearningRate: 0.1}, mc.SpectralDescent{LearningRate: 0.1, Smoothing: 0.1}} {
		w, g := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{
			3, -0.08,
			4, 0.06,
		})
		optimizer.Start([]mc.Shape{{Rows: 2, Cols: 2}}).Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%-18T σ = %.3f\n", optimizer, mc.NewPoint(w).SingularValues())
	}
	// Output:
	// mc.GD              σ = [0.500 0.010]
	// mc.SpectralDescent σ = [0.100 0.100]
	// mc.SpectralDescent σ = [0.100 0.020]
}
