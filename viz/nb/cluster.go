package nb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"projectpenalty/mc/sweep"
	"projectpenalty/mc/sweep/command"
)

// Engine is the environment variable that says where [Sweep] runs its cells: "local", the default,
// or a cluster, "slurm" or "kubernetes", followed by options of mcsweep as far as they are needed,
// such as "slurm --partition cpu --wall 4:00:00 --shards 100".
const Engine = "PENALTY_ENGINE"

// SweepOn is [Sweep] on an engine, see [Engine]. On a cluster the program of the cell itself runs,
// as the shards of a job, and the results are the same bytes as on this machine.
//
// The program of a shard does what the cell does, without output, until it comes to this sweep: so
// what a cell computes before its sweep should be cheap. Sweeps before it are read, and must be
// complete. All machines must see the folder of the results at one path.
//
// If the cell is interrupted the jobs go on, and running it again follows them; with the option
// --cancel they are cancelled.
func SweepOn(engine string, spec sweep.Spec) *sweep.Table {
	return sweepOn(engine, sweep.Local{}, spec)
}

// onCluster runs what is missing of a sweep as jobs.
func onCluster(engine string, local sweep.Local, spec sweep.Spec, show *sweepView) (*sweep.Table, error) {
	root, err := filepath.Abs(resultsFolder())
	if err != nil {
		return nil, fmt.Errorf("nb: %w", err)
	}
	program, err := keepProgram(local.Folder)
	if err != nil {
		return nil, err
	}
	// A shard is no cell of a notebook, and has its parameters and the results before it.
	environment := []string{
		protocol.GONB_PIPE_ENV + "=", protocol.GONB_PIPE_BACK_ENV + "=", protocol.GONB_TMP_DIR_ENV + "=",
		Runs + "=", // the cell itself logs its runs
		Program + "=" + program,
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		own := slices.Contains([]string{Engine, Results, Runs, Program}, name)
		if strings.HasPrefix(name, "PENALTY_") && !own || name == "MC_DATA" {
			environment = append(environment, variable)
		}
	}
	job := command.Job{
		Engine: engine, Spec: spec, Local: local, Progress: local.Progress, Log: show,
		Environment: append(environment, Results+"="+root),
	}
	if folder := os.Getenv(protocol.GONB_TMP_DIR_ENV); gonbui.IsNotebook && folder != "" {
		job.Build = func(ctx context.Context, arch, file string) error {
			return command.Build(ctx, folder, ".", arch, file)
		}
	}
	problem := job.Run(Context())
	results, err := sweep.Results(spec, local.Folder)
	return results, errors.Join(problem, err)
}

// part is the shard that this process runs, nil in a notebook.
var part = func() *command.Shard {
	p, err := command.ShardHere()
	Check(err)
	if p != nil { // what the cell shows has been seen; errors go to the log of the job
		if os.Stdout, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
			Check(fmt.Errorf("nb: %w", err))
		}
	}
	return p
}()

// inShard is what a sweep does in a shard: the sweep that it is of runs its part and ends the
// process; another one is read.
func inShard(folder string, spec sweep.Spec) *sweep.Table {
	if spec.Hash() == part.Hash {
		if err := part.Run(Context(), spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	results, err := sweep.Results(spec, folder)
	if err == nil && results.Missing() > 0 {
		err = fmt.Errorf("nb: a sweep after %s needs all of its runs, and %s; run its cell first",
			spec.Name, results.Lacks())
	}
	Check(err)
	return results
}
