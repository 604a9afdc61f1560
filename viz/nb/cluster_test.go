package nb

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"projectpenalty/mc/sweep/command/slurmtest"
)

// A cellProgram is the static program of testdata/cell.
type cellProgram struct {
	t    *testing.T
	path string
}

func newCell(t *testing.T) cellProgram {
	t.Helper()
	c := cellProgram{t, filepath.Join(t.TempDir(), "cell")}
	build := exec.Command("go", "build", "-o", c.path, "./testdata/cell")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return c
}

// start runs the program with the results in a folder.
func (c cellProgram) start(results string, environment ...string) (*exec.Cmd, *bytes.Buffer) {
	c.t.Helper()
	cmd, out := exec.CommandContext(c.t.Context(), c.path), &bytes.Buffer{}
	cmd.Env = append(append(os.Environ(), Results+"="+results), environment...)
	cmd.Dir = c.t.TempDir()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return cmd, out
}

func (c cellProgram) run(results string, environment ...string) string {
	c.t.Helper()
	cmd, out := c.start(results, environment...)
	if err := cmd.Wait(); err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	return out.String()
}

func bytesOf(t *testing.T, results, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(results, name, "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-t.Context().Done():
			t.Fatalf("no %s: %v", what, t.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// The cell's own program runs on Slurm and gathers the bytes of this machine. Interrupting it
// leaves the jobs, which the next run follows, or cancels them, as asked.
func TestSweepOnSlurm(t *testing.T) {
	slurmtest.Start(t)
	cell, whole, root := newCell(t), t.TempDir(), t.TempDir()
	cell.run(whole, "PENALTY_LAMBDA=0.01")
	if err := os.CopyFS(filepath.Join(root, "first"), os.DirFS(filepath.Join(whole, "first"))); err != nil {
		t.Fatal(err) // so that the jobs below are of the second sweep
	}
	const engine = Engine + "=slurm --shards 3 --poll 100ms"
	gate := filepath.Join(t.TempDir(), "gate")
	shut := func() {
		if err := os.WriteFile(gate, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	jobs := func() string {
		out, err := exec.Command("squeue", "--noheader", "--states", "RUNNING,PENDING").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	interrupt := func(engine string) string {
		cmd, out := cell.start(root, engine, "PENALTY_LAMBDA=0.01", "PENALTY_GATE="+gate)
		waitFor(t, "job", func() bool { return jobs() != "" })
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatalf("an interrupted cell: %v: %s", err, out)
		}
		return out.String()
	}

	shut()
	if out := interrupt(engine + " --cancel"); !strings.Contains(out, "the jobs are cancelled") ||
		!strings.Contains(out, "before the sweep") {
		t.Errorf("an interruption that cancels prints %s", out)
	}
	waitFor(t, "end of the jobs", func() bool { return jobs() == "" })
	if out := interrupt(engine); !strings.Contains(out, "the jobs go on") {
		t.Errorf("an interruption prints %s", out)
	}
	if jobs() == "" {
		t.Error("an interruption ended the jobs")
	}
	if err := os.Remove(gate); err != nil {
		t.Fatal(err)
	}
	out := cell.run(root, engine, "PENALTY_LAMBDA=0.01", "PENALTY_GATE="+gate)
	if !strings.Contains(out, "runs: 12") {
		t.Errorf("the whole sweep prints %s", out)
	}
	if bytesOf(t, root, "second") != bytesOf(t, whole, "second") {
		t.Error("the sweep has other results on Slurm")
	}
	other := t.TempDir()
	if cell.run(other, engine, "PENALTY_LAMBDA=0.01"); bytesOf(t, other, "second") != bytesOf(t, whole, "second") {
		t.Error("both sweeps on Slurm have other results")
	}
	failed, broken := t.TempDir(), filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	cell.run(failed, "PENALTY_LAMBDA=0.01", "PENALTY_BROKEN="+broken)
	if bytesOf(t, failed, "second") == bytesOf(t, whole, "second") {
		t.Error("no run of the second sweep failed")
	}
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	cell.run(failed, engine+" --retry", "PENALTY_LAMBDA=0.01", "PENALTY_BROKEN="+broken)
	if bytesOf(t, failed, "second") != bytesOf(t, whole, "second") {
		t.Error("runs that failed do not run again on Slurm")
	}
	logs, err := filepath.Glob(filepath.Join(root, "*", "slurm", "*.log"))
	if err != nil || len(logs) < 3 {
		t.Errorf("logs %q, %v", logs, err)
	}
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if err != nil || strings.Contains(string(text), "before") || strings.Contains(string(text), "step") {
			t.Errorf("%s has %q, %v", name, text, err)
		}
	}
}

// A shard refuses to run if a sweep before it is not complete, and an engine that is none is
// refused.
func TestShardOfACell(t *testing.T) {
	cell, root := newCell(t), t.TempDir()
	fails := func(want string, environment ...string) {
		t.Helper()
		cmd, out := cell.start(root, environment...)
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out.String(), want) {
			t.Errorf("%v: %s; want %q", err, out, want)
		}
	}
	fails("a sweep after first needs all of its runs, and 6 of 6 runs are missing; run its cell first",
		`PENALTY_SHARD={"hash":"0123","shards":2,"folder":"."}`)
	fails(`mcsweep: PENALTY_SHARD is "x"`, "PENALTY_SHARD=x")
	fails(`the engine is "pbs"; it must be kubernetes or slurm`, Engine+"=pbs")
	fails(`the engine is "slurm --nodes 3"`, Engine+"=slurm --nodes 3")
	fails(`"cpu" is not an option`, Engine+"=slurm cpu")
}

func TestSweepOnThisMachine(t *testing.T) {
	t.Setenv(Results, t.TempDir())
	t.Setenv(Engine, "slurm")
	if results := SweepOn("local", scales(1)); results.Len() != 4 || results.Lacks() != "" {
		t.Errorf("%d results, lacks %q", results.Len(), results.Lacks())
	}
	if results := Sweep(scales(1)); results.Len() != 4 { // nothing is missing, so nothing is submitted
		t.Errorf("%d results, read again", results.Len())
	}
}
