// Package slow is what the tests of all clusters share: the program of a sweep of 200 cells, and
// what it leaves.
package slow

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Build makes the static program, mcsweep with the sweep slow, from the folder of package command.
func Build(t *testing.T, command string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "slow")
	build := exec.Command("go", "build", "-o", name, "./testdata/slow")
	build.Dir, build.Env = command, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return name
}

// Call runs a program and returns what it prints.
func Call(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}

// Results are those in the folder of a sweep.
func Results(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
