package mc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
	"projectpenalty/mc/mctest"
)

// withoutTimes is a trace as JSON, without what time it took.
func withoutTimes(t testing.TB, trace *mc.Trace) string {
	t.Helper()
	c := *trace
	c.Records = append([]mc.Record(nil), trace.Records...)
	for k := range c.Records {
		c.Records[k].Elapsed = 0
	}
	text, err := json.Marshal(&c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func everything() *mc.Trace {
	return &mc.Trace{Every: 2, Split: true, Alignment: true, Watch: catalog.Quantities()}
}

// interrupted solves in pieces, each cut off by its context at one of the steps.
func interrupted(t testing.TB, p mc.Problem, solver mc.Solver, at ...int) (*mc.Result, *mc.Trace) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run.checkpoint")
	for _, step := range at {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := solver.Solve(ctx, p, everything(), mc.Checkpoint{File: file}, mc.ObserverFunc(func(s *mc.Step) {
			if s.Index == step {
				cancel()
			}
		}))
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("%s, cut off at step %d: %v", mc.Describe(solver), step, err)
		}
	}
	trace := everything()
	r, err := solver.Solve(context.Background(), p, trace, mc.Checkpoint{File: file})
	if err != nil {
		t.Fatalf("%s: %v", mc.Describe(solver), err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Errorf("%s: the file of a run that has ended is there", mc.Describe(solver))
	}
	return r, trace
}

func sameRun(t testing.TB, p mc.Problem, solver mc.Solver, at ...int) {
	t.Helper()
	want := everything()
	alone, err := solver.Solve(context.Background(), p, want)
	if err != nil {
		t.Fatalf("%s: %v", mc.Describe(solver), err)
	}
	r, trace := interrupted(t, p, solver, at...)
	if !mat.Equal(r.W, alone.W) || r.Steps != alone.Steps || r.Status != alone.Status || r.Loss != alone.Loss {
		t.Errorf("%s, interrupted at %v, ends elsewhere: step %d %v of %d %v",
			mc.Describe(solver), at, r.Steps, r.Status, alone.Steps, alone.Status)
	}
	if got, want := withoutTimes(t, trace), withoutTimes(t, want); got != want {
		t.Errorf("%s, interrupted at %v, has the trace\n%.2000s\nwant\n%.2000s", mc.Describe(solver), at, got, want)
	}
}

// With every optimiser, a run that is interrupted and resumed has the bits of one that is not.
func TestCheckpointOfOptimizers(t *testing.T) {
	p := smallProblem(t)
	for _, o := range catalog.Optimizers() {
		for _, depth := range []int{1, 2} {
			sameRun(t, p, mc.DeepMF{Depth: depth, Init: mc.Gaussian{Scale: 1}, Penalty: mc.Ratio{}, Lambda: 1e-2,
				Optimizer: o, Steps: 17, Seed: 3}, 4, 9)
		}
	}
}

// The same with every schedule and rule to stop, and for the theory's solvers.
func TestCheckpointOfSchedules(t *testing.T) {
	p := smallProblem(t)
	for _, s := range catalog.Schedules() {
		sameRun(t, p, mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: mc.Adam{LearningRate: 0.1},
			Schedule: s, Steps: 30, Seed: 3}, 5, 11)
	}
	for _, solver := range []mc.Solver{
		mc.DeepMF{Depth: 2, Schedule: mc.Plateau{Patience: 1, Threshold: 0.5}, Optimizer: mc.GD{LearningRate: 1},
			Steps: 40},
		mc.DeepMF{Depth: 1, Optimizer: mc.GD{LearningRate: 1}, Stop: mc.Stop{Patience: 6, MinImprovement: 0.2},
			Steps: 500},
		mc.DeepMF{Depth: 1, LambdaSchedule: mc.Cosine{}, Penalty: mc.Nuclear{}, Lambda: 0.1, Steps: 20},
		// Interrupted within an epoch of six steps, and in another than the first.
		mc.DeepMF{Depth: 1, Batch: 5, Steps: 20}, mc.DeepMF{Depth: 2, Hidden: 2, Batch: 5, Steps: 20},
		mc.DeepMF{Depth: 2, RowPenalty: mc.Ratio{}, ColPenalty: mc.Ratio{}, Lambda: 0.1, Steps: 20},
		mc.EndToEnd{Depth: 3, Steps: 20}, mc.GradientFlow{Depth: 3, Steps: 20},
	} {
		sameRun(t, p, solver, 1, 5, 8)
	}
}

