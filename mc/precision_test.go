package mc

import (
	"context"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/random"
)

// Loss, gradients and W of products in single precision are those in double up to 2⁻²⁴ times the
// sizes of what is summed up, at all entries and at the observed ones, with a penalty of the factors
// and with another loss.
func TestMixedNetworkIsTheDoubleOne(t *testing.T) {
	for _, c := range []struct {
		rows, cols, observed int
		hidden               []int
	}{{9, 7, 20, []int{3}}, {8, 12, 30, []int{8, 8}}, {20, 11, 60, []int{4, 5, 6}}, {1, 5, 3, []int{1}},
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
				double := newDenseNetwork(f, term)
				for name, net := range map[string]*network{"dense": denseNetworkIn[float32](f, term),
					"observed": sampledNetworkIn[float32](f, term)} {
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
					if !(math.Abs(got-want) <= 1e-4*want) || got == want {
						t.Errorf("%+v %s: loss %v, in double %v", c, name, got, want)
					}
					for j := range f.W {
						if !closeTo(net.grads[j], double.grads[j], 1e-4) {
							t.Errorf("%+v %s: ∂/∂W_%d differs", c, name, j+1)
						}
					}
					if !closeTo(net.point.dense(), double.point.W, 1e-5) {
						t.Errorf("%+v %s: W differs", c, name)
					}
				}
			}
		}
	}
}

func TestMixedNetworkAllocatesNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p, err := LowRank{Rows: 60, Cols: 50, Rank: 2, Observed: 500, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewFactors(60, 50, 20, 20)
	if err != nil {
		t.Fatal(err)
	}
	for name, net := range map[string]*network{"dense": denseNetworkIn[float32](f, p.trainTerm()),
		"observed": sampledNetworkIn[float32](f, p.trainTerm())} {
		if n := testing.AllocsPerRun(5, func() { net.forward(); net.backward() }); n != 0 {
			t.Errorf("%s: %v allocations a step", name, n)
		}
	}
}

// ownGD is an optimiser of a user, who knows of no precision.
type ownGD struct{ GD }

// A run in mixed precision ends where one in double does, with an optimiser and a penalty of one's
// own too, as long as the loss is far above rounding.
func TestMixedRunEndsWhereDoubleDoes(t *testing.T) {
	for _, side := range []int{20, 140} { // the second at observed entries
		p, err := LowRank{Rows: side, Cols: side - 5, Rank: 2, Observed: side * 12, Seed: 1}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []DeepMF{
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
			s.Precision = Mixed
			mixed, err := s.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			if !closeTo(mixed.W, double.W, 1e-3) || mixed.Status != StepLimit {
				t.Errorf("%#v: the runs end apart, losses %v and %v, %v", s, double.Loss, mixed.Loss, mixed.Status)
			}
			if closeTo(mixed.W, double.W, 1e-12) {
				t.Errorf("%#v: the products are in double precision", s)
			}
			f := Detail[*Factors](mixed)
			if !closeTo(mixed.W, f.Product(), 1e-15) {
				t.Errorf("%#v: W is not the product of the factors", s)
			}
			want := loss(make([]float64, p.Train.Len()), p.Train, mixed.W)
			if math.Abs(mixed.Loss-want) > 1e-12*want {
				t.Errorf("%#v: the loss is %v, that of W %v", s, mixed.Loss, want)
			}
		}
	}
}

// A run that is asked for a loss below what single precision can tell says so.
func TestMixedRunAtItsRoundingLimit(t *testing.T) {
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
	s.Precision, s.Steps = Mixed, 4*double.Steps
	mixed, err := s.Solve(context.Background(), p)
	if err != nil || mixed.Status != RoundingLimit {
		t.Errorf("status %v at loss %v, %v", mixed.Status, mixed.Loss, err)
	}
	if !(mixed.Loss < 1e-12) {
		t.Errorf("the rounding limit is at loss %v", mixed.Loss)
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
func TestMixedRunResumes(t *testing.T) {
	p, err := LowRank{Rows: 20, Cols: 22, Rank: 1, Observed: 200, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	s := DeepMF{Depth: 3, Init: Gaussian{Scale: 0.3}, Optimizer: Adam{LearningRate: 1e-2}, Steps: 30, Precision: Mixed}
	whole, err := s.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	keep := Checkpoint{File: filepath.Join(t.TempDir(), "run")}
	ctx, stop := context.WithCancel(context.Background())
	s.Solve(ctx, p, keep, ObserverFunc(func(at *Step) {
		if at.Index == 11 {
			stop()
		}
	}))
	resumed, err := s.Solve(context.Background(), p, keep)
	if err != nil || !mat.Equal(resumed.W, whole.W) {
		t.Errorf("resumed at loss %v, whole %v, %v", resumed.Loss, whole.Loss, err)
	}
}
