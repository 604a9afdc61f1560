package sweep

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// A Contest compares methods that are tuned alike: each on a grid of its own settings, by the error
// over held-out entries, on instances that are not judged. The best setting is then run on the
// instances that are. A [Validated] source has data to tune on in place of held-out entries.
//
// A choice on the edge of a grid says that the grid was too narrow for the method. The grid is then
// widened and tuned again, up to [Contest.Widen] times; [Standings.Edges] names the choices that
// remain on an edge.
type Contest struct {
	// Name of the contest, from which its sweeps are named.
	Name string
	// Problem from which Problems sets what varies, such as Over("Problem.Observed", 1500, 2000).
	Problem  Source
	Problems Axis
	Entrants []Entrant
	// TuningSeeds is the number of instances to tune on. Their seeds begin at 1001, so that none of
	// them is judged.
	TuningSeeds int
	// Seeds is the number of instances that are judged, with seeds from 1.
	Seeds int
	// HoldOut is the fraction of the observed entries that is held out in tuning. Default 0.1.
	HoldOut float64
	// Widen is how often a grid may be widened by one value at an edge.
	Widen int
	// Measures of each result, besides the usual ones, see [Run].
	Measures []Measure
	// By is the measure that tuning makes as small as possible. Default "Test".
	By string
	// Recovered is the value of By up to which an instance counts as recovered. With it, tuning takes
	// the setting that recovers the most tuning instances, and of several the one of least median. So
	// a setting that fails on one of them loses to one that recovers all to fewer digits. Default 0:
	// the least median alone.
	Recovered float64
}

// A Validated source has data of its own to tune on. A [Contest] chooses settings by the Test of
// the problem that Validation returns, and holds nothing out.
type Validated interface {
	Source
	Validation() (mc.Problem, error)
}

// An Entrant is a method with the grid of its settings. Without a Grid it runs with the settings of
// Solver().
type Entrant struct {
	Name string
	// Grid has a range for each setting. All combinations are tried.
	Grid []Range
	// Solver makes the method with one value of each range, in their order.
	Solver func(setting ...float64) mc.Solver
}

// A Range is the values of one setting, ascending. It is widened by the quotient of the two values
// at its edge.
type Range struct {
	Name   string
	Values []float64
	// Fixed keeps the range as it is, where a wider one means nothing.
	Fixed bool
}

// Standings are the results of a contest.
type Standings struct {
	contest  Contest
	problems []string
	choices  []Choice
	tables   map[string]*Table
}

// A Choice is how one entrant was tuned for one problem.
type Choice struct {
	Problem, Method string
	// Setting that was chosen, in words; empty for a method without a grid.
	Setting string
	// HeldOut is the median over tuning instances of the mean squared error over held-out entries,
	// or of the measure [Contest.By].
	HeldOut float64
	// Tried is the number of settings.
	Tried int
	// Edge says on which edge of the grid the choice is; empty if on none.
	Edge string
	// Solver with the setting.
	Solver mc.Solver
}

// Run runs the contest by a function that runs a sweep, such as nb.Sweep.
func (c Contest) Run(run func(Spec) *Table) (*Standings, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Standings{contest: c, tables: map[string]*Table{}}
	for _, level := range c.Problems.Levels {
		s.problems = append(s.problems, level.Label)
	}
	for _, e := range c.Entrants {
		choices, err := c.tune(e, run)
		if err != nil {
			return nil, err
		}
		s.choices = append(s.choices, choices...)
	}
	for i, level := range c.Problems.Levels {
		var methods []Level
		for _, e := range c.Entrants {
			methods = append(methods, Solver(e.Name, s.choice(level.Label, e.Name).Solver))
		}
		s.tables[level.Label] = run(Spec{
			Name: fmt.Sprintf("%s-%d", c.Name, i+1), Problem: c.Problem,
			Axes:     []Axis{Cases(c.Problems.Name, level), Cases("method", methods...), Seeds(c.Seeds)},
			Measures: c.Measures,
		})
	}
	return s, nil
}

