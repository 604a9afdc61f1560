package ledger_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/ledger"
)

// contest is a verdict with every kind of check.
func contest() *mc.Verdict {
	v := &mc.Verdict{Claim: "C7 <b>", Setting: "100×100, rank 5", Rule: mc.NoRivalAhead}
	ratio := mc.PerSeed(1e-5, 2e-5, 1e-5, 3e-5, 1e-6, 1e-5, 2e-5).Named("ratio")
	depth := mc.PerSeed(1e-3, 2e-2, 1e-3, math.Inf(1), 1e-4, 1e-3, 1e-3).Named("depth 3")
	v.Require("converged", mc.PerSeed(1, 1, 1))
	v.AtLeast("decades by which depth 3 is behind", 0, depth.Decades(ratio)).IfNothing(0)
	v.AtLeast("fraction recovered", 0.5, mc.Rate(ratio.AtMost(1e-2)))
	v.AtLeast("decided pairs won", 0.1, mc.PairsWon(ratio.AtMost(1e-4), depth.AtMost(1e-4)))
	v.Within("difference", 1e9, mc.PerSeed(1, 2, 3, 4, 5, 6, 7)).Shown()
	v.AtLeast("difference of nothing", 0, mc.PerSeed().Named("none").Minus(mc.PerSeed().Named("nor"))).Shown()
	return v
}

// A verdict is the same when it is computed again from the table and the JSON; with the numbers of
// two methods exchanged it turns.
func TestVerdictAgain(t *testing.T) {
	v := contest()
	record := ledger.Of(v, true)
	var table bytes.Buffer
	if err := ledger.WriteColumns(&table, []ledger.Record{record}); err != nil {
		t.Fatal(err)
	}
	record.Columns = nil
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	again := func(table string) *mc.Verdict {
		records := make([]ledger.Record, 1)
		if err := json.Unmarshal(text, &records[0]); err != nil {
			t.Fatal(err)
		}
		if err := ledger.ReadColumns(strings.NewReader(table), records); err != nil {
			t.Fatal(err)
		}
		v, err := records[0].Verdict()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got := again(table.String()).String(); got != v.String() {
		t.Errorf("again\n%s\nwant\n%s", got, v)
	}
	if v.Outcome() != mc.Supported {
		t.Fatalf("%v", v)
	}
	exchanged := strings.NewReplacer(",ratio,", ",depth 3,", ",depth 3,", ",ratio,").Replace(table.String())
	if got := again(exchanged); got.Outcome() != mc.Refuted {
		t.Errorf("numbers exchanged: %v", got)
	}
	cutOff := strings.Replace(table.String(), ",converged,2,1", ",converged,2,0", 1)
	if got := again(cutOff); got.Outcome() != mc.Invalid || got.Reason() != "converged: not so in 1 of 3 runs" {
		t.Errorf("a run that is cut off: %v\n%s", got, cutOff)
	}
}

// A verdict that was not run, or is invalid, stays so, with its reason.
func TestVerdictWithoutRunsAgain(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(v *mc.Verdict)
		lacks   string
		want    mc.Outcome
	}{
		"a sample lacks runs":       {func(*mc.Verdict) {}, "1 of 7 runs are missing", mc.NotRun},
		"interrupted":               {func(v *mc.Verdict) { v.Missing = "interrupted" }, "", mc.NotRun},
		"nothing counts":            {func(v *mc.Verdict) { v.Checks[0].Shown() }, "", mc.NotRun},
		"a precondition is not met": {func(v *mc.Verdict) { v.Require("converged", mc.PerSeed(0)) }, "", mc.Invalid},
		"a precondition of no runs": {func(v *mc.Verdict) { v.Require("converged", mc.PerSeed()) }, "", mc.Invalid},
	} {
		v := &mc.Verdict{Claim: "C0"}
		v.AtMost("error", 10, mc.Sample{Values: []float64{1, 2, 3, 4, 5, 6}, Lacks: c.lacks})
		c.prepare(v)
		text, err := json.Marshal(ledger.Of(v, false))
		if err != nil {
			t.Fatal(err)
		}
		var read ledger.Record
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		again, err := read.Verdict()
		if err != nil || again.Outcome() != c.want || again.String() != v.String() {
			t.Errorf("%s: again %v, %v; want %v", name, again, err, v)
		}
	}
}

// Two samples of one name and other numbers are two columns.
func TestColumnsOfOneName(t *testing.T) {
	v := &mc.Verdict{Claim: "C0"}
	v.AtMost("x", 10, mc.PerSeed(1, 2).Named("error").Minus(mc.PerSeed(3, 4).Named("error")))
	v.AtMost("y", 10, mc.PerSeed(1, 2).Named("error"))
	r := ledger.Of(v, false)
	if len(r.Columns) != 2 || r.Columns[0].Name != "error" || r.Columns[1].Name != "error (2)" {
		t.Errorf("columns %+v", r.Columns)
	}
	again, err := r.Verdict()
	if err != nil || again.String() != v.String() {
		t.Errorf("again %v, %v; want %v", again, err, v)
	}
}

