package mc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
)

// A Method has the parts in which solvers differ: how a run begins, the loss of its iterate, its
// own measure of convergence, and a step. [Iterate] runs it; limits, context, stopping rules,
// divergence, the best iterate, observers and the Result are the same for all methods.
//
// A Method is the state of one run. Its settings stay in the [Solver] that makes it:
//
//	func (l Landweber) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
//		return mc.Iterate(ctx, l, p, &landweber{settings: l}, mc.Limits{Steps: l.Steps}, observers...)
//	}
//
// Methods of other kinds fit the same four calls. A line search or L-BFGS evaluates further points
// within its Step. A minibatch is drawn in Step, while Loss stays that of all measurements. A
// schedule with a memory, such as one that watches for a plateau, is a field of the method that
// Step shows the loss. A [Loss] other than squares is the problem's, and a solver that minimises it
// is a [LossTaker]. A restart is a Step that goes back. A method in single precision converts its W
// when it is asked for. A [Checkpoint] asks it to be a [Resumable].
//
// A method may also have a Finish(), which is called once, before the last state of a run that was
// not cancelled and did not diverge. [Direct] makes a method of a closed form.
type Method interface {
	// Start makes the first iterate and sets s.Point; the method keeps s and updates its fields. An
	// error is one of bad input: it ends the run before the first state. Start may be called again,
	// with another State, and then begins the same run anew.
	Start(ctx context.Context, s *State) error
	// Loss returns the training loss at the iterate: ‖A(W) − b‖²/n, or what Problem.Loss and
	// Problem.Weights make of it, see [LossTaker]. It is called once per state, after Start and
	// after each Step. An error that wraps [ErrDiverged] ends the run.
	Loss() (float64, error)
	// Converged reports whether the method's measure of convergence holds at the iterate. It is
	// called after Loss.
	Converged() bool
	// Step goes on to the next iterate. It should return early, with an iterate that is whole, once
	// the context is done. After an error, which should wrap [ErrDiverged], the iterate is shown
	// once more.
	Step(ctx context.Context) error
}

// A State is what a [Method] shows of its iterate. The method sets the fields in Start and keeps
// them up to date.
type State struct {
	// Problem to be solved, number of steps done, and number of steps after which the run ends at
	// the latest. These are set by [Iterate].
	Problem      Problem
	Index, Limit int

	// Point is the iterate W, such as [NewPoint] makes of a matrix that the method changes in
	// place. A method need not call Changed: [Iterate] does, after each Step.
	Point *Point
	// Gradient of the loss at W (rows × cols). Nil: it is computed if an observer asks.
	Gradient *mat.Dense
	// Factors of W, for observers. Nil: there are none.
	Factors *Factors
	// Penalty R and its weight λ in the objective Loss + λ·R(W). Nil: there is none.
	Penalty Penalty
	Lambda  float64
	// Details of the Result, see [Detail].
	Details []any
	// From is the Result that a [WarmStarter] begins from, nil where it begins as Solve does. The
	// [Run] names it by a digest.
	From *Result
	// Advice ends the error of a run that diverges, such as "try a smaller learning rate".
	Advice string
	// Trajectory says that the path itself is studied: the run ends at its last iterate even if an
	// earlier one fits better.
	Trajectory bool

	solver    Solver
	stepper   Stepper         // of a gradient method, for observers
	onFactors []factorPenalty // besides Penalty, with the same weight
	refresh   func()          // brings Factors up to date, if they are not always
	// gradients returns those of the loss in the factors, where Lambda is 0, or is nil.
	gradients func() []*mat.Dense
}

// penalties returns R(W) and the penalties of single factors, added up.
func (s *State) penalties() float64 { return penaltiesAt(s.Penalty, s.Point, s.onFactors) }

func penaltiesAt(p Penalty, at *Point, onFactors []factorPenalty) float64 {
	sum := 0.0
	if p != nil {
		sum = penaltyAt(p, at)
	}
	for _, f := range onFactors {
		sum += f.of.Value(f.at)
	}
	return sum
}

// penaltyAt is R(W). Of a W that is not formed it takes the singular values alone, with the zeros
// that a point of few factors leaves out: a smoothed penalty counts them, as its gradient does.
func penaltyAt(p Penalty, at *Point) float64 {
	spectral, ok := p.(SpectralPenalty)
	if _, formed := at.held.(dense); formed || !ok {
		return p.Value(at)
	}
	rows, cols := at.held.dims()
	sigma := at.SingularValues()
	if zeros := min(rows, cols) - len(sigma); zeros > 0 {
		sigma = append(slices.Clone(sigma), make([]float64, zeros)...)
	}
	return spectral.OnSpectrum(nil, sigma)
}

// checkDense refuses a matrix that is too large to be formed a few times over.
func (s *State) checkDense() error { return checkDense(nameOf(s.solver), s.Problem) }

