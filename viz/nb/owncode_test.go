package nb

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
	"projectpenalty/mc/sweep"
)

// ownPenalty stands for a penalty that a notebook declares.
type ownPenalty struct{ mc.Ratio }

type ownProblem struct{ mc.LowRank }

func ownMeasure(mc.Problem, *mc.Result) float64 { return 0 }

func (ownProblem) measure(mc.Problem, *mc.Result) float64 { return 0 }

func ownMeasures() []sweep.Measure {
	return []sweep.Measure{{Of: func(mc.Problem, *mc.Result) float64 { return 1 }}}
}

func TestNamesOfOwnCode(t *testing.T) {
	const pkg = "projectpenalty/viz/nb"
	p := small(t)
	for _, c := range []struct {
		value any
		want  string
	}{
		{mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}}, ""},
		{p, ""},
		{mc.DeepMF{Depth: 1, Penalty: ownPenalty{}}, "ownPenalty"},
		{mc.DeepMF{Depth: 1, Penalty: mc.Sum(mc.Nuclear{}, mc.Times(2, ownPenalty{}))}, "ownPenalty"},
		{&ownProblem{}, "ownProblem"},
		{mc.Problem{Train: p.Train, Test: p.Test}, ""},
		{sweep.Measure{Of: ownMeasure}, "ownMeasure"},
		{sweep.Measure{Of: ownProblem{}.measure}, "ownProblem.measure-fm"},
		{ownMeasures(), "TestNamesOfOwnCode.ownMeasures.func1"},
		{Stages{{Depth: 1, Init: mc.Gaussian{}, Penalty: ownPenalty{}}}, "Stages,ownPenalty"},
		{map[string]any{"a": []any{ownPenalty{}, nil}}, "ownPenalty"},
	} {
		if got := strings.Join(slices.Sorted(maps.Keys(namesOf(pkg, c.value))), ","); got != c.want {
			t.Errorf("of %T: %q, want %q", c.value, got, c.want)
		}
	}
}

const ownProgram = `package main

import "math"

const power = 2

type tilted struct{ Angle float64 }

// Value is documented.
func (t *tilted) Value(x float64) float64 { return math.Pow(x, power) + helper(t.Angle) }

func helper(x float64) float64 { return x + shift }

var shift = 1.0

var entropy = Spectrum{DF: func(x float64) float64 { return -x }}

const (
	first = iota
	second
	third
)

const (
	zeroth, fourth = iota, iota + 4
	other          = 9
)

type shape int

func (shape) Norm() int { return third }

func (shape) Size() int { return fourth }

func Norm() int { return 8 }

func unrelated() int { return 3 }

func measures() []func() int { return []func() int{func() int { return 4 }} }

func main() {
	w, other := 0.5, 7
	for _, t := range []float64{1, 2} {
		println(unrelated(), other, func() float64 { return 5 * w * t })
	}
	println(scorer{5}.score())
	local := func(x float64) measure { return func(y float64) bool { return y == x } }
	println(local(1e-9))
}

func tuned() float64 { return nb.Param("TOL", 1e-2) * nb.Mode(1.0, 2.0) }

func below(x float64) measure { return func(y float64) bool { return y < x } }

func median(of func(law) float64) measure { return func(l law) bool { return of(l) > 0 } }

type scorer struct{ k int }

func (s scorer) score() int { return s.k }

func (s scorer) above(x float64) measure { return func(y float64) bool { return y > x } }

func twice(x float64) measure { return below(2 * x) }

var judge = scorer{k: 4}

func results() {
	low, seeds := 1e-4, 20
	scores := scorer{k: 3}
	run(seeds, below(1e-3), below(low), median(func(l law) float64 { return l.Own }),
		scores.score, judge.score, judge.above(1e-5), twice(1e-6))
}

var held = func(x float64) measure { return func(y float64) bool { return y == x } }

func several() {
	held(1e-8)
	each := func(x float64) { run(below(x)) }
	each(1e-7)
}
`

