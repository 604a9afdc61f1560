package viz

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"projectpenalty/mc"
)

var errEmptyTrace = errors.New("viz: the trace is empty: pass it to Solve, as in Solve(ctx, problem, trace)")

// column reads a number of each record; false where it is not known.
func column(t *mc.Trace, f func(mc.Record) (float64, bool)) (x, y []float64) {
	x, y = make([]float64, 0, len(t.Records)), make([]float64, 0, len(t.Records))
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

// runOf is the run of a chart of one trace, nil if there are more.
func runOf(traces []*mc.Trace) *mc.Run {
	if len(traces) != 1 {
		return nil
	}
	return &traces[0].Run
}

// about says which runs a chart shows: by name if they are few, else by the digest of all their
// names.
func about(traces []*mc.Trace) string {
	r := traces[0].Run
	s := fmt.Sprintf("%d×%d, %d measurements", r.Rows, r.Cols, r.Measurements)
	ids := make([]string, len(traces))
	for i, t := range traces {
		if t.Run.Rows != r.Rows || t.Run.Cols != r.Cols || t.Run.Measurements != r.Measurements {
			s = "several problems"
		}
		ids[i] = t.Run.ID()
	}
	switch {
	case len(ids) == 1:
		return s + " · run " + ids[0]
	case len(ids) <= 3:
		return fmt.Sprintf("%s · runs %s", s, strings.Join(ids, ", "))
	}
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return fmt.Sprintf("%s · %d runs, together %x", s, len(ids), sum[:6])
}

// titleOf is the title of a chart of traces: with their label if they share one.
func titleOf(what string, traces []*mc.Trace) string {
	for _, t := range traces {
		if t.Label == "" || t.Label != traces[0].Label {
			return what
		}
	}
	return what + ": " + traces[0].Label
}

// seedsName names a group of traces in a legend that has so many groups: by its label, unless that
// stands in the title, and the number of its seeds.
func seedsName(group []*mc.Trace, i, of int) string {
	name := ""
	switch {
	case of == 1:
	case group[0].Label != "":
		name = group[0].Label
	default:
		name = fmt.Sprintf("run %d", i+1)
	}
	switch {
	case len(group) == 1:
		return name
	case name == "":
		return fmt.Sprintf("%d seeds", len(group))
	}
	return fmt.Sprintf("%s (%d seeds)", name, len(group))
}

const bandNote = "line: median, band: quartiles over seeds"