// Validate says what is wrong with the contest.
func (c Contest) Validate() error {
	switch {
	case len(c.Problems.Levels) == 0:
		return fmt.Errorf("sweep: Contest.Problems has no levels")
	case len(c.Entrants) == 0:
		return fmt.Errorf("sweep: Contest.Entrants is empty")
	case c.TuningSeeds < 1 || c.Seeds < 1:
		return fmt.Errorf("sweep: Contest.TuningSeeds is %d and Contest.Seeds is %d; both must be at least 1",
			c.TuningSeeds, c.Seeds)
	case !(c.HoldOut >= 0 && c.HoldOut < 1):
		return fmt.Errorf("sweep: Contest.HoldOut is %v; it must be between 0 and 1, or 0 for 0.1", c.HoldOut)
	case c.By != "" && !slices.Contains(usual, c.By) &&
		!slices.ContainsFunc(c.Measures, func(m Measure) bool { return m.Name == c.By }):
		return fmt.Errorf("sweep: Contest.By is %q; it must be one of Measures, or of %s",
			c.By, strings.Join(usual, ", "))
	case !(c.Recovered >= 0):
		return fmt.Errorf("sweep: Contest.Recovered is %v; it must be a value of the measure, at least 0", c.Recovered)
	case c.Widen < 0:
		return fmt.Errorf("sweep: Contest.Widen is %d; it must be at least 0", c.Widen)
	}
	for _, e := range c.Entrants {
		if e.Solver == nil {
			return fmt.Errorf("sweep: the entrant %q has no Solver", e.Name)
		}
		for _, r := range e.Grid {
			if len(r.Values) == 0 || !slices.IsSorted(r.Values) {
				return fmt.Errorf("sweep: the entrant %q: range %q is %v; it must be values in ascending "+
					"order",
					e.Name, r.Name, r.Values)
			}
		}
	}
	return nil
}

// heldOut is the source of a problem of which a fraction is held out.
type heldOut struct {
	Of       Source
	Fraction float64
}

// Problem returns that of the source with the fraction as its Test, or the source's own.
func (h heldOut) Problem() (mc.Problem, error) {
	if v, ok := h.Of.(Validated); ok {
		return v.Validation()
	}
	p, err := h.Of.Problem()
	if err != nil {
		return mc.Problem{}, err
	}
	return mc.HoldOut(p, h.Fraction, 1)
}

// tune chooses the setting of an entrant for each problem.
func (c Contest) tune(e Entrant, run func(Spec) *Table) ([]Choice, error) {
	if len(e.Grid) == 0 {
		var choices []Choice
		for _, level := range c.Problems.Levels {
			choices = append(choices, Choice{Problem: level.Label, Method: e.Name, HeldOut: math.NaN(), Tried: 1,
				Solver: e.Solver()})
		}
		return choices, nil
	}
	grid := make([]Range, len(e.Grid))
	for k, r := range e.Grid {
		grid[k] = r
		grid[k].Values = slices.Clone(r.Values)
	}
	for widened := 0; ; widened++ {
		choices, edges, err := c.try(e, grid, run)
		if err != nil || widened >= c.Widen || !widen(grid, edges) {
			return choices, err
		}
	}
}

// An edge is a range and its side, −1 for below and 1 for above.
type edge struct{ Range, side int }

// try tunes an entrant on a grid, and says which edges were chosen for any problem.
func (c Contest) try(e Entrant, grid []Range, run func(Spec) *Table) (choices []Choice, edges []edge, err error) {
	settings := combinations(grid)
	var levels []Level
	for _, s := range settings {
		levels = append(levels, Solver(words(grid, s), e.Solver(s...)))
	}
	problems := c.Problems
	problems.Levels = nil
	for _, level := range c.Problems.Levels {
		inner := Level{Label: level.Label}
		for _, set := range level.Set {
			set.Field = strings.Replace(set.Field, "Problem.", "Problem.Of.", 1)
			inner.Set = append(inner.Set, set)
		}
		problems.Levels = append(problems.Levels, inner)
	}
	tuning := Axis{Name: "Seed"}
	for seed := 1001; seed < 1001+c.TuningSeeds; seed++ {
		tuning.Levels = append(tuning.Levels, Case(fmt.Sprint(seed), Setting{"Problem.Of.Seed", uint64(seed)}))
	}
	fraction := c.HoldOut
	if fraction == 0 {
		fraction = 0.1
	}
	table := run(Spec{
		Name: c.Name + "-tune-" + named(e.Name), Problem: heldOut{c.Problem, fraction},
		Axes:     []Axis{problems, Cases("setting", levels...), tuning},
		Measures: c.Measures,
	})
	if lacks := table.Lacks(); lacks != "" {
		return nil, nil, fmt.Errorf("sweep: the tuning of %q was stopped: %s; run it again to go on", e.Name, lacks)
	}
	for _, problem := range problems.Levels {
		best := Choice{Problem: problem.Label, Method: e.Name, HeldOut: math.Inf(1), Tried: len(settings)}
		at, most := -1, 0
		for k, s := range settings {
			errs, err := table.Sample(cmp.Or(c.By, "Test"), problems.Name, problem.Label, "setting", words(grid, s))
			if err != nil {
				return nil, nil, err
			}
			v, err := errs.Interval(0.95)
			if err != nil {
				return nil, nil, err
			}
			recovered := 0
			for _, x := range errs.Values {
				if c.Recovered > 0 && x <= c.Recovered {
					recovered++
				}
			}
			if at < 0 || recovered > most || recovered == most && v.Median < best.HeldOut {
				at, most, best.HeldOut = k, recovered, v.Median
			}
		}
		best.Setting, best.Solver = words(grid, settings[at]), e.Solver(settings[at]...)
		for k, r := range grid {
			n := len(r.Values)
			switch x := settings[at][k]; {
			case n < 2:
			case x == r.Values[0]:
				best.Edge = join(best.Edge, fmt.Sprintf("least %s", r.Name))
				edges = append(edges, edge{k, -1})
			case x == r.Values[n-1]:
				best.Edge = join(best.Edge, fmt.Sprintf("largest %s", r.Name))
				edges = append(edges, edge{k, 1})
			}
		}
		choices = append(choices, best)
	}
	return choices, edges, nil
}

