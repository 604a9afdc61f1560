package mc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// A WarmStarter is a [Solver] whose run may begin where another run has ended, such as that of the
// same solver for a larger λ. It should reach the same W as from its own initialisation, to its
// tolerance, but sooner: where the minimum is not unique, it follows no other solver. [Tune] runs
// such candidates along a path. Package mctest checks it.
type WarmStarter interface {
	Solver
	// Follows reports whether a run should begin where a run of the other solver has ended. Follows
	// is transitive, and no solver follows itself.
	Follows(other Solver) bool
	// SolveFrom is Solve from the end of another run on a matrix of the same shape. Its [Method]
	// sets [State].From, so that the identity of the run names this end.
	SolveFrom(ctx context.Context, start *Result, p Problem, observers ...Observer) (*Result, error)
}

// warmStarts tries candidates in such an order that each can begin where the one that it follows
// has ended.
type warmStarts struct {
	candidates []Solver
	order      []int
	before     []int       // the candidate that it follows, -1 if none
	after      []int       // number of candidates that follow it and are not tried yet
	ends       [][]*Result // of each candidate that others follow, on each split
}

func newWarmStarts(candidates []Solver) *warmStarts {
	n := len(candidates)
	w := &warmStarts{
		candidates: candidates, before: make([]int, n), after: make([]int, n), ends: make([][]*Result, n),
	}
	follows := func(k, other int) bool {
		s, ok := candidates[k].(WarmStarter)
		return ok && s.Follows(candidates[other])
	}
	for k := range candidates {
		w.before[k] = -1
		for other := range candidates { // the last of those that it follows
			if follows(k, other) && (w.before[k] < 0 || follows(other, w.before[k])) {
				w.before[k] = other
			}
		}
		if w.before[k] >= 0 {
			w.after[w.before[k]]++
		}
	}
	seen := make([]bool, n)
	var visit func(k int)
	visit = func(k int) {
		if k >= 0 && !seen[k] {
			seen[k] = true
			visit(w.before[k])
			w.order = append(w.order, k)
		}
	}
	for k := range candidates {
		visit(k)
	}
	return w
}

// try scores candidate k on the splits. A trial that is cancelled is not to be used.
func (w *warmStarts) try(ctx context.Context, k int, splits []Problem) Trial {
	s := w.candidates[k]
	trial := Trial{Solver: s}
	var starts []*Result
	if at := w.before[k]; at >= 0 {
		starts = w.ends[at]
		if w.after[at]--; w.after[at] == 0 {
			w.ends[at] = nil
		}
	}
	squares, count := 0.0, 0
	for i, split := range splits {
		var result *Result
		var err error
		if i < len(starts) {
			result, err = s.(WarmStarter).SolveFrom(ctx, starts[i], split)
		} else {
			result, err = s.Solve(ctx, split)
		}
		if err != nil {
			trial.Score, trial.Err = math.Inf(1), err
			return trial
		}
		m := heldOutError(result, split)
		if !finite(m) {
			trial.Score, trial.Err = math.Inf(1), fmt.Errorf("the error over what is held out is %v: %w",
				m, ErrDiverged)
			return trial
		}
		trial.Splits = append(trial.Splits, m)
		squares += m * float64(split.Test.Len())
		count += split.Test.Len()
		if w.after[k] > 0 {
			w.ends[k] = append(w.ends[k], result)
		}
	}
	if trial.Score = squares / float64(count); math.IsInf(squares, 1) { // the mean need not overflow
		trial.Score = 0
		for i, m := range trial.Splits {
			trial.Score += m * (float64(splits[i].Test.Len()) / float64(count))
		}
	}
	return trial
}

// heldOutError returns the mean squared error, or mean loss, over Test, without the singular values
// that the other metrics need.
func heldOutError(r *Result, p Problem) float64 {
	if r.W == nil || Detail[Predictor](r) != nil {
		return r.Metrics(p).Test
	}
	return NewPoint(r.W).held.loss(p.testTerm())
}

// warm is a solver that begins from a Result, as the identity of its run.
type warm struct {
	Solver
	from *Result
}

// GoString names the Result by a digest of all that a run may take from it: W, or factors and the
// last λ of a path.
func (w warm) GoString() string {
	var of []*mat.Dense
	if f := Detail[*Factors](w.from); f != nil {
		of = slices.Clone(f.W)
	} else if w.from.W != nil {
		of = []*mat.Dense{w.from.W}
	}
	if path := Detail[Path](w.from); len(path) > 0 {
		of = append(of, mat.NewDense(1, 1, []float64{path[len(path)-1].Lambda}))
	}
	return fmt.Sprintf("%#v from %s", w.Solver, digest(of...))
}

// sidesOf returns factors of the W of a result, rows × h and cols × h.
func sidesOf(r *Result, rows, cols int) (left, right kernel.Matrix, err error) {
	if f := Detail[*Factors](r); f != nil && f.Depth() > 1 {
		if err := f.validate(rows, cols); err != nil {
			return left, right, fmt.Errorf("the start: %w", err)
		}
		left, right = (&thinProduct{factors: f}).sides()
		return left, right, nil
	}
	if r.W == nil {
		return left, right, errors.New("the start has neither a W nor Factors; it must have one")
	}
	if a, b := r.W.Dims(); a != rows || b != cols {
		return left, right, fmt.Errorf("the start has a W of %d×%d; it must be %d×%d", a, b, rows, cols)
	}
	at := NewPoint(r.W)
	if !at.Finite() {
		return left, right, errors.New("the W of the start is not finite; it must be")
	}
	u, sigma, v := at.SVD()
	return linalg.Weighted(u.RawMatrix(), sigma), v.RawMatrix(), nil
}
