package mc_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Values of each loss, worked out by hand.
func TestLossValues(t *testing.T) {
	for _, c := range []struct {
		loss        mc.Loss
		x, b        float64
		value, grad float64
	}{
		{mc.Squares{}, 3, 1, 4, 4},
		{mc.Huber{}, 1.5, 1, 0.25, 1},
		{mc.Huber{}, 4, 1, 5, 2},                  // 1·(2·3 − 1)
		{mc.Huber{Delta: 2}, -4, 1, 16, -4},       // 2·(2·5 − 2)
		{mc.Absolute{Smoothing: 3}, 5, 1, 2, 0.8}, // √(16+9) − 3 and 4/5
		{mc.Logistic{}, 0, 1, math.Ln2, -0.5},
		{mc.Logistic{}, math.Log(3), -1, math.Log(4), 0.75},
		{mc.Logistic{}, 800, -1, 800, 1},
		{mc.Logistic{}, 800, 1, 0, 0},
		{mc.Poisson{}, 0, 0, 1, 1},
		{mc.Poisson{}, math.Log(2), 2, 0, 0},
		{mc.Poisson{}, 0, math.E, 1, 1 - math.E}, // 1 − 0 − e + e
	} {
		slope := []float64{0}
		if got := c.loss.Slopes(slope, []float64{c.x}, []float64{c.b},
			nil); math.Abs(got-c.value) > rounding*(1+c.value) || math.Abs(slope[0]-c.grad) > rounding {
			t.Errorf("%#v at x = %v, b = %v: %v with slope %v, want %v with %v", c.loss, c.x, c.b, got, slope[0],
				c.value, c.grad)
		}
	}
	// Scores 0 and log 3 are probabilities 1/4 and 3/4, and the sum counts a sample by its classes.
	slope := []float64{0, 0}
	got := mc.Softmax{Classes: 2}.Slopes(slope, []float64{0, math.Log(3)}, []float64{1, 0}, nil)
	if math.Abs(got-2*math.Log(4)) > rounding || math.Abs(slope[0]+1.5) > rounding ||
		math.Abs(slope[1]-1.5) > rounding {
		t.Errorf("softmax: %v with slopes %v", got, slope)
	}
}

// problemWith has observed entries with the given values, in a 4×5 matrix, and a loss.
func problemWith(t testing.TB, loss mc.Loss, value func(k int) float64) mc.Problem {
	t.Helper()
	var entries []mc.Entry
	for k := range 14 {
		entries = append(entries, mc.Entry{Row: k * 3 % 20 / 5, Col: k * 3 % 5, Value: value(k)})
	}
	o, err := mc.NewObservations(4, 5, entries)
	if err != nil {
		t.Fatal(err)
	}
	return mc.Problem{Train: o, Loss: loss}
}

// halved has half as many values as measurements, and unknown has none that is finite.
type halved struct{ mc.Measurement }

func (h halved) Values() []float64 { return h.Measurement.Values()[:h.Len()/2] }

type unknown struct{ mc.Measurement }

func (u unknown) Values() []float64 { return slices.Repeat([]float64{math.NaN()}, u.Len()) }

