package mc

import "math"

// Plateau multiplies the factor by Gamma each time the objective has not improved for Patience
// steps: ReduceLROnPlateau, as PyTorch has it. An improvement is a fall of the objective f below
//
//	f_best − Threshold·|f_best|.
//
// It watches the training objective ‖A(W) − b‖²/n + λ·R(W), or with OnTest the test error. It is a
// [WatchfulSchedule] of the learning rate.
type Plateau struct {
	// Patience is the number of steps without an improvement that are accepted. It must be given.
	Patience int `range:"[1, inf)"`
	// Gamma γ multiplies the factor.
	Gamma float64 `default:"0.1" range:"[0, 1)"`
	// Threshold is the relative fall that counts as an improvement.
	Threshold float64 `default:"1e-4" range:"[0, 1)"`
	// Cooldown is the number of steps after a change in which nothing is counted.
	Cooldown int `range:"[0, inf)"`
	// Final is the smallest factor.
	Final float64 `range:"[0, inf)"`
	// OnTest watches the error on Problem.Test, or on the unobserved entries of Problem.Truth,
	// which no training may look at: for the reproduction of experiments that did.
	OnTest bool
}

// Factor returns 1: without an objective nothing is reduced.
func (Plateau) Factor(step, steps int) float64 { return 1 }

// Watch returns the state of one run.
func (p Plateau) Watch() ScheduleWatcher {
	return &plateauState{settings: Resolved(p), factor: 1, best: math.Inf(1)}
}

// WatchesTest returns OnTest.
func (p Plateau) WatchesTest() bool { return p.OnTest }

type plateauState struct {
	settings     Plateau
	factor, best float64
	bad, cooling int // steps without an improvement, and steps of the cool-down that are left
}

func (s *plateauState) Next(f float64) float64 {
	now := s.factor
	if f < s.best*(1-math.Copysign(s.settings.Threshold, s.best)) { // below 0 further down too
		s.best, s.bad = f, 0
	} else {
		s.bad++
	}
	if s.cooling > 0 {
		s.cooling--
		s.bad = 0
	}
	if s.bad > s.settings.Patience {
		s.factor = max(s.factor*s.settings.Gamma, s.settings.Final)
		s.cooling, s.bad = s.settings.Cooldown, 0
	}
	return now
}

// Kept is the state that a checkpoint keeps.
func (s *plateauState) Kept() []any { return []any{&s.factor, &s.best, &s.bad, &s.cooling} }
