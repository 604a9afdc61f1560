package nb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
)

func scales(seeds int) sweep.Spec {
	return sweep.Spec{
		Name: "scales", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20},
		Solver: mc.DeepMF{Penalty: mc.Ratio{}, Steps: 20},
		Axes: []sweep.Axis{sweep.Over("Solver.Lambda", 0, 1e-3), sweep.Over("Solver.Depth", 1, 2),
			sweep.Seeds(seeds)},
	}
}

// A sweep is kept where the environment says: the second call runs nothing, an extended one what is
// new, and one that changed otherwise keeps its results apart.
func TestSweepKeeps(t *testing.T) {
	root := t.TempDir()
	t.Setenv(Results, root)
	ran := 0
	count := sweep.Local{Progress: func(sweep.Progress) { ran++ }}
	changed := scales(2)
	changed.Solver = mc.DeepMF{Penalty: mc.Ratio{}, Steps: 30}
	more := changed
	more.Axes = scales(3).Axes
	for _, c := range []struct {
		name      string
		spec      sweep.Spec
		ran, rows int
	}{{"first", scales(2), 8, 8}, {"again", scales(2), 0, 8}, {"extended", scales(3), 4, 12},
		{"changed", changed, 8, 8}, {"both", more, 4, 12}, {"the first", scales(3), 0, 12}} {
		ran = 0
		if results := SweepBy(count, c.spec); ran != c.ran || results.Len() != c.rows || results.Missing() != 0 {
			t.Errorf("%s: ran %d and returned %d, want %d and %d", c.name, ran, results.Len(), c.ran, c.rows)
		}
	}
	folders, err := os.ReadDir(root)
	if err != nil || len(folders) != 2 || folders[0].Name() != "scales" || folders[1].Name() != "scales-2" {
		t.Errorf("folders %v, %v", folders, err)
	}
	if _, err := sweep.PlanOf(changed, filepath.Join(root, "scales")); !errors.Is(err, sweep.ErrOther) {
		t.Errorf("error %v", err)
	}
}

// A verdict from a sweep that lacks runs is not run, whatever else the cell does.
func TestVerdictOnPartOfASweep(t *testing.T) {
	t.Setenv(Results, t.TempDir())
	verdict := func(results *sweep.Table) *mc.Verdict {
		v := &mc.Verdict{Claim: "C7"}
		v.AtMost("test error", 2, Must(results.Sample("Test")))
		Conclude(v)
		return v
	}
	if v := verdict(SweepBy(sweep.Local{Shards: 2}, scales(2))); v.Outcome() != mc.NotRun ||
		v.Reason() != "4 of 8 runs are missing" {
		t.Errorf("a half: %v", v)
	}
	if v := verdict(Sweep(scales(2))); v.Outcome() != mc.Supported {
		t.Errorf("the whole: %v", v)
	}
}

// flaky fails as long as broken says so.
type flaky struct{ mc.DeepMF }

var broken atomic.Bool

func (s flaky) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	if broken.Load() && ctx.Err() == nil {
		return nil, errors.New("broken")
	}
	return s.DeepMF.Solve(ctx, p, observers...)
}

// Cells that failed run again where Retry asks for that, also if this program has read the sweep.
func TestSweepByRetries(t *testing.T) {
	t.Setenv(Results, t.TempDir())
	spec := scales(1)
	spec.Solver = flaky{mc.DeepMF{Penalty: mc.Ratio{}, Steps: 20}}
	failed := func(results *sweep.Table) (n int) {
		for i := range results.Len() {
			if results.Row(i).Failed() {
				n++
			}
		}
		return n
	}
	broken.Store(true)
	if n := failed(Sweep(spec)); n != 4 {
		t.Fatalf("%d of 4 runs failed", n)
	}
	broken.Store(false)
	if n := failed(Sweep(spec)); n != 4 {
		t.Errorf("without Retry %d of 4 records stand", n)
	}
	if n := failed(SweepBy(sweep.Local{Retry: true}, spec)); n != 0 {
		t.Errorf("with Retry %d runs still fail", n)
	}
	if n := failed(Sweep(spec)); n != 0 {
		t.Errorf("%d failures are read after Retry", n)
	}
}

