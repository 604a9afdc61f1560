package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// DeepMF trains a deep matrix factorisation by a gradient method,
//
//	min over W_1 … W_N of  ‖A(W) − b‖²/n + λ·R(W),   W = W_N ⋯ W_1.
//
// Depth 1 is the linear model: the matrix itself is trained, and what keeps it from fitting the seen entries and nothing
// else is the penalty and the optimiser (Zhao 2022). From depth 2 on the factorisation regularises by itself
// (Gunasekar et al. 2017; Arora, Cohen, Hu, Luo 2019).
type DeepMF struct {
	// Depth N, at least 1.
	Depth int
	// Hidden is the size of all N−1 hidden layers. Default min(rows, cols), which does not bound the rank.
	Hidden int
	// Init is the start. Default from depth 2 on: Gaussian{Scale: 1e-3}, small, since a small start is what makes depth
	// prefer low rank. Default at depth 1: Gaussian{Scale: 0.1}; a smaller one makes the gradient of a scale-free penalty,
	// which grows as 1/‖W‖_F, dwarf the loss's for the first steps, and an optimiser with a memory suffers from it for
	// thousands. For hidden sizes that differ, or to go on from an earlier result, use [Given].
	Init Init
	// Penalty R on the end-to-end matrix and its weight λ. Default none.
	Penalty Penalty
	Lambda  float64
	// LambdaSchedule multiplies λ. Default constant.
	LambdaSchedule Schedule
	// Optimizer of the factors. Default GroupRMSProp{}, the choice of Arora et al. (2019).
	Optimizer Optimizer
	// Schedule multiplies the learning rate. Default constant.
	Schedule Schedule
	// Steps is the limit. Default 50,000.
	Steps int
	// Stop holds further rules that end the run.
	Stop Stop
	// Seed of the start.
	Seed uint64
}

// Validate says which field is wrong, if one is.
func (d DeepMF) Validate() error {
	switch {
	case d.Depth < 1:
		return fmt.Errorf("mc: DeepMF.Depth is %d; it must be at least 1", d.Depth)
	case d.Hidden < 0:
		return fmt.Errorf("mc: DeepMF.Hidden is %d; it must be at least 1, or 0 for min(rows, cols)", d.Hidden)
	case !(d.Lambda >= 0) || math.IsInf(d.Lambda, 0):
		return fmt.Errorf("mc: DeepMF.Lambda is %v; it must be at least 0 and finite", d.Lambda)
	case d.Lambda > 0 && d.Penalty == nil:
		return fmt.Errorf("mc: DeepMF.Lambda is %v but DeepMF.Penalty is nil; name the penalty, such as Ratio{}", d.Lambda)
	case d.Steps < 0:
		return fmt.Errorf("mc: DeepMF.Steps is %d; it must be at least 1, or 0 for %d", d.Steps, defaultSteps)
	}
	return first(Validate(d.Optimizer), Validate(d.Penalty), Validate(d.Init), Validate(d.Schedule), Validate(d.LambdaSchedule), d.Stop.Validate())
}

const defaultSteps = 50_000

// Solve trains from the start until a rule ends it.
func (d DeepMF) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(d.Validate(), p.Validate()); err != nil {
		return nil, err
	}
	if err := d.checkSize(p); err != nil {
		return nil, err
	}
	factors, err := d.start(p)
	if err != nil {
		return nil, err
	}
	var net *network
	if o, ok := p.Train.(*Observations); ok && d.Penalty == nil && atSeenEntries(factors, o) {
		net = newSeenNetwork(factors, o)
	} else {
		net = newNetwork(factors, p.Train)
	}
	optimizer := d.Optimizer
	if optimizer == nil {
		optimizer = GroupRMSProp{}
	}
	stepper := optimizer.Start(factors.Shapes())
	steps := d.Steps
	if steps == 0 {
		steps = defaultSteps
	}
	watch := newWatch(d, p, net.point, steps, observers)
	watch.step.gradient, watch.step.penalty = net.gradient, d.Penalty
	if d.Depth > 1 {
		watch.step.factors = factors
	}
	result := &Result{Factors: factors}
	var stalled stall
	for t := 0; ; t++ {
		loss := net.forward()
		lambda := d.Lambda
		if d.LambdaSchedule != nil {
			lambda *= d.LambdaSchedule.Factor(t, steps)
		}
		watch.step.Lambda = lambda

		status, err := Unfinished, error(nil)
		switch {
		case !finite(loss):
			err = fmt.Errorf("mc: DeepMF: step %d: the training loss is %v: %w; try a smaller learning rate", t, loss, ErrDiverged)
		case d.Penalty != nil && !net.point.Finite():
			err = fmt.Errorf("mc: DeepMF: step %d: the iterate is not finite: %w; try a smaller learning rate or Lambda", t, ErrDiverged)
		case ctx.Err() != nil:
			err = fmt.Errorf("mc: DeepMF: stopped at step %d: %w", t, context.Cause(ctx))
		case d.Stop.Loss > 0 && loss <= d.Stop.Loss:
			status = LossReached
		case d.Stop.Patience > 0 && d.Stop.stalled(&stalled, t, watch.step.objective(loss)):
			status = Stalled
		case t == steps:
			status = StepLimit
		}
		final := status != Unfinished || err != nil
		watch.state(t, loss, final)
		if final {
			result.W, result.Status, result.Steps, result.Loss = net.point.dense(), status, t, loss
			return result, err
		}
		if lambda != 0 {
			d.Penalty.AddGradient(net.gradient, lambda, net.point)
		}
		net.backward()
		if d.Schedule != nil {
			stepper.SetScale(d.Schedule.Factor(t, steps))
		}
		stepper.Step(factors.W, net.grads)
	}
}

