package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"projectpenalty/mc"
)

// A Cell is one run of a sweep.
type Cell struct {
	// Index of the cell in its sweep.
	Index int
	// Levels are the labels of the cell's levels, one for each axis.
	Levels []string
	// Problem and Solver with all fields set.
	Problem Source
	Solver  mc.Solver

	measures []Measure
}

// Key returns a digest of 24 hexadecimal digits that identifies the cell. It covers the problem and
// the solver with their defaults filled in ([mc.Describe]), the measures, and the code of mc
// ([mc.Sources]). It depends neither on the cell's index nor on the axes.
func (c Cell) Key() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n", mc.Describe(c.Problem), mc.Describe(c.Solver), mc.Sources())
	for _, m := range c.measures {
		fmt.Fprintf(h, "%s\n", m.Name)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// describe returns the problem and the solver as text, with their defaults.
func (c Cell) describe() (string, error) {
	if c.Solver == nil {
		return "", fmt.Errorf("sweep: Spec.Solver is nil and no axis sets it")
	}
	if err := errors.Join(byValue("problem", c.Problem), byValue("solver", c.Solver)); err != nil {
		return "", err
	}
	problem, solver := mc.Describe(c.Problem), mc.Describe(c.Solver)
	for _, text := range []string{problem, solver} {
		if address.MatchString(text) {
			return "", fmt.Errorf("sweep: cell %d: %s prints an address, which differs from process to "+
				"process; give its type a GoString method that names the content",
				c.Index, text)
		}
	}
	return problem + ", " + solver, nil
}

// byValue refuses a pointer: [Seeds] finds no seed in it, no axis its fields, and no key its
// defaults.
func byValue(what string, v any) error {
	if reflect.ValueOf(v).Kind() != reflect.Pointer {
		return nil
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", v), "*")
	return fmt.Errorf("sweep: the %s is a pointer, &%s{…}; write the value, %s{…}, with methods that need "+
		"no pointer",
		what, name, name)
}

// refused returns the error of a source or a solver that refuses its input. It calls the solver
// with a context that has ended, so that a solver that accepts its input returns before the first
// step.
func (c Cell) refused(over context.Context) (err error) {
	defer func() {
		if recover() != nil {
			err = nil // the record of the cell will say so
		}
	}()
	problem, err := c.Problem.Problem()
	if err != nil {
		return err
	}
	_, err = c.Solver.Solve(over, problem)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, mc.ErrDiverged) {
		return nil
	}
	return err
}

// run computes the record of a cell. Every outcome is a record, unless ctx ends or the cell cannot
// be kept. It also returns the stack of a panic.
func (c Cell) run(ctx context.Context, axes []Axis, limit time.Duration, keep *kept) (r *record, stack string,
	err error) {
	if r, err = c.record(axes); err != nil {
		return nil, "", err
	}
	fail := func(status, message string) {
		r.status, r.values, r.err = status, nil, cut(message)
	}
	defer func() {
		if p := recover(); p != nil {
			fail(panicked, fmt.Sprint(p))
			stack, err = string(debug.Stack()), nil
		}
	}()
	cellCtx := ctx
	if limit > 0 {
		var cancel context.CancelFunc
		cellCtx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	problem, err := c.Problem.Problem()
	if err != nil {
		fail(noProblem, err.Error())
		return r, "", nil
	}
	result, err := keep.solve(cellCtx, c.Solver, problem)
	switch {
	case errors.Is(err, mc.ErrCheckpoint):
		return nil, "", fmt.Errorf("sweep: cell %d: %w", c.Index, err)
	case ctx.Err() != nil && err != nil:
		return nil, "", context.Cause(ctx)
	case errors.Is(err, mc.ErrDiverged):
		r.status, r.err = diverged, cut(err.Error())
		if result != nil {
			r.values = []field[float64]{{"Steps", float64(result.Steps)}}
		}
		return r, "", nil
	case errors.Is(err, context.DeadlineExceeded) && cellCtx.Err() != nil:
		fail(timedOut, fmt.Sprintf("the cell took longer than %v", limit))
		return r, "", nil
	case err != nil:
		fail(failed, err.Error())
		return r, "", nil
	}
	r.status = result.Status.String()
	r.measure(c, problem, result)
	return r, "", nil
}

// cut returns a message of at most maxMessage bytes.
func cut(message string) string {
	return strings.ToValidUTF8(message[:min(len(message), maxMessage)], "") // a cut within a letter
}

// record returns the record of the cell without its result.
func (c Cell) record(axes []Axis) (r *record, err error) {
	r = &record{}
	if r.key, err = parseKey(c.Key()); err != nil {
		return nil, err
	}
	for i, a := range axes {
		r.levels = append(r.levels, field[string]{a.Name, c.Levels[i]})
	}
	return r, nil
}

// usual lists the measures of every result, see [mc.Metrics]. Test and RelativeError need a problem
// that has them.
var usual = []string{
	"Train", "Test", "RelativeError", "EffectiveRank", "NumericalRank", "NuclearNorm", "FrobeniusNorm", "Steps",
}

// measure adds the usual measures and those of the sweep.
func (r *record) measure(c Cell, problem mc.Problem, result *mc.Result) {
	m := result.Metrics(problem)
	add := func(name string, x float64) {
		if !math.IsNaN(x) { // NaN says that the result has no such number
			r.values = append(r.values, field[float64]{name, x})
		}
	}
	add("Train", m.Train)
	if m.HasTest {
		add("Test", m.Test)
	}
	if m.HasTruth {
		add("RelativeError", m.RelativeError)
	}
	add("EffectiveRank", m.EffectiveRank)
	add("NumericalRank", float64(m.NumericalRank))
	add("NuclearNorm", m.NuclearNorm)
	add("FrobeniusNorm", m.FrobeniusNorm)
	add("Steps", float64(result.Steps))
	for _, own := range c.measures {
		add(own.Name, own.Of(problem, result))
	}
	r.values = r.sorted().values
}
