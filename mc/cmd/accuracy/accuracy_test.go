package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
)

func TestInsert(t *testing.T) {
	name := filepath.Join(t.TempDir(), "README.md")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("# Title\n" + beginMark + "\nold\n" + endMark + "\nafter\n")
	for _, text := range []string{"new\n", "newer\n\n"} { // what was inserted is replaced
		if err := insert(name, text); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := "# Title\n" + beginMark + "\n\n" + strings.TrimSpace(text) + "\n\n" + endMark +
			"\nafter\n"; string(got) != want {
			t.Errorf("after %q the file is %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"no marks", beginMark, endMark + beginMark} {
		write(text)
		if err := insert(name, "new"); err == nil || !strings.Contains(err.Error(), "README.md has no") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func TestLiteral(t *testing.T) {
	for want, config := range map[string]any{
		"Ratio{}":                             mc.Ratio{},
		"ALS{Rank: 5, Lambda: Zero}":          mc.ALS{Rank: 5, Lambda: mc.Zero},
		"Ratio{Smoothing: 0.01, Polar: Fast}": mc.Ratio{Smoothing: 1e-2, Polar: mc.Fast},
		"DeepMF{Depth: 1, Penalty: Ratio{}, Lambda: 0.001, Optimizer: Adam{}, Seed: 17}": mc.DeepMF{Depth: 1,
			Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{}, Seed: 17},
		"Normalized(Spectrum{Name:\"Geman\"})": mc.Normalized(catalog.Geman),
		"Tune{Candidates: {Mean{}, R2RILS{Rank: 2}}}": mc.Tune{
			Candidates: []mc.Solver{mc.Mean{}, mc.R2RILS{Rank: 2}}},
	} {
		if got := literal(config); got != want {
			t.Errorf("%#v is printed as %s, want %s", config, got, want)
		}
	}
}

// Every solver completes the standard problem, or there is a reason why not.
func TestStandardIsComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, s := range standard() {
		listed[reflect.TypeOf(s).Name()] = true
	}
	for _, s := range catalog.Solvers() {
		name := reflect.TypeOf(s.Solver).Name()
		if reason := elsewhere[name]; !listed[name] && reason == "" {
			t.Errorf("%s is neither among the solvers of the standard problem nor said to be for something else", name)
		}
	}
}
