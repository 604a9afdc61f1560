package mc_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// corner is [1 2; 2 ?], small enough for the back of an envelope. With x the hidden entry, the
// determinant is x−4 and
//
//	‖W‖_*² = ‖W‖_F² + 2|det W| = 9 + x² + 2|x−4|,
//
// least at x = 1, while the ratio ‖W‖_*/‖W‖_F is least at x = 4, where the rank is one, and ‖W‖_F
// at x = 0.
func corner(t testing.TB) mc.Problem {
	train, err := mc.NewObservations(2, 2, []mc.Entry{{0, 0, 1}, {0, 1, 2}, {1, 0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	return mc.Problem{Train: train}
}

func TestPenaltiesDecideTheCorner(t *testing.T) {
	for _, c := range []struct {
		name   string
		solver mc.DeepMF
		want   float64
	}{
		{"gradient descent from zero: least Frobenius norm",
			mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 0.5}, Steps: 500}, 0},
		{"nuclear norm", mc.DeepMF{Depth: 1, Penalty: mc.Nuclear{}, Lambda: 1e-4,
			Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 20_000}, 1},
		{"ratio", mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-4, Optimizer: mc.Adam{LearningRate: 1e-2},
			Schedule: mc.Cosine{}, Steps: 20_000}, 4},
	} {
		r, err := c.solver.Solve(context.Background(), corner(t))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		// The schedule ends at steps of length 0: measured 2e-8.
		if got := r.W.At(1, 1); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: hidden entry %v, want %v", c.name, got, c.want)
		}
	}
}

// Depth prefers low rank by itself: from a small start, the hidden entry moves from the linear
// model's 0 towards the rank-one completion's 4 as depth grows.
func TestDepthDecidesTheCorner(t *testing.T) {
	hidden := func(depth int) float64 {
		r, err := mc.DeepMF{Depth: depth, Init: mc.Gaussian{Scale: 1e-4}, Optimizer: mc.GroupRMSProp{},
			Steps: 60_000, Stop: mc.Stop{Loss: 1e-8}, Seed: 2}.Solve(context.Background(), corner(t))
		if err != nil || r.Status != mc.LossReached {
			t.Fatalf("depth %d: %v, %v", depth, r.Status, err)
		}
		return r.W.At(1, 1)
	}
	one, two, three := hidden(1), hidden(2), hidden(3)
	// At depth 1 the entry stays as it was initialised: measured 4e-5. The others are an order,
	// with room.
	if !(math.Abs(one) < 1e-3 && two > one+0.5 && three > two+0.1 && math.Abs(three-4) < 0.2) {
		t.Errorf("hidden entry %v at depth 1, %v at depth 2, %v at depth 3; want 0, more, about 4",
			one, two, three)
	}
}

// Gradient descent on an underdetermined linear model ends at the solution nearest to its start.
func TestGradientDescentProjectsItsStart(t *testing.T) {
	p, err := mc.LowRank{Rows: 5, Cols: 6, Rank: 2, Observed: 12, Seed: 4}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	start, err := mc.NewFactors(5, 6)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		for j := range 6 {
			start.W[0].Set(i, j, math.Sin(float64(7*i+j)))
		}
	}
	r, err := mc.DeepMF{Depth: 1, Init: mc.Given{Factors: start}, Optimizer: mc.GD{LearningRate: 3},
		Steps: 100_000, Stop: mc.Stop{Loss: 1e-24}}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	// W₀ + A⁺(b − A(W₀)) by an independent route: gonum's least squares of minimum norm on the rows
	// of maps.
	maps := p.Train.(*mc.Sensing).Maps()
	residual := mat.NewVecDense(p.Train.Len(), nil)
	p.Train.Apply(residual.RawVector().Data, start.W[0])
	residual.SubVec(mat.NewVecDense(p.Train.Len(), p.Train.Values()), residual)
	var svd mat.SVD
	if !svd.Factorize(maps, mat.SVDThin) {
		t.Fatal("no decomposition of the maps")
	}
	var delta mat.VecDense
	svd.SolveVecTo(&delta, residual, svd.Rank(1e-12))
	want := mat.DenseCopyOf(start.W[0])
	want.Add(want, mat.NewDense(5, 6, delta.RawVector().Data))
	if !mat.EqualApprox(r.W, want, 1e-9) {
		t.Errorf("gradient descent ended at\n%v, the projection of its start is\n%v",
			mat.Formatted(r.W), mat.Formatted(want))
	}
}

