package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// A Point computes what is asked of a matrix once, for all who ask.
func ExamplePoint() {
	point := mc.NewPoint(mat.NewDense(2, 2, []float64{
		3, 0,
		0, -4,
	}))
	fmt.Printf("σ = %.0f, ‖W‖_* = %.0f, ‖W‖_F = %.0f\n", point.SingularValues(), point.Nuclear(), point.Frobenius())
	fmt.Printf("R = %.1f\n", mc.Ratio{}.Value(point))
	point.W.Scale(10, point.W)
	point.Changed()
	fmt.Printf("R = %.1f at ten times W\n", mc.Ratio{}.Value(point))
	// Output:
	// σ = [4 3], ‖W‖_* = 7, ‖W‖_F = 5
	// R = 1.4
	// R = 1.4 at ten times W
}

// A run may end before its limit: when the loss is low enough, or nothing improves.
func ExampleStop() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, stop := range []mc.Stop{{}, {Loss: 1e-2}, {Patience: 100, MinImprovement: 1e-3}} {
		result, err := mc.DeepMF{
			Depth: 2, Penalty: mc.Frobenius{}, Lambda: 1e-2, Optimizer: mc.GD{LearningRate: 1},
			Init: mc.Identity{Scale: 0.1}, Steps: 2000, Stop: stop,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v, before the limit: %v\n", result.Status, result.Steps < 2000)
	}
	// Output:
	// step limit, before the limit: false
	// loss reached, before the limit: true
	// stalled, before the limit: true
}

// Where the gradient acts and what a step does, in the singular basis of the iterate: the step of
// gradient descent lies along the gradient, that of Adam does not.
func ExampleTrace() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, optimizer := range []mc.Optimizer{mc.GD{LearningRate: 1}, mc.Adam{LearningRate: 1e-2}} {
		trace := &mc.Trace{Every: 1, Split: true, Alignment: true}
		if _, err := (mc.DeepMF{Depth: 1, Optimizer: optimizer, Steps: 2}).Solve(context.Background(), problem,
			trace); err != nil {
			log.Fatal(err)
		}
		start := trace.Records[0]
		split, step := start.Split, start.Alignment
		fmt.Printf("%-8T %2.0f %% of the gradient moves singular values; the step is at cosine %.2f to it\n",
			optimizer, 100*split.Diagonal/(split.Diagonal+split.OffDiagonal), step.Gradient)
	}
	// Output:
	// mc.GD    13 % of the gradient moves singular values; the step is at cosine 1.00 to it
	// mc.Adam  13 % of the gradient moves singular values; the step is at cosine 0.73 to it
}

// A median over seeds, and the bounds within which that of all seeds is with at least 95 %.
func ExampleMedianInterval() {
	interval, err := mc.MedianInterval([]float64{3, 1, 2, 9, 4, 5, 2.5, 3.5})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v, %.1f %%\n", interval, 100*interval.Confidence)
	// Output:
	// 3.25 [1, 9], 99.2 %
}

// What a run is known by: configuration, data and version.
func ExampleRun() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	var runs []mc.Run
	for _, seed := range []uint64{1, 1, 2} {
		trace := &mc.Trace{}
		if _, err := (mc.DeepMF{Depth: 2, Steps: 10, Seed: seed}).Solve(context.Background(), problem,
			trace); err != nil {
			log.Fatal(err)
		}
		runs = append(runs, trace.Run)
	}
	fmt.Printf("%d measurements of a %d×%d matrix\n", runs[0].Measurements, runs[0].Rows, runs[0].Cols)
	fmt.Println("the same again:", runs[0].ID() == runs[1].ID(), "with another seed:", runs[0].ID() == runs[2].ID())
	// Output:
	// 60 measurements of a 10×10 matrix
	// the same again: true with another seed: false
}

// A table says which of its methods were given the true rank.
func ExampleRankGiven() {
	for _, solver := range []mc.Solver{mc.NuclearNorm{}, mc.MatrixIRLS{}, mc.MatrixIRLS{Rank: 5}} {
		_, can := solver.(mc.RankGiven)
		fmt.Printf("%T: can be told %v, is told %d\n", solver, can, mc.TargetRank(solver))
	}
	// Output:
	// mc.NuclearNorm: can be told false, is told 0
	// mc.MatrixIRLS: can be told true, is told 0
	// mc.MatrixIRLS: can be told true, is told 5
}

