package sweep

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
)

func TestAt(t *testing.T) {
	spec := Spec{
		Name: "at", Problem: small, Solver: toy{},
		Axes: []Axis{
			Over("Problem.Observed", 5, 6),
			Cases("method",
				Case("toy", Setting{"Solver", toy{Scale: 2}}),
				Case("adam", Setting{"Solver", mc.DeepMF{Depth: 1, Optimizer: mc.Adam{}}},
					Setting{"Solver.Optimizer.LearningRate", 0.5})),
			Seeds(3),
		},
	}
	if err := spec.Validate(); err != nil {
		t.Fatal(err)
	}
	if spec.Len() != 12 {
		t.Fatalf("%d cells, want 12", spec.Len())
	}
	for i, want := range map[int]string{
		0: "[5 toy 1] mc.LowRank{Rows:4, Cols:3, Rank:1, Observed:5, MinPerLine:0, Noise:0, Norm:0, Seed:0x1} " +
			`sweep.toy{Scale:2, Fault:"", Pause:0, Hold:0, Inner:mc.Solver(nil), Seed:0x1}`,
		2: "[5 toy 3] mc.LowRank{Rows:4, Cols:3, Rank:1, Observed:5, MinPerLine:0, Noise:0, Norm:0, Seed:0x3} " +
			`sweep.toy{Scale:2, Fault:"", Pause:0, Hold:0, Inner:mc.Solver(nil), Seed:0x3}`,
		11: "[6 adam 3] mc.LowRank{Rows:4, Cols:3, Rank:1, Observed:6, MinPerLine:0, Noise:0, Norm:0, Seed:0x3} " +
			fmt.Sprintf("%#v", mc.DeepMF{Depth: 1, Optimizer: mc.Adam{LearningRate: 0.5}, Seed: 3}),
	} {
		c := spec.At(i)
		if got := fmt.Sprintf("%v %#v %#v", c.Levels, c.Problem, c.Solver); got != want {
			t.Errorf("cell %d is\n%s\nwant\n%s", i, got, want)
		}
	}
	if base := fmt.Sprintf("%#v", spec.Solver); base != fmt.Sprintf("%#v", toy{}) {
		t.Errorf("the base changed to %s", base)
	}
}

// A cell's key is that of its content: it survives a change of the axes around it, and tells apart
// all else.
func TestKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := toys(rapid.IntRange(1, 5).Draw(t, "seeds"))
		more := toys(9)
		more.Axes[0] = Over("Solver.Scale", 7, 1, 1e-3, 0)
		keys := map[string]int{}
		for i := range more.Len() {
			keys[more.At(i).Key()] = i
		}
		if len(keys) != more.Len() {
			t.Fatalf("%d keys of %d cells", len(keys), more.Len())
		}
		c := spec.At(rapid.IntRange(0, spec.Len()-1).Draw(t, "cell"))
		i, ok := keys[c.Key()]
		if !ok || fmt.Sprint(more.At(i).Levels) != fmt.Sprint(c.Levels) {
			t.Fatalf("cell %v has no counterpart in the extended sweep", c.Levels)
		}
	})
	plain, measured := toys(1), toys(1)
	measured.Measures = []Measure{{"gap", func(mc.Problem, *mc.Result) float64 { return 0 }}}
	if plain.At(0).Key() == measured.At(0).Key() {
		t.Error("a measure does not change the key")
	}
}

// ownMap measures W·weight of a 1×1 matrix.
type ownMap struct{ weight float64 }

func (ownMap) Dims() (rows, cols int)              { return 1, 1 }
func (ownMap) Len() int                            { return 1 }
func (ownMap) Values() []float64                   { return []float64{6} }
func (m ownMap) Apply(dst []float64, w *mat.Dense) { dst[0] = m.weight * w.At(0, 0) }
func (m ownMap) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	dst.Set(0, 0, dst.At(0, 0)+scale*m.weight*y[0])
}

// A stored result is never that of another problem: two maps of one's own with equal values have
// keys of their own, and a folder with the results of one does not answer for the other.
func TestOwnMapsOfEqualValues(t *testing.T) {
	folder := t.TempDir()
	of := func(weight float64) Spec {
		return Spec{Name: "own", Problem: Data(mc.Problem{Train: ownMap{weight}}), Solver: mc.MinimumFrobenius{}}
	}
	first := of(2)
	if norm, _ := run(t, Local{Folder: folder}, first).Row(0).Value("FrobeniusNorm"); norm != 3 {
		t.Fatalf("6 = 2·W has the solution %v", norm)
	}
	second := of(3)
	if first.At(0).Key() == second.At(0).Key() {
		t.Error("two maps with equal values have one key")
	}
	if table, err := (Local{Folder: folder}).Run(t.Context(), second); err == nil {
		if norm, _ := table.Row(0).Value("FrobeniusNorm"); norm != 2 {
			t.Errorf("6 = 3·W has the solution %v, the stored one", norm)
		}
	}
}