// paths is the [mc.Path] of a result.
func paths(r *mc.Result) string {
	path := mc.Detail[mc.Path](r)
	text, err := json.Marshal(path)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Every solver of the catalogue goes on from where it was cut off, with the bits of a run that was
// not, or is refused by name: closed forms and those that take an instant.
func TestCheckpointOfSolvers(t *testing.T) {
	refused := []string{"mc.Mean", "mc.Biases", "mc.ItemKNN", "mc.MinimumFrobenius"}
	for _, c := range catalog.Solvers() {
		t.Run(mc.Describe(c.Solver), func(t *testing.T) {
			p := c.Problem
			if p.Train == nil {
				p = mctest.Easy(1)
			}
			file := filepath.Join(t.TempDir(), "run")
			each := mc.Checkpoint{File: file, Interval: 1}
			if slices.Contains(refused, fmt.Sprintf("%T", c.Solver)) {
				_, err := c.Solver.Solve(context.Background(), p, each)
				if !errors.Is(err, mc.ErrNotResumable) || !strings.Contains(err.Error(), "has no method Kept") {
					t.Errorf("the error is %v", err)
				}
				return
			}
			want := &mc.Trace{Every: 3}
			alone, err := c.Solver.Solve(context.Background(), p, want)
			if err != nil {
				t.Fatal(err)
			}
			last := want.Records[len(want.Records)-1].Step
			if last > 300 { // then at the cuts alone, where no step is cut short
				each.Interval = 0
			}
			for _, step := range []int{last / 3, last * 2 / 3} {
				ctx, cancel := context.WithCancel(context.Background())
				_, err := c.Solver.Solve(ctx, p, &mc.Trace{Every: 3}, each, mc.ObserverFunc(func(s *mc.Step) {
					if s.Index >= step && !s.Final {
						cancel()
					}
				}))
				cancel()
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Fatalf("cut off at step %d: %v", step, err)
				}
			}
			first := -1
			trace := &mc.Trace{Every: 3}
			r, err := c.Solver.Solve(context.Background(), p, trace, each, mc.ObserverFunc(func(s *mc.Step) {
				if first < 0 {
					first = s.Index
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			if first < min(1, last-1) {
				t.Errorf("a run of %d steps goes on from step %d", last, first)
			}
			if !mat.Equal(r.W, alone.W) || r.Steps != alone.Steps || r.Status != alone.Status || r.Loss != alone.Loss {
				t.Errorf("ends elsewhere: step %d %v of %d %v", r.Steps, r.Status, alone.Steps, alone.Status)
			}
			if got, want := paths(r), paths(alone); got != want {
				t.Errorf("has the path %s, want %s", got, want)
			}
			if got, want := withoutTimes(t, trace), withoutTimes(t, want); got != want {
				t.Errorf("has the trace\n%.2000s\nwant\n%.2000s", got, want)
			}
		})
	}
}

// After any step.
func TestCheckpointAfterAnyStep(t *testing.T) {
	p := smallProblem(t)
	d := mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: mc.Adam{}, Schedule: mc.Cosine{}, Steps: 12}
	var all []int
	for step := range 12 {
		sameRun(t, p, d, step)
		all = append(all, step)
	}
	sameRun(t, p, d, all...)
}

// A test error of exactly 0 is not taken for one that is not known.
func TestCheckpointOfExactTestError(t *testing.T) {
	observations := func(e mc.Entry) *mc.Observations {
		o, err := mc.NewObservations(4, 3, []mc.Entry{e})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	p := mc.Problem{Train: observations(mc.Entry{Value: 1}), Test: observations(mc.Entry{Row: 1, Col: 1})}
	sameRun(t, p, mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 0.1}, Steps: 6}, 3)
}

// A process that is killed, again and again, leaves what the next one goes on from, with every
// optimiser.
func TestCheckpointSurvivesKill(t *testing.T) {
	const file, optimizer = "PENALTY_TEST_CHECKPOINT", "PENALTY_TEST_OPTIMIZER"
	p := smallProblem(t)
	optimizers := catalog.Optimizers()
	run := func(k int) mc.DeepMF {
		return mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: optimizers[k], Steps: 150}
	}
	slowly := mc.ObserverFunc(func(*mc.Step) { time.Sleep(time.Millisecond) })
	if name := os.Getenv(file); name != "" {
		k, err := strconv.Atoi(os.Getenv(optimizer))
		if err != nil {
			t.Fatal(err)
		}
		r, err := run(k).Solve(context.Background(), p, slowly, mc.Checkpoint{File: name, Interval: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name+".result", fmt.Appendf(nil, "%x", r.W.RawMatrix().Data), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	for k := range optimizers {
		t.Run(mc.Describe(optimizers[k]), func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "run.checkpoint")
			child := func() *exec.Cmd {
				c := exec.Command(os.Args[0], "-test.run=^TestCheckpointSurvivesKill$")
				c.Env = append(os.Environ(), file+"="+name, fmt.Sprint(optimizer, "=", k))
				return c
			}
			for kill := range 2 {
				c := child()
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				before, _ := os.Stat(name)
				for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // until it has gone on
					if now, err := os.Stat(name); err == nil && !os.SameFile(now, before) {
						break
					}
					if time.Now().After(deadline) {
						break
					}
				}
				time.Sleep(time.Duration(10+7*kill) * time.Millisecond)
				c.Process.Kill()
				c.Wait()
				if _, err := os.Stat(name); err != nil {
					t.Fatalf("kill %d leaves no checkpoint: %v", kill, err)
				}
			}
			if text, err := child().CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			alone, err := run(k).Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(name + ".result")
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("%x", alone.W.RawMatrix().Data); string(got) != want {
				t.Error("a run that was killed ends elsewhere")
			}
		})
	}
}

// A run that has ended removes what it wrote, and what a process left that was killed as it wrote,
// and no other file.
func TestCheckpointRemovesItsOwnFiles(t *testing.T) {
	folder := t.TempDir()
	others := []string{
		".run-2-12345", ".run-2-12345.unfinished", ".run-notes.unfinished", ".run-7", "run-2", "run.result",
	}
	for _, name := range append(others, ".run-12345.unfinished") {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := mc.DeepMF{Depth: 1, Steps: 5}.Solve(context.Background(), smallProblem(t),
		mc.Checkpoint{File: filepath.Join(folder, "run"), Interval: 1})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if slices.Sort(others); !slices.Equal(left, others) {
		t.Errorf("of the other files %q, it leaves %q", others, left)
	}
}

// A write either leaves a file or says that it could not, here as somebody removes temporary files.
func TestCheckpointReportsALostFile(t *testing.T) {
	folder := t.TempDir()
	stop, stopped := make(chan struct{}), make(chan struct{})
	defer func() { close(stop); <-stopped }()
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			names, _ := filepath.Glob(filepath.Join(folder, ".*"))
			for _, name := range names {
				os.Remove(name)
			}
		}
	}()
	p := smallProblem(t)
	for k := range 100 {
		file := filepath.Join(folder, fmt.Sprint("run", k))
		ctx, cancel := context.WithCancel(context.Background())
		_, err := mc.DeepMF{Depth: 1, Steps: 5}.Solve(ctx, p, mc.Checkpoint{File: file},
			mc.ObserverFunc(func(*mc.Step) { cancel() }))
		if _, lost := os.Stat(file); lost != nil && !errors.Is(err, mc.ErrCheckpoint) {
			t.Fatalf("there is no checkpoint %d, and the error is %v", k, err)
		}
	}
}

