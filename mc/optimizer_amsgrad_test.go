package mc_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// After one large gradient among small ones Adam forgets it, and AMSGrad goes on in small steps.
func ExampleAMSGrad() {
	for _, optimizer := range []mc.Optimizer{mc.Adam{LearningRate: 0.1, Beta2: 0.5},
		mc.AMSGrad{LearningRate: 0.1, Beta2: 0.5}} {
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