// start makes the factors of a run.
func (d DeepMF) start(p Problem) (*Factors, error) {
	rows, cols := p.Dims()
	if g, ok := d.Init.(Given); ok {
		if g.Factors == nil || g.Factors.Depth() != d.Depth {
			return nil, fmt.Errorf("mc: DeepMF.Init is %#v; its depth must be DeepMF.Depth, %d", g, d.Depth)
		}
		if err := g.Factors.validate(rows, cols); err != nil {
			return nil, err
		}
		return g.Factors.Clone(), nil
	}
	hidden := make([]int, d.Depth-1)
	for j := range hidden {
		hidden[j] = d.Hidden
		if d.Hidden == 0 {
			hidden[j] = min(rows, cols)
		}
	}
	f, err := NewFactors(rows, cols, hidden...)
	if err != nil {
		return nil, err
	}
	var start Init = Gaussian{Scale: 1e-3}
	if d.Depth == 1 {
		start = Gaussian{Scale: 0.1}
	}
	if d.Init != nil {
		start = d.Init
	}
	return f, start.Fill(f, newRand(d.Seed, streamInit))
}

// network evaluates the loss of a factorisation and its gradients, in buffers made once.
type network struct {
	factors  *Factors
	train    Measurement
	point    *Point       // W
	residual []float64    // A(W) − b
	gradient *mat.Dense   // ∂/∂W
	grads    []*mat.Dense // ∂/∂W_j
	partial  []*mat.Dense // partial[j] = W_{j+1} ⋯ W_1, the last one W; partial[0] is W_1 itself
	back     []*mat.Dense // back[j] = (W_N ⋯ W_{j+2})ᵀ·∂/∂W, the last one ∂/∂W itself
	seen     *seenEntries // if not nil, neither W nor ∂/∂W is formed
}

func newNetwork(f *Factors, train Measurement) *network {
	net := newLayers(f, train)
	n := f.Depth()
	rows, cols := f.Dims()
	net.gradient = mat.NewDense(rows, cols, nil)
	net.back[n-1] = net.gradient
	if n > 1 {
		net.partial[n-1] = mat.NewDense(rows, cols, nil)
	}
	net.grads[0] = net.back[0]
	net.point = NewPoint(net.partial[n-1])
	return net
}

// newLayers returns a network with all its buffers but those of W's own shape.
func newLayers(f *Factors, train Measurement) *network {
	n := f.Depth()
	_, cols := f.Dims()
	net := &network{
		factors: f, train: train,
		residual: make([]float64, train.Len()),
		grads:    make([]*mat.Dense, n), partial: make([]*mat.Dense, n), back: make([]*mat.Dense, n),
	}
	net.partial[0] = f.W[0]
	for j, w := range f.W {
		r, c := w.Dims()
		if j > 0 {
			net.grads[j] = mat.NewDense(r, c, nil)
		}
		if j < n-1 {
			net.back[j] = mat.NewDense(r, cols, nil)
			if j > 0 {
				net.partial[j] = mat.NewDense(r, cols, nil)
			}
		}
	}
	return net
}

// forward computes W, and returns its loss and sets the gradient with respect to W.
func (net *network) forward() float64 {
	for j, w := range net.factors.W {
		if j > 0 && net.partial[j] != nil {
			kernel.Gemm(false, false, 1, w.RawMatrix(), net.partial[j-1].RawMatrix(), 0, net.partial[j].RawMatrix())
		}
	}
	net.point.Changed()
	if net.seen != nil {
		return net.seen.forward(net)
	}
	return lossGradient(net.gradient, net.residual, net.train, net.point.W)
}

// backward carries the gradient with respect to W to the factors: ∂/∂W_j = (W_N ⋯ W_{j+1})ᵀ·∂/∂W·(W_{j−1} ⋯ W_1)ᵀ.
func (net *network) backward() {
	top := len(net.grads) - 1
	if net.seen != nil {
		net.seen.backward(net)
		top--
	}
	for j := top; j > 0; j-- {
		kernel.Gemm(false, true, 1, net.back[j].RawMatrix(), net.partial[j-1].RawMatrix(), 0, net.grads[j].RawMatrix())
		kernel.Gemm(true, false, 1, net.factors.W[j].RawMatrix(), net.back[j].RawMatrix(), 0, net.back[j-1].RawMatrix())
	}
}
