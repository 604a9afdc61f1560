package nb

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
)

// A Fitted is a finished run: where it ended, and its trace.
type Fitted struct {
	W       *mat.Dense // nil if it is too large to be formed, see [mc.Result]
	Metrics mc.Metrics
	Status  mc.Status
	Steps   int
	Trace   *mc.Trace
	// Failed says why the run did not finish, if it was interrupted or diverged; the other fields
	// then hold its last state.
	Failed string
}

// Fit runs the solver on the problem, once: a finished run is kept as long as the kernel lives,
// under its identity: solver, data, trace, the code of mc, and that of the notebook's own types and
// functions among them. A function that returns it is a result that every later cell may use:
//
//	func fit() *nb.Fitted { return nb.Fit(problem(), solver, mc.Trace{}) }
//
// The first call runs it, and so does the first after a change; others read what is kept. Given
// [Live], a run that is kept is shown as it was at its end. A package variable declared as
// nb.Fit(…) is an error, since Go computes such variables again in every cell.
//
// In full mode a run is kept in results/fits, beside the results of [Sweep], so that an interrupted
// notebook can go on another day, even within a run, from its [mc.Checkpoint], on the same kind of
// processor. A run that was interrupted or diverged is shown and not kept: the next call runs it
// again. Observers other than [Live] see a run when it is computed. Bad input ends the cell with
// its message.
func Fit(p mc.Problem, solver mc.Solver, trace mc.Trace, observers ...mc.Observer) *Fitted {
	Check(notForVariables("Fit", "*nb.Fitted"))
	name := keep(p, solver, trace)
	if kept := load(name); kept != nil {
		Check(logFit(p, solver, kept))
		for _, o := range observers {
			if l, ok := o.(follower); ok {
				l.follow(kept.Trace)
				l.end()
				l.follow(nil)
			}
		}
		return kept
	}
	f, err := run(Context(), name, p, solver, trace, observers...)
	Check(cmp.Or(logFit(p, solver, f), err))
	return f
}

// A follower is what [Live] returns. By the interface a program that fits does not link charts
// unless it follows a run.
type follower interface {
	follow(*mc.Trace)
	end()
}

// FitAll is [Fit] for many solvers, each on its own problem or all on a single one, on all
// processors at once. If runs were interrupted or diverged, one note says so; [Fitted.Failed] tells
// which.
func FitAll(problems []mc.Problem, solvers []mc.Solver, trace mc.Trace) []*Fitted {
	Check(notForVariables("FitAll", "[]*nb.Fitted"))
	if len(problems) != 1 && len(problems) != len(solvers) {
		Check(fmt.Errorf("nb: FitAll: %d problems for %d solvers; it must be one problem, or one per solver",
			len(problems), len(solvers)))
	}
	fits, errs := make([]*Fitted, len(solvers)), make([]error, len(solvers))
	problem := func(i int) mc.Problem { return problems[min(i, len(problems)-1)] }
	var wait sync.WaitGroup
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, solver := range solvers {
		wait.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			name := keep(problem(i), solver, trace)
			if fits[i] = load(name); fits[i] == nil {
				fits[i], errs[i] = run(Context(), name, problem(i), solver, trace)
			}
		})
	}
	wait.Wait()
	var some error // of the partial runs: one note is enough
	for i, err := range errs {
		Check(logFit(problem(i), solvers[i], fits[i])) // in their order, whichever ended first
		if err != nil && partial(err) {
			some = cmp.Or(some, err)
			continue
		}
		Check(err)
	}
	Check(some)
	return fits
}

