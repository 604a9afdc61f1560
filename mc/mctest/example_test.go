package mctest_test

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/mctest"
)

// quartic is a penalty of one's own, R(W) = ‖W‖_F⁴, as it was first written down.
type quartic struct{}

func (quartic) Value(p *mc.Point) float64 { return math.Pow(p.Frobenius(), 4) }

func (quartic) AddGradient(dst *mat.Dense, scale float64, p *mc.Point) {
	mc.AddScaled(dst, scale*2*p.Frobenius()*p.Frobenius(), p.W) // the derivative has a 4
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

// rowMeans is a solver of one's own: it estimates an entry by the mean of those that are observed
// in its row.
type rowMeans struct{}

func (s rowMeans) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	return mc.Iterate(ctx, s, p, mc.Direct(s.estimate), mc.Limits{}, observers...)
}

func (rowMeans) estimate(_ context.Context, p mc.Problem, w *mat.Dense) error {
	o, ok := p.Train.(*mc.Observations)
	if !ok {
		return fmt.Errorf("rowMeans: Problem.Train is %T; it must be *mc.Observations", p.Train)
	}
	rows, cols := o.Dims()
	sum, count := make([]float64, rows), make([]float64, rows)
	for _, e := range o.All() {
		sum[e.Row] += e.Value
		count[e.Row]++
	}
	for i := range rows {
		for j := range cols {
			w.Set(i, j, sum[i]/max(count[i], 1))
		}
	}
	return nil
}

// Means of rows do not mind the order of rows and columns, but do mind which of them are rows.
func ExampleCheckSolver() {
	var report mctest.Report
	exempt := map[string]string{"transposition": "it takes means of rows"}
	mctest.CheckSolver(&report, rowMeans{}, mctest.Claims{Permutation: 1e-12, Exempt: exempt})
	fmt.Println(&report)
	mctest.CheckSolver(&report, rowMeans{}, mctest.Claims{Transposition: 1e-12})
	fmt.Println(&report)
	// Output:
	// ok
	// mctest_test.rowMeans{}: transposed: the estimate differs from the rearranged estimate by 2 of its norm; at most 1e-12 was claimed
}

// ridge is R(W) = ‖W‖_F²/2 with a proximal map that was written down in haste: it should divide by
// 1 + step.
type ridge struct{}

func (ridge) Value(p *mc.Point) float64 { return p.Frobenius() * p.Frobenius() / 2 }

func (ridge) AddGradient(dst *mat.Dense, scale float64, p *mc.Point) {
	mc.AddScaled(dst, scale, p.W)
}

func (ridge) Prox(dst *mat.Dense, step float64, p *mc.Point) float64 {
	dst.Scale(1-step/2, p.W)
	norm := mat.Norm(dst, 2)
	return norm * norm / 2
}

func ExampleCheckProximal() {
	var report mctest.Report
	mctest.CheckPenalty(&report, ridge{})
	fmt.Println("as a penalty:", &report)
	mctest.CheckProximal(&report, ridge{})
	fmt.Println(report.Failures[0])
	// Output:
	// as a penalty: ok
	// mctest_test.ridge{}: at a 5×5 matrix: ½‖X − P‖² + 0.01·R(X) is 0.129766 at the proximal map, but 0.12965 at 0.999 times it
}
