package data

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// No test is earlier than any training, every observation is in one of both, and the fraction is
// met as nearly as times allow.
func TestSplitByTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyObservations.Filter(func(o *mc.Observations) bool { return o.Len() > 1 }).Draw(t, "o")
		times := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 9), func(k int) float64 { return float64(k) }),
			o.Len(), o.Len()).Draw(t, "times")
		fraction := rapid.Float64Range(0.01, 0.99).Draw(t, "fraction")
		at := map[mc.Entry]float64{}
		distinct := map[float64]int{}
		for k, e := range o.All() {
			at[e] = times[k]
			distinct[times[k]]++
		}
		p, err := SplitByTime(o, times, fraction)
		if len(distinct) == 1 {
			if err == nil || !strings.Contains(err.Error(), "there must be two times") {
				t.Fatalf("one time: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		requireDivision(t, o, p)
		last, first := math.Inf(-1), math.Inf(1)
		for _, e := range p.Train.(*mc.Observations).All() {
			last = max(last, at[e])
		}
		for _, e := range p.Test.(*mc.Observations).All() {
			first = min(first, at[e])
		}
		if last >= first {
			t.Fatalf("trained on time %v, tested on %v", last, first)
		}
		want := fraction * float64(o.Len())
		got := math.Abs(float64(p.Test.Len()) - want)
		for cut := range distinct { // no other moment is nearer
			n := 0
			for _, x := range times {
				if x >= cut {
					n++
				}
			}
			// Less what rounding makes of want, a fraction of the number of observations.
			if n < o.Len() && math.Abs(float64(n)-want) < got-1e-9 {
				t.Fatalf("%d tests, %d would be nearer to %v", p.Test.Len(), n, want)
			}
		}
	})
}

// The last of each row or column is tested, unless it is the only one.
func TestLeaveLastOut(t *testing.T) {
	o, err := mc.NewObservations(3, 3, []mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2},
		{Row: 1, Col: 1, Value: 3}, {Row: 2, Col: 0, Value: 4}, {Row: 2, Col: 1, Value: 5}, {Row: 2, Col: 2, Value: 6}})
	if err != nil {
		t.Fatal(err)
	}
	times := []float64{9, 2, 3, 5, 7, 7}
	for axis, want := range map[Axis][]float64{PerRow: {1, 6}, PerColumn: {1, 5}} {
		p, err := LeaveLastOut(o, times, axis)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Test.Values()); diff != "" {
			t.Errorf("axis %d tests (-want +got):\n%s", axis, diff)
		}
		if p.Train.Len() != 4 {
			t.Errorf("axis %d trains on %d, want 4", axis, p.Train.Len())
		}
	}
	alone, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 1, Col: 1, Value: 2}})
	if err != nil {
		t.Fatal(err)
	}
	bad := func(_ mc.Problem, err error) error { return err }
	for want, err := range map[string]error{
		"none has two observations":                     bad(LeaveLastOut(alone, []float64{1, 2}, PerRow)),
		"there are 2 times of 6 observations":           bad(LeaveLastOut(o, []float64{1, 2}, PerRow)),
		"the axis is 7; it must be PerRow or PerColumn": bad(LeaveLastOut(o, times, 7)),
		"time 1 is NaN; it must be finite": bad(SplitByTime(alone,
			[]float64{1, math.NaN()}, 0.5)),
		"SplitByTime: the fraction is 1; it must be between 0 and 1": bad(SplitByTime(o, times, 1)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
}