// run fits, and keeps the run in a file, if it has a name. Its error is that of the run; bad input
// has no Fitted.
func run(ctx context.Context, name string, p mc.Problem, solver mc.Solver, trace mc.Trace,
	observers ...mc.Observer) (*Fitted, error) {
	f := &Fitted{Trace: &trace}
	for _, o := range observers {
		if l, ok := o.(follower); ok {
			l.follow(f.Trace)
			defer l.follow(nil)
		}
	}
	all := append([]mc.Observer{f.Trace}, observers...)
	r, err := solve(ctx, p, solver, name, all)
	if r == nil {
		if err == nil || !partial(err) {
			return nil, err
		}
		r = &mc.Result{} // of a solver of the user's own, which returned none
	}
	f.W, f.Status, f.Steps = r.W, r.Status, r.Steps
	if r.W == nil && err == nil || r.W != nil && mc.NewPoint(r.W).Finite() {
		f.Metrics = r.Metrics(p)
	}
	if err != nil {
		f.Failed = err.Error()
		return f, err
	}
	return f, store(name, f)
}

// solve runs the solver. In full mode it goes on from the checkpoint of a run that was cut off,
// where the solver can.
func solve(ctx context.Context, p mc.Problem, solver mc.Solver, name string, watch []mc.Observer) (*mc.Result, error) {
	if name == "" || !full() {
		return solver.Solve(ctx, p, watch...)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return nil, fmt.Errorf("nb: keeping a run: %w", err)
	}
	checkpoint := mc.Checkpoint{File: name + "." + resumed(watch) + ".checkpoint"}
	r, err := solver.Solve(ctx, p, append(slices.Clone(watch), checkpoint)...)
	if errors.Is(err, mc.ErrNotResumable) {
		return solver.Solve(ctx, p, watch...)
	}
	if err == nil { // those of other processors and observers
		left, _ := filepath.Glob(name + ".*.checkpoint")
		for _, file := range left {
			os.Remove(file) // if it stays, it is in nobody's way
		}
	}
	return r, err
}

// resumed identifies the processor and the observers that a checkpoint keeps. With others a run
// begins anew.
func resumed(watch []mc.Observer) string {
	id := mc.Processor()
	for _, o := range watch {
		if _, kept := o.(mc.Resumable); kept {
			id += fmt.Sprintf(" %T", o)
		}
		if t, is := o.(*mc.Trace); is {
			id += fmt.Sprint(t.Every, t.PerDecade, t.Top, t.Split, t.Alignment, t.Watch.Describe())
		}
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:6])
}

// address matches a pointer or a function as mc.Describe prints it.
var address = regexp.MustCompile(`\)\(0x[0-9a-f]+\)`)

// keep names the file of a run, or none if it cannot be told from another: a function or a pointer
// among the settings prints as an address. In quick mode the file is in the folder of the kernel's
// session, and goes when the kernel does.
func keep(p mc.Problem, solver mc.Solver, trace mc.Trace) string {
	folder := Mode(os.Getenv("GONB_TMP_DIR"), filepath.Join(resultsFolder(), "fits"))
	if folder == "" || p.Validate() != nil {
		return ""
	}
	trace.Records = nil
	described, watched := mc.Describe(solver), trace.Watch.Describe()
	if address.MatchString(described) || slices.ContainsFunc(watched, address.MatchString) {
		return "" // what is there is not known
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d %d %d %v %v %q %q", described, p.Digest(), mc.Sources(),
		trace.Every, trace.PerDecade, trace.Top, trace.Split, trace.Alignment, trace.Label, watched))
	if code := ownCode(p, solver, trace.Watch); code != "" {
		sum = sha256.Sum256(fmt.Appendf(sum[:], " %s", code))
	}
	return filepath.Join(folder, "penalty-"+hex.EncodeToString(sum[:12])+".gob")
}

func load(name string) *Fitted {
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	f := new(Fitted)
	if gob.NewDecoder(file).Decode(f) != nil { // written by another version: run again
		return nil
	}
	return f
}

// store keeps a run, whole or not at all.
func store(name string, f *Fitted) error {
	if name == "" {
		return nil
	}
	err := os.MkdirAll(filepath.Dir(name), 0o777)
	if err == nil {
		err = data.Save(name, func(w io.Writer) error { return gob.NewEncoder(w).Encode(f) })
	}
	if err != nil {
		return fmt.Errorf("nb: keeping a run: %w", err)
	}
	return nil
}
