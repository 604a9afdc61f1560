package network

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/random"
)

// ReLU trains a network with one hidden layer of rectified linear units. For samples in the rows of
// X, its scores are
//
//	max(0, XW + 1b)·V + 1c,   W = W_N ⋯ W_1.
//
// The first layer W (features × Width) is what is studied: at depth 1 it is one matrix, and from
// depth 2 on a product, which represents the same functions (linear over-parameterisation; Arora,
// Cohen, Hazan 2018; Huh et al. 2021). The penalty is on W alone. Any [mc.Penalty] and any
// [mc.Optimizer] will do, as with [mc.DeepMF]; gradients are those of the whole training set.
//
// It solves problems whose Train is a [mc.Regression] with any [mc.Loss], such as [mc.Softmax] for
// classes. Result.W is W. A trace has the singular values of W beside the loss of the network, and
// the [Trained] network is a detail of the Result:
//
//	net := mc.Detail[*network.Trained](result)
type ReLU struct {
	// Depth N of the first layer.
	Depth int `range:"[1, inf)"`
	// Width is the number of hidden units. The inner sizes of a product are min(features, Width),
	// which do not bound its rank.
	Width int `default:"64" range:"[1, inf)"`
	// Init is the initialisation of the factors. Default mc.Gaussian{Scale: √2}, at which entries
	// of W have the variance 2/features of He et al. (2015) if Width is at most features. Entries
	// of V have 2/Width; they depend on Seed and neither on Init nor on Depth. b and c are 0.
	Init mc.Init
	// Penalty R on W and its weight λ, which must be given beside a penalty. Default none.
	Penalty mc.Penalty
	Lambda  float64 `default:"none" range:"[0, inf)"`
	// Optimizer of all parameters. Default mc.Adam{}.
	Optimizer mc.Optimizer
	// Schedule multiplies the learning rate. Default constant. It must not be a
	// [mc.WatchfulSchedule].
	Schedule mc.Schedule
	// Steps is the limit.
	Steps int `default:"1000" range:"[1, inf)"`
	// Stop holds further rules that end the run.
	Stop mc.Stop
	// Seed of the initialisation.
	Seed uint64
}

// WithDefaults fills in Init and Optimizer.
func (r ReLU) WithDefaults() any {
	if r.Init == nil {
		r.Init = mc.Gaussian{Scale: math.Sqrt2}
	}
	if r.Optimizer == nil {
		r.Optimizer = mc.Adam{}
	}
	return r
}

// Validate says which field is wrong, if one is.
func (r ReLU) Validate() error {
	if err := mc.CheckRanges(r); err != nil {
		return err
	}
	_, watches := r.Schedule.(mc.WatchfulSchedule)
	switch said := r.Lambda != 0 || math.Signbit(r.Lambda); {
	case r.Lambda > mc.Zero && r.Penalty == nil:
		return fmt.Errorf("network: ReLU.Lambda is %v but ReLU.Penalty is nil; name the penalty, such as mc.Ratio{}",
			r.Lambda)
	case !said && r.Penalty != nil:
		return fmt.Errorf("network: ReLU.Lambda is not given beside ReLU.Penalty; set it, to mc.Zero for a run " +
			"without the penalty")
	case watches:
		return fmt.Errorf("network: ReLU.Schedule is %#v; it must not depend on the objective", r.Schedule)
	}
	return nil
}

// TakesLoss says that it minimises any loss.
func (ReLU) TakesLoss() {}

// Restart returns the solver with another Seed.
func (r ReLU) Restart(k int) mc.Solver {
	r.Seed += uint64(k)
	return r
}

// Solve trains from the initialisation until a rule ends it. It never ends as Converged.
func (r ReLU) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	run := &training{ReLU: mc.Resolved(r)}
	return mc.Iterate(ctx, r, p, run, mc.Limits{Steps: run.Steps, Stop: r.Stop}, observers...)
}

// training is a run of ReLU.
type training struct {
	ReLU
	at       *mc.State
	tape     tape
	scores   *node
	trained  []*node      // the factors, b, V and c
	gradient *mat.Dense   // of the loss in W
	params   []*mat.Dense // of trained, and their gradients
	grads    []*mat.Dense
	stepper  mc.Stepper
	total    float64 // Σ wₖ over the values of Train
}

