package mc

import (
	"context"
	"errors"
	"fmt"
	"math"

	"projectpenalty/mc/internal/random"
)

// Tune chooses among solvers by their error on held-out measurements, and runs the chosen one on
// all measurements,
//
//	argmin over candidates s of  Σ over splits k of ‖A_k(W_k) − b_k‖² / Σ over k of n_k,
//
// where W_k is the estimate of s without the n_k measurements (A_k, b_k). With a Loss in the
// problem, the score is its mean over what is held out, each measurement counting alike.
//
// One split holds out a random fraction; with Folds each measurement is held out once
// (cross-validation; Stone 1974). It uses Train alone, so that a λ or a rank is chosen equally
// fairly for all methods. Among equal scores the first is chosen. It takes any [Measurement].
//
//	mc.Tune{Candidates: mc.Candidates([]float64{1e-4, 1e-3, 1e-2}, func(lambda float64) mc.Solver {
//		return mc.DeepMF{Depth: 1, Penalty: mc.Nuclear{}, Lambda: lambda}
//	})}
//
// A candidate that is a [WarmStarter] begins, on each split, where the candidate that it follows
// has ended: ten λ of a [SoftImpute] take little more than one. The last run is that of the chosen
// candidate alone, from its own initialisation.
//
// Observers see the last run. The Result is that of the last run; its first [Detail] is the
// *[Selection]. Unlike other solvers a Tune cannot be compared by ==.
//
// It is not equivariant under a shift where its candidates are not: it does not centre its data.
type Tune struct {
	// Candidates are tried in this order, but each [WarmStarter] after the one that it follows.
	// [Candidates] makes them of the values of a setting.
	Candidates []Solver
	// HoldOut is the fraction of the measurements that is held out. Default 0.1, at least one
	// measurement; 0 where there are Folds.
	HoldOut float64 `default:"none"`
	// Folds is K of K-fold cross-validation, at least 2, in place of HoldOut: K runs for each
	// candidate.
	Folds int
	// Seed of the splits, which are the same for all candidates.
	Seed uint64
}

// Candidates makes a solver of each value of a setting.
func Candidates[V any](values []V, solver func(V) Solver) []Solver {
	all := make([]Solver, len(values))
	for k, v := range values {
		all[k] = solver(v)
	}
	return all
}

// A Selection records how a [Tune] chose.
type Selection struct {
	// Trials of the candidates, in their order. In a run that was cancelled, a candidate that was
	// not tried has a Score of +Inf, or is missing if no later one was tried.
	Trials []Trial
	// Chosen is the index of the candidate that was run on all measurements.
	Chosen int
}

// A Trial is the result of a candidate on held-out measurements.
type Trial struct {
	// Solver that was tried.
	Solver Solver
	// Score is its mean squared error, or mean loss, over what was held out, +Inf if a run diverged
	// or the solver refused a split.
	Score float64
	// Splits are the mean squared errors of the splits that were run.
	Splits []float64
	// Err says why the Score is +Inf; nil if it is not.
	Err error
}

// WithDefaults holds out a tenth where there are no Folds.
func (t Tune) WithDefaults() any {
	if t.Folds == 0 && t.HoldOut == 0 && !saysZero(t.HoldOut) {
		t.HoldOut = 0.1
	}
	return t
}

// Validate says which setting is wrong, also of a candidate.
func (t Tune) Validate() error {
	switch {
	case len(t.Candidates) == 0:
		return fmt.Errorf("mc: Tune.Candidates is empty; name at least one solver")
	case !(t.HoldOut >= 0 && t.HoldOut < 1):
		return fmt.Errorf("mc: Tune.HoldOut is %v; it must be between 0 and 1, or 0 for 0.1",
			t.HoldOut)
	case saysZero(t.HoldOut):
		return notZero("Tune.HoldOut", t.HoldOut, "0.1")
	case t.Folds < 0 || t.Folds == 1:
		return fmt.Errorf("mc: Tune.Folds is %d; it must be at least 2, or 0 for a HoldOut",
			t.Folds)
	case t.Folds > 0 && t.HoldOut > 0:
		return fmt.Errorf("mc: Tune.Folds is %d and Tune.HoldOut is %v; leave one of them 0",
			t.Folds, t.HoldOut)
	}
	for k, s := range t.Candidates {
		if s == nil {
			return fmt.Errorf("mc: Tune.Candidates[%d] is nil", k)
		}
		if err := Validate(s); err != nil {
			return fmt.Errorf("mc: Tune.Candidates[%d]: %w", k, err)
		}
	}
	return nil
}