func TestDeepMFRefuses(t *testing.T) {
	p := corner(t)
	thin, _ := mc.NewFactors(2, 2, 1)
	nan, _ := mc.NewFactors(2, 2)
	nan.W[0].Set(1, 0, math.NaN())
	for _, c := range []struct {
		name   string
		solver mc.DeepMF
		p      mc.Problem
		want   string
	}{
		{"depth 0", mc.DeepMF{}, p, "DeepMF.Depth is 0"},
		{"negative hidden", mc.DeepMF{Depth: 2, Hidden: -3}, p, "DeepMF.Hidden is -3"},
		{"negative lambda", mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: -1}, p, "DeepMF.Lambda is -1"},
		{"NaN lambda", mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: math.NaN()}, p, "DeepMF.Lambda is NaN"},
		{"penalty of a factor that is not there", mc.DeepMF{Depth: 1, RowPenalty: mc.Ratio{}, Lambda: 1}, p,
			"DeepMF.RowPenalty is given at Depth 1"},
		{"penalty of a factor without lambda", mc.DeepMF{Depth: 2, ColPenalty: mc.Ratio{}}, p,
			"DeepMF.Lambda is not given beside DeepMF.ColPenalty"},
		{"penalty of a factor", mc.DeepMF{Depth: 2, ColPenalty: mc.Ratio{Smoothing: -1}, Lambda: 1}, p,
			"Ratio.Smoothing is -1"},
		{"lambda of nothing", mc.DeepMF{Depth: 1, Lambda: 1}, p, "DeepMF.Penalty is nil"},
		{"negative batch", mc.DeepMF{Depth: 1, Batch: -1}, p, "DeepMF.Batch is -1; it must be between 1 and n = 3"},
		{"batch above n", mc.DeepMF{Depth: 1, Batch: 4}, p, "DeepMF.Batch is 4; it must be between 1 and n = 3"},
		{"negative steps", mc.DeepMF{Depth: 1, Steps: -1}, p, "DeepMF.Steps is -1"},
		{"learning rate", mc.DeepMF{Depth: 1, Optimizer: mc.Adam{LearningRate: -0.1}}, p, "Adam.LearningRate is -0.1"},
		{"beta", mc.DeepMF{Depth: 1, Optimizer: mc.Momentum{Beta: 1}}, p, "Momentum.Beta is 1"},
		{"smoothing", mc.DeepMF{Depth: 1, Penalty: mc.Ratio{Smoothing: -1}, Lambda: 1}, p, "Ratio.Smoothing is -1"},
		{"schedule", mc.DeepMF{Depth: 1, Schedule: mc.Cosine{Final: -1}}, p, "Cosine.Final is -1"},
		{"stop", mc.DeepMF{Depth: 1, Stop: mc.Stop{Loss: -1}}, p, "Stop.Loss is -1"},
		{"patience", mc.DeepMF{Depth: 1, Stop: mc.Stop{Patience: -1}}, p, "Stop.Patience is -1"},
		{"start scale", mc.DeepMF{Depth: 1, Init: mc.Gaussian{Scale: -1}}, p, "Gaussian.Scale is -1"},
		{"zero start of a product", mc.DeepMF{Depth: 2, Init: mc.Zeros{}}, p, "depth 2"},
		{"start of another depth", mc.DeepMF{Depth: 1, Init: mc.Given{Factors: thin}}, p, "DeepMF.Depth, 1"},
		{"start not finite", mc.DeepMF{Depth: 1, Init: mc.Given{Factors: nan}}, p, "Factors.W[0](1, 0) is NaN"},
		{"no problem", mc.DeepMF{Depth: 1}, mc.Problem{}, "Problem.Train is nil"},
		{"truth of another shape", mc.DeepMF{Depth: 1},
			mc.Problem{Train: p.Train, Truth: mat.NewDense(3, 2, nil)}, "Problem.Truth is 3×2"},
		{"truth not finite", mc.DeepMF{Depth: 1},
			mc.Problem{Train: p.Train, Truth: mat.NewDense(2, 2, []float64{0, math.Inf(1), 0, 0})},
			"Problem.Truth(0, 1) is +Inf"},
	} {
		seen := 0
		r, err := c.solver.Solve(context.Background(), c.p, mc.ObserverFunc(func(*mc.Step) { seen++ }))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.name, err, c.want)
		}
		if r != nil || seen > 0 {
			t.Errorf("%s: result %v after %d observed steps; want none before the input is right",
				c.name, r, seen)
		}
	}
}

