package nb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

func TestTabulate(t *testing.T) {
	type row struct {
		Method string
		Error  float64 `table:"error (m)"`
		Steps  int
		hidden bool
	}
	cells, numeric, err := tabulate([]row{{"a < b", 1.23456789, 4000, true}, {"c", math.Inf(1), 0, false}})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"method", "error (m)", "steps"}, {"a < b", "1.235", "4000"}, {"c", "+Inf", "0"}}
	if diff := cmp.Diff(want, cells); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]bool{false, true, true}, numeric); diff != "" {
		t.Errorf("numeric columns (-want +got):\n%s", diff)
	}
	if html := tableHTML(cells, numeric); !strings.Contains(html, "a &lt; b") || strings.Count(html, "<tr>") != 3 {
		t.Errorf("table %s", html)
	}
	for _, bad := range []any{3, []int{1}, [][]string{}, []struct{ a int }{{1}}} {
		if _, _, err := tabulate(bad); err == nil {
			t.Errorf("%T: no error", bad)
		}
	}
}

// A table of metrics has no columns that say what is known, nor those that are known in no row.
func TestTabulateMetrics(t *testing.T) {
	cells, numeric, err := tabulate([]mc.Metrics{
		{Train: 1, Test: 4, HasTest: true, RMSE: 2, HasRMSE: true, NuclearNorm: 5, FrobeniusNorm: 4, EffectiveRank: 1.5,
			NumericalRank: 2},
		{Train: 2, NuclearNorm: 6, FrobeniusNorm: 3, EffectiveRank: 1.25, NumericalRank: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"training error", "test error", "RMSE", "nuclear norm", "Frobenius norm", "effective rank", "numerical rank"},
		{"1", "4", "2", "5", "4", "1.5", "2"},
		{"2", "", "", "6", "3", "1.25", "1"},
	}
	if diff := cmp.Diff(want, cells); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if len(numeric) != len(want[0]) {
		t.Errorf("%d alignments for %d columns", len(numeric), len(want[0]))
	}
	_, _, err = tabulate([]struct {
		Error float64 `known:"Nope"`
	}{{1}})
	if err == nil || !strings.Contains(err.Error(), `"Nope"`) {
		t.Errorf("a tag that names no bool: %v", err)
	}
}

func TestParse(t *testing.T) {
	if v, err := parse("7", 1); v != 7 || err != nil {
		t.Errorf("int: %v, %v", v, err)
	}
	if v, err := parse("1e-3", 1.0); v != 1e-3 || err != nil {
		t.Errorf("float64: %v, %v", v, err)
	}
	if v, err := parse("true", false); !v || err != nil {
		t.Errorf("bool: %v, %v", v, err)
	}
	if v, err := parse("18446744073709551615", uint64(0)); v != math.MaxUint64 || err != nil {
		t.Errorf("uint64: %v, %v", v, err)
	}
	if v, err := parse("any text", ""); v != "any text" || err != nil {
		t.Errorf("string: %v, %v", v, err)
	}
	if _, err := parse("many", 1); err == nil || err.Error() != "an integer" {
		t.Errorf("many: %v", err)
	}
	if _, err := parse("1,5", 1.0); err == nil || err.Error() != "a number" {
		t.Errorf("1,5: %v", err)
	}
}

func TestParam(t *testing.T) {
	t.Setenv("PENALTY_SEEDS", "12")
	if got := Param("SEEDS", 3); got != 12 {
		t.Errorf("SEEDS is %d, the environment says 12", got)
	}
	if got := Param("HIDDEN", 0.7); got != 0.7 {
		t.Errorf("HIDDEN is %v, want the default", got)
	}
}

// Interrupted and diverged runs go on with what there is; anything else does not.
func TestPartial(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("x: %w", context.Canceled), true}, {fmt.Errorf("x: %w", mc.ErrDiverged), true},
		{fmt.Errorf("x: %w", errInterrupted), true}, {errors.New("depth 0"), false},
	} {
		if got := partial(c.err); got != c.want {
			t.Errorf("%v: %v, want %v", c.err, got, c.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	var b strings.Builder
	describe(&b, viz.Heatmap("Hill", mat.NewDense(1, 2, []float64{1, 2}), viz.Scale{Unit: "m"}))
	describe(&b, viz.Loss())
	want := "Hill: heat map of a matrix, 1×2, values from 1 to 2 m.\nviz: no trace was given\n"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

func TestProgress(t *testing.T) {
	test := 0.25
	trace := &mc.Trace{Records: []mc.Record{{Step: 100, Loss: 0.5, Test: &test, EffectiveRank: 4.25}}}
	got := progress(&mc.Step{Index: 100, Limit: 300, Elapsed: 2 * time.Second}, trace)
	want := "step 100 of 300 · loss 0.5 · test 0.25 · effective rank 4.2 · 50 steps/s · at most 4s left"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// small is a problem that is solved at once.
func small(t *testing.T) mc.Problem {
	p, err := mc.LowRank{Rows: 8, Cols: 8, Rank: 1, Observed: 40, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A counter counts the runs that it observes.
type counter int

func (c *counter) Observe(s *mc.Step) {
	if s.Index == 0 {
		*c++
	}
}

// byFunction is a solver with a setting that cannot be printed.
type byFunction struct{ seed func() uint64 }

func (b byFunction) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	return mc.DeepMF{Depth: 2, Steps: 5, Seed: b.seed()}.Solve(ctx, p, observers...)
}

// A run is kept under its identity: the second fit is the first one's, another configuration is
// not.
func TestFitKeeps(t *testing.T) {
	t.Setenv("GONB_TMP_DIR", t.TempDir())
	p := small(t)
	var runs counter
	count := &runs
	solver := mc.DeepMF{Depth: 2, Steps: 50, Seed: 1}
	one := Fit(p, solver, mc.Trace{Every: 10}, count)
	two := Fit(p, solver, mc.Trace{Every: 10}, count)
	if runs != 1 || !mat.Equal(one.W, two.W) || one.Metrics != two.Metrics ||
		len(two.Trace.Records) != len(one.Trace.Records) || two.Trace.Run != one.Trace.Run {
		t.Errorf("%d runs; the kept one is not the first: %+v, %+v", runs, one.Metrics, two.Metrics)
	}
	solver.Seed = 2
	if three := Fit(p, solver, mc.Trace{Every: 10}, count); runs != 2 || mat.Equal(one.W, three.W) {
		t.Errorf("%d runs; another seed gave the kept run", runs)
	}
	files, err := os.ReadDir(os.Getenv("GONB_TMP_DIR"))
	if err != nil || len(files) != 2 {
		t.Errorf("%d files, %v; want one a run and no leftovers", len(files), err)
	}
	for seed := range uint64(2) { // functions that print alike
		seeded := func() uint64 { return seed }
		f := Fit(p, byFunction{seeded}, mc.Trace{})
		if want := Fit(p, mc.DeepMF{Depth: 2, Steps: 5, Seed: seed}, mc.Trace{}); !mat.Equal(f.W, want.W) {
			t.Errorf("the solver with the function of %d has another one's run", seed)
		}
	}
	all := FitAll([]mc.Problem{p}, []mc.Solver{mc.DeepMF{Depth: 2, Steps: 50, Seed: 1}, solver}, mc.Trace{Every: 10})
	if !mat.Equal(all[0].W, one.W) || all[1].Steps != 50 {
		t.Error("FitAll gives other runs than Fit")
	}
}

// In full mode a run outlives the kernel, in the folder of the results.
func TestFitKeepsInFull(t *testing.T) {
	results := filepath.Join(t.TempDir(), "results")
	t.Setenv(Full, "1")
	t.Setenv(Results, results)
	p := small(t)
	var runs counter
	for range 2 {
		t.Setenv("GONB_TMP_DIR", t.TempDir()) // another kernel
		Fit(p, mc.DeepMF{Depth: 2, Steps: 50}, mc.Trace{Every: 10}, &runs)
	}
	files, err := os.ReadDir(filepath.Join(results, "fits"))
	if err != nil || len(files) != 1 || runs != 1 {
		t.Errorf("%d runs, %d files, %v; want one of each", runs, len(files), err)
	}
}

// In full mode a run that is cut off goes on where it was, and a solver that cannot is run as ever.
func TestFitResumesInFull(t *testing.T) {
	t.Setenv(Full, "1")
	t.Setenv(Results, filepath.Join(t.TempDir(), "results"))
	p, solver, trace := small(t), mc.DeepMF{Depth: 2, Optimizer: mc.Adam{}, Steps: 50}, mc.Trace{Every: 10}
	name := keep(p, solver, trace)
	ctx, cancel := context.WithCancel(context.Background())
	cut := mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 30 {
			cancel()
		}
	})
	if _, err := run(ctx, name, p, solver, trace, cut); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	var states counter
	f, err := run(context.Background(), name, p, solver, trace, mc.ObserverFunc(func(*mc.Step) { states++ }))
	alone := &mc.Trace{Every: 10}
	want, werr := solver.Solve(context.Background(), p, alone)
	if err != nil || werr != nil {
		t.Fatal(err, werr)
	}
	if states > 20 || !mat.Equal(f.W, want.W) || len(f.Trace.Records) != len(alone.Records) {
		t.Errorf("%d states after the resumption, %d records of %d", states, len(f.Trace.Records), len(alone.Records))
	}
	if f := Fit(p, mc.MinimumFrobenius{}, trace); f.Failed != "" || f.W == nil {
		t.Errorf("a solver that cannot be resumed: %q", f.Failed)
	}
}

// keeping is an observer that a checkpoint keeps.
type keeping struct{ states int }

func (k *keeping) Observe(*mc.Step) { k.states++ }
func (k *keeping) Kept() []any      { return []any{&k.states} }

// A run that was cut off has a checkpoint per kind of processor and observers, and none once it has
// ended.
func TestFitBeginsAnewWithOthers(t *testing.T) {
	folder := os.Getenv("PENALTY_CHILD")
	if folder == "" {
		folder = t.TempDir()
	}
	t.Setenv(Full, "1")
	t.Setenv(Results, folder)
	p, solver := small(t), mc.DeepMF{Depth: 2, Optimizer: mc.Adam{}, Steps: 50}
	name := keep(p, solver, mc.Trace{})
	cut := func(observers ...mc.Observer) int {
		ctx, cancel := context.WithCancel(t.Context())
		first := -1
		_, err := run(ctx, name, p, solver, mc.Trace{}, append(observers, mc.ObserverFunc(func(s *mc.Step) {
			if first < 0 {
				first = s.Index
			}
			if s.Index == first+20 {
				cancel()
			}
		}))...)
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		return first
	}
	if os.Getenv("PENALTY_CHILD") != "" {
		fmt.Println(mc.Processor(), "began at", cut())
		return
	}
	for _, c := range []struct {
		observers []mc.Observer
		first     int
	}{
		{nil, 0},
		{[]mc.Observer{&keeping{}}, 0},
		{[]mc.Observer{&mc.Trace{Every: 5}}, 0},
		{[]mc.Observer{&mc.Trace{Every: 7}}, 0},
		{nil, 21},
		{[]mc.Observer{&mc.Trace{Every: 5}}, 21},
	} {
		if first := cut(c.observers...); first != c.first {
			t.Errorf("with the observers %v it began at step %d, want %d", c.observers, first, c.first)
		}
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFitBeginsAnewWithOthers$")
	child.Env = append(os.Environ(), "PENALTY_CHILD="+folder, "PENALTY_KERNEL=portable")
	out, err := child.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), mc.Processor()) && !strings.Contains(string(out), "began at 0\n") {
		t.Errorf("on another processor: %v, %s", err, out)
	}
	Fit(p, solver, mc.Trace{})
	if files, err := os.ReadDir(filepath.Dir(name)); len(files) != 1 || err != nil {
		t.Errorf("at the end there are %v, %v", files, err)
	}
}

// Runs that diverge are returned as far as they came, beside those that do not, with one note for
// all.
func TestFitAllSaysThatRunsArePartial(t *testing.T) {
	t.Setenv("GONB_TMP_DIR", "")
	wild, tame := mc.DeepMF{Depth: 2, Optimizer: mc.GD{LearningRate: 1e9}, Steps: 50, Seed: 1},
		mc.DeepMF{Depth: 2, Steps: 50, Seed: 1}
	var fits []*Fitted
	said := stdout(t, func() {
		fits = FitAll([]mc.Problem{small(t)}, []mc.Solver{wild, tame, wild},
			mc.Trace{Every: 10})
	})
	if strings.Count(said, "diverged") != 1 {
		t.Errorf("it says %q", said)
	}
	if fits[0].Failed == "" || fits[1].Failed != "" || fits[1].Steps != 50 || fits[2].Failed == "" {
		t.Errorf("failed: %q, %q, %q", fits[0].Failed, fits[1].Failed, fits[2].Failed)
	}
}

// stdout is what is printed while f runs.
func stdout(t *testing.T, f func()) string {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdout
	os.Stdout = write
	defer func() { os.Stdout = old }()
	f()
	write.Close()
	said, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

// An estimate that is too large to be formed has metrics all the same, and a run that diverged
// before there was any has none.
func TestFitWithoutW(t *testing.T) {
	o, err := mc.NewObservations(12_000, 12_000, []mc.Entry{{Row: 0, Col: 1, Value: 2}, {Row: 3, Col: 1, Value: 4}})
	if err != nil {
		t.Fatal(err)
	}
	p := mc.Problem{Train: o}
	if f, err := run(t.Context(), "", p, mc.Biases{}, mc.Trace{}); err != nil || f.W != nil || !(f.Metrics.Train < 2) {
		t.Errorf("biases: %+v, %v", f, err)
	}
	wild := mc.Tune{Candidates: []mc.Solver{mc.DeepMF{Depth: 2, Optimizer: mc.GD{LearningRate: 1e9}, Steps: 50}}}
	f, err := run(t.Context(), "", small(t), wild, mc.Trace{})
	if !errors.Is(err, mc.ErrDiverged) || f == nil || f.W != nil {
		t.Errorf("no candidate converges: %+v, %v", f, err)
	}
}

// described counts how often it is described, and returns as told.
type described struct {
	*int
	result *mc.Result
	err    error
}

func (d described) GoString() string { *d.int++; return "described" }

func (d described) Solve(context.Context, mc.Problem, ...mc.Observer) (*mc.Result, error) {
	return d.result, d.err
}

// A solver of the user's own may return no result when it is interrupted or diverges.
func TestFitWithoutResult(t *testing.T) {
	t.Setenv("GONB_TMP_DIR", "")
	failed := described{new(int), nil, mc.ErrDiverged}
	var fits []*Fitted
	stdout(t, func() {
		fits = FitAll([]mc.Problem{small(t)}, []mc.Solver{failed}, mc.Trace{})
		fits = append(fits, Fit(small(t), failed, mc.Trace{}))
	})
	for _, f := range fits {
		if f == nil || f.Failed != mc.ErrDiverged.Error() || f.Trace == nil || f.Status != mc.Unfinished {
			t.Fatalf("%+v", f)
		}
	}
	if s := EachFit(fits, func(f *Fitted) float64 { return f.Metrics.Test }); !math.IsInf(s.Values[0], 1) {
		t.Errorf("values %v", s.Values)
	}
	if f, err := run(t.Context(), "", small(t), described{new(int), nil, errors.New("bad")}, mc.Trace{}); f != nil ||
		err == nil {
		t.Errorf("bad input: %+v, %v", f, err)
	}
}

// The identity of a run, which is a digest of all its data, is computed once.
func TestFitIdentifiesOnce(t *testing.T) {
	t.Setenv("GONB_TMP_DIR", t.TempDir())
	solver := described{new(int), &mc.Result{W: mat.NewDense(8, 8, nil), Status: mc.Converged}, nil}
	Fit(small(t), solver, mc.Trace{})
	if *solver.int != 1 {
		t.Errorf("described %d times", *solver.int)
	}
	FitAll([]mc.Problem{small(t)}, []mc.Solver{solver}, mc.Trace{Every: 2})
	if *solver.int != 2 {
		t.Errorf("described %d times after FitAll", *solver.int)
	}
}

// A pointer is shown as what it points to: records have some numbers only where they are known.
func TestTableOfPointers(t *testing.T) {
	test := 0.25
	cells, numeric, err := tabulate([]mc.Record{{Step: 1, Test: &test}, {Step: 2}})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(cells[0], "test")
	if at < 0 || cells[1][at] != "0.25" || cells[2][at] != "" || !numeric[at] {
		t.Errorf("the test errors are shown as %q, numeric %v", cells, numeric)
	}
}

// A run that was cut short and left nothing ends the cell, which would use it; its error says why.
func TestNothingEndsTheCell(t *testing.T) {
	o := small(t).Train.(*mc.Observations)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errInterrupted)
	cells := map[string]struct {
		cell func()
		said string
	}{
		"model":     {func() { Must(mc.Fit(ctx, mc.SoftImpute{Lambda: 1}, o)) }, "interrupted\n"},
		"interface": {func() { Must[mc.Solver](nil, fmt.Errorf("run 3: %w", errInterrupted)) }, "run 3: interrupted\n"},
		"diverged":  {func() { Must[*mc.Model](nil, mc.ErrDiverged) }, mc.ErrDiverged.Error() + "\n"},
		"numbers":   {func() { Must[[]float64](nil, errInterrupted) }, "interrupted\n"},
		"compare": {func() {
			self, err := os.FindProcess(os.Getpid())
			Context()
			if err != nil || self.Signal(os.Interrupt) != nil {
				panic("no signal")
			}
			<-Context().Done()
			Compare(o, time.Minute).Best()
		}, "stopped before a method ended: interrupted\n"},
	}
	if name := os.Getenv("PENALTY_CHILD"); name != "" {
		cells[name].cell()
		fmt.Println("the cell goes on")
		return
	}
	for name, c := range cells {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNothingEndsTheCell$")
		child.Env = append(os.Environ(), "PENALTY_CHILD="+name)
		out, err := child.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || strings.Contains(string(out), "goes on") ||
			!strings.Contains(string(out), c.said) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	if r := Must(&mc.Result{}, errInterrupted); r == nil {
		t.Error("a partial run is lost")
	}
	if n := Must(3, errInterrupted); n != 3 {
		t.Error("a number is lost")
	}
}
