package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"projectpenalty/mc/sweep/command/internal/slow"
	"projectpenalty/mc/sweep/command/slurmtest"
)

// A real Slurm of one node runs the sweep as a job array, loses half of it to scancel, is given
// what is missing, and the results are those of this machine, byte by byte.
func TestSlurm(t *testing.T) {
	slurmtest.Start(t)
	program, folder, whole := slow.Build(t, "."), filepath.Join(t.TempDir(), "a folder"), t.TempDir()
	slow.Call(t, program, "run", "slow", "--folder", whole, "--workers", "4")
	want := slow.Results(t, whole)

	gate := shut(t, folder)
	out := slow.Call(t, program, "submit", "slow", "--engine", "slurm", "--folder", folder)
	if !strings.Contains(out, "runs 10 of 10 shards") {
		t.Fatalf("submit says %q", out)
	}
	jobs, err := readJobs(folder, "slurm")
	if err != nil || len(jobs) != 1 {
		t.Fatalf("jobs %v, %v", jobs, err)
	}
	out = slow.Call(t, program, "submit", "slow", "--engine", "slurm", "--folder", folder)
	if !strings.Contains(out, "all that is missing is in jobs that are active") {
		t.Errorf("a second submit says %q", out)
	}
	// Of 10 shards on 4 processors, once there are results, 0 to 3 run up to the gate and the
	// others wait.
	until(t, "the first results", func() bool {
		out := slow.Call(t, program, "status", "slow", "--folder", folder)
		return !strings.Contains(out, " 0 done") && strings.Contains(out, "running")
	})
	slow.Call(t, "scancel", jobs[0].Job+"_[2-3,7-9]")
	if err := os.Remove(gate); err != nil {
		t.Fatal(err)
	}
	until(t, "the end of the job", func() bool {
		return strings.Contains(slow.Call(t, program, "status", "slow", "--folder", folder), "no job is active")
	})
	out = slow.Call(t, program, "status", "slow", "--folder", folder)
	var done, missing int
	_, err = fmt.Sscanf(out[strings.Index(out, "cells, "):], "cells, %d done, %d missing", &done, &missing)
	if err != nil || done < 100 || missing < 60 || done+missing != 200 {
		t.Errorf("after half was cancelled: %s%v", out, err)
	}
	out = slow.Call(t, program, "run", "slow", "--engine", "slurm", "--folder", folder,
		"--shards", "10", "--poll", "200ms")
	if !strings.Contains(out, "runs 5 of 10 shards") {
		t.Errorf("what is missing was not submitted alone: %s", out)
	}
	if slow.Results(t, folder) != want {
		t.Error("Slurm and this machine gather different bytes")
	}

	// cancel ends what is active and leaves the results.
	folder = t.TempDir()
	shut(t, folder)
	slow.Call(t, program, "submit", "slow", "--engine", "slurm", "--folder", folder, "--shards", "2", "--parallel", "1")
	if out := slow.Call(t, program, "cancel", "slow", "--folder", folder); !strings.Contains(out, "jobs cancelled: 1") {
		t.Errorf("cancel says %q", out)
	}
	until(t, "the end of the job", func() bool {
		return strings.Contains(slow.Call(t, program, "status", "slow", "--folder", folder), "no job is active")
	})
}

// shut makes the cells in a folder wait at a gate, a file.
func shut(t *testing.T, folder string) (gate string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	gate = filepath.Join(folder, "gate")
	if err := os.WriteFile(gate, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	return gate
}

// until waits for something, as long as the test may take.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-t.Context().Done():
			t.Fatalf("no %s: %v", what, t.Context().Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
