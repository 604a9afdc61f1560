package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"projectpenalty/mc"
)

// A Spec defines a sweep: a problem, a solver, and the axes along which they vary. Its cells are
// all combinations of levels. The last axis varies fastest.
type Spec struct {
	// Name of the sweep, and of its folder unless another is given: letters, digits, dots, dashes
	// and underscores.
	Name string
	// Problem and Solver are what the axes start from: values, not pointers. The solver may be nil
	// if an axis sets it.
	Problem Source
	Solver  mc.Solver
	// Axes in the order in which they are applied. Without axes, the sweep has one cell.
	Axes []Axis
	// Code identifies the code of your own by which cells are computed: a digest, or a version, of
	// the types of the solver and the functions of the measures. Results of other code are refused.
	// nb.Sweep sets it.
	Code string
	// Measures of each result, besides the usual ones (see [Run]).
	Measures []Measure
}

// A Measure computes a number of your own from each result. NaN says that a result has no such
// number; the run then counts as one without the value, see [Group]. Its name identifies it in the
// keys of cells: rename it when its computation changes.
type Measure struct {
	Name string
	Of   func(mc.Problem, *mc.Result) float64
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	// address matches what %#v prints of a pointer or a function that is not nil.
	address = regexp.MustCompile(`\)\(0x[0-9a-f]+\)`)
)

// Validate reports what is wrong with the sweep: an axis without levels, a level twice, two levels
// that resolve to the same settings, a field that does not exist or does not take its value,
// settings that have no name, a solver or problem that is a pointer, or labels of a megabyte. It
// tries every level of every axis, with the other axes at their first level. [Spec.Check] also asks
// the solvers.
func (s Spec) Validate() error {
	if !nameForm.MatchString(s.Name) {
		return fmt.Errorf("sweep: Spec.Name is %q; it must be letters, digits, dots, dashes and underscores", s.Name)
	}
	if s.Problem == nil {
		return fmt.Errorf("sweep: Spec.Problem is nil; it must be a Source, such as mc.LowRank{…} or " +
			"sweep.Data(problem)")
	}
	if err := errors.Join(byValue("problem", s.Problem), byValue("solver", s.Solver)); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, a := range s.Axes {
		switch {
		case a.Name == "":
			return fmt.Errorf("sweep: an axis has no name")
		case names[a.Name]:
			return fmt.Errorf("sweep: axis %q is there twice", a.Name)
		case len(a.Levels) == 0:
			return fmt.Errorf("sweep: axis %q has no levels", a.Name)
		}
		names[a.Name] = true
		labels := map[string]bool{}
		for _, l := range a.Levels {
			if labels[l.Label] {
				return fmt.Errorf("sweep: axis %q has the level %q twice", a.Name, l.Label)
			}
			labels[l.Label] = true
		}
	}
	for i, m := range s.Measures {
		if m.Name == "" || m.Of == nil {
			return fmt.Errorf("sweep: Spec.Measures[%d] needs a name and a function", i)
		}
		same := func(o Measure) bool { return o.Name == m.Name }
		if slices.Contains(usual, m.Name) {
			return fmt.Errorf("sweep: Spec.Measures[%d].Name is %q, which is a usual measure; choose another name",
				i, m.Name)
		}
		if slices.ContainsFunc(s.Measures[:i], same) {
			return fmt.Errorf("sweep: the measure %q is there twice", m.Name)
		}
	}
	if s.Len() < 0 {
		return fmt.Errorf("sweep: %q has more cells than an int can count", s.Name)
	}
	if n := s.longestLine(); n > maxLine {
		return fmt.Errorf("sweep: %q: with its labels a result may have %d bytes; it must have at most %d: "+
			"give the levels shorter labels, by sweep.Case",
			s.Name, n, maxLine)
	}
	same := map[string]string{} // by axis and description: the label of a level
	for at, c := range s.levels() {
		if err := c.err; err != nil {
			return err
		}
		text, err := c.describe()
		if err != nil {
			return err
		}
		if at.axis < 0 {
			continue
		}
		a := s.Axes[at.axis]
		label := a.Levels[at.level].Label
		for _, set := range a.Levels[at.level].Set {
			if x, other := (config{c.Problem, c.Solver}).zeroMeans(set); other {
				return fmt.Errorf("sweep: axis %q, level %q: %s is 0, which means the default %v; name that",
					a.Name, label, set.Field, x)
			}
		}
		id := fmt.Sprintf("%d %s", at.axis, text)
		if first, twice := same[id]; twice {
			return fmt.Errorf("sweep: axis %q: the levels %q and %q are the same, as the defaults are "+
				"filled in: %s",
				a.Name, first, label, text)
		}
		same[id] = label
	}
	return nil
}

// longestLine bounds the length of the cells' records, whatever their status, message and numbers.
func (s Spec) longestLine() int {
	r := record{status: strings.Repeat("x", 64), err: strings.Repeat("\x00", maxMessage)}
	for _, a := range s.Axes {
		longest, most := "", 0
		for _, l := range a.Levels {
			if n := len(appendString(nil, l.Label)); n > most {
				longest, most = l.Label, n
			}
		}
		r.levels = append(r.levels, field[string]{a.Name, longest})
	}
	const wide = -0x1p-1022 // no number has more digits
	for _, name := range usual {
		r.values = append(r.values, field[float64]{name, wide})
	}
	for _, m := range s.Measures {
		r.values = append(r.values, field[float64]{m.Name, wide})
	}
	return len(r.append(nil))
}