// growing is a solver with a method that its values do not have.
type growing struct{ mc.DeepMF }

func (g *growing) Grow() { g.Hidden++ }

func TestSpecValidate(t *testing.T) {
	spec := func(axes ...Axis) Spec { return Spec{Name: "bad", Problem: small, Solver: toy{}, Axes: axes} }
	problem, err := small.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"no name":          {Spec{Problem: small, Solver: toy{}}, "Spec.Name"},
		"a path as a name": {Spec{Name: "../x", Problem: small, Solver: toy{}}, "Spec.Name"},
		"no problem":       {Spec{Name: "a", Solver: toy{}}, "Spec.Problem is nil"},
		"no solver":        {Spec{Name: "a", Problem: small}, "Spec.Solver is nil"},
		"unknown field": {spec(Over("Solver.Depht", 1)),
			"no field Depht; it has Scale, Fault, Pause, Hold, Inner, Seed"},
		"unknown root":      {spec(Over("Data.Rows", 1)), "no field Data"},
		"field of a number": {spec(Over("Solver.Scale.X", 1)), "has no fields"},
		"field of nil":      {spec(Over("Solver.Inner.Depth", 1)), "no field Depth of nil"},
		"wrong type":        {spec(Over("Solver.Scale", "a")), `"a" (string) is not a float64`},
		"lost fraction":     {spec(Over("Problem.Rank", 1.5)), "is not a int"},
		"negative seed":     {spec(Over("Solver.Seed", -1)), "is not a uint64"},
		"too large for int": {spec(Over("Problem.Rank", uint64(1<<64-3))), "is not a int"},
		"nil number":        {spec(Over("Solver.Scale", nil)), "nil is not a float64"},
		"empty axis":        {spec(Over("Solver.Scale")), "has no levels"},
		"axis twice":        {spec(Seeds(2), Seeds(3)), `axis "Seed" is there twice`},
		"level twice":       {spec(Over("Solver.Seed", 1, 2, 1)), `level "1" twice`},
		"no seed": {Spec{Name: "a", Problem: Data(problem), Solver: mc.MinimumFrobenius{},
			Axes: []Axis{Seeds(2)}}, "neither the problem"},
		"an address": {spec(Over("Solver.Inner", &growing{})), "prints an address"},
		"too many cells": {spec(Seeds(1<<13), Over("Solver.Scale", many(1<<13)...),
			Over("Solver.Pause", many(1<<13)...), Over("Problem.Noise", many(1<<13)...),
			Over("Problem.Norm", many(1<<13)...)), "more cells than"},
		"measure twice": {Spec{Name: "a", Problem: small, Solver: toy{}, Measures: []Measure{
			{"own", func(mc.Problem, *mc.Result) float64 { return 0 }},
			{"own", func(mc.Problem, *mc.Result) float64 { return 1 }},
		}}, `"own" is there twice`},
		"usual measure": {Spec{Name: "a", Problem: small, Solver: toy{},
			Measures: []Measure{{"Test", func(mc.Problem, *mc.Result) float64 { return 0 }}}}, `"Test", which is a usual measure`},
		"measure of nothing": {Spec{Name: "a", Problem: small, Solver: toy{}, Measures: []Measure{{Name: "x"}}},
			"Measures[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.spec.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not say %q", err, c.want)
			}
		})
	}
	huge := spec(Over("Solver.Scale", many(1000)...), Over("Problem.Noise", many(1000)...),
		Over("Problem.Norm", many(1000)...))
	if _, err := (Local{Folder: t.TempDir()}).Run(t.Context(), huge); err == nil ||
		!strings.Contains(err.Error(), "1000000000 cells in a process") {
		t.Errorf("a sweep of 10⁹ cells in a process: %v", err)
	}
	same := spec(Over("Solver.Scale", 1, 2), Cases("method", Case("fixed", Setting{"Solver", toy{Scale: 3}})))
	if _, err := same.keys(0, 1); err == nil || !strings.Contains(err.Error(), "cells 0 and 1") {
		t.Errorf("two cells of one configuration: %v", err)
	}
}

