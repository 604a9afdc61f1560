package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// clouds are samples of three classes around three points, with a constant feature.
func clouds(n int) (x *mat.Dense, labels []int) {
	x = mat.NewDense(n, 3, nil)
	for k := range n {
		c, angle := k%3, 2.4*float64(k)
		labels = append(labels, c)
		x.SetRow(k, []float64{1, 2*math.Cos(2.1*float64(c)) + math.Cos(angle), 2*math.Sin(2.1*float64(c)) +
			math.Sin(angle)})
	}
	return x, labels
}

// The squared loss without a penalty ends at the solution of the normal equations.
func TestRegressionIsLeastSquares(t *testing.T) {
	x, labels := clouds(40)
	train, err := mc.NewClasses(x, labels, 3)
	if err != nil {
		t.Fatal(err)
	}
	result, err := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: mc.Zero, Steps: 20_000, Tolerance: 1e-12}.Solve(
		context.Background(), mc.Problem{Train: train})
	if err != nil {
		t.Fatal(err)
	}
	var want mat.Dense
	if err := want.Solve(x, mat.NewDense(40, 3, train.Values())); err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(result.W, &want, 1e-8) {
		t.Errorf("W = %v, least squares give %v", result.W, &want)
	}
}

// At the minimum of the cross-entropy the mean of each feature over a class is the predicted one,
// and with two classes W is that of the logistic loss.
func TestSoftmaxRegression(t *testing.T) {
	x, labels := clouds(60)
	for k := range labels { // some are wrong, so that there is a minimum
		if k%7 == 0 {
			labels[k] = (labels[k] + 1) % 3
		}
	}
	train, err := mc.NewClasses(x, labels, 3)
	if err != nil {
		t.Fatal(err)
	}
	solver := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: mc.Zero, Steps: 50_000, Tolerance: 1e-11}
	result, err := solver.Solve(context.Background(), mc.Problem{Train: train, Loss: mc.Softmax{Classes: 3}})
	if err != nil {
		t.Fatal(err)
	}
	scores := make([]float64, train.Len())
	train.Apply(scores, result.W)
	for c := range 3 {
		for j := range 3 {
			off := 0.0
			for k := range 60 {
				total := 0.0
				for _, s := range scores[3*k : 3*k+3] {
					total += math.Exp(s)
				}
				off += (math.Exp(scores[3*k+c])/total - train.Values()[3*k+c]) * x.At(k, j)
			}
			// The run ends at a relative step of 1e-11: measured 1e-10.
			if math.Abs(off) > 1e-8 {
				t.Errorf("class %d, feature %d: the likelihood equation is off by %v", c, j, off)
			}
		}
	}
	// Rounding of a deviance of the order of 100.
	if got := mc.Deviance(mc.Softmax{Classes: 3}, train, result.W); math.Abs(got-120*result.Loss) > 1e-9 {
		t.Errorf("the deviance is %v, the loss %v of 60 samples", got, result.Loss)
	}

	signs, twoClasses := mat.NewDense(60, 1, nil), make([]int, 60)
	for k, c := range labels {
		twoClasses[k] = min(c, 1)
		signs.Set(k, 0, float64(2*twoClasses[k]-1))
	}
	two, err := mc.NewClasses(x, twoClasses, 2)
	if err != nil {
		t.Fatal(err)
	}
	one, err := mc.NewRegression(x, signs)
	if err != nil {
		t.Fatal(err)
	}
	softmax, err := solver.Solve(context.Background(), mc.Problem{Train: two, Loss: mc.Softmax{Classes: 2}})
	if err != nil {
		t.Fatal(err)
	}
	logistic, err := solver.Solve(context.Background(), mc.Problem{Train: one, Loss: mc.Logistic{}})
	if err != nil {
		t.Fatal(err)
	}
	for j := range 3 {
		// Two runs to a relative step of 1e-11, on one path: measured 1e-15.
		if got, want := softmax.W.At(j, 1)-softmax.W.At(j, 0), logistic.W.At(j, 0); math.Abs(got-want) > 1e-10 {
			t.Errorf("feature %d: %v by two classes, %v by yes and no", j, got, want)
		}
	}
}

// A split holds out whole samples, and is a Regression again.
func TestRegressionSplits(t *testing.T) {
	x, labels := clouds(30)
	train, err := mc.NewClasses(x, labels, 3)
	if err != nil {
		t.Fatal(err)
	}
	p, err := mc.HoldOut(mc.Problem{Train: train, Loss: mc.Softmax{Classes: 3}}, 0.2, 1)
	if err != nil {
		t.Fatal(err)
	}
	fit, ok := p.Train.(*mc.Regression)
	held, also := p.Test.(*mc.Regression)
	if !ok || !also || fit.Len() != 72 || held.Len() != 18 {
		t.Fatalf("the split is %T with %d values and %T with %d", p.Train, p.Train.Len(), p.Test, p.Test.Len())
	}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	w := mat.NewDense(3, 3, []float64{1, 2, 3, 4, 5, 6, 7, 8, 10})
	part, err := mc.Subset(train, func(k int) bool { return k%4 == 0 }) // not whole samples
	if err != nil {
		t.Fatal(err)
	}
	all, some := make([]float64, train.Len()), make([]float64, part.Len())
	train.Apply(all, w)
	part.Apply(some, w)
	for at, v := range some {
		if v != all[4*at] {
			t.Fatalf("measurement %d of the subset is %v, want %v", at, v, all[4*at])
		}
	}
}

