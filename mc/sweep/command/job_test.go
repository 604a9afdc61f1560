package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"projectpenalty/mc/sweep"
	"projectpenalty/mc/sweep/command/internal/slow"
)

// A program other than mcsweep is handed to a cluster with its environment, whatever is in it.
func TestJobEnvironment(t *testing.T) {
	binary := slow.Build(t, ".")
	environment := []string{"PENALTY_TEXT=it's $(HOME) \"1\"", "EMPTY="}
	folder := t.TempDir()
	for engine, want := range map[string][]string{
		"slurm --workers 2 --shards 3 --checkpoint 1s": {
			`export PENALTY_SHARD='{"hash":"HASH","shards":3,"folder":".","workers":2,"time_limit":60000000000,` +
				`"checkpoint":1000000000}'`,
			`export PENALTY_TEXT='it'\''s $(HOME) "1"'`, "export EMPTY=''", "#SBATCH --array=0-2",
			"exec ./bin/mcsweep-",
		},
		"kubernetes --claim lab --mount / --time-limit 1h --retry": {
			`{\"hash\":\"HASH\",\"shards\":1,\"folder\":\"FOLDER\",\"workers\":1,\"time_limit\":3600000000000,\"retry\":true}`,
			"- name: \"PENALTY_TEXT\"\n              value: \"it's $$(HOME) \\\"1\\\"\"",
			"- name: \"EMPTY\"\n              value: \"\"",
		},
	} {
		j := Job{Engine: engine, Spec: tiny, Environment: environment,
			Local: sweep.Local{Folder: folder, TimeLimit: time.Minute}}
		o, err := j.options()
		if err != nil {
			t.Fatal(err)
		}
		o.dry, o.binary = true, binary
		var out strings.Builder
		if err := submit(t.Context(), o, &out, &out); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(folder, "slurm", slurmFile)
		if strings.HasPrefix(engine, "kubernetes") {
			name = filepath.Join(folder, "kubernetes", kubernetesFile)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			part = strings.NewReplacer("HASH", tiny.Hash(), "FOLDER", folder).Replace(part)
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks\n%s\nand is\n%s", name, part, text)
			}
		}
	}
}

// Options of the engine come before those of the Job; its folder is the Job's, by default that of
// sweep.Run.
func TestJobOptions(t *testing.T) {
	j := Job{Spec: tiny, Local: sweep.Local{Workers: 4, TimeLimit: time.Hour, Checkpoint: time.Minute}}
	j.Engine = "slurm --workers 2 --checkpoint 30s --shards 3"
	o, err := j.options()
	if err != nil {
		t.Fatal(err)
	}
	if l := o.local; l.Workers != 2 || l.Checkpoint != 30*time.Second || l.TimeLimit != time.Hour || l.Shards != 3 {
		t.Errorf("of both: %+v", l)
	}
	if want := filepath.Join("results", tiny.Name); o.folder != want {
		t.Errorf("the folder is %q, want %q", o.folder, want)
	}
	j.Engine = "slurm --shards 3"
	if o, err := j.options(); err != nil || o.local.Workers != 4 || o.local.Checkpoint != time.Minute {
		t.Errorf("of the Job: %+v, %v", o, err)
	}
	j.Engine = "slurm --folder there"
	if _, err := j.options(); err == nil || !strings.Contains(err.Error(), "--folder") {
		t.Errorf("a folder in the engine: %v", err)
	}
}

// A Job needs nobody to watch it, and finds the results of sweep.Run.
func TestJobUnwatched(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := sweep.Run(t.Context(), tiny); err != nil {
		t.Fatal(err)
	}
	if err := (Job{Engine: "slurm", Spec: tiny}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A shard runs the sweep that it is of, and no other.
func TestShardRun(t *testing.T) {
	t.Setenv("JOB_COMPLETION_INDEX", "1")
	t.Setenv(shardVariable, `{"hash":"`+tiny.Hash()+`","shards":2,"folder":"`+t.TempDir()+`","workers":1}`)
	s, err := ShardHere()
	if err != nil || s == nil {
		t.Fatal(s, err)
	}
	if err := s.Run(t.Context(), tiny); err != nil {
		t.Fatal(err)
	}
	if results, err := sweep.Results(tiny, s.Folder); err != nil || results.Len() != 3 || results.Missing() != 3 {
		t.Errorf("results %v, %v", results, err)
	}
	other := tiny
	other.Name = "other"
	if err := s.Run(t.Context(), other); err == nil || !strings.Contains(err.Error(), `"other" has `+other.Hash()) {
		t.Errorf("another sweep: %v", err)
	}
	t.Setenv(shardVariable, "{")
	if _, err := ShardHere(); err == nil || !strings.Contains(err.Error(), `PENALTY_SHARD is "{"`) {
		t.Errorf("no JSON: %v", err)
	}
}
