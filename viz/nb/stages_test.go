package nb

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// The second stage is a run from the factors of the first, and one that diverges is the last.
func TestStages(t *testing.T) {
	p, err := mc.LowRank{Rows: 8, Cols: 8, Rank: 1, Observed: 40, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	stage := func(rate, lambda float64) mc.DeepMF {
		return mc.DeepMF{Depth: 2, Penalty: mc.Ratio{}, Lambda: lambda, Optimizer: mc.GD{LearningRate: rate}, Steps: 20,
			Seed: 1}
	}
	solve := func(s mc.Solver) *mc.Result {
		r, err := s.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first, second := stage(0.1, 1e-1), stage(0.1, 1e-2)
	got := solve(Stages{first, second})
	second.Init = mc.Given{Factors: mc.Detail[*mc.Factors](solve(first))}
	if !mat.Equal(got.W, solve(second).W) {
		t.Error("the end of two stages is not that of the second from the end of the first")
	}
	if mat.Equal(got.W, solve(first).W) {
		t.Error("the end of two stages is that of the first")
	}
	r, err := Stages{first, stage(1e9, 1e-2), first}.Solve(context.Background(), p)
	if !errors.Is(err, mc.ErrDiverged) || r == nil || mat.Equal(r.W, solve(first).W) {
		t.Errorf("a stage diverges: result %v, error %v", r, err)
	}
}

// A checkpoint would be of one stage only: it is refused, so that Fit runs the stages without.
func TestStagesRefuse(t *testing.T) {
	p := small(t)
	stages := Stages{{Depth: 2, Steps: 5}, {Depth: 2, Steps: 5}}
	_, err := stages.Solve(t.Context(), p, mc.Checkpoint{File: filepath.Join(t.TempDir(), "c")})
	if !errors.Is(err, mc.ErrNotResumable) {
		t.Errorf("a checkpoint: %v", err)
	}
	if _, err := (Stages{}).Solve(t.Context(), p); err == nil {
		t.Error("no stage: no error")
	}
	t.Setenv(Full, "1")
	t.Setenv(Results, t.TempDir())
	if f, err := run(t.Context(), keep(p, stages, mc.Trace{}), p, stages, mc.Trace{}); err != nil || f.Steps != 5 {
		t.Errorf("in full mode: %v, %v", f, err)
	}
}