// entries returns the observed entries of the problem, for a method that takes no other
// measurement.
func (s *State) entries() (*Observations, error) { return entriesOf(nameOf(s.solver), s.Problem) }

// denseEntries is entries for a method that forms W.
func (s *State) denseEntries() (*Observations, error) {
	if err := s.checkDense(); err != nil {
		return nil, err
	}
	return s.entries()
}

// Limits end a run that does not converge.
type Limits struct {
	// Steps is the largest number of steps. 0: the run ends at its first state.
	Steps int `range:"[0, inf)"`
	// Stop holds further rules.
	Stop Stop
}

// Iterate runs a method on the problem until a rule ends it. The solver names the run in errors,
// and its settings identify it. The solver is checked by [Validate], then the problem and the
// limits. Observers see each state, from the first (step 0) to the last.
//
// The Result speaks of the W that it returns: Loss and Details are of this W. A run whose last
// iterate fits worse than W = 0 ends as [WorseThanZero]. It returns the iterate that fits best,
// unless the method sets [State].Trajectory: the steps up to it are taken again, which observers do
// not see. Status and Steps, and the last state that observers see, remain those of the last
// iterate.
func Iterate(
	ctx context.Context, solver Solver, p Problem, method Method, limits Limits, observers ...Observer,
) (*Result, error) {
	if err := first(Validate(solver), p.Validate(), takesLoss(solver, p), Validate(limits)); err != nil {
		return nil, err
	}
	for _, o := range observers {
		if v, ok := o.(Validator); ok {
			if err := v.Validate(); err != nil {
				return nil, err
			}
		}
	}
	limits = Resolved(limits)
	r := &run{
		solver: solver, problem: p, method: method, limits: limits, last: limits.Steps,
		zero: p.trainTerm().zero(),
	}
	result, err := r.iterate(ctx, observers)
	if err == nil && result.Status == WorseThanZero && !r.state.Trajectory && r.best < result.Steps {
		again := &run{
			solver: solver, problem: p, method: method, limits: Limits{Steps: limits.Steps},
			last: r.best, zero: r.zero,
		}
		steps := result.Steps
		if result, err = again.iterate(ctx, nil); err == nil {
			result.Status, result.Steps = WorseThanZero, steps
		}
	}
	// After a write that failed, the file is the last that succeeded.
	if r.keeper != nil && ctx.Err() == nil && !errors.Is(err, ErrCheckpoint) {
		if gone := r.keeper.remove(); err == nil {
			err = gone
		}
	}
	return result, err
}

// run is a run of a method.
type run struct {
	solver  Solver
	problem Problem
	method  Method
	limits  Limits
	last    int     // step after which the run ends at the latest
	zero    float64 // the loss of W = 0
	state   State
	best    int     // step of the iterate with the least loss
	keeper  *keeper // of its checkpoint, nil if there is none
}