// twiceRun notes at each start whether there is a checkpoint. It starts twice where the last
// iterate is worse than W = 0, so that the steps up to the best are taken again.
type twiceRun struct {
	scriptedRun
	file  string
	there []bool
}

func (r *twiceRun) Start(ctx context.Context, s *mc.State) error {
	_, err := os.Stat(r.file)
	r.there = append(r.there, err == nil)
	return r.scriptedRun.Start(ctx, s)
}

func (r *twiceRun) Kept() []any { return []any{r.at.Point.W} }

// The checkpoint stays until all steps are done, those included that are taken again.
func TestCheckpointStaysUntilTheEnd(t *testing.T) {
	starts, file := 0, filepath.Join(t.TempDir(), "run")
	s := scripted{Steps: 3, path: []float64{0, 1.5, 3, 9}, starts: &starts}
	run := &twiceRun{scriptedRun: scriptedRun{scripted: s}, file: file}
	r, err := mc.Iterate(context.Background(), s, twos(t, 1), run, mc.Limits{Steps: 3},
		mc.Checkpoint{File: file, Interval: 1})
	if err != nil || r.Status != mc.WorseThanZero || !slices.Equal(run.there, []bool{false, true}) {
		t.Errorf("%v, %v; a checkpoint at the starts: %v", r, err, run.there)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the checkpoint is still there")
	}
}

// ownOptimizer is gradient descent whose state says nothing of itself.
type ownOptimizer struct{}

func (ownOptimizer) Start([]mc.Shape) mc.Stepper { return &ownState{mc.NewStepSize(0.1)} }

type ownState struct{ mc.StepSize }

