package data

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// Every observation is trained on or tested on, none is both.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyObservations.Filter(func(o *mc.Observations) bool { return o.Len() > 1 }).Draw(t, "o")
		p, err := Split(o, rapid.Float64Range(0.001, 0.999).Draw(t, "fraction"), rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		requireDivision(t, o, p)
	})
}

func requireDivision(t *rapid.T, o *mc.Observations, p mc.Problem) {
	t.Helper()
	rows, cols := o.Dims()
	both, err := mc.NewObservations(rows, cols,
		append(p.Train.(*mc.Observations).Entries(), p.Test.(*mc.Observations).Entries()...))
	if err != nil {
		t.Fatal(err)
	}
	if diff := sameObservations(o, both); diff != "" {
		t.Fatal(diff)
	}
}

// The tests of the k problems are the whole, each observation once, in parts of equal size; per
// column, the parts of a column have equal sizes too.
func TestKFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyObservations.Filter(func(o *mc.Observations) bool { return o.Len() > 1 }).Draw(t, "o")
		k, seed := rapid.IntRange(2, o.Len()).Draw(t, "k"), rapid.Uint64().Draw(t, "seed")
		_, cols := o.Dims()
		for name, fold := range map[string]func(*mc.Observations, int, uint64) ([]mc.Problem,
			error){"KFold": KFold, "KFoldPerColumn": KFoldPerColumn} {
			problems, err := fold(o, k, seed)
			if err != nil {
				t.Fatal(err)
			}
			if len(problems) != k {
				t.Fatalf("%s: %d problems, want %d", name, len(problems), k)
			}
			tested := map[mc.Entry]int{}
			share := make([]map[int]int, cols) // of a column, observations by part
			for f, p := range problems {
				requireDivision(t, o, p)
				if n := p.Test.Len(); n < o.Len()/k || n > o.Len()/k+1 {
					t.Fatalf("%s: part %d of %d of %d observations has %d", name, f, k, o.Len(), n)
				}
				for _, e := range p.Test.(*mc.Observations).All() {
					tested[e]++
					if share[e.Col] == nil {
						share[e.Col] = map[int]int{}
					}
					share[e.Col][f]++
				}
			}
			for e, n := range tested {
				if n != 1 {
					t.Fatalf("%s: %v is tested %d times", name, e, n)
				}
			}
			for j, parts := range share {
				inColumn := 0
				for _, n := range parts {
					inColumn += n
				}
				for f, n := range parts {
					if name == "KFoldPerColumn" && n > inColumn/k+1 {
						t.Fatalf("%s: part %d has %d of the %d observations of column %d", name, f, n, inColumn, j)
					}
				}
			}
			again, _ := fold(o, k, seed)
			if again[0].Digest() != problems[0].Digest() {
				t.Fatalf("%s: the same seed made other parts", name)
			}
		}
	})
}

func TestCold(t *testing.T) {
	observe := func(entries ...mc.Entry) *mc.Observations {
		o, err := mc.NewObservations(4, 4, entries)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	p := mc.Problem{
		Train: observe(mc.Entry{Row: 0, Col: 0}, mc.Entry{Row: 1, Col: 1}),
		Test:  observe(mc.Entry{Row: 0, Col: 1}, mc.Entry{Row: 2, Col: 0}, mc.Entry{Row: 2, Col: 3}),
	}
	rows, cols, err := Cold(p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2}, rows); diff != "" {
		t.Errorf("rows that are tested and not trained on (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{3}, cols); diff != "" {
		t.Errorf("columns that are tested and not trained on (-want +got):\n%s", diff)
	}
	if _, _, err := Cold(mc.Problem{Train: p.Train}); err == nil ||
		!strings.Contains(err.Error(), "Problem.Test <nil>") {
		t.Errorf("without a test: %v", err)
	}
}

func TestBadFolds(t *testing.T) {
	o, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0}, {Row: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{-1, 0, 1, 3} {
		for _, fold := range []func(*mc.Observations, int, uint64) ([]mc.Problem, error){KFold, KFoldPerColumn} {
			if _, err := fold(o, k, 1); err == nil || !strings.Contains(err.Error(), "parts of 2 observations") {
				t.Errorf("%d parts of 2 observations: error %v", k, err)
			}
		}
	}
}
