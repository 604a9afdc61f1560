package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// EndToEnd trains a matrix by the rule that gradient descent on the factors of a deep factorisation amounts to, without the factors: for a balanced start and a small
// learning rate η, the product W = W_N ⋯ W_1 moves by
//
//	W ← W − η·Σ over j = 1 … N of [WWᵀ]^{(j−1)/N}·G·[WᵀW]^{(N−j)/N},   G = ∇L(W),   L(W) = ‖A(W) − b‖²/n.
//
// In the singular basis of W it multiplies the entries of UᵀGV by Σ_j σᵢ^{2(j−1)/N}·σ_k^{2(N−j)/N}: what is large already grows faster. Depth is nothing but this
// preconditioner, as no hidden layer narrower than W is thought of. Arora, Cohen, Hazan (2018), theorem 1. It differs from the factors' own run by the order of η; [GradientFlow] is the limit of both.
// It takes any [Measurement].
type EndToEnd struct {
	// Depth N, at least 1. Depth 1 is gradient descent.
	Depth int
	// Init is the start: the product of factors that it fills. Default Orthogonal{}, which is balanced, so that a [DeepMF] with [GD], the same Init and Seed starts from the same W and
	// takes the same path but for the order of η.
	Init Init
	// LearningRate η. Default 0.01.
	LearningRate float64
	// Steps is the limit. Default 50,000.
	Steps int
	// Stop holds further rules that end the run.
	Stop Stop
	// Seed of the start.
	Seed uint64
}

// Validate says which field is wrong, if one is.
func (e EndToEnd) Validate() error {
	return checkEndToEnd("EndToEnd", e.Depth, e.Steps, e.LearningRate, e.Init, e.Stop)
}

func checkEndToEnd(name string, depth, steps int, rate float64, start Init, stop Stop) error {
	switch {
	case depth < 1:
		return fmt.Errorf("mc: %s.Depth is %d; it must be at least 1", name, depth)
	case steps < 0:
		return fmt.Errorf("mc: %s.Steps is %d; it must be at least 1, or 0 for %d", name, steps, defaultSteps)
	}
	return first(checkPositive(name+".LearningRate", rate), Validate(start), stop.Validate())
}

// Solve goes down from the start until a rule ends it.
func (e EndToEnd) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	run, err := newEndToEndRun("EndToEnd", e, p, e.Depth, e.Steps, e.Init, e.Stop, e.Seed)
	if err != nil {
		return nil, err
	}
	rate := or(e.LearningRate, 0.01)
	direction := mat.NewDense(run.rows, run.cols, nil)
	return run.iterate(ctx, observers, func(int) error {
		if !run.rule.apply(direction, run.w, run.gradient) {
			return fmt.Errorf("the iterate is not finite: %w; try a smaller LearningRate", ErrDiverged)
		}
		add(run.w, -rate, direction)
		return nil
	})
}

// endToEndRun is a run of EndToEnd or GradientFlow.
type endToEndRun struct {
	name       string
	config     any
	problem    Problem
	steps      int
	stop       Stop
	rows, cols int
	w          *mat.Dense
	gradient   *mat.Dense // ∇L(w)
	residual   []float64
	rule       endToEndRule
}

func newEndToEndRun(name string, config any, p Problem, depth, steps int, start Init, stop Stop, seed uint64) (*endToEndRun, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := checkDense("mc: "+name, p); err != nil {
		return nil, err
	}
	if start == nil {
		start = Orthogonal{}
	}
	if g, ok := start.(Given); ok && (g.Factors == nil || g.Factors.Depth() != depth) {
		return nil, fmt.Errorf("mc: %s.Init is %#v; its depth must be %s.Depth, %d", name, g, name, depth)
	}
	factors, err := DeepMF{Depth: depth, Init: start, Seed: seed}.start(p)
	if err != nil {
		return nil, err
	}
	run := &endToEndRun{name: name, config: config, problem: p, steps: steps, stop: stop, w: factors.Product(), residual: make([]float64, p.Train.Len()), rule: endToEndRule{depth: depth}}
	run.rows, run.cols = p.Dims()
	run.gradient = mat.NewDense(run.rows, run.cols, nil)
	if steps == 0 {
		run.steps = defaultSteps
	}
	return run, nil
}

