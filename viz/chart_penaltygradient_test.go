package viz

import (
	"testing"

	"projectpenalty/mc"
)

func TestPenaltyName(t *testing.T) {
	for want, penalty := range map[string]mc.Penalty{
		"Ratio":                         mc.Ratio{},
		"Ratio (smoothing = 0.001)":     mc.Ratio{Smoothing: 1e-3},
		"Schatten (p = 0.5)":            mc.Schatten{P: 0.5},
		"normalised Schatten (p = 0.5)": mc.Normalized(mc.Schatten{P: 0.5}),
		"normalised LogDet":             mc.Normalized(mc.LogDet{}),
		"Sum(Nuclear, Times(2, Ratio))": mc.Sum(mc.Nuclear{}, mc.Times(2, mc.Ratio{})),
	} {
		if got := penaltyName(penalty); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
