package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
)

var allFolds = []string{"u1", "u2", "u3", "u4", "u5"}

// validationPart of the ratings that are trained on is what parameters are chosen by.
const validationPart = 0.1

// judgeAll judges each method on each fold that runs does not hold yet, unless only what is stored
// is asked for, and returns all by method, in the order of the folds.
func judgeAll(ctx context.Context, set *data.MovieLens, methods []method, folds []string, stored bool, runs *runs,
	progress io.Writer) (map[string][]run, error) {
	results := make(map[string][]run)
	for _, fold := range folds {
		p, err := set.Split(fold)
		if err != nil {
			return results, err
		}
		items, users, err := data.Cold(p)
		if err != nil {
			return results, err
		}
		fmt.Fprintf(progress, "%s: %d ratings to train on, %d to test on, of %d items and %d users without any "+
			"to train on\n",
			fold, p.Train.Len(), p.Test.Len(), len(items), len(users))
		for _, m := range methods {
			r, done := runs.find(m, fold, p)
			if !done && stored {
				continue
			}
			if !done {
				if r, err = judge(ctx, m, fold, p, uint64(1+slices.Index(allFolds, fold))); err != nil {
					return results, fmt.Errorf("ratings: %s on %s: %w", m.name, fold, err)
				}
				if err := runs.add(r); err != nil {
					return results, err
				}
				fmt.Fprintf(progress, "%s %s: RMSE %.4f, %s, %.1f s\n", fold, m.name, r.RMSE, r.Chosen, r.Seconds)
			}
			results[m.name] = append(results[m.name], r)
		}
	}
	return results, nil
}

// judge chooses among the candidates on a part of the training ratings, fits the chosen one to all
// of them, and tests it.
func judge(ctx context.Context, m method, fold string, p mc.Problem, seed uint64) (run, error) {
	r := run{Method: m.name, Fold: fold, Data: p.Digest(), Grid: m.grid(), Sources: mc.Sources()}
	best := choice{rmse: math.Inf(1)}
	if len(m.candidates) == 1 && m.candidates[0].after == nil {
		best = choice{solver: m.candidates[0].solver, parameters: m.candidates[0].parameters}
	} else {
		validation, err := data.Split(p.Train.(*mc.Observations), validationPart, seed)
		if err != nil {
			return run{}, err
		}
		for _, c := range m.candidates {
			tried, err := c.try(ctx, m.centred, validation)
			if err != nil {
				return run{}, err
			}
			t := trial{Parameters: tried.parameters}
			if !math.IsInf(tried.rmse, 0) {
				t.RMSE = &tried.rmse
			}
			r.Tried = append(r.Tried, t)
			if tried.rmse < best.rmse {
				best = tried
			}
		}
	}
	if best.solver == nil {
		return run{}, errors.New("no candidate has a finite error on the validation part")
	}
	began := time.Now()
	w, err := fit(ctx, best.solver, m.centred, p)
	if err != nil {
		return run{}, err
	}
	r.Seconds = time.Since(began).Seconds()
	metrics, err := mc.EvaluateRatings(p.Test.(*mc.Observations), w, data.MinRating, data.MaxRating)
	if err != nil {
		return run{}, err
	}
	r.Chosen, r.Solver = best.parameters, fmt.Sprintf("%#v", best.solver)
	r.RMSE, r.MAE, r.NDCG10 = metrics.RMSE, metrics.MAE, metrics.NDCG10
	return r, nil
}

// choice is a solver, and its error on the validation part.
type choice struct {
	solver     mc.Solver
	parameters string
	rmse       float64
}

// try fits the candidate to the training part of a division of training ratings.
func (c candidate) try(ctx context.Context, centred bool, validation mc.Problem) (choice, error) {
	if c.after == nil {
		w, err := fit(ctx, c.solver, centred, validation)
		if errors.Is(err, mc.ErrDiverged) {
			return choice{parameters: c.parameters, rmse: math.Inf(1)}, nil
		}
		if err != nil {
			return choice{}, err
		}
		m, err := mc.EvaluateRatings(validation.Test.(*mc.Observations), w, data.MinRating, data.MaxRating)
		return choice{c.solver, c.parameters, m.RMSE}, err
	}
	steps, rmse, err := c.steps(ctx, centred, validation)
	if err != nil {
		return choice{}, err
	}
	return choice{c.after(steps), fmt.Sprintf("%s, %d steps", c.parameters, steps), rmse}, nil
}

// fit returns the estimate of a solver, in ratings.
func fit(ctx context.Context, s mc.Solver, centred bool, p mc.Problem) (*mat.Dense, error) {
	if !centred {
		result, err := s.Solve(ctx, p)
		if err != nil {
			return nil, err
		}
		return result.W, nil
	}
	z, err := data.Standardize(p)
	if err != nil {
		return nil, err
	}
	result, err := s.Solve(ctx, z.Problem)
	if err != nil {
		return nil, err
	}
	return z.Restore(result.W), nil
}

// patience ends a validation run whose error has not fallen for so many looks.
const patience = 15

var errEnough = errors.New("the validation error no longer falls")

// steps runs the candidate once, watches the validation error, and returns where it was least, with
// the error there.
func (c candidate) steps(ctx context.Context, centred bool, validation mc.Problem) (best int, rmse float64, err error) {
	p, unit := validation, 1.0
	if centred {
		z, err := data.Standardize(validation)
		if err != nil {
			return 0, 0, err
		}
		p, unit = z.Problem, z.Deviation
	}
	ctx, enough := context.WithCancelCause(ctx)
	defer enough(nil)
	rmse = math.Inf(1)
	watch := mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 0 || s.Index%c.every != 0 {
			return
		}
		// what Debiased takes off the training ratings it takes off these too
		test := s.Problem().Test.(*mc.Observations)
		residual := make([]float64, test.Len())
		test.Apply(residual, s.W())
		sum := 0.0
		for k, v := range test.Values() {
			sum += (residual[k] - v) * (residual[k] - v)
		}
		if now := unit * math.Sqrt(sum/float64(test.Len())); now < rmse {
			best, rmse = s.Index, now
		} else if s.Index-best >= patience*c.every {
			enough(errEnough)
		}
	})
	_, err = c.after(c.most).Solve(ctx, p, watch)
	if best > 0 && (errors.Is(err, errEnough) || errors.Is(err, mc.ErrDiverged)) {
		err = nil
	}
	return best, rmse, err
}