func (r *training) Start(_ context.Context, s *mc.State) error {
	train, err := regression("Train", s.Problem.Train)
	if err != nil {
		return err
	}
	if s.Problem.Test != nil {
		if _, err := regression("Test", s.Problem.Test); err != nil {
			return err
		}
	}
	features, outputs := train.Dims()
	net, err := r.initialised(features, outputs)
	if err != nil {
		return err
	}
	r.at = s
	r.record(net, train.X())
	r.total = float64(train.Len())
	if s.Problem.Weights != nil {
		r.total = sum(s.Problem.Weights)
	}
	s.Point, s.Gradient, s.Penalty = mc.NewPredictorPoint(net.W, net), r.gradient, r.Penalty
	s.Details, s.Advice, s.Trajectory = []any{net}, "try a smaller learning rate", true
	if r.Depth > 1 {
		s.Factors = net.Factors
	}
	return nil
}

// initialised returns the network with which training begins.
func (r *training) initialised(features, outputs int) (*Trained, error) {
	inner := make([]int, r.Depth-1)
	for j := range inner {
		inner[j] = min(features, r.Width)
	}
	f, err := mc.NewFactors(features, r.Width, inner...)
	if err != nil {
		return nil, err
	}
	net := &Trained{
		Factors: f, W: f.W[0], Bias: mat.NewDense(1, r.Width, nil),
		V: mat.NewDense(r.Width, outputs, nil), Offset: mat.NewDense(1, outputs, nil),
	}
	rng := random.New(r.Seed, random.Init)
	net.V.Apply(func(int, int, float64) float64 {
		return math.Sqrt(2/float64(r.Width)) * rng.NormFloat64()
	}, net.V)
	return net, r.Init.Fill(f, rng)
}

// record puts the network on the tape, with the penalty where the derivative in W is complete.
func (r *training) record(net *Trained, x *mat.Dense) {
	for _, f := range net.Factors.W {
		r.trained = append(r.trained, parameter(f))
	}
	w := r.trained[0]
	for _, f := range r.trained[1:] {
		w = r.tape.mul(f, w)
	}
	net.W, r.gradient = w.value, mat.DenseCopyOf(w.value)
	r.tape = append(r.tape, operation{func() {}, func() {
		if r.gradient.Copy(w.grad); r.at.Lambda != 0 {
			r.Penalty.AddGradient(w.grad, r.at.Lambda, r.at.Point)
		}
	}})
	b, v, c := parameter(net.Bias), parameter(net.V), parameter(net.Offset)
	_, r.scores = layers(&r.tape, data(x), w, b, v, c)
	r.trained = append(r.trained, b, v, c)
	var shapes []mc.Shape
	for _, p := range r.trained {
		r.params, r.grads = append(r.params, p.value), append(r.grads, p.grad)
		rows, cols := p.value.Dims()
		shapes = append(shapes, mc.Shape{Rows: rows, Cols: cols})
	}
	r.stepper = r.Optimizer.Start(shapes)
}

// layers records the network on samples, given its first layer.
func layers(t *tape, x, w, b, v, c *node) (features, scores *node) {
	features = t.relu(t.addRow(t.mul(x, w), b))
	return features, t.addRow(t.mul(features, v), c)
}

// Loss runs the tape forwards, for the loss, and backwards, for the gradients at this state.
func (r *training) Loss() (float64, error) {
	if r.at.Lambda = r.Lambda; r.Schedule != nil {
		r.stepper.SetScale(r.Schedule.Factor(r.at.Index, r.at.Limit))
	}
	r.tape.forward()
	r.at.Point.Changed()
	for _, g := range r.grads {
		g.Zero()
	}
	loss := r.at.Problem.Loss
	if loss == nil {
		loss = mc.Squares{}
	}
	slope := r.scores.grad.RawMatrix().Data
	value := loss.Slopes(slope, r.scores.value.RawMatrix().Data, r.at.Problem.Train.Values(), r.at.Problem.Weights)
	kernel.Scale(1/r.total, slope, slope)
	r.tape.backward()
	return value / r.total, nil
}

func (r *training) Converged() bool { return false }

func (r *training) Step(context.Context) error {
	r.stepper.Step(r.params, r.grads)
	return nil
}

// Kept is the state that a checkpoint keeps.
func (r *training) Kept() []any {
	kept := []any{r.stepper}
	for _, p := range r.params {
		kept = append(kept, p)
	}
	return kept
}

func regression(field string, m mc.Measurement) (*mc.Regression, error) {
	r, ok := m.(*mc.Regression)
	if !ok {
		return nil, fmt.Errorf("network: ReLU: Problem.%s is a %T; it must be a *mc.Regression, such as "+
			"mc.NewClasses makes", field, m)
	}
	return r, nil
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}