// Bad values and weights are refused with their place, before the first step.
func TestLossRefuses(t *testing.T) {
	sign := func(k int) float64 { return float64(1 - 2*(k%2)) }
	good := problemWith(t, mc.Logistic{}, sign)
	weighted := func(change func(w []float64)) mc.Problem {
		p := good
		p.Weights = slices.Repeat([]float64{1}, 14)
		change(p.Weights)
		return p
	}
	tested := good
	tested.Test = problemWith(t, nil, func(k int) float64 { return float64(k) }).Train
	unlike := good
	unlike.Test = halved{good.Train}
	x := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6})
	classes, err := mc.NewClasses(x, []int{0, 1, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	single, err := mc.NewObservations(2, 2, []mc.Entry{{Value: 1}})
	if err != nil {
		t.Fatal(err)
	}
	regression, err := mc.NewRegression(x, mat.NewDense(3, 2, []float64{1, 0, 0, 1, 0.5, 0.2}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    mc.Problem
		want string
	}{
		{problemWith(t, mc.Logistic{}, func(k int) float64 {
			if k == 4 {
				return 0.5
			}
			return sign(k)
		}), "mc: Problem.Train: entry (2, 2) is 0.5; with mc.Logistic{} it must be -1 or 1"},
		{problemWith(t, mc.Poisson{}, func(k int) float64 { return float64(k) - 0.5 }),
			"mc: Problem.Train: entry (0, 0) is -0.5; with mc.Poisson{} it must be at least 0"},
		{tested, "mc: Problem.Test: entry (0, 0) is 0; with mc.Logistic{} it must be -1 or 1"},
		{weighted(func(w []float64) { w[2] = -1 }), "mc: Problem.Weights[2], of entry (0, 3), is -1; it must " +
			"be at least 0 and finite"},
		{weighted(func(w []float64) { w[13] = math.NaN() }), "is NaN; it must be at least 0"},
		{weighted(func(w []float64) { clear(w) }), "mc: Problem.Weights are all 0; at least one must be positive"},
		{func() mc.Problem { p := good; p.Weights = []float64{1, 2}; return p }(),
			"mc: Problem.Weights has 2 weights; Problem.Train has 14 measurements"},
		{problemWith(t, mc.Huber{Delta: -1}, sign), "mc: Huber.Delta is -1; it must be positive and finite"},
		{problemWith(t, mc.Softmax{Classes: 2}, sign), "belong together by 1, they must by 2"},
		{mc.Problem{Train: regression, Loss: mc.Softmax{Classes: 3}}, "belong together by 2, they must by 3"},
		{mc.Problem{Train: regression, Loss: mc.Softmax{Classes: 2}},
			"output 1 of sample 2 is 0.2; with mc.Softmax{Classes:2} it must be at least 0, and the 2 values " +
				"of a sample must sum to 1"},
		{mc.Problem{Train: regression, Loss: mc.Softmax{Classes: 1}}, "mc: Softmax.Classes is 1"},
		{mc.Problem{Train: classes, Test: single, Loss: mc.Softmax{Classes: 2}},
			"the values of Problem.Test, *mc.Observations, belong together by 1, they must by 2"},
		{unlike, "mc: Problem.Test has 14 measurements and 7 values; their numbers must be equal"},
		{mc.Problem{Train: good.Train, Test: unknown{good.Train}},
			"mc: Problem.Test.Values()[0] is NaN; it must be finite"},
	} {
		_, err := mc.DeepMF{Depth: 1, Steps: 3}.Solve(context.Background(), c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v does not say %q", err, c.want)
		}
	}
}

// A solver that minimises squares refuses another loss, and weights, by name.
func TestSquaresSolversRefuse(t *testing.T) {
	sign := func(k int) float64 { return float64(1 - 2*(k%2)) }
	weighted := problemWith(t, nil, sign)
	weighted.Weights = slices.Repeat([]float64{2}, 14)
	for name, s := range map[string]mc.Solver{
		"ALS": mc.ALS{Rank: 1}, "NuclearNorm": mc.NuclearNorm{}, "SoftImpute": mc.SoftImpute{}, "IRLS": mc.IRLS{},
		"MatrixIRLS": mc.MatrixIRLS{}, "R2RILS": mc.R2RILS{Rank: 1}, "GaussNewton": mc.GaussNewton{Rank: 1},
		"Mean":         mc.Mean{},
		"RiemannianCG": mc.RiemannianCG{Rank: 1}, "SVT": mc.SVT{}, "MinimumFrobenius": mc.MinimumFrobenius{},
		"Biases":    mc.Biases{},
		"BiasedALS": mc.BiasedALS{Rank: 1}, "ItemKNN": mc.ItemKNN{}, "RidgedRatio": mc.RidgedRatio{},
		"Debiased":     mc.Debiased{Solver: mc.DeepMF{Depth: 2}},
		"BiScale":      mc.BiScale{Solver: mc.DeepMF{Depth: 2}},
		"Standardized": mc.Standardized{Solver: mc.DeepMF{Depth: 2}},
	} {
		_, err := s.Solve(context.Background(), problemWith(t, mc.Logistic{}, sign))
		if err == nil || !strings.Contains(err.Error(), "mc: "+name+": Problem.Loss is mc.Logistic{}; it "+
			"minimises unweighted squares alone") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Solve(context.Background(), weighted); err == nil ||
			!strings.Contains(err.Error(), "mc: "+name+": Problem.Weights are given") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Squares{} is the loss that a problem has without one, to the bit, and has its identity; any other
// loss, and weights, have one of their own.
func TestSquaresAreTheDefault(t *testing.T) {
	p, err := mc.LowRank{Rows: 9, Cols: 7, Rank: 2, Observed: 40, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	named, other, weighted := p, p, p
	named.Loss, other.Loss, weighted.Weights = mc.Squares{}, mc.Huber{Delta: 1e9}, slices.Repeat([]float64{3}, 40)
	digests := map[string]bool{p.Digest(): true}
	if named.Digest() != p.Digest() {
		t.Error("Squares{} changes the digest")
	}
	for _, q := range []mc.Problem{other, weighted} {
		if digests[q.Digest()] {
			t.Error("a loss or weights do not change the digest")
		}
		digests[q.Digest()] = true
	}
	for _, s := range []mc.Solver{
		mc.DeepMF{Depth: 1, Steps: 50}, mc.DeepMF{Depth: 3, Init: mc.Gaussian{Scale: 0.3}, Steps: 50},
		mc.EndToEnd{Depth: 2, Steps: 50},
		mc.LBFGS{Depth: 2, Steps: 20},
		mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-3, Steps: 50},
		mc.GradientFlow{Depth: 2, LearningRate: 0.1, Steps: 5},
	} {
		trace := func(p mc.Problem) *mc.Trace {
			trace := &mc.Trace{Every: 1}
			if _, err := s.Solve(context.Background(), p, trace); err != nil {
				t.Fatal(err)
			}
			return trace
		}
		plain, same := trace(p), trace(named)
		for k, r := range plain.Records {
			if r.Loss != same.Records[k].Loss || *r.Test != *same.Records[k].Test {
				t.Fatalf("%T: Squares{} gives another path at record %d", s, k)
			}
		}
		if plain.Run.Loss != "" || same.Run.ID() != plain.Run.ID() {
			t.Errorf("%T: Squares{} gives the run another identity", s)
		}
		huber, equal := trace(other), trace(weighted)
		for k, r := range plain.Records { // a Huber loss that is squared everywhere, and equal weights
			for _, q := range []mc.Record{huber.Records[k], equal.Records[k]} {
				if math.Abs(r.Loss-q.Loss) > rounding*(1+r.Loss) {
					t.Fatalf("%T: loss %v at record %d, with squares %v", s, q.Loss, k, r.Loss)
				}
			}
		}
		if huber.Run.Loss != "mc.Huber{Delta:1e+09}" {
			t.Errorf("%T: the run is of loss %q", s, huber.Run.Loss)
		}
	}
}

// The end of a run speaks of its loss: ProximalGradient meets the optimality condition of each
// loss, ‖A*(g)‖₂ ≤ λ with equality where W ≠ 0, also by backtracking.
func TestProximalGradientWithLosses(t *testing.T) {
	for _, l := range []mc.Loss{mc.Huber{Delta: 0.5}, mc.Absolute{Smoothing: 0.1}, mc.Logistic{}, mc.Poisson{}} {
		p := problemWith(t, l, func(k int) float64 { return float64(1 + 6*(k%3)/2) })
		if _, ok := l.(mc.Logistic); ok {
			p = problemWith(t, l, func(k int) float64 { return float64(1 - 2*(k%3/2)) })
		}
		p.Weights = make([]float64, 14)
		for k := range p.Weights {
			p.Weights[k] = float64(1 + k%4)
		}
		const lambda = 0.02
		var gradient *mat.Dense
		result, err := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: lambda, Tolerance: 1e-10,
			Steps: 100_000}.Solve(
			context.Background(), p, mc.ObserverFunc(func(s *mc.Step) {
				if s.Final {
					gradient = s.Gradient()
				}
			}))
		if err != nil || result.Status != mc.Converged {
			t.Fatalf("%#v: %v, %v", l, result, err)
		}
		gradient.Scale(-1/lambda, gradient)
		// The run ends at a relative step of 1e-10, where the spectral norm is off by 7e-8.
		if norm := mc.NewPoint(gradient).SingularValues()[0]; math.Abs(norm-1) > 1e-6 {
			t.Errorf("%#v: the gradient has spectral norm %v·λ; at the optimum it is λ", l, norm)
		}
		nuclear, along := mc.NewPoint(result.W).Nuclear(), 0.0
		for i := range 4 {
			for j := range 5 {
				along += gradient.At(i, j) * result.W.At(i, j)
			}
		}
		// As above: measured 4e-9.
		if math.Abs(along/nuclear-1) > 1e-6 {
			t.Errorf("%#v: the gradient is no subgradient of the nuclear norm: ⟨G, W⟩ = %v·‖W‖_*", l, along/nuclear)
		}
		if got := mc.Evaluate(p, result.W).Train; math.Abs(got-result.Loss) > rounding {
			t.Errorf("%#v: the training error is %v, the loss %v", l, got, result.Loss)
		}
	}
}

// The factors' gradient with each loss, dense and at the observed entries alone, takes one path.
func TestDeepMFWithLosses(t *testing.T) {
	p, err := mc.LowRank{Rows: 130, Cols: 140, Rank: 2, Observed: 3000, Seed: 2}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	entries := p.Train.(*mc.Observations).Entries()
	for k := range entries {
		entries[k].Value = math.Copysign(1, entries[k].Value)
	}
	signs, err := mc.NewObservations(130, 140, entries)
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float64, 3000)
	for k := range weights {
		weights[k] = float64(k % 3)
	}
	for _, l := range []mc.Loss{nil, mc.Huber{Delta: 0.2}, mc.Logistic{}} {
		p := mc.Problem{Train: signs, Loss: l, Weights: weights}
		run := func(penalty mc.Penalty, lambda float64) *mc.Result { // a penalty of weight 0 makes the run dense
			r, err := mc.DeepMF{Depth: 2, Hidden: 4, Init: mc.Gaussian{Scale: 0.3}, Penalty: penalty, Lambda: lambda,
				Optimizer: mc.GD{LearningRate: 30}, Steps: 100}.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		sampled, dense := run(nil, 0), run(mc.Frobenius{}, mc.Zero)
		// Rounding, which grows over 100 steps.
		if !mat.EqualApprox(sampled.W, dense.W, 1e-8) || math.Abs(sampled.Loss-dense.Loss) > 1e-10 {
			t.Errorf("%#v: losses %v and %v at the observed entries and dense", l, sampled.Loss, dense.Loss)
		}
		if zero := (mc.Evaluate(p, mat.NewDense(130, 140, nil)).Train); !(sampled.Loss < 0.9*zero) {
			t.Errorf("%#v: the loss is %v, that of W = 0 is %v", l, sampled.Loss, zero)
		}
	}
}

// Tune scores by the problem's loss, and weights go with their measurements.
func TestTuneWithLoss(t *testing.T) {
	p := problemWith(t, mc.Logistic{}, func(k int) float64 { return float64(1 - 2*(k%2)) })
	p.Weights = make([]float64, 14)
	for k := range p.Weights {
		p.Weights[k] = float64(k + 1)
	}
	var weights [][]float64
	spy := spySolver{see: func(q mc.Problem) {
		weights = append(weights, q.Weights)
		if q.Test != nil && q.Loss != p.Loss {
			t.Errorf("a split has loss %v", q.Loss)
		}
	}}
	result, err := mc.Tune{Candidates: []mc.Solver{spy}, Folds: 7}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	if score := mc.Detail[*mc.Selection](result).Trials[0].Score; math.Abs(score-math.Ln2) > rounding {
		t.Errorf("the score of W = 0 is %v; its log loss is log 2", score)
	}
	total := 0.0
	for _, w := range weights[:7] {
		if len(w) != 12 {
			t.Fatalf("a split of 7 has %d weights", len(w))
		}
		for _, x := range w {
			total += x
		}
	}
	if total != 6*105 { // each weight is in six of the seven
		t.Errorf("the weights of the splits sum to %v, want %v", total, 6*105)
	}
}

// spySolver estimates W = 0 and shows the problems that it was given.
type spySolver struct{ see func(mc.Problem) }

func (spySolver) TakesLoss() {}

func (s spySolver) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	s.see(p)
	return mc.Iterate(ctx, s, p, mc.Direct(func(context.Context, mc.Problem, *mat.Dense) error { return nil }),
		mc.Limits{}, observers...)
}

// A Poisson rate that explodes ends as diverged.
func TestPoissonDiverges(t *testing.T) {
	p := problemWith(t, mc.Poisson{}, func(k int) float64 { return float64(k) })
	_, err := mc.DeepMF{Depth: 1, Optimizer: mc.GD{LearningRate: 1e5}, Steps: 100}.Solve(context.Background(), p)
	if !errors.Is(err, mc.ErrDiverged) {
		t.Errorf("error %v", err)
	}
}

// One of ten entries is wrong by 100: the squared loss follows it, the others do not.
func ExampleHuber() {
	robust(mc.Squares{}, mc.Huber{}, mc.Absolute{})
	// Output:
	// mc.Squares{}: 11.00
	// mc.Huber{Delta:1}: 1.11
	// mc.Absolute{Smoothing:0.01}: 1.00
}

func ExampleSquares() {
	robust(mc.Squares{})
	// Output:
	// mc.Squares{}: 11.00
}

func ExampleAbsolute() {
	robust(mc.Absolute{Smoothing: 1e-3})
	// Output:
	// mc.Absolute{Smoothing:0.001}: 1.00
}

// robust fits a number to ten values, nine of which are 1 and one of which is 101.
func robust(losses ...mc.Loss) {
	x, y := mat.NewDense(10, 1, nil), mat.NewDense(10, 1, nil)
	for k := range 10 {
		x.Set(k, 0, 1)
		y.Set(k, 0, 1)
	}
	y.Set(9, 0, 101)
	train, err := mc.NewRegression(x, y)
	if err != nil {
		log.Fatal(err)
	}
	for _, loss := range losses {
		solver := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: mc.Zero, Steps: 100_000}
		result, err := solver.Solve(context.Background(), mc.Problem{Train: train, Loss: loss})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.2f\n", mc.Describe(loss), result.W.At(0, 0))
	}
}

// 1-bit completion: the signs of entries, which a matrix makes likely.
func ExampleLogistic() {
	problem, err := mc.OneBit{LowRank: mc.LowRank{Rows: 30, Cols: 30, Rank: 1, Observed: 500, Norm: 90,
		Seed: 1}}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 5e-3}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	fit, err := mc.EvaluateYesNo(problem.Train, result.W)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: log loss %.2f (W = 0: %.2f), accuracy %.2f\n", mc.Describe(mc.Logistic{}), fit.LogLoss,
		math.Ln2, fit.Accuracy)
	// Output:
	// mc.Logistic{}: log loss 0.44 (W = 0: 0.69), accuracy 0.89
}

