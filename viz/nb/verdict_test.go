package nb

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"projectpenalty/mc"
)

func TestVerdictAsJSONAndHTML(t *testing.T) {
	v := &mc.Verdict{Claim: "C7 <b>", Setting: "100×100, rank 5"}
	v.AtMost("test error", 1e-4, mc.PerSeed(1e-6, 2e-6, math.Inf(1))).Primary()
	v.AtLeast("distance", 2, mc.PerSeed(3, 4, 5)).IfNothing(0)
	v.AtMost("nothing", 1, mc.PerSeed())
	text, err := json.Marshal(recordOf(v))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"claim":"C7 \u003cb\u003e","setting":"100×100, rank 5","outcome":"inconclusive","headline":"inconclusive","confidence":0,"rule":"all checks hold","checks":[` +
		`{"what":"test error","median":0.000002,"lo":0.000001,"hi":"+Inf","confidence":0.75,"seeds":3,"low":"-Inf","high":0.0001,"bound":"≤ 0.0001","primary":true,"comparisons":1,"outcome":"inconclusive"},` +
		`{"what":"distance","median":4,"lo":3,"hi":5,"confidence":0.75,"seeds":3,"low":2,"high":"+Inf","bound":"≥ 2","null":0,"comparisons":1,"outcome":"supported"},` +
		`{"what":"nothing","median":0,"lo":0,"hi":0,"confidence":0,"seeds":0,"low":"-Inf","high":1,"bound":"≤ 1","comparisons":1,"outcome":"inconclusive","error":"MedianInterval: no values"}],` +
		`"version":"` + mc.Version + `","full":false}`
	if string(text) != want {
		t.Errorf("JSON\n%s\nwant\n%s", text, want)
	}
	page := verdictHTML(v)
	for _, part := range []string{
		"claim C7 &lt;b&gt;: inconclusive", "100×100, rank 5", "2e-06 [1e-06, +Inf]", "≤ 0.0001", "≥ 2", "holds", "open", "no values",
		"test error (primary)", "Rule: all checks hold",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("%q is not in %s", part, page)
		}
	}
	missing := &mc.Verdict{Claim: "C7", Missing: "interrupted"}
	if !strings.Contains(verdictHTML(missing), "claim C7: not run</strong>: interrupted") {
		t.Error(verdictHTML(missing))
	}
}

func TestMode(t *testing.T) {
	t.Setenv(Full, "")
	if got := Mode(3, 10); got != 3 {
		t.Errorf("quick: %d", got)
	}
	t.Setenv(Full, "1")
	if got := Mode(3, 10); got != 10 {
		t.Errorf("full: %d", got)
	}
}
