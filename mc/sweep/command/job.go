package command

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"projectpenalty/mc/sweep"
)

// A Job is a sweep that a program other than mcsweep hands to a cluster: the program itself runs
// there, and finds by [ShardHere] that it is to run a shard.
type Job struct {
	// Engine is a cluster, "slurm" or "kubernetes", followed by options of mcsweep as far as they
	// are needed: "slurm --partition cpu --wall 4:00:00 --shards 100".
	Engine string
	Spec   sweep.Spec
	// Local has the Folder of the results, which all machines see at one path, and limits of cells.
	// Workers is the number of cells at once in a shard, 1 by default. Options of the Engine come
	// before these.
	Local sweep.Local
	// Build makes a static linux program for an architecture, as a file of that name. Nil: this
	// program, if it is static, or one that is built from its package.
	Build func(ctx context.Context, arch, file string) error
	// Environment of the program in a shard, NAME=VALUE.
	Environment []string
	// Progress is called while the jobs run, if it is not nil.
	Progress func(sweep.Progress)
	// Log is told which jobs were submitted, if it is not nil.
	Log io.Writer
}

// shardVariable is the environment variable that tells a process of its [Shard], as JSON.
const shardVariable = "PENALTY_SHARD"

// A Shard is what a process of a [Job] is to run.
type Shard struct {
	// Hash of the sweep, see [sweep.Spec.Hash].
	Hash        string        `json:"hash"`
	Shards      int           `json:"shards"`
	Folder      string        `json:"folder"`
	Workers     int           `json:"workers"`
	TimeLimit   time.Duration `json:"time_limit,omitempty"`
	MemoryLimit int64         `json:"memory_limit,omitempty"`
	Checkpoint  time.Duration `json:"checkpoint,omitempty"`
	Retry       bool          `json:"retry,omitempty"`
}

// ShardHere returns the shard that this process is to run, nil if it does not belong to a [Job].
func ShardHere() (*Shard, error) {
	text := os.Getenv(shardVariable)
	if text == "" {
		return nil, nil
	}
	s := &Shard{}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		return nil, fmt.Errorf("mcsweep: %s is %q: %w", shardVariable, text, err)
	}
	return s, nil
}

// Run runs the part of the sweep that the cluster gave to this process.
func (s *Shard) Run(ctx context.Context, spec sweep.Spec) error {
	if hash := spec.Hash(); hash != s.Hash {
		return fmt.Errorf("mcsweep: the shard is of a sweep with the hash %s; %q has %s", s.Hash, spec.Name, hash)
	}
	n, err := shardHere()
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(s.Workers) // the other cores are for others
	_, err = sweep.Local{
		Folder: s.Folder, Shard: n, Shards: s.Shards, Workers: s.Workers,
		TimeLimit: s.TimeLimit, MemoryLimit: s.MemoryLimit, Checkpoint: s.Checkpoint, Retry: s.Retry,
	}.Run(ctx, spec)
	return err
}

// Run submits what is missing and is in no active job, follows the jobs until none is active, and
// gathers the results. They are the same bytes as those of [sweep.Local.Run].
//
// If ctx ends, the jobs go on, and another Run follows them; with --cancel among the options of the
// Engine they are cancelled. The error is then that of ctx. Cells that are still missing when no
// job is active are an error.
func (j Job) Run(ctx context.Context) error {
	o, err := j.options()
	if err != nil {
		return err
	}
	return runOnCluster(ctx, o, o.job.Log, o.job.Log)
}

// options are those of mcsweep that the Engine names.
func (j Job) options() (*options, error) {
	words := strings.Fields(j.Engine)
	if len(words) == 0 || clusters[words[0]] == nil {
		return nil, fmt.Errorf("mcsweep: the engine is %q; it must be %s, with options of mcsweep",
			j.Engine, engineNames())
	}
	if j.Log == nil {
		j.Log = io.Discard
	}
	if j.Progress == nil {
		j.Progress = func(sweep.Progress) {}
	}
	o := &options{job: &j}
	var said strings.Builder // what is wrong with an option
	f := o.flags(&said)
	if err := f.Parse(words[1:]); err != nil {
		return nil, fmt.Errorf("mcsweep: the engine is %q: %w", j.Engine, err)
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("mcsweep: the engine is %q; %q is not an option", j.Engine, f.Arg(0))
	}
	if o.local.Shards < 0 {
		return nil, fmt.Errorf("mcsweep: --shards is %d; it must be at least 1", o.local.Shards)
	}
	local := o.local // of the options
	o.local = j.Local
	o.local.Shard, o.local.Shards = 0, local.Shards
	var err error
	f.Visit(func(given *flag.Flag) {
		switch given.Name {
		case "folder":
			err = fmt.Errorf("mcsweep: the engine is %q; --folder is not for it: the folder is Local.Folder", j.Engine)
		case "workers":
			o.local.Workers = local.Workers
		case "time-limit":
			o.local.TimeLimit = local.TimeLimit
		case "memory-limit":
			o.local.MemoryLimit = local.MemoryLimit
		case "checkpoint":
			o.local.Checkpoint = local.Checkpoint
		case "retry":
			o.local.Retry = local.Retry
		}
	})
	o.engine, o.spec = words[0], j.Spec
	o.folder = cmp.Or(j.Local.Folder, filepath.Join("results", j.Spec.Name))
	return o, err
}

// shardProgram returns the command line of the process that runs a shard in a folder, after the
// program, and its environment.
func (o *options) shardProgram(folder string, shards int) (arguments, environment []string, err error) {
	if o.job == nil {
		return o.shardArguments(folder, shards), nil, nil
	}
	text, err := json.Marshal(Shard{
		Hash: o.spec.Hash(), Shards: shards, Folder: folder, Workers: max(1, o.local.Workers),
		TimeLimit: o.local.TimeLimit, MemoryLimit: o.local.MemoryLimit, Checkpoint: o.local.Checkpoint,
		Retry: o.local.Retry,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("mcsweep: %w", err)
	}
	return nil, append([]string{shardVariable + "=" + string(text)}, o.job.Environment...), nil
}
