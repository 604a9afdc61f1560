package nb

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// updates are at least this far apart, whatever the rate of the steps.
const updates = 200 * time.Millisecond

// Live follows a run while it lasts: loss and test error as a chart that grows, and a line with the step, the numbers, the
// rate and the time left. Each every-th step is a point; 0 takes logarithmic steps. When the run ends, [viz.Loss] of what was
// seen takes its place. One Live follows one run at a time.
func Live(every int) mc.Observer { return &live{trace: &mc.Trace{Every: every}} }

type live struct {
	trace       *mc.Trace
	host, point string // outputs: the growing chart, and the scripts that add to it
	line        string // output: the progress
	sent        int    // records that the chart has
	last        time.Time
}

// Observe adds the state to the chart.
func (l *live) Observe(s *mc.Step) {
	if s.Index == 0 {
		l.sent, l.last = 0, time.Time{}
		if gonbui.IsNotebook && os.Getenv(Pictures) == "" {
			bringLibrary()
			id := gonbui.UniqueId()
			l.host, l.point, l.line = "penalty-live-"+id, "penalty-point-"+id, "penalty-line-"+id
			gonbui.UpdateHTML(l.host, viz.LiveChart(l.host))
		}
	}
	before := len(l.trace.Records)
	l.trace.Observe(s)
	if s.Final {
		l.end()
		return
	}
	if len(l.trace.Records) == before || time.Since(l.last) < updates {
		return
	}
	l.last = time.Now()
	text := progress(s, l.trace)
	switch {
	case l.host != "":
		gonbui.UpdateHTML(l.line, text)
		gonbui.UpdateHTML(l.point, viz.LivePoints(l.host, l.trace.Records[l.sent:]))
		l.sent = len(l.trace.Records)
	case !gonbui.IsNotebook:
		fmt.Println(text)
	}
}

// end puts the stored chart in the place of the growing one.
func (l *live) end() {
	if l.host != "" {
		for _, id := range []string{l.point, l.line, l.host} {
			gonbui.UpdateHTML(id, "")
		}
		l.host = ""
	}
	Show(viz.Loss(l.trace))
}

// progress is one line: step, loss, test error, effective rank, rate and time left.
func progress(s *mc.Step, t *mc.Trace) string {
	r, _ := t.Last()
	parts := []string{fmt.Sprintf("step %d of %d", s.Index, s.Limit), fmt.Sprintf("loss %.3g", r.Loss)}
	if r.Test != nil {
		parts = append(parts, fmt.Sprintf("test %.3g", *r.Test))
	}
	parts = append(parts, fmt.Sprintf("effective rank %.1f", r.EffectiveRank))
	if seconds := s.Elapsed.Seconds(); seconds > 0 && s.Index > 0 {
		rate := float64(s.Index) / seconds
		left := time.Duration(float64(s.Limit-s.Index) / rate * float64(time.Second))
		parts = append(parts, fmt.Sprintf("%.0f steps/s", rate), fmt.Sprintf("at most %v left", left.Round(time.Second)))
	}
	return strings.Join(parts, " · ")
}
