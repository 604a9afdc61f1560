package viz

import (
	"fmt"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// Seeds of which one stops early are drawn over the steps that all of them recorded, and a note
// says how many others there are.
func TestSeedThatStopsEarly(t *testing.T) {
	var seeds []*mc.Trace
	for k := range 5 {
		seed := &mc.Trace{Label: "a", Every: 10}
		for step := 0; step <= 1000; step += 10 {
			if k == 3 && step > 20 {
				break
			}
			test := 1 / float64(1+step)
			seed.Records = append(seed.Records, mc.Record{
				Step: step, Loss: 1, Test: &test, SingularValues: []float64{2, 1}, EffectiveRank: 1.5,
				Alignment: &mc.UpdateAlignment{Norm: 1, Diagonal: 0.5},
				Watched: []mc.Reading{
					{Name: "sharpness", Values: []float64{3}}, {Name: "imbalance", Values: []float64{2}},
				},
			})
		}
		seeds = append(seeds, seed)
	}
	const note = "98 steps, which not every seed recorded, are left out"
	for name, c := range map[string]*Chart{
		"Loss": Loss(seeds...), "EffectiveRank": EffectiveRank(seeds...), "UpdateAlignment": UpdateAlignment(seeds...),
		"Watched": Watched("sharpness", seeds...), "Sharpness": Sharpness(seeds...), "Balance": Balance(seeds...),
	} {
		if !strings.Contains(c.Alt(), note) {
			t.Errorf("%s: %q does not say %q", name, c.Alt(), note)
		}
	}
	if alt := Loss(append(seeds[:3:3], seeds[4])...).Alt(); strings.Contains(alt, "left out") {
		t.Errorf("of seeds with the same steps none is left out: %s", alt)
	}
}

func TestSeedsWithoutACommonStep(t *testing.T) {
	a := watching("a", "q", []float64{1})
	b := watching("a", "q", nil, []float64{1})
	b.Records = b.Records[1:]
	for name, c := range map[string]*Chart{
		"Loss: a": Loss(a, b), "Q: a": Watched("q", a, b),
		"Direction of the steps: a": UpdateAlignment(aligned(a), aligned(b)),
		"Effective rank: a":         EffectiveRank(aligned(a), aligned(b)),
	} {
		want := fmt.Sprintf("viz: %s: there is no step that every seed of a method recorded", name)
		if c.Err() == nil || c.Err().Error() != want {
			t.Errorf("error %v, want %s", c.Err(), want)
		}
	}
	other := watching("b", "q", []float64{1}, []float64{2})
	if alt := Watched("q", a, b, other).Alt(); !strings.Contains(alt, "A (2 seeds): no step that every seed recorded") {
		t.Errorf("a method that is not drawn is not named: %s", alt)
	}
	want := `viz: no record of the runs has the reading "z"; they have ["q" "r"]: name its quantity in mc.Trace.Watch`
	if err := Watched("z", a, watching("b", "r", []float64{1})).Err(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// aligned is the trace with an iterate and a direction at each step.
func aligned(t *mc.Trace) *mc.Trace {
	for k := range t.Records {
		t.Records[k].SingularValues, t.Records[k].EffectiveRank = []float64{1}, 1
		t.Records[k].Alignment = &mc.UpdateAlignment{Norm: 1}
	}
	return t
}

// A reading of which the first seed has fewer values than the others is not cut in silence.
func TestWatchedValuesOfLaterSeeds(t *testing.T) {
	a, b := watching("a", "q", []float64{1}, []float64{2}), watching("a", "q", []float64{1}, []float64{2, 3})
	if alt := Watched("q", a, b).Alt(); !strings.Contains(alt, "1 step, which not every seed recorded, is left out") {
		t.Errorf("in words %s", alt)
	}
}
