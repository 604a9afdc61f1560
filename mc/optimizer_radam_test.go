package mc_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// The first five steps by default are those of momentum, of the size of the gradient; the sixth
// adapts.
func TestRAdamWarmsUp(t *testing.T) {
	step := func(g float64) []float64 {
		w := mat.NewDense(1, 1, nil)
		run := mc.RAdam{}.Start([]mc.Shape{{Rows: 1, Cols: 1}})
		var moved []float64
		for range 6 {
			before := w.At(0, 0)
			run.Step([]*mat.Dense{w}, []*mat.Dense{mat.NewDense(1, 1, []float64{g})})
			moved = append(moved, before-w.At(0, 0))
		}
		return moved
	}
	small, large := step(1), step(1000)
	for k := range 5 {
		if math.Abs(large[k]-1000*small[k]) > rounding || math.Abs(small[k]-1e-3) > lastDigits*1e-3 {
			t.Errorf("step %d moves by %v and %v; before it adapts it is η·G", k+1, small[k], large[k])
		}
	}
	// ε = 1e-8 beside √S makes 1.3e-7 of the smaller one.
	if math.Abs(large[5]/small[5]-1) > 1e-6 {
		t.Errorf("step 6 moves by %v and %v; it does not depend on the size of G", small[5], large[5])
	}
}

// Adam's first step is the learning rate, whatever the gradient; that of RAdam is not.
func ExampleRAdam() {
	for _, optimizer := range []mc.Optimizer{mc.Adam{LearningRate: 0.1}, mc.RAdam{LearningRate: 0.1}} {
		w := mat.NewDense(1, 2, nil)
		g := mat.NewDense(1, 2, []float64{1, 0.01})
		optimizer.Start([]mc.Shape{{Rows: 1, Cols: 2}}).Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%-8T %.3f\n", optimizer, w.RawRowView(0))
	}
	// Output:
	// mc.Adam  [-0.100 -0.100]
	// mc.RAdam [-0.100 -0.001]
}
