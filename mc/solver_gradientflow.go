package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// GradientFlow follows the flow that gradient descent on the factors of a balanced deep
// factorisation and [EndToEnd] discretise,
//
//	dW/dt = −Σ over j = 1 … N of [WWᵀ]^{(j−1)/N}·G·[WᵀW]^{(N−j)/N},
//	G = ∇L(W),   L(W) = ‖A(W) − b‖²/n
//
// (Arora, Cohen, Hazan 2018, theorem 1), so that singular values move as
//
//	dσ_r/dt = −N·(σ_r²)^{1−1/N}·⟨G, u_r·v_rᵀ⟩
//
// (Arora, Cohen, Hu, Luo 2019, theorem 3). It is integrated by the method of Dormand and Prince
// (1980), of order 5, with adaptive step size and its continuous extension of order 4 (Hairer,
// Nørsett, Wanner 1993, section II.6).
//
// The state after t steps is the flow at time t·LearningRate, whatever steps the integrator takes:
// a Trace of it and one of a discrete run with that learning rate agree step by step, and can be
// drawn in one picture. It takes any [Measurement].
//
// The method is explicit, and slow where the flow is stiff, as for large values of the data: a run
// that needs more than 10,000 steps of the integrator between two states ends in [ErrDiverged].
//
// It is not equivariant in units: its learning rate and its initialisation are absolute. It is not
// equivariant under a shift: it does not centre its data.
type GradientFlow struct {
	// Depth N, at least 1.
	Depth int `range:"[1, inf)"`
	// Init is the initialisation, as for [EndToEnd]. Default Orthogonal{}.
	Init Init
	// LearningRate is the time between states.
	LearningRate float64 `default:"0.01" range:"(0, inf)"`
	// Steps is the number of states after the initial one.
	Steps int `default:"50000" range:"[1, inf)"`
	// Stop holds further rules that end the run.
	Stop Stop
	// Tolerance of the integrator is the error of a step relative to ‖W‖_F.
	Tolerance float64 `default:"1e-9" range:"(0, inf)"`
	// Seed of the initialisation.
	Seed uint64
}

// WithDefaults fills in Init.
func (f GradientFlow) WithDefaults() any {
	if f.Init == nil {
		f.Init = Orthogonal{}
	}
	return f
}

// TakesLoss says that it minimises any loss.
func (GradientFlow) TakesLoss() {}

// Solve follows the flow from the initialisation until a rule ends it. It never ends as Converged:
// see [Stop].
func (f GradientFlow) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &gradientFlow{GradientFlow: Resolved(f)}
	return Iterate(ctx, f, p, run, Limits{Steps: run.Steps, Stop: f.Stop}, observers...)
}

// gradientFlow is a run of GradientFlow.
type gradientFlow struct {
	GradientFlow
	preconditioned
	flow *dormandPrince
}

func (f *gradientFlow) Start(_ context.Context, s *State) error {
	if err := f.begin("GradientFlow", s, f.Depth, f.Init, f.Seed); err != nil {
		return err
	}
	gradient, residual := mat.DenseCopyOf(f.w), make([]float64, len(f.residual))
	f.flow = newDormandPrince(f.w, f.Tolerance, f.LearningRate, func(dst, w *mat.Dense) bool {
		s.Problem.trainTerm().gradient(gradient, residual, w)
		ok := f.rule.apply(dst, w, gradient)
		dst.Scale(-1, dst)
		return ok
	})
	return nil
}

// stiff is the number of steps of the integrator between two states that is too many.
const stiff = 10_000

func (f *gradientFlow) Step(ctx context.Context) error {
	time := float64(f.at.Index+1) * f.LearningRate
	for taken := 0; f.flow.time < time; taken++ {
		if taken >= 100 && ctx.Err() != nil { // sooner, the state is whole, for a checkpoint
			f.w.Copy(f.flow.y)
			return fmt.Errorf("stopped at time %v: %w", f.flow.time, stopped(ctx))
		}
		if taken == stiff {
			f.w.Copy(f.flow.y)
			return fmt.Errorf(
				"at time %v: %d steps of the integrator did not reach the next state, the flow is stiff: "+
					"%w; scale the data, or try a smaller LearningRate",
				f.flow.time, stiff, ErrDiverged)
		}
		if err := f.flow.step(); err != nil {
			return fmt.Errorf("at time %v: %w", f.flow.time, err)
		}
	}
	f.flow.at(f.w, time)
	return nil
}

// dormandPrince integrates dy/dt = f(y).
type dormandPrince struct {
	f         func(dst, y *mat.Dense) bool // reports false if y is not finite
	tolerance float64
	time      float64 // that has been reached
	length    float64 // of the next step
	taken     float64 // of the last step
	y, old    *mat.Dense
	slope     [7]*mat.Dense // k₁ … k₇; the last is f(y)
	trial     *mat.Dense
	begun     bool
	interpol  [4]*mat.Dense // of the last step
}

