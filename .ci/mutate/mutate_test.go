package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const code = `package sums

// Sum adds up to the n-th number.
func Sum(x []float64, n int) (sum float64) {
outer:
	for i := 0; ; i++ {
		if i == n {
			break outer
		}
		sum += x[i]
	}
	return sum
}

func Larger(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func Join(a, b string) string { return a + b }

func unused(a int) int { return -a }
`

const tests = `package sums

import "testing"

func TestSum(t *testing.T) {
	if got := Sum([]float64{1, 2, 4}, 3); got != 7 {
		t.Errorf("%v", got)
	}
	if got := Larger(2, 3) + Larger(3, 2); got != 6 || Join("a", "b") != "ab" {
		t.Errorf("%v", got)
	}
}

func TestAlwaysFails(t *testing.T) { t.Error("it does") }
`

// A module with one package: what its tests notice is noticed, and the folder stays as it is.
func TestMutants(t *testing.T) {
	patience = time.Second
	root := t.TempDir()
	t.Chdir(root)
	for name, text := range map[string]string{"go.mod": "module sums\n\ngo 1.26\n", "sums.go": code,
		"sums_test.go": tests} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := read(root, "sums.go", []byte(code))
	if err != nil {
		t.Fatal(err)
	}
	p := &pack{folder: ".", root: root, sources: []*source{s}, mutants: s.mutants, suites: []string{"."}}
	store := filepath.Join(t.TempDir(), "results")
	kept, err := open(store)
	if err != nil {
		t.Fatal(err)
	}
	const join, negative = "func Join(a, b string) string { return ", "func unused(a int) int { return "
	want := map[string]string{
		"sums.go:6 Sum: for i := 0; ; i++ { → for i := 1; ; i++ {":      noticed,
		"sums.go:6 Sum: for i := 0; ; i++ { → for i := 0; ; i-- {":      noticed, // out of range
		"sums.go:7 Sum: if i == n { → if i != n {":                      noticed,
		"sums.go:10 Sum: sum += x[i] → sum -= x[i]":                     noticed,
		"sums.go:10 Sum: sum += x[i] → (nothing)":                       noticed,
		"sums.go:16 Larger: if a > b { → if a >= b {":                   survived,
		"sums.go:22 Join: " + join + "a + b } → " + join + "a - b }":    invalid,
		"sums.go:24 unused: " + negative + "-a } → " + negative + "a }": unreached,
	}
	if len(s.mutants) != len(want) {
		t.Errorf("%d mutants, want %d: %v", len(s.mutants), len(want), s.mutants)
	}
	if err := p.test(len(want)-1, kept); err != nil {
		t.Fatal(err)
	}
	for _, m := range s.mutants {
		if r := kept.of(p, m); r == nil || r.Verdict != want[m.String()] {
			t.Errorf("%s: %+v, want %q", m, r, want[m.String()])
		}
	}
	if text, err := os.ReadFile("sums.go"); err != nil || string(text) != code {
		t.Errorf("the source was changed: %v\n%s", err, text)
	}
	kept.Close()

	// What is kept is not run again, unless it survived and the tests changed, or the code did.
	kept, err = open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	var out bytes.Buffer
	report(&out, []*pack{p},
		map[string]string{"sums.go Larger: if a > b { → if a >= b {": "equivalent: equal numbers are equal"}, kept)
	for _, line := range []string{
		"   5 of    7   71 %  .\n",
		"sums.go:16 Larger: if a > b { → if a >= b {\n    equivalent: equal numbers are equal\n",
		"return a }\n    unclassified: not reached\n", "== 2 survivors: 1 equivalent, 0 speed, 0 holes, 1 unclassified",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %q in the report:\n%s", line, out.String())
		}
	}
	again := func() (n int) {
		for _, m := range s.mutants {
			if kept.of(p, m) == nil {
				n++
			}
		}
		return n
	}
	if n := again(); n != 0 {
		t.Errorf("%d are run again", n)
	}
	p.tests = "others"
	if n := again(); n != 2 {
		t.Errorf("%d are run again after a change of the tests, want the 2 that survived", n)
	}
	p.code = "other"
	if n := again(); n != len(want) {
		t.Errorf("%d are run again after a change of the code", n)
	}
}