func (s *ownState) Step(params, grads []*mat.Dense) {
	for j, w := range params {
		mc.AddScaled(w, -s.Now(), grads[j])
	}
}

// A file of another run is refused by what differs, and what cannot be kept before the first step.
func TestCheckpointRefuses(t *testing.T) {
	p := smallProblem(t)
	other, err := mc.LowRank{Rows: 6, Cols: 9, Rank: 2, Observed: 30, Seed: 9}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	d := mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: mc.Adam{}, Steps: 9}
	folder := t.TempDir()
	file := filepath.Join(folder, "run.checkpoint")
	ctx, cancel := context.WithCancel(context.Background())
	stop := mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 5 {
			cancel()
		}
	})
	d.Solve(ctx, p, &mc.Trace{Every: 3}, stop, mc.Checkpoint{File: file})
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	solve := func(d mc.Solver, p mc.Problem, file string, trace *mc.Trace) error {
		_, err := d.Solve(context.Background(), p, trace, mc.Checkpoint{File: file})
		return err
	}
	faster, mine := d, d
	faster.Optimizer, mine.Optimizer = mc.Adam{LearningRate: 0.5}, ownOptimizer{}
	written := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)-60] ^= 1
	plain := &mc.Trace{Every: 3}
	for want, err := range map[string]error{
		" is of mc.DeepMF{Depth:2":                     solve(faster, p, file, plain),
		" is of other data: their digest is ":          solve(d, other, file, plain),
		" has the observers [mc.Trace{Every:3":         solve(d, p, file, &mc.Trace{Every: 4}),
		" is damaged; remove it, or name another file": solve(d, p, written("flipped", flipped), plain),
		" is not a checkpoint":                         solve(d, p, written("other", []byte("{}")), plain),
		"truncated is damaged":                         solve(d, p, written("truncated", good[:len(good)-9]), plain),
		"mc: Checkpoint.File is empty":                 solve(d, p, "", plain),
		"its folder " + folder + "/none is not there":  solve(d, p, filepath.Join(folder, "none", "x"), plain),
		"*mc_test.ownState has no method Kept":         solve(mine, p, filepath.Join(folder, "a"), plain),
		"nearest has no method Kept, see mc.Resumable": solve(mc.MinimumFrobenius{}, p, filepath.Join(folder, "b"),
			plain),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if err := solve(mine, p, filepath.Join(folder, "c"), plain); !errors.Is(err, mc.ErrNotResumable) {
		t.Errorf("%v is not ErrNotResumable", err)
	}
	if err := solve(d, p, file, plain); err != nil {
		t.Errorf("the run itself: %v", err)
	}
}

// BenchmarkCheckpoint writes one of a run at 100×100, depth 3, with Adam and a trace of 1000
// records: "%-of-30s" is what it adds to a run that writes every 30 s.
func BenchmarkCheckpoint(b *testing.B) {
	problem, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 2000, Seed: 1}.Problem()
	if err != nil {
		b.Fatal(err)
	}
	d := mc.DeepMF{Depth: 3, Optimizer: mc.Adam{}, Steps: 1000, Seed: 1}
	run := func(observers ...mc.Observer) time.Duration {
		began := processorTime()
		if _, err := d.Solve(context.Background(), problem, append(observers, &mc.Trace{Every: 1})...); err != nil {
			b.Fatal(err)
		}
		return processorTime() - began
	}
	var share []float64
	for b.Loop() {
		bare := run()
		each := run(mc.Checkpoint{File: filepath.Join(b.TempDir(), "run"), Interval: 1}) // at every step
		share = append(share, 100*(each-bare).Seconds()/1000/30)
	}
	b.ReportMetric(median(share), "%-of-30s")
}

// A run that is cut off goes on where it was.
func ExampleCheckpoint() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		fmt.Println(err)
		return
	}
	folder, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	checkpoint := mc.Checkpoint{File: filepath.Join(folder, "run")}
	solver := mc.DeepMF{Depth: 2, Optimizer: mc.Adam{}, Steps: 100}
	ctx, cancel := context.WithCancel(context.Background())
	watch := mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 40 {
			cancel()
		}
	})
	for range 2 {
		trace := &mc.Trace{Every: 20}
		result, err := solver.Solve(ctx, problem, trace, watch, checkpoint)
		fmt.Println(result.Steps, len(trace.Records), err)
		ctx = context.Background()
	}
	var _ mc.Resumable = trained{}
	// Output:
	// 41 4 mc: DeepMF: stopped at step 41: context canceled
	// 100 6 <nil>
}

// trained is a Resumable without state.
type trained struct{}

func (trained) Kept() []any { return nil }
