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

// Conclude shows a verdict: the outcome, and each check with its interval and its threshold. If the cell was interrupted
// the verdict is "not run"; so it is where a sample lacks runs. What it shows is stored in the notebook also as JSON, from which
// make reproduce collects the ledger of claims.
func Conclude(v *mc.Verdict) {
	if v.Missing == "" && Interrupted() {
		v.Missing = "interrupted"
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
	Claim      string        `json:"claim"`
	Setting    string        `json:"setting"`
	Outcome    mc.Outcome    `json:"outcome"`
	Headline   string        `json:"headline"`
	Confidence float64       `json:"confidence"`
	Rule       string        `json:"rule"`
	Reason     string        `json:"reason,omitempty"`
	Checks     []checkRecord `json:"checks"`
	Version    string        `json:"version"`
	Full       bool          `json:"full"`
}

type checkRecord struct {
	What        string     `json:"what"`
	Median      number     `json:"median"`
	Lo          number     `json:"lo"`
	Hi          number     `json:"hi"`
	Confidence  number     `json:"confidence"`
	Seeds       int        `json:"seeds"`
	Low         number     `json:"low"`
	High        number     `json:"high"`
	Bound       string     `json:"bound"`
	Null        *number    `json:"null,omitempty"`
	Primary     bool       `json:"primary,omitempty"`
	Shown       bool       `json:"shown,omitempty"`
	Comparisons int        `json:"comparisons"`
	Outcome     mc.Outcome `json:"outcome"`
	Error       string     `json:"error,omitempty"`
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
	r := record{
		Claim: v.Claim, Setting: v.Setting, Outcome: v.Outcome(), Headline: v.Headline(), Confidence: v.Confidence(),
		Rule: v.Words(), Reason: v.Reason(), Version: mc.Version, Full: full(), Checks: []checkRecord{},
	}
	for _, c := range v.Checks {
		k := checkRecord{
			What: c.What, Low: number(c.Low), High: number(c.High), Bound: c.Bound(), Null: (*number)(c.Null),
			Primary: c.IsPrimary, Shown: c.Identity, Comparisons: c.Comparisons(), Outcome: c.Outcome(),
		}
		if i, err := c.Interval(); err != nil {
			k.Error = plain(err)
		} else {
			k.Median, k.Lo, k.Hi = number(i.Median), number(i.Lo), number(i.Hi)
			k.Confidence, k.Seeds = number(i.Confidence), i.N
		}
		r.Checks = append(r.Checks, k)
	}
	return r
}

// plain is an error without the package's name in front.
func plain(err error) string { return strings.TrimPrefix(err.Error(), "mc: ") }

// colours of the bar beside a verdict; the word beside it says the same.
var colours = map[mc.Outcome]string{
	mc.Supported: "#009E73", mc.Refuted: "#D55E00", mc.Partly: "#E69F00",
	mc.Inconclusive: "#999999", mc.NotRun: "#999999", mc.Invalid: "#000000",
}

func verdictHTML(v *mc.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="border-left:6px solid %s;padding:4px 12px;margin:8px 0"><p><strong>claim %s: %s</strong>`,
		colours[v.Outcome()], html.EscapeString(v.Claim), html.EscapeString(v.Headline()))
	if reason := v.Reason(); reason != "" {
		fmt.Fprintf(&b, ": %s", html.EscapeString(reason))
	}
	if v.Setting != "" {
		fmt.Fprintf(&b, "<br>%s", html.EscapeString(v.Setting))
	}
	if len(v.Checks) > 1 {
		fmt.Fprintf(&b, "<br>Rule: %s.", html.EscapeString(v.Words()))
	}
	b.WriteString("</p>")
	if len(v.Checks) > 0 {
		rows := [][]string{{"measured", "estimate [interval]", "confidence", "seeds", "must be", "if there is nothing", ""}}
		for _, c := range v.Checks {
			what, word, null := c.What, c.Word(), ""
			switch {
			case c.IsPrimary:
				what += " (primary)"
			case c.Identity:
				word += " (not counted)"
			}
			if c.Null != nil {
				null = fmt.Sprintf("%.3g", *c.Null)
			}
			interval, confidence, seeds := "", "", ""
			if i, err := c.Interval(); err != nil {
				interval = plain(err)
			} else {
				interval, confidence, seeds = i.String(), fmt.Sprintf("%.3g %%", 100*i.Confidence), fmt.Sprint(i.N)
			}
			rows = append(rows, []string{what, interval, confidence, seeds, c.Bound(), null, word})
		}
		b.WriteString(tableHTML(rows, []bool{false, false, true, true, false, true, false}))
	}
	b.WriteString("</div>")
	return b.String()
}
