package mc

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/random"
)

// rounding is for sums and products of some hundred terms that are taken in another order.
const rounding = 1e-12

func closeTo(a, b *mat.Dense, tol float64) bool {
	var d mat.Dense
	d.Sub(a, b)
	return mat.Norm(&d, 2) <= tol*(1e-300+mat.Norm(b, 2))
}

// Loss and gradients at the observed entries are those of the dense network.
func TestSampledNetworkIsTheDenseOne(t *testing.T) {
	for _, c := range []struct {
		rows, cols, observed int
		hidden               []int
	}{{9, 7, 20, []int{3}}, {8, 12, 30, []int{8, 8}}, {20, 11, 60, []int{4, 5, 6}}, {1, 5, 3, []int{1}},
		{30, 40, 200, []int{20, 20}}} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			p, err := LowRank{Rows: c.rows, Cols: c.cols, Rank: 1, Observed: c.observed, Seed: 1}.Problem()
			if err != nil {
				t.Fatal(err)
			}
			f, err := NewFactors(c.rows, c.cols, c.hidden...)
			if err != nil {
				t.Fatal(err)
			}
			if err := (Gaussian{Scale: 1}).Fill(f, random.New(2, 1)); err != nil {
				t.Fatal(err)
			}
			dense, sampled := newDenseNetwork(f, p.trainTerm()), newSampledNetwork(f, p.trainTerm())
			for range 2 {
				want, got := dense.forward(), sampled.forward()
				if math.Abs(got-want) > 1e-13*want { // rounding of at most 200 squares
					t.Errorf("loss %v, want %v", got, want)
				}
				dense.backward()
				sampled.backward()
				for j := range f.W {
					if !closeTo(sampled.grads[j], dense.grads[j], rounding) {
						t.Errorf("∂/∂W_%d differs", j+1)
					}
				}
				if !closeTo(sampled.point.dense(), dense.point.W, 1e-13) { // rounding of at most three products
					t.Error("W differs")
				}
				f.W[0].Scale(0.5, f.W[0]) // the second round must not see the old W
			}
		})
	}
}

func TestSampledNetworkAllocatesNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p, err := LowRank{Rows: 60, Cols: 50, Rank: 2, Observed: 500, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewFactors(60, 50, 20, 20)
	if err != nil {
		t.Fatal(err)
	}
	net := newSampledNetwork(f, p.trainTerm())
	if n := testing.AllocsPerRun(5, func() { net.forward(); net.backward() }); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}

