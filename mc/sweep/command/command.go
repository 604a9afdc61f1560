// Package command is mcsweep as a library: a program of your own sweeps, which runs on all cores,
// on Slurm and on Kubernetes, is
//
//	func main() { command.Main(mySweep, myOtherSweep) }
package command

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"projectpenalty/mc/data"
	"projectpenalty/mc/sweep"
)

var usage = `mcsweep runs sweeps: mcsweep COMMAND NAME [OPTIONS]

  list               list the sweeps with their cells and axes
  plan NAME          count cells and estimate the time of the rest; --sample 5 runs up to five first
  run NAME           run the missing cells and wait: here, or with --engine ` + engineNames() + `
  submit NAME        hand the missing cells to the cluster without waiting
  status NAME        count results, and list the jobs
  gather NAME        merge the results into one file, results.jsonl
  export NAME        write the results to --output FILE.csv or FILE.npz; by default print CSV
  cancel NAME        cancel the jobs; results stay

Results are in results/NAME below this folder, in $PENALTY_RESULTS/NAME if that is set, or in --folder.
In place of a NAME, status, export and cancel take the --folder of any program's sweep.
Every command may be repeated at any time, and continues where the last one ended.

`

// Main runs the command line of a program with these sweeps, and exits.
func Main(specs ...sweep.Spec) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, specs, os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options are those of the command line.
type options struct {
	spec   sweep.Spec
	folder string
	engine string
	local  sweep.Local
	sample int
	output string
	poll   time.Duration
	// of clusters
	dry             bool
	binary          string
	arch            string
	partition, wall string
	memory          size
	image, claim    string
	mount           string
	namespace       string
	parallel        int
	cancel          bool
	job             *Job // of a program that is not mcsweep; nil: of mcsweep
}

func run(ctx context.Context, specs []sweep.Spec, args []string, out, log io.Writer) error {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		fmt.Fprint(log, usage)
		new(options).flags(log).PrintDefaults()
		return flag.ErrHelp
	}
	commands := map[string]func(context.Context, *options, io.Writer, io.Writer) error{
		"plan": plan, "run": runSweep, "submit": submit, "status": status,
		"gather": gather, "export": export, "cancel": cancel,
	}
	if args[0] == "list" {
		return list(specs, out)
	}
	command, ok := commands[args[0]]
	if !ok {
		return fmt.Errorf("mcsweep: there is no command %q; there are list, plan, run, submit, status, "+
			"gather, export, cancel and help",
			args[0])
	}
	o := &options{}
	name, err := o.parse(args[1:], log)
	if err != nil {
		return err
	}
	if name == "" && o.folder != "" && slices.Contains([]string{"status", "export", "cancel"}, args[0]) {
		o.spec.Name = filepath.Base(o.folder) // of any program
		return command(ctx, o, out, log)
	}
	if name == "" {
		return fmt.Errorf("mcsweep: name a sweep; mcsweep list has them")
	}
	at := slices.IndexFunc(specs, func(s sweep.Spec) bool { return s.Name == name })
	if at < 0 {
		var names []string
		for _, s := range specs {
			names = append(names, s.Name)
		}
		return fmt.Errorf("mcsweep: there is no sweep %q; there are %s", name, strings.Join(names, ", "))
	}
	o.spec = specs[at]
	if err := o.spec.Validate(); err != nil {
		return err
	}
	o.folder = cmp.Or(o.folder, filepath.Join(cmp.Or(os.Getenv("PENALTY_RESULTS"), "results"), name))
	o.local.Folder = o.folder
	return command(ctx, o, out, log)
}

func (o *options) flags(log io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("mcsweep", flag.ContinueOnError)
	f.SetOutput(log)
	f.StringVar(&o.folder, "folder", "", "`folder` of the results")
	f.StringVar(&o.engine, "engine", "local", engineNames("local"))
	f.IntVar(&o.local.Workers, "workers", 0, "number of cells that run at once in a process; 0: all cores, on "+
		"a cluster one")
	f.DurationVar(&o.local.TimeLimit, "time-limit", 0, "time limit of a cell, such as 10m; 0: none")
	f.Var((*size)(&o.local.MemoryLimit), "memory-limit", "memory limit of a cell, such as 2GB; 0: none")
	f.DurationVar(&o.local.Checkpoint, "checkpoint", 30*time.Second, "interval at which a cell that is under way "+
		"is kept, so that the next run goes on within it; negative: never")
	f.BoolVar(&o.local.Retry, "retry", false, "run cells again that failed or met a limit")
	f.IntVar(&o.local.Shard, "shard", -1, "run: the shard to run, from 0; default what the cluster says in "+
		"the environment")
	f.IntVar(&o.local.Shards, "shards", 0, "number of shards, the jobs that share the cells")
	f.IntVar(&o.sample, "sample", 0, "plan: largest number of cells to run and keep, to measure the time")
	f.StringVar(&o.output, "output", "", "export: `file` ending in .csv or .npz")
	f.DurationVar(&o.poll, "poll", 10*time.Second, "run on a cluster: interval between looks at the results")
	f.BoolVar(&o.dry, "dry", false, "submit: write the script or the manifest without submitting it")
	f.StringVar(&o.binary, "binary", "", "submit: static linux `program` to run there; "+
		"default: this one, built that way")
	f.StringVar(&o.arch, "arch", runtime.GOARCH, "submit: processors of the cluster, such as amd64 or arm64")
	f.StringVar(&o.partition, "partition", "", "slurm: partition")
	f.StringVar(&o.wall, "wall", "", "slurm: time limit of a job, such as 4:00:00")
	f.Var(&o.memory, "memory", "memory of each job, such as 4GB")
	f.StringVar(&o.image, "image", "busybox", "kubernetes: image of the pods, which needs no programs")
	f.StringVar(&o.claim, "claim", "", "kubernetes: PersistentVolumeClaim that holds the folder of results")
	f.StringVar(&o.mount, "mount", "", "kubernetes: path at which that volume is mounted on this machine")
	f.StringVar(&o.namespace, "namespace", "default", "kubernetes: namespace")
	f.BoolVar(&o.cancel, "cancel", false, "run on a cluster: an interruption cancels the jobs, which otherwise go on")
	f.IntVar(&o.parallel, "parallel", 0, "number of jobs that may run at once; 0: no limit")
	return f
}

