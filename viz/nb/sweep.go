package nb

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"projectpenalty/mc/sweep"
	"projectpenalty/viz"
	wording "projectpenalty/viz/internal/words"
)

// Results is the environment variable that names the folder below which [Sweep] keeps results, and
// [Fit] in full mode.
const Results = "PENALTY_RESULTS"

func resultsFolder() string { return cmp.Or(os.Getenv(Results), "results") }

// Sweep runs the cells of a sweep that have no result yet, on all processors or on the cluster that
// [Engine] names, with a line of progress, a table of medians and a picture that fill while it
// lasts, and returns the results.
//
// They are kept in results/NAME below the folder of the notebook, or below the folder that
// PENALTY_RESULTS names, so that every later cell can use them, in another session too, or after
// mcsweep ran the sweep there. As with [Fit], a function that returns nb.Sweep(…) serves for that,
// and a package variable is an error. An extended sweep runs the new cells. One that changed
// otherwise has a folder of its own, NAME-2 and so on; so has one after a change in the notebook's
// own types and functions by which it computes. If the cell is interrupted all finished runs are
// kept and returned, and running it again goes on; [sweep.Table.Missing] tells. Runs that fail are
// results too, and shown; bad input ends the cell with its message, and so do results that cannot
// be read.
func Sweep(spec sweep.Spec) *sweep.Table { return SweepBy(sweep.Local{}, spec) }

// SweepBy is [Sweep] with settings of your own: workers, limits of time and memory, another folder.
// With Retry, each call runs the cells again that failed.
func SweepBy(local sweep.Local, spec sweep.Spec) *sweep.Table {
	return sweepOn(os.Getenv(Engine), local, spec)
}

func sweepOn(engine string, local sweep.Local, spec sweep.Spec) *sweep.Table {
	Check(notForVariables("Sweep", "*sweep.Table"))
	Check(spec.Validate())
	spec.Code = cmp.Or(spec.Code, ownCodeOf(spec))
	id := fmt.Sprintf("%s %s %d/%d",
		spec.Hash(), filepath.Join(resultsFolder(), local.Folder), local.Shard, local.Shards)
	retry := retries(engine, local)
	if whole, ok := tables.Load(id); ok && !retry {
		return whole.(*sweep.Table)
	}
	if local.Folder == "" {
		folder, err := sweepFolder(spec)
		Check(err)
		local.Folder = folder
	}
	if part != nil {
		results := inShard(local.Folder, spec)
		tables.Store(id, results)
		return results
	}
	show := &sweepView{spec: spec, folder: local.Folder}
	own := local.Progress
	local.Progress = func(p sweep.Progress) {
		show.progress(p)
		if own != nil {
			own(p)
		}
	}
	run := func() (*sweep.Table, error) { return local.Run(Context(), spec) }
	if engine != "" && engine != "local" {
		plan, err := sweep.PlanOf(spec, local.Folder)
		Check(err)
		if len(plan.Missing) > 0 || retry && plan.Failed > 0 {
			run = func() (*sweep.Table, error) { return onCluster(engine, local, spec, show) }
		}
	}
	results, err := run()
	show.end(results)
	if results == nil && err != nil {
		err = final(err)
	}
	Check(err)
	Check(logSweep(spec, results))
	if err == nil && results.Missing() == 0 {
		tables.Store(id, results)
	}
	return results
}

// tables are the whole sweeps that this cell has read, so that a function that returns nb.Sweep(…)
// may be called often.
var tables sync.Map

// retries reports whether cells that failed are to run again, as the options of an engine say, or
// else Local.
func retries(engine string, local sweep.Local) bool {
	retry := local.Retry
	for word := range strings.FieldsSeq(engine) {
		if name, value, given := strings.Cut(word, "="); name == "--retry" || name == "-retry" {
			yes, err := strconv.ParseBool(value)
			retry = !given || err == nil && yes
		}
	}
	return retry
}

// sweepFolder is the first of NAME, NAME-2, … that is new or has results of the sweep.
func sweepFolder(spec sweep.Spec) (string, error) {
	root := resultsFolder()
	name := filepath.Join(root, spec.Name)
	for n := 2; ; n++ {
		_, err := sweep.PlanOf(spec, name)
		if !errors.Is(err, sweep.ErrOther) {
			return name, err
		}
		name = filepath.Join(root, fmt.Sprintf("%s-%d", spec.Name, n))
	}
}

// A sweepView shows a sweep that runs.
type sweepView struct {
	spec                 sweep.Spec
	folder               string
	line, table, picture string // outputs
	jobs                 string // what a cluster runs
	last                 time.Time
	next                 time.Time // of the table and the picture
}

// Write takes what a cluster says of its jobs, which stands behind the progress.
func (v *sweepView) Write(text []byte) (int, error) {
	_, said, _ := strings.Cut(strings.TrimSpace(string(text)), ": ")
	v.jobs = " · " + said
	return len(text), nil
}