// What a run computes by counts, wherever it is declared; the rest of the program does not.
func TestDeclarations(t *testing.T) {
	var stack []string
	code := func(source string, names ...string) string {
		set := map[string]bool{}
		for _, name := range names {
			set[name] = true
		}
		text, err := declarations([]byte(source), set, stack)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, c := range []struct {
		root, old, new string
		changes        bool
	}{
		{"tilted", "+ helper", "- helper", true},
		{"tilted", "x + shift", "x - shift", true},
		{"tilted", "shift = 1.0", "shift = 2.0", true},
		{"tilted", "power = 2", "power = 3", true},
		{"tilted", "Angle float64", "Angle, B float64", true},
		{"tilted", "is documented", "has a comment", false},
		{"tilted", "return 3", "return 4", false},
		{"tilted", "println(", "print(", false},
		{"tilted", "return -x", "return x", false},
		{"(*tilted).Value-fm", "x + shift", "x - shift", true},
		{"tilted.Value-fm", "return 3", "return 4", false},
		{"init.func1", "return -x", "return x", true}, // a function of a variable
		{"glob..func1", "return -x", "return x", true},
		{"main.func1", "return 5", "return 6", true}, // a function within the statements of the cell
		{"main.func1", "println(", "print(", false},
		{"main.func1", "w, other := 0.5", "w, other := 0.7", true}, // what the function captures
		{"main.func1", "float64{1, 2}", "float64{1, 3}", true},
		{"main.measures.func1", "return 4", "return 7", true},
		{"main.measures.func1", "return 5", "return 6", false},
		{"third", "\tsecond\n", "\tsecond\n\tnew\n", true}, // a constant that repeats what is before it
		{"third", "first = iota", "first = 2 * iota", true},
		{"fourth", "\tzeroth,", "\tnew = 1\n\tzeroth,", true}, // iota counts
		{"fourth", "first = iota", "first = 2 * iota", false},
		{"power", "first = iota", "first = 2 * iota", false},
		{"shape.Norm-fm", "return third", "return 5", true}, // a method of the name of a function
		{"(*shape).Norm.func1", "return third", "return 5", true},
		{"shape.Norm-fm", "return -x", "return x", false},
		{"below.func1", "below(1e-3)", "below(1e-2)", true}, // what a function within a function captures
		{"results.below.func1", "below(1e-3)", "below(1e-2)", true},
		{"below.func1.2", "below(1e-3)", "below(1e-2)", true},
		{"below[...].func1", "below(1e-3)", "below(1e-2)", true},
		{"below.func1", "low, seeds := 1e-4", "low, seeds := 1e-5", true},
		{"below.func1", "twice(1e-6)", "twice(1e-7)", true}, // of which the argument is passed on
		{"below.func1", "each(1e-7)", "each(1e-8)", true},
		{"below.func1", "l.Own", "l.Bare", false},
		{"below.func1", "run(seeds,", "run(seeds+1,", false},
		{"below", "below(1e-3)", "below(1e-2)", false},
		{"median.func1", "l.Own", "l.Bare", true},
		{"median.func1", "below(1e-3)", "below(1e-2)", false},
		{"scorer.score-fm", "k: 3", "k: 5", true}, // the receiver of a bound method
		{"scorer.score-fm", "k: 4", "k: 5", true},
		{"scorer.score-fm", "below(1e-3)", "below(1e-2)", false},
		{"scorer.score-fm", "scorer{5}", "scorer{6}", false}, // which is a call
		{"scorer.above.func1", "above(1e-5)", "above(1e-4)", true},
		{"results.(*scorer).above.func1", "k: 4", "k: 5", true},
		{"init.func2.1", "held(1e-8)", "held(1e-9)", true}, // of a function that a variable holds
		{"glob..func2.1", "held(1e-8)", "held(1e-9)", true},
		{"init.func2", "held(1e-8)", "held(1e-9)", false},
		{"main.func2.1", "local(1e-9)", "local(1e-3)", true},
		{"nothing", "return -x", "return x", false},
	} {
		changed := strings.Replace(ownProgram, c.old, c.new, 1)
		if changed == ownProgram {
			t.Fatalf("the program has no %q", c.old)
		}
		if got := code(ownProgram, c.root) != code(changed, c.root); got != c.changes {
			t.Errorf("of %s, %q for %q: another digest is %v, want %v", c.root, c.new, c.old, got, c.changes)
		}
	}
	// Values from the environment count where they are used.
	before, untouched := code(ownProgram, "tuned"), code(ownProgram, "tilted")
	for key, value := range map[string]string{"PENALTY_TOL": "1e-4", Full: "1"} {
		t.Run(key, func(t *testing.T) {
			t.Setenv(key, value)
			if code(ownProgram, "tuned") == before || code(ownProgram, "tilted") != untouched {
				t.Error("what is read counts, where it is not read it does not")
			}
		})
	}
	if text := code("package main\nfunc hide() { data.Hide() }", "hide"); !strings.HasSuffix(text, data.Sources()) {
		t.Errorf("a function that uses mc/data has no digest of it: %s", text)
	}
	// Another cell has other statements. They count where a value of the run may be
	// from there.
	for _, c := range []struct {
		root    string
		stack   []string
		changes bool
	}{
		{"below.func1", []string{"main"}, true},
		{"below.func1", []string{"main.func1", "main"}, true},
		{"below.func1", []string{"results", "main"}, false},
		{"below.func1", []string{"results.func1", "main"}, false},
		{"below.func1", []string{"twice", "results", "main"}, false},
		{"below.func1", []string{"twice", "scorer.above", "main"}, true}, // which may pass it on
		{"main.below.func1", []string{"results", "main"}, true},
		{"scorer.score-fm", []string{"results", "main"}, false},
	} {
		stack = c.stack
		other := strings.Replace(ownProgram, "func main() {", "func main() {\n\tprintln(below(1e-10), scorer{9}.score)", 1)
		if got := code(other, c.root) != code(ownProgram, c.root); got != c.changes {
			t.Errorf("%s, called by %v: another digest in another cell is %v", c.root, c.stack, got)
		}
	}
	// Nor do its functions count that call one without parameters, whose closures hold what is its
	// own.
	stack = []string{"results", "main"}
	alone := "package main\nfunc results() any { return func() int { return 1 } }\nfunc main() { results() }"
	if code(alone, "results.func1") != code(alone+"\nfunc edges() any { return results() }", "results.func1") {
		t.Error("a function that calls the sweep runs it anew")
	}
	if _, err := declarations([]byte("package"), nil, nil); err == nil {
		t.Error("a torn program has no error")
	}
}

// A shard finds the program that the cell has kept for it.
func TestKeepProgram(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("GONB_TMP_DIR", folder)
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(ownProgram), 0o600); err != nil {
		t.Fatal(err)
	}
	name, err := keepProgram(filepath.Join(t.TempDir(), "results", "a"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GONB_TMP_DIR", "")
	if name := programFile(); name != "" {
		t.Errorf("outside of a notebook the program is %s", name)
	}
	t.Setenv(Program, name)
	if text, err := os.ReadFile(programFile()); string(text) != ownProgram || err != nil {
		t.Errorf("a shard reads %q, error %v", text, err)
	}
}