// Cells are known and labelled by their settings with the defaults filled in.
func TestResolvedSettings(t *testing.T) {
	cell := func(s mc.Solver) Cell {
		return Spec{Name: "fine", Problem: small, Solver: s}.At(0)
	}
	if cell(fine{}).Key() != cell(fine{Rate: 0.1, Steps: 5}).Key() {
		t.Error("two ways to write the defaults are two cells")
	}
	if cell(fine{}).Key() == cell(fine{Rate: mc.Zero}).Key() {
		t.Error("an explicit zero is the default")
	}
	spec := Spec{Name: "fine", Problem: small, Solver: fine{}, Axes: []Axis{Over("Solver.Rate", 0, 0.1, 1)}}
	folder := t.TempDir()
	table := run(t, Local{Folder: folder}, spec)
	for i, want := range []float64{0, 0.1, 1} {
		if x, _ := table.Row(i).Value("FrobeniusNorm"); x != want ||
			table.Row(i).Level("Solver.Rate") != fmt.Sprint(want) {
			t.Errorf("level %v ran with %v under the label %q", want, x, table.Row(i).Level("Solver.Rate"))
		}
	}
	for _, level := range []any{0, 0.0, mc.Zero, math.Copysign(0, -1)} {
		if rows, err := table.Where("Solver.Rate", level); err != nil || rows.Len() != 1 {
			t.Errorf("level %v: %v", level, err)
		}
	}
	// The same sweep, with a default written out, has run already.
	spec.Solver = fine{Steps: 5}
	run(t, Local{Folder: folder, Progress: func(Progress) { t.Error("a cell runs again") }}, spec)

	// A penalty's λ has no default: 0 as a level is a control.
	control := Over("Solver.Said", 0, 1)
	if c := (Spec{Name: "fine", Problem: small, Solver: fine{},
		Axes: []Axis{control}}).At(0); c.Solver.(fine).Said != mc.Zero {
		t.Errorf("a level of 0 sets %v", c.Solver.(fine).Said)
	}
	if got, want := Label(fine{Rate: mc.Zero}),
		"sweep.fine{Rate:Zero, Said:0, Steps:5, Rank:0, Inner:Solver(nil)}"; got != want {
		t.Errorf("label %s, want %s", got, want)
	}
}