// iterate calls advance, which takes w from the state before t to t, for t = 1, 2, …, until a rule ends the run.
func (run *endToEndRun) iterate(ctx context.Context, observers []Observer, advance func(t int) error) (*Result, error) {
	watch := newWatch(run.config, run.problem, NewPoint(run.w), run.steps, observers)
	watch.step.gradient = run.gradient
	result := &Result{W: run.w}
	var stalled stall
	var failure error
	for t := 0; ; t++ {
		watch.step.point.Changed()
		loss := lossGradient(run.gradient, run.residual, run.problem.Train, run.w)
		var err error
		switch {
		case failure != nil:
			err = fmt.Errorf("mc: %s: step %d: %w", run.name, t, failure)
		case !finite(loss):
			err = fmt.Errorf("mc: %s: step %d: the training loss is %v: %w", run.name, t, loss, ErrDiverged)
		case ctx.Err() != nil:
			err = fmt.Errorf("mc: %s: stopped at step %d: %w", run.name, t, context.Cause(ctx))
		case run.stop.Loss > 0 && loss <= run.stop.Loss:
			result.Status = LossReached
		case run.stop.Patience > 0 && run.stop.stalled(&stalled, t, loss):
			result.Status = Stalled
		case t == run.steps:
			result.Status = StepLimit
		}
		final := err != nil || result.Status != Unfinished
		result.Steps, result.Loss = t, loss
		watch.state(t, loss, final)
		if final {
			return result, err
		}
		failure = advance(t + 1)
	}
}

// endToEndRule is the preconditioner of depth N at a matrix.
type endToEndRule struct {
	depth      int
	svd        kernel.SVD
	gv, ug     kernel.Matrix // G·V and Uᵀ·G
	core, left kernel.Matrix
	root       []float64 // σ^{2/N}
}

// apply sets dst = Σ_j [WWᵀ]^{(j−1)/N}·G·[WᵀW]^{(N−j)/N}, where a power 0 is the identity. It reports false if w is not finite.
func (e *endToEndRule) apply(dst, w, g *mat.Dense) bool {
	if e.depth == 1 {
		dst.Copy(g)
		return true
	}
	if !e.svd.Factorize(w.RawMatrix()) {
		return false
	}
	u, v, k := e.svd.U, e.svd.V, len(e.svd.Sigma)
	n := float64(e.depth)
	e.root = e.root[:0]
	for _, s := range e.svd.Sigma {
		e.root = append(e.root, math.Pow(s, 2/n))
	}
	e.gv, e.core = linalg.Sized(e.gv, u.Rows, k), linalg.Sized(e.core, k, k)
	kernel.Gemm(false, false, 1, g.RawMatrix(), v, 0, e.gv)
	kernel.Gemm(true, false, 1, u, e.gv, 0, e.core)
	// Beyond the span of U only the term j = 1 is left, beyond that of V only j = N. At most one of them is there.
	last := make([]float64, k) // σ^{2(N−1)/N}
	for i, r := range e.root {
		last[i] = math.Pow(r, n-1)
	}
	switch {
	case u.Rows > k:
		kernel.Gemm(false, false, -1, u, e.core, 1, e.gv) // (I − UUᵀ)GV
		for i := range u.Rows {
			for c, x := range last {
				e.gv.Data[i*k+c] *= x
			}
		}
	case v.Rows > k:
		e.ug = linalg.Sized(e.ug, k, v.Rows)
		kernel.Gemm(true, false, 1, u, g.RawMatrix(), 0, e.ug)
		kernel.Gemm(false, true, -1, e.core, v, 1, e.ug) // UᵀG(I − VVᵀ)
		for i, x := range last {
			row := e.ug.Data[i*v.Rows : (i+1)*v.Rows]
			kernel.Scale(x, row, row)
		}
	}
	for i, a := range e.root {
		for c, b := range e.root {
			// Σ_j a^{j−1}·b^{N−j}, by Horner's rule
			sum, power := 1.0, 1.0
			for range e.depth - 1 {
				power *= b
				sum = sum*a + power
			}
			e.core.Data[i*k+c] *= sum
		}
	}
	e.left = linalg.Sized(e.left, u.Rows, k)
	kernel.Gemm(false, false, 1, u, e.core, 0, e.left)
	if u.Rows > k {
		kernel.Axpy(1, e.gv.Data, e.left.Data)
	}
	kernel.Gemm(false, true, 1, e.left, v, 0, dst.RawMatrix())
	if v.Rows > k {
		kernel.Gemm(false, false, 1, u, e.ug, 1, dst.RawMatrix())
	}
	return true
}
