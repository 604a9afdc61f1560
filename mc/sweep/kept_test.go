package sweep

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"projectpenalty/mc"
)

// slow takes its time: a solver that runs long enough to be killed.
type slow struct {
	Inner mc.DeepMF
	Pause time.Duration
}

func (s slow) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	pause := mc.ObserverFunc(func(*mc.Step) { time.Sleep(s.Pause) })
	return s.Inner.Solve(ctx, p, append(observers, pause)...)
}

// longCells is a sweep of two cells of some 400 steps.
func longCells() Spec {
	return Spec{Name: "long", Problem: small, Solver: slow{
		Inner: mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: mc.Adam{}, Steps: 400},
		Pause: time.Millisecond,
	}, Axes: []Axis{Seeds(2)}}
}

// checkpoints returns the names of what the folder keeps of cells under way.
func checkpoints(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(folder, runsFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), runsSuffix) {
			names = append(names, e.Name())
		}
	}
	return names
}

// A process that is killed with -9 in the middle of a cell, again and again, leaves what the next
// one goes on from: the results have the bytes of a sweep that was not, and nothing is left beside
// them.
func TestKillWithinACell(t *testing.T) {
	const variable = "SWEEP_TEST_CELL"
	if folder := os.Getenv(variable); folder != "" {
		run(t, Local{Folder: folder, Workers: 1, Checkpoint: 1}, longCells())
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	folder, whole := t.TempDir(), t.TempDir()
	start := func() (*exec.Cmd, chan error) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKillWithinACell$")
		cmd.Env = append(os.Environ(), variable+"="+folder)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		return cmd, ended
	}
	kills := 0
	for range 4 {
		cmd, ended := start()
		for over := false; !over && len(checkpoints(t, folder)) == 0; {
			select {
			case err := <-ended:
				t.Fatalf("the sweep ended before it could be killed: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
		time.Sleep(30 * time.Millisecond)
		if cmd.Process.Kill() == nil {
			kills++
		}
		<-ended
		if len(checkpoints(t, folder)) == 0 {
			t.Fatal("nothing is kept of a cell that was killed")
		}
	}
	_, ended := start()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	run(t, Local{Folder: whole, Checkpoint: -1}, longCells())
	if got, want := gathered(t, folder), gathered(t, whole); got != want {
		t.Errorf("after %d kills the results are\n%swant\n%s", kills, got, want)
	}
	if left := checkpoints(t, folder); len(left) > 0 {
		t.Errorf("a sweep that has ended leaves %q", left)
	}
}

// A cell that is cancelled goes on from the step where it was, also by another worker. A solver
// that cannot be kept begins anew.
func TestCellGoesOn(t *testing.T) {
	folder := t.TempDir()
	var steps []int
	spec := longCells()
	spec.Axes = nil
	cut := 100
	ctx, cancel := context.WithCancel(t.Context())
	spec.Solver = counting{longCells().Solver.(slow).Inner, func(step int) {
		if steps = append(steps, step); step == cut {
			cancel()
		}
	}}
	if _, err := (Local{Folder: folder}).Run(ctx, spec); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if n := len(checkpoints(t, folder)); n != 1 {
		t.Fatalf("%d checkpoints are left by a cell that was cut off", n)
	}
	steps, cut = nil, -1
	run(t, Local{Folder: folder}, spec)
	if steps[0] < 100 || steps[len(steps)-1] != 400 {
		t.Errorf("the cell goes on from step %d to %d", steps[0], steps[len(steps)-1])
	}
	if left := checkpoints(t, folder); len(left) > 0 {
		t.Errorf("a cell that has ended leaves %q", left)
	}
	closed := Spec{Name: "closed", Problem: small, Solver: mc.MinimumFrobenius{}}
	if table := run(t, Local{Folder: t.TempDir(), Checkpoint: 1}, closed); table.Row(0).Failed() {
		t.Error("a solver that cannot be kept fails")
	}
}

// A checkpoint that cannot be written when the sweep is interrupted is an error beside the
// interruption.
func TestLostCheckpoint(t *testing.T) {
	folder := t.TempDir()
	spec := longCells()
	spec.Axes = nil
	ctx, cancel := context.WithCancel(t.Context())
	spec.Solver = counting{longCells().Solver.(slow).Inner, func(step int) {
		if step != 9 {
			return
		}
		// A folder is in the place of the file.
		if err := os.Mkdir(spec.store(folder).kept(spec.At(0), 0).file(), 0o777); err != nil {
			t.Error(err)
		}
		cancel()
	}}
	table, err := Local{Folder: folder}.Run(ctx, spec)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, mc.ErrCheckpoint) || table == nil {
		t.Errorf("results %v, error %v", table, err)
	}
}

// A cell that its time limit ended leaves no checkpoint, however short the limit.
func TestTimeLimitLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	spec := longCells()
	spec.Axes = nil
	table := run(t, Local{Folder: folder, TimeLimit: 50 * time.Millisecond}, spec)
	if status := table.Row(0).Status(); status != timedOut {
		t.Errorf("the status is %q", status)
	}
	if left := checkpoints(t, folder); len(left) > 0 {
		t.Errorf("a cell that has ended leaves %q", left)
	}
}

// counting shows its steps.
type counting struct {
	inner mc.DeepMF
	at    func(step int)
}

func (c counting) GoString() string { return "counting" }

func (c counting) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	if ctx.Err() == nil { // else the sweep asks whether the solver takes the problem
		observers = append(observers, mc.ObserverFunc(func(s *mc.Step) { c.at(s.Index) }))
	}
	return c.inner.Solve(ctx, p, observers...)
}

// resealed is a checkpoint with the checksum of its content.
func resealed(text string) string {
	content := text[:len(text)-sha256.Size]
	sum := sha256.Sum256([]byte(content))
	return content + string(sum[:])
}

// A checkpoint of other code under the cell's name is refused by its name, and is no failure of the
// cell: the sweep ends, and goes on once the file is gone.
func TestCheckpointOfOtherCode(t *testing.T) {
	folder := t.TempDir()
	spec := longCells()
	spec.Axes = nil
	ctx, cancel := context.WithCancel(t.Context())
	spec.Solver = counting{longCells().Solver.(slow).Inner, func(step int) {
		if step == 9 {
			cancel()
		}
	}}
	(Local{Folder: folder}).Run(ctx, spec)
	name := filepath.Join(folder, runsFolder, checkpoints(t, folder)[0])
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sources := fmt.Sprintf("%q:%q", "Sources", mc.Sources())
	other := strings.Replace(string(text), sources, `"Sources":"0123456789ab"`, 1)
	if other == string(text) {
		t.Fatal("the checkpoint does not name its sources")
	}
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for want, text := range map[string]string{
		"is damaged": other, "is not a checkpoint": "{}", "is of other code": resealed(other),
	} {
		write(text)
		table, err := Local{Folder: folder}.Run(t.Context(), spec)
		if !errors.Is(err, mc.ErrCheckpoint) || !strings.Contains(err.Error(), name+" "+want) {
			t.Errorf("the sweep with a checkpoint that %s ends with %v", want, err)
		}
		if table.Len() != 0 {
			t.Errorf("a cell whose checkpoint %s has a record", want)
		}
	}
	write(string(text))
	if table := run(t, Local{Folder: folder}, spec); table.Len() != 1 || table.Row(0).Failed() {
		t.Error("the sweep does not go on from its own checkpoint")
	}
}