// parse reads the options, which may stand before and after the name.
func (o *options) parse(args []string, log io.Writer) (name string, err error) {
	f := o.flags(log)
	for {
		if err := f.Parse(args); err != nil {
			return "", err
		}
		args = f.Args()
		if len(args) == 0 {
			break
		}
		if name != "" {
			return "", fmt.Errorf("mcsweep: %q is one argument too many; there must be one sweep", args[0])
		}
		name, args = args[0], args[1:]
	}
	switch {
	case o.engine != "local" && clusters[o.engine] == nil:
		return "", fmt.Errorf("mcsweep: --engine is %q; it must be %s", o.engine, engineNames("local"))
	case o.local.Shards < 0:
		return "", fmt.Errorf("mcsweep: --shards is %d; it must be at least 1", o.local.Shards)
	}
	return name, nil
}

func list(specs []sweep.Spec, out io.Writer) error {
	for _, s := range specs {
		var axes []string
		for _, a := range s.Axes {
			axes = append(axes, fmt.Sprintf("%s (%d)", a.Name, len(a.Levels)))
		}
		fmt.Fprintf(out, "%-14s %6d cells: %s\n", s.Name, s.Len(), strings.Join(axes, " × "))
	}
	return nil
}

func plan(ctx context.Context, o *options, out, log io.Writer) error {
	if o.sample > 0 {
		l := o.local
		// Every Shards-th cell, and not from the first one on unless that is one cell more.
		last := o.spec.Len() - 1
		l.Shards = 1 + last/o.sample
		l.Shard = min(l.Shards/2, last%l.Shards)
		l.Progress = progress(log)
		if _, err := l.Run(ctx, o.spec); err != nil {
			return err
		}
	}
	p, err := sweep.PlanOf(o.spec, o.folder)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s in %s\n", o.spec.Name, counts(p), o.folder)
	workers := cmp.Or(o.local.Workers, runtime.GOMAXPROCS(0))
	if left, ok := p.Left(workers); ok {
		fmt.Fprintf(out, "a cell took %v; the rest takes about %v on %d cores, %v on one\n",
			round(p.Mean), round(left), workers, round(time.Duration(len(p.Missing))*p.Mean))
	} else if len(p.Missing) > 0 {
		fmt.Fprintln(out, "no cell has run, so the time is unknown: --sample 5 runs up to five and keeps them")
	}
	return nil
}

func counts(p sweep.Plan) string {
	s := fmt.Sprintf("%d cells, %d done, %d missing", p.Cells, p.Done, len(p.Missing))
	if p.Failed > 0 {
		s += fmt.Sprintf(", %d of those done failed", p.Failed)
	}
	return s
}

// round leaves three digits or so.
func round(d time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Minute, time.Second, time.Millisecond, time.Microsecond} {
		if d >= 100*unit {
			return d.Round(unit)
		}
	}
	return d
}

// progress prints a line each second on a terminal, twice a minute elsewhere, and the last.
func progress(log io.Writer) func(sweep.Progress) { return progressOn(log, isTerminal(log)) }

