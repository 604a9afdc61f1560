package mc

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/random"
)

// Loss, gradients and W in mixed and in single precision are those in double up to 2⁻²⁴ times the
// sizes of what is summed up, at all entries and at the observed ones, with a penalty of the
// factors and with another loss.
func TestNarrowNetworksAreTheDoubleOne(t *testing.T) {
	for _, c := range []struct {
		rows, cols, observed int
		hidden               []int
	}{{9, 7, 20, []int{3}}, {8, 12, 30, []int{8, 8}}, {20, 11, 60, []int{4, 5, 6}}, {1, 5, 3, []int{1}},
		{6, 9, 20, nil},
		{60, 70, 900, []int{20, 33}}} {
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
		huber := p
		huber.Loss = Huber{}
		for _, term := range []dataTerm{p.trainTerm(), huber.trainTerm()} {
			for _, penalty := range []SpectralPenalty{nil, Nuclear{Smoothing: 1e-2}} {
				if c.hidden == nil && penalty != nil {
					continue // a penalty of the factors is for two or more
				}
				double := newDenseNetwork(f, term)
				nets := map[string]*network{"single, dense": denseNetworkIn[float32](f.Clone(), term, true)}
				if c.hidden != nil {
					nets["mixed, dense"] = denseNetworkIn[float32](f, term, false)
					nets["mixed, observed"] = sampledNetworkIn[float32](f, term, false)
					nets["single, observed"] = sampledNetworkIn[float32](f, term, true)
				}
				for name, net := range nets {
					for _, n := range []*network{double, net} {
						if n.thin, n.lambda = nil, 0.3; penalty != nil {
							n.penalise(penalty)
						}
						n.forward() // the second must leave nothing of the first
						n.backward()
					}
					want, got := double.forward(), net.forward()
					double.backward()
					net.backward()
					// 2⁻²⁴ = 6e-8 for each product, with room for sums that cancel.
					if !(math.Abs(got-want) <= 1e-4*want) || got == want {
						t.Errorf("%+v %s: loss %v, in double %v", c, name, got, want)
					}
					for j := range f.W {
						got := net.grads[j]
						if l := net.single(); l != nil {
							got = mat.DenseCopyOf(f.W[j])
							kernel.Widen(got.RawMatrix(), l.grads[j])
						}
						// Gradients cancel more than the loss does.
						if !closeTo(got, double.grads[j], 1e-4) {
							t.Errorf("%+v %s: ∂/∂W_%d differs", c, name, j+1)
						}
					}
					// A hundred products of 6e-8 each.
					if !closeTo(net.point.dense(), double.point.W, 1e-5) {
						t.Errorf("%+v %s: W differs", c, name)
					}
				}
			}
		}
	}
}

