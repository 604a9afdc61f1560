package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"projectpenalty/mc/sweep"
)

// A cluster runs the shards of a sweep as jobs. A shard is a process that runs the cells i with i
// mod shards = shard, and appends to its own file in the folder, which all machines share.
type cluster interface {
	// submit writes files that a person can read and edit into the folder, and hands them to the
	// cluster unless it is dry. It returns the job, and the command that does the same by hand.
	submit(ctx context.Context, o *options, b batch) (job, hint string, err error)
	// active returns the shards of each job that are not over; nil means all of its shards.
	active(ctx context.Context, jobs []batch) (map[string][]int, string, error)
	cancel(ctx context.Context, jobs []batch) error
	// shardVariable names the environment variable that has the shard of a process.
	shardVariable() string
}

// clusters are all there are, by the name that --engine takes.
var clusters = map[string]cluster{"slurm": slurm{}, "kubernetes": kubernetes{}}

// engineNames lists the clusters after other engines, if there are any: "local, kubernetes or
// slurm".
func engineNames(before ...string) string {
	names := append(before, slices.Sorted(maps.Keys(clusters))...)
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// A batch is one submission, a line of jobs.jsonl.
type batch struct {
	Job       string    `json:"job"`
	Namespace string    `json:"namespace,omitempty"`
	Shards    int       `json:"shards"`
	Submit    []int     `json:"submitted"` // shards
	At        time.Time `json:"at"`

	binary string // relative to the folder
}

// tool calls a program of the cluster and returns what it prints.
func tool(ctx context.Context, name string, args ...string) (string, error) {
	if _, err := exec.LookPath(name); err != nil {
		return "", fmt.Errorf("mcsweep: there is no %s on this machine: run mcsweep where jobs are "+
			"submitted, or use --dry to write the files and submit them by hand",
			name)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	var out, problem strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("mcsweep: %s %s: %w: %s",
			name, strings.Join(args, " "), err, strings.TrimSpace(cmp.Or(problem.String(), out.String())))
	}
	return out.String(), nil
}

func submit(ctx context.Context, o *options, out, log io.Writer) error {
	if o.engine == "local" {
		return fmt.Errorf("mcsweep: submit needs --engine %s; mcsweep run runs on this machine", engineNames())
	}
	c := clusters[o.engine]
	p, err := sweep.PlanOf(o.spec, o.folder)
	if err != nil {
		return err
	}
	missing := p.Missing
	if o.local.Retry {
		if missing, err = failedToo(o, missing); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		fmt.Fprintf(out, "%s: nothing is missing\n", o.spec.Name)
		return nil
	}
	if err := o.spec.Check(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(o.folder, o.engine), 0o777); err != nil {
		return fmt.Errorf("mcsweep: %w", err)
	}
	jobs, err := readJobs(o.folder, o.engine)
	if err != nil {
		return err
	}
	busy := map[int]bool{}
	if len(jobs) > 0 && !o.dry {
		active, _, err := c.active(ctx, jobs)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			shards, ok := active[j.Job]
			switch {
			case !ok:
				continue
			case o.local.Shards == 0:
				o.local.Shards = j.Shards
			case o.local.Shards != j.Shards:
				return fmt.Errorf("mcsweep: job %s of %d shards is still active: wait, cancel it, or "+
					"submit --shards %d",
					j.Job, j.Shards, j.Shards)
			}
			if shards == nil {
				shards = j.Submit
			}
			for _, s := range shards {
				busy[s] = true
			}
		}
	}
	if o.local.Shards == 0 {
		o.local.Shards = min(1000, max(1, (len(missing)+19)/20))
	}
	shards := map[int]bool{}
	for _, i := range missing {
		if s := i % o.local.Shards; !busy[s] {
			shards[s] = true
		}
	}
	b := batch{
		Shards: o.local.Shards, Submit: slices.Sorted(maps.Keys(shards)),
		At: time.Now().UTC().Truncate(time.Second), Namespace: o.namespace,
	}
	if len(shards) == 0 {
		fmt.Fprintf(out, "%s: all that is missing is in jobs that are active\n", o.spec.Name)
		return nil
	}
	if b.binary, err = install(ctx, o); err != nil {
		return err
	}
	// An interruption must not come between a job and its note.
	job, hint, err := c.submit(context.WithoutCancel(ctx), o, b)
	if err != nil {
		return err
	}
	if o.dry {
		fmt.Fprintf(out, "%s: %d cells in %d shards are ready: %s\n", o.spec.Name, len(missing), len(b.Submit), hint)
		return nil
	}
	b.Job = job
	if err := appendJob(o.folder, o.engine, b); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d cells are missing; job %s runs %d of %d shards\n",
		o.spec.Name, len(missing), job, len(b.Submit), b.Shards)
	return nil
}

