package mc_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Along a narrow valley, f = (x² + 60y²)/2, momentum is faster than gradient descent, and Nesterov's swings less.
func ExampleNesterov() {
	for _, optimizer := range []mc.Optimizer{
		mc.GD{LearningRate: 0.02}, mc.Momentum{LearningRate: 0.02, Beta: 0.8}, mc.Nesterov{LearningRate: 0.02, Beta: 0.8},
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

// With the ratio as the penalty Adam completes this matrix, and gradient descent does not at the same learning rate. Is that owed to Adam's rescaling of entries? ScalarAdam has
// all of Adam but that, and completes it too.
func ExampleScalarAdam() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 200, MinPerLine: 3, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, optimizer := range []mc.Optimizer{mc.GD{LearningRate: 3e-2}, mc.ScalarAdam{LearningRate: 3e-2}, mc.Adam{LearningRate: 3e-2}} {
		result, err := mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-2, Optimizer: optimizer, Schedule: mc.Cosine{}, Steps: 3000, Seed: 1,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-14T relative error below 2 %%: %v\n", optimizer, mc.Evaluate(problem, result.W).RelativeError < 0.02)
	}
	// Output:
	// mc.GD          relative error below 2 %: false
	// mc.ScalarAdam  relative error below 2 %: true
	// mc.Adam        relative error below 2 %: true
}

// Adam moves every entry by the learning rate at first, towards the signs of the gradient; in another basis it moves by as much in the mean, elsewhere.
func ExampleRotatedAdam() {
	for _, optimizer := range []mc.Optimizer{mc.Adam{LearningRate: 0.1}, mc.RotatedAdam{LearningRate: 0.1, Seed: 1}, mc.RotatedAdam{LearningRate: 0.1, Seed: 2}} {
		w, g := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{
			1, 2,
			3, -4,
		})
		optimizer.Start([]mc.Shape{{Rows: 2, Cols: 2}}).Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%-14T %+.3f, ‖W‖_F = %.3f\n", optimizer, w.RawMatrix().Data, mat.Norm(w, 2))
	}
	// Output:
	// mc.Adam        [-0.100 -0.100 -0.100 +0.100], ‖W‖_F = 0.200
	// mc.RotatedAdam [+0.018 -0.069 -0.047 +0.181], ‖W‖_F = 0.200
	// mc.RotatedAdam [-0.089 +0.026 -0.170 +0.050], ‖W‖_F = 0.200
}

// A gradient with the singular values 5 and 0.1: gradient descent moves W in these proportions, SpectralDescent as far in one direction as in the other.
func ExampleSpectralDescent() {
	for _, optimizer := range []mc.Optimizer{mc.GD{LearningRate: 0.1}, mc.SpectralDescent{LearningRate: 0.1}, mc.SpectralDescent{LearningRate: 0.1, Smoothing: 0.1}} {
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