// widen adds a value at each edge that may be moved, and reports whether there was one.
func widen(grid []Range, edges []edge) bool {
	moved := false
	done := map[edge]bool{}
	for _, e := range edges {
		r := &grid[e.Range]
		if r.Fixed || done[e] {
			continue
		}
		n := len(r.Values)
		var x float64
		if e.side < 0 {
			x = round(r.Values[0] * r.Values[0] / r.Values[1])
			r.Values = append([]float64{x}, r.Values...)
		} else {
			x = round(r.Values[n-1] * r.Values[n-1] / r.Values[n-2])
			r.Values = append(r.Values, x)
		}
		done[e], moved = true, true
	}
	return moved
}

// round keeps three digits, so that a widened grid reads as one that was written.
func round(x float64) float64 {
	var r float64
	fmt.Sscan(fmt.Sprintf("%.3g", x), &r)
	return r
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
		parts[k] = fmt.Sprintf("%s %.3g", r.Name, setting[k])
	}
	return strings.Join(parts, ", ")
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// named is a method's name as a sweep may be called.
func named(method string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < 128 && nameForm.MatchString(string(r)) {
			return r
		}
		return '-'
	}, method), "-")
}

func (s *Standings) choice(problem, method string) Choice {
	for _, c := range s.choices {
		if c.Problem == problem && c.Method == method {
			return c
		}
	}
	return Choice{}
}

// Problems returns the labels of the problems, in their order.
func (s *Standings) Problems() []string { return slices.Clone(s.problems) }

// Choices returns how each entrant was tuned for each problem.
func (s *Standings) Choices() []Choice { return slices.Clone(s.choices) }

// Edges names the choices that are on an edge of their grid, which a verdict must mention.
func (s *Standings) Edges() []string {
	var edges []string
	for _, c := range s.choices {
		if c.Edge != "" {
			edges = append(edges, fmt.Sprintf("%s at %s: %s", c.Method, c.Problem, c.Edge))
		}
	}
	return edges
}

// Results returns the runs that are judged, of one problem.
func (s *Standings) Results(problem string) (*Table, error) {
	t, ok := s.tables[problem]
	if !ok {
		return nil, fmt.Errorf("sweep: the contest has no problem %q; it has %s",
			problem, strings.Join(s.problems, ", "))
	}
	return t, nil
}

// Errors returns the relative errors ‖W − W*‖_F/‖W*‖_F of a method, one per instance, +Inf for a
// run that failed.
func (s *Standings) Errors(problem, method string) (mc.Sample, error) {
	return s.Measure("RelativeError", problem, method)
}

// Measure returns a measure of a method, one number per instance.
func (s *Standings) Measure(measure, problem, method string) (mc.Sample, error) {
	t, err := s.Results(problem)
	if err != nil {
		return mc.Sample{}, err
	}
	sample, err := t.Sample(measure, "method", method)
	return sample.Named(fmt.Sprintf("%s, %s, %s", method, problem, measure)), err
}

// Recoveries returns, per instance, the number of problems that a method solves to a relative error
// of at most within.
func (s *Standings) Recoveries(method string, within float64) (mc.Sample, error) {
	var sum mc.Sample
	for k, problem := range s.problems {
		errs, err := s.Errors(problem, method)
		if err != nil {
			return mc.Sample{}, err
		}
		if k == 0 {
			sum = errs.AtMost(within)
			continue
		}
		sum = sum.Plus(errs.AtMost(within))
	}
	return sum, nil
}
