package sweep

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"projectpenalty/mc"
)

// A tuning is how far an entrant has been tuned for one problem. The grid is the problem's own, so
// that the choice does not depend on which other problems are in the contest.
type tuning struct {
	problem Level
	grid    []Range
	named   []Range              // the grid before it was widened, by which settings are named
	errors  map[string]mc.Sample // by setting, in words
	widened int
	choice  Choice
}

// tune chooses the setting of an entrant for each problem.
func (c Contest) tune(e Entrant, run func(Spec) *Table) (choices []Choice, err error) {
	var all []*tuning
	for _, level := range c.Problems.Levels {
		t := &tuning{problem: level, named: e.Grid, errors: map[string]mc.Sample{}}
		t.choice = Choice{Problem: level.Label, Method: e.Name, Tried: 1}
		for _, r := range e.Grid {
			r.Values = slices.Clone(r.Values)
			t.grid = append(t.grid, r)
		}
		all = append(all, t)
	}
	if len(e.Grid) > 0 {
		err = c.onGrids(e, all, run)
	}
	for _, t := range all {
		if len(e.Grid) == 0 {
			t.choice.Solver = e.Solver()
		}
		choices = append(choices, t.choice)
	}
	return choices, err
}

// onGrids tries all settings of the grids, and of the wider ones where a choice is on an edge.
func (c Contest) onGrids(e Entrant, all []*tuning, run func(Spec) *Table) error {
	base := c.Name + "-tune-" + c.named(e.Name)
	for sweeps := 0; ; sweeps++ {
		next, settings := alike(all)
		if len(next) == 0 {
			return nil
		}
		name := base
		if sweeps > 0 {
			name = fmt.Sprintf("%s-wider-%d", base, sweeps)
		}
		if err := c.try(name, e, next, settings, run); err != nil {
			return err
		}
		for _, t := range next {
			if err := c.choose(e, t); err != nil {
				return err
			}
		}
	}
}

// alike are the problems that lack the same settings as the first that lacks any, least widened
// first: one sweep for all of them.
func alike(all []*tuning) (next []*tuning, settings [][]float64) {
	for _, t := range all {
		lacks := t.lacks()
		switch {
		case len(lacks) == 0:
		case len(next) == 0 || t.widened < next[0].widened:
			next, settings = []*tuning{t}, lacks
		case t.widened == next[0].widened && slices.EqualFunc(lacks, settings, slices.Equal):
			next = append(next, t)
		}
	}
	return next, settings
}

// lacks are the settings of the grid that were not tried.
func (t *tuning) lacks() (settings [][]float64) {
	for _, s := range combinations(t.grid) {
		if _, tried := t.errors[words(t.named, s)]; !tried {
			settings = append(settings, s)
		}
	}
	return settings
}

// firstTuningSeed is above the seeds of all instances that are judged.
const firstTuningSeed = 1001

// try runs settings of an entrant on the instances that are not judged.
func (c Contest) try(name string, e Entrant, on []*tuning, settings [][]float64, run func(Spec) *Table) error {
	problems := Axis{Name: c.Problems.Name}
	for _, t := range on {
		inner := Level{Label: t.problem.Label}
		for _, set := range t.problem.Set {
			if rest, ok := strings.CutPrefix(set.Field, "Problem"); ok {
				set.Field = "Problem.Of" + rest
			}
			inner.Set = append(inner.Set, set)
		}
		problems.Levels = append(problems.Levels, inner)
	}
	var levels []Level
	for _, s := range settings {
		levels = append(levels, Solver(words(e.Grid, s), e.Solver(s...)))
	}
	seeds := Axis{Name: "Seed"}
	for seed := firstTuningSeed; seed < firstTuningSeed+c.TuningSeeds; seed++ {
		seeds.Levels = append(seeds.Levels, Case(fmt.Sprint(seed), Setting{seedField, uint64(seed)}))
	}
	table := run(Spec{
		Name: name, Problem: tuned{c.Problem, c.HoldOut, 0.1},
		Axes:     []Axis{problems, Cases("setting", levels...), seeds},
		Measures: c.Measures,
	})
	if table == nil {
		return fmt.Errorf("sweep: the tuning of %q has no results", e.Name)
	}
	if lacks := table.Lacks(); table.present < table.whole {
		return fmt.Errorf("sweep: the tuning of %q was stopped: %s; run it again to go on", e.Name, lacks)
	} else if lacks != "" {
		return fmt.Errorf("sweep: the tuning of %q is not complete: %s; these records stand: run them again "+
			"by sweep.Local{Retry: true}, or leave the setting out of the grid", e.Name, lacks)
	}
	for _, t := range on {
		for _, s := range settings {
			label := words(e.Grid, s)
			errs, err := table.sample(cmp.Or(c.By, "Test"), true, problems.Name, t.problem.Label, "setting", label)
			if err != nil {
				return err
			}
			t.errors[label] = errs
		}
	}
	return nil
}

