package mc

import "math"

// Stop holds the rules, besides the number of steps and the context, that end a run. The zero value
// has none.
type Stop struct {
	// Loss ends the run with LossReached once the training loss is at most this; 0 disables the
	// rule.
	Loss float64 `range:"[0, inf)"`
	// Patience ends the run with Stalled once the best objective so far has improved by less than a
	// relative MinImprovement for this many steps; 0 disables the rule.
	Patience int `range:"[0, inf)"`
	// MinImprovement is relative.
	MinImprovement float64 `default:"1e-4" range:"[0, inf)"`
}

// stall watches an objective for Stop's Patience.
type stall struct {
	best  float64
	since int // step of the last improvement that counts
}

func (s Stop) stalled(w *stall, step int, objective float64) bool {
	if step == 0 || objective < w.best-s.MinImprovement*math.Abs(w.best) {
		w.best, w.since = objective, step
	}
	return s.Patience > 0 && step-w.since >= s.Patience
}
