package command

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
	"projectpenalty/mc/sweep"
	"projectpenalty/mc/sweep/command/internal/slow"
)

var tiny = sweep.Spec{
	Name: "tiny", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20}, Solver: mc.DeepMF{Steps: 20},
	Axes: []sweep.Axis{sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(3)},
}

func mcsweep(args ...string) (out string, err error) {
	var b, log bytes.Buffer
	err = run(context.Background(), []sweep.Spec{tiny}, args, &b, &log)
	return b.String() + log.String(), err
}

// The commands, in the order in which a person gives them.
func TestCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, step := range []struct {
		args string
		want []string
	}{
		{"list", []string{"tiny                6 cells: Solver.Depth (2) × Seed (3)"}},
		{"plan tiny", []string{"6 cells, 0 done, 6 missing", "--sample 5"}},
		{"plan tiny --sample 2", []string{"6 cells, 2 done, 4 missing", "a cell took", "the rest takes about"}},
		{"run --shards 3 --shard 0 tiny", []string{"2/2 cells"}},
		{"status tiny", []string{"6 cells, 4 done, 2 missing in results/tiny"}},
		{"run tiny --workers 1", []string{"6 results in results/tiny: 2 worse than zero, 4 step limit"}},
		{"run tiny", []string{"6 results in results/tiny: 2 worse than zero, 4 step limit"}},
		{"gather tiny", []string{"6 results"}},
		{"export tiny", []string{"Solver.Depth,Seed,status,Train", "\n2,3,step limit,"}},
		{"export tiny --output a.csv", []string{"6 results in a.csv"}},
		{"export tiny --output a.npz", []string{"6 results in a.npz"}},
		{"status --folder results/tiny", []string{"tiny: 6 cells, 6 done, 0 missing in results/tiny"}},
		{"export --folder results/tiny", []string{"Solver.Depth,Seed,status,Train", "\n2,3,step limit,"}},
		{"cancel --folder results/tiny", []string{"tiny: jobs cancelled: 0"}},
		{"submit tiny --engine slurm", []string{"nothing is missing"}},
		{"cancel tiny", []string{"jobs cancelled: 0"}},
	} {
		out, err := mcsweep(strings.Fields(step.args)...)
		if err != nil {
			t.Fatalf("%s: %v", step.args, err)
		}
		for _, want := range step.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s prints %q, which lacks %q", step.args, out, want)
			}
		}
	}
	table, err := sweep.Read("results/tiny")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("a.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	arrays, err := data.ReadNPZ("a.npz", f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.Len() {
		r := table.Row(i)
		test, _ := r.Value("Test")
		levels := fmt.Sprint(arrays["Solver.Depth"].Data[i], arrays["Seed"].Data[i])
		if got := arrays["Test"].Data[i]; got != test || levels != r.Level("Solver.Depth")+" "+r.Level("Seed") {
			t.Errorf("row %d of the NPZ is %v, want %v", i, got, test)
		}
	}
	t.Setenv("PENALTY_RESULTS", "elsewhere")
	if out, err := mcsweep("status", "tiny"); err != nil ||
		!strings.Contains(out, "0 done, 6 missing in elsewhere/tiny") {
		t.Errorf("%s, %v", out, err)
	}
}

// An interruption says what is kept. Where that cannot be read, it says why.
func TestInterrupted(t *testing.T) {
	for damage, want := range map[string]string{"": "results are kept in", "garbage\n": "not a record"} {
		folder := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		spec := tiny
		spec.Measures = []sweep.Measure{{Name: "own", Of: func(mc.Problem, *mc.Result) float64 {
			err := os.WriteFile(filepath.Join(folder, "results.jsonl"), []byte(damage), 0o666)
			if err != nil {
				t.Error(err)
			}
			cancel()
			return 0
		}}}
		var out bytes.Buffer
		err := run(ctx, []sweep.Spec{spec}, []string{"run", "tiny", "--workers", "1", "--folder", folder}, &out, &out)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q in the folder: the error is %v, want %q", damage, err, want)
		}
	}
}

