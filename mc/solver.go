package mc

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// A Solver estimates a matrix from a [Problem]. It is a struct literal whose zero fields mean the
// documented defaults, holds nothing of a run, and may be used many times, also at once.
//
// A run ends in one of three ways. Bad input: nil and an error before the first step, which names
// the field and the value. A limit reached, or converged: a Result whose Status says which.
// Cancelled or diverged: the Result as far as it came and an error, for which errors.Is(err,
// context.Canceled) or errors.Is(err, [ErrDiverged]) holds. Observers see the last state in the
// last two cases as well.
type Solver interface {
	Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error)
}

// A Result is where a run ended.
type Result struct {
	// W is the estimate (rows × cols). It is nil if it has more than 2²⁷ entries, a gigabyte, and
	// the solver never formed it: then its *[Factors] are a [Detail], or for [ItemKNN] its
	// *[Model].
	W *mat.Dense
	// Status says why the run ended; it is Unfinished if an error does.
	Status Status
	// Steps taken.
	Steps int
	// Loss is the training loss at W: the mean squared residual, unless Problem.Loss is another.
	Loss float64
	// Details are what the solver adds, see [Detail].
	Details []any
}

// judge compares the Loss of a result that a wrapper has transformed with that of W = 0. A W that
// is worse than the inner solver's 0, such as a mean, need not be worse than 0.
func (r *Result) judge(train *Observations) {
	switch worse := r.Loss > meanSquare(train.value)*(1+1e-9); {
	case r.Status == Unfinished || r.Status == LossReached || r.robust():
	case worse:
		r.Status = WorseThanZero
	case r.Status == WorseThanZero:
		r.Status = StepLimit
	}
}

// robust reports whether gross errors are set aside: W need not fit the entries that have them.
func (r *Result) robust() bool { return Detail[*GrossErrors](r) != nil }

// Metrics measures the estimate, by its factors or its model if it is too large to form, and by
// what it predicts if it is a [Predictor]. Norms of a model without factors are NaN.
func (r *Result) Metrics(p Problem) Metrics {
	if model := Detail[Predictor](r); model != nil {
		return evaluate(p, NewPredictorPoint(r.W, model))
	}
	if r.W != nil {
		return Evaluate(p, r.W)
	}
	if f := Detail[*Factors](r); f != nil {
		return EvaluateFactors(p, f)
	}
	o, _ := p.Train.(*Observations)
	m, err := NewModel(o, r)
	if err != nil {
		panic(fmt.Sprintf("mc: Result.Metrics: the result has neither W nor what it could be computed from: %v", err))
	}
	return evaluate(p, &Point{held: &modelled{m}})
}

// Detail returns what a solver adds to its Result, of the type that the solver's documentation
// names: *[Factors], *[Certificate], [Path], *[Selection], or a type of your own. It returns the
// zero value if there is none.
//
//	certificate := mc.Detail[*mc.Certificate](result)
func Detail[T any](r *Result) T {
	for _, d := range r.Details {
		if t, ok := d.(T); ok {
			return t
		}
	}
	var none T
	return none
}

// A Status says why a run ended without an error.
type Status int

const (
	// Unfinished: the run ended with an error, which says why.
	Unfinished Status = iota
	// StepLimit: all steps were taken. If the trace still moves, allow more.
	StepLimit
	// LossReached: the training loss fell to [Stop].Loss.
	LossReached
	// Stalled: the objective no longer improved, see [Stop].
	Stalled
	// Converged: the solver's own measure of convergence met its tolerance at W.
	Converged
	// WorseThanZero: a limit was reached or the solver's measure met its tolerance, but the
	// measurements are fitted worse than by W = 0. The W that is returned may be an earlier one,
	// which fits best, see [Iterate].
	WorseThanZero
	// RoundingLimit: a limit was reached, but the training loss at W differs by more than a tenth
	// from the one that [Mixed] or [Single] precision has seen, or what is asked is beyond Single:
	// most of its steps were too small to move a parameter, or the residuals are rounding errors of
	// W. Train further in [Double].
	RoundingLimit
)

var statusNames = [...]string{"unfinished", "step limit", "loss reached", "stalled", "converged", "worse than zero",
	"rounding limit"}

// String returns the status in words, such as "step limit".
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return fmt.Sprintf("Status(%d)", int(s))
	}
	return statusNames[s]
}

// ErrDiverged is the error of a run whose loss or iterate was no longer finite: most often the
// learning rate is too high.
var ErrDiverged = errors.New("diverged")
