package nb

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
)

// Runs is the environment variable that names a file to which [Fit], [FitAll] and [Sweep] append
// each run that a notebook rests on, one JSON object per line. From it make reproduce writes
// notebooks/ledger/runs.
const Runs = "PENALTY_RUNS"

// A logged run: what ran, how it ended, and its numbers. Of a sweep, a first line without Status
// has the solver, the problem and the axes, and Settings of the others are levels.
type logged struct {
	Sweep    string            `json:"sweep,omitempty"`
	Settings string            `json:"settings"`
	Status   string            `json:"status,omitempty"`
	Error    string            `json:"error,omitempty"`
	Values   map[string]string `json:"values,omitempty"`
	Sources  string            `json:"sources"`
}

// logRuns appends to the file that the environment names, if it does.
func logRuns(runs ...logged) error {
	name := os.Getenv(Runs)
	if name == "" {
		return nil
	}
	var text []byte
	for _, r := range runs {
		r.Sources = mc.Sources()
		line, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("nb: %s: %w", Runs, err)
		}
		text = append(append(text, line...), '\n')
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("nb: %s: %w", Runs, err)
	}
	defer file.Close()
	_, err = file.Write(text) // at once, since other runs append too
	return err
}

// logFit logs a run of a solver on a problem, if there was one: bad input has none.
func logFit(p mc.Problem, solver mc.Solver, f *Fitted) error {
	if f == nil || os.Getenv(Runs) == "" {
		return nil
	}
	m := f.Metrics
	values := map[string]string{
		"Train": digits(m.Train), "EffectiveRank": digits(m.EffectiveRank), "Steps": fmt.Sprint(f.Steps),
	}
	if m.HasTest {
		values["Test"] = digits(m.Test)
	}
	if m.HasTruth {
		values["RelativeError"] = digits(m.RelativeError)
	}
	return logRuns(logged{
		Settings: fmt.Sprintf("%s, problem %.12s", mc.Describe(solver), p.Digest()),
		Status:   f.Status.String(), Error: f.Failed, Values: values,
	})
}

// logSweep logs the runs of a sweep.
func logSweep(spec sweep.Spec, results *sweep.Table) error {
	if os.Getenv(Runs) == "" {
		return nil
	}
	runs := []logged{{Sweep: spec.Name, Settings: fmt.Sprintf("%s, %s, by %s",
		mc.Describe(spec.Solver), mc.Describe(spec.Problem), strings.Join(results.Axes(), "; "))}}
	for i := range results.Len() {
		row := results.Row(i)
		var levels []string
		for _, axis := range results.Axes() {
			levels = append(levels, row.Level(axis))
		}
		values := map[string]string{}
		for _, measure := range results.Measures() {
			switch x, ok := row.Value(measure); measure {
			case "NuclearNorm", "FrobeniusNorm", "NumericalRank": // no verdict is of these
			default:
				if ok {
					values[measure] = digits(x)
				}
			}
		}
		runs = append(runs, logged{
			Sweep: spec.Name, Settings: strings.Join(levels, "; "),
			Status: row.Status(), Error: row.Err(), Values: values,
		})
	}
	return logRuns(runs...)
}

// digits are enough to recognise a run: verdicts are computed from the ledger's exact numbers.
func digits(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return fmt.Sprintf("%.4g", x)
}
