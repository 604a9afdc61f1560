package mc_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Edges of what is legal: settings, data and combinations that few use.

func TestSolveFromOneMatrix(t *testing.T) {
	p := edgeProblem(t)
	start, err := mc.DeepMF{Depth: 1, Steps: 5}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []mc.WarmStarter{
		mc.SoftImpute{Lambda: 0.1}, mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 0.1, Tolerance: 1e-7},
	} {
		from, err := s.SolveFrom(context.Background(), start, p)
		if err != nil {
			t.Errorf("%T: %v", s, err)
			continue
		}
		alone, err := s.Solve(context.Background(), p)
		// The minimum is the same, to the tolerance of the solvers.
		if err != nil || !mat.EqualApprox(from.W, alone.W, 1e-3) {
			t.Errorf("%T: from a matrix it ends elsewhere, %v", s, err)
		}
	}
}

func TestGivenFactorsWiderThanTheMatrix(t *testing.T) {
	p := edgeProblem(t)
	f, err := mc.NewFactors(10, 10, 30)
	if err != nil {
		t.Fatal(err)
	}
	for j, w := range f.W {
		w.Apply(func(i, k int, _ float64) float64 { return math.Sin(float64(1 + j + 3*i + 7*k)) }, w)
	}
	d := mc.DeepMF{Depth: 2, Init: mc.Given{Factors: f}, Penalty: mc.Entropy{}, Lambda: 1e-3, Steps: 5}
	want, err := d.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	d.Hidden = 2 // which the factors given override
	got, err := d.Solve(context.Background(), p)
	if err != nil || !mat.Equal(got.W, want.W) {
		t.Errorf("with a Hidden of 2 W differs, %v", err)
	}
}

// counted counts how often a map is applied.
type counted struct {
	*mc.StreamedSensing
	times *int
}

func (c counted) Apply(dst []float64, w *mat.Dense) {
	*c.times++
	c.StreamedSensing.Apply(dst, w)
}

// A context that is done ends a solver before it has applied the map many times.
func TestCancelledSolversOfStreamedMaps(t *testing.T) {
	values := make([]float64, 60)
	for k := range values {
		values[k] = math.Cos(float64(k))
	}
	sensing, err := mc.NewStreamedSensing(12, 12, values, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []mc.Solver{
		mc.MinimumFrobenius{}, mc.NuclearNorm{}, mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-3},
	} {
		times := 0
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := s.Solve(ctx, mc.Problem{Train: counted{sensing, &times}})
		// Of a hundred rounds of the power method, and of as many conjugate gradients as there are
		// measurements, there is one each; the loss is computed a few times.
		if !errors.Is(err, context.Canceled) || times > 10 {
			t.Errorf("%T: applied %d times, %v", s, times, err)
		}
	}
}

