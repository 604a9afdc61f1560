package sweep

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// A Contest compares methods that are tuned alike: each on a grid of its own settings, by its error
// on instances that are not judged. The best setting is then run on the instances that are.
//
// A choice on the edge of a grid says that the grid was too narrow for the method. It is then
// widened for that problem, and what is new in it is tried, up to [Contest.Widen] times;
// [Standings.Edges] names the choices that remain on an edge.
type Contest struct {
	// Name of the contest, from which its sweeps are named.
	Name string
	// Problem from which Problems sets what varies, such as Over("Problem.Observed", 1500, 2000).
	// It needs a field Seed, which tells instances apart; a Seed of a solver is set with it.
	Problem  Source
	Problems Axis
	Entrants []Entrant
	// TuningSeeds is the number of instances to tune on. Their seeds begin at 1001, so that none of
	// them is judged. Where instances are divisions of one matrix, entries that are held out of one
	// are judged in another: a setting is then chosen on entries by which it is judged, though no
	// run is fitted to them.
	TuningSeeds int
	// Seeds is the number of instances that are judged, with seeds from 1: at most 1000.
	Seeds int
	// HoldOut is the fraction of the observed entries of a tuning instance that is held out. The
	// error on it is what tuning sees. Default 0: 0.1, but nothing if the problem has a Truth and
	// no Test. The error over the entries that Train does not see is then known, and settings are
	// chosen on as many entries as they are judged on. Near the fewest that suffice, a tenth less
	// is another problem. Say a fraction if all instances share one Truth, which would otherwise
	// have a part in the choice.
	HoldOut float64
	// Widen is how often the grid of a problem may be widened, by one value at each edge on which
	// its choice is.
	Widen int
	// Measures of each result, besides the usual ones, see [Run].
	Measures []Measure
	// By is the measure that tuning makes as small as possible. Default "Test".
	By string
	// Recovered is the value of By up to which an instance counts as recovered. With it, tuning
	// takes the setting that recovers the most tuning instances, and of several the one of least
	// median. So a setting that fails on one of them loses to one that recovers all to fewer
	// digits. Default 0: the least median alone.
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
// at its edge; an edge at which one of them is 0, or their signs differ, stays.
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
	// ran names the method under which the runs of another one of the same settings are.
	ran map[of]string
}

// of is a method at a problem, by their labels.
type of struct{ problem, method string }

// A Choice is how one entrant was tuned for one problem.
type Choice struct {
	Problem, Method string
	// Setting that was chosen, in words; empty for a method without a grid.
	Setting string
	// Validation is the median over tuning instances of the mean squared error over entries that
	// were not fitted, or of the measure [Contest.By]: +Inf if half of the runs failed or more. A
	// method without a grid has none.
	Validation    float64 `known:"HasValidation"`
	HasValidation bool
	// Tried is the number of settings, 1 without a grid.
	Tried int
	// Edge says on which edge of the grid the choice is; empty if on none.
	Edge string
	// Solver with the setting.
	Solver mc.Solver
}

// Run runs the contest by a function that runs a sweep, such as nb.Sweep. Where it returns nil the
// contest ends in an error.
func (c Contest) Run(run func(Spec) *Table) (*Standings, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Standings{contest: c, tables: map[string]*Table{}, ran: map[of]string{}}
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
	for i := range c.Problems.Levels {
		spec := s.judged(i)
		if s.tables[s.problems[i]] = run(spec); s.tables[s.problems[i]] == nil {
			return nil, fmt.Errorf("sweep: %q has no results", spec.Name)
		}
	}
	return s, nil
}

// judged is the sweep of problem i with the chosen settings. A sweep has no two levels of the same
// settings, so methods that ended on the same ones are one level, under the name of the first.
func (s *Standings) judged(i int) Spec {
	c, level := s.contest, s.contest.Problems.Levels[i]
	spec := Spec{Name: fmt.Sprintf("%s-%d", c.Name, i+1), Problem: c.Problem, Measures: c.Measures}
	with := func(methods ...Level) Spec {
		spec.Axes = []Axis{Cases(c.Problems.Name, level), Cases("method", methods...), Seeds(c.Seeds)}
		return spec
	}
	var methods []Level
	first := map[string]string{} // by settings
	for _, e := range c.Entrants {
		method := Solver(e.Name, s.choice(level.Label, e.Name).Solver)
		if cell, err := with(method).at(0); err == nil { // else the sweep says what is wrong
			if settings, err := cell.describe(); err == nil {
				if name, twice := first[settings]; twice {
					s.ran[of{level.Label, e.Name}] = name
					continue
				}
				first[settings] = e.Name
			}
		}
		methods = append(methods, method)
	}
	return with(methods...)
}