// A mutant that does not end is ended after its processor time, however busy the machine.
func TestEndless(t *testing.T) {
	patience = time.Second
	root := t.TempDir()
	t.Chdir(root)
	const loop = "package sums\n\nfunc Count(n int) int {\n\tfor n > 10 {\n\t\tn--\n\t}\n\treturn n\n}\n"
	const check = "package sums\n\nimport \"testing\"\n\nfunc TestCount(t *testing.T) {\n\tif Count(12) != 10 " +
		"{\n\t\tt.Fail()\n\t}\n}\n"
	for name, text := range map[string]string{"go.mod": "module sums\n\ngo 1.26\n", "sums.go": loop,
		"sums_test.go": check} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := read(root, "sums.go", []byte(loop))
	if err != nil {
		t.Fatal(err)
	}
	p := &pack{folder: ".", root: root, sources: []*source{s}, mutants: s.mutants, suites: []string{"."}}
	kept, err := open(filepath.Join(t.TempDir(), "results"))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if err := p.test(len(s.mutants), kept); err != nil {
		t.Fatal(err)
	}
	for _, m := range s.mutants {
		want := noticed
		if strings.Contains(m.id, "→ n++") {
			want = endless
		}
		if r := kept.of(p, m); r == nil || r.Verdict != want {
			t.Errorf("%s: %+v, want %q", m, r, want)
		}
	}
}

// The same seed gives the same order, a change of one mutant leaves that of the others, and another
// seed another order.
func TestShuffle(t *testing.T) {
	order := func(seed int, without string) (ids []string) {
		s, err := read(".", "sums.go", []byte(code))
		if err != nil {
			t.Fatal(err)
		}
		shuffle(s.mutants, seed)
		for _, m := range s.mutants {
			if m.id != without {
				ids = append(ids, m.id)
			}
		}
		return ids
	}
	a := order(1, "")
	if b := order(1, a[0]); strings.Join(a[1:], "|") != strings.Join(b, "|") {
		t.Errorf("%q and %q", a[1:], b)
	}
	if b := order(2, ""); strings.Join(a, "|") == strings.Join(b, "|") {
		t.Error("two seeds give one order")
	}
}

func TestSurvivorsAreClassified(t *testing.T) {
	known, err := readSurvivors("survivors.txt")
	if err != nil {
		t.Fatal(err)
	}
	for id, said := range known {
		if strings.HasPrefix(said, "hole") {
			t.Errorf("%s: %s; write the test that is missing", id, said)
		}
	}
	for _, text := range []string{
		"a.go F: x → y\n    odd: why\n", "    speed: of what?\n", "a.go F: x → y\n    speed\n",
	} {
		name := filepath.Join(t.TempDir(), "survivors.txt")
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := readSurvivors(name)
		if err == nil || !strings.Contains(err.Error(), "must be equivalent, speed or hole") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A row that was cut off is run again, and does not take the next one with it.
func TestTornResults(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results")
	torn := `{"ID":"a","Verdict":"noticed","Code":"c","Tests":"t"}` + "\n" + `{"ID":"b","Verd`
	if err := os.WriteFile(name, []byte(torn), 0o644); err != nil {
		t.Fatal(err)
	}
	p := &pack{code: "c", tests: "t"}
	kept, err := open(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.add(p, &mutant{id: "b"}, result{Verdict: survived}); err != nil {
		t.Fatal(err)
	}
	kept.Close()
	if err := kept.add(p, &mutant{id: "c"}, result{Verdict: survived}); err == nil {
		t.Error("a row that cannot be written is no error")
	}
	if kept, err = open(name); err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	for id, want := range map[string]string{"a": noticed, "b": survived} {
		if r := kept.of(p, &mutant{id: id}); r == nil || r.Verdict != want {
			t.Errorf("%s is %+v, want %s", id, r, want)
		}
	}
}