func TestDivergenceKeepsTheTrace(t *testing.T) {
	p, err := mc.LowRank{Rows: 8, Cols: 8, Rank: 2, Observed: 40, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	trace := &mc.Trace{Every: 1}
	r, err := mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: mc.GD{LearningRate: 1e3},
		Steps: 1000}.Solve(context.Background(), p, trace)
	if !errors.Is(err, mc.ErrDiverged) {
		t.Fatalf("error %v is not ErrDiverged", err)
	}
	if r == nil || r.Status != mc.Unfinished || r.Steps == 0 || r.W == nil {
		t.Fatalf("no partial result: %+v", r)
	}
	last, ok := trace.Last()
	if !ok || last.Step != r.Steps || len(trace.Records) != r.Steps+1 {
		t.Errorf("the trace has %d records up to step %d, the run ended at %d",
			len(trace.Records), last.Step, r.Steps)
	}
}

func TestCancelKeepsTheTrace(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	trace := &mc.Trace{Every: 10}
	r, err := mc.DeepMF{Depth: 1, Steps: 1_000_000}.Solve(ctx, corner(t), trace, mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 25 {
			cancel()
		}
	}))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v is not context.Canceled", err)
	}
	if last, ok := trace.Last(); !ok || r == nil || r.Steps != 26 || last.Step != 26 {
		t.Errorf("result %+v, last record %+v: want both at the step after the cancellation, 26",
			r, last)
	}
}

func TestStopRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		solver mc.DeepMF
		want   mc.Status
	}{
		{"steps", mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Steps: 7}, mc.StepLimit},
		{"loss", mc.DeepMF{Depth: 1, Optimizer: mc.GD{LearningRate: 1}, Stop: mc.Stop{Loss: 1e-3}}, mc.LossReached},
		{"stalled", mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 1e-9},
			Stop: mc.Stop{Patience: 50}}, mc.Stalled},
	} {
		r, err := c.solver.Solve(context.Background(), corner(t))
		if err != nil || r.Status != c.want {
			t.Errorf("%s: status %v, error %v; want %v", c.name, r.Status, err, c.want)
		}
		switch c.want {
		case mc.StepLimit:
			if r.Steps != 7 {
				t.Errorf("%d steps, want 7", r.Steps)
			}
		case mc.LossReached:
			// The loss that Stop asks for.
			if r.Loss > 1e-3 || r.Loss == 0 {
				t.Errorf("loss %v, want just under 1e-3", r.Loss)
			}
		case mc.Stalled:
			if r.Steps != 50 {
				t.Errorf("stalled after %d steps, want 50", r.Steps)
			}
		}
	}
}

// The same configuration and data give bit-identical traces, whatever GOMAXPROCS.
func TestDeterminism(t *testing.T) {
	p, err := mc.LowRank{Rows: 130, Cols: 140, Rank: 3, Observed: 4000, Seed: 6}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, d := range []mc.DeepMF{
		{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2}, Steps: 8, Seed: 9},
		{Depth: 3, Steps: 20, Seed: 9},
		{Depth: 2, Hidden: 4, Batch: 700, Penalty: mc.Ratio{}, Lambda: 1e-3, Steps: 20, Seed: 9},
	} {
		var first *mc.Trace
		for _, procs := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(procs)
			trace := &mc.Trace{Every: 1}
			if _, err := d.Solve(context.Background(), p, trace); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = trace
				continue
			}
			for k, r := range trace.Records {
				f := first.Records[k]
				if r.Loss != f.Loss || *r.Test != *f.Test || r.Penalty != f.Penalty {
					t.Fatalf("depth %d, GOMAXPROCS %d: step %d has loss %v, test %v; with 1 it has %v, %v",
						d.Depth, procs, r.Step, r.Loss, *r.Test, f.Loss, *f.Test)
				}
				for i, s := range r.SingularValues {
					if s != f.SingularValues[i] {
						t.Fatalf("depth %d, GOMAXPROCS %d: step %d: σ%d differs",
							d.Depth, procs, r.Step, i+1)
					}
				}
			}
		}
		if first.Run.ID() == "" || first.Run.Data != p.Digest() {
			t.Errorf("identity %+v does not hold the digest of the data", first.Run)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	p, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 2000, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []mc.DeepMF{
		{Depth: 1, Optimizer: mc.Adam{}},
		{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{}},
		{Depth: 3, Optimizer: mc.Adam{}},
		{Depth: 2, Optimizer: mc.GroupRMSProp{}},
		{Depth: 2, Hidden: 10, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{}}, // in factored form
		{Depth: 2, RowPenalty: mc.Ratio{}, ColPenalty: mc.Nuclear{}, Lambda: 1e-3, Optimizer: mc.Adam{}},
		{Depth: 2, Batch: 90, Optimizer: mc.Adam{}}, // 20 steps within an epoch
	} {
		allocations := func(steps int) float64 {
			d.Steps = steps
			return testing.AllocsPerRun(3, func() {
				if _, err := d.Solve(context.Background(), p); err != nil {
					t.Fatal(err)
				}
			})
		}
		if few, many := allocations(2), allocations(22); many > few {
			t.Errorf("depth %d, %T: 20 more steps allocate %v more times",
				d.Depth, d.Optimizer, many-few)
		}
	}
}