// Validate says what is wrong with the contest.
func (c Contest) Validate() error {
	switch {
	case len(c.Problems.Levels) == 0:
		return fmt.Errorf("sweep: Contest.Problems has no levels")
	case len(c.Entrants) == 0:
		return fmt.Errorf("sweep: Contest.Entrants is empty")
	case c.Problem == nil:
		return fmt.Errorf("sweep: Contest.Problem is nil; it must be a Source, such as mc.LowRank{…}")
	case c.TuningSeeds < 1:
		return fmt.Errorf("sweep: Contest.TuningSeeds is %d; it must be at least 1", c.TuningSeeds)
	case c.Seeds < 1 || c.Seeds >= firstTuningSeed:
		return fmt.Errorf("sweep: Contest.Seeds is %d; it must be from 1 to %d", c.Seeds, firstTuningSeed-1)
	case !(c.HoldOut >= 0 && c.HoldOut < 1):
		return fmt.Errorf("sweep: Contest.HoldOut is %v; it must be between 0 and 1, or 0 for the default", c.HoldOut)
	case c.By != "" && !slices.Contains(usual, c.By) &&
		!slices.ContainsFunc(c.Measures, func(m Measure) bool { return m.Name == c.By }):
		return fmt.Errorf("sweep: Contest.By is %q; it must be one of Measures, or of %s",
			c.By, strings.Join(usual, ", "))
	case !(c.Recovered >= 0):
		return fmt.Errorf("sweep: Contest.Recovered is %v; it must be a value of the measure, at least 0", c.Recovered)
	case c.Widen < 0:
		return fmt.Errorf("sweep: Contest.Widen is %d; it must be at least 0", c.Widen)
	}
	problems := map[string]bool{}
	for _, level := range c.Problems.Levels {
		if !c.seeded(level) {
			return fmt.Errorf("sweep: Contest.Problem at %q is %T, which has no field Seed: its instances would be "+
				"one, on which methods are tuned and judged", level.Label, c.Problem)
		}
		if problems[level.Label] {
			return fmt.Errorf("sweep: Contest.Problems has the level %q twice", level.Label)
		}
		problems[level.Label] = true
	}
	entrants := map[string]bool{}
	for _, e := range c.Entrants {
		switch {
		case entrants[e.Name]:
			return fmt.Errorf("sweep: Contest.Entrants has %q twice", e.Name)
		case e.Solver == nil:
			return fmt.Errorf("sweep: the entrant %q has no Solver", e.Name)
		}
		entrants[e.Name] = true
		for _, r := range e.Grid {
			ascending := slices.IsSortedFunc(r.Values, func(a, b float64) int { return cmp.Or(cmp.Compare(a, b), -1) })
			if len(r.Values) == 0 || !ascending {
				return fmt.Errorf("sweep: the entrant %q: range %q is %v; it must be values in ascending order",
					e.Name, r.Name, r.Values)
			}
		}
	}
	return nil
}

// seeded says whether the problem at a level has a Seed.
func (c Contest) seeded(level Level) bool {
	at := config{Problem: c.Problem}
	for _, s := range level.Set {
		if err := at.apply(s); err != nil {
			return true // the sweep says what is wrong with it
		}
	}
	seed, ok := find(reflect.ValueOf(&at).Elem(), []string{"Problem", seedField})
	return ok && seed.IsValid()
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

// Results returns the runs that are judged, of one problem. Methods that were tuned to the same
// settings share their runs, which are there under the name of the first; [Standings.Measure] finds
// them by each name.
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

// Measure returns a measure of a method, one number per instance. A run that failed counts as +Inf
// if the measure is an error, as [Contest.By] is, and as not known otherwise, see [Table.Sample].
func (s *Standings) Measure(measure, problem, method string) (mc.Sample, error) {
	t, err := s.Results(problem)
	if err != nil {
		return mc.Sample{}, err
	}
	sample, err := t.sample(measure, measure == s.contest.By || isError(measure), "method",
		cmp.Or(s.ran[of{problem, method}], method))
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
