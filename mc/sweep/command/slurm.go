package command

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// slurm runs shards as the tasks of a job array.
type slurm struct{}

const slurmFile = "array.sh"

func (slurm) shardVariable() string { return "SLURM_ARRAY_TASK_ID" }

// slurmScript returns the job array that runs the shards of a batch by a command.
func slurmScript(o *options, b batch, command, environment []string) string {
	var script strings.Builder
	add := func(format string, values ...any) { fmt.Fprintf(&script, format+"\n", values...) }
	add("#!/bin/sh")
	add("# Made by mcsweep: %d of %d shards of the sweep %s. Edit it as your cluster needs, and",
		len(b.Submit), b.Shards, o.spec.Name)
	add("# submit it from the folder of results, the one above this file's: sbatch slurm/array.sh")
	add("#SBATCH --job-name=%s", o.spec.Name)
	add("#SBATCH --array=%s", ranges(b.Submit, o.parallel))
	add("#SBATCH --cpus-per-task=%d", max(1, o.local.Workers))
	add("#SBATCH --output=slurm/%%A_%%a.log")
	if o.partition != "" {
		add("#SBATCH --partition=%s", o.partition)
	}
	if o.wall != "" {
		add("#SBATCH --time=%s", o.wall)
	}
	if o.memory > 0 {
		add("#SBATCH --mem=%dM", o.memory.mebibytes())
	}
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		add("export %s=%s", name, quote(value))
	}
	add("exec %s", strings.Join(command, " "))
	return script.String()
}

func (slurm) submit(ctx context.Context, o *options, b batch) (job, hint string, err error) {
	for name, text := range map[string]string{"--partition": o.partition, "--wall": o.wall} {
		if strings.ContainsAny(text, " \t\r\n#") {
			return "", "", fmt.Errorf("mcsweep: %s is %q; it must be one word", name, text)
		}
	}
	// The paths are relative to the folder: sbatch passes it on as the working directory of the
	// jobs.
	arguments, environment, err := o.shardProgram(".", b.Shards)
	if err != nil {
		return "", "", err
	}
	command := append([]string{"./" + filepath.ToSlash(b.binary)}, arguments...)
	script := filepath.Join("slurm", slurmFile)
	if err := saveProgram(filepath.Join(o.folder, script), func(w io.Writer) error {
		_, err := io.WriteString(w, slurmScript(o, b, command, environment))
		return err
	}); err != nil {
		return "", "", err
	}
	if o.dry {
		return "", fmt.Sprintf("cd %s && sbatch %s", quote(o.folder), script), nil
	}
	folder, err := filepath.Abs(o.folder)
	if err != nil {
		return "", "", fmt.Errorf("mcsweep: %w", err)
	}
	text, err := tool(ctx, "sbatch", "--parsable", "--chdir="+folder, filepath.Join(folder, script))
	if err != nil {
		return "", "", err
	}
	job, _, _ = strings.Cut(strings.TrimSpace(text), ";")
	if _, err := strconv.Atoi(job); err != nil {
		return "", "", fmt.Errorf("mcsweep: sbatch says %q; it must be the number of a job", text)
	}
	return job, "", nil
}

// ranges lists the tasks of an array as Slurm does: 0-3,7%20 means 0, 1, 2, 3 and 7, at most 20 at
// once.
func ranges(sorted []int, parallel int) string {
	var parts []string
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		part := strconv.Itoa(sorted[i])
		if j > i {
			part += "-" + strconv.Itoa(sorted[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	text := strings.Join(parts, ",")
	if parallel > 0 {
		text += "%" + strconv.Itoa(parallel)
	}
	return text
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./+-]+$`)

// quote returns a word for a shell.
func quote(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (slurm) active(ctx context.Context, jobs []batch) (map[string][]int, string, error) {
	text, err := tool(ctx, "squeue", "--me", "--noheader", "--array", "--format=%F %K %T")
	if err != nil {
		return nil, "", err
	}
	active, states := map[string][]int{}, map[string]int{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 3 || !slices.ContainsFunc(jobs, func(b batch) bool { return b.Job == f[0] }) {
			continue
		}
		if task, err := strconv.Atoi(f[1]); err == nil {
			active[f[0]] = append(active[f[0]], task)
			states[strings.ToLower(f[2])]++
		}
	}
	return active, words(states, "shards"), nil
}

func (slurm) cancel(ctx context.Context, jobs []batch) error {
	args := []string{}
	for _, b := range jobs {
		args = append(args, b.Job)
	}
	_, err := tool(ctx, "scancel", args...)
	return err
}

// words lists the number of jobs by state.
func words(count map[string]int, of string) string {
	if len(count) == 0 {
		return "no job is active"
	}
	var parts []string
	for s, n := range count {
		parts = append(parts, fmt.Sprintf("%d %s", n, s))
	}
	slices.Sort(parts)
	return of + " " + strings.Join(parts, ", ")
}
