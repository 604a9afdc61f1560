package mc

// LinearDecay goes from 1 to Final in a straight line. With Final above 1 it grows, which may suit
// a λ.
type LinearDecay struct {
	// Final is the factor that a step after the last would have.
	Final float64 `range:"[0, inf)"`
}

// Factor returns 1 + (Final−1)·step/steps.
func (l LinearDecay) Factor(step, steps int) float64 {
	return 1 + (l.Final-1)*float64(step)/float64(steps)
}