func isTerminal(log io.Writer) bool {
	f, ok := log.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func progressOn(log io.Writer, terminal bool) func(sweep.Progress) {
	pause, end, last := 30*time.Second, "\n", "\n"
	if terminal { // where a line covers the one before, of which nothing must remain
		pause, end, last = time.Second, "\x1b[K\r", "\x1b[K\n"
	}
	var printed time.Time
	return func(p sweep.Progress) {
		switch now := time.Now(); {
		case p.Done == p.Total:
			fmt.Fprint(log, p, last)
		case now.Sub(printed) >= pause:
			printed = now
			fmt.Fprint(log, p, end)
		}
	}
}

func runSweep(ctx context.Context, o *options, out, log io.Writer) error {
	if o.engine != "local" {
		return runOnCluster(ctx, o, out, log)
	}
	l := o.local
	l.Progress = progress(log)
	switch {
	case l.Shards == 0 && l.Shard < 0:
		l.Shard = 0
	case l.Shards == 0:
		return fmt.Errorf("mcsweep: --shard is %d and --shards is not given", l.Shard)
	case l.Shard < 0:
		var err error
		if l.Shard, err = shardHere(); err != nil {
			return err
		}
	}
	if l.Shards > 0 && l.Workers > 0 { // a part of a machine, whose other cores are for others
		runtime.GOMAXPROCS(l.Workers)
	}
	results, err := l.Run(ctx, o.spec)
	if errors.Is(err, context.Canceled) && results != nil {
		return fmt.Errorf("mcsweep: interrupted: %d of %d results are kept in %s, and the same command "+
			"goes on: %w",
			results.Len(), results.Len()+results.Missing(), o.folder, err)
	}
	if err != nil {
		return err
	}
	if l.Shards > 1 {
		return nil
	}
	return summary(results, o, out)
}

// shardHere returns the shard of this process, which a cluster put into the environment.
func shardHere() (int, error) {
	var names []string
	for _, engine := range slices.Sorted(maps.Keys(clusters)) {
		name := clusters[engine].shardVariable()
		names = append(names, name)
		if text, ok := os.LookupEnv(name); ok {
			shard, err := strconv.Atoi(text)
			if err != nil {
				return 0, fmt.Errorf("mcsweep: %s is %q; it must be a number", name, text)
			}
			if some := strings.Fields(os.Getenv(shardsVariable)); len(some) > 0 {
				if shard < 0 || shard >= len(some) {
					return 0, fmt.Errorf("mcsweep: %s is %d; it must be the place of one of %d shards, from 0",
						name, shard, len(some))
				}
				if shard, err = strconv.Atoi(some[shard]); err != nil {
					return 0, fmt.Errorf("mcsweep: %s is %q; it must be numbers", shardsVariable, some)
				}
			}
			return shard, nil
		}
	}
	return 0, fmt.Errorf("mcsweep: --shards is given and --shard is not, nor is %s set", strings.Join(names, " or "))
}

// summary counts the results by status.
func summary(results *sweep.Table, o *options, out io.Writer) error {
	count, why := map[string]int{}, ""
	for i := range results.Len() {
		r := results.Row(i)
		count[r.Status()]++
		if why == "" && r.Err() != "" {
			why = fmt.Sprintf("; the first that went wrong %s: %s", r.Status(), r.Err())
		}
	}
	var parts []string
	for s, n := range count {
		parts = append(parts, fmt.Sprintf("%d %s", n, s))
	}
	slices.Sort(parts)
	text := fmt.Sprintf("%s: %d results in %s", o.spec.Name, results.Len(), o.folder)
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	if n := results.Missing(); n > 0 {
		text += fmt.Sprintf("; %d are missing", n)
	}
	_, err := fmt.Fprintln(out, text+why)
	return err
}

func gather(_ context.Context, o *options, out, _ io.Writer) error {
	if err := sweep.Gather(o.spec, o.folder); err != nil {
		return err
	}
	results, err := sweep.Read(o.folder)
	if err != nil {
		return err
	}
	return summary(results, o, out)
}

func export(_ context.Context, o *options, out, log io.Writer) error {
	results, err := sweep.Read(o.folder)
	if err != nil {
		return err
	}
	write := results.WriteCSV
	switch filepath.Ext(o.output) {
	case "", ".csv":
	case ".npz":
		write = results.WriteNPZ
	default:
		return fmt.Errorf("mcsweep: --output is %q; it must end in .csv or .npz", o.output)
	}
	if o.output == "" {
		return write(out)
	}
	if err := data.Save(o.output, write); err != nil {
		return err
	}
	fmt.Fprintf(log, "%d results in %s\n", results.Len(), o.output)
	return nil
}

// saveProgram writes an executable file, whole or not at all.
func saveProgram(name string, write func(io.Writer) error) error {
	if err := data.Save(name, write); err != nil {
		return err
	}
	if err := os.Chmod(name, 0o755); err != nil {
		return fmt.Errorf("mcsweep: %w", err)
	}
	return nil
}

// A size is a number of bytes on the command line: 500MB, 2GB, 1.5GiB, or a plain number.
type size int64

// mebibytes rounds up.
func (b size) mebibytes() int64 { return (int64(b) + 1<<20 - 1) >> 20 }

func (b *size) String() string { return strconv.FormatInt(int64(*b), 10) }

func (b *size) Set(text string) error {
	number, scale := strings.TrimSuffix(text, "B"), 1.0
	for _, u := range []struct {
		suffix string
		scale  float64
	}{
		{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", 1 << 40},
		{"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12},
	} {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, scale = rest, u.scale
			break
		}
	}
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || !(x*scale >= 0 && x*scale < 1<<62) {
		return fmt.Errorf("%q is not a size such as 500MB or 2GiB", text)
	}
	*b = size(x * scale)
	return nil
}
