package mc_test

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Gradients that have long been large in one singular direction, and small in another: Shampoo
// moves as far in both, gradient descent does not.
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

// Shampoo does not know in which orthogonal bases a problem is written: with gradients U·G·V its
// steps are U·D·V. Adam's are not.
func TestShampooTurnsWithTheProblem(t *testing.T) {
	u, _, v := mc.NewPoint(matrix(4, 4, 8)).SVD()
	steps := func(o mc.Optimizer, turned bool) *mat.Dense {
		w := mat.NewDense(4, 4, nil)
		stepper := o.Start([]mc.Shape{{Rows: 4, Cols: 4}})
		for seed := range uint64(5) {
			g := matrix(4, 4, seed)
			if turned {
				g.Product(u, g, v)
			}
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		}
		return w
	}
	for _, c := range []struct {
		o    mc.Optimizer
		want bool
	}{{mc.Shampoo{}, true}, {mc.NormalizedGD{}, true}, {mc.Adagrad{}, false}, {mc.SignSGD{}, false}} {
		alone, turned := steps(c.o, false), steps(c.o, true)
		alone.Product(u, alone, v)
		if got := mat.EqualApprox(alone, turned, 1e-9); got != c.want {
			t.Errorf("%T turns with the problem: %v", c.o, got)
		}
	}
}
