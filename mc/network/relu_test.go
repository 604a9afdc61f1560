package network_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
	"projectpenalty/mc/network"
)

// classes are samples of three classes by the sign patterns of a hidden linear map.
func classes(t testing.TB, samples int, seed uint64) *mc.Regression {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	x, labels := mat.NewDense(samples, 5, nil), make([]int, samples)
	for i := range samples {
		for j := range 5 {
			x.Set(i, j, rng.NormFloat64())
		}
		if x.At(i, 0)*x.At(i, 1) > 0 {
			labels[i] = 1
		} else if x.At(i, 2) > 0 {
			labels[i] = 2
		}
	}
	r, err := mc.NewClasses(x, labels, 3)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func solve(t testing.TB, s mc.Solver, p mc.Problem, observers ...mc.Observer) *mc.Result {
	t.Helper()
	r, err := s.Solve(context.Background(), p, observers...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A network comes back from the JSON of its Result, number by number.
func TestTrainedThroughJSON(t *testing.T) {
	train := classes(t, 12, 1)
	r := solve(t, network.ReLU{Depth: 2, Width: 4, Steps: 3}, mc.Problem{Train: train, Loss: mc.Softmax{Classes: 3}})
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back mc.Result
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	var got network.Trained
	if err := json.Unmarshal(mc.Detail[map[string]json.RawMessage](&back)["*network.Trained"], &got); err != nil {
		t.Fatal(err)
	}
	want := mc.Detail[*network.Trained](r)
	if !mat.Equal(got.W, want.W) || !mat.Equal(got.Factors.W[1], want.Factors.W[1]) ||
		!mat.Equal(got.Scores(train.X()), want.Scores(train.X())) {
		t.Errorf("another network comes back")
	}
	if err := json.Unmarshal([]byte(`{"W":{}}`), &got); err == nil {
		t.Errorf("a network without layers is read")
	}
}

// W of a network need not have the shape of a ground truth, with which it is not compared.
func TestTraceOfANetworkWithATruth(t *testing.T) {
	trace := &mc.Trace{Every: 1, Alignment: true}
	p := mc.Problem{Train: classes(t, 12, 1), Truth: mat.NewDense(5, 3, nil)}
	p.Truth.Apply(func(i, j int, _ float64) float64 { return float64(i - j) }, p.Truth)
	solve(t, network.ReLU{Depth: 1, Width: 7, Steps: 3}, p, trace)
	if a := trace.Records[0].Alignment; a == nil || a.Truth != nil || a.Norm == 0 {
		t.Errorf("alignment %+v", a)
	}
}

// A gradient step of a tiny learning rate changes the objective by −η·‖∇‖², and each parameter by
// −η times its derivative, which central differences of the objective confirm: entry by entry, of
// every factor, bias and offset, with each loss, weights and a penalty.
func TestGradients(t *testing.T) {
	train := classes(t, 12, 1)
	weights := make([]float64, train.Len())
	for k := range weights {
		weights[k] = float64(1 + k/3%4)
	}
	for _, loss := range []mc.Loss{mc.Softmax{Classes: 3}, mc.Squares{}, mc.Huber{Delta: 0.3}} {
		for depth := 1; depth <= 3; depth++ {
			p := mc.Problem{Train: train, Loss: loss, Weights: weights}
			const rate = 1e-3
			s := network.ReLU{Depth: depth, Width: 4, Penalty: mc.Ratio{}, Lambda: 0.1,
				Optimizer: mc.GD{LearningRate: rate}, Steps: 1, Seed: 3}
			objective := func(net *network.Trained) float64 {
				x := make([]float64, train.Len())
				net.W = net.Factors.Product()
				net.Predict(x, train)
				sum := 0.0
				for _, w := range weights {
					sum += w
				}
				return loss.Slopes(x, x, train.Values(), weights)/sum + 0.1*mc.Ratio{}.Value(mc.NewPoint(net.W))
			}
			// The network before and after the step; a Stop that holds at once ends the run before
			// it.
			before := s
			before.Stop = mc.Stop{Loss: math.MaxFloat64}
			old, now := mc.Detail[*network.Trained](solve(t, before, p)), mc.Detail[*network.Trained](solve(t, s, p))
			all := func(n *network.Trained) []*mat.Dense {
				return append(slices.Clone(n.Factors.W), n.Bias, n.V, n.Offset)
			}
			for k, w := range all(old) {
				moved := all(now)[k]
				rows, cols := w.Dims()
				for i := range rows {
					for j := range cols {
						const h = 1e-5
						at := w.At(i, j)
						w.Set(i, j, at+h)
						up := objective(old)
						w.Set(i, j, at-h)
						down := objective(old)
						w.Set(i, j, at)
						want, got := (up-down)/(2*h), (at-moved.At(i, j))/rate
						// Central differences by steps of 1e-5: measured 7e-11.
						if math.Abs(got-want) > 1e-8 {
							t.Errorf("%#v, depth %d: derivative of parameter %d at (%d, %d) is %v, by differences %v",
								loss, depth, k, i, j, got, want)
						}
					}
				}
			}
		}
	}
}

// Where no unit is ever cut off the network is linear, max(0, XW + b)V + c = XWV + bV + c, and
// with squares its training ends at the least squares solution with an intercept.
func TestLinearNetwork(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := mat.NewDense(30, 3, nil), mat.NewDense(30, 2, nil)
	for i := range 30 {
		for j := range 3 {
			x.Set(i, j, rng.Float64()) // positive, as W is to begin with
		}
		for j := range 2 {
			y.Set(i, j, 2+x.At(i, j)-0.5*x.At(i, 2)+0.1*rng.NormFloat64())
		}
	}
	train, err := mc.NewRegression(x, y)
	if err != nil {
		t.Fatal(err)
	}
	// The known answer: [X 1] \ Y.
	design := mat.NewDense(30, 4, nil)
	design.Augment(x, ones(30))
	var answer, fitted, miss mat.Dense
	if err := answer.Solve(design, y); err != nil {
		t.Fatal(err)
	}
	fitted.Mul(design, &answer)
	miss.Sub(&fitted, y)
	least := math.Pow(mat.Norm(&miss, 2), 2) / 60

	w := mat.NewDense(3, 4, nil)
	w.Apply(func(int, int, float64) float64 { return 0.5 + rng.Float64() }, w)
	r := solve(t, network.ReLU{Depth: 1, Width: 4, Init: mc.Given{Factors: &mc.Factors{W: []*mat.Dense{w}}},
		Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 8000}, mc.Problem{Train: train})
	net := mc.Detail[*network.Trained](r)
	if f := net.Features(x); mat.Min(f) <= 0 {
		t.Fatalf("a unit is cut off: the least feature is %v", mat.Min(f))
	}
	var d mat.Dense
	d.Sub(net.Scores(x), &fitted)
	// The schedule ends at steps of length 0: measured 4e-14 and 4e-16.
	if apart := mat.Max(&d) - mat.Min(&d); apart > 1e-9 || math.Abs(r.Loss/least-1) > 1e-9 {
		t.Errorf("loss %v, least squares %v; fitted values are %v apart", r.Loss, least, apart)
	}
}

func ones(n int) *mat.Dense {
	x := mat.NewDense(n, 1, nil)
	x.Apply(func(int, int, float64) float64 { return 1 }, x)
	return x
}

// Depth represents the same functions: a product of factors and one matrix that equals it have the
// same scores; and the loss in a trace, a Result and its metrics is that of the network.
func TestSameFunctions(t *testing.T) {
	train, test := classes(t, 40, 1), classes(t, 25, 2)
	p := mc.Problem{Train: train, Test: test, Loss: mc.Softmax{Classes: 3}}
	trace := &mc.Trace{Every: 10, Watch: mc.Quantities{mc.Sharpness{}, mc.KernelChange{}, mc.Balance{}}}
	r := solve(t, network.ReLU{Depth: 3, Width: 6, Steps: 50, Seed: 1}, p, trace)
	net := mc.Detail[*network.Trained](r)
	if !mat.EqualApprox(net.W, net.Factors.Product(), 1e-12) || !mat.Equal(r.W, net.W) {
		t.Error("W is not the product of the factors")
	}
	m := r.Metrics(p)
	lossOf := func(r *mc.Regression) float64 {
		x := net.Scores(r.X()).RawMatrix().Data
		return mc.Softmax{Classes: 3}.Slopes(x, x, r.Values(), nil) / float64(r.Len())
	}
	last := trace.Records[len(trace.Records)-1]
	for what, got := range map[string]float64{"result": r.Loss, "metrics": m.Train, "trace": last.Loss} {
		// Rounding: the same sums.
		if math.Abs(got-lossOf(train)) > 1e-12 {
			t.Errorf("loss of the %s: %v, of the network %v", what, got, lossOf(train))
		}
	}
	// Rounding: the same sums.
	if math.Abs(m.Test-lossOf(test)) > 1e-12 || last.Test == nil || *last.Test != m.Test {
		t.Errorf("test error %v in the metrics, %v of the network", m.Test, lossOf(test))
	}
	if trace.Records[0].Loss <= r.Loss {
		t.Errorf("loss %v at the start, %v at the end", trace.Records[0].Loss, r.Loss)
	}
	sigma := mc.NewPoint(net.W).SingularValues()
	for i, s := range last.SingularValues {
		// Rounding: the same matrix.
		if math.Abs(s-sigma[i]) > 1e-12 {
			t.Errorf("σ%d is %v in the trace, %v of W", i+1, s, sigma[i])
		}
	}
	// What supposes predictions A(W) has no readings; the balance of the factors has some.
	if n := len(last.Watched); n == 0 {
		t.Error("no balance of the factors")
	}
	for _, reading := range last.Watched {
		if strings.Contains(reading.Name, "sharpness") || strings.Contains(reading.Name, "kernel") {
			t.Errorf("a reading of %s", reading.Name)
		}
	}
	if e := net.Error(train); e < 0 || e > 0.5 {
		t.Errorf("error %v on the training samples", e)
	}
}

// The same bits whatever GOMAXPROCS and observers; V is the same at each depth; a run that is
// interrupted goes on to the same bits.
func TestDeterminism(t *testing.T) {
	p := mc.Problem{Train: classes(t, 300, 1), Loss: mc.Softmax{Classes: 3}}
	s := network.ReLU{Depth: 2, Width: 40, Penalty: mc.Ratio{}, Lambda: 1e-2, Steps: 30, Seed: 1}
	all := solve(t, s, p)
	was := runtime.GOMAXPROCS(1)
	one := solve(t, s, p, &mc.Trace{Every: 1})
	runtime.GOMAXPROCS(was)
	if !mat.Equal(all.W, one.W) {
		t.Error("W depends on GOMAXPROCS")
	}
	vs := make([]*mat.Dense, 0, 2)
	for depth := 1; depth <= 2; depth++ {
		r := solve(t, network.ReLU{Depth: depth, Width: 40, Stop: mc.Stop{Loss: math.MaxFloat64}, Seed: 1}, p)
		vs = append(vs, mc.Detail[*network.Trained](r).V)
	}
	if !mat.Equal(vs[0], vs[1]) {
		t.Error("V depends on the depth")
	}
	ctx, cancel := context.WithCancel(context.Background())
	file := mc.Checkpoint{File: t.TempDir() + "/run"}
	stop := mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 12 {
			cancel()
		}
	})
	if _, err := s.Solve(ctx, p, stop, file); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if again := solve(t, s, p, file); !mat.Equal(again.W, all.W) {
		t.Error("a run that goes on ends elsewhere")
	}
}

func TestRefuses(t *testing.T) {
	train := classes(t, 10, 1)
	entries, err := mc.LowRank{Rows: 4, Cols: 4, Rank: 1, Observed: 9}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	softmax := mc.Problem{Train: train, Loss: mc.Softmax{Classes: 3}}
	tested := softmax
	tested.Test, tested.Loss = dims{train}, nil
	for _, c := range []struct {
		s    network.ReLU
		p    mc.Problem
		want string
	}{
		{network.ReLU{}, softmax, "ReLU.Depth is 0; it must be at least 1"},
		{network.ReLU{Depth: 1, Width: -1}, softmax, "ReLU.Width is -1; it must be at least 1"},
		{network.ReLU{Depth: 1, Lambda: 1}, softmax, "network: ReLU.Lambda is 1 but ReLU.Penalty is nil"},
		{network.ReLU{Depth: 1, Penalty: mc.Ratio{}}, softmax, "network: ReLU.Lambda is not given"},
		{network.ReLU{Depth: 1, Schedule: mc.Plateau{Patience: 5}}, softmax, "it must not depend on the objective"},
		{network.ReLU{Depth: 1, Optimizer: mc.Adam{Beta1: 2}}, softmax, "mc: Adam.Beta1 is 2"},
		{network.ReLU{Depth: 2, Init: mc.Gaussian{Scale: -1}}, softmax, "mc: Gaussian.Scale is -1"},
		{network.ReLU{Depth: 1}, entries, "network: ReLU: Problem.Train is a *mc.Observations; it must be a " +
			"*mc.Regression, such as mc.NewClasses makes"},
		{network.ReLU{Depth: 1}, tested, "network: ReLU: Problem.Test is a network_test.dims"},
		{network.ReLU{Depth: 1}, mc.Problem{Train: train, Loss: mc.Softmax{Classes: 2}}, "they must by 2"},
	} {
		seen := 0
		r, err := c.s.Solve(context.Background(), c.p, mc.ObserverFunc(func(*mc.Step) { seen++ }))
		if err == nil || !strings.Contains(err.Error(), c.want) || r != nil || seen > 0 {
			t.Errorf("error %v after %d states does not say %q", err, seen, c.want)
		}
	}
	huge := network.ReLU{Depth: 1, Optimizer: mc.GD{LearningRate: 1e200}, Steps: 50}
	_, err = huge.Solve(context.Background(), softmax)
	if !errors.Is(err, mc.ErrDiverged) || !strings.Contains(err.Error(), "network: ReLU: step") {
		t.Errorf("a huge learning rate: error %v", err)
	}
}

// dims is a measurement of a type that the network does not know.
type dims struct{ mc.Measurement }

// A step allocates nothing but what the loss does.
func TestAllocations(t *testing.T) {
	p := mc.Problem{Train: classes(t, 50, 1), Loss: mc.Softmax{Classes: 3}}
	allocated := func(steps int) float64 {
		s := network.ReLU{Depth: 3, Penalty: mc.Ratio{}, Lambda: 1e-3, Steps: steps}
		return testing.AllocsPerRun(3, func() { solve(t, s, p) })
	}
	if per := (allocated(60) - allocated(10)) / 50; per > 0.5 {
		t.Errorf("%v allocations per step", per)
	}
}

// Handwritten digits, with and without a product as the first layer.
func ExampleReLU() {
	images, labels := data.Digits()
	images.Scale(1.0/16, images)
	split := func(from, to int) *mc.Regression {
		part, err := mc.NewClasses(images.Slice(from, to, 0, 64).(*mat.Dense), labels[from:to], 10)
		if err != nil {
			log.Fatal(err)
		}
		return part
	}
	train, test := split(0, 200), split(1000, 1797)
	problem := mc.Problem{Train: train, Test: test, Loss: mc.Softmax{Classes: 10}}
	for _, depth := range []int{1, 3} {
		solver := network.ReLU{Depth: depth, Optimizer: mc.Adam{LearningRate: 3e-3}, Steps: 150, Seed: 1}
		result, err := solver.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		net := mc.Detail[*network.Trained](result)
		rank := func(w *mat.Dense) float64 { return mc.EffectiveRank(mc.NewPoint(w).SingularValues()) }
		fmt.Printf("depth %d: %.0f %% of the test images wrong, effective rank of the weights %.0f, of the "+
			"features %.0f\n", depth, 100*net.Error(test), rank(net.W), rank(net.Features(test.X())))
	}
	// Output:
	// depth 1: 13 % of the test images wrong, effective rank of the weights 50, of the features 18
	// depth 3: 16 % of the test images wrong, effective rank of the weights 24, of the features 15
}
