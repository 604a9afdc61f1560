package sweep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"projectpenalty/mc"
)

// near is the truth plus an error that is least at a setting of 1: |log₁₀ setting|.
type near struct {
	Setting float64
	Fail    bool
	Seed    uint64
}

func (n near) Solve(ctx context.Context, p mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	if err := ctx.Err(); err != nil {
		return &mc.Result{}, err
	}
	if n.Fail {
		return nil, errors.New("near: no")
	}
	w, err := mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20, Seed: truthSeed(p)}.Truth()
	if err != nil {
		return nil, err
	}
	w.Scale(1+math.Abs(math.Log10(n.Setting)), w)
	return &mc.Result{W: w, Status: mc.StepLimit}, nil
}

// truthSeed finds the seed of the instance that the values belong to.
func truthSeed(p mc.Problem) uint64 {
	for _, seed := range []uint64{1, 2, 3, 1001, 1002, 1003} {
		w, err := mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20, Seed: seed}.Truth()
		if err != nil {
			panic(err)
		}
		e := p.Train.(*mc.Observations).Entries()[0]
		if w.At(e.Row, e.Col) == e.Value {
			return seed
		}
	}
	panic("no instance of the test")
}

func contest(widen int, values ...float64) Contest {
	return Contest{
		Name: "toy", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20},
		Problems: Over("Problem.Observed", 20, 25),
		Entrants: []Entrant{
			{Name: "tuned", Grid: []Range{{Name: "λ", Values: values}},
				Solver: func(s ...float64) mc.Solver { return near{Setting: s[0]} }},
			{Name: "as it is", Solver: func(...float64) mc.Solver { return near{Setting: 100} }},
			{Name: "fails", Solver: func(...float64) mc.Solver { return near{Fail: true} }},
		},
		TuningSeeds: 2, Seeds: 3, Widen: widen,
	}
}