// The coefficients of Dormand and Prince: of the stages, of the difference between the results of
// order 5 and 4, and of the continuous extension.
var (
	stages = [6][]float64{
		{1.0 / 5},
		{3.0 / 40, 9.0 / 40},
		{44.0 / 45, -56.0 / 15, 32.0 / 9},
		{19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
		{9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
		{35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
	}
	errorWeights = [7]float64{71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40}
	denseWeights = [7]float64{
		-12715105075.0 / 11282082432, 0, 87487479700.0 / 32700410799, -10690763975.0 / 1880347072,
		701980252875.0 / 199316789632, -1453857185.0 / 822651844, 69997945.0 / 29380423,
	}
)

// newDormandPrince starts at time 0 from a copy of y with a first step of at most so much.
func newDormandPrince(y *mat.Dense, tolerance, length float64, f func(dst, y *mat.Dense) bool) *dormandPrince {
	rows, cols := y.Dims()
	room := func() *mat.Dense { return mat.NewDense(rows, cols, nil) }
	d := &dormandPrince{f: f, tolerance: tolerance, length: length, y: mat.DenseCopyOf(y), old: room(), trial: room()}
	for k := range d.slope {
		d.slope[k] = room()
	}
	for k := range d.interpol {
		d.interpol[k] = room()
	}
	return d
}

// step takes a step of a length at which the error is within the tolerance.
func (d *dormandPrince) step() error {
	tooFar := fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
	if !d.begun {
		d.begun = true
		if !d.f(d.slope[6], d.y) {
			return tooFar
		}
		// a first step that changes little
		if size, speed := frobenius(d.y), frobenius(d.slope[6]); size > 0 && speed > 0 {
			d.length = min(d.length, 0.01*size/speed)
		}
	}
	d.slope[0], d.slope[6] = d.slope[6], d.slope[0]
	d.old.Copy(d.y)
	size := frobenius(d.old)
	for {
		if !(d.time+d.length > d.time) {
			d.slope[0], d.slope[6] = d.slope[6], d.slope[0]
			return fmt.Errorf("the step size fell to %v: %w", d.length, ErrDiverged)
		}
		finite := true
		for k, weights := range stages {
			d.trial.Copy(d.old)
			for j, a := range weights {
				if a != 0 {
					AddScaled(d.trial, d.length*a, d.slope[j])
				}
			}
			if finite = d.f(d.slope[k+1], d.trial); !finite {
				break
			}
		}
		off := math.Inf(1)
		if finite {
			d.y.Copy(d.trial)
			d.trial.Zero()
			for k, e := range errorWeights {
				if e != 0 {
					AddScaled(d.trial, d.length*e, d.slope[k])
				}
			}
			off = frobenius(d.trial) / (d.tolerance * max(size, frobenius(d.y)))
		}
		if math.IsNaN(off) {
			off = 0 // 0/0: y is 0 and stays there
			if size > 0 {
				off = math.Inf(1)
			}
		}
		if off <= 1 {
			d.taken = d.length
			d.time += d.length
			d.length *= min(5, max(0.2, 0.9*math.Pow(max(off, 1e-10), -0.2)))
			d.extend()
			return nil
		}
		d.length *= max(0.1, 0.9*math.Pow(off, -0.2))
	}
}

// extend prepares the continuous extension of the last step.
func (d *dormandPrince) extend() {
	difference, bend, third, fourth := d.interpol[0], d.interpol[1], d.interpol[2], d.interpol[3]
	difference.Sub(d.y, d.old)
	bend.Scale(d.taken, d.slope[0])
	bend.Sub(bend, difference)
	third.Sub(difference, bend)
	AddScaled(third, -d.taken, d.slope[6])
	fourth.Zero()
	for k, w := range denseWeights {
		if w != 0 {
			AddScaled(fourth, d.taken*w, d.slope[k])
		}
	}
}

// at sets y to the solution at a time within the last step.
func (d *dormandPrince) at(y *mat.Dense, time float64) {
	theta := 1 - (d.time-time)/d.taken
	rest := 1 - theta
	y.Copy(d.old)
	AddScaled(y, theta, d.interpol[0])
	AddScaled(y, theta*rest, d.interpol[1])
	AddScaled(y, theta*rest*theta, d.interpol[2])
	AddScaled(y, theta*rest*theta*rest, d.interpol[3])
}

// Kept is the state that a checkpoint keeps.
func (f *gradientFlow) Kept() []any {
	d := f.flow
	kept := []any{f.w, &d.time, &d.length, &d.taken, &d.begun, d.y, d.old}
	for _, w := range d.slope {
		kept = append(kept, w)
	}
	for _, w := range d.interpol {
		kept = append(kept, w)
	}
	return kept
}