func (r *run) iterate(ctx context.Context, observers []Observer) (*Result, error) {
	s := &r.state
	*s = State{Problem: r.problem, Limit: r.limits.Steps, solver: r.solver}
	if err := r.method.Start(ctx, s); err != nil {
		return nil, err
	}
	if err := r.checkTest(); err != nil {
		return nil, err
	}
	shown := Step{Limit: s.Limit, problem: r.problem, config: r.solver}
	if s.From != nil {
		shown.config = warm{r.solver, s.From}
	}
	began := time.Now()
	var stalled stall
	var failure error
	least, elapsed := math.Inf(1), 0.0
	loop := []any{&s.Index, &r.best, &stalled.best, &stalled.since, &least, &elapsed}
	if ctx.Err() == nil { // else a method need not have begun
		var err error
		if r.keeper, err = newKeeper(&shown, r.method, loop, observers); err != nil {
			return nil, err
		}
	}
	if r.keeper != nil {
		if resumed, err := r.keeper.resume(); err != nil {
			return nil, err
		} else if resumed {
			began = began.Add(-time.Duration(elapsed * float64(time.Second)))
			if m, ok := r.method.(interface{ Resumed() }); ok {
				m.Resumed()
			}
			s.Point.Changed()
		}
	}
	whole, mayBeCut := r.method.(interface{ Whole() bool })
	for ; ; s.Index++ {
		if r.keeper != nil && r.keeper.due(ctx) && failure == nil && !(mayBeCut && !whole.Whole()) {
			elapsed = time.Since(began).Seconds()
			failure = r.keeper.write()
		}
		loss, err := r.method.Loss()
		if failure != nil {
			err = failure
		}
		if loss < least {
			least, r.best = loss, s.Index
		}
		shown.state(s, loss)
		status := Unfinished
		switch stop := r.limits.Stop; {
		case err != nil:
			err = r.failed(err)
		case !finite(loss):
			err = r.diverged(loss)
		case ctx.Err() != nil:
			err = fmt.Errorf("%s: stopped at step %d: %w",
				nameOf(r.solver), s.Index, stopped(ctx))
		case r.method.Converged():
			status = Converged
		case stop.Loss > 0 && loss <= stop.Loss:
			status = LossReached
		case stop.Patience > 0 && stop.stalled(&stalled, s.Index, shown.objective(loss)):
			status = Stalled
		case s.Index >= r.last:
			status = StepLimit
		}
		final := err != nil || status != Unfinished
		if final {
			if s.refresh != nil {
				s.refresh()
			}
			if f, ok := r.method.(interface{ Finish() }); ok && err == nil {
				f.Finish()
				s.Point.Changed()
			}
			if err == nil || ctx.Err() != nil && finite(loss) {
				loss = s.Point.held.loss(r.problem.trainTerm())
				shown.state(s, loss)
			}
			switch {
			case err == nil && !finite(loss):
				status, err = Unfinished, r.diverged(loss)
			case err == nil && !s.Point.held.finite(): // beyond the observed entries
				status = Unfinished
				err = r.failed(fmt.Errorf("W is not finite: %w; scale the data", ErrDiverged))
			case status != Unfinished && status != LossReached && loss > r.zero*(1+1e-9) &&
				!(&Result{Details: s.Details}).robust():
				status = WorseThanZero
			case err == nil:
				if m, ok := r.method.(interface{ Rounded(loss float64) bool }); ok && m.Rounded(loss) {
					status = RoundingLimit
				}
			}
		}
		if shown.Final = final; len(observers) > 0 {
			shown.Elapsed = time.Since(began)
			for _, o := range observers {
				o.Observe(&shown)
			}
		}
		if final {
			details := s.Details
			if o, ok := r.problem.Train.(*Observations); ok {
				if u := o.unobserved(); len(u.Rows)+len(u.Cols) > 0 {
					details = append(slices.Clone(details), u)
				}
			}
			return &Result{W: s.Point.dense(), Status: status, Steps: s.Index, Loss: loss, Details: details}, err
		}
		failure = r.method.Step(ctx)
		s.Point.Changed()
	}
}

// checkTest refuses test data that need a W which is not formed.
func (r *run) checkTest() error {
	if _, entries := r.problem.Test.(*Observations); entries || r.problem.Test == nil {
		return nil
	}
	switch r.state.Point.held.(type) {
	case *thinProduct, *modelled:
		rows, cols := r.problem.Dims()
		return fmt.Errorf("%s: Problem.Test is %T; of a %d×%d matrix, which is too large to be formed, it must "+
			"be *mc.Observations", nameOf(r.solver), r.problem.Test, rows, cols)
	}
	return nil
}

// stopped is the error of a context that is done: its cause, and what the context itself says if
// the cause does not.
func stopped(ctx context.Context) error {
	cause, err := context.Cause(ctx), ctx.Err()
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w (%w)", cause, err)
}

// diverged is the error of a loss that is not finite, with advice that fits its cause.
func (r *run) diverged(loss float64) error {
	advice := r.state.Advice
	if !(r.zero < math.MaxFloat64/0x1p100) { // the squares of the data themselves come near overflow
		advice = "scale the data"
	}
	if advice != "" {
		advice = "; " + advice
	}
	return r.failed(fmt.Errorf("the training loss is %v: %w%s", loss, ErrDiverged, advice))
}

func (r *run) failed(err error) error {
	return fmt.Errorf("%s: step %d: %w", nameOf(r.solver), r.state.Index, err)
}

// Direct returns the method of a solver with a closed form: the function sets w (rows × cols),
// which is zero. It should return early once the context is done. An error is one of bad input.
func Direct(estimate func(ctx context.Context, p Problem, w *mat.Dense) error) Method {
	return &direct{estimate: estimate}
}

type direct struct {
	estimate func(ctx context.Context, p Problem, w *mat.Dense) error
	at       *State
}

func (d *direct) Start(ctx context.Context, s *State) error {
	if err := s.checkDense(); err != nil {
		return err
	}
	rows, cols := s.Problem.Dims()
	w := mat.NewDense(rows, cols, nil)
	d.at, s.Point = s, NewPoint(w)
	return d.estimate(ctx, s.Problem, w)
}

func (d *direct) Loss() (float64, error)     { return d.at.Point.held.loss(d.at.Problem.trainTerm()), nil }
func (d *direct) Converged() bool            { return true }
func (d *direct) Step(context.Context) error { return nil }

// nameOf returns the name of a solver's type as errors have it, such as "mc: DeepMF".
func nameOf(s Solver) string {
	return strings.Replace(strings.TrimPrefix(fmt.Sprintf("%T", s), "*"), ".", ": ", 1)
}

// meanSquare returns the mean of the squares, the loss of W = 0.
func meanSquare(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return sum / float64(len(x))
}