// A sweep refuses levels that are the same, and a level that its problem does not take, before a
// run.
func TestRefusedLevels(t *testing.T) {
	for name, c := range map[string]struct {
		axis Axis
		want string
	}{
		"a default by two names": {Over("Solver.Rate", 0.5, mc.Zero, 0),
			`axis "Solver.Rate" has the level "0" twice`},
		"settings of one meaning": {Over("Solver", fine{}, fine{Rate: 0.1}),
			`axis "Solver" has the level "sweep.fine{`},
		"labels for one meaning": {Cases("method", Solver("a", fine{}), Solver("b", fine{Steps: 5})),
			`axis "method": the levels "a" and "b" are the same`},
		"a zero that is a default": {Over("Solver.Steps", 0, 1),
			`axis "Solver.Steps", level "0": Solver.Steps is 0, which means the default 5; name that`},
		"a zero within": {Cases("method", Case("a", Setting{"Solver.Inner", fine{}},
			Setting{"Solver.Inner.Steps", 0})), "Solver.Inner.Steps is 0, which means the default 5"},
		"a rank above the size": {Over("Solver.Rank", 1, 99),
			`axis "Solver.Rank", level "99": fine.Rank is 99; it must be at most 3`},
		"a problem that is not": {Over("Problem.Rank", 1, 99),
			`axis "Problem.Rank", level "99": mc: LowRank.Rank is 99`},
		"a range": {Over("Solver.Rate", 0.5, 2),
			`axis "Solver.Rate", level "2": mc: fine.Rate is 2; it must be in [0, 1]`},
	} {
		spec := Spec{Name: "fine", Problem: small, Solver: fine{}, Axes: []Axis{c.axis, Over("Problem.Seed", 1, 2)}}
		folder := t.TempDir()
		_, err := Local{Folder: folder, Progress: func(Progress) {
			t.Errorf("%s: a cell runs",
				name)
		}}.Run(t.Context(), spec)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
	base := Spec{Name: "fine", Problem: small, Solver: fine{Rank: 99}, Axes: []Axis{Seeds(2)}}
	if err := base.Check(t.Context()); err == nil || !strings.Contains(err.Error(), `sweep: "fine": fine.Rank is 99`) {
		t.Errorf("the base: %v", err)
	}
	faulty := toys(1) // what happens after the first step is a result
	faulty.Solver = toy{Fault: "panic"}
	if err := faulty.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func many(n int) []any {
	values := make([]any, n)
	for i := range values {
		values[i] = float64(i)
	}
	return values
}

// BenchmarkAt takes cells of a sweep of 10¹² in four axes of 1,000 levels.
func BenchmarkAt(b *testing.B) {
	spec := Spec{Name: "huge", Problem: mc.LowRank{}, Solver: mc.DeepMF{}, Axes: []Axis{
		Over("Problem.Noise", many(1000)...), Over("Problem.Norm", many(1000)...),
		Over("Solver.Lambda", many(1000)...), Seeds(1000),
	}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		spec.At(i * 999_999_937 % spec.Len())
	}
}

// Results are never mixed with those of other code: the error says which code it was. They can be
// read, and a table of them names their code.
func TestOtherCode(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/version-0.1")); err != nil {
		t.Fatal(err)
	}
	_, err := Local{Folder: folder}.Run(t.Context(), toys(1))
	if !errors.Is(err, ErrOther) || !strings.Contains(err.Error(),
		"version 0.1.0 of mc made it, and this is version "+mc.Version) {
		t.Errorf("a folder of 0.1: %v", err)
	}
	old, err := Read(folder)
	if err != nil || old.Len() != 3 {
		t.Fatalf("results of 0.1: %v, %v", old, err)
	}
	if x, ok := old.Row(2).Value("Test"); !ok || x != 1.6072024992941152 {
		t.Errorf("a result of 0.1 is read as %v, %v", x, ok)
	}

	now := toys(1).freeze()
	other := now
	other.Sources, other.Files = "0123456789ab", maps.Clone(now.Files)
	other.Files["solver_deepmf.go"] = "01234567"
	other.Files["gone.go"] = "01234567"
	delete(other.Files, "trace.go")
	other.Hash = other.hash()
	s := store{t.TempDir(), disk{}}
	if err := s.remember(other); err != nil {
		t.Fatal(err)
	}
	_, err = Local{Folder: s.folder}.Run(t.Context(), toys(1))
	want := "other code of mc made it (sources 0123456789ab, these are " + mc.Sources() +
		": they differ in gone.go, solver_deepmf.go, trace.go)"
	if !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), want) {
		t.Errorf("a folder of other code: %v; want %q", err, want)
	}
	// Five names are enough.
	var names []string
	for k := range 7 {
		if names = append(names, fmt.Sprintf("more%d.go", k)); k < 4 {
			continue
		}
		var changed frozen
		changed.Sources, changed.Files = "0123456789ab", maps.Clone(now.Files)
		for _, name := range names {
			changed.Files[name] = "01234567"
		}
		want := map[int]string{5: "more4.go)", 6: "more4.go and 1 more)", 7: "more4.go and 2 more)"}[len(names)]
		if said := changed.code(now); !strings.HasSuffix(said, "more0.go, more1.go, more2.go, more3.go, "+want) {
			t.Errorf("%d files differ: %q, want that it ends in %q", len(names), said, want)
		}
	}
	for _, c := range []struct{ folder, want string }{{folder, ","}, {s.folder, ",0123456789ab"}} {
		table, err := Read(c.folder)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := table.WriteCSV(&out); err != nil {
			t.Fatal(err)
		}
		for i, row := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			if i == 0 && !strings.HasSuffix(row, ",key,sources") || i > 0 && !strings.HasSuffix(row, c.want) {
				t.Errorf("row %d of the CSV is %q", i, row)
			}
		}
	}
}

// A solver or a problem is a value: the seeds would miss a pointer, and the key its defaults.
func TestPointers(t *testing.T) {
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"the base": {Spec{Problem: small, Solver: &mc.DeepMF{}, Axes: []Axis{Seeds(2)}},
			"the solver is a pointer, &mc.DeepMF{…}; write the value, mc.DeepMF{…}"},
		"the base, of which a field is set": {Spec{Problem: small, Solver: &mc.DeepMF{},
			Axes: []Axis{Over("Solver.Depth", 1, 2)}}, "the solver is a pointer, &mc.DeepMF{…}"},
		"a level": {Spec{Problem: small, Axes: []Axis{Over("Solver", mc.Mean{}, &mc.Mean{})}},
			"the solver is a pointer, &mc.Mean{…}"},
		"the problem": {Spec{Problem: &small, Solver: toy{}, Axes: []Axis{Seeds(2)}},
			"the problem is a pointer, &mc.LowRank{…}; write the value, mc.LowRank{…}"},
		"a level of the problem": {Spec{Problem: small, Solver: toy{},
			Axes: []Axis{Over("Problem", small, &Sensing{})}}, "the problem is a pointer, &sweep.Sensing{…}"},
	} {
		c.spec.Name = "pointers"
		if err := c.spec.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
	for _, s := range catalog.Solvers() {
		if err := byValue("solver", s.Solver); err != nil {
			t.Error(err)
		}
	}
}