func TestRegressionRefuses(t *testing.T) {
	x, y := mat.NewDense(3, 2, nil), mat.NewDense(3, 1, nil)
	bad := mat.NewDense(3, 1, []float64{0, math.NaN(), 0})
	for want, make := range map[string]func() (*mc.Regression, error){
		"X has 3 rows and Y has 4": func() (*mc.Regression,
			error) {
			return mc.NewRegression(x, mat.NewDense(4, 1, nil))
		},
		"Y(1, 0) is NaN":  func() (*mc.Regression, error) { return mc.NewRegression(x, bad) },
		"X(1, 0) is NaN":  func() (*mc.Regression, error) { return mc.NewRegression(bad, y) },
		"X or Y is empty": func() (*mc.Regression, error) { return mc.NewRegression(nil, y) },
		"labels[1] is 2; it must be from 0 to 1": func() (*mc.Regression,
			error) {
			return mc.NewClasses(x, []int{0, 2, 1}, 2)
		},
		"X has 3 rows and Y has 2": func() (*mc.Regression,
			error) {
			return mc.NewClasses(x, []int{0, 1}, 2)
		},
		"there are 1 classes": func() (*mc.Regression,
			error) {
			return mc.NewClasses(x, []int{0, 0, 0}, 1)
		},
		"there are no labels": func() (*mc.Regression, error) { return mc.NewClasses(x, nil, 2) },
	} {
		if _, err := make(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// Three classes from three features: a linear classifier.
func ExampleRegression() {
	x, labels := clouds(90)
	train, err := mc.NewClasses(x, labels, 3)
	if err != nil {
		log.Fatal(err)
	}
	problem := mc.Problem{Train: train, Loss: mc.Softmax{Classes: 3}}
	result, err := mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 1},
		Steps: 500}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("cross-entropy below 0.15: %v, accuracy %.2f\n", result.Loss < 0.15, mc.Accuracy(train, result.W))
	// Output:
	// cross-entropy below 0.15: true, accuracy 1.00
}

// The gradient goes block by block over the samples, on all processors: it is A* of the slopes at
// A(W), at any number of samples, with and without weights, and of the same bits on one processor.
func TestRegressionGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, samples := range []int{1, 63, 64, 65, 1500} {
		x, labels := mat.NewDense(samples, 7, nil), make([]int, samples)
		for i := range samples {
			labels[i] = rng.IntN(3)
			for j := range 7 {
				x.Set(i, j, rng.NormFloat64())
			}
		}
		train, err := mc.NewClasses(x, labels, 3)
		if err != nil {
			t.Fatal(err)
		}
		weights := make([]float64, train.Len())
		for k := range weights {
			weights[k] = float64((k / 3 / 64) % 3) // 0 for whole blocks, but for few samples
		}
		weights[train.Len()-1], weights[train.Len()-2], weights[train.Len()-3] = 1, 1, 1
		for _, loss := range []mc.Loss{mc.Softmax{Classes: 3}, mc.Squares{}, mc.Huber{Delta: 0.5}} {
			for _, w := range [][]float64{nil, weights} {
				p := mc.Problem{Train: train, Loss: loss, Weights: w}
				var got, one *mat.Dense
				var value float64
				var at *mat.Dense
				run := func(gradient **mat.Dense) {
					first := mc.ObserverFunc(func(s *mc.Step) {
						if s.Index == 0 {
							*gradient, value, at = s.Gradient(), s.Loss, s.W()
						}
					})
					if _, err := (mc.DeepMF{Depth: 1, Steps: 1}).Solve(context.Background(), p, first); err != nil {
						t.Fatal(err)
					}
				}
				run(&got)
				was := runtime.GOMAXPROCS(1)
				run(&one)
				runtime.GOMAXPROCS(was)
				if !mat.Equal(got, one) {
					t.Errorf("%d samples, %#v: the gradient depends on GOMAXPROCS", samples, loss)
				}
				slope, want, total := make([]float64, train.Len()), mat.NewDense(7, 3, nil), float64(train.Len())
				if w != nil {
					total = floats.Sum(w)
				}
				train.Apply(slope, at)
				sum := loss.Slopes(slope, slope, train.Values(), w)
				train.AddAdjoint(want, 1/total, slope)
				if !mat.EqualApprox(got, want, rounding) || math.Abs(value-sum/total) > rounding*(1+value) {
					t.Errorf("%d samples, %#v, weights %v: loss %v, want %v",
						samples, loss, w != nil, value, sum/total)
				}
			}
		}
	}
}

// BenchmarkSoftmaxStep is a step of gradient descent at the size of MNIST, 60,000 × 784 × 10.
func BenchmarkSoftmaxStep(b *testing.B) {
	const n, features, classes = 60_000, 784, 10
	x, labels := mat.NewDense(n, features, nil), make([]int, n)
	for k, raw := 0, x.RawMatrix().Data; k < len(raw); k++ {
		raw[k] = float64(k*2654435761%1000)/1000 - 0.5
	}
	for k := range labels {
		labels[k] = k * 7 % classes
	}
	train, err := mc.NewClasses(x, labels, classes)
	if err != nil {
		b.Fatal(err)
	}
	solver := mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 0.1}, Steps: b.N}
	b.ResetTimer()
	if _, err := solver.Solve(context.Background(),
		mc.Problem{Train: train, Loss: mc.Softmax{Classes: classes}}); err != nil {
		b.Fatal(err)
	}
}