// The gradient of the factors in single precision is that of the loss by differences.
func TestSingleGradientIsTheDerivative(t *testing.T) {
	p, err := LowRank{Rows: 7, Cols: 6, Rank: 2, Observed: 25, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range [][]int{nil, {6}, {5, 6}} {
		f, err := NewFactors(7, 6, hidden...)
		if err != nil {
			t.Fatal(err)
		}
		if err := (Gaussian{Scale: 0.5}).Fill(f, random.New(2, 1)); err != nil {
			t.Fatal(err)
		}
		net := denseNetworkIn[float32](f, p.trainTerm(), true)
		net.forward()
		net.backward()
		l := net.single()
		for j, w := range l.w {
			for k, x := range w.Data {
				// 2⁻⁷ of a polynomial of degree 6: third derivatives are below 1e2·6·2⁻¹⁴, and
				// rounding of the loss, 1e-6, over 2⁻⁶ is below 1e-4.
				const h = 0x1p-7
				w.Data[k] = x + h
				above := net.forward()
				w.Data[k] = x - h
				below := net.forward()
				w.Data[k] = x
				got, want := float64(l.grads[j].Data[k]), (above-below)/(2*h)
				if math.Abs(got-want) > 1e-3*(1+math.Abs(want)) {
					t.Errorf("hidden %v: ∂/∂W_%d[%d] is %v, by differences %v", hidden, j+1, k, got, want)
				}
			}
		}
	}
}

// A step of a run allocates nothing, whatever the precision, the penalty and the optimiser.
func TestNarrowStepsAllocateNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p, err := LowRank{Rows: 60, Cols: 50, Rank: 2, Observed: 500, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]DeepMF{
		"mixed":         {Depth: 3, Hidden: 20, Optimizer: Adam{}, Precision: Mixed},
		"single":        {Depth: 3, Optimizer: Adam{}, Precision: Single},
		"single, group": {Depth: 2, Precision: Single},
		"single, ratio": {Depth: 1, Penalty: Ratio{Polar: Fast}, Lambda: 1e-3, Optimizer: Adam{}, Precision: Single},
		"single, smoothed": {Depth: 1, Penalty: Ratio{Smoothing: 1e-4, Polar: Fast}, Lambda: 1e-3, Optimizer: Adam{},
			Precision: Single},
	} {
		method := d.method()
		s := &State{Problem: p, Limit: 100, solver: d}
		if err := method.Start(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		step := func() {
			if _, err := method.Loss(); err != nil {
				t.Fatal(err)
			}
			method.Step(context.Background())
			s.Point.Changed()
		}
		step()
		if n := testing.AllocsPerRun(5, step); n != 0 {
			t.Errorf("%s: %v allocations a step", name, n)
		}
	}
	f, err := NewFactors(60, 50, 20, 20)
	if err != nil {
		t.Fatal(err)
	}
	net := sampledNetworkIn[float32](f, p.trainTerm(), true)
	if n := testing.AllocsPerRun(5, func() { net.forward(); net.backward() }); n != 0 {
		t.Errorf("at observed entries: %v allocations a step", n)
	}
}

// ownGD is an optimiser of a user, who knows of no precision.
type ownGD struct{ GD }

// A run in mixed or single precision ends where one in double does, in mixed with an optimiser and
// in both with a penalty of one's own too, as long as the loss is far above rounding.
func TestNarrowRunsEndWhereDoubleDoes(t *testing.T) {
	for _, side := range []int{20, 140} { // the second at observed entries
		p, err := LowRank{Rows: side, Cols: side - 5, Rank: 2, Observed: side * 12, Seed: 1}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []DeepMF{
			{Depth: 1, Penalty: Ratio{Polar: Fast}, Lambda: 1e-2, Optimizer: Momentum{}, Steps: 60},
			{Depth: 1, Penalty: Ratio{Smoothing: 1e-3, Polar: Fast}, Lambda: 1e-2, Optimizer: Momentum{}, Steps: 60},
			{Depth: 1, Penalty: Nuclear{}, Lambda: 1e-4, Optimizer: GD{LearningRate: 1}, Steps: 60},
			{Depth: 2, Init: Gaussian{Scale: 0.1}, Optimizer: Adam{LearningRate: 1e-2}, Steps: 60},
			{Depth: 3, Init: Gaussian{Scale: 0.3}, Optimizer: ownGD{GD{LearningRate: 0.1}}, Steps: 60},
			{Depth: 2, Hidden: 4, Penalty: Ratio{}, Lambda: 1e-2, Init: Gaussian{Scale: 0.1}, Optimizer: Momentum{},
				Steps: 60},
			{Depth: 2, Penalty: L1{}, Lambda: 1e-3, Init: Gaussian{Scale: 0.1}, Steps: 60},
		} {
			double, err := s.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			for _, s.Precision = range []Precision{Mixed, Single} {
				if _, own := s.Optimizer.(ownGD); s.Precision == Mixed && s.Depth == 1 || s.Precision == Single && own {
					continue
				}
				var last *Factors
				got, err := s.Solve(context.Background(), p, ObserverFunc(func(at *Step) {
					if at.Final || at.Index == 30 { // not always
						last = at.Factors()
					}
				}))
				if err != nil {
					t.Fatal(err)
				}
				// Rounding of 6e-8 grows along a run; a thousandth is far from another solution.
				if !closeTo(got.W, double.W, 1e-3) || got.Status != StepLimit {
					t.Errorf("%#v: the runs end apart, losses %v and %v, %v", s, double.Loss, got.Loss, got.Status)
				}
				// Far above rounding of float64, far below that of float32.
				if closeTo(got.W, double.W, 1e-12) {
					t.Errorf("%#v: the run is in double precision", s)
				}
				f := Detail[*Factors](got)
				// The same product, in double precision.
				if !closeTo(got.W, f.Product(), 1e-15) {
					t.Errorf("%#v: W is not the product of the factors", s)
				}
				if s.Depth > 1 && !mat.Equal(last.W[0], f.W[0]) {
					t.Errorf("%#v: an observer sees other factors than the result has", s)
				}
				want := loss(make([]float64, p.Train.Len()), p.Train, got.W)
				if math.Abs(got.Loss-want) > rounding*want {
					t.Errorf("%#v: the loss is %v, that of W %v", s, got.Loss, want)
				}
			}
		}
	}
}

// Along a run in single precision, the smoothed polar factor by Fast is in single precision and as
// good as it says.
func TestFastPolarInSinglePrecision(t *testing.T) {
	p, err := LowRank{Rows: 70, Cols: 60, Rank: 3, Observed: 1000, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for _, eps := range []float64{1e-4, 1e-2} {
		_, err := DeepMF{Depth: 1, Penalty: Ratio{Smoothing: eps, Polar: Fast}, Lambda: 1e-3,
			Optimizer: Adam{LearningRate: 1e-2}, Schedule: Cosine{}, Steps: 300, Precision: Single,
		}.Solve(context.Background(), p, ObserverFunc(func(s *Step) {
			if s.Index%20 != 0 {
				return
			}
			e, ok := s.PolarEstimate()
			got, nuclear := s.point.PolarBy(Fast, eps)
			want, wantNuclear := s.point.Polar(eps)
			double, _ := NewPoint(s.W()).PolarBy(Fast, eps)
			size := frobenius(want)
			var difference mat.Dense
			difference.Sub(got, want)
			// Measured .7 of the estimate at most.
			if err := frobenius(&difference) / size; !ok || e.FellBack || err > e.Error || mat.Equal(got, double) {
				t.Errorf("ε %g, step %d: error %.1e, %+v, %v; in double precision: %v", eps, s.Index, err, e, ok,
					mat.Equal(got, double))
			}
			// The tolerance of Fast.
			if math.Abs(nuclear-wantNuclear) > 1e-4*wantNuclear {
				t.Errorf("ε %g, step %d: nuclear norm %v, want %v", eps, s.Index, nuclear, wantNuclear)
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Each optimiser that single precision takes goes the way that it goes in double.
func TestOptimizersInSinglePrecision(t *testing.T) {
	p, err := LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	all := []Optimizer{GD{}, Momentum{}, Nesterov{}, SignSGD{}, SignSGD{Beta: 0.9}, NormalizedGD{}, GroupRMSProp{},
		RMSProp{}, Adagrad{}, Adadelta{}, Adam{}, AdamW{}, AMSGrad{}, NAdam{}, RAdam{}, Adamax{}, ScalarAdam{},
		Adam{Epsilon: Zero}, RMSProp{Epsilon: Zero}}
	for _, o := range all {
		s := DeepMF{Depth: 2, Init: Gaussian{Scale: 0.3}, Optimizer: o, Steps: 12}
		double, err := s.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		s.Precision = Single
		single, err := s.Solve(context.Background(), p, &Trace{Every: 4, Watch: Quantities{Sharpness{}, UpdateCosines{},
			Balance{}}})
		if err != nil {
			t.Errorf("%#v: %v", o, err)
			continue
		}
		// Twelve steps, each of which rounds by 1e-7; a sign or a quotient of small gradients
		// amplifies that.
		if !closeTo(single.W, double.W, 1e-4) || mat.Equal(single.W, double.W) {
			t.Errorf("%#v: the runs end apart, losses %v and %v", o, double.Loss, single.Loss)
		}
	}
	for _, o := range []Optimizer{Shampoo{}, SpectralDescent{}, RotatedAdam{}, ASGD{}, ownGD{}} {
		_, err := DeepMF{Depth: 2, Optimizer: o, Precision: Single}.Solve(context.Background(), p)
		name, _, _ := strings.Cut(Describe(o), "{")
		if err == nil || !strings.Contains(err.Error(), "DeepMF.Optimizer is "+name) {
			t.Errorf("%#v: error %v", o, err)
		}
	}
}

// An ε below the smallest number in single precision still makes 0/0 a 0, at entries without a
// gradient.
func TestTinyEpsilonInSinglePrecision(t *testing.T) {
	p, err := LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	const tiny = 1e-50
	for _, o := range []Optimizer{
		Adadelta{Epsilon: tiny}, Adagrad{Epsilon: tiny}, Adam{Epsilon: tiny}, AdamW{Epsilon: tiny},
		Adamax{Epsilon: tiny}, AMSGrad{Epsilon: tiny}, GroupRMSProp{Epsilon: tiny}, NAdam{Epsilon: tiny},
		RAdam{Epsilon: tiny}, RMSProp{Epsilon: tiny}, ScalarAdam{Epsilon: tiny},
	} {
		_, err := DeepMF{Depth: 1, Optimizer: o, Precision: Single, Steps: 9}.Solve(context.Background(), p)
		if err != nil {
			t.Errorf("%#v: %v", o, err)
		}
	}
}

// A run that is asked for a loss below what single precision can tell says so.
func TestNarrowRunsAtTheirRoundingLimit(t *testing.T) {
	w := mat.NewDense(12, 12, nil)
	for i := range 12 {
		for j := range 12 {
			w.Set(i, j, math.Sin(float64(i+1))*math.Cos(float64(j+1)))
		}
	}
	o, err := ObserveDense(w)
	if err != nil {
		t.Fatal(err)
	}
	p := Problem{Train: o}
	s := DeepMF{Depth: 2, Hidden: 1, Init: Gaussian{Scale: 0.3}, Optimizer: Momentum{LearningRate: 2}, Steps: 2000,
		Stop: Stop{Loss: 1e-22}}
	double, err := s.Solve(context.Background(), p)
	if err != nil || double.Status != LossReached {
		t.Fatalf("in double precision: %+v, %v", double.Status, err)
	}
	s.Steps = 4 * double.Steps
	for _, s.Precision = range []Precision{Mixed, Single} {
		r, err := s.Solve(context.Background(), p)
		if err != nil || r.Status != RoundingLimit {
			t.Errorf("%#v: status %v at loss %v, %v", s.Precision, r.Status, r.Loss, err)
		}
		// About the square of 1e-7, see Mixed.
		if !(r.Loss < 1e-12) {
			t.Errorf("%#v: the rounding limit is at loss %v", s.Precision, r.Loss)
		}
	}
}

// A run in single precision whose steps are too small to move parameters says so; where they are
// too small for the last few steps, as at the end of Cosine, it does not.
func TestSingleRunWhoseStepsVanish(t *testing.T) {
	p, err := LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for rate, want := range map[float64]Status{1e-10: RoundingLimit, 1e-3: StepLimit} {
		r, err := DeepMF{Depth: 2, Init: Gaussian{Scale: 0.3}, Optimizer: Adam{LearningRate: rate}, Schedule: Cosine{},
			Steps: 50, Precision: Single}.Solve(context.Background(), p)
		if err != nil || r.Status != want {
			t.Errorf("learning rate %v: status %v, want %v, %v", rate, r.Status, want, err)
		}
	}
}

func TestPrecisionSettings(t *testing.T) {
	p, err := LowRank{Rows: 8, Cols: 9, Rank: 1, Observed: 40, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		solver DeepMF
		want   string
	}{
		{DeepMF{Depth: 1, Precision: Mixed}, "no products of factors"},
		{DeepMF{Depth: 2, Precision: 7}, "DeepMF.Precision is mc.Precision(7)"},
	} {
		if _, err := c.solver.Solve(context.Background(), p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%#v: error %v, want %q", c.solver, err, c.want)
		}
	}
	if text := Describe(DeepMF{Depth: 2, Precision: Mixed}); !strings.Contains(text, "Precision:mc.Mixed") {
		t.Errorf("%s does not name the precision", text)
	}
}

// A run that a checkpoint keeps ends with the bits of one that was not interrupted.
func TestNarrowRunsResume(t *testing.T) {
	p, err := LowRank{Rows: 20, Cols: 22, Rank: 1, Observed: 200, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []DeepMF{
		{Depth: 3, Init: Gaussian{Scale: 0.3}, Optimizer: Adam{LearningRate: 1e-2}, Precision: Mixed},
		{Depth: 3, Init: Gaussian{Scale: 0.3}, Optimizer: Adam{LearningRate: 1e-2}, Precision: Single},
		{Depth: 1, Penalty: Ratio{}, Lambda: 1e-3, Optimizer: NAdam{LearningRate: 1e-2}, Precision: Single},
		{Depth: 2, Hidden: 3, Penalty: Ratio{}, Lambda: 1e-3, Optimizer: GroupRMSProp{}, Precision: Single},
	} {
		s.Steps = 30
		whole, err := s.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		keep := Checkpoint{File: filepath.Join(t.TempDir(), "run")}
		ctx, stop := context.WithCancel(context.Background())
		partial, err := s.Solve(ctx, p, keep, ObserverFunc(func(at *Step) {
			if at.Index == 11 {
				stop()
			}
		}))
		if !errors.Is(err, context.Canceled) || !closeTo(Detail[*Factors](partial).Product(), partial.W, 1e-5) {
			t.Errorf("%#v: a cancelled run has other factors than W, %v", s, err)
		}
		resumed, err := s.Solve(context.Background(), p, keep)
		if err != nil || !mat.Equal(resumed.W, whole.W) {
			t.Errorf("%#v: resumed at loss %v, whole %v, %v", s, resumed.Loss, whole.Loss, err)
		}
	}
}
