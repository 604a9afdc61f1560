package mctest

import (
	"math"
	"slices"
	"testing"

	"projectpenalty/mc"
)

// wrongLoss is the squared loss with something wrong.
type wrongLoss struct {
	slope, curvature float64 // factors of the right ones
	least            float64 // is added to each value
	eats             bool    // overwrites b
	unweighted       bool
	swallows         bool // NaN
	refuses          bool
	ends             float64 // the predictions beyond which the value is NaN; 0: none
	steep            bool    // has infinite slopes at large predictions
	heavy            bool    // is NaN where a weight is above 1.5
}

func (l wrongLoss) Slopes(slope, x, b, weight []float64) float64 {
	if l.unweighted {
		weight = nil
	}
	sum := mc.Separable(slope, x, b, weight, func(x, b float64) (float64, float64) {
		if l.swallows && math.IsNaN(x) {
			return 0, 0
		}
		value, slope := (x-b)*(x-b)+l.least, l.slope*2*(x-b)
		if l.ends > 0 && math.Abs(x) > l.ends {
			value = math.NaN()
		}
		if l.steep && x > 20 {
			slope = math.Inf(1)
		}
		return value, slope
	})
	if l.heavy && weight != nil && slices.Max(weight) > 1.5 {
		sum = math.NaN()
	}
	if l.eats {
		b[0]++
	}
	return sum
}

func (l wrongLoss) Curvature() float64 { return 2 * l.curvature }

func (l wrongLoss) Refuses([]float64) (int, string) {
	if l.refuses {
		return 0, "nothing"
	}
	return -1, ""
}

func TestCheckLossCatches(t *testing.T) {
	right := wrongLoss{slope: 1, curvature: 1}
	var ok Report
	CheckLoss(&ok, right)
	if len(ok.Failures) > 0 {
		t.Errorf("the right one fails: %v", ok.Failures)
	}
	for want, spoil := range map[string]func(*wrongLoss){
		"differences give":       func(l *wrongLoss) { l.slope = 1.01 },
		"Curvature 1.8 allows":   func(l *wrongLoss) { l.curvature = 0.9 },
		"must be at least 0":     func(l *wrongLoss) { l.least = -100 },
		"changes the values":     func(l *wrongLoss) { l.eats = true },
		"twice the weights":      func(l *wrongLoss) { l.unweighted = true },
		"it must be NaN":         func(l *wrongLoss) { l.swallows = true },
		"takes none of the valu": func(l *wrongLoss) { l.refuses = true },
		// NaN is never within a bound.
		"is NaN, differences give":          func(l *wrongLoss) { l.slope = math.NaN() },
		"Curvature NaN allows NaN":          func(l *wrongLoss) { l.curvature = math.NaN() },
		"is NaN; a convex loss has none":    func(l *wrongLoss) { l.ends = 5 },
		"twice the weights give NaN":        func(l *wrongLoss) { l.heavy = true },
		"at predictions of ±30 the loss is": func(l *wrongLoss) { l.steep = true },
	} {
		wrong, r := right, Report{}
		spoil(&wrong)
		CheckLoss(&r, wrong)
		catches(t, &r, want)
	}
}
