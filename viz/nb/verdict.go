package nb

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"projectpenalty/mc"
)

// VerdictType is the MIME type under which [Conclude] stores a verdict for programs, beside what people read.
const VerdictType = "application/vnd.projectpenalty.verdict+json"

// Conclude shows a verdict: the outcome, and each check with its interval and its threshold. If the cell was interrupted, or
// a sweep that it uses lacks runs, the verdict is "not run". What it shows is stored in the notebook also as JSON, from which
// make reproduce collects the ledger of claims.
func Conclude(v *mc.Verdict) {
	if lacks := unfinished.Load(); v.Missing == "" && Interrupted() {
		v.Missing = "interrupted"
	} else if v.Missing == "" && lacks != nil {
		v.Missing = *lacks
	}
	if !gonbui.IsNotebook {
		fmt.Println(v)
		return
	}
	record, err := json.Marshal(recordOf(v))
	if err != nil {
		complain(err)
		return
	}
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		"text/plain": v.String(), "text/html": verdictHTML(v), VerdictType: string(record),
	}})
	gonbui.Sync()
}

// A record is a verdict as JSON.
type record struct {
	Claim   string        `json:"claim"`
	Setting string        `json:"setting"`
	Outcome mc.Outcome    `json:"outcome"`
	Missing string        `json:"missing,omitempty"`
	Checks  []checkRecord `json:"checks"`
	Version string        `json:"version"`
	Full    bool          `json:"full"`
}

type checkRecord struct {
	What       string     `json:"what"`
	Median     number     `json:"median"`
	Lo         number     `json:"lo"`
	Hi         number     `json:"hi"`
	Confidence number     `json:"confidence"`
	Seeds      int        `json:"seeds"`
	Bound      number     `json:"bound"`
	AtMost     bool       `json:"at_most"`
	Outcome    mc.Outcome `json:"outcome"`
	Error      string     `json:"error,omitempty"`
}

// A number is a float64 that JSON can hold: what is not finite becomes a string, such as "+Inf" for the error of a run that
// failed.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsInf(f, 0) || math.IsNaN(f) {
		return json.Marshal(fmt.Sprint(f))
	}
	return json.Marshal(float64(n))
}

func recordOf(v *mc.Verdict) record {
	r := record{Claim: v.Claim, Setting: v.Setting, Outcome: v.Outcome(), Missing: v.Missing, Version: mc.Version, Full: full(), Checks: []checkRecord{}}
	for _, c := range v.Checks {
		i := c.Interval
		r.Checks = append(r.Checks, checkRecord{
			What: c.What, Median: number(i.Median), Lo: number(i.Lo), Hi: number(i.Hi), Confidence: number(i.Confidence), Seeds: i.N,
			Bound: number(c.Bound), AtMost: c.AtMost, Outcome: c.Outcome(), Error: c.Err,
		})
	}
	return r
}

// colours of the bar beside a verdict; the word beside it says the same.
var colours = map[mc.Outcome]string{
	mc.Supported: "#009E73", mc.Refuted: "#D55E00", mc.Partly: "#E69F00", mc.Inconclusive: "#999999", mc.NotRun: "#999999",
}

// words for the outcome of one check.
var words = map[mc.Outcome]string{mc.Supported: "holds", mc.Refuted: "fails", mc.Inconclusive: "open"}

func verdictHTML(v *mc.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="border-left:6px solid %s;padding:4px 12px;margin:8px 0"><p><strong>claim %s: %s</strong>`,
		colours[v.Outcome()], html.EscapeString(v.Claim), v.Outcome())
	if v.Missing != "" {
		fmt.Fprintf(&b, ": %s", html.EscapeString(v.Missing))
	}
	if v.Setting != "" {
		fmt.Fprintf(&b, "<br>%s", html.EscapeString(v.Setting))
	}
	b.WriteString("</p>")
	if len(v.Checks) > 0 {
		rows := [][]string{{"measured", "median [interval]", "confidence", "seeds", "must be", ""}}
		for _, c := range v.Checks {
			sign := "≥"
			if c.AtMost {
				sign = "≤"
			}
			interval, confidence := c.Interval.String(), fmt.Sprintf("%.0f %%", 100*c.Interval.Confidence)
			if c.Err != "" {
				interval, confidence = c.Err, ""
			}
			rows = append(rows, []string{c.What, interval, confidence, fmt.Sprint(c.Interval.N), fmt.Sprintf("%s %.3g", sign, c.Bound), words[c.Outcome()]})
		}
		b.WriteString(tableHTML(rows, []bool{false, false, true, true, false, false}))
	}
	b.WriteString("</div>")
	return b.String()
}
