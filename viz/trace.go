package viz

import (
	"errors"
	"fmt"

	"projectpenalty/mc"
)

var errEmptyTrace = errors.New("viz: the trace is empty: pass it to Solve, as in Solve(ctx, problem, trace)")

// column reads a number of each record; false where it is not known.
func column(t *mc.Trace, f func(mc.Record) (float64, bool)) (x, y []float64) {
	for _, r := range t.Records {
		if v, ok := f(r); ok {
			x, y = append(x, float64(r.Step)), append(y, v)
		}
	}
	return x, y
}

// steps is the axis of a trace: logarithmic where the trace was sampled so.
func steps(traces ...*mc.Trace) axis {
	return axis{name: "step", log: traces[0].Every == 0}
}

// check says which trace has nothing to draw.
func check(traces []*mc.Trace) error {
	if len(traces) == 0 {
		return errors.New("viz: no trace was given")
	}
	for i, t := range traces {
		if t == nil || len(t.Records) == 0 {
			if len(traces) > 1 {
				return fmt.Errorf("%w (trace %d of %d)", errEmptyTrace, i+1, len(traces))
			}
			return errEmptyTrace
		}
	}
	return nil
}

// about says which runs a chart shows.
func about(traces []*mc.Trace) string {
	r := traces[0].Run
	s := fmt.Sprintf("%d×%d, %d measurements", r.Rows, r.Cols, r.Measurements)
	if len(traces) == 1 {
		return s + " · run " + r.ID()
	}
	return fmt.Sprintf("%s · %d runs", s, len(traces))
}

// label names a trace in a legend.
func label(t *mc.Trace, i, of int) string {
	switch {
	case t.Label != "":
		return t.Label
	case of > 1:
		return fmt.Sprintf("run %d", i+1)
	}
	return ""
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ": " + b
}
