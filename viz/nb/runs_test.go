package nb

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// Every run that a notebook rests on is logged: of a sweep, of a fit, and one that is kept. Fits
// are logged in their order, whichever ends first, so that the same runs give the same file.
func TestRunsAreLogged(t *testing.T) {
	name := filepath.Join(t.TempDir(), "runs")
	t.Setenv(Runs, name)
	t.Setenv(Results, t.TempDir())
	t.Setenv(Full, "1")
	Sweep(scales(2))
	p := Must(mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20}.Problem())
	for range 2 {
		FitAll([]mc.Problem{p}, []mc.Solver{
			mc.DeepMF{Depth: 1, Steps: 20_000},
			mc.DeepMF{Depth: 1, Steps: 30},
		}, mc.Trace{})
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	var steps []string
	for line := range strings.Lines(string(text)) {
		var r logged
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		switch {
		case r.Sources != mc.Sources():
			t.Errorf("sources %q", r.Sources)
		case r.Sweep == "" && (!strings.Contains(r.Settings, "Steps:") || r.Values["RelativeError"] == ""):
			t.Errorf("a fit without settings or error: %s", line)
		case r.Status != "" && r.Values["Train"] == "":
			t.Errorf("a run without its loss: %s", line)
		}
		counts[r.Sweep+" "+r.Status]++
		if r.Sweep == "" {
			steps = append(steps, r.Values["Steps"])
		}
	}
	cells := counts["scales step limit"] + counts["scales worse than zero"]
	if counts["scales "] != 1 || cells != 8 || !slices.Equal(steps, []string{"20000", "30", "20000", "30"}) {
		t.Errorf("logged %v, fits of %v steps", counts, steps)
	}
}
