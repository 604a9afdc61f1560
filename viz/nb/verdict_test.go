package nb

import (
	"math"
	"strings"
	"testing"

	"projectpenalty/mc"
)

func TestVerdictAsHTML(t *testing.T) {
	v := &mc.Verdict{Claim: "C7 <b>", Setting: "100×100, rank 5"}
	v.AtMost("test error", 1e-4, mc.PerSeed(1e-6, 2e-6, math.Inf(1))).Primary()
	v.AtLeast("distance", 2, mc.PerSeed(3, 4, 5)).IfNothing(0)
	v.AtMost("nothing", 1, mc.PerSeed())
	v.Require("loss < 1e-6", mc.PerSeed(1, 1, 1))
	page := verdictHTML(v)
	for _, part := range []string{
		"claim C7 &lt;b&gt;: inconclusive", "100×100, rank 5", "2e-06 [1e-06, +Inf]", "≤ 0.0001", "≥ 2", "holds",
		"open", "no values",
		"test error (primary)", "Rule: all checks hold", "Required: loss &lt; 1e-6 in 3 of 3 runs.",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("%q is not in %s", part, page)
		}
	}
	rivals := &mc.Verdict{Rule: mc.NoRivalAhead}
	for range 2 {
		rivals.AtLeast("behind", 2, mc.PerSeed(3, 4, 5))
	}
	if page := verdictHTML(rivals); !strings.Contains(page, "75 %, 50 % for 2 at once") {
		t.Error(page)
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