// failedToo adds the cells that failed to the missing ones.
func failedToo(o *options, missing []int) ([]int, error) {
	results, err := sweep.Read(o.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return missing, nil
	}
	if err != nil {
		return nil, err
	}
	failed := map[string]bool{}
	for i := range results.Len() {
		if r := results.Row(i); r.Failed() {
			failed[r.Key()] = true
		}
	}
	for i := range o.spec.Len() {
		if failed[o.spec.At(i).Key()] {
			missing = append(missing, i)
		}
	}
	return missing, nil
}

func jobsFile(folder, engine string) string { return filepath.Join(folder, engine, "jobs.jsonl") }

func readJobs(folder, engine string) ([]batch, error) {
	name := jobsFile(folder, engine)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mcsweep: %w", err)
	}
	return parseJobs(name, string(text))
}

// parseJobs reads the lines of jobs.jsonl. A last line without a newline was torn by a crash: its
// job was never reported.
func parseJobs(name, text string) ([]batch, error) {
	var jobs []batch
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		var b batch
		err := json.Unmarshal([]byte(line), &b)
		switch outside := func(s int) bool { return s < 0 || s >= b.Shards }; {
		case err != nil:
		case b.Job == "":
			err = errors.New("there is no job")
		case b.Shards < 1:
			err = fmt.Errorf("the number of shards is %d; it must be at least 1", b.Shards)
		case slices.ContainsFunc(b.Submit, outside):
			err = fmt.Errorf("shards %d were submitted; they must be from 0 to %d", b.Submit, b.Shards-1)
		}
		if err != nil {
			return nil, fmt.Errorf("mcsweep: %s:%d: %w", name, len(jobs)+1, err)
		}
		jobs = append(jobs, b)
	}
	return jobs, nil
}

func appendJob(folder, engine string, b batch) error {
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("mcsweep: %w", err)
	}
	name := jobsFile(folder, engine)
	old, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if whole := bytes.LastIndexByte(old, '\n') + 1; err == nil && whole < len(old) {
		err = os.Truncate(name, int64(whole)) // a crash tore the last line
	}
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	}
	if err == nil {
		_, err = f.Write(append(text, '\n'))
		if closed := f.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		return fmt.Errorf("mcsweep: job %s runs but cannot be noted: %w", b.Job, err)
	}
	return nil
}

// plan returns the plan of the sweep, also if only its folder is known.
func (o *options) plan() (sweep.Plan, error) {
	if o.spec.Problem != nil {
		return sweep.PlanOf(o.spec, o.folder)
	}
	results, err := sweep.Read(o.folder)
	if err != nil {
		return sweep.Plan{}, err
	}
	p := sweep.Plan{Done: results.Len(), Missing: make([]int, results.Missing())}
	p.Cells = p.Done + len(p.Missing)
	for i := range results.Len() {
		if results.Row(i).Failed() {
			p.Failed++
		}
	}
	return p, nil
}