func hold(t *testing.T, c Contest) *Standings {
	t.Helper()
	folder := t.TempDir()
	s, err := c.Run(func(spec Spec) *Table { return run(t, Local{Folder: filepath.Join(folder, spec.Name)}, spec) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The best setting is chosen on some instances and run on others.
func TestContest(t *testing.T) {
	s := hold(t, contest(0, 0.01, 1, 100))
	if edges := s.Edges(); len(edges) != 0 {
		t.Errorf("edges %q", edges)
	}
	choices := s.Choices()
	// The solver near is exact at setting 1: rounding, squared.
	if len(choices) != 6 || choices[0].Setting != "λ 1" || choices[0].Tried != 3 || choices[0].Validation > 1e-20 {
		t.Errorf("choices %+v", choices)
	}
	for _, problem := range s.Problems() {
		tuned, err := s.Errors(problem, "tuned")
		// As above, not squared.
		if err != nil || len(tuned.Values) != 3 || slices.Max(tuned.Values) > 1e-12 {
			t.Errorf("%s: errors %v, %v", problem, tuned, err)
		}
		// As above.
		if other, err := s.Errors(problem, "as it is"); err != nil || math.Abs(other.Values[0]-2) > 1e-9 {
			t.Errorf("%s: errors %v, %v, want 2", problem, other, err)
		}
		if failed, err := s.Errors(problem, "fails"); err != nil || !math.IsInf(failed.Values[0], 1) {
			t.Errorf("%s: errors of what fails: %v, %v", problem, failed, err)
		}
	}
	if n, err := s.Recoveries("tuned", 1e-9); err != nil || !slices.Equal(n.Values, []float64{2, 2, 2}) {
		t.Errorf("recoveries %v, %v; want both problems on each instance", n, err)
	}
	if n, err := s.Recoveries("as it is", 1); err != nil || !slices.Equal(n.Values, []float64{0, 0, 0}) {
		t.Errorf("recoveries of what is off by 2: %v, %v", n, err)
	}
	if _, err := s.Errors("none", "tuned"); err == nil || !strings.Contains(err.Error(), `"none"; it has 20, 25`) {
		t.Errorf("an unknown problem: %v", err)
	}
}

// A setting is named in three digits, or in as many as tell it from its neighbours.
func TestSettingInWords(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   []string
	}{
		{[]float64{1e-3, 0.03, 1}, []string{"0.001", "0.03", "1"}},
		{[]float64{1, math.Sqrt(10), 10}, []string{"1", "3.16", "10"}},
		{[]float64{1.0 / 3, 1, 1234}, []string{"0.333", "1", "1.23e+03"}},
		{[]float64{0.99, 0.999, 0.9999}, []string{"0.99", "0.999", "0.9999"}},
		{[]float64{0.9995, 0.9999}, []string{"0.9995", "0.9999"}},
		{[]float64{1000, 1004}, []string{"1e+03", "1004"}},
		{[]float64{-1004, -1000, 0}, []string{"-1004", "-1e+03", "0"}},
		{[]float64{0.1, math.Nextafter(0.1, 1)}, []string{"0.1", "0.10000000000000002"}},
		{[]float64{0.1234, 0.1234}, []string{"0.123", "0.123"}}, // refused as one level given twice
	} {
		for k, x := range c.values {
			if got := words([]Range{{Name: "x", Values: c.values}}, []float64{x}); got != "x "+c.want[k] {
				t.Errorf("%v of %v: %s", x, c.values, got)
			}
		}
	}
	grid := []Range{{Name: "x", Values: []float64{0.99, 0.999}}}
	if wider, _ := beyond(0.999, 0.99); words(grid, []float64{wider}) != "x 1.01" {
		t.Errorf("of a wider grid: %v", wider)
	}
	if got := hold(t, contest(1, 0.9995, 0.9999)).Choices()[0]; got.Setting != "λ 0.9999" && got.Setting != "λ 1" {
		t.Errorf("%+v", got)
	}
}

// What widens a grid is outside of it, and finite.
func TestBeyond(t *testing.T) {
	for _, c := range []struct{ x, next, want float64 }{
		{1, 0.3, 3.33}, {0.1, 0.3, 0.0333}, {1002, 1001, 1003}, {1.001, 1, 1.002}, {-2, -1, -4}, {-1, -2, -0.5},
		{1e200, 1, 0}, {1e-200, 1, 0}, {1, 0, 0}, {1, -1, 0}, {math.Nextafter(1, 2), 1, 1 + 0x1p-51},
	} {
		if c.x == 1e200 || c.x == 1e-200 {
			c.x = c.x * c.x // +Inf and 0
		}
		got, ok := beyond(c.x, c.next)
		if ok != (c.want != 0) || got != c.want {
			t.Errorf("beyond %v, next to %v: %v, %v; want %v", c.x, c.next, got, ok, c.want)
		}
	}
	if got, ok := beyond(1e305, 1e300); ok {
		t.Errorf("a value above all: %v", got)
	}
}

// fixed is one matrix: it has no Seed.
type fixed struct{}

func (fixed) Problem() (mc.Problem, error) {
	return mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20}.Problem()
}

// fickle is exact at a setting of 1, but for one instance on which it is far off. At other settings
// it is off by a little on all.
type fickle struct{ Setting float64 }

func (f fickle) Solve(ctx context.Context, p mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	switch {
	case f.Setting != 1:
		return near{Setting: 1.01}.Solve(ctx, p)
	case truthSeed(p) == 1002:
		return near{Setting: 100}.Solve(ctx, p)
	}
	return near{Setting: 1}.Solve(ctx, p)
}

// The median of three tuning instances does not see that one of them failed. The number of those
// recovered does.
func TestContestOfRecoveries(t *testing.T) {
	c := contest(0, 1, 10)
	c.TuningSeeds, c.Entrants = 3, []Entrant{{Name: "fickle", Grid: []Range{{Name: "λ", Values: []float64{1, 10}}},
		Solver: func(s ...float64) mc.Solver { return fickle{s[0]} }}}
	if got := hold(t, c).Choices()[0].Setting; got != "λ 1" {
		t.Errorf("by the median it chose %s", got)
	}
	c.Recovered = 1e-3 // log₁₀(1.01)² = 1.9e-5 times the mean square of the entries
	if got := hold(t, c).Choices()[0].Setting; got != "λ 10" {
		t.Errorf("by recoveries it chose %s", got)
	}
	c.Recovered = 1e-9 // so few digits count as no recovery
	if got := hold(t, c).Choices()[0].Setting; got != "λ 1" {
		t.Errorf("where one setting recovers two instances and the other none it chose %s", got)
	}
}

// A rival whose grid is crippled is on its edge; the grid is widened, or the edge is named.
func TestContestOnTheEdgeOfAGrid(t *testing.T) {
	s := hold(t, contest(0, 0.001, 0.01, 0.1))
	if edges := s.Edges(); len(edges) != 2 || edges[0] != "tuned at 20: largest λ" {
		t.Errorf("edges %q", edges)
	}
	folder := t.TempDir()
	var sweeps []string
	s, err := contest(2, 0.001, 0.01, 0.1).Run(func(spec Spec) *Table {
		sweeps = append(sweeps, spec.Name)
		return run(t, Local{Folder: filepath.Join(folder, spec.Name)}, spec)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"toy-tune-tuned", "toy-tune-tuned-wider-1", "toy-tune-tuned-wider-2", "toy-1", "toy-2"}
	if !slices.Equal(sweeps, want) { // both problems in each
		t.Errorf("sweeps %q, want %q", sweeps, want)
	}
	if edges := s.Edges(); len(edges) != 0 {
		t.Errorf("edges %q after two values more", edges)
	}
	if c := s.Choices()[0]; c.Setting != "λ 1" || c.Tried != 5 {
		t.Errorf("widened twice: %+v", c)
	}
	fixed := contest(2, 0.001, 0.01, 0.1)
	fixed.Entrants[0].Grid[0].Fixed = true
	if edges := hold(t, fixed).Edges(); len(edges) != 2 {
		t.Errorf("edges of a fixed range %q", edges)
	}
}

// shifted is best at a setting of 1 where few entries are observed, and at 100 where more are.
type shifted struct{ Setting float64 }

func (f shifted) Solve(ctx context.Context, p mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	if p.Train.(*mc.Observations).Len() > 20 {
		f.Setting /= 100
	}
	return near{Setting: f.Setting}.Solve(ctx, p)
}

// Each problem widens its own grid: what another problem chooses costs it no run, and changes
// nothing.
func TestContestWidensByProblem(t *testing.T) {
	c := contest(3, 0.1, 1, 10)
	c.Entrants = []Entrant{{Name: "shifted", Grid: []Range{{Name: "λ", Values: []float64{0.1, 1, 10}}},
		Solver: func(s ...float64) mc.Solver { return shifted{s[0]} }}}
	both := hold(t, c).Choices()
	if both[0].Setting != "λ 1" || both[0].Tried != 3 || both[1].Setting != "λ 100" || both[1].Tried != 5 {
		t.Errorf("choices %+v", both)
	}
	for k, n := range []int{20, 25} {
		c.Problems = Over("Problem.Observed", n)
		alone := hold(t, c).Choices()[0]
		if alone.Solver = both[k].Solver; alone != both[k] {
			t.Errorf("alone it has %+v, beside another problem %+v", alone, both[k])
		}
	}
}

// A method that fails at every setting loses, and ends nothing.
func TestContestOfFailures(t *testing.T) {
	c := contest(1, 0.1, 1)
	c.Entrants[0].Solver = func(s ...float64) mc.Solver { return near{Setting: s[0], Fail: true} }
	s := hold(t, c)
	if got := s.Choices()[0]; !math.IsInf(got.Validation, 1) || !got.HasValidation {
		t.Errorf("choice %+v", got)
	}
	if errs, err := s.Errors("20", "tuned"); err != nil || !math.IsInf(slices.Min(errs.Values), 1) {
		t.Errorf("errors %v, %v", errs, err)
	}
	if s.Choices()[2].HasValidation {
		t.Errorf("without a grid: %+v", s.Choices()[2])
	}
}

// A measure of one's own that no run of an entrant has makes that entrant lose, and ends nothing.
func TestContestOfAMeasureThatNoRunHas(t *testing.T) {
	c := contest(1, 0.1, 1)
	c.By = "found"
	c.Measures = []Measure{{Name: "found", Of: func(mc.Problem, *mc.Result) float64 { return math.NaN() }}}
	s := hold(t, c)
	if got := s.Choices()[0]; !math.IsInf(got.Validation, 1) {
		t.Errorf("choice %+v", got)
	}
	if found, err := s.Measure("found", "20", "tuned"); err != nil || !math.IsInf(slices.Min(found.Values), 1) {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := s.Measure("lost", "20", "tuned"); err == nil {
		t.Error("a measure that nobody asked for")
	}
}

// From 0 there is no quotient by which to widen, beside another range too.
func TestContestDoesNotWidenAtZero(t *testing.T) {
	c := contest(2)
	c.Entrants = []Entrant{{Name: "from 0", Grid: []Range{{Name: "a", Values: []float64{0, 0.1}},
		{Name: "b", Values: []float64{1, 2}}}, Solver: func(s ...float64) mc.Solver {
		return near{Setting: math.Pow(10, 9-s[0]-s[1])}
	}}}
	if got := hold(t, c).Choices()[0]; got.Setting != "a 0.1, b 8" || got.Edge != "largest a, largest b" {
		t.Errorf("choice %+v", got)
	}
}

// A level may set the whole problem.
func TestContestOfWholeProblems(t *testing.T) {
	c := contest(0, 1, 10)
	c.Problems = Cases("data", Case("few", Setting{"Problem", c.Problem}),
		Case("more", Setting{"Problem", mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 25}}))
	if got := hold(t, c).Choices()[1]; got.Problem != "more" || got.Setting != "λ 1" {
		t.Errorf("choice %+v", got)
	}
}

// A contest whose tuning was interrupted chooses nothing.
func TestContestInterrupted(t *testing.T) {
	c := contest(0, 0.1, 1, 10)
	folder := t.TempDir()
	_, err := c.Run(func(spec Spec) *Table {
		return run(t, Local{Folder: filepath.Join(folder, spec.Name), Shards: 2}, spec)
	})
	if err == nil || !strings.Contains(err.Error(), `the tuning of "tuned" was stopped: 6 of 12 runs are missing`) {
		t.Errorf("half of the tuning: %v", err)
	}
}

// Methods that end on the same settings share their runs, and each is found by its name.
func TestContestOfEqualSettings(t *testing.T) {
	c := contest(0, 1, 10)
	c.Problems = Over("Problem.Observed", 20)
	seeded := func(seed uint64) Entrant {
		return Entrant{Name: fmt.Sprint("seed ", seed),
			Solver: func(...float64) mc.Solver { return near{Setting: 100, Seed: seed} }}
	}
	c.Entrants = []Entrant{c.Entrants[0], seeded(1), seeded(2),
		{Name: "as the tuned", Solver: func(...float64) mc.Solver { return near{Setting: 1} }}}
	s := hold(t, c)
	for name, want := range map[string]float64{"tuned": 0, "as the tuned": 0, "seed 1": 2, "seed 2": 2} {
		errs, err := s.Errors("20", name)
		if err != nil || len(errs.Values) != 3 || math.Abs(errs.Values[2]-want) > 1e-9 {
			t.Errorf("%s: errors %v, %v, want %v", name, errs, err, want)
		}
	}
	if results, err := s.Results("20"); err != nil || results.Len() != 2*3 {
		t.Errorf("results %v, %v; want one run for each settings and seed", results, err)
	}
	if len(s.Choices()) != 4 {
		t.Errorf("choices %+v", s.Choices())
	}
}

// Names that a sweep cannot have tell entrants apart all the same, and others keep their sweeps.
func TestContestOfSimilarNames(t *testing.T) {
	c := contest(0, 1, 10)
	for k, name := range []string{"Schatten-½", "Schatten-⅔"} {
		c.Entrants = append(c.Entrants, Entrant{Name: name, Grid: c.Entrants[0].Grid,
			Solver: func(s ...float64) mc.Solver { return near{Setting: s[0] * float64(2+k)} }})
	}
	folder := t.TempDir()
	sweeps := map[string]int{}
	if _, err := c.Run(func(spec Spec) *Table {
		sweeps[spec.Name]++
		return run(t, Local{Folder: filepath.Join(folder, spec.Name)}, spec)
	}); err != nil {
		t.Fatal(err)
	}
	if len(sweeps) != 3+2 || sweeps["toy-tune-tuned"] != 1 { // of entrants with a grid, and of problems
		t.Errorf("sweeps %v", sweeps)
	}
}

// A run that was cut off does not become a result by running the tuning again.
func TestContestCutOff(t *testing.T) {
	c := contest(0, 1, 10)
	c.Entrants[0].Solver = func(s ...float64) mc.Solver { return toy{Scale: s[0], Fault: "panic"} }
	folder := t.TempDir()
	_, err := c.Run(func(spec Spec) *Table { return run(t, Local{Folder: filepath.Join(folder, spec.Name)}, spec) })
	if err == nil || strings.Contains(err.Error(), "to go on") || !strings.Contains(err.Error(), "Retry") {
		t.Errorf("a panic in tuning: %v", err)
	}
}

func TestContestRefuses(t *testing.T) {
	for name, change := range map[string]func(*Contest){
		"Problems":      func(c *Contest) { c.Problems.Levels = nil },
		"Entrants":      func(c *Contest) { c.Entrants = nil },
		"TuningSeeds":   func(c *Contest) { c.TuningSeeds = 0 },
		"HoldOut":       func(c *Contest) { c.HoldOut = 1 },
		"Recovered":     func(c *Contest) { c.Recovered = -1 },
		"Widen":         func(c *Contest) { c.Widen = -1 },
		"no Solver":     func(c *Contest) { c.Entrants[0].Solver = nil },
		`"λ" is [2 1]`:  func(c *Contest) { c.Entrants[0].Grid[0].Values = []float64{2, 1} },
		`"λ" is [1 1]`:  func(c *Contest) { c.Entrants[0].Grid[0].Values = []float64{1, 1} },
		`"λ" is []`:     func(c *Contest) { c.Entrants[0].Grid[0].Values = nil },
		`"tuned" twice`: func(c *Contest) { c.Entrants[1].Name = "tuned" },
		`level "20" twice`: func(c *Contest) {
			c.Problems = Cases("data", c.Problems.Levels[0], Case("20", c.Problems.Levels[1].Set...))
		},
		"Problem is nil": func(c *Contest) { c.Problem = nil },
		"Seeds is 1001":  func(c *Contest) { c.Seeds = 1001 },
		"no field Seed":  func(c *Contest) { c.Problem, c.Problems = fixed{}, Cases("data", Case("one")) },
	} {
		c := contest(0, 0.1, 1)
		change(&c)
		if _, err := c.Run(nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// own is a source with data of its own to tune on: the truth, on which a setting of 100 is best by
// its measure.
type own struct {
	mc.LowRank
	Seed uint64
}

func (o own) Problem() (mc.Problem, error) {
	o.LowRank.Seed = o.Seed
	return o.LowRank.Problem()
}

func (o own) Validation() (mc.Problem, error) {
	p, err := o.Problem()
	p.Test = p.Train
	return p, err
}

// A contest tunes by a measure of one's own, on the data that its source has for that.
func TestContestByMeasure(t *testing.T) {
	c := contest(0, 0.1, 1, 100, 1000)
	c.Problem = own{LowRank: mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20}}
	c.Entrants = c.Entrants[:1]
	validated := 0
	c.Measures = []Measure{{Name: "apart", Of: func(p mc.Problem, r *mc.Result) float64 {
		if p.Test != nil && p.Test == p.Train {
			validated++
		}
		return math.Abs(r.Metrics(p).RelativeError - 2) // which a setting of 100 has
	}}}
	c.By = "apart"
	s, err := c.Run(func(spec Spec) *Table {
		return run(t, Local{Folder: filepath.Join(t.TempDir(), spec.Name), Workers: 1}, spec)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, choice := range s.Choices() {
		// Rounding.
		if choice.Method == "tuned" && (choice.Setting != "λ 100" || choice.Validation > 1e-12) {
			t.Errorf("chose %q with %v; 100 has 0", choice.Setting, choice.Validation)
		}
	}
	if validated != 2*4*2 {
		t.Errorf("%d runs were on the data to tune on, want one for each problem, setting and tuning seed", validated)
	}
	// Rounding.
	if m, err := s.Measure("apart", "20", "tuned"); err != nil || len(m.Values) != 3 || m.Values[0] > 1e-12 {
		t.Errorf("the judged runs have %v, %v", m.Values, err)
	}
	c.By = "other"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), `Contest.By is "other"; it must be one of`) {
		t.Errorf("error %v", err)
	}
}

// A setting is chosen on as many entries, and by the same rule for lines, as it is judged on, if
// the truth tells the error. A fraction that is said, or a Test, which is for judging, is held out.
func TestContestTunesOnWholeInstances(t *testing.T) {
	whole := mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20, MinPerLine: 2, Seed: 1001}
	full, err := whole.Problem()
	if err != nil {
		t.Fatal(err)
	}
	split := full
	split.Test = split.Train
	for _, c := range []struct {
		name     string
		of       Source
		fraction float64
		train    int
	}{
		{"with the truth", whole, 0, 20},
		{"a fraction", whole, 0.25, 15},
		{"a Test for judging", Data(split), 0, 18},
		{"no truth", Data(mc.Problem{Train: full.Train}), 0, 18},
		{"all observed", mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 30, Noise: 0.1}, 0, 27},
	} {
		p, err := tuned{c.of, c.fraction, 0.1}.Problem()
		if err != nil || p.Train.Len() != c.train {
			t.Errorf("%s: %d entries to train on, %v; want %d", c.name, p.Train.Len(), err, c.train)
		}
		if fit := p.Train.Len() == 20; fit && p.Digest() != full.Digest() || !fit && p.Test == nil {
			t.Errorf("%s: not the instance that is judged, or that without a part", c.name)
		}
	}
}

// diverging has no finite result from a setting of 10 on.
type diverging struct {
	Setting float64
	Seed    uint64
}

// divergingRan has the seeds that it ran with.
var divergingRan sync.Map

func (d diverging) Solve(ctx context.Context, p mc.Problem, o ...mc.Observer) (*mc.Result, error) {
	divergingRan.Store(d.Seed, true)
	if d.Setting >= 10 {
		return &mc.Result{Steps: 7}, fmt.Errorf("diverging: %w", mc.ErrDiverged)
	}
	return near{Setting: d.Setting}.Solve(ctx, p)
}

// A grid that widens to where every run diverges has an error of +Inf there. Tuning runs have seeds
// of their own, as those that are judged have.
func TestContestOfRunsThatDiverge(t *testing.T) {
	c := contest(1, 0.1, 1)
	c.Entrants = []Entrant{{Name: "diverging", Grid: []Range{{Name: "λ", Values: []float64{0.1, 1}}},
		Solver: func(s ...float64) mc.Solver { return diverging{Setting: s[0]} }}}
	if choice := hold(t, c).Choices()[0]; choice.Setting != "λ 1" || choice.Tried != 3 || choice.Edge != "" {
		t.Errorf("choice %+v", choice)
	}
	for _, seed := range []uint64{1, 2, 3, 1001, 1002} {
		if _, ok := divergingRan.Load(seed); !ok {
			t.Errorf("no run with the seed %d", seed)
		}
	}
	if _, ok := divergingRan.Load(uint64(0)); ok {
		t.Error("a run with no seed")
	}
}

// A runner that returns nothing ends a contest with an error.
func TestContestWithoutResults(t *testing.T) {
	all := contest(0, 1, 10).Entrants
	for what, entrants := range map[string][]Entrant{"tuning": all, "toy-1": all[1:2]} {
		c := contest(0, 1, 10)
		c.Entrants = entrants
		_, err := c.Run(func(Spec) *Table { return nil })
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A sweep that was interrupted before its first result has an empty sample that says so.
func TestSampleOfNothing(t *testing.T) {
	spec := Spec{
		Name: "toy", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20}, Solver: near{Setting: 1},
		Axes: []Axis{Over("Solver.Setting", 1.0, 2.0), Seeds(2)},
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	table, err := Local{Folder: t.TempDir()}.Run(ctx, spec)
	if err == nil || table == nil {
		t.Fatalf("%v, %v", table, err)
	}
	s, err := table.Sample("Test", "Solver.Setting", 1.0)
	if err != nil || len(s.Values) != 0 || s.Lacks != "4 of 4 runs are missing" {
		t.Errorf("%+v, %v", s, err)
	}
	_, err = table.Where("Solver.Setting", 1.0)
	if err == nil || !strings.Contains(err.Error(), "4 cells have yet to run") {
		t.Errorf("%v", err)
	}
}
