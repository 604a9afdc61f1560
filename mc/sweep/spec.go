package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// A Spec defines a sweep: a problem, a solver, and the axes along which they vary. Its cells are
// all combinations of levels. The last axis varies fastest.
type Spec struct {
	// Name of the sweep, and of its folder unless another is given: letters, digits, dots, dashes
	// and underscores.
	Name string
	// Problem and Solver are what the axes start from. The solver may be nil if an axis sets it.
	Problem Source
	Solver  mc.Solver
	// Axes in the order in which they are applied. Without axes, the sweep has one cell.
	Axes []Axis
	// Measures of each result, besides the usual ones (see [Run]).
	Measures []Measure
}

// A Measure computes a number of your own from each result. Its name identifies it in the keys of
// cells: rename it when its computation changes.
type Measure struct {
	Name string
	Of   func(mc.Problem, *mc.Result) float64
}

// A Cell is one run of a sweep.
type Cell struct {
	// Index of the cell in its sweep.
	Index int
	// Levels are the labels of the cell's levels, one for each axis.
	Levels []string
	// Problem and Solver with all fields set.
	Problem Source
	Solver  mc.Solver

	measures []Measure
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

// Key is a digest of 24 hexadecimal digits that identifies the cell. It covers the problem and the
// solver with their defaults filled in ([mc.Describe]), the measures, and the code of mc
// ([mc.Sources]). It depends neither on the cell's index nor on the axes.
func (c Cell) Key() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n", mc.Describe(c.Problem), mc.Describe(c.Solver), mc.Sources())
	for _, m := range c.measures {
		fmt.Fprintf(h, "%s\n", m.Name)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	// address matches what %#v prints of a pointer or a function that is not nil.
	address = regexp.MustCompile(`\)\(0x[0-9a-f]+\)`)
)

// Validate reports what is wrong with the sweep: an axis without levels, a level twice, two levels
// that resolve to the same settings, a field that does not exist or does not take its value, or
// settings that have no name. It tries every level of every axis, with the other axes at their
// first level. [Spec.Check] also asks the solvers.
func (s Spec) Validate() error {
	if !nameForm.MatchString(s.Name) {
		return fmt.Errorf("sweep: Spec.Name is %q; it must be letters, digits, dots, dashes and underscores", s.Name)
	}
	if s.Problem == nil {
		return fmt.Errorf("sweep: Spec.Problem is nil; it must be a Source, such as mc.LowRank{…} or " +
			"sweep.Data(problem)")
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
		if slices.Contains(usual, m.Name) || slices.ContainsFunc(s.Measures[:i], same) {
			return fmt.Errorf("sweep: the measure %q is there twice", m.Name)
		}
	}
	if s.Len() < 0 {
		return fmt.Errorf("sweep: %q has more cells than an int can count", s.Name)
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

// describe returns the problem and the solver as text, with their defaults.
func (c Cell) describe() (string, error) {
	if c.Solver == nil {
		return "", fmt.Errorf("sweep: Spec.Solver is nil and no axis sets it")
	}
	problem, solver := mc.Describe(c.Problem), mc.Describe(c.Solver)
	for _, text := range []string{problem, solver} {
		if address.MatchString(text) {
			return "", fmt.Errorf("sweep: cell %d: %s prints an address, which differs from process to "+
				"process; give its type a GoString method that names the content",
				c.Index, text)
		}
	}
	return problem + ", " + solver, nil
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

// refused returns the error of a source or a solver that refuses its input. It calls the solver
// with a context that has ended, so that a solver that accepts its input returns before the first
// step.
func (c Cell) refused(over context.Context) (err error) {
	defer func() {
		if recover() != nil {
			err = nil // the record of the cell will say so
		}
	}()
	problem, err := c.Problem.Problem()
	if err != nil {
		return err
	}
	_, err = c.Solver.Solve(over, problem)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, mc.ErrDiverged) {
		return nil
	}
	return err
}

// frozen is the specification as a folder keeps it.
type frozen struct {
	Name     string       `json:"name"`
	Hash     string       `json:"hash"`
	Cells    int          `json:"cells"`
	Version  string       `json:"version"`
	Problem  string       `json:"problem"`
	Solver   string       `json:"solver"`
	Measures []string     `json:"measures,omitempty"`
	Axes     []frozenAxis `json:"axes"`
	// Sources is mc.Sources and Files mc.SourceFiles; version 0.1 kept neither.
	Sources string            `json:"sources,omitempty"`
	Files   map[string]string `json:"files,omitempty"`
}

type frozenAxis struct {
	Name   string        `json:"name"`
	Levels []frozenLevel `json:"levels"`
}

type frozenLevel struct {
	Label string   `json:"label"`
	Set   []string `json:"set"`
}

func (s Spec) freeze() frozen {
	f := frozen{
		Name: s.Name, Cells: s.Len(), Version: mc.Version, Axes: []frozenAxis{},
		Sources: mc.Sources(), Files: mc.SourceFiles(),
		Problem: mc.Describe(s.Problem), Solver: mc.Describe(s.Solver),
	}
	for _, m := range s.Measures {
		f.Measures = append(f.Measures, m.Name)
	}
	for _, a := range s.Axes {
		axis := frozenAxis{Name: a.Name}
		for _, l := range a.Levels {
			level := frozenLevel{Label: l.Label}
			for _, set := range l.Set {
				level.Set = append(level.Set, set.String())
			}
			axis.Levels = append(axis.Levels, level)
		}
		f.Axes = append(f.Axes, axis)
	}
	f.Hash = f.hash()
	return f
}

func (f frozen) hash() string {
	f.Hash = ""
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // strings and ints always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// Hash returns 24 hexadecimal digits that identify the specification. They are kept beside the
// results.
func (s Spec) Hash() string { return s.freeze().Hash }

// within returns why f is not a part of g, which may have more levels; empty if it is.
func (f frozen) within(g frozen) string {
	switch {
	case f.Sources != g.Sources:
		return f.code(g)
	case f.Name != g.Name:
		return fmt.Sprintf("it holds the sweep %q", g.Name)
	case f.Problem != g.Problem:
		return fmt.Sprintf("its problem is %s", g.Problem)
	case f.Solver != g.Solver:
		return fmt.Sprintf("its solver is %s", g.Solver)
	case !slices.Equal(f.Measures, g.Measures):
		return fmt.Sprintf("its measures are %q", g.Measures)
	case len(f.Axes) != len(g.Axes):
		return fmt.Sprintf("it has %d axes, not %d", len(g.Axes), len(f.Axes))
	}
	for i, a := range f.Axes {
		b := g.Axes[i]
		if a.Name != b.Name {
			return fmt.Sprintf("its axis %d is %q, not %q", i, b.Name, a.Name)
		}
		levels := map[string][]string{}
		for _, l := range b.Levels {
			levels[l.Label] = l.Set
		}
		for _, l := range a.Levels {
			if set, ok := levels[l.Label]; !ok || !slices.Equal(set, l.Set) {
				return fmt.Sprintf("its axis %q lacks the level %q (%s)", a.Name, l.Label, l.Set)
			}
		}
	}
	return ""
}

// code says how the code behind g differs from that of f.
func (f frozen) code(g frozen) string {
	if g.Sources == "" {
		return fmt.Sprintf("version %s of mc made it, and this is version %s", g.Version, f.Version)
	}
	changed := map[string]bool{}
	for name, digest := range f.Files {
		changed[name] = g.Files[name] != digest
	}
	for name := range g.Files {
		changed[name] = changed[name] || f.Files[name] == ""
	}
	maps.DeleteFunc(changed, func(_ string, differs bool) bool { return !differs })
	names, more := slices.Sorted(maps.Keys(changed)), ""
	if n := len(names) - 5; n > 0 {
		names, more = names[:5], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("other code of mc made it (sources %s, these are %s: they differ in %s%s)",
		g.Sources, f.Sources, strings.Join(names, ", "), more)
}
