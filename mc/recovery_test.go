package mc_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// completion returns a completion problem of low rank with enough entries in each line.
func completion(t testing.TB, rows, cols, rank, observed int, seed uint64) mc.Problem {
	t.Helper()
	p, err := mc.LowRank{Rows: rows, Cols: cols, Rank: rank, Observed: observed, MinPerLine: rank + 1,
		Seed: seed}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// transposed returns the problem of the transposed matrix.
func transposed(t testing.TB, p mc.Problem) mc.Problem {
	t.Helper()
	rows, cols := p.Dims()
	var entries []mc.Entry
	for _, e := range p.Train.(*mc.Observations).All() {
		entries = append(entries, mc.Entry{Row: e.Col, Col: e.Row, Value: e.Value})
	}
	o, err := mc.NewObservations(cols, rows, entries)
	if err != nil {
		t.Fatal(err)
	}
	return mc.Problem{Train: o, Truth: mat.DenseCopyOf(p.Truth.T())}
}

// recovers checks that the solver finds the truth of the problem to a mean squared error over
// unobserved entries, and that of the transposed problem too.
func recovers(t *testing.T, s mc.Solver, p mc.Problem, most float64) {
	t.Helper()
	for name, p := range map[string]mc.Problem{"": p, "transposed: ": transposed(t, p)} {
		trace := &mc.Trace{}
		r, err := s.Solve(context.Background(), p, trace)
		if err != nil {
			t.Errorf("%s%#v: %v", name, s, err)
			continue
		}
		if m := mc.Evaluate(p, r.W); !(m.Test <= most) || m.Train != r.Loss {
			t.Errorf("%s%#v: error %v over unobserved entries, above %v; loss %v, result says %v (%v after %d steps)",
				name, s, m.Test, most, m.Train, r.Loss, r.Status, r.Steps)
		}
		if last, ok := trace.Last(); !ok || last.Step != r.Steps || last.Loss != r.Loss {
			t.Errorf("%s%#v: the trace ends with %+v, the result is %d steps, loss %v", name, s, last, r.Steps, r.Loss)
		}
	}
}

// refuses checks that bad settings and problems are refused before the first step, by name and
// value.
func refuses(t *testing.T, s mc.Solver, p mc.Problem, want string) {
	t.Helper()
	observed := false
	r, err := s.Solve(context.Background(), p, mc.ObserverFunc(func(*mc.Step) { observed = true }))
	if err == nil || r != nil || observed || !strings.Contains(err.Error(), want) {
		t.Errorf("%#v: result %v, observed %v, error %v does not say %q", s, r, observed, err, want)
	}
}

// keepsWhatItHas checks that a cancelled run returns its partial result, and shows it as final.
func keepsWhatItHas(t *testing.T, s mc.Solver, p mc.Problem) {
	t.Helper()
	for _, after := range []int{0, 2} {
		ctx, cancel := context.WithCancel(context.Background())
		if after == 0 {
			cancel()
		}
		last, final := 0, false
		r, err := s.Solve(ctx, p, mc.ObserverFunc(func(s *mc.Step) {
			if last, final = s.Index, s.Final; s.Index+1 == after {
				cancel()
			}
		}))
		cancel()
		if !errors.Is(err, context.Canceled) || r == nil || r.W == nil || r.Steps != last || !final ||
			r.Status != mc.Unfinished || r.Loss != mc.Evaluate(p, r.W).Train {
			t.Errorf("%#v cancelled: %+v, %v; last state %d, final %v", s, r, err, last, final)
		}
	}
}
