package nb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
)

func scales(seeds int) sweep.Spec {
	return sweep.Spec{
		Name: "scales", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20},
		Solver: mc.DeepMF{Penalty: mc.Ratio{}, Steps: 20},
		Axes: []sweep.Axis{sweep.Over("Solver.Lambda", 0, 1e-3), sweep.Over("Solver.Depth", 1, 2),
			sweep.Seeds(seeds)},
	}
}

// A sweep is kept where the environment says: the second call runs nothing, an extended one what is
// new, and one that changed otherwise keeps its results apart.
func TestSweepKeeps(t *testing.T) {
	root := t.TempDir()
	t.Setenv(Results, root)
	ran := 0
	count := sweep.Local{Progress: func(sweep.Progress) { ran++ }}
	changed := scales(2)
	changed.Solver = mc.DeepMF{Penalty: mc.Ratio{}, Steps: 30}
	more := changed
	more.Axes = scales(3).Axes
	for _, c := range []struct {
		name      string
		spec      sweep.Spec
		ran, rows int
	}{{"first", scales(2), 8, 8}, {"again", scales(2), 0, 8}, {"extended", scales(3), 4, 12},
		{"changed", changed, 8, 8}, {"both", more, 4, 12}, {"the first", scales(3), 0, 12}} {
		ran = 0
		if results := SweepBy(count, c.spec); ran != c.ran || results.Len() != c.rows || results.Missing() != 0 {
			t.Errorf("%s: ran %d and returned %d, want %d and %d", c.name, ran, results.Len(), c.ran, c.rows)
		}
	}
	folders, err := os.ReadDir(root)
	if err != nil || len(folders) != 2 || folders[0].Name() != "scales" || folders[1].Name() != "scales-2" {
		t.Errorf("folders %v, %v", folders, err)
	}
	if _, err := sweep.PlanOf(changed, filepath.Join(root, "scales")); !errors.Is(err, sweep.ErrOther) {
		t.Errorf("error %v", err)
	}
}

// A verdict from a sweep that lacks runs is not run, whatever else the cell does.
func TestVerdictOnPartOfASweep(t *testing.T) {
	t.Setenv(Results, t.TempDir())
	verdict := func(results *sweep.Table) *mc.Verdict {
		v := &mc.Verdict{Claim: "C7"}
		v.AtMost("test error", 2, Must(results.Sample("Test")))
		Conclude(v)
		return v
	}
	if v := verdict(SweepBy(sweep.Local{Shards: 2}, scales(2))); v.Outcome() != mc.NotRun ||
		v.Reason() != "4 of 8 runs are missing" {
		t.Errorf("a half: %v", v)
	}
	if v := verdict(Sweep(scales(2))); v.Outcome() != mc.Supported {
		t.Errorf("the whole: %v", v)
	}
}

// The table that is shown while a sweep runs has the median over seeds: two axes span it, one is a
// list.
func TestMedians(t *testing.T) {
	t.Setenv(Results, t.TempDir())
	spec := scales(3)
	results := Sweep(spec)
	got, err := medians(spec, results)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"λ ↓  test error, depth →", "1", "2"}}
	for _, lambda := range []string{"0", "0.001"} {
		row := []string{lambda}
		for _, depth := range []int{1, 2} {
			values, err := results.Values("Test", "Solver.Lambda", lambda, "Solver.Depth", depth)
			if err != nil {
				t.Fatal(err)
			}
			iv, err := mc.MedianInterval(values)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, fmt.Sprintf("%.3g", iv.Median))
		}
		want = append(want, row)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("table (-want +got):\n%s", d)
	}
	part, err := results.Where("Solver.Lambda", 0)
	if err != nil {
		t.Fatal(err)
	}
	if part, err = part.Where("Solver.Depth", 2); err != nil {
		t.Fatal(err)
	}
	got, err = medians(spec, part)
	if d := cmp.Diff([][]string{want[0], {"0", "", want[1][2]}}, got); err != nil || d != "" {
		t.Errorf("a table of a part (-want +got), %v:\n%s", err, d)
	}
	if c := picture(spec, results); c.Err() != nil || !strings.Contains(c.Alt(), "2×2") {
		t.Errorf("picture of two axes: %q, %v", c.Alt(), c.Err())
	}
	one := spec
	one.Axes = spec.Axes[1:]
	if c := picture(one, results); c.Err() != nil || !strings.HasPrefix(c.Alt(), "Test error by depth") {
		t.Errorf("picture of one axis: %q, %v", c.Alt(), c.Err())
	}
	spec.Axes = spec.Axes[1:]
	got, err = medians(spec, results)
	if err != nil || len(got) != 3 || got[0][2] != "median test error" || got[1][1] != "6" {
		t.Errorf("a list: %v, %v", got, err)
	}
}