// choose takes the best of the settings tried, and widens the grid if that is on an edge.
func (c Contest) choose(e Entrant, t *tuning) error {
	t.choice.Validation, t.choice.HasValidation = math.Inf(1), true
	t.choice.Tried, t.choice.Edge = len(t.errors), ""
	var best []float64
	most := 0
	for _, s := range combinations(t.grid) {
		errs := t.errors[words(t.named, s)]
		v, err := errs.Interval(0.95)
		if err != nil {
			return fmt.Errorf("sweep: the tuning of %q at %s, %s: %w", e.Name, t.problem.Label, words(t.named, s), err)
		}
		recovered := 0
		for _, x := range errs.Values {
			if c.Recovered > 0 && x <= c.Recovered {
				recovered++
			}
		}
		if best == nil || recovered > most || recovered == most && v.Median < t.choice.Validation {
			best, most, t.choice.Validation = s, recovered, v.Median
		}
	}
	t.choice.Setting, t.choice.Solver = words(t.named, best), e.Solver(best...)
	for k := range t.grid {
		t.edge(k, best[k], t.widened < c.Widen)
	}
	t.widened++
	return nil
}

// edge names the edge of range k on which a value is, if it is on one, and moves it if it may.
func (t *tuning) edge(k int, x float64, moves bool) {
	r := &t.grid[k]
	n := len(r.Values)
	moves = moves && !r.Fixed
	switch {
	case n < 2:
	case x == r.Values[0]:
		t.choice.Edge = join(t.choice.Edge, "least "+r.Name)
		if v, ok := beyond(x, r.Values[1]); ok && moves {
			r.Values = slices.Insert(r.Values, 0, v)
		}
	case x == r.Values[n-1]:
		t.choice.Edge = join(t.choice.Edge, "largest "+r.Name)
		if v, ok := beyond(x, r.Values[n-2]); ok && moves {
			r.Values = append(r.Values, v)
		}
	}
}

// beyond is the value on the other side of x from its neighbour, at the same quotient, if there is
// one. It has three digits, so that a widened grid reads as one that was written, or as many as
// tell it from x.
func beyond(x, next float64) (value float64, ok bool) {
	if !(x*next > 0) { // there is no quotient of both, or it is below 0
		return 0, false
	}
	for digits := 3; digits <= 17; digits++ {
		value, _ = strconv.ParseFloat(strconv.FormatFloat(x/next*x, 'g', digits, 64), 64)
		if value != x && (value > x) == (x > next) && value != 0 && !math.IsInf(value, 0) {
			return value, true
		}
	}
	return 0, false
}

// combinations are all settings of a grid, the last range varying fastest.
func combinations(grid []Range) [][]float64 {
	all := [][]float64{nil}
	for _, r := range grid {
		var next [][]float64
		for _, s := range all {
			for _, x := range r.Values {
				next = append(next, append(slices.Clone(s), x))
			}
		}
		all = next
	}
	return all
}

// words says a setting: learning rate 0.01, λ 0.001.
func words(grid []Range, setting []float64) string {
	parts := make([]string, len(grid))
	for k, r := range grid {
		parts[k] = r.Name + " " + r.text(setting[k])
	}
	return strings.Join(parts, ", ")
}

// text has three digits, as the values of a wider grid have, or more where rounding would move the
// value by over a tenth of the distance to its neighbour.
func (r Range) text(x float64) string {
	most := math.Inf(1)
	for _, other := range r.Values {
		if other != x {
			most = min(most, math.Abs(other-x)/10)
		}
	}
	for digits := 3; ; digits++ {
		text := strconv.FormatFloat(x, 'g', digits, 64)
		if shown, _ := strconv.ParseFloat(text, 64); digits == 17 || !(math.Abs(shown-x) > most) {
			return text
		}
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// named is a method's name as a sweep may be called. Names that differ only in what a sweep may not
// be called, such as Schatten-½ and Schatten-⅔, have a digest each; others stay as they are, since
// results are found by them.
func (c Contest) named(method string) string {
	name := ascii(method)
	if slices.ContainsFunc(c.Entrants, func(e Entrant) bool { return e.Name != method && ascii(e.Name) == name }) {
		return fmt.Sprintf("%s-%.4x", name, sha256.Sum256([]byte(method)))
	}
	return name
}

// ascii has a dash for each character that the name of a sweep may not have.
func ascii(method string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < 128 && nameForm.MatchString(string(r)) {
			return r
		}
		return '-'
	}, method), "-")
}

// tuned is the source of a problem to tune on. HoldOut is the fraction that was said, Otherwise the
// one that is held out if none was and the Truth does not tell the error.
type tuned struct {
	Of                 Source
	HoldOut, Otherwise float64
}

// Problem returns the source's own validation data, or its problem: as it is if the Truth tells the
// error and no fraction is said, else with a fraction as its Test.
func (t tuned) Problem() (mc.Problem, error) {
	if v, ok := t.Of.(Validated); ok {
		return v.Validation()
	}
	p, err := t.Of.Problem()
	if err != nil || t.HoldOut == 0 && told(p) {
		return p, err
	}
	return mc.HoldOut(p, cmp.Or(t.HoldOut, t.Otherwise), 1)
}

// told says whether the Truth tells the error over entries that Train does not see.
func told(p mc.Problem) bool {
	if p.Truth == nil || p.Test != nil {
		return false
	}
	rows, cols := p.Dims()
	o, entries := p.Train.(*mc.Observations)
	return !entries || o.Len() < rows*cols
}
