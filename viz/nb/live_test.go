package nb

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"projectpenalty/mc"
)

// followed runs 2000 steps, each taking the given time on the clock of a Live, whose looks at the clock take the given cost.
func followed(t *testing.T, step, cost time.Duration) (l *live, lines int, total time.Duration) {
	t.Helper()
	p, err := mc.LowRank{Rows: 8, Cols: 6, Rank: 1, Observed: 30, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Unix(0, 0)
	l = &live{trace: &mc.Trace{Every: 1}, host: "chart", line: "line", point: "point"}
	l.now = func() time.Time { clock = clock.Add(cost); return clock }
	l.update = func(id, html string) {
		if id == "line" && html != "" {
			lines++
			if !strings.Contains(html, " of 2000 · loss ") || !strings.Contains(html, "effective rank") {
				t.Errorf("progress %q", html)
			}
		}
	}
	_, err = (mc.DeepMF{Depth: 2, Steps: 2000, Seed: 1}).Solve(t.Context(), p, mc.ObserverFunc(func(s *mc.Step) {
		clock = clock.Add(step)
		l.Observe(s)
	}))
	if err != nil {
		t.Fatal(err)
	}
	return l, lines, clock.Sub(time.Unix(0, 0))
}

// At most five updates a second are shown, whatever the rate of the steps.
func TestLiveUpdates(t *testing.T) {
	for _, c := range []struct {
		step time.Duration
		want int
	}{{time.Millisecond, 10}, {20 * time.Millisecond, 200}} { // two and forty seconds
		if _, lines, _ := followed(t, c.step, 0); lines < c.want-1 || lines > c.want+1 {
			t.Errorf("steps of %v: %d updates, want %d", c.step, lines, c.want)
		}
	}
}

// Where points cost more than their share, most have the training loss alone, all steps are there, and the share is kept.
func TestLiveKeepsItsShare(t *testing.T) {
	l, _, total := followed(t, time.Millisecond, time.Millisecond)
	whole := 0
	for k, r := range l.trace.Records {
		if r.Step != k {
			t.Fatalf("record %d is of step %d", k, r.Step)
		}
		if r.SingularValues != nil {
			whole++
		}
	}
	if len(l.trace.Records) != 2001 || whole < 20 || whole > 400 {
		t.Errorf("%d records, %d of them whole, in %v", len(l.trace.Records), whole, total)
	}
	last, _ := l.trace.Last()
	if last.Test == nil {
		t.Error("the last record is not whole")
	}
}

// Where there is time enough, what stays is what a Trace has, so that the picture is that of Show.
func TestLiveEndsAsTrace(t *testing.T) {
	l, _, _ := followed(t, time.Second, 0)
	p, err := mc.LowRank{Rows: 8, Cols: 6, Rank: 1, Observed: 30, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	trace := &mc.Trace{Every: 1}
	if _, err := (mc.DeepMF{Depth: 2, Steps: 2000, Seed: 1}).Solve(t.Context(), p, trace); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(trace.Records, l.trace.Records, cmpopts.IgnoreFields(mc.Record{}, "Elapsed")); diff != "" {
		t.Errorf("records (-Trace +Live):\n%.1000s", diff)
	}
}

// What Live adds to a run, with each step a point, as a share of it.
func BenchmarkLive(b *testing.B) {
	p, err := mc.LowRank{Rows: 60, Cols: 60, Rank: 3, Observed: 1200, Seed: 1}.Problem()
	if err != nil {
		b.Fatal(err)
	}
	solver := mc.DeepMF{Depth: 3, Steps: 10_000, Seed: 1}
	var alone, with time.Duration
	for b.Loop() { // in turns, so that both see the same machine
		start := time.Now()
		if _, err := solver.Solve(b.Context(), p); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		l := &live{trace: &mc.Trace{Every: 1}, host: "chart", line: "line", point: "point", now: time.Now, update: func(string, string) {}}
		if _, err := solver.Solve(b.Context(), p, mc.ObserverFunc(func(s *mc.Step) {
			if !s.Final {
				l.Observe(s)
			}
		})); err != nil {
			b.Fatal(err)
		}
		alone, with = alone+middle.Sub(start), with+time.Since(middle)
	}
	b.ReportMetric(100*(float64(with)/float64(alone)-1), "%")
}
