package mc_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// stateAt calls f with the first state of a run of the solver that begins at the factors.
func stateAt(t testing.TB, p mc.Problem, d mc.DeepMF, factors *mc.Factors, f func(s *mc.Step)) {
	t.Helper()
	d.Depth, d.Init, d.Steps = factors.Depth(), mc.Given{Factors: factors}, 1
	_, err := d.Solve(context.Background(), p, mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 0 {
			f(s)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// randomFactors are Gaussian, of hidden sizes that differ and bound no rank: there the ratio has a
// kink.
func randomFactors(t testing.TB, p mc.Problem, depth int, seed uint64) *mc.Factors {
	t.Helper()
	rows, cols := p.Dims()
	f, err := mc.NewFactors(rows, cols, []int{6, 8, 7}[:depth-1]...)
	if err != nil {
		t.Fatal(err)
	}
	if err := (mc.Gaussian{Scale: 3}).Fill(f, rand.New(rand.NewPCG(seed, 0))); err != nil {
		t.Fatal(err)
	}
	return f
}

// moved returns the factors moved by step·v.
func moved(f *mc.Factors, step float64, v []*mat.Dense) *mc.Factors {
	g := f.Clone()
	for j, w := range g.W {
		mc.AddScaled(w, step, v[j])
	}
	return g
}

func dotAll(a, b []*mat.Dense) (sum float64) {
	for j := range a {
		sum += inner(a[j], b[j])
	}
	return sum
}

// Gradients are central differences of the objective, and products with the Hessian are those of
// gradients, at depth 1 to 4, for each kind of measurement, with and without a penalty.
func TestHessian(t *testing.T) {
	sensing, err := mc.LowRank{Rows: 5, Cols: 7, Rank: 2, Observed: 24, Seed: 2}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	streamed, err := mc.LowRank{Rows: 5, Cols: 7, Rank: 2, Observed: 24, Seed: 2}.StreamedSensing()
	if err != nil {
		t.Fatal(err)
	}
	features, outputs := mat.NewDense(9, 4, nil), mat.NewDense(9, 3, nil)
	for k := range 36 {
		features.Set(k/4, k%4, float64(k*k%11)-5)
	}
	for k := range 27 {
		outputs.Set(k/3, k%3, float64(k*k%7)-3)
	}
	regression, err := mc.NewRegression(features, outputs)
	if err != nil {
		t.Fatal(err)
	}
	huber, weighted := smallProblem(t), smallProblem(t)
	huber.Loss = mc.Huber{Delta: 0.5}
	weighted.Weights = make([]float64, weighted.Train.Len())
	for k := range weighted.Weights {
		weighted.Weights[k] = float64(k%5) + 0.5
	}
	for name, p := range map[string]mc.Problem{"entries": smallProblem(t), "maps": sensing, "Huber": huber,
		"weights": weighted, "streamed maps": streamed, "regression": {Train: regression}} {
		for depth := 1; depth <= 4; depth++ {
			for _, penalty := range []mc.Penalty{nil, mc.SquaredFrobenius{}, mc.Ratio{}, mc.Nuclear{Smoothing: 1e-2},
				mc.Schatten{P: 0.5, Smoothing: 0.1}} {
				t.Run(fmt.Sprintf("%s/depth %d/%T", name, depth, penalty), func(t *testing.T) {
					d := mc.DeepMF{Penalty: penalty, Optimizer: mc.GD{LearningRate: 1e-9}}
					if penalty != nil {
						d.Lambda = 0.3
					}
					checkHessian(t, p, d, depth)
				})
			}
		}
	}
}

// checkHessian compares derivatives at some factors with differences.
func checkHessian(t *testing.T, p mc.Problem, d mc.DeepMF, depth int) {
	t.Helper()
	f := randomFactors(t, p, depth, 5)
	v := randomFactors(t, p, depth, 50).W
	product := randomFactors(t, p, depth, 90).W // room, not zero
	var gradient []*mat.Dense
	stateAt(t, p, d, f, func(s *mc.Step) {
		h := s.Hessian()
		gradient = h.Gradient()
		h.Apply(product, v)
	})
	const step = 1e-5
	var value [2]float64
	var slope [2][]*mat.Dense
	for k, by := range []float64{step, -step} {
		stateAt(t, p, d, moved(f, by, v), func(s *mc.Step) {
			value[k], slope[k] = s.Objective(), s.Hessian().Gradient()
		})
	}
	// Differences of values of size 1 by steps of 1e-5: measured 4e-10.
	if got, want := dotAll(gradient, v),
		(value[0]-value[1])/(2*step); math.Abs(got-want) > 1e-8*(1+math.Abs(want)) {
		t.Errorf("⟨G, V⟩ = %v, by differences %v", got, want)
	}
	for j := range v {
		var want mat.Dense
		want.Sub(slope[0][j], slope[1][j])
		want.Scale(1/(2*step), &want)
		size := mat.Norm(&want, 2)
		want.Sub(&want, product[j])
		// Differences of gradients, here and, with steps of 6e-6, in the product:
		// measured 1.4e-9.
		if off := mat.Norm(&want, 2); off > 1e-7*size {
			t.Errorf("(HV)_%d is off by %v of %v", j+1, off, size)
		}
	}
}

// The same where factors have penalties.
func TestHessianOfPenaltiesOfFactors(t *testing.T) {
	p := smallProblem(t)
	smooth := mc.Ratio{Smoothing: 0.3}
	for name, d := range map[string]mc.DeepMF{
		"rows": {RowPenalty: smooth}, "columns": {ColPenalty: smooth},
		"ridges": {RowPenalty: mc.SquaredFrobenius{}, ColPenalty: mc.SquaredFrobenius{}},
		"all":    {Penalty: mc.SquaredFrobenius{}, RowPenalty: smooth, ColPenalty: mc.Nuclear{Smoothing: 0.1}},
	} {
		for depth := 2; depth <= 3; depth++ {
			t.Run(fmt.Sprintf("%s/depth %d", name, depth), func(t *testing.T) {
				d.Lambda, d.Optimizer = 0.3, mc.GD{LearningRate: 1e-9}
				checkHessian(t, p, d, depth)
			})
		}
	}
}

// At depth 1 the Hessian of the loss is 2/n at the observed entries, and 0 elsewhere.
func ExampleHessian() {
	o, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 3}, {Row: 1, Col: 0, Value: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	watch := mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 0 {
			ones, product := mat.NewDense(2, 2, []float64{1, 1, 1, 1}), mat.NewDense(2, 2, nil)
			var h *mc.Hessian = s.Hessian()
			h.Apply([]*mat.Dense{product}, []*mat.Dense{ones})
			fmt.Println(mat.Formatted(product))
		}
	})
	_, err = mc.DeepMF{Depth: 1, Steps: 1}.Solve(context.Background(), mc.Problem{Train: o}, watch)
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// ⎡1  0⎤
	// ⎣1  0⎦
}