// A measurement whose maps are drawn again at each use is that of the stored ones.
func ExampleNewStreamedSensing() {
	data := mc.LowRank{Rows: 20, Cols: 10, Rank: 1, Observed: 60, Seed: 1}
	stored, err := data.Sensing()
	if err != nil {
		log.Fatal(err)
	}
	streamed, err := mc.NewStreamedSensing(20, 10, stored.Train.Values(), 1)
	if err != nil {
		log.Fatal(err)
	}
	got, want := make([]float64, 60), make([]float64, 60)
	streamed.Apply(got, stored.Truth)
	stored.Train.Apply(want, stored.Truth)
	fmt.Println("numbers stored:", 60*20*10+60, "and", streamed.Len())
	fmt.Println("the same measurements:", mat.EqualApprox(mat.NewVecDense(60, got), mat.NewVecDense(60, want), 1e-12))
	// Output:
	// numbers stored: 12060 and 60
	// the same measurements: true
}

// landweber is a solver of one's own: W ← W − rate·A*(A(W) − b), so many times.
type landweber struct {
	Rate  float64
	Steps int
}

func (l landweber) Validate() error {
	if !(l.Rate > 0) {
		return fmt.Errorf("landweber.Rate is %v; it must be above 0", l.Rate)
	}
	return nil
}

func (l landweber) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	return mc.Iterate(ctx, l, p, &landweberRun{landweber: l}, mc.Limits{Steps: l.Steps}, observers...)
}

// landweberRun is the state of one run.
type landweberRun struct {
	landweber
	train    mc.Measurement
	w        *mat.Dense
	residual []float64
}

func (l *landweberRun) Start(_ context.Context, s *mc.State) error {
	rows, cols := s.Problem.Dims()
	l.train, l.w = s.Problem.Train, mat.NewDense(rows, cols, nil)
	l.residual = make([]float64, l.train.Len())
	s.Point, s.Advice = mc.NewPoint(l.w), "try a smaller Rate"
	return nil
}

func (l *landweberRun) Loss() (float64, error) {
	l.train.Apply(l.residual, l.w)
	squares := 0.0
	for k, b := range l.train.Values() {
		l.residual[k] -= b
		squares += l.residual[k] * l.residual[k]
	}
	return squares / float64(len(l.residual)), nil
}

func (l *landweberRun) Converged() bool { return false }

func (l *landweberRun) Step(context.Context) error {
	l.train.AddAdjoint(l.w, -l.Rate, l.residual)
	return nil
}

// A solver of one's own is its settings and a Method; limits, cancellation, divergence and
// observers are those of all solvers.
func ExampleIterate() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	trace := &mc.Trace{Every: 1}
	if _, err := (landweber{Rate: 0.5, Steps: 3}).Solve(context.Background(), problem, trace); err != nil {
		log.Fatal(err)
	}
	for _, r := range trace.Records {
		fmt.Printf("step %d: loss %.4f\n", r.Step, r.Loss)
	}
	for _, settings := range []any{landweber{}, mc.Adam{Beta1: 2}} {
		fmt.Println(mc.Validate(settings))
	}
	// Output:
	// step 0: loss 1.0424
	// step 1: loss 0.2606
	// step 2: loss 0.0651
	// step 3: loss 0.0163
	// landweber.Rate is 0; it must be above 0
	// mc: Adam.Beta1 is 2; it must be in [0, 1), where 0 means 0.9 and mc.Zero means 0
}

// columnMeans is a solver of one's own that has a closed form: it estimates an entry by the mean of
// its column.
type columnMeans struct{}

func (c columnMeans) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	return mc.Iterate(ctx, c, p, mc.Direct(c.estimate), mc.Limits{}, observers...)
}

func (columnMeans) estimate(_ context.Context, p mc.Problem, w *mat.Dense) error {
	o, ok := p.Train.(*mc.Observations)
	if !ok {
		return fmt.Errorf("columnMeans: Problem.Train is %T; it must be *mc.Observations", p.Train)
	}
	rows, cols := o.Dims()
	sum, count := make([]float64, cols), make([]float64, cols)
	for _, e := range o.All() {
		sum[e.Col] += e.Value
		count[e.Col]++
	}
	for i := range rows {
		for j := range cols {
			w.Set(i, j, sum[j]/max(count[j], 1))
		}
	}
	return nil
}

