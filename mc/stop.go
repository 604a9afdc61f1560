package mc

import (
	"fmt"
	"math"
)

// Stop holds the rules, besides the number of steps and the context, that end a run. The zero value has none.
type Stop struct {
	// Loss ends the run with LossReached once the training loss is at most this. 0: no such rule.
	Loss float64
	// Patience ends the run with Stalled once the best objective so far has improved by less than a relative MinImprovement
	// over so many steps. 0: no such rule.
	Patience int
	// MinImprovement is relative. Default 1e-4.
	MinImprovement float64
}

// Validate says what is wrong with the settings.
func (s Stop) Validate() error {
	if !(s.Loss >= 0) || math.IsInf(s.Loss, 0) {
		return fmt.Errorf("mc: Stop.Loss is %v; it must be at least 0 and finite", s.Loss)
	}
	if s.Patience < 0 {
		return fmt.Errorf("mc: Stop.Patience is %d; it must be at least 0", s.Patience)
	}
	return checkPositive("Stop.MinImprovement", s.MinImprovement)
}

// stall watches an objective for Stop's Patience.
type stall struct {
	best  float64
	since int // step of the last improvement worth the name
}

func (s Stop) stalled(w *stall, step int, objective float64) bool {
	if step == 0 || objective < w.best-or(s.MinImprovement, 1e-4)*math.Abs(w.best) {
		w.best, w.since = objective, step
	}
	return s.Patience > 0 && step-w.since >= s.Patience
}