// The norm of a map is found though the data do not show the direction in which it is largest.
func TestNormOfAMapBeyondTheData(t *testing.T) {
	maps := mat.NewDense(2, 4, []float64{2, 0, 0, 1, 10, 0, 0, -20}) // diag(2, 1) and diag(10, −20)
	sensing, err := mc.NewSensing(2, 2, maps, []float64{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	s := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-3, Steps: 2000}
	if r, err := s.Solve(context.Background(), mc.Problem{Train: sensing}); err != nil || r.Status != mc.Converged {
		t.Errorf("%+v, %v", r, err)
	}
	zero, err := mc.NewSensing(2, 2, maps, []float64{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	start := &mc.Result{W: mat.NewDense(2, 2, []float64{1, 2, 3, 4})}
	s.Lambda, s.Steps = 1, 20_000
	r, err := s.SolveFrom(context.Background(), start, mc.Problem{Train: zero})
	// The minimum is 0; the run ends where a step is below its tolerance.
	if err != nil || mat.Norm(r.W, 2) > 0.1 {
		t.Errorf("of zeros it ends at %v, %v", mat.Formatted(r.W), err)
	}
}

func TestWrappersAskObservers(t *testing.T) {
	p := edgeProblem(t)
	for _, s := range []mc.Solver{
		mc.Standardized{Solver: mc.DeepMF{Depth: 2, Steps: 2}},
		mc.BiScale{Solver: mc.DeepMF{Depth: 2, Steps: 2}},
		mc.Debiased{Solver: mc.DeepMF{Depth: 2, Steps: 2}},
	} {
		for want, o := range map[string]mc.Observer{
			"Watch[0]":  &mc.Trace{Watch: []mc.Quantity{nil}},
			"Tolerance": &mc.Trace{Watch: []mc.Quantity{mc.Sharpness{Tolerance: -1}}},
		} {
			if _, err := s.Solve(context.Background(), p, o); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%T: %v, want %q", s, err, want)
			}
		}
	}
}

// Observers of a wrapper see its W, its loss and its metrics, also where wrappers are nested and in
// single precision: the last state is that of the Result.
func TestWrappersShowTheirOwnW(t *testing.T) {
	p := edgeProblem(t)
	p.Truth = mat.NewDense(10, 10, nil)
	p.Truth.Apply(func(i, j int, _ float64) float64 { return float64(1 + i + 2*j) }, p.Truth)
	p.Test = p.Train
	deep := mc.DeepMF{Depth: 2, Hidden: 2, Optimizer: mc.Adam{LearningRate: 1e-2}, Steps: 20, Seed: 1}
	single := deep
	single.Precision = mc.Single
	for _, inner := range []mc.Solver{mc.Mean{}, deep, single, mc.SoftImpute{Lambda: 0.01}} {
		for _, s := range []mc.Solver{
			mc.Standardized{Solver: inner}, mc.Debiased{Solver: inner}, mc.BiScale{Solver: inner},
			mc.BiScale{Solver: inner, CenterOnly: true},
			mc.Standardized{Solver: mc.Debiased{Solver: inner}}, mc.Standardized{Solver: mc.BiScale{Solver: inner}},
		} {
			var w *mat.Dense
			var f *mc.Factors
			var loss float64
			var metrics mc.Metrics
			trace := &mc.Trace{}
			last := mc.ObserverFunc(func(s *mc.Step) { w, f, loss, metrics = s.W(), s.Factors(), s.Loss, s.Metrics() })
			r, err := s.Solve(context.Background(), p, last, trace)
			if err != nil {
				t.Fatalf("%s: %v", mc.Describe(s), err)
			}
			want := r.Metrics(p)
			for what, off := range map[string]float64{
				"loss": loss - r.Loss, "training error": metrics.Train - want.Train, "test error": metrics.Test - want.Test,
				"relative error": metrics.RelativeError - want.RelativeError,
				"norm":           metrics.FrobeniusNorm - want.FrobeniusNorm,
				"recorded loss":  trace.Records[len(trace.Records)-1].Loss - loss,
			} {
				// Rounding, of values up to 100.
				if math.Abs(off) > 1e-9 {
					t.Errorf("%s: the last state's %s is off by %v", mc.Describe(s), what, off)
				}
			}
			if !mat.EqualApprox(w, r.W, 1e-9) {
				t.Errorf("%s: the last state has another W", mc.Describe(s))
			}
			// The product of factors in single precision is formed in double.
			if f != nil && !mat.EqualApprox(f.Product(), r.W, 1e-9) {
				t.Errorf("%s: the factors of the last state are of another W", mc.Describe(s))
			}
			if trace.Run.Solver != mc.Describe(s) {
				t.Errorf("the trace is of %s, not of %s", trace.Run.Solver, mc.Describe(s))
			}
		}
	}
}

// Factors that an observer sees in each step of a run in single precision are those of its W.
func TestWrappedFactorsAreUpToDate(t *testing.T) {
	p := edgeProblem(t)
	inner := mc.DeepMF{Depth: 2, Hidden: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: mc.Adam{LearningRate: 0.1},
		Steps: 5, Precision: mc.Single}
	_, err := mc.Standardized{Solver: inner}.Solve(context.Background(), p, mc.ObserverFunc(func(s *mc.Step) {
		// Single precision, of entries up to 100.
		if !mat.EqualApprox(s.Factors().Product(), s.W(), 1e-4) {
			t.Errorf("step %d: the factors are of another W", s.Index)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// Details are in the units of W: gross errors, and the losses of a path. A certificate of the inner
// problem is none of W.
func TestDetailsOfWrappers(t *testing.T) {
	entries := edgeProblem(t).Train.(*mc.Observations).Entries()
	for k := range entries {
		entries[k].Value = 1000 * (entries[k].Value + float64(entries[k].Row))
	}
	p := observed(t, 10, 10, entries)
	p.Test = p.Train
	r, err := mc.Standardized{Solver: mc.SoftImpute{Lambda: 0.01}}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	path := mc.Detail[mc.Path](r)
	// Rounding.
	if last := path[len(path)-1]; math.Abs(last.Loss/r.Loss-1) > 1e-9 || math.Abs(*last.Test/r.Loss-1) > 1e-9 {
		t.Errorf("the path ends at loss %v and test error %v, the result has %v", last.Loss, *last.Test, r.Loss)
	}
	for _, wrap := range []func(mc.Solver) mc.Solver{
		func(s mc.Solver) mc.Solver { return mc.Standardized{Solver: s} },
		func(s mc.Solver) mc.Solver { return mc.Debiased{Solver: s} },
		func(s mc.Solver) mc.Solver { return mc.BiScale{Solver: s} },
	} {
		r, err := wrap(mc.PrincipalComponentPursuit{Steps: 3000}).Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, len(entries))
		p.Train.Apply(x, r.W)
		for k, s := range mc.Detail[*mc.GrossErrors](r).Values {
			// W + S is the data, to the tolerance of the solver.
			if off := x[k] + s - p.Train.Values()[k]; math.Abs(off) > 1 {
				t.Fatalf("%T: W + S is off by %v at entry %d", wrap(nil), off, k)
			}
		}
		if r, err = wrap(mc.NuclearNorm{}).Solve(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		if c := mc.Detail[*mc.Certificate](r); c != nil {
			t.Errorf("%T: it has the certificate of another problem", wrap(nil))
		}
	}
}

// Ranks whose equations would not fit in memory are refused by name.
func TestRanksTooHighToSolveFor(t *testing.T) {
	p, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 2, Observed: 5000, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for want, s := range map[string]mc.Solver{
		"R2RILS.Rank is 90": mc.R2RILS{Rank: 90}, "OptSpace.Rank is 90": mc.OptSpace{Rank: 90},
	} {
		if _, err := s.Solve(context.Background(), p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// allocated returns how many bytes a function allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Frames of a long side take memory for their k columns alone, and are orthonormal.
func TestOrthogonalOfALongMatrix(t *testing.T) {
	f, err := mc.NewFactors(10, 3000, 10)
	if err != nil {
		t.Fatal(err)
	}
	size := allocated(func() { err = mc.Orthogonal{Scale: 1}.Fill(f, rand.New(rand.NewPCG(1, 1))) })
	if err != nil {
		t.Fatal(err)
	}
	if size > 8<<20 {
		t.Errorf("it allocates %d bytes", size)
	}
	var w, gram mat.Dense
	w.Mul(f.W[1], f.W[0])
	gram.Mul(&w, w.T())
	// Rounding.
	if !mat.EqualApprox(&gram, mat.NewDiagDense(10, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), rounding) {
		t.Errorf("WWᵀ is\n%v", mat.Formatted(&gram))
	}
}

// The tangent kernel of a long matrix is that of its first columns, where all observed entries are,
// and takes no matrix of the long side squared.
func TestKernelChangeOfALongMatrix(t *testing.T) {
	const rows, few, many = 6, 8, 3000
	entries := edgeProblem(t).Train.(*mc.Observations).Entries()
	entries = slices.DeleteFunc(entries, func(e mc.Entry) bool { return e.Row >= rows || e.Col >= few })
	var readings [2][]float64
	for k, cols := range []int{few, many} {
		f, err := mc.NewFactors(rows, cols, 2)
		if err != nil {
			t.Fatal(err)
		}
		for j, w := range f.W {
			w.Apply(func(i, k int, _ float64) float64 { return math.Sin(float64(1 + j + 3*i + 7*k)) }, w)
		}
		for _, at := range []bool{false, true} { // observed entries, or a measurement of another type
			p := observed(t, rows, cols, entries)
			if at {
				p.Train = wrapped{p.Train}
			}
			trace := &mc.Trace{Every: 1, Watch: []mc.Quantity{mc.KernelChange{Measurements: 20}}}
			d := mc.DeepMF{Depth: 2, Init: mc.Given{Factors: f}, Optimizer: mc.GD{LearningRate: 1e-3}, Steps: 1}
			size := allocated(func() { _, err = d.Solve(context.Background(), p, trace) })
			if err != nil {
				t.Fatal(err)
			}
			if size > 32<<20 {
				t.Errorf("%d columns: it allocates %d bytes", cols, size)
			}
			_, values := trace.Series("change of the tangent kernel", 0)
			readings[k] = append(readings[k], values...)
		}
	}
	for k, want := range readings[0] {
		// Rounding.
		if math.Abs(readings[1][k]-want) > 1e-9 || k%2 == 1 && want == 0 {
			t.Errorf("the readings are %v, of the short matrix %v", readings[1], readings[0])
		}
	}
}

// wrapped hides the type of a measurement.
type wrapped struct{ mc.Measurement }

func TestStandardErrorsRefuse(t *testing.T) {
	p := edgeProblem(t)
	o, w := p.Train.(*mc.Observations), mat.NewDense(10, 10, nil)
	w.Apply(func(i, j int, _ float64) float64 { return float64(1+i) * float64(1+j) }, w)
	infinite := mat.DenseCopyOf(w)
	infinite.Set(0, 0, math.Inf(1))
	for _, c := range []struct {
		want  string
		f     mc.RankFit
		o     *mc.Observations
		noise float64
	}{
		{"must both be given", mc.RankFit{Rank: 1}, o, 1}, {"must both be given", mc.RankFit{Rank: 1, W: w}, nil, 1},
		{"Rank is -1", mc.RankFit{Rank: -1, W: w}, o, 1}, {"Rank is 11", mc.RankFit{Rank: 11, W: w}, o, 1},
		{"noise is -1", mc.RankFit{Rank: 1, W: w}, o, -1}, {"noise is NaN", mc.RankFit{Rank: 1, W: w}, o, math.NaN()},
		{"not finite", mc.RankFit{Rank: 1, W: infinite}, o, 1},
	} {
		if _, err := c.f.StandardErrors(c.o, c.noise); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	e, err := mc.RankFit{Rank: 2, W: w}.StandardErrors(o, 1)
	if err != nil || !math.IsInf(e.At(0, 0), 1) {
		t.Errorf("of a W of rank 1 the errors at rank 2 are %v, %v; want +Inf", e, err)
	}
}

// A zero that cannot be one is refused also in settings that were resolved before.
func TestResolvedZeroIsRefused(t *testing.T) {
	p := edgeProblem(t)
	for want, s := range map[string]mc.Solver{
		"SoftImpute.Lambda is 0": mc.Resolved(mc.SoftImpute{Lambda: mc.Zero}),
		"SVT.Tau is 0":           mc.Resolved(mc.SVT{Tau: mc.Zero}),
		"SVT.Step is 0":          mc.Standardized{Solver: mc.SVT{Step: mc.Zero}},
		"Tune.HoldOut is 0":      mc.Resolved(mc.Tune{HoldOut: mc.Zero, Candidates: []mc.Solver{mc.Mean{}}}),
	} {
		if err := mc.Validate(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", mc.Describe(s), err, want)
		}
		if _, err := s.Solve(context.Background(), p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", mc.Describe(s), err, want)
		}
	}
	for _, fraction := range []float64{0, mc.Zero, 1, 2, -1, math.NaN()} {
		_, err := mc.HoldOut(p, fraction, 1)
		if want := "mc: HoldOut: the fraction is"; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("a fraction of %v: %v", fraction, err)
		}
	}
}

func TestCompareWithoutContenders(t *testing.T) {
	o := edgeProblem(t).Train.(*mc.Observations)
	_, err := mc.Compare{Contenders: []mc.Contender{}}.Run(context.Background(), o, nil)
	if err == nil || !strings.Contains(err.Error(), "Compare.Contenders is empty") {
		t.Errorf("%v", err)
	}
}

// patient is a context that is done once it has been asked so often.
type patient struct {
	context.Context
	asked, most int
}

func (p *patient) Err() error {
	if p.asked++; p.asked > p.most {
		return context.Canceled
	}
	return nil
}

// late is a solver whose context must be done as it begins.
type late struct{ t *testing.T }

func (l late) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	if asked := ctx.(*patient).asked; asked < 3 || asked > 20 {
		l.t.Errorf("the context was asked %d times before the inner solver", asked)
	}
	return mc.Mean{}.Solve(ctx, p, observers...)
}

// What precedes the inner solver, and least squares within a step, ask the context as they go on.
func TestCancellationWithinASetUp(t *testing.T) {
	p := edgeProblem(t)
	for _, s := range []mc.Solver{
		mc.Debiased{Solver: late{t}}, mc.BiScale{Solver: late{t}}, mc.BiScale{Solver: late{t}, CenterOnly: true},
	} {
		ctx := &patient{Context: context.Background(), most: 2}
		if r, err := s.Solve(ctx, p); !errors.Is(err, context.Canceled) || r == nil {
			t.Errorf("%T: %v, %v", s, r, err)
		}
	}
	// So many columns that the least squares are solved by conjugate gradients.
	p, err := mc.LowRank{Rows: 320, Cols: 320, Rank: 2, Observed: 9000, Noise: 0.1, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []mc.Solver{mc.GaussNewton{Rank: 10}, mc.R2RILS{Rank: 10}} {
		ctx := &patient{Context: context.Background(), most: 15}
		r, err := s.Solve(ctx, p)
		if !errors.Is(err, context.Canceled) || r == nil || r.Steps > 1 {
			t.Errorf("%T: %+v, %v", s, r, err)
		}
	}
}

// A run that is cancelled with a cause ends with both, also within a step of the gradient flow.
func TestCancellationWithACause(t *testing.T) {
	p, why := edgeProblem(t), errors.New("no longer needed")
	for _, s := range []mc.Solver{mc.DeepMF{Depth: 2}, mc.SoftImpute{}} {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(why)
		_, err := s.Solve(ctx, p)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
			t.Errorf("%T: %v", s, err)
		}
	}
}

func TestLambdaScheduleWithoutAPenalty(t *testing.T) {
	err := mc.DeepMF{Depth: 2, LambdaSchedule: mc.Cosine{}}.Validate()
	if err == nil || !strings.Contains(err.Error(), "DeepMF.LambdaSchedule is mc.Cosine") {
		t.Errorf("%v", err)
	}
	d := mc.DeepMF{Depth: 2, LambdaSchedule: mc.Cosine{}, RowPenalty: mc.Frobenius{}, Lambda: 1}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
}

// The mean over folds is finite where the sum overflows.
func TestScoreOfHugeErrors(t *testing.T) {
	entries := edgeProblem(t).Train.(*mc.Observations).Entries()
	for k := range entries {
		entries[k].Value = 0
	}
	const size = 3e153 // the sum of 14 squares is a float64, that of 70 is none
	r, err := mc.Tune{Candidates: []mc.Solver{constant(2 * size), constant(size)}, Folds: 5}.Solve(context.Background(),
		observed(t, 10, 10, entries))
	if err != nil {
		t.Fatal(err)
	}
	// Rounding.
	s := mc.Detail[*mc.Selection](r)
	if s.Chosen != 1 || math.Abs(s.Trials[1].Score/size/size-1) > 1e-12 {
		t.Errorf("chosen %d, score %v; want 1 and %v", s.Chosen, s.Trials[1].Score, size*size)
	}
}

// The deviance of a perfect fit is 0, also to labels that are probabilities.
func TestDevianceOfProbabilities(t *testing.T) {
	p := []float64{0.5, 0.3, 0.2, 0.1, 0.9, 0}
	y, w := mat.NewDense(2, 3, p), mat.NewDense(2, 3, nil)
	w.Apply(func(i, j int, _ float64) float64 { return max(math.Log(y.At(i, j)), -800) }, w) // e⁻⁸⁰⁰ is 0
	r, err := mc.NewRegression(mat.NewDense(2, 2, []float64{1, 0, 0, 1}), y)
	if err != nil {
		t.Fatal(err)
	}
	// Rounding.
	if d := mc.Deviance(mc.Softmax{Classes: 3}, r, w); math.Abs(d) > rounding {
		t.Errorf("the deviance is %v", d)
	}
}

// Where W is small, the curvature of a loss is that at W and not far away: within its bend, Huber
// is squares.
func TestHessianOfASmallW(t *testing.T) {
	entries := edgeProblem(t).Train.(*mc.Observations).Entries()
	for k := range entries {
		entries[k].Value = 0
	}
	p := observed(t, 10, 10, entries)
	v := mat.NewDense(10, 10, nil)
	v.Apply(func(i, j int, _ float64) float64 { return math.Cos(float64(3*i + j)) }, v)
	along := func(loss mc.Loss) *mat.Dense {
		p.Loss = loss
		dst := mat.NewDense(10, 10, nil)
		d := mc.DeepMF{Depth: 1, Init: mc.Gaussian{Scale: 1e-9}, Steps: 1, Optimizer: mc.GD{LearningRate: 1e-9}}
		_, err := d.Solve(context.Background(), p, mc.ObserverFunc(func(s *mc.Step) {
			s.Hessian().Apply([]*mat.Dense{dst}, []*mat.Dense{v})
		}))
		if err != nil {
			t.Fatal(err)
		}
		return dst
	}
	want, got := along(nil), along(mc.Huber{Delta: 1e-8})
	// Differences of a linear function by a step of 6e-6 of its size.
	if !mat.EqualApprox(got, want, 1e-8) || mat.Norm(want, 2) == 0 {
		t.Errorf("the Hessian of Huber is\n%v\nnot\n%v", mat.Formatted(got), mat.Formatted(want))
	}
}

func TestLogDetProxAtATripleRoot(t *testing.T) {
	// x³ − ax² + (1 + k)x − a has the root √3 three times at a = 3√3, k = 8.
	p := mc.NewPoint(mat.NewDense(1, 1, []float64{3 * math.Sqrt(3)}))
	dst := mat.NewDense(1, 1, nil)
	mc.LogDet{Delta: 1}.Prox(dst, 8, p)
	// A triple root is known to the cube root of rounding.
	if math.Abs(dst.At(0, 0)-math.Sqrt(3)) > 1e-4 {
		t.Errorf("the proximal map is %v, want √3", dst.At(0, 0))
	}
}

// Where ε is Zero, 0/0 is 0: a parameter without a gradient stays.
func TestScalarRulesWithoutEpsilon(t *testing.T) {
	for _, o := range []mc.Optimizer{mc.ScalarAdam{Epsilon: mc.Zero}, mc.GroupRMSProp{Epsilon: mc.Zero}} {
		w := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
		state := o.Start([]mc.Shape{{Rows: 2, Cols: 2}})
		for range 3 {
			state.Step([]*mat.Dense{w}, []*mat.Dense{mat.NewDense(2, 2, nil)})
		}
		if !mat.Equal(w, mat.NewDense(2, 2, []float64{1, 2, 3, 4})) {
			t.Errorf("%#v moves to %v", o, mat.Formatted(w))
		}
	}
}

// biased is a solver of a model that predicts 1 more than W.
type biased struct{}

type oneMore struct{ w *mat.Dense }

func (m oneMore) Predict(dst []float64, on mc.Measurement) {
	on.Apply(dst, m.w)
	for k := range dst {
		dst[k]++
	}
}

func (biased) Solve(_ context.Context, p mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	rows, cols := p.Dims()
	w := mat.NewDense(rows, cols, nil)
	return &mc.Result{W: w, Status: mc.StepLimit, Details: []any{oneMore{w}}}, nil
}

// A wrapper transforms W and cannot transform what else a model predicts by. Tuning asks the model.
func TestPredictorsInOtherSolvers(t *testing.T) {
	p := edgeProblem(t)
	for _, s := range []mc.Solver{
		mc.Standardized{Solver: biased{}}, mc.Debiased{Solver: biased{}}, mc.BiScale{Solver: biased{}},
	} {
		_, err := s.Solve(context.Background(), p)
		if err == nil || !strings.Contains(err.Error(), "predicts by more than W") {
			t.Errorf("%T: %v", s, err)
		}
	}
	r, err := mc.Tune{Candidates: []mc.Solver{biased{}}, Seed: 1}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	ones, err := mc.Tune{Candidates: []mc.Solver{constant(1)}, Seed: 1}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	got, want := mc.Detail[*mc.Selection](r).Trials[0].Score, mc.Detail[*mc.Selection](ones).Trials[0].Score
	// Rounding.
	if math.Abs(got-want) > 1e-12*want {
		t.Errorf("the score is %v; of W = 1, which predicts the same, it is %v", got, want)
	}
	p.Truth = mat.NewDense(10, 10, nil)
	if m := r.Metrics(p); m.HasTruth {
		t.Errorf("the W of a model is compared with the truth: %+v", m)
	}
}

// constant is a solver whose W has one value everywhere.
type constant float64

func (c constant) Solve(_ context.Context, p mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	rows, cols := p.Dims()
	w := mat.NewDense(rows, cols, nil)
	w.Apply(func(int, int, float64) float64 { return float64(c) }, w)
	return &mc.Result{W: w, Status: mc.StepLimit}, nil
}

func TestItemKNNInAnyUnits(t *testing.T) {
	p := edgeProblem(t)
	o := p.Train.(*mc.Observations)
	var want *mat.Dense
	for _, c := range []float64{1, 1e-90, 1e80} {
		entries := o.Entries()
		for k := range entries {
			entries[k].Value *= c
		}
		r, err := mc.ItemKNN{}.Solve(context.Background(), observed(t, 10, 10, entries))
		if err != nil {
			t.Fatal(err)
		}
		w := mat.DenseCopyOf(r.W)
		w.Scale(1/c, w)
		if want == nil {
			want = w
		}
		// Rounding.
		if !mat.EqualApprox(w, want, 1e-9) {
			t.Errorf("in units of %v the estimate is another", c)
		}
	}
}

func TestAccuracyOfNaN(t *testing.T) {
	x := mat.NewDense(4, 2, []float64{1, 0, 0, 1, 1, 1, 2, 0})
	r, err := mc.NewClasses(x, []int{0, 1, 0, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	if a := mc.Accuracy(r, mat.NewDense(2, 2, []float64{nan, nan, nan, nan})); !math.IsNaN(a) {
		t.Errorf("accuracy %v", a)
	}
}

func TestTargetRankOfWrappers(t *testing.T) {
	inner := mc.R2RILS{Rank: 3}
	for _, s := range []mc.Solver{
		mc.Debiased{Solver: inner}, mc.Standardized{Solver: inner}, mc.BiScale{Solver: inner},
	} {
		if got := mc.TargetRank(s); got != 3 {
			t.Errorf("%T has target rank %d", s, got)
		}
	}
}

func TestSaidZeroOfSmoothing(t *testing.T) {
	s := mc.ProximalGradient{Penalty: mc.Nuclear{Smoothing: mc.Zero}, Lambda: 0.1}
	if _, err := s.Solve(context.Background(), edgeProblem(t)); err != nil {
		t.Error(err)
	}
}

// Where no W ⪰ 0 meets the entries the run ends at its limit.
func TestSemidefiniteWithoutASolution(t *testing.T) {
	p := observed(t, 2, 2, []mc.Entry{{Row: 0, Col: 0, Value: -1}})
	r, err := mc.NuclearNorm{Semidefinite: true}.Solve(context.Background(), p)
	if err != nil || r.Status == mc.Converged {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestDetailsThroughJSON(t *testing.T) {
	for _, s := range []mc.Solver{mc.PrincipalComponentPursuit{}, mc.SoftImpute{}} {
		r, err := s.Solve(context.Background(), observed(t, 3, 3, []mc.Entry{
			{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2},
			{Row: 1, Col: 0, Value: 3}, {Row: 1, Col: 1, Value: 6},
		}))
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back mc.Result
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if u := mc.Detail[mc.Unobserved](&back); len(u.Rows) != 1 || len(u.Cols) != 1 {
			t.Errorf("%T: unobserved %+v", s, u)
		}
		if was, is := mc.Detail[*mc.GrossErrors](r), mc.Detail[*mc.GrossErrors](&back); (was == nil) != (is == nil) {
			t.Errorf("%T: gross errors %v, were %v", s, is, was)
		}
	}
}

// fragile is an observer whose state cannot be kept from step 30 on.
type fragile struct{ state fragileState }

type fragileState struct{ step int }

func (f *fragile) Observe(s *mc.Step) { f.state.step = s.Index }
func (f *fragile) Kept() []any        { return []any{&f.state} }

func (*fragileState) UnmarshalBinary([]byte) error { return nil }
func (f *fragileState) MarshalBinary() ([]byte, error) {
	if f.step >= 30 {
		return nil, errors.New("no room")
	}
	return nil, nil
}

// A checkpoint that cannot be written ends the run, and leaves the last one that could.
func TestFailedWriteLeavesACheckpoint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c")
	d := mc.DeepMF{Depth: 2, Steps: 50}
	solve := func(steps *int) error {
		_, err := d.Solve(context.Background(), edgeProblem(t), &fragile{}, mc.Checkpoint{File: file, Interval: 1},
			mc.ObserverFunc(func(s *mc.Step) { *steps++ }))
		return err
	}
	first, second := 0, 0
	if err := solve(&first); !errors.Is(err, mc.ErrCheckpoint) {
		t.Fatalf("error %v", err)
	}
	if err := solve(&second); !errors.Is(err, mc.ErrCheckpoint) || second > 5 || first < 30 {
		t.Errorf("the second run saw %d states after the first %d, %v", second, first, err)
	}
}

func edgeProblem(t *testing.T) mc.Problem {
	t.Helper()
	p, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 2, Observed: 70, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	p.Truth = nil
	return p
}