// A run at the size of MovieLens-100K fits in 200 MB, all that it ever allocates counted.
func TestRunAtTheSizeOfMovieLensIsSmall(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // each goroutine of a product has 10 MB
	p, err := LowRank{Rows: 1682, Cols: 943, Rank: 5, Observed: 100_000, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	p.Truth = nil
	for _, d := range []DeepMF{
		{Depth: 3, Optimizer: Adam{}, Steps: 1},
		{Depth: 2, Hidden: 20, Optimizer: Adam{}, Steps: 3},
		{Depth: 1, Penalty: Ratio{}, Lambda: 1e-3, Optimizer: Adam{}, Steps: 1},
		{Depth: 1, Penalty: Ratio{Smoothing: 1e-4, Polar: Fast}, Lambda: 1e-3, Optimizer: Adam{}, Steps: 1},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := d.Solve(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 200e6 {
			t.Errorf("%#v: %d MB", d, used/1e6)
		} else {
			t.Logf("%#v: %d MB", d, used/1e6)
		}
	}
}

// What is known of a product that is not formed is what is known of the product.
func TestThinProductIsItsProduct(t *testing.T) {
	for _, hidden := range [][]int{{3}, {4, 5}, {20}} {
		p, err := LowRank{Rows: 30, Cols: 24, Rank: 2, Observed: 200, Seed: 1}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		p.Test = p.Train
		f, err := NewFactors(30, 24, hidden...)
		if err != nil {
			t.Fatal(err)
		}
		if err := (Gaussian{Scale: 1}).Fill(f, random.New(2, 1)); err != nil {
			t.Fatal(err)
		}
		thin := newThinPoint(f)
		got, want := evaluate(p, thin), Evaluate(p, f.Product())
		got.RelativeError, got.HasTruth = want.RelativeError, want.HasTruth
		for name, pair := range map[string][2]float64{
			"Train": {got.Train, want.Train}, "Test": {got.Test, want.Test},
			"nuclear norm":   {got.NuclearNorm, want.NuclearNorm},
			"Frobenius norm": {got.FrobeniusNorm, want.FrobeniusNorm},
			"effective rank": {got.EffectiveRank, want.EffectiveRank},
		} {
			if math.Abs(pair[0]-pair[1]) > rounding*math.Abs(pair[1]) {
				t.Errorf("hidden %v: %s is %v, want %v", hidden, name, pair[0], pair[1])
			}
		}
		u, sigma, v := thin.SVD()
		for j, s := range sigma {
			for i := range 30 {
				u.Set(i, j, s*u.At(i, j))
			}
		}
		var w mat.Dense
		w.Mul(u, v.T())
		if !closeTo(&w, f.Product(), rounding) {
			t.Errorf("hidden %v: UΣVᵀ is not the product", hidden)
		}
		if !thin.Finite() {
			t.Errorf("hidden %v: not finite", hidden)
		}
		f.W[0].Set(0, 0, math.NaN())
		if thin.Changed(); thin.Finite() {
			t.Errorf("hidden %v: NaN is finite", hidden)
		}
		if u, sigma, v := thin.SVD(); u.RawMatrix().Rows != 30 || v.RawMatrix().Rows != 24 || sigma[0] != 0 {
			t.Errorf("hidden %v: the decomposition of NaN has σ₁ = %v", hidden, sigma[0])
		}
	}
}

// A matrix that cannot be formed is completed all the same.
func TestDeepMFOnAMatrixTooLargeToForm(t *testing.T) {
	const rows, cols = 1 << 14, 1<<13 + 8
	var entries []Entry
	for i := range rows {
		for k := range 4 {
			j := (7*i + k*k*531) % cols
			entries = append(entries, Entry{i, j, math.Sin(float64(i)) * math.Cos(float64(j))})
		}
	}
	train, err := NewObservations(rows, cols, entries)
	if err != nil {
		t.Fatal(err)
	}
	p := Problem{Train: train, Test: train}
	var metrics Metrics
	result, err := DeepMF{Depth: 2, Hidden: 2, Init: Gaussian{Scale: 1}, Optimizer: Adam{LearningRate: 0.05},
		Steps: 120, Seed: 1}.
		Solve(context.Background(), p, ObserverFunc(func(s *Step) {
			if s.Final {
				metrics = s.Metrics()
				if s.W() != nil || s.Gradient() != nil {
					t.Error("formed a matrix of more than 2²⁷ entries")
				}
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	if result.W != nil {
		t.Error("result.W was formed")
	}
	// Entries have mean square 1, the loss of W = 0: measured .0017.
	if result.Loss > 0.01 {
		t.Errorf("loss %v after %d steps", result.Loss, result.Steps)
	}
	again := EvaluateFactors(p, Detail[*Factors](result))
	for name, x := range map[string]float64{"Train": metrics.Train, "Test": metrics.Test,
		"EvaluateFactors' Train": again.Train} {
		if math.Abs(x-result.Loss) > rounding*result.Loss {
			t.Errorf("%s is %v, the loss %v", name, x, result.Loss)
		}
	}
}

func TestDeepMFRefusesWhatCannotBeHeld(t *testing.T) {
	train, err := NewObservations(100_000, 100_000, []Entry{{0, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		solver DeepMF
		want   string
	}{
		{DeepMF{Depth: 1}, "100000×100000 matrix cannot be held"},
		{DeepMF{Depth: 2, Hidden: 20, Steps: 1, Penalty: L1{}, Lambda: 1}, "no Penalty"},
		{DeepMF{Depth: 2}, "DeepMF.Hidden is 0"},
	} {
		if _, err := c.solver.Solve(context.Background(), Problem{Train: train}); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%#v: error %v, want %q", c.solver, err, c.want)
		}
	}
}

// Which of the two ways a run takes does not show in where it ends.
func TestSolveAtSeenEntries(t *testing.T) {
	p, err := LowRank{Rows: 140, Cols: 130, Rank: 2, Observed: 3000, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	solver := DeepMF{Depth: 3, Optimizer: Adam{LearningRate: 1e-3}, Init: Gaussian{Scale: 0.5}, Steps: 10, Seed: 3}
	observed, err := solver.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	if !sampledIsFaster(Detail[*Factors](observed), p.Train.(*Observations)) {
		t.Fatal("the problem is too small or too dense for this test")
	}
	solver.Penalty, solver.Lambda = Frobenius{}, Zero // the dense way
	dense, err := solver.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	// Rounding, grown over the steps.
	if !closeTo(observed.W, dense.W, 1e-9) || math.Abs(observed.Loss-dense.Loss) > 1e-9*dense.Loss {
		t.Errorf("losses %v and %v", observed.Loss, dense.Loss)
	}
	// Rounding of one product.
	if !closeTo(observed.W, Detail[*Factors](observed).Product(), 1e-13) {
		t.Error("W is not the product of the factors")
	}
}

// A thin penalty has the value and the gradients of the same penalty at W, also where the factors
// are of deficient rank; and they are the derivatives.
func TestThinPenaltyIsTheDenseOne(t *testing.T) {
	for _, c := range []struct {
		rows, cols int
		hidden     []int
		deficient  bool
	}{{9, 7, []int{3}, false}, {12, 20, []int{5, 5}, false}, {40, 31, []int{4, 4, 4}, false},
		{9, 8, []int{1}, false}, {15, 14, []int{4}, true}} {
		for _, penalty := range []SpectralPenalty{
			Ratio{}, Ratio{Smoothing: 1e-2}, Nuclear{}, Nuclear{Smoothing: 1e-2}, Entropy{Smoothing: 1e-2},
			Schatten{P: 0.5, Smoothing: 1e-1},
			SchattenRatio{P: 0.5, Q: 2.0 / 3, Smoothing: 1e-1}, SquaredFrobenius{},
		} {
			p, err := LowRank{Rows: c.rows, Cols: c.cols, Rank: 1, Observed: 20, Seed: 1}.Problem()
			if err != nil {
				t.Fatal(err)
			}
			f, err := NewFactors(c.rows, c.cols, c.hidden...)
			if err != nil {
				t.Fatal(err)
			}
			if err := (Gaussian{Scale: 1}).Fill(f, random.New(2, 1)); err != nil {
				t.Fatal(err)
			}
			if c.deficient {
				for j := range c.cols {
					f.W[0].Set(1, j, f.W[0].At(0, j))
				}
			}
			const lambda = 0.7
			dense, thin, sampled := newDenseNetwork(f, p.trainTerm()), newDenseNetwork(f, p.trainTerm()),
				newSampledNetwork(f, p.trainTerm())
			dense.forward()
			penalty.AddGradient(dense.gradient, lambda, dense.point)
			dense.backward()
			for _, net := range []*network{thin, sampled} {
				net.penalise(penalty)
				net.lambda = lambda
				for range 2 { // the second from what the first has left
					net.forward()
					net.backward()
				}
				want := penalty.Value(dense.point)
				if got := penalty.Value(net.point); math.Abs(got-want) > rounding*want {
					t.Errorf("%dx%d %v %#v: R is %v, at W %v", c.rows, c.cols, c.hidden, penalty, got, want)
				}
				for j := range f.W {
					if !closeTo(net.grads[j], dense.grads[j], 1e-9) {
						t.Errorf("%dx%d %v %#v: ∂/∂W_%d differs", c.rows, c.cols, c.hidden, penalty, j+1)
					}
				}
			}
			if c.deficient {
				continue
			}
			objective := func() float64 {
				return thin.forward() + lambda*penalty.Value(NewPoint(f.Product()))
			}
			for j, w := range f.W {
				const h = 1e-6
				x := w.At(0, 0)
				w.Set(0, 0, x+h)
				up := objective()
				w.Set(0, 0, x-h)
				down := objective()
				w.Set(0, 0, x)
				// Rounding over h is 1e-10 of the objective, which is larger than its derivative by
				// an entry.
				if got, want := thin.grads[j].At(0, 0), (up-down)/(2*h); math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
					t.Errorf("%dx%d %v %#v: ∂/∂W_%d is %v, by differences %v", c.rows, c.cols, c.hidden, penalty,
						j+1, got, want)
				}
			}
		}
	}
}

// A run by the factors is that at W, and a matrix that cannot be formed has a penalty too.
// What is reported of a W that is too large to be formed is what is minimised: also the zeros count
// for a smoothed penalty.
func TestPenaltyOfAThinPoint(t *testing.T) {
	f, err := NewFactors(40, 30, 4)
	if err != nil {
		t.Fatal(err)
	}
	rng := random.New(1, random.Digest)
	for _, w := range f.W {
		w.Apply(func(int, int, float64) float64 { return rng.NormFloat64() }, w)
	}
	for _, p := range []Penalty{Ratio{}, Ratio{Smoothing: 1e-2}, Nuclear{Smoothing: 1e-2},
		Schatten{P: 0.5, Smoothing: 1e-2}, Entropy{}, Normalized(Schatten{P: 0.5, Smoothing: 1e-2})} {
		got, want := penaltyAt(p, newThinPoint(f)), p.Value(NewPoint(f.Product()))
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("%+v: %v, want %v", p, got, want)
		}
	}
}

func TestThinPenaltyInARun(t *testing.T) {
	p, err := LowRank{Rows: 150, Cols: 140, Rank: 2, Observed: 3000, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	s := DeepMF{Depth: 2, Hidden: 5, Penalty: Ratio{}, Lambda: 1e-2, Optimizer: Adam{LearningRate: 1e-2}, Steps: 60}
	thin, err := s.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	s.Penalty = Sum(Ratio{}, Times(1e-300, L1{})) // which has to form W
	dense, err := s.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	if !closeTo(thin.W, dense.W, 1e-6) { // rounding that Adam grows
		t.Error("the runs differ")
	}
	if _, ok := s.Penalty.(SpectralPenalty); ok {
		t.Error("the other penalty is thin as well")
	}
	var entries []Entry
	for k := range 3000 {
		entries = append(entries, Entry{Row: k * 61, Col: k * 67, Value: float64(k%5) - 2})
	}
	o, err := NewObservations(200_000, 210_000, entries)
	if err != nil {
		t.Fatal(err)
	}
	s = DeepMF{Depth: 2, Hidden: 3, Penalty: Ratio{}, Lambda: 1e-2, Optimizer: Adam{}, Steps: 2}
	if r, err := s.Solve(context.Background(), Problem{Train: o}); err != nil || r.W != nil ||
		Detail[*Factors](r) == nil {
		t.Errorf("%+v, %v", r, err)
	}
	s.Penalty = L1{}
	if _, err := s.Solve(context.Background(), Problem{Train: o}); err == nil ||
		!strings.Contains(err.Error(), "cannot be held") {
		t.Errorf("%v", err)
	}
}

// The mean of the gradients of an epoch's batches, each weighted with its size, is the gradient of
// the loss, in every kind of network; and each measurement is in one batch.
func TestBatchesAddUpToTheLoss(t *testing.T) {
	p, err := LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 50, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	sensing, err := LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 50, Seed: 1}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	weighted := p
	weighted.Loss, weighted.Weights = Huber{Delta: 0.1}, make([]float64, 50)
	for k := range weighted.Weights {
		weighted.Weights[k] = float64(1 + k%3)
	}
	for _, c := range []struct {
		name    string
		p       Problem
		hidden  []int
		sampled bool
	}{
		{"depth 1", p, nil, false}, {"depth 2", p, []int{3}, false}, {"depth 2, sampled", p, []int{3}, true},
		{"depth 3, sampled", p, []int{4, 3}, true}, {"sensing", sensing, []int{3}, false},
		{"weights", weighted, []int{3}, false}, {"weights, sampled", weighted, []int{3}, true},
	} {
		for _, size := range []int{1, 7, 25, 50} { // 7 leaves a last batch of 1
			f, err := NewFactors(12, 9, c.hidden...)
			if err != nil {
				t.Fatal(err)
			}
			if err := (Gaussian{Scale: 1}).Fill(f, random.New(2, 1)); err != nil {
				t.Fatal(err)
			}
			make := newDenseNetwork
			if c.sampled {
				make = newSampledNetwork
			}
			net := make(f, c.p.trainTerm())
			net.forward()
			net.backward()
			var want, sum []*mat.Dense
			for _, g := range net.grads {
				want, sum = append(want, mat.DenseCopyOf(g)), append(sum, mat.DenseCopyOf(g))
				sum[len(sum)-1].Zero()
			}
			b, err := newBatches(c.p.Train, size, 3)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[int]int{}
			for step := range (50 + size - 1) / size {
				b.draw(step)
				drawn := 0
				for k, in := range b.drawn {
					if in {
						seen[k]++
						drawn++
					}
				}
				net.forward()
				net.layers.restrict(net, b)
				net.backward()
				for j, g := range net.grads {
					AddScaled(sum[j], float64(drawn)/50, g)
				}
			}
			for k := range 50 {
				if seen[k] != 1 {
					t.Errorf("%s, batches of %d: measurement %d is in %d of them", c.name, size, k, seen[k])
				}
			}
			for j := range want {
				if !closeTo(sum[j], want[j], rounding) {
					t.Errorf("%s, batches of %d: the mean of ∂/∂W_%d differs from that of the loss", c.name, size, j+1)
				}
			}
		}
	}
}

// A batch depends on seed and step alone; epochs and seeds differ in order.
func TestBatchesOfSeeds(t *testing.T) {
	p, err := LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 50, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	of := func(seed uint64, steps ...int) string {
		b, err := newBatches(p.Train, 10, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			b.draw(step)
		}
		return fmt.Sprint(b.drawn)
	}
	if of(1, 7) != of(1, 0, 1, 6, 7) {
		t.Error("the batch of a step depends on those before it")
	}
	if of(1, 2) == of(1, 7) || of(1, 2) == of(2, 2) {
		t.Error("two epochs, or two seeds, have the same order")
	}
	// Drawn first in the order of an epoch, each measurement is as likely as any other: of 2,000
	// epochs each begins 40 with standard deviation 6.3; five of them leave one run in 35,000 to
	// chance.
	b, err := newBatches(p.Train, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	first := make([]int, 50)
	for epoch := range 2000 {
		b.draw(epoch * 50)
		first[b.order[0]]++
	}
	for k, n := range first {
		if n < 8 || n > 72 {
			t.Errorf("measurement %d begins %d of 2000 epochs", k, n)
		}
	}
}

// Samples are drawn as a whole.
func TestBatchesOfBlocks(t *testing.T) {
	x := mat.NewDense(6, 2, []float64{1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233})
	r, err := NewClasses(x, []int{0, 1, 2, 0, 1, 1}, 3)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBatches(r, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	b.draw(0)
	slopes := make([]float64, 18)
	for k := range slopes {
		slopes[k] = 1
	}
	restrict(slopes, b)
	for k, s := range slopes {
		if want := slopes[k-k%3]; s != want || s != 0 && s != 3 {
			t.Errorf("slopes are %v", slopes)
		}
	}
	p := Problem{Train: r, Loss: Softmax{Classes: 3}}
	_, err = DeepMF{Depth: 1, Batch: 7, Steps: 1}.Solve(context.Background(), p)
	if want := "mc: DeepMF.Batch is 7; it must be between 1 and n = 6, the number of blocks of 3 measurements, or 0 " +
		"for all of them"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// A step descends the gradient of the loss, of the penalty of W and of those of its factors, in
// every precision and kind of network, and a trace has their sum.
func TestPenaltiesOfFactors(t *testing.T) {
	p, err := LowRank{Rows: 150, Cols: 140, Rank: 2, Observed: 3000, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	row, col := Ratio{Smoothing: 0.1}, Sum(Nuclear{Smoothing: 0.1}, Times(0.2, SquaredFrobenius{}))
	for _, d := range []DeepMF{
		{Depth: 2, Hidden: 3, RowPenalty: row}, {Depth: 2, Hidden: 3, ColPenalty: col},
		{Depth: 2, Hidden: 3, Penalty: Ratio{}, RowPenalty: row, ColPenalty: col},
		{Depth: 2, Hidden: 3, Penalty: L1{}, RowPenalty: row},
		{Depth: 3, Hidden: 4, RowPenalty: row, ColPenalty: col},
	} {
		for _, d.Precision = range []Precision{Double, Mixed, Single} {
			f, err := NewFactors(150, 140, []int{d.Hidden, d.Hidden}[:d.Depth-1]...)
			if err != nil {
				t.Fatal(err)
			}
			if err := (Gaussian{Scale: 1}).Fill(f, random.New(2, 1)); err != nil {
				t.Fatal(err)
			}
			const lambda, rate = 0.7, 0.5
			objective := func() (loss, penalty float64) {
				at := NewPoint(f.Product())
				for _, of := range []struct {
					penalty Penalty
					at      *Point
				}{{d.Penalty, at}, {d.RowPenalty, NewPoint(f.W[d.Depth-1])}, {d.ColPenalty, NewPoint(f.W[0])}} {
					if of.penalty != nil {
						penalty += of.penalty.Value(of.at)
					}
				}
				return p.trainTerm().value(make([]float64, 3000), at.W), penalty
			}
			loss, penalty := objective()
			d.Init, d.Lambda, d.Optimizer, d.Steps = Given{f}, lambda, GD{LearningRate: rate}, 1
			trace := &Trace{Every: 1}
			r, err := d.Solve(context.Background(), p, trace)
			if err != nil {
				t.Fatal(err)
			}
			first := trace.Records[0]
			// Single precision rounds products by 1e-7 of their size.
			if want := loss + lambda*penalty; math.Abs(first.Objective-want) > 1e-5*want ||
				math.Abs(first.Penalty-penalty) > 1e-5*penalty {
				t.Errorf("%#v: objective %v and penalty %v, want %v and %v", d, first.Objective, first.Penalty, want,
					penalty)
			}
			for j, w := range f.W {
				const h = 1e-5
				x := w.At(1, 1)
				w.Set(1, 1, x+h)
				up, more := objective()
				w.Set(1, 1, x-h)
				down, less := objective()
				w.Set(1, 1, x)
				want := (up - down + lambda*(more-less)) / (2 * h)
				got := (x - Detail[*Factors](r).W[j].At(1, 1)) / rate
				// In single precision a step is rounded by 6e-8 of a parameter of the size of 1.
				if math.Abs(got-want) > 2e-6*(1+math.Abs(want)) {
					t.Errorf("%#v: a step of W_%d is along %v, by differences %v", d, j+1, got, want)
				}
			}
		}
	}
}
