package nb

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

const (
	// updates are at least this far apart, whatever the rate of the steps.
	updates = 200 * time.Millisecond
	// patience is how long a run goes without an update before a delay by others on the machine,
	// which lengthens an update and not the fastest step, is set against the time they took from
	// the steps as well.
	patience = 5 * time.Second
	// share of a run's time that following it may take, beyond a grace for its beginning.
	share = 0.02
	grace = 5 * time.Millisecond
)

// Live follows a run while it lasts: a chart of loss and test error that grows, and a line with the
// step, the numbers, the rate and the time left, at most five times per second. It records one step
// in every; 0 takes logarithmic steps. When the run ends, [viz.Loss] of the recorded steps takes
// its place, as [Show] would show it; in [Fit] these are the steps of the fit's trace. One Live
// follows one run at a time.
//
// Live measures the cost of its updates and points and spaces them, so that it takes at most about
// 3 % of the run's time. Where points would come faster, some have the training loss alone. The
// picture at the end comes on top, as it does with Show. A [mc.Trace] with the same Every adds no
// cost.
func Live(every int) mc.Observer {
	return &live{trace: &mc.Trace{Every: every}, now: time.Now, update: gonbui.UpdateHTML}
}

type live struct {
	trace       *mc.Trace
	now         func() time.Time
	update      func(id, html string) // puts what an output shows
	whole       *mc.Trace             // of the fit that is followed: what the picture at the end shows; nil: trace
	host, point string                // outputs: the growing chart, and the scripts that add to it
	line        string                // output: the progress
	running     bool                  // from the first state to the last
	sent        int                   // records that the chart has
	begun, last time.Time             // the run, and the last update
	left        time.Time             // when the last Observe ended
	fastest     time.Duration         // of the steps: what others do on the machine makes a step longer, not cheaper
	spent       time.Duration         // on following the run
}

// Observe adds the state to the chart.
func (l *live) Observe(s *mc.Step) {
	start := l.now()
	if s.Index == 0 || !l.running {
		l.running, l.begun = true, start
		if s.Index > 0 { // it goes on from a checkpoint
			l.trace.Run, l.trace.Records = s.Run(), nil
		}
		l.begin()
	} else {
		l.fastest = min(l.fastest, start.Sub(l.left))
	}
	if every := l.trace.Every; every <= 0 || s.Index%every == 0 || s.Final {
		l.add(s, start)
	}
	l.left = l.now()
	l.spent += l.left.Sub(start)
	if s.Final {
		l.end()
	}
}

// add records the state, and shows what is new if it is time to.
func (l *live) add(s *mc.Step, start time.Time) {
	affordable := l.spent <= grace+time.Duration(share*float64(s.Index)*float64(l.fastest)) ||
		start.Sub(l.last) >= patience && l.spent <= time.Duration(share*float64(start.Sub(l.begun)))
	if !affordable && s.Index > 0 && !s.Final && l.trace.Every > 0 {
		l.trace.Records = append(l.trace.Records,
			mc.Record{Step: s.Index, Elapsed: s.Elapsed, Loss: s.Loss, Objective: s.Loss})
		return
	}
	before := len(l.trace.Records)
	l.trace.Observe(s)
	if len(l.trace.Records) > before && start.Sub(l.last) >= updates && affordable && !s.Final {
		l.last = start
		l.show(progress(s, l.trace))
	}
}

func (l *live) begin() {
	l.sent, l.last, l.spent, l.fastest = 0, time.Time{}, 0, time.Hour
	if gonbui.IsNotebook && os.Getenv(Pictures) == "" {
		go bringLibrary() // the run does not wait for it
		id := gonbui.UniqueId()
		l.host, l.point, l.line = "penalty-live-"+id, "penalty-point-"+id, "penalty-line-"+id
		l.update(l.host, viz.LiveChart(l.host))
	}
}

// show brings the chart and the line of progress up to date.
func (l *live) show(text string) {
	switch {
	case l.host != "":
		l.update(l.line, text)
		l.update(l.point, viz.LivePoints(l.host, l.trace.Records[l.sent:]))
		l.sent = len(l.trace.Records)
	case !gonbui.IsNotebook:
		fmt.Println(text)
	}
}

// follow has the pictures at the end show the trace, which has all that it records even where Live
// has to leave points out. With nil they show Live's own again.
func (l *live) follow(trace *mc.Trace) { l.whole = trace }

// end puts the stored chart in the place of the growing one.
func (l *live) end() {
	if l.host != "" {
		l.update(l.point, viz.LiveEnd(l.host))
		for _, id := range []string{l.point, l.line, l.host} {
			l.update(id, "")
		}
		l.host = ""
	}
	l.running = false
	Show(viz.Loss(cmp.Or(l.whole, l.trace)))
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
		parts = append(parts, fmt.Sprintf("%.0f steps/s", rate),
			fmt.Sprintf("at most %v left", left.Round(time.Second)))
	}
	return strings.Join(parts, " · ")
}