// Counts of a table with independent rows and columns: the rates are a matrix of rank one, their
// logarithms one of rank two.
func ExamplePoisson() {
	train, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 2}, {Row: 0, Col: 1, Value: 4},
		{Row: 1, Col: 0, Value: 8}})
	if err != nil {
		log.Fatal(err)
	}
	solver := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-6, Tolerance: 1e-10}
	result, err := solver.Solve(context.Background(), mc.Problem{Train: train, Loss: mc.Poisson{}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("mean counts %.2f and %.2f\n", math.Exp(result.W.At(0, 0)), math.Exp(result.W.At(1, 0)))
	// Output:
	// mean counts 2.00 and 8.00
}

// A loss of one's own: the ε-insensitive one of support vector regression, squared.
type insensitive struct{ Within float64 }

func (l insensitive) Slopes(slope, x, b, weight []float64) float64 {
	return mc.Separable(slope, x, b, weight, func(x, b float64) (float64, float64) {
		far := max(math.Abs(x-b)-l.Within, 0)
		return far * far, math.Copysign(2*far, x-b)
	})
}

func (insensitive) Curvature() float64 { return 2 }

func (insensitive) Refuses([]float64) (int, string) { return -1, "" }

func ExampleSeparable() {
	loss, slope := insensitive{Within: 1}, make([]float64, 3)
	sum := loss.Slopes(slope, []float64{0.5, 3, -2}, []float64{0, 0, 0}, nil)
	fmt.Println(sum, slope)
	// Output: 5 [0 4 -2]
}

// Which solvers take a loss other than squares, and which data and losses have blocks.
func ExampleLossTaker() {
	var takers []mc.LossTaker
	for _, s := range []mc.Solver{mc.DeepMF{}, mc.ALS{}} {
		taker, takes := s.(mc.LossTaker)
		fmt.Printf("%T: %v\n", s, takes)
		if takes {
			takers = append(takers, taker)
		}
	}
	fmt.Println(len(takers), "taker")
	var blocks mc.Blocked = mc.Softmax{Classes: 10}
	fmt.Println("scores of a sample:", blocks.Block())
	// Output:
	// mc.DeepMF: true
	// mc.ALS: false
	// 1 taker
	// scores of a sample: 10
}
