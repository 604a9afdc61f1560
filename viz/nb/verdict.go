package nb

import (
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"projectpenalty/mc"
	"projectpenalty/mc/ledger"
)

// VerdictType is the MIME type under which [Conclude] stores a verdict for programs, beside what
// people read.
const VerdictType = "application/vnd.projectpenalty.verdict+json"

// Conclude shows a verdict: the outcome, and each check with its interval and its threshold. If the
// cell was interrupted, or a sample lacks runs, the verdict is "not run". It is stored in the
// notebook also as JSON, from which make reproduce collects the ledger of claims.
func Conclude(v *mc.Verdict) {
	if v.Missing == "" && Interrupted() {
		v.Missing = "interrupted"
	}
	if !gonbui.IsNotebook {
		fmt.Println(v)
		return
	}
	record, err := json.Marshal(ledger.Of(v, full()))
	if err != nil {
		complain(err)
		return
	}
	display(map[protocol.MIMEType]any{
		"text/plain": v.String(), "text/html": verdictHTML(v), VerdictType: string(record),
	})
	gonbui.Sync()
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
		rows := [][]string{{"measured", "estimate [interval]", "confidence", "seeds", "must be", "null value", ""}}
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
				if all := c.AtOnce(); all != "" {
					confidence += ", " + all
				}
			}
			rows = append(rows, []string{what, interval, confidence, seeds, c.Bound(), null, word})
		}
		numeric := []bool{false, false, true, true, false, true, false}
		if !slices.ContainsFunc(v.Checks, func(c *mc.Check) bool { return c.Null != nil }) {
			for k := range rows {
				rows[k] = slices.Delete(rows[k], 5, 6)
			}
			numeric = slices.Delete(numeric, 5, 6)
		}
		b.WriteString(tableHTML(rows, numeric))
	}
	for _, p := range v.Required {
		fmt.Fprintf(&b, "<p>Required: %s.</p>", html.EscapeString(p.String()))
	}
	b.WriteString("</div>")
	return b.String()
}