func ExampleDirect() {
	train, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 1, Col: 0, Value: 3},
		{Row: 1, Col: 1, Value: 5}})
	if err != nil {
		log.Fatal(err)
	}
	result, err := columnMeans{}.Solve(context.Background(), mc.Problem{Train: train})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.W.RawRowView(0), result.Status)
	// Output: [2 5] converged
}

// Names of rows and columns, both ways.
func ExampleIndex() {
	users, err := mc.NewIndex("user", []string{"ann", "bob", "eve"})
	if err != nil {
		log.Fatal(err)
	}
	films := mc.CountingIndex("film", 1, 20)
	bob, ok := users.Find("bob")
	fmt.Println(users.Name(), bob, ok, users.Label(2))
	film, ok := films.Find("20")
	fmt.Println(films.Name(), film, ok, films.Label(0))
	// Output:
	// user 1 true eve
	// film 19 true 1
}

// A sample that is computed from others is computed again from numbers that were kept.
func ExampleFormula() {
	two, three := mc.PerSeed(1e-1, 1e-2).Named("depth 2"), mc.PerSeed(1e-3, 1e-3).Named("depth 3")
	formula, columns := two.Decades(three).Formula("error")
	fmt.Println(formula.Op, "of", columns[0].Name, "and", columns[1].Name)
	again, err := formula.Evaluate(map[string]mc.Sample{"depth 2": two, "depth 3": mc.PerSeed(1e-5, 1e-4)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f\n", again.Values)
	// Output:
	// decades of depth 2 and depth 3
	// [4 2]
}

// A rule of one's own: a claim holds if any of its checks does.
func ExampleRule() {
	any := mc.Rule{Words: "any check holds", Simultaneous: true,
		Combine: func(_ mc.Outcome, all []mc.Outcome) mc.Outcome {
			if slices.Contains(all, mc.Supported) {
				return mc.Supported
			}
			return mc.Refuted
		}}
	verdict := mc.Verdict{Claim: "some method recovers", Rule: any}
	verdict.AtMost("error of depth 2", 1e-2, mc.PerSeed(.2, .3, .2, .4, .3, .2, .5, .3))
	verdict.AtMost("error of depth 3", 1e-2, mc.PerSeed(1e-3, 2e-3, 1e-3, 5e-4, 1e-3, 3e-3, 1e-3, 2e-3))
	fmt.Printf("%s: %s\n", verdict.Words(), verdict.Outcome())
	// Output:
	// any check holds: supported
}

// What experiments say of a claim, with fewer and with more seeds.
func ExampleOutcome() {
	errors := []float64{4e-3, 6e-3, 2e-2, 3e-3, 5e-3, 4e-3, 2e-3, 6e-3, 1e-3, 3e-3}
	for _, seeds := range []int{6, 10} {
		verdict := mc.Verdict{Claim: "the median error is at most 1 %"}
		verdict.AtMost("relative error", 1e-2, mc.PerSeed(errors[:seeds]...))
		if outcome := verdict.Outcome(); outcome == mc.Inconclusive {
			fmt.Printf("%d seeds: %s, more are needed\n", seeds, outcome)
		} else {
			fmt.Printf("%d seeds: %s\n", seeds, outcome)
		}
	}
	// Output:
	// 6 seeds: inconclusive, more are needed
	// 10 seeds: supported
}

func ExamplePrecision() {
	problem, err := mc.LowRank{Rows: 60, Cols: 60, Rank: 2, Observed: 1500, Seed: 1}.Problem()
	if err != nil {
		panic(err)
	}
	solver := mc.DeepMF{Depth: 3, Optimizer: mc.Adam{LearningRate: 1e-2}, Steps: 400}
	double, _ := solver.Solve(context.Background(), problem)
	solver.Precision = mc.Mixed
	mixed, _ := solver.Solve(context.Background(), problem)
	fmt.Printf("relative errors differ by less than 1e-3: %v\n",
		math.Abs(double.Metrics(problem).RelativeError-mixed.Metrics(problem).RelativeError) < 1e-3)
	// Output: relative errors differ by less than 1e-3: true
}