// status counts results, and lists the jobs of each cluster.
func status(ctx context.Context, o *options, out, _ io.Writer) error {
	p, err := o.plan()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s in %s\n", o.spec.Name, counts(p), o.folder)
	return o.eachCluster(func(engine string, jobs []batch) error {
		_, text, err := clusters[engine].active(ctx, jobs)
		if err != nil {
			text = err.Error()
		}
		fmt.Fprintf(out, "%s: %s\n", engine, text)
		return nil
	})
}

// eachCluster calls f with each cluster that has jobs of the sweep, and with these.
func (o *options) eachCluster(f func(engine string, jobs []batch) error) error {
	for _, engine := range slices.Sorted(maps.Keys(clusters)) {
		jobs, err := readJobs(o.folder, engine)
		if err == nil && len(jobs) > 0 {
			err = f(engine, jobs)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func cancel(ctx context.Context, o *options, out, _ io.Writer) error {
	n := 0
	err := o.eachCluster(func(engine string, jobs []batch) error {
		active, _, err := clusters[engine].active(ctx, jobs)
		if err != nil {
			return err
		}
		jobs = slices.DeleteFunc(jobs, func(b batch) bool { _, ok := active[b.Job]; return !ok })
		if len(jobs) == 0 {
			return nil
		}
		n += len(jobs)
		return clusters[engine].cancel(ctx, jobs)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: jobs cancelled: %d; the results so far stay\n", o.spec.Name, n)
	return err
}

// interrupted ends the waiting, and cancels the jobs if asked to.
func (o *options) interrupted(ctx context.Context, out, log io.Writer) error {
	if o.cancel {
		if err := cancel(context.WithoutCancel(ctx), o, out, log); err != nil {
			return err
		}
		return fmt.Errorf("mcsweep: %w; the jobs are cancelled, and the same again submits what is missing",
			context.Cause(ctx))
	}
	hint := fmt.Sprintf(": mcsweep status %s tells, cancel ends them", o.spec.Name)
	if o.job != nil {
		hint = ", and the same again follows them"
	}
	return fmt.Errorf("mcsweep: %w; the jobs go on%s", context.Cause(ctx), hint)
}

// runOnCluster submits, waits and gathers.
func runOnCluster(ctx context.Context, o *options, out, log io.Writer) error {
	if o.dry {
		return fmt.Errorf("mcsweep: --dry goes with submit, not with run")
	}
	if err := submit(ctx, o, log, log); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("mcsweep: nothing was submitted: %w", context.Cause(ctx))
		}
		return err
	}
	began, tell := time.Now(), progress(log)
	if o.job != nil {
		tell = o.job.Progress
	}
	first, silent := -1, 0
	for {
		jobs, err := readJobs(o.folder, o.engine)
		if err != nil {
			return err
		}
		active := map[string][]int{}
		if len(jobs) > 0 {
			active, _, err = clusters[o.engine].active(ctx, jobs)
			if silent++; err == nil {
				silent = 0
			} else if ctx.Err() == nil && silent >= 10 { // a controller that is busy or restarts answers again
				return err
			}
		}
		reading := time.Now()
		p, err := sweep.PlanOf(o.spec, o.folder)
		if err != nil {
			return err
		}
		pause := max(o.poll, 10*time.Since(reading)) // a million results are not read all the time
		if first < 0 {
			first = p.Done
		}
		now := sweep.Progress{Done: p.Done, Total: p.Cells, Failed: p.Failed, Elapsed: time.Since(began)}
		if p.Done > first {
			now.Left = now.Elapsed / time.Duration(p.Done-first) * time.Duration(len(p.Missing))
		}
		tell(now)
		if ctx.Err() != nil {
			return o.interrupted(ctx, out, log)
		}
		if len(active) == 0 && silent == 0 {
			if err := gather(ctx, o, out, log); err != nil {
				return err
			}
			if n := len(p.Missing); n > 0 {
				return fmt.Errorf("mcsweep: no job is active and %d cells are missing: see the logs in %s, "+
					"then run the same command again",
					n, filepath.Join(o.folder, o.engine))
			}
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}
