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
	v.AtMost("test error", 1e-4, 1e-6, 2e-6, math.Inf(1))
	v.AtLeast("distance", 2, 3, 4, 5)
	v.AtMost("nothing", 1)
	text, err := json.Marshal(recordOf(v))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"claim":"C7 \u003cb\u003e","setting":"100×100, rank 5","outcome":"inconclusive","checks":[` +
		`{"what":"test error","median":0.000002,"lo":0.000001,"hi":"+Inf","confidence":0.75,"seeds":3,"bound":0.0001,"at_most":true,"outcome":"inconclusive"},` +
		`{"what":"distance","median":4,"lo":3,"hi":5,"confidence":0.75,"seeds":3,"bound":2,"at_most":false,"outcome":"supported"},` +
		`{"what":"nothing","median":0,"lo":0,"hi":0,"confidence":0,"seeds":0,"bound":1,"at_most":true,"outcome":"inconclusive","error":"no values"}],` +
		`"version":"` + mc.Version + `","full":false}`
	if string(text) != want {
		t.Errorf("JSON\n%s\nwant\n%s", text, want)
	}
	page := verdictHTML(v)
	for _, part := range []string{"claim C7 &lt;b&gt;: inconclusive", "100×100, rank 5", "2e-06 [1e-06, +Inf]", "≤ 0.0001", "≥ 2", "holds", "open", "no values"} {
		if !strings.Contains(page, part) {
			t.Errorf("%q is not in %s", part, page)
		}
	}
	if missing := (&mc.Verdict{Claim: "C7", Missing: "interrupted"}); !strings.Contains(verdictHTML(missing), "claim C7: not run</strong>: interrupted") {
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