// loud diverges with a long message.
type loud struct{ Text string }

func (loud) Solve(ctx context.Context, _ mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("%s: %w", strings.Repeat("\x01", 2*maxLine), mc.ErrDiverged)
}

// Results that are written can be read, whatever labels and messages there are. Longer labels are
// refused.
func TestLongLabels(t *testing.T) {
	of := func(n int) Spec {
		text := strings.Repeat("\x00", n/6) // a byte takes six in JSON
		return Spec{Name: "long", Problem: small, Solver: loud{},
			Axes: []Axis{Cases("a", Case(text, Setting{"Solver.Text", "b"}), Case("c", Setting{"Solver.Text", "d"}))}}
	}
	if err := of(maxLine).Validate(); err == nil || !strings.Contains(err.Error(), "it must have at most 1048576") {
		t.Errorf("labels of a megabyte: %.200v", err)
	}
	folder := t.TempDir()
	run(t, Local{Folder: folder}, of(maxLine-30_000))
	if table, err := Read(folder); err != nil || table.Len() != 2 || table.Row(0).Status() != diverged {
		t.Errorf("the results cannot be read: %v", err)
	}
}

type mode string

// modal is a solver with a field of a named string.
type modal struct {
	fine
	Mode mode
}

// A string sets a field of a named string, and nothing else does.
func TestNamedString(t *testing.T) {
	spec := Spec{Name: "named", Problem: small, Solver: modal{},
		Axes: []Axis{Over("Solver.Mode", "fast", mode("slow"))}}
	for i, want := range []mode{"fast", "slow"} {
		if got := spec.At(i).Solver.(modal).Mode; got != want {
			t.Errorf("cell %d has %q, want %q", i, got, want)
		}
	}
	for _, value := range []any{1, []byte("fast"), true} {
		spec.Axes = []Axis{Over("Solver.Mode", value)}
		if err := spec.Validate(); err == nil || !strings.Contains(err.Error(), "is not a sweep.mode") {
			t.Errorf("%v as a string: %v", value, err)
		}
	}
}

func TestAtOutOfRange(t *testing.T) {
	for _, i := range []int{-1, toys(2).Len()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("cell %d of %d is there", i, toys(2).Len())
				}
			}()
			toys(2).At(i)
		}()
	}
}

// A zero that a later axis overrides is no zero.
func TestZeroThatIsOverridden(t *testing.T) {
	steps := Case("few", Setting{"Solver.Steps", 0}, Setting{"Solver.Rate", 1})
	spec := Spec{Name: "fine", Problem: small, Solver: fine{}, Axes: []Axis{Cases("a", steps), Over("Solver.Steps", 3)}}
	if err := spec.Validate(); err != nil {
		t.Error(err)
	}
}

// counted counts how often it is asked.
type counted struct {
	fine
	Seed  uint64
	Calls *calls
}

type calls struct{ n int }

func (*calls) GoString() string { return "calls" }

func (c counted) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	c.Calls.n++
	return c.fine.Solve(ctx, p, observers...)
}

// Check asks once for all axes at their first level, and once for each further level that is no
// seed.
func TestCheckAsksEachLevelOnce(t *testing.T) {
	n := &calls{}
	spec := Spec{
		Name: "counted", Problem: small, Solver: counted{Calls: n},
		Axes: []Axis{Over("Solver.Rate", 0.1, 0.5, 1), Over("Problem.Observed", 5, 6), Seeds(50)},
	}
	if err := spec.Check(t.Context()); err != nil || n.n != 1+2+1 {
		t.Errorf("%d calls, %v; want 4", n.n, err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := spec.Check(over); err != nil || n.n != 4 {
		t.Errorf("after the end of its context: %d calls, %v", n.n, err)
	}
}

// Two cells of one key are named by their indices in the sweep, also in a shard.
func TestSameCells(t *testing.T) {
	spec := Spec{Name: "same", Problem: small, Solver: toy{}, Axes: []Axis{
		Over("Solver.Scale", 1, 2, 3), Over("Solver.Seed", 7, 8), Cases("a", Case("fixed", Setting{"Solver.Scale", 3})),
	}}
	for _, c := range []struct {
		shard, shards int
		want          string
	}{{0, 1, "cells 0 and 2"}, {1, 2, "cells 1 and 3"}, {0, 4, "cells 0 and 4"}} {
		if _, err := spec.keys(c.shard, c.shards); err == nil || !strings.Contains(err.Error(), c.want+` of "same"`) {
			t.Errorf("shard %d of %d: %v; want %s", c.shard, c.shards, err, c.want)
		}
	}
}