func (v *sweepView) progress(p sweep.Progress) {
	now := time.Now()
	if v.line == "" {
		id := gonbui.UniqueId()
		v.line, v.table, v.picture = "penalty-sweep-"+id, "penalty-sweep-table-"+id, "penalty-sweep-picture-"+id
		v.next = now.Add(time.Second)
	}
	if now.Sub(v.last) < updates && p.Done < p.Total {
		return
	}
	v.last = now
	text := v.spec.Name + ": " + p.String() + v.jobs
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	gonbui.UpdateHTML(v.line, html.EscapeString(text))
	if now.Before(v.next) || p.Done == p.Total {
		return
	}
	results, err := sweep.Read(v.folder)
	if err != nil {
		return // the run will say so
	}
	if cells, err := medians(v.spec, results); err == nil {
		gonbui.UpdateHTML(v.table, tableHTML(cells, nil))
	}
	if svg, err := picture(v.spec, results).SVG(); err == nil {
		gonbui.UpdateHTML(v.picture, `<div style="max-width:760px">`+svg+`</div>`)
	}
	// Both take at most a twentieth of the time.
	v.next = time.Now().Add(max(time.Second, 20*time.Since(now)))
}

// picture of a sweep that runs: a phase diagram of the last two axes if they are of numbers, else
// levels compared.
func picture(spec sweep.Spec, results *sweep.Table) *viz.Chart {
	measure, axes := shown(spec, results)
	if n := len(axes); n >= 2 {
		if c := viz.SweepPhases(results, measure, axes[n-2], axes[n-1], nil); c.Err() == nil {
			return c
		}
	}
	return viz.SweepCompare(results, measure, axes...)
}

// shown is what a sweep that runs is shown by: the test error, or else the training error,
// over all axes but the seeds.
func shown(spec sweep.Spec, results *sweep.Table) (measure string, axes []string) {
	measure = "Test"
	if !slices.Contains(results.Measures(), measure) {
		measure = "Train"
	}
	for _, a := range spec.Axes {
		if a.Name != "Seed" {
			axes = append(axes, a.Name)
		}
	}
	return measure, axes
}

// end leaves one line: how many runs there are, and why some have no result. Table and picture go
// once there is all of it; those of an interrupted sweep stay.
func (v *sweepView) end(results *sweep.Table) {
	if v.line == "" || results == nil {
		return
	}
	kept := v.folder
	if os.Getenv(Results) != "" { // a path of this machine, which has no place in a notebook that is shared
		kept = "the folder of results as " + filepath.Base(kept)
	}
	text := fmt.Sprintf("%s: %d of %d runs, kept in %s",
		v.spec.Name, results.Len(), results.Len()+results.Missing(), kept)
	for i := range results.Len() {
		if r := results.Row(i); r.Err() != "" {
			text += fmt.Sprintf("; the first failure (%s): %s", r.Status(), r.Err())
			break
		}
	}
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	if results.Missing() == 0 {
		gonbui.UpdateHTML(v.table, "")
		gonbui.UpdateHTML(v.picture, "")
	}
	gonbui.UpdateHTML(v.line, html.EscapeString(text))
	gonbui.Sync()
}

// medians is the table of a sweep that runs: medians over all axes but the seeds; the last of them
// are the columns if there are a few, so that two axes make a phase diagram in numbers.
func medians(spec sweep.Spec, results *sweep.Table) ([][]string, error) {
	const most = 40
	measure, axes := shown(spec, results)
	groups, err := results.Group(measure, axes...)
	if err != nil {
		return nil, err
	}
	median := func(g sweep.Group) string { return strconv.FormatFloat(g.Quantile(0.5), 'g', 3, 64) }
	if len(axes) < 2 || levels(spec, axes[len(axes)-1]) > 12 {
		cells := [][]string{append(wording.All(axes...), "runs", "median "+wording.Of(measure))}
		for _, g := range groups[:min(most, len(groups))] {
			cells = append(cells, append(slices.Clone(g.Levels), strconv.Itoa(len(g.Values)), median(g)))
		}
		return cells, nil
	}
	rows, across := axes[:len(axes)-1], axes[len(axes)-1]
	named := wording.All(axes...)
	header := slices.Clone(named[:len(rows)])
	for _, a := range spec.Axes {
		if a.Name == across {
			for _, l := range a.Levels {
				header = append(header, l.Label)
			}
		}
	}
	header[len(rows)-1] += " ↓  " + wording.Of(measure) + ", " + named[len(rows)] + " →"
	cells := [][]string{header}
	at := map[string]int{}
	for _, g := range groups {
		row := g.Levels[:len(rows)]
		id := strings.Join(row, "\x00")
		k, ok := at[id]
		if !ok {
			if len(cells) > most {
				break
			}
			k = len(cells)
			at[id] = k
			cells = append(cells, append(slices.Clone(row), make([]string, len(header)-len(rows))...))
		}
		if c := slices.Index(header[len(rows):], g.Levels[len(rows)]); c >= 0 {
			cells[k][len(rows)+c] = median(g)
		}
	}
	return cells, nil
}

func levels(spec sweep.Spec, axis string) int {
	for _, a := range spec.Axes {
		if a.Name == axis {
			return len(a.Levels)
		}
	}
	return 0
}