// A sample has at most as many cells as it is to have, and where they divide evenly just as many.
func TestSample(t *testing.T) {
	for _, c := range []struct {
		cells  int
		sample string
		ran    int
	}{{9, "5", 5}, {10, "5", 5}, {11, "5", 4}, {59, "30", 30}, {4, "5", 4}, {5, "5", 5}, {7, "1", 1}} {
		spec := tiny
		spec.Solver, spec.Axes = mc.Mean{}, []sweep.Axis{sweep.Seeds(c.cells)}
		var out bytes.Buffer
		err := run(t.Context(), []sweep.Spec{spec},
			[]string{"plan", "tiny", "--sample", c.sample, "--folder", t.TempDir()}, &out, &out)
		want := fmt.Sprintf("%d cells, %d done", c.cells, c.ran)
		if err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("a sample of %s of %d cells: %s%v; want %q", c.sample, c.cells, &out, err, want)
		}
	}
}

// A program that a crash left without its mode gets it from the next submission.
func TestInstallAgain(t *testing.T) {
	o := &options{folder: t.TempDir(), binary: slow.Build(t, ".")}
	for range 2 {
		name, err := install(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(o.folder, name)
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o755 {
			t.Fatalf("the program is %v, %v", info.Mode(), err)
		}
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What is wrong is said, with what would be right.
func TestBadCommands(t *testing.T) {
	program := slow.Build(t, ".")
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir()) // no sbatch, no kubectl
	script := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"frob tiny":                     `no command "frob"; there are list`,
		"run":                           "name a sweep",
		"run --folder a":                "name a sweep",
		"status --folder nowhere":       "no such file",
		"run nope":                      `no sweep "nope"; there are tiny`,
		"run tiny more":                 `"more" is one argument too many`,
		"run tiny --engine pbs":         `--engine is "pbs"; it must be local, kubernetes or slurm`,
		"run tiny --workers -1":         "Local.Workers is -1",
		"run tiny --memory-limit lots":  `"lots" is not a size`,
		"run tiny --shards 3":           "SLURM_ARRAY_TASK_ID",
		"run tiny --shard 3":            "--shards is not given",
		"run tiny --shard 3 --shards 3": "Local.Shard is 3 of 3",
		"run tiny --engine slurm --dry": "--dry goes with submit",
		"submit tiny":                   "submit needs --engine",
		"submit tiny --engine slurm --binary " + script: "is not a program for linux",
		"submit tiny --engine slurm --binary nowhere":   "no such file",
		"export tiny":                "no such file",
		"export tiny --output a.xls": "no such file",
	} {
		out, err := mcsweep(strings.Fields(args)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s%v; want %q", args, out, err, want)
		}
	}
	for engine, want := range map[string]string{
		"slurm": "there is no sbatch", "slurm --partition a,b --wall 1 --wall 1:00#": `--wall is "1:00#"`,
		"kubernetes --claim c --mount /": "there is no kubectl", "kubernetes": `--claim is ""`,
		"kubernetes --claim c":                         `--mount is ""`,
		"kubernetes --claim c --mount /nowhere":        "--mount is",
		"kubernetes --claim c --mount / --namespace N": "--namespace is",
		"kubernetes --claim c --mount / --image=":      "--image is empty",
	} {
		_, err := mcsweep(strings.Fields("submit tiny --binary " + program + " --engine " + engine)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", engine, err, want)
		}
	}
	if _, err := os.Stat("results/tiny/sweep.json"); err == nil {
		t.Error("what was refused left a sweep")
	}
	if out, err := mcsweep("help"); !errors.Is(err, flag.ErrHelp) || !strings.Contains(out, "gather NAME") ||
		!strings.Contains(out, "-memory-limit") {
		t.Errorf("help: %s, %v", out, err)
	}
}

func TestParseJobs(t *testing.T) {
	one := `{"job":"7","shards":3,"submitted":[0,2],"at":"2026-01-02T03:04:05Z"}` + "\n"
	for name, c := range map[string]struct {
		text string
		n    int
		want string
	}{
		"whole":              {one + one, 2, ""},
		"torn":               {one + one[:20], 1, ""},
		"no JSON":            {one + "x\n" + one, 0, "jobs.jsonl:2: invalid character"},
		"no job":             {strings.Replace(one, `"7"`, `""`, 1), 0, "jobs.jsonl:1: there is no job"},
		"no shards":          {strings.Replace(one, ":3", ":0", 1), 0, "jobs.jsonl:1: the number of shards is 0"},
		"a shard beyond all": {strings.Replace(one, "2]", "3]", 1), 0, "jobs.jsonl:1: shards [0 3] were submitted"},
	} {
		jobs, err := parseJobs("jobs.jsonl", c.text)
		if len(jobs) != c.n || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, jobs, err)
		}
	}
}

