package main

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/internal/journal"
)

// W* has the rank that its instance says, and beyond it a singular value of about the size of Rest.
func TestInstances(t *testing.T) {
	for k := uint64(1); k <= 60; k++ {
		in := number(k)
		p, err := in.problem()
		if err != nil {
			t.Fatalf("%+v: %v", in, err)
		}
		if n := p.Train.Len(); n != in.Observed {
			t.Errorf("%+v: %d entries", in, n)
		}
		if over := in.oversampling(); over < 0.88 || over > 1.32 {
			t.Errorf("%+v: an oversampling of %v", in, over)
		}
		sigma := mc.NewPoint(p.Truth).SingularValues()
		beyond := sigma[in.Rank] / math.Sqrt(float64(in.Rows*in.Cols))
		// σ_{r+1} is what of the added matrix is orthogonal to W*: less than its norm, and of
		// random directions not less than a tenth of it.
		if rounding := 1e-14; beyond > in.Rest+rounding || beyond < in.Rest/10-rounding {
			t.Errorf("%+v: σ_{r+1}/‖W*‖_F = %v", in, beyond)
		}
	}
}

// A log in two parts, of which the first was cut short, is that of one run.
func TestAttemptsGoOn(t *testing.T) {
	dir := t.TempDir()
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	run := func(name string, count int, out io.Writer) {
		if err := attempts(context.Background(), out, name, count); err != nil {
			t.Fatal(err)
		}
	}
	var a, b strings.Builder
	run(whole, 12, &a)
	run(parts, 6, io.Discard)
	if err := os.WriteFile(parts, []byte(read(parts)+`{"Number":`), 0o644); err != nil {
		t.Fatal(err)
	}
	run(parts, 12, &b)
	if read(whole) != read(parts) || a.String() != b.String() {
		t.Errorf("in one run\n%s%s\nin two\n%s%s", read(whole), a.String(), read(parts), b.String())
	}
	if err := os.WriteFile(parts, []byte("{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := attempts(context.Background(), io.Discard, parts, 1)
	if err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a log that does not begin with instance 1: error %v", err)
	}
}

// A line that was cut short goes, however long it is, and a log that is in use is refused.
func TestAttemptsLog(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(log, []byte(`{"Number":`+strings.Repeat(" ", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := attempts(context.Background(), io.Discard, log, 1); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS == "windows" {
		return // has no such locks
	}
	f, err := journal.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := attempts(context.Background(), io.Discard, log, 1); !errors.Is(err, journal.ErrInUse) {
		t.Errorf("a log that is in use: %v", err)
	}
}

// A certificate that holds is wrong by its error, one in part by that of its confirmed entries.
func TestAttemptsTable(t *testing.T) {
	in := instance{Rows: 20, Cols: 20, Rank: 1, Observed: 42}
	var out strings.Builder
	attemptsTable(&out, []outcome{
		{instance: in, Attempts: 5},
		{instance: in, Attempts: 1, Certified: 1, Holds: true, Error: 1e-9},
		{instance: in, Attempts: 2, Certified: 1, Holds: true, Error: 0.3, ConfirmedError: 0.2},
		{instance: in, Attempts: 3, Certified: 1, Error: 0.4, ConfirmedError: 1e-12},
		{instance: in, Attempts: 4, Certified: 1, Error: 0.4, ConfirmedError: 0.1},
	})
	if want := "| all | all | 5 | 15 | 2 | 1 | 2 | 1 | 3e-01 |"; !strings.Contains(out.String(), want) {
		t.Errorf("no row %q in\n%s", want, out.String())
	}
	if want := "| 0 | 1 to 1.1 | 5 | 15 | 2 | 1 | 2 | 1 | 3e-01 |"; !strings.Contains(out.String(), want) {
		t.Errorf("no row %q in\n%s", want, out.String())
	}
}