// Solve tries the candidates, then runs the chosen one. If it is cancelled before that, the Result
// is the initial state of the best candidate so far.
//
// If no candidate has a score, the error is that of the first candidate; if that is [ErrDiverged],
// there is a Result, which has the Selection alone.
func (t Tune) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(t.Validate(), p.Validate()); err != nil {
		return nil, err
	}
	splits, err := t.splits(p)
	if err != nil {
		return nil, err
	}
	selection := &Selection{}
	least := math.Inf(1)
	tried := 0
	warm := newWarmStarts(t.Candidates)
	for _, k := range warm.order {
		trial := warm.try(ctx, k, splits)
		if ctx.Err() != nil {
			break
		}
		tried++
		for len(selection.Trials) <= k {
			selection.Trials = append(selection.Trials, Trial{Solver: t.Candidates[len(selection.Trials)],
				Score: math.Inf(1), Err: errors.New("it was not tried")})
		}
		selection.Trials[k] = trial
	}
	for k, trial := range selection.Trials {
		if trial.Score < least {
			least, selection.Chosen = trial.Score, k
		}
	}
	if tried == len(t.Candidates) && math.IsInf(least, 1) {
		err := fmt.Errorf("mc: Tune: no candidate has a score; Candidates[0]: %w",
			selection.Trials[0].Err)
		if errors.Is(err, ErrDiverged) {
			return &Result{Details: []any{selection}}, err
		}
		return nil, err
	}
	result, err := t.Candidates[selection.Chosen].Solve(ctx, p, observers...)
	if result != nil {
		result.Details = append([]any{selection}, result.Details...)
	}
	if err != nil && tried < len(t.Candidates) {
		err = fmt.Errorf("mc: Tune: stopped at candidate %d of %d: %w",
			tried+1, len(t.Candidates), err)
	} else if err != nil {
		err = fmt.Errorf("mc: Tune: Candidates[%d], chosen: %w", selection.Chosen, err)
	}
	return result, err
}

// splits returns the problems that candidates are tried on: Train is fitted, Test held out.
func (t Tune) splits(p Problem) ([]Problem, error) {
	train, block := p.Train, blockOf(p.Train)
	n := train.Len() / block // what belongs together is held out together
	switch {
	case n < 2:
		return nil, fmt.Errorf("mc: Tune: Problem.Train has %d measurement; it takes two, one to fit and one "+
			"to hold out",
			n)
	case t.Folds > n:
		return nil, fmt.Errorf("mc: Tune.Folds is %d; Problem.Train has %d measurements",
			t.Folds, n)
	}
	order := random.New(t.Seed, random.Tune).Perm(n)
	part := make([]int, n) // of each measurement, the split that holds it out, -1 if none does
	count := max(t.Folds, 1)
	for k, at := range order {
		part[at] = k % count
	}
	if t.Folds == 0 {
		held := min(max(int(math.Round(Resolved(t).HoldOut*float64(n))), 1), n-1)
		for _, at := range order[held:] {
			part[at] = -1
		}
	}
	problems := make([]Problem, count)
	for k := range problems {
		fit, err := Subset(train, func(at int) bool { return part[at/block] != k })
		if err != nil {
			return nil, err
		}
		hold, err := Subset(train, func(at int) bool { return part[at/block] == k })
		if err != nil {
			return nil, err
		}
		problems[k] = Problem{Train: fit, Test: hold, Loss: p.Loss}
		for at, w := range p.Weights {
			if part[at/block] != k {
				problems[k].Weights = append(problems[k].Weights, w)
			}
		}
	}
	return problems, nil
}
