package nb

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// followed runs 2000 steps, each taking the given time on the clock of a Live, whose whole records
// and updates take the given costs.
func followed(t *testing.T, step, record, update time.Duration) (l *live, lines int) {
	t.Helper()
	p, err := mc.LowRank{Rows: 8, Cols: 6, Rank: 1, Observed: 30, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	clock, seen := time.Unix(0, 0), 0
	l = &live{trace: &mc.Trace{Every: 1}, host: "chart", line: "line", point: "point"}
	l.now = func() time.Time {
		for ; seen < len(l.trace.Records); seen++ {
			if l.trace.Records[seen].SingularValues != nil {
				clock = clock.Add(record)
			}
		}
		return clock
	}
	l.update = func(id, html string) {
		if id == "line" && html != "" {
			clock = clock.Add(update)
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
	return l, lines
}

// At most five updates a second are shown, whatever the rate of the steps.
func TestLiveUpdates(t *testing.T) {
	for _, c := range []struct {
		step time.Duration
		want int
	}{{time.Millisecond, 10}, {20 * time.Millisecond, 200}} { // two and forty seconds
		if _, lines := followed(t, c.step, 0, 0); lines < c.want-1 || lines > c.want+1 {
			t.Errorf("steps of %v: %d updates, want %d", c.step, lines, c.want)
		}
	}
}

// Where records or updates cost more than their share, there are as many of them as it allows, and
// all steps have a training loss.
func TestLiveKeepsItsShare(t *testing.T) {
	for _, c := range []struct{ step, record, update time.Duration }{
		{time.Millisecond, time.Millisecond, 0},
		{20 * time.Millisecond, 0, 100 * time.Millisecond},
		{20 * time.Millisecond, 30 * time.Millisecond, 10 * time.Millisecond},
	} {
		l, lines := followed(t, c.step, c.record, c.update)
		whole := 0
		for k, r := range l.trace.Records {
			if r.Step != k {
				t.Fatalf("%+v: record %d is of step %d", c, k, r.Step)
			}
			if r.SingularValues != nil {
				whole++
			}
		}
		last, _ := l.trace.Last()
		if len(l.trace.Records) != 2001 || last.Test == nil {
			t.Errorf("%+v: %d records, the last whole: %t", c, len(l.trace.Records), last.Test != nil)
		}
		// The last that is begun while there is some of the budget left may go beyond it, and so
		// may the last state.
		spent, budget := time.Duration(whole)*c.record+time.Duration(lines)*c.update,
			grace+time.Duration(share*2000*float64(c.step))
		if spent != l.spent || spent > budget+2*c.record+c.update || spent < budget {
			t.Errorf("%+v: %d whole records and %d updates, %v of %v; it counts %v", c, whole, lines, spent,
				budget, l.spent)
		}
	}
}

// Where others on the machine delay one update by far, and lengthen steps but for the fastest,
// updates go on.
func TestLiveGoesOnAfterADelay(t *testing.T) {
	clock, lines := time.Unix(0, 0), 0
	l := &live{trace: &mc.Trace{Every: 1}, now: func() time.Time { return clock }}
	l.update = func(id, html string) {
		if id == l.line && html != "" {
			if lines++; lines == 1 {
				clock = clock.Add(2 * time.Second)
			}
		}
	}
	p := small(t)
	_, err := (mc.DeepMF{Depth: 2, Steps: 2000, Seed: 1}).Solve(t.Context(), p, mc.ObserverFunc(func(s *mc.Step) {
		if l.Observe(s); s.Index == 0 {
			l.host, l.line, l.point = "chart", "line", "point"
		} else if clock = clock.Add(time.Microsecond); s.Index%2 == 0 {
			clock = clock.Add(200 * time.Millisecond)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	// 200 s in all, of which 2 s were the delay: the share allows updates from the 100th second on.
	if lines < 15 || lines > 25 {
		t.Errorf("%d updates were shown", lines)
	}
}

// Where there is time enough, what stays is what a Trace has, so that the picture is that of Show.
func TestLiveEndsAsTrace(t *testing.T) {
	l, _ := followed(t, time.Second, 0, 0)
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

// What Live adds to a run up to its stored picture, with each step a point, as a share of it, in
// CPU time, the least of all turns.
func BenchmarkLive(b *testing.B) {
	p, err := mc.LowRank{Rows: 60, Cols: 60, Rank: 3, Observed: 1200, Seed: 1}.Problem()
	if err != nil {
		b.Fatal(err)
	}
	solver := mc.DeepMF{Depth: 3, Steps: 10_000, Seed: 1}
	alone, with := time.Hour, time.Hour
	for b.Loop() { // in turns, so that both see the same machine
		start := cpuTime(b)
		if _, err := solver.Solve(b.Context(), p); err != nil {
			b.Fatal(err)
		}
		middle := cpuTime(b)
		l := &live{trace: &mc.Trace{Every: 1}, host: "chart", line: "line", point: "point", now: time.Now,
			update: func(string, string) {}}
		if _, err := solver.Solve(b.Context(), p, mc.ObserverFunc(func(s *mc.Step) {
			if !s.Final {
				l.Observe(s)
			}
		})); err != nil {
			b.Fatal(err)
		}
		alone, with = min(alone, middle-start), min(with, cpuTime(b)-middle)
	}
	b.ReportMetric(100*(float64(with)/float64(alone)-1), "%")
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// On a busy machine Live leaves points out. The picture at the end of a fit has those of the fit's
// trace all the same, and a Live that then follows another run shows that run.
func TestLiveShowsTheTraceOfItsFit(t *testing.T) {
	clock := time.Unix(0, 0)
	l := &live{trace: &mc.Trace{Every: 1}, update: func(string, string) {}, now: func() time.Time {
		clock = clock.Add(time.Second)
		return clock
	}}
	// The error swings, so its extremes are not at the ends of the run.
	solver := mc.DeepMF{Depth: 2, Optimizer: mc.Momentum{LearningRate: 0.3, Beta: 0.95}, Steps: 50, Seed: 1}
	tests := func(trace *mc.Trace) (n int) {
		for _, r := range trace.Records {
			if r.Test != nil {
				n++
			}
		}
		return n
	}
	var f *Fitted
	of := func(trace *mc.Trace) string { return stdout(t, func() { Show(viz.Loss(trace)) }) }
	said := stdout(t, func() {
		var err error
		if f, err = run(t.Context(), "", small(t), solver, mc.Trace{Every: 10}, l); err != nil {
			t.Error(err)
		}
	})
	if n := tests(l.trace); n > 10 || tests(f.Trace) != 6 {
		t.Fatalf("Live has %d points with a test error, the trace %d; the test needs few and 6", n, tests(f.Trace))
	}
	if want := of(f.Trace); !strings.HasSuffix(said, want) || want == of(l.trace) {
		t.Errorf("a fit ends with %q, want %q", said, want)
	}
	solver.Steps = 30
	said = stdout(t, func() {
		if _, err := solver.Solve(t.Context(), small(t), l); err != nil {
			t.Error(err)
		}
	})
	if want := of(l.trace); !strings.HasSuffix(said, want) || l.trace == f.Trace {
		t.Errorf("a run afterwards ends with %q, want %q", said, want)
	}
}

// A run that goes on from a checkpoint is followed as one that begins, under its own name.
func TestLiveFollowsAResumedRun(t *testing.T) {
	solver := mc.DeepMF{Depth: 2, Steps: 60, Seed: 1}
	checkpoint := mc.Checkpoint{File: filepath.Join(t.TempDir(), "run")}
	ctx, interrupt := context.WithCancel(t.Context())
	_, err := solver.Solve(ctx, small(t), checkpoint, mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 20 {
			interrupt()
		}
	}))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that of an interruption", err)
	}
	first, whole := -1, &mc.Trace{}
	l := &live{trace: &mc.Trace{Every: 5}, now: time.Now, update: func(string, string) {}}
	stdout(t, func() {
		_, err = solver.Solve(t.Context(), small(t), checkpoint, l, mc.ObserverFunc(func(s *mc.Step) {
			if first < 0 {
				first = s.Index
			}
		}))
	})
	if err != nil || first <= 0 {
		t.Fatalf("error %v; the first state has index %d, the test needs one above 0", err, first)
	}
	if _, err := solver.Solve(t.Context(), small(t), whole); err != nil {
		t.Fatal(err)
	}
	if l.trace.Run.ID() != whole.Run.ID() || l.running || l.begun.IsZero() {
		t.Errorf("followed as run %s, want %s", l.trace.Run.ID(), whole.Run.ID())
	}
}

// Each stage of a fit ends with the picture of the fit's trace, the last one as the others.
func TestLiveOfStagesEndsWithTheTraceOfItsFit(t *testing.T) {
	stage := mc.DeepMF{Depth: 2, Steps: 40, Seed: 1}
	l := &live{trace: &mc.Trace{Every: 1000}, now: time.Now, update: func(string, string) {}}
	var f *Fitted
	said := stdout(t, func() {
		var err error
		if f, err = run(t.Context(), "", small(t), Stages{stage, stage}, mc.Trace{Every: 10}, l); err != nil {
			t.Error(err)
		}
	})
	if want := stdout(t, func() { Show(viz.Loss(f.Trace)) }); !strings.HasSuffix(said, want) {
		t.Errorf("it ends with %q, want %q", said, want)
	}
	if l.whole != nil {
		t.Error("Live follows the trace after the fit")
	}
}