func TestRetries(t *testing.T) {
	again := sweep.Local{Retry: true}
	for _, c := range []struct {
		engine string
		local  sweep.Local
		want   bool
	}{
		{"", sweep.Local{}, false}, {"", again, true}, {"local", again, true}, {"slurm", again, true},
		{"slurm --retry --shards 3", sweep.Local{}, true}, {"kubernetes -retry", sweep.Local{}, true},
		{"slurm --retry=false", again, false}, {"slurm --retry=1", sweep.Local{}, true},
		{"slurm --partition retry", sweep.Local{}, false},
	} {
		if got := retries(c.engine, c.local); got != c.want {
			t.Errorf("%q with Retry %v: %v", c.engine, c.local.Retry, got)
		}
	}
}

// An interruption after which the results cannot be read ends the cell, with both messages.
func TestInterruptedSweepWithoutResults(t *testing.T) {
	if root := os.Getenv(Results); os.Getenv("PENALTY_CHILD") != "" {
		SweepBy(sweep.Local{Workers: 1, Progress: func(sweep.Progress) {
			if Interrupted() {
				return
			}
			if err := os.WriteFile(filepath.Join(root, "scales", "results.jsonl"), []byte("{\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			if self, err := os.FindProcess(os.Getpid()); err != nil || self.Signal(os.Interrupt) != nil {
				t.Fatal("no signal", err)
			}
			<-Context().Done()
		}}, scales(20))
		t.Fatal("the cell goes on")
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInterruptedSweepWithoutResults$")
	child.Env = append(os.Environ(), "PENALTY_CHILD=1", Results+"="+t.TempDir(),
		Runs+"="+filepath.Join(t.TempDir(), "runs"))
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || strings.Contains(string(out), "goes on") ||
		!strings.Contains(string(out), "interrupted") || !strings.Contains(string(out), "results.jsonl") {
		t.Errorf("%v: %s", err, out)
	}
}

// The table that is shown while a sweep runs has the median over seeds: two axes span it, one is a
// list.
func TestMedians(t *testing.T) {
	t.Setenv(Results, t.TempDir())
	spec := scales(3)
	results := Sweep(spec)
	got, err := medians(spec, results)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"λ ↓  test error, depth →", "1", "2"}}
	for _, lambda := range []string{"0", "0.001"} {
		row := []string{lambda}
		for _, depth := range []int{1, 2} {
			values, err := results.Values("Test", "Solver.Lambda", lambda, "Solver.Depth", depth)
			if err != nil {
				t.Fatal(err)
			}
			iv, err := mc.MedianInterval(values)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, fmt.Sprintf("%.3g", iv.Median))
		}
		want = append(want, row)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("table (-want +got):\n%s", d)
	}
	part, err := results.Where("Solver.Lambda", 0)
	if err != nil {
		t.Fatal(err)
	}
	if part, err = part.Where("Solver.Depth", 2); err != nil {
		t.Fatal(err)
	}
	got, err = medians(spec, part)
	if d := cmp.Diff([][]string{want[0], {"0", "", want[1][2]}}, got); err != nil || d != "" {
		t.Errorf("a table of a part (-want +got), %v:\n%s", err, d)
	}
	if c := picture(spec, results); c.Err() != nil || !strings.Contains(c.Alt(), "2×2") {
		t.Errorf("picture of two axes: %q, %v", c.Alt(), c.Err())
	}
	one := spec
	one.Axes = spec.Axes[1:]
	if c := picture(one, results); c.Err() != nil || !strings.HasPrefix(c.Alt(), "Test error by depth") {
		t.Errorf("picture of one axis: %q, %v", c.Alt(), c.Err())
	}
	spec.Axes = spec.Axes[1:]
	got, err = medians(spec, results)
	if err != nil || len(got) != 3 || got[0][2] != "median test error" || got[1][1] != "6" {
		t.Errorf("a list: %v, %v", got, err)
	}
}