// A batch of all measurements is no batch; smaller ones descend another path to the same minimum,
// and a trace has the loss of all measurements.
func TestDeepMFByBatches(t *testing.T) {
	p, err := mc.LowRank{Rows: 20, Cols: 15, Rank: 2, Observed: 200, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	run := func(d mc.DeepMF) (*mc.Result, *mc.Trace) {
		trace := &mc.Trace{Every: 100}
		r, err := d.Solve(context.Background(), p, trace)
		if err != nil {
			t.Fatal(err)
		}
		return r, trace
	}
	for _, d := range []mc.DeepMF{
		{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{},
			Steps: 4000},
		{Depth: 2, Hidden: 4, Penalty: mc.Ratio{}, Lambda: 1e-3, Init: mc.Gaussian{Scale: 0.3},
			Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 4000},
		{Depth: 3, Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 4000},
		{Depth: 2, Hidden: 4, Init: mc.Gaussian{Scale: 0.3}, Optimizer: mc.Adam{LearningRate: 1e-2},
			Schedule: mc.Cosine{}, Steps: 4000, Precision: mc.Single},
	} {
		whole, _ := run(d)
		d.Batch = 200
		if all, _ := run(d); !mat.Equal(all.W, whole.W) {
			t.Errorf("depth %d: a batch of all measurements has other bits than none", d.Depth)
		}
		d.Batch = 32
		r, trace := run(d)
		if mat.Equal(r.W, whole.W) {
			t.Errorf("depth %d: batches of 32 descend the path of the whole", d.Depth)
		}
		last, _ := trace.Last()
		residual := make([]float64, 200)
		p.Train.Apply(residual, r.W)
		loss := 0.0
		for k, b := range p.Train.Values() {
			loss += (residual[k] - b) * (residual[k] - b) / 200
		}
		// Where the schedule ends at steps of 0, batches recover the matrix too: measured .012 at
		// most.
		if *last.RelativeError > 0.05 || math.Abs(last.Loss-loss) > 1e-12 {
			t.Errorf("depth %d: relative error %v; loss %v, that of W is %v", d.Depth, *last.RelativeError, last.Loss,
				loss)
		}
	}
}

// Ridges of both factors are the nuclear norm: min over UVᵀ = W of (‖U‖_F² + ‖V‖_F²)/2 is ‖W‖_*.
func TestRidgesOfFactorsAreTheNuclearNorm(t *testing.T) {
	p, err := mc.LowRank{Rows: 12, Cols: 10, Rank: 2, Observed: 80, Noise: 0.1, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	const lambda = 0.02
	want, err := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: lambda, Tolerance: 1e-10}.Solve(
		context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	half := mc.Times(0.5, mc.SquaredFrobenius{})
	got, err := mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 0.3}, RowPenalty: half, ColPenalty: half, Lambda: lambda,
		Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 6000}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	// Both minimise one convex function of W, the one to 1e-10: measured 1e-8.
	if off := apart(got.W, want.W); off > 1e-6 {
		t.Errorf("the estimates differ by %v", off)
	}
}
