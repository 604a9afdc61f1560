package mc

// LinearDecay goes from 1 to Final in a straight line. Above 1 it grows, as a λ may.
type LinearDecay struct {
	// Final factor, reached at the last step. Default 0.
	Final float64
}

// Validate says what is wrong with the settings.
func (l LinearDecay) Validate() error { return checkFinal("LinearDecay", l.Final) }

// Factor returns 1 + (Final−1)·step/steps.
func (l LinearDecay) Factor(step, steps int) float64 {
	return 1 + (l.Final-1)*float64(step)/float64(steps)
}
