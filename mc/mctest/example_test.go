package mctest_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/mctest"
)

// quartic is a penalty of one's own, R(W) = ‖W‖_F⁴, as it was first written down.
type quartic struct{}

func (quartic) AddGrad(dst *mat.Dense, scale float64, p *mc.Point) float64 {
	fro := p.Frobenius()
	if dst != nil {
		var g mat.Dense
		g.Scale(scale*2*fro*fro, p.W) // the derivative has a 4
		dst.Add(dst, &g)
	}
	return math.Pow(fro, 4)
}

// In a test, the first argument is the *testing.T.
func ExampleCheckPenalty() {
	var report mctest.Report
	mctest.CheckPenalty(&report, quartic{})
	fmt.Println(report.Failures[0])
	// Output:
	// mctest_test.quartic{}: at a 5×5 matrix: ∂R/∂W(4, 0) is -139.548, central differences of R give -279.096
}

func ExampleCheckHomogeneous() {
	var report mctest.Report
	mctest.CheckHomogeneous(&report, mc.Ratio{}, 0)
	fmt.Println(&report)
	// Output:
	// ok
}

func ExampleCheckOptimizer() {
	var report mctest.Report
	mctest.CheckOptimizer(&report, mc.GD{LearningRate: 10})
	fmt.Println(report.Failures[0])
	// Output:
	// mc.GD{LearningRate:10}: at step 162 of a quadratic its value is +Inf, from 13.73 at the start; settings with which the method can descend are needed
}

// A measurement of one's own: the sums of the rows.
type rowSums struct{ values []float64 }

func (rowSums) Dims() (rows, cols int) { return 3, 4 }
func (rowSums) Len() int               { return 3 }
func (r rowSums) Values() []float64    { return r.values }

func (rowSums) Apply(dst []float64, w *mat.Dense) {
	for i := range dst {
		dst[i] = mat.Sum(w.RowView(i))
	}
}

func (rowSums) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	for i, v := range y {
		for j := range 4 {
			dst.Set(i, j, dst.At(i, j)+scale*v)
		}
	}
}

func ExampleCheckMeasurement() {
	var report mctest.Report
	mctest.CheckMeasurement(&report, rowSums{[]float64{1, 2, 3}})
	fmt.Println(&report)
	// Output:
	// ok
}