// Every rule of package mc is found again by its words.
func TestRulesAreFound(t *testing.T) {
	for _, rule := range mc.Rules {
		v := &mc.Verdict{Claim: "C1", Rule: rule}
		again, err := ledger.Of(v, false).Verdict()
		if err != nil || again.Words() != rule.Words || again.Rule.Simultaneous != rule.Simultaneous {
			t.Errorf("%q: %v, %v", rule.Words, again, err)
		}
	}
}

// Own rules and statistics cannot be computed again, and the error says so.
func TestWhatCannotBeComputedAgain(t *testing.T) {
	r := ledger.Of(&mc.Verdict{Claim: "C0", Rule: mc.Rule{Words: "by lot", Combine: mc.AllHold.Combine}}, false)
	if _, err := r.Verdict(); err == nil || !strings.Contains(err.Error(), "by lot") {
		t.Errorf("an own rule: %v", err)
	}
	v := &mc.Verdict{Claim: "C0"}
	v.AtMost("x", 1, own{})
	if _, err := ledger.Of(v, false).Verdict(); err == nil || !strings.Contains(err.Error(), "C0: x") {
		t.Errorf("an own statistic: %v", err)
	}
}

type own struct{}

func (own) Interval(float64) (mc.Interval, error) { return mc.Interval{Confidence: 1, N: 1}, nil }
func (own) Incomplete() string                    { return "" }

func TestReadColumnsNamesTheLine(t *testing.T) {
	for _, text := range []string{"", "claim,mode,column,seed,value\nC0,quick,x,1,many\n",
		"claim,mode,column,seed,value\nC0\n"} {
		if err := ledger.ReadColumns(strings.NewReader(text), []ledger.Record{{Claim: "C0"}}); err == nil {
			t.Errorf("%q: no error", text)
		} else if text != "" && !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The rows of two records of one claim and mode cannot be told apart; those of two modes can.
func TestRecordsOfOneClaim(t *testing.T) {
	record := func(full bool, values ...float64) ledger.Record {
		v := &mc.Verdict{Claim: "C0"}
		v.AtMost("error", 10, mc.PerSeed(values...))
		return ledger.Of(v, full)
	}
	both := []ledger.Record{record(false, 1), record(true, 20)}
	twice := []ledger.Record{record(true, 1), record(true, 20)}
	var table bytes.Buffer
	if err := ledger.WriteColumns(&table, both); err != nil {
		t.Fatal(err)
	}
	const want = "claim C0: two records in mode full"
	if err := ledger.WriteColumns(&bytes.Buffer{}, twice); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("written: %v, want %q", err, want)
	}
	if err := ledger.ReadColumns(&table, twice); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("read: %v, want %q", err, want)
	}
	if err := ledger.ReadColumns(&table, both); err != nil || len(both[1].Columns) != 1 ||
		both[1].Columns[0].Values[0] != 20 {
		t.Errorf("two modes: %+v, %v", both, err)
	}
}

// The JSON is what the ledger's page is written from.
func TestJSON(t *testing.T) {
	v := &mc.Verdict{Claim: "C7 <b>", Setting: "100×100, rank 5"}
	v.AtMost("test error", 1e-4, mc.PerSeed(1e-6, 2e-6, math.Inf(1))).Primary()
	v.AtMost("nothing", 1, mc.PerSeed())
	text, err := json.Marshal(ledger.Of(v, false))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"claim":"C7 \u003cb\u003e","setting":"100×100, rank 5","outcome":"inconclusive","headline":"inconclusive","confidence":0.75,"rule":"all checks hold","checks":[` +
		`{"what":"test error","median":0.000002,"lo":0.000001,"hi":"+Inf","confidence":0.75,"seeds":3,"low":"-Inf","high":0.0001,"bound":"≤ 0.0001","primary":true,` +
		`"comparisons":1,"outcome":"inconclusive","statistic":"median","of":[{"column":"test error"}]},` +
		`{"what":"nothing","median":0,"lo":0,"hi":0,"confidence":0,"seeds":0,"low":"-Inf","high":1,"bound":"≤ 1","comparisons":1,"outcome":"inconclusive",` +
		`"error":"MedianInterval: no values","statistic":"median","of":[{"column":"nothing"}]}],"version":"` +
		mc.Version + `","sources":"` + mc.Sources() +
		`","full":false,"columns":[{"name":"test error","values":[0.000001,0.000002,"+Inf"]},{"name":"nothing","values":[]}]}`
	if string(text) != want {
		t.Errorf("JSON\n%s\nwant\n%s", text, want)
	}
}

func FuzzReadColumns(f *testing.F) {
	f.Add("claim,mode,column,seed,value\nC0,quick,x,1,2\nC0,quick,x,2,+Inf\n")
	f.Fuzz(func(t *testing.T, text string) {
		records := []ledger.Record{{Claim: "C0"}}
		if ledger.ReadColumns(strings.NewReader(text), records) != nil {
			return
		}
		var out bytes.Buffer
		if err := ledger.WriteColumns(&out, records); err != nil {
			t.Fatal(err)
		}
	})
}
