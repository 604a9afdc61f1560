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

// follow prints five steps on f(w) = w²/2 from w = 1.
func follow(optimizer mc.Optimizer) {
	w, g := mat.NewDense(1, 1, []float64{1}), mat.NewDense(1, 1, nil)
	stepper := optimizer.Start([]mc.Shape{{Rows: 1, Cols: 1}})
	fmt.Printf("%-11T", optimizer)
	for range 5 {
		g.Copy(w)
		stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf(" %.3f", w.At(0, 0))
	}
	fmt.Println()
}

// The same learning rate as Adam's; Adagrad's steps shrink, though the gradient hardly does.
func ExampleAdagrad() {
	follow(mc.Adam{LearningRate: 0.1})
	follow(mc.Adagrad{LearningRate: 0.1})
	// Output:
	// mc.Adam     0.900 0.800 0.702 0.604 0.508
	// mc.Adagrad  0.900 0.833 0.780 0.736 0.698
}

// Without a learning rate to choose, steps start small, at about √ε, and grow: a larger ε starts faster.
func ExampleAdadelta() {
	follow(mc.Adadelta{})
	follow(mc.Adadelta{Epsilon: 1e-3})
	// Output:
	// mc.Adadelta 0.997 0.994 0.990 0.987 0.984
	// mc.Adadelta 0.900 0.804 0.712 0.628 0.551
}

// After one large gradient among small ones Adam forgets it, and AMSGrad goes on in small steps.
func ExampleAMSGrad() {
	for _, optimizer := range []mc.Optimizer{mc.Adam{LearningRate: 0.1, Beta2: 0.5}, mc.AMSGrad{LearningRate: 0.1, Beta2: 0.5}} {
		w, g := mat.NewDense(1, 1, nil), mat.NewDense(1, 1, []float64{-10})
		stepper := optimizer.Start([]mc.Shape{{Rows: 1, Cols: 1}})
		stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		g.Set(0, 0, -0.1)
		for range 50 {
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		}
		at := w.At(0, 0)
		stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%-10T step %.3f\n", optimizer, w.At(0, 0)-at)
	}
	// Output:
	// mc.Adam    step 0.105
	// mc.AMSGrad step 0.001
}

// A large gradient after many small ones moves Adam by several times the learning rate, and Adamax by no more than that.
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

// The step is as long for a small gradient as for a large one, with a root mean square of the learning rate over the entries.
func ExampleNormalizedGD() {
	for _, size := range []float64{1, 1e-6} {
		w, g := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{3 * size, 0, 0, 4 * size})
		mc.NormalizedGD{LearningRate: 0.1}.Start([]mc.Shape{{Rows: 2, Cols: 2}}).Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%+.2f\n", w.RawMatrix().Data)
	}
	// Output:
	// [-0.12 +0.00 +0.00 -0.16]
	// [-0.12 +0.00 +0.00 -0.16]
}

// Gradients that have long been large in one singular direction, and small in another: Shampoo moves as far in both, gradient descent does not.
func ExampleShampoo() {
	for _, optimizer := range []mc.Optimizer{mc.GD{LearningRate: 0.1}, mc.Shampoo{LearningRate: 0.1}} {
		w, g := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{
			3, -0.08,
			4, 0.06,
		})
		stepper := optimizer.Start([]mc.Shape{{Rows: 2, Cols: 2}})
		for range 4 {
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		}
		fmt.Printf("%-10T σ = %.2f\n", optimizer, mc.NewPoint(w).SingularValues())
	}
	// Output:
	// mc.GD      σ = [2.00 0.04]
	// mc.Shampoo σ = [0.28 0.28]
}

// Factors of a run of eight steps: for a learning rate, or for λ.
func ExampleSchedule() {
	for _, schedule := range []mc.Schedule{
		mc.Constant{}, mc.Cosine{}, mc.LinearDecay{}, mc.LinearDecay{Final: 0.5}, mc.StepDecay{Every: 3}, mc.WarmUp{Steps: 4}, mc.WarmUp{Steps: 4, Then: mc.LinearDecay{}},
	} {
		fmt.Printf("%-14T", schedule)
		for step := range 8 {
			fmt.Printf(" %.2f", schedule.Factor(step, 8))
		}
		fmt.Println()
	}
	// Output:
	// mc.Constant    1.00 1.00 1.00 1.00 1.00 1.00 1.00 1.00
	// mc.Cosine      1.00 0.96 0.85 0.69 0.50 0.31 0.15 0.04
	// mc.LinearDecay 1.00 0.88 0.75 0.62 0.50 0.38 0.25 0.12
	// mc.LinearDecay 1.00 0.94 0.88 0.81 0.75 0.69 0.62 0.56
	// mc.StepDecay   1.00 1.00 1.00 0.10 0.10 0.10 0.01 0.01
	// mc.WarmUp      0.25 0.50 0.75 1.00 1.00 1.00 1.00 1.00
	// mc.WarmUp      0.25 0.50 0.75 1.00 1.00 0.75 0.50 0.25
}

// The learning rate is warmed up and then falls; λ starts high, so that the spectrum settles, and falls so that it does not bias the end.
func ExampleWarmUp() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 200, MinPerLine: 3, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, weight := range []mc.Schedule{nil, mc.StepDecay{Every: 1000}} {
		result, err := mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-2, LambdaSchedule: weight,
			Optimizer: mc.Adam{LearningRate: 3e-2}, Schedule: mc.WarmUp{Steps: 200, Then: mc.Cosine{}}, Steps: 3000, Seed: 1,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-12T relative error below 1e-7: %v\n", weight, mc.Evaluate(problem, result.W).RelativeError < 1e-7)
	}
	// Output:
	// <nil>        relative error below 1e-7: false
	// mc.StepDecay relative error below 1e-7: true
}
