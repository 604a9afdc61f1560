package mc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// through returns what encoding/json makes of a value and back.
func through[T any](t *testing.T, v T) T {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	again, err := json.Marshal(back)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("written again, %v, it is\n%s\nafter\n%s", err, again, text)
	}
	return back
}

var sameNumbers = cmp.Options{
	cmp.Comparer(func(a, b *mat.Dense) bool { return a == b || a != nil && b != nil && mat.Equal(a, b) }),
	cmpopts.EquateNaNs(), cmpopts.IgnoreUnexported(mc.Trace{}),
}

func TestTraceThroughJSON(t *testing.T) {
	p := completion(t, 8, 6, 2, 30, 1)
	trace := &mc.Trace{Every: 5, Split: true, Alignment: true, Label: "ratio"}
	solver := mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.GD{LearningRate: 0.1}, Steps: 20}
	if _, err := solver.Solve(context.Background(), p, trace); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(*trace, through(t, *trace), sameNumbers); d != "" {
		t.Errorf("a trace differs from what JSON makes of it: %s", d)
	}

	diverged := &mc.Trace{Every: 5}
	solver.Optimizer = mc.GD{LearningRate: 1e200}
	if _, err := solver.Solve(context.Background(), p, diverged); !errors.Is(err, mc.ErrDiverged) {
		t.Fatalf("the run ends with %v; it must diverge", err)
	}
	back := through(t, *diverged)
	last, _ := back.Last()
	if want, _ := diverged.Last(); len(back.Records) != len(diverged.Records) || last.Step != want.Step ||
		!math.IsNaN(last.Loss) {
		t.Errorf("the last record is %+v, was %+v; a loss that is not finite must come back as NaN", last, want)
	}
}

func TestResultThroughJSON(t *testing.T) {
	p := completion(t, 8, 6, 2, 36, 1)
	for _, solver := range []mc.Solver{
		mc.DeepMF{Depth: 2, Steps: 5}, mc.NuclearNorm{Steps: 1}, mc.SoftImpute{Path: 2}, mc.Mean{},
	} {
		t.Run(fmt.Sprintf("%T", solver), func(t *testing.T) {
			r, err := solver.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			back := through(t, *r)
			r.Details = slices.DeleteFunc(r.Details, func(d any) bool { _, is := d.(*mc.Model); return is })
			if len(r.Details) == 0 {
				r.Details = nil
			}
			if d := cmp.Diff(*r, back, sameNumbers); d != "" {
				t.Errorf("a result differs from what JSON makes of it: %s", d)
			}
		})
	}
	r, err := mc.Tune{Candidates: []mc.Solver{mc.Mean{}, mc.R2RILS{Rank: 99}}}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	back := through(t, *r)
	got, want := mc.Detail[*mc.Selection](&back), mc.Detail[*mc.Selection](r)
	if got == nil || got.Chosen != want.Chosen || len(got.Trials) != 2 || got.Trials[0].Score != want.Trials[0].Score ||
		!math.IsInf(got.Trials[1].Score, 1) || got.Trials[1].Err.Error() != want.Trials[1].Err.Error() ||
		mc.Describe(got.Trials[1].Solver) != mc.Describe(want.Trials[1].Solver) {
		t.Errorf("the selection comes back as %+v, was %+v", got, want)
	}
	if _, err := got.Trials[0].Solver.Solve(context.Background(), p); err == nil {
		t.Error("a solver that was read from JSON runs")
	}
	r.W.Set(0, 0, math.Inf(1))
	r.Loss = math.NaN()
	r.Details = []any{map[string]int{"steps": 3}}
	back = through(t, *r)
	if !math.IsNaN(back.W.At(0, 0)) || !math.IsNaN(back.Loss) ||
		string(mc.Detail[map[string]json.RawMessage](&back)["map[string]int"]) != `{"steps":3}` {
		t.Errorf("numbers that are not finite, and a detail of another package, come back as %+v", back)
	}
	for _, text := range []string{
		`{"Status":"happy"}`, `{"W":{"Rows":2,"Cols":2,"Data":[1]}}`, `{"Details":[{"Factors":[{"Rows":0}]}]}`,
	} {
		if err := json.Unmarshal([]byte(text), &back); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
