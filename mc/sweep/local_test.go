package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

func run(t *testing.T, l Local, spec Spec) *Table {
	t.Helper()
	table, err := l.Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func gathered(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, resultsFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The results of a real sweep are those of the solver called by hand.
func TestRun(t *testing.T) {
	spec := Spec{
		Name: "depth", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20}, Solver: mc.DeepMF{Steps: 50},
		Axes: []Axis{Over("Solver.Depth", 1, 2), Seeds(2)},
		Measures: []Measure{{"loss", func(_ mc.Problem, r *mc.Result) float64 { return r.Loss }},
			{"none", func(mc.Problem, *mc.Result) float64 { return math.NaN() }}},
	}
	t.Chdir(t.TempDir())
	table, err := Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if table.Len() != 4 {
		t.Fatalf("%d results, want 4", table.Len())
	}
	for i := range spec.Len() {
		c, row := spec.At(i), table.Row(i)
		p, err := c.Problem.Problem()
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.Solver.Solve(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		m := mc.Evaluate(p, want.W)
		if row.Key() != c.Key() || row.Status() != want.Status.String() ||
			row.Level("Solver.Depth") != c.Levels[0] || row.Level("Seed") != c.Levels[1] {
			t.Errorf("cell %d has the row %s %s %s %s",
				i, row.Key(), row.Status(), row.Level("Solver.Depth"), row.Level("Seed"))
		}
		for name, want := range map[string]float64{
			"Train": m.Train, "Test": m.Test, "RelativeError": m.RelativeError, "EffectiveRank": m.EffectiveRank,
			"Steps":         50,
			"NumericalRank": float64(m.NumericalRank), "NuclearNorm": m.NuclearNorm,
			"FrobeniusNorm": m.FrobeniusNorm, "loss": want.Loss,
		} {
			if got, ok := row.Value(name); !ok || got != want {
				t.Errorf("cell %d: %s = %v, %v; want %v", i, name, got, ok, want)
			}
		}
		if _, ok := row.Value("none"); ok {
			t.Error("a measure that is NaN is there")
		}
	}
	if all, err := Read(filepath.Join("results", "depth")); err != nil || all.Len() != 4 {
		t.Errorf("Read: %v, %v", all, err)
	}
}

// Faults of cells are results, and the others go on.
func TestFaultyCells(t *testing.T) {
	spec := toys(2)
	spec.Axes = append(spec.Axes, Over("Solver.Fault", "", "error", "panic", "diverge"))
	// Rank 3 is more than two rows have: levels that are good one by one, and bad together.
	spec.Axes[0] = Over("Problem.Rank", 1, 3)
	spec.Axes = append(spec.Axes, Over("Problem.Rows", 4, 2))
	folder := t.TempDir()
	var last Progress
	table := run(t, Local{Folder: folder, Progress: func(p Progress) { last = p }}, spec)
	got := map[string]int{}
	for i := range table.Len() {
		r := table.Row(i)
		_, hasTest := r.Value("Train")
		got[fmt.Sprintf("%s %v %.14s", r.Status(), hasTest, r.Err())]++
	}
	want := map[string]int{"step limit true ": 6, "failed false toy: no": 6, "panicked false toy: oh": 6,
		"diverged false toy: diverged": 6, "no problem false mc: LowRank.Ra": 8}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("results are %v, want %v", got, want)
	}
	if last.Done != 32 || last.Total != 32 || last.Failed != 20 {
		t.Errorf("progress ends at %v", last)
	}
	logs, _ := filepath.Glob(filepath.Join(folder, runsFolder, "*"+logSuffix))
	if len(logs) != 1 {
		t.Fatalf("logs %q", logs)
	}
	if text, err := os.ReadFile(logs[0]); err != nil || !strings.Contains(string(text), "toy.Solve") {
		t.Errorf("no stack of the panic in the log (%v)", err)
	}
}

// Extending a sweep runs what is new and nothing else; going back to the smaller one runs nothing.
func TestExtend(t *testing.T) {
	folder := t.TempDir()
	ran := 0
	l := Local{Folder: folder, Progress: func(Progress) { ran++ }}
	small, large := toys(2), toys(5)
	large.Axes[0].Levels = append(large.Axes[0].Levels, Over("Solver.Scale", 7).Levels...)
	for _, step := range []struct {
		name      string
		spec      Spec
		ran, rows int
	}{{"first", small, 6, 6}, {"again", small, 0, 6}, {"extended", large, 14, 20}, {"back", small, 0, 6},
		{"forth", large, 0, 20}} {
		ran = 0
		if table := run(t, l, step.spec); ran != step.ran || table.Len() != step.rows {
			t.Errorf("%s: ran %d cells and returned %d, want %d and %d",
				step.name, ran, table.Len(), step.ran, step.rows)
		}
	}
	whole := t.TempDir()
	run(t, Local{Folder: whole, Workers: 1}, large)
	if gathered(t, folder) != gathered(t, whole) {
		t.Error("an extended sweep and a whole one gather different bytes")
	}
}

// A folder belongs to one sweep.
func TestOtherSweep(t *testing.T) {
	folder := t.TempDir()
	run(t, Local{Folder: folder}, toys(1))
	for name, change := range map[string]func(*Spec){
		"problem":  func(s *Spec) { s.Problem = mc.LowRank{Rows: 5, Cols: 3, Rank: 1, Observed: 6} },
		"solver":   func(s *Spec) { s.Solver = toy{Fault: "error"} },
		"name":     func(s *Spec) { s.Name = "others" },
		"axis":     func(s *Spec) { s.Axes[0] = Over("Problem.Noise", 0, 1e-3, 1) },
		"axes":     func(s *Spec) { s.Axes = s.Axes[:1] },
		"measures": func(s *Spec) { s.Measures = []Measure{{"a", func(mc.Problem, *mc.Result) float64 { return 0 }}} },
		"meaning": func(s *Spec) {
			s.Axes[0] = Cases("Solver.Scale", Case("0", Setting{"Solver.Scale", 2}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := toys(1)
			change(&spec)
			if _, err := (Local{Folder: folder}).Run(t.Context(), spec); err == nil ||
				!strings.Contains(err.Error(), "holds another sweep") {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("changed by hand", func(t *testing.T) {
		name := filepath.Join(folder, specFile)
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, bytes.Replace(text, []byte("Rows:4"), []byte("Rows:9"), 1), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := (Local{Folder: folder}).Run(t.Context(), toys(1)); err == nil ||
			!strings.Contains(err.Error(), "changed after the sweep began") {
			t.Errorf("error %v", err)
		}
	})
}

// Interrupting keeps what is finished; running again completes it to the same bytes.
func TestInterrupt(t *testing.T) {
	spec := toys(10)
	folder, whole := t.TempDir(), t.TempDir()
	run(t, Local{Folder: whole}, spec)
	ctx, cancel := context.WithCancel(t.Context())
	table, err := Local{Folder: folder, Workers: 2, Progress: func(p Progress) {
		if p.Done == 5 {
			cancel()
		}
	}}.Run(ctx, spec)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if table.Len() < 5 || table.Len() == spec.Len() {
		t.Fatalf("%d results of an interrupted sweep", table.Len())
	}
	axis := spec.Axes[0]
	if _, err := table.Where(axis.Name, axis.Levels[len(axis.Levels)-1].Label); err == nil ||
		!strings.Contains(err.Error(), "cells have yet to run") {
		t.Errorf("a level that the sweep did not come to: %v", err)
	}
	before := table.Len()
	ran := 0
	table = run(t, Local{Folder: folder, Progress: func(Progress) { ran++ }}, spec)
	if table.Len() != spec.Len() || ran != spec.Len()-before {
		t.Errorf("ran %d cells after %d, and has %d of %d", ran, before, table.Len(), spec.Len())
	}
	if gathered(t, folder) != gathered(t, whole) {
		t.Error("interrupted and uninterrupted sweeps gather different bytes")
	}
}

// Where the results cannot be read after an interruption, both errors are returned.
func TestInterruptUnreadable(t *testing.T) {
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	table, err := Local{Folder: folder, Workers: 1, Progress: func(Progress) {
		if err := os.WriteFile(filepath.Join(folder, resultsFile), []byte("garbage\n"), 0o666); err != nil {
			t.Error(err)
		}
		cancel()
	}}.Run(ctx, toys(2))
	if table != nil || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "not a record") {
		t.Errorf("results %v, error %v", table, err)
	}
}

// A folder may have any name.
func TestFolderWithBrackets(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a[b")
	run(t, Local{Folder: folder}, toys(1))
	left := filepath.Join(folder, "results.jsonl.dead"+tmpSuffix)
	if err := os.WriteFile(left, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Gather(toys(1), folder); err != nil {
		t.Error(err)
	}
	if there, err := exists(left); there || err != nil {
		t.Errorf("what a dead process left is still there: %v, %v", there, err)
	}
	if p, err := PlanOf(toys(1), folder); err != nil || p.Mean == 0 {
		t.Errorf("the cells took %v, %v", p.Mean, err)
	}
}

// Time is that of the test: it passes where nothing else is left to do, however slow the machine.
func TestTimeLimitAndRetry(t *testing.T) { synctest.Test(t, timeLimitAndRetry) }

func timeLimitAndRetry(t *testing.T) {
	spec := toys(1)
	spec.Axes = []Axis{Over("Solver.Pause", int64(0), int64(time.Hour))}
	folder := t.TempDir()
	table := run(t, Local{Folder: folder, TimeLimit: 50 * time.Millisecond}, spec)
	if a, b := table.Row(0), table.Row(1); a.Status() != "step limit" || b.Status() != timedOut ||
		b.Err() != "the cell took longer than 50ms" {
		t.Errorf("statuses %q and %q (%s)", a.Status(), b.Status(), b.Err())
	}
	for retry, want := range map[bool]int{false: 0, true: 1} {
		ran := 0
		run(t, Local{Folder: folder, TimeLimit: 60 * time.Millisecond, Retry: retry,
			Progress: func(Progress) { ran++ }}, spec)
		if ran != want {
			t.Errorf("Retry: %v ran %d cells, want %d", retry, ran, want)
		}
	}
}

// A cell that holds too much is found and recorded; those beside it have their results.
func TestMemoryLimit(t *testing.T) {
	spec := toys(2)
	spec.Solver = toy{Pause: time.Second}
	spec.Axes[0] = Over("Solver.Hold", 0, 1, 400)
	spec.Axes = append(spec.Axes, Over("Solver.Pause", 0, 1))
	table := run(t, Local{Folder: t.TempDir(), Workers: 4, MemoryLimit: 60e6}, spec)
	if table.Len() != spec.Len() {
		t.Fatalf("%d results, want %d", table.Len(), spec.Len())
	}
	for i := range table.Len() {
		r := table.Row(i)
		want := "step limit"
		if r.Level("Solver.Hold") == "400" {
			want = outOfMemory
		}
		if r.Status() != want {
			t.Errorf("a cell that holds %s MB has the status %q (%s), want %q",
				r.Level("Solver.Hold"), r.Status(), r.Err(), want)
		}
	}
}

// Shards, in any order and at once, make the bytes of one process.
func TestShards(t *testing.T) {
	spec := toys(7)
	folder, whole := t.TempDir(), t.TempDir()
	run(t, Local{Folder: whole}, spec)
	var wg sync.WaitGroup
	for shard := range 4 {
		wg.Go(func() {
			if _, err := (Local{Folder: folder, Shard: shard, Shards: 4}).Run(t.Context(), spec); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if p, err := PlanOf(spec, folder); err != nil || len(p.Missing) != 0 || p.Done != 21 || p.Mean == 0 {
		t.Errorf("plan %+v, %v", p, err)
	}
	if err := Gather(spec, folder); err != nil {
		t.Fatal(err)
	}
	if gathered(t, folder) != gathered(t, whole) {
		t.Error("shards and one process gather different bytes")
	}
}

func TestPlan(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "none")
	p, err := PlanOf(toys(2), folder)
	if made, _ := exists(folder); err != nil || p.Cells != 6 || len(p.Missing) != 6 || made {
		t.Errorf("plan of a sweep that never ran: %+v, %v; folder made: %v", p, err, made)
	}
	if _, ok := p.Left(2); ok {
		t.Error("an estimate from nothing")
	}
	p.Mean = time.Minute
	one, _ := p.Left(1)
	if none, ok := p.Left(0); !ok || none != one {
		t.Errorf("no workers: %v, %v; want %v as with one", none, ok, one)
	}
	if left, ok := p.Left(4); !ok || left != 2*time.Minute {
		t.Errorf("6 cells of a minute on 4 workers take %v", left)
	}
	if runtime.GOOS != "windows" && os.Getuid() != 0 {
		locked := t.TempDir()
		if err := os.Chmod(locked, 0o555); err != nil {
			t.Fatal(err)
		}
		if _, err := (Local{Folder: locked}).Run(t.Context(), toys(1)); !errors.Is(err, os.ErrPermission) {
			t.Errorf("a folder that cannot be written: %v", err)
		}
	}
	if _, err := (Local{Folder: folder, Workers: -1}).Run(t.Context(), toys(1)); err == nil {
		t.Error("Workers: -1 passes")
	}
	if _, err := (Local{Folder: folder, MemoryLimit: -1}).Run(t.Context(), toys(1)); err == nil {
		t.Error("MemoryLimit: -1 passes")
	}
	if _, err := (Local{Folder: folder, Shard: 2, Shards: 2}).Run(t.Context(), toys(1)); err == nil {
		t.Error("Shard: 2 of 2 passes")
	}
}

func TestGroup(t *testing.T) {
	c := newColumns()
	for i, x := range []float64{4, 1, 3, 2, 10, 20, 40} {
		r := &record{key: key{byte(i)}, status: "s", levels: []field[string]{{"d", []string{"2", "10"}[i/4]},
			{"Seed", fmt.Sprint(i % 4)}}}
		r.values = []field[float64]{{"Test", x}}
		if x == 3 {
			r.values = nil
		}
		if err := c.add(r); err != nil {
			t.Fatal(err)
		}
	}
	table := c.table()
	groups, err := table.Group("Test", "d")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(groups), "[{[2] [4 1 +Inf 2] 1 [2]} {[10] [10 20 40] 0 []}]"; got != want {
		t.Errorf("groups are %s, want %s", got, want)
	}
	for q, want := range map[float64]float64{0: 1, 0.5: 3, 1: math.Inf(1)} {
		if got := groups[0].Quantile(q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if iv, err := groups[1].Interval(); err != nil || iv.Median != 20 {
		t.Errorf("interval %v, %v", iv, err)
	}
	diff, err := table.Compare("Test", math.Log10, "d", 10, 2)
	if err != nil {
		t.Fatal(err)
	}
	// Seed 0: 10 and 4; seed 1: 20 and 1; seed 2: 40 and no value, which counts as +∞; seed 3: no
	// partner.
	if len(diff.Differences) != 3 || diff.Unpaired != 1 || diff.Differences[0] != math.Inf(-1) ||
		math.Abs(diff.Differences[1]-math.Log10(2.5)) > 1e-15 ||
		diff.Median != diff.Differences[1] || diff.Lo != math.Inf(-1) || diff.Hi != math.Log10(20) {
		t.Errorf("comparison %+v", diff)
	}
	if values, err := table.Values("Test", "d", 2); err != nil || fmt.Sprint(values) != "[4 1 +Inf 2]" {
		t.Errorf("values %v, %v", values, err)
	}
	if values, err := table.Values("Test", "d", 10, "Seed", 1); err != nil || fmt.Sprint(values) != "[20]" {
		t.Errorf("values %v, %v", values, err)
	}
	summary, err := table.Summary("Test", "d")
	if got, want := fmt.Sprint(summary),
		"[[d runs median of Test interval of the median 10 % 90 % without a value] "+
			"[2 4 3 [1, +Inf] 1.3 +Inf 1] [10 3 20 [10, 40] 12 36 0]]"; got != want || err != nil {
		t.Errorf("summary %s, %v; want %s", got, err, want)
	}
	x, y, grid, err := table.Grid("Test", "Seed", "d", nil)
	if err != nil || fmt.Sprint(x, y) != "[0 1 2 3] [2 10]" ||
		fmt.Sprint(grid.RawMatrix().Data) != "[4 1 NaN 2 10 20 40 NaN]" {
		t.Errorf("grid %v %v %v, %v", x, y, grid, err)
	}
	var out strings.Builder
	if err := table.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	want := "d,Seed,status,Test,error,key,sources\n2,0,s,4,,000000000000000000000000,\n" +
		"2,1,s,1,,010000000000000000000000,\n2,2,s,,,020000000000000000000000,\n"
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("CSV\n%s\nwant\n%s", out.String(), want)
	}
	if two, err := table.Where("d", 2); err != nil || two.Len() != 4 {
		t.Errorf("Where: %v, %v", two.Len(), err)
	}
	for name, err := range map[string]error{
		"axis":    second(table.Group("Test", "nope")),
		"measure": second(table.Group("nope", "d")),
		"level":   second(table.Where("d", 3)),
		"compare": second(table.Compare("Test", nil, "d", 2, 3)),
		"pair":    second(table.Values("Test", "d")),
		"axis 3":  second(table.Values("Test", 3, "d")),
		"values":  second(table.Values("Test", "d", 10, "Seed", 3)),
	} {
		if err == nil {
			t.Errorf("unknown %s passes", name)
		}
	}
}

// rows makes a table of rows "axis=level … measure:value …".
func rows(t *testing.T, lines ...string) *Table {
	t.Helper()
	c := newColumns()
	for i, line := range lines {
		r := &record{key: key{byte(i)}, status: "converged"}
		for _, word := range strings.Fields(line) {
			if name, level, ok := strings.Cut(word, "="); ok {
				r.levels = append(r.levels, field[string]{name, level})
			} else if name, text, ok := strings.Cut(word, ":"); ok {
				x, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatal(err)
				}
				r.values = append(r.values, field[float64]{name, x})
			}
		}
		if err := c.add(r); err != nil {
			t.Fatal(err)
		}
	}
	return c.table()
}

// A missing error is the worst, and another number is not known.
func TestSampleOfFailures(t *testing.T) {
	table := rows(t, "Seed=1 Test:1 accuracy:0.5", "Seed=2", "Seed=3 Test:+Inf accuracy:+Inf")
	for measure, want := range map[string]string{"Test": "[1 +Inf +Inf]", "accuracy": "[0.5 NaN +Inf]"} {
		s, err := table.Sample(measure)
		if got := fmt.Sprint(s.Values); got != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", measure, got, err, want)
		}
		if values, err := table.Values(measure); err != nil || !math.IsInf(values[1], 1) {
			t.Errorf("%s: values %v, %v", measure, values, err)
		}
	}
}

// gone is data that is there for the first seed alone.
type gone struct{ Seed uint64 }

func (g gone) Problem() (mc.Problem, error) {
	if g.Seed > 1 {
		return mc.Problem{}, errors.New("the file is gone")
	}
	return mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20}.Problem()
}

// blank finds no number at the first seed.
type blank struct{ Seed uint64 }

func (b blank) Solve(context.Context, mc.Problem, ...mc.Observer) (*mc.Result, error) {
	w := mat.NewDense(6, 5, nil)
	if b.Seed == 1 {
		w.Set(0, 0, math.NaN())
	}
	return &mc.Result{W: w}, nil
}

// A run without data says nothing about its solver.
func TestNoData(t *testing.T) {
	spec := Spec{Name: "gone", Problem: gone{}, Solver: mc.Mean{}, Axes: []Axis{Seeds(3)}}
	table := run(t, Local{Folder: t.TempDir()}, spec)
	if want := "2 of 3 runs were cut off: the first no problem: the file is gone"; table.Lacks() != want {
		t.Errorf("lacks %q, want %q", table.Lacks(), want)
	}
}

// An error that is NaN is not the least of all.
func TestNoNumber(t *testing.T) {
	spec := Spec{Name: "blank", Problem: fixed{}, Solver: blank{}, Axes: []Axis{Seeds(3)}}
	groups, err := run(t, Local{Folder: t.TempDir()}, spec).Group("RelativeError")
	if err != nil || groups[0].Quantile(0.1) != 1 || !math.IsInf(groups[0].Quantile(1), 1) ||
		groups[0].Missing != 1 {
		t.Errorf("%+v, %v", groups, err)
	}
}

// Pairs agree in every other axis, whichever side is first; what has no partner is left out.
func TestPairs(t *testing.T) {
	table := rows(t,
		"method=a n=1 Seed=1 Test:7", "method=b n=1 Seed=1 Test:5",
		"method=b n=2 Seed=1 Test:1", "method=a n=2 Seed=1 Test:11",
		"method=a n=1 Seed=2 Test:20",                        // no partner
		"method=b n=2 Seed=3 Test:30", "method=b n=2 Seed=4", // no partners
		"method=a n=2 Seed=2", "method=b n=2 Seed=2", // neither has a value
		"method=a n=1 Seed=3", "method=b n=1 Seed=3 Test:4", // a failed
		"method=a n=3 Seed=1 Test:+Inf", "method=b n=3 Seed=1 Test:+Inf", // ∞ − ∞
		"method=c n=1 Seed=1 Test:1000",
	)
	for _, c := range []struct {
		a, b string
		want []float64
	}{
		{"a", "b", []float64{2, 10, math.Inf(1)}},
		{"b", "a", []float64{math.Inf(-1), -10, -2}},
	} {
		got, err := table.Compare("Test", nil, "method", c.a, c.b)
		// Each side has 6 rows that are of no other method: a 1 1, 1 2, 1 3, 2 1, 2 2, 3 1.
		if err != nil || !slices.Equal(got.Differences, c.want) || got.Unpaired != 6+7-2*3 || got.Median != c.want[1] {
			t.Errorf("%s − %s is %+v, %v; want %v", c.a, c.b, got, err, c.want)
		}
	}
	got, err := table.Compare("Test", func(x float64) float64 { return 2 * x }, "method", "a", "c")
	if err != nil || !slices.Equal(got.Differences, []float64{14 - 2000}) {
		t.Errorf("a − c is %+v, %v", got, err)
	}
	zeros := rows(t, "method=a Seed=1 Test:0", "method=b Seed=1 Test:0",
		"method=a Seed=2 Test:0", "method=b Seed=2 Test:1")
	got, err = zeros.Compare("Test", math.Log10, "method", "a", "b")
	if err != nil || !slices.Equal(got.Differences, []float64{math.Inf(-1), 0}) || got.Unpaired != 0 {
		t.Errorf("of errors that are 0: %+v, %v", got, err)
	}
	apart := rows(t, "method=a Seed=1 Test:1", "method=b Seed=1", "method=a Seed=2", "method=b Seed=2 Test:1")
	for _, order := range []string{"ab", "ba"} {
		got, err := apart.Compare("Test", nil, "method", order[:1], order[1:])
		if err == nil || !strings.Contains(err.Error(), "there is no median") {
			t.Errorf("each fails where the other does not: %+v, %v", got, err)
		}
	}
	if _, err := table.Compare("Test", nil, "Seed", 4, 2); err == nil {
		t.Error("levels without a pair that has a difference are compared")
	}
}

// Rows of a smaller sweep lack an axis: they have no level of it, and are in a group of their own.
func TestRowsWithoutAnAxis(t *testing.T) {
	table := rows(t, "n=2 Test:1", "n=2 method=a Test:2", "n=1 method=b Test:3", "method=a Test:4")
	if got := table.Levels("method"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("levels %q", got)
	}
	if got := table.Levels("nope"); got != nil {
		t.Errorf("levels of no axis: %q", got)
	}
	for i, want := range []string{"", "a", "b", "a"} {
		if got := table.Row(i).Level("method"); got != want {
			t.Errorf("row %d has the level %q, want %q", i, got, want)
		}
	}
	groups, err := table.Group("Test", "n", "method")
	want := "[{[ a] [4] 0 []} {[1 b] [3] 0 []} {[2 ] [1] 0 []} {[2 a] [2] 0 []}]"
	if got := fmt.Sprint(groups); err != nil || got != want {
		t.Errorf("groups %s, %v; want %s", got, err, want)
	}
	var out strings.Builder
	if err := table.WriteCSV(&out); err != nil || !strings.Contains(out.String(), "\n1,b,converged,3,") ||
		!strings.Contains(out.String(), "\n,a,converged,4,") {
		t.Errorf("CSV %s, %v", out.String(), err)
	}
}

// Levels that the specification lacks are sorted: numbers by value, then words.
func TestOrderOfLabels(t *testing.T) {
	table := rows(t, "n=b Test:1", "n=10 Test:1", "n=a Test:1", "n=9 Test:1", "n=-1 Test:1", "n=9.0 Test:1")
	if got, want := table.Levels("n"), []string{"-1", "9", "9.0", "10", "a", "b"}; !slices.Equal(got, want) {
		t.Errorf("levels %q, want %q", got, want)
	}
}

// A grid has a row per level of its second axis and a column per level of the first, by value.
func TestGrid(t *testing.T) {
	table := rows(t, "d=10 n=1 Test:5", "d=2 n=1 Test:1", "d=2 n=3 Test:2", "d=10 n=2 Test:8", "d=10 n=1 Test:7")
	x, y, grid, err := table.Grid("Test", "n", "d", func(g Group) float64 { return g.Values[0] })
	if err != nil || !slices.Equal(x, []float64{1, 2, 3}) || !slices.Equal(y, []float64{2, 10}) {
		t.Fatalf("axes %v %v, %v", x, y, err)
	}
	want := [][]float64{{1, math.NaN(), 2}, {5, 8, math.NaN()}}
	for i, row := range want {
		for j, w := range row {
			if got := grid.At(i, j); got != w && !(math.IsNaN(got) && math.IsNaN(w)) {
				t.Errorf("d %v, n %v: %v, want %v", y[i], x[j], got, w)
			}
		}
	}
	if _, _, _, err := rows(t, "d=a n=1 Test:5").Grid("Test", "n", "d", nil); err == nil ||
		!strings.Contains(err.Error(), `axis "d" has the level "a"`) {
		t.Errorf("an axis of words: %v", err)
	}
}

// Groups come in the order in which the specification has the levels, and their values at the same
// seeds, however the results were computed; Missing counts what is not there.
func TestOrder(t *testing.T) {
	spec := toys(11)
	spec.Axes = append([]Axis{Cases("method", Solver("zeta", toy{}), Solver("alpha", toy{Pause: 1}))}, spec.Axes...)
	spec.Axes[1] = Over("Solver.Scale", 1, 0.5, 7)
	folder := t.TempDir()
	for shard := range 3 { // not in the order of the cells
		table := run(t, Local{Folder: folder, Shard: 2 - shard, Shards: 3}, spec)
		if table.Len() != 22 || table.Missing() != 0 {
			t.Errorf("shard %d has %d results and misses %d", shard, table.Len(), table.Missing())
		}
		all, err := Read(folder)
		if want := 66 - 22*(shard+1); err != nil || all.Missing() != want {
			t.Errorf("%d missing, %v; want %d", all.Missing(), err, want)
		}
	}
	direct := run(t, Local{Folder: t.TempDir()}, spec)
	read, err := Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := read.Group("Train", "method", "Solver.Scale")
	if err != nil {
		t.Fatal(err)
	}
	want, err := direct.Group("Train", "method", "Solver.Scale")
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(groups) != fmt.Sprint(want) {
		t.Errorf("groups of a folder are\n%v\nwant\n%v", groups, want)
	}
	var names []string
	for i, g := range groups {
		names = append(names, strings.Join(g.Levels, " "))
		values, err := direct.Values("Train", "method", g.Levels[0], "Solver.Scale", g.Levels[1])
		if err != nil || fmt.Sprint(values) != fmt.Sprint(g.Values) {
			t.Errorf("values %v, %v; want %v", values, err, g.Values)
		}
		for s, v := range g.Values {
			if row := direct.Row(11*i + s); row.Level("Seed") != fmt.Sprint(s+1) {
				t.Errorf("row %d is of seed %s", 11*i+s, row.Level("Seed"))
			} else if x, _ := row.Value("Train"); x != v {
				t.Errorf("value %d of %v is %v, want %v", s, g.Levels, v, x)
			}
		}
	}
	if got, want := fmt.Sprint(names), "[zeta 1 zeta 0.5 zeta 7 alpha 1 alpha 0.5 alpha 7]"; got != want {
		t.Errorf("groups are %s, want %s", got, want)
	}
}

func second[T any](_ T, err error) error { return err }

// The interval of the median covers the truth about as often as it says.
func TestCompareCoverage(t *testing.T) {
	covered := 0
	const trials = 20
	for trial := range trials {
		c := newColumns()
		rng := rand.New(rand.NewPCG(uint64(trial), 1))
		for i := range 40 {
			x := rng.NormFloat64()
			for side, v := range []float64{x + 1 + 0.3*rng.NormFloat64(), x} {
				r := &record{key: key{byte(i), byte(side)},
					levels: []field[string]{{"m", fmt.Sprint(side)}, {"Seed", fmt.Sprint(i)}},
					values: []field[float64]{{"Test", v}}}
				if err := c.add(r); err != nil {
					t.Fatal(err)
				}
			}
		}
		d, err := c.table().Compare("Test", nil, "m", 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if d.Lo <= 1 && 1 <= d.Hi && d.Confidence >= 0.95 {
			covered++
		}
	}
	if covered < trials*4/5 {
		t.Errorf("%d of %d intervals hold the true difference", covered, trials)
	}
}

// Of two results of a cell that differ neither is believed; a result replaces a failure, in either
// order.
func TestDuplicates(t *testing.T) {
	result := func(x float64) *record {
		return &record{status: "converged", values: []field[float64]{{"Train", x}, {"Test", 1}}}
	}
	swapped := &record{status: "converged", values: []field[float64]{{"Test", 1}, {"Train", 1}}}
	late := &record{status: timedOut, err: "late"}
	for name, c := range map[string]struct {
		records []*record
		status  string
		ok      bool
	}{
		"equal":                {[]*record{result(1), result(1)}, "converged", true},
		"equal in other order": {[]*record{result(1), swapped}, "converged", true},
		"one bit":              {[]*record{result(1), result(math.Nextafter(1, 2))}, "converged", false},
		"zeros of two signs":   {[]*record{result(0), result(math.Copysign(0, -1))}, "converged", false},
		"failure, result":      {[]*record{late, result(1)}, "converged", true},
		"result, failure":      {[]*record{result(1), late}, "converged", true},
		"two failures":         {[]*record{late, {status: failed}}, failed, true},
		"the other way":        {[]*record{{status: failed}, late}, failed, true},
	} {
		t.Run(name, func(t *testing.T) {
			table := newColumns()
			var err error
			for _, r := range c.records {
				if e := table.add(r); e != nil {
					err = e
				}
			}
			if (err == nil) != c.ok {
				t.Errorf("error %v", err)
			}
			if got := table.table().Row(0).Status(); len(table.keys) != 1 || got != c.status {
				t.Errorf("%d rows, status %q, want %q", len(table.keys), got, c.status)
			}
		})
	}
}

// A sample knows what its sweep lacks: runs that are missing, or that were cut off. A run that
// diverged or was refused is a result.
func TestLacks(t *testing.T) {
	lacks := func(table *Table, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		s, err := table.Sample("Steps")
		if err != nil {
			t.Fatal(err)
		}
		if all := table.Lacks(); all != s.Lacks {
			t.Errorf("the table lacks %q, its sample %q", all, s.Lacks)
		}
		return s.Lacks
	}
	folder := t.TempDir()
	run(t, Local{Folder: folder}, toys(4))
	part := run(t, Local{Folder: folder, Shard: 1, Shards: 2}, toys(8))
	if got := lacks(part, nil); got != "12 of 24 runs are missing" {
		t.Errorf("a shard lacks %q", got)
	}
	if got := lacks(Read(folder)); got != "6 of 24 runs are missing" {
		t.Errorf("the folder lacks %q", got)
	}
	if got := lacks(run(t, Local{Folder: folder}, toys(4)), nil); got != "" {
		t.Errorf("a sweep of which the folder holds more lacks %q", got)
	}
	for fault, want := range map[string]string{"error": "", "diverge": "",
		"panic": "3 of 6 runs were cut off: the first panicked: toy: oh"} {
		spec := toys(3)
		spec.Axes[0] = Over("Solver.Fault", "", fault)
		table := run(t, Local{Folder: t.TempDir()}, spec)
		if got := lacks(table, nil); got != want {
			t.Errorf("%s: lacks %q, want %q", fault, got, want)
		}
		if sound, err := table.Where("Solver.Fault", ""); err != nil || sound.Lacks() != want {
			t.Errorf("%s: the part that is sound lacks %q, %v", fault, sound.Lacks(), err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		spec := toys(1)
		spec.Axes = []Axis{Over("Solver.Pause", int64(0), int64(time.Hour))}
		got := lacks(run(t, Local{Folder: t.TempDir(), TimeLimit: 50 * time.Millisecond}, spec), nil)
		if got != "1 of 2 runs were cut off: the first time limit: the cell took longer than 50ms" {
			t.Errorf("a run that took too long: lacks %q", got)
		}
	})
}

func TestProgressPrints(t *testing.T) {
	for want, p := range map[string]Progress{
		"200/200 cells, 1.1s": {Done: 200, Total: 200, Elapsed: 1_123 * time.Millisecond},
		"120/400 cells, 2 failed, 1m30s, 3m20s left": {Done: 120, Total: 400, Failed: 2,
			Elapsed: 90_400 * time.Millisecond, Left: 200 * time.Second},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