// Check makes the problem of every level, with the other axes at their first level, and asks its
// solver to begin. It returns the error of the first solver that refuses its problem: a rank above
// the size of the matrix, say. It takes no step, and skips axes of seeds. [Local.Run] calls it
// before the first cell.
func (s Spec) Check(ctx context.Context) error {
	if err := s.Validate(); err != nil {
		return err
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	for at, c := range s.levels() {
		if ctx.Err() != nil {
			return nil // no cell will run
		}
		where := fmt.Sprintf("%q", s.Name)
		if at.axis >= 0 {
			a := s.Axes[at.axis]
			level := a.Levels[at.level]
			other := func(set Setting) bool { return path.Ext("."+set.Field) != ".Seed" }
			if at.level == 0 || !slices.ContainsFunc(level.Set, other) {
				continue // all axes at their first level were asked already
			}
			where = fmt.Sprintf("axis %q, level %q", a.Name, level.Label)
		}
		if err := c.refused(over); err != nil {
			return fmt.Errorf("sweep: %s: %w", where, err)
		}
	}
	return nil
}

// A place is a level of an axis. Axis −1 means that all axes are at their first level.
type place struct{ axis, level int }

// A trial is a cell, or the error of making it.
type trial struct {
	Cell
	err error
}

// levels returns one cell for every level of every axis, with the other axes at their first level.
func (s Spec) levels() iter.Seq2[place, trial] {
	return func(yield func(place, trial) bool) {
		cell := func(at place, i int) bool {
			c, err := s.at(i)
			return yield(at, trial{c, err})
		}
		if !cell(place{-1, 0}, 0) {
			return
		}
		stride := s.Len()
		for k, a := range s.Axes {
			stride /= len(a.Levels)
			for l := range a.Levels {
				if !cell(place{k, l}, l*stride) {
					return
				}
			}
		}
	}
}

// Len returns the number of cells, or −1 if it overflows an int.
func (s Spec) Len() int {
	n := 1
	for _, a := range s.Axes {
		if len(a.Levels) > 0 && n > math.MaxInt/len(a.Levels) {
			return -1
		}
		n *= len(a.Levels)
	}
	return n
}

// At returns cell i, from 0 to Len()−1, in time proportional to the number of axes. It panics if i
// is out of range or [Spec.Validate] reports an error.
func (s Spec) At(i int) Cell {
	c, err := s.at(i)
	if err != nil {
		panic(err)
	}
	return c
}

// mostCells bounds the cells of a process, which holds all their keys in memory.
const mostCells = 1e8

// keys returns the keys of the cells shard, shard+shards, shard+2·shards and so on. Two cells with
// the same key are an error.
func (s Spec) keys(shard, shards int) ([]key, error) {
	n := (s.Len() - shard + shards - 1) / shards
	if n > mostCells {
		return nil, fmt.Errorf("sweep: %q has %d cells in a process; it must be at most %d: run shards, or "+
			"a part of the axes",
			s.Name, n, int(mostCells))
	}
	keys := make([]key, n)
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for w := range errs {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += len(errs) {
				var c Cell
				if c, errs[w] = s.at(shard + i*shards); errs[w] == nil {
					keys[i], errs[w] = parseKey(c.Key())
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	seen := make(map[key]int, n)
	for i, k := range keys {
		if first, twice := seen[k]; twice {
			return nil, fmt.Errorf("sweep: cells %d and %d of %q are the same: a later axis overrides what "+
				"sets them apart, or both are the same with their defaults",
				shard+first*shards, shard+i*shards, s.Name)
		}
		seen[k] = i
	}
	return keys, nil
}

func (s Spec) at(i int) (Cell, error) {
	if i < 0 || i >= s.Len() {
		return Cell{}, fmt.Errorf("sweep: cell %d of %q; it has %d", i, s.Name, s.Len())
	}
	at := make([]int, len(s.Axes))
	for k, rest := len(at)-1, i; k >= 0; k-- {
		n := len(s.Axes[k].Levels)
		at[k], rest = rest%n, rest/n
	}
	cell := Cell{Index: i, Levels: make([]string, len(at)), measures: s.Measures}
	c := config{s.Problem, s.Solver}
	for k, l := range at {
		level := s.Axes[k].Levels[l]
		cell.Levels[k] = level.Label
		for _, setting := range level.Set {
			if err := c.apply(setting); err != nil {
				return Cell{}, fmt.Errorf("sweep: axis %q, level %q: %s: %w",
					s.Axes[k].Name, level.Label, setting.Field, err)
			}
		}
	}
	cell.Problem, cell.Solver = c.Problem, c.Solver
	return cell, nil
}

// Hash returns 24 hexadecimal digits that identify the specification. They are kept beside the
// results.
func (s Spec) Hash() string { return s.freeze().Hash }