// A job that is noted after a crash tore the file is read, and so is what was before.
func TestAppendJob(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "slurm"), 0o777); err != nil {
		t.Fatal(err)
	}
	for n, torn := range []string{"", `{"job":"9","sha`, `{`} {
		f, err := os.OpenFile(jobsFile(folder, "slurm"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(torn); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if err := appendJob(folder, "slurm", batch{Job: fmt.Sprint(n), Shards: 1}); err != nil {
			t.Fatal(err)
		}
		jobs, err := readJobs(folder, "slurm")
		if err != nil || len(jobs) != n+1 || jobs[n].Job != fmt.Sprint(n) {
			t.Errorf("after %q: %v, %v", torn, jobs, err)
		}
	}
}

func FuzzParseJobs(f *testing.F) {
	f.Add(`{"job":"7","shards":3,"submitted":[0,2],"at":"2026-01-02T03:04:05Z"}` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		jobs, err := parseJobs("jobs.jsonl", text)
		if err != nil && !strings.Contains(err.Error(), "jobs.jsonl:") {
			t.Fatalf("the error names no file: %v", err)
		}
		for _, b := range jobs {
			for _, s := range b.Submit {
				if s < 0 || s >= b.Shards {
					t.Fatalf("shard %d of %d passes", s, b.Shards)
				}
			}
		}
	})
}

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		shards   []int
		parallel int
		want     string
	}{{[]int{0}, 0, "0"}, {[]int{0, 1, 2, 5, 7, 8}, 0, "0-2,5,7-8"}, {[]int{3, 4}, 2, "3-4%2"}} {
		if got := ranges(c.shards, c.parallel); got != c.want {
			t.Errorf("%v: %s, want %s", c.shards, got, c.want)
		}
	}
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]size{"500MB": 5e8, "2GiB": 2 << 30, "1.5k": 1500, "7": 7, "3Mi": 3 << 20} {
		var b size
		if err := b.Set(text); err != nil || b != want {
			t.Errorf("%s: %d, %v; want %d", text, b, err, want)
		}
	}
	for _, text := range []string{"", "GB", "-1", "NaN", "1e30", "1 PB"} {
		if err := new(size).Set(text); err == nil {
			t.Errorf("%q passes", text)
		}
	}
}

func TestRound(t *testing.T) {
	for d, want := range map[time.Duration]string{451234: "451µs", 1234567890: "1.235s", 3*time.Hour + 1: "3h0m0s",
		0: "0s"} {
		if got := round(d).String(); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// On a terminal each line covers the one before, the last one too, which is shorter.
func TestProgressOnATerminal(t *testing.T) {
	for terminal, want := range map[bool]string{
		true:  "1/2 cells, 0s, 1m0s left\x1b[K\r2/2 cells, 0s\x1b[K\n",
		false: "1/2 cells, 0s, 1m0s left\n2/2 cells, 0s\n",
	} {
		var log strings.Builder
		show := progressOn(&log, terminal)
		show(sweep.Progress{Done: 1, Total: 2, Left: time.Minute})
		show(sweep.Progress{Done: 2, Total: 2})
		if log.String() != want {
			t.Errorf("terminal %v: %q, want %q", terminal, log.String(), want)
		}
	}
}
