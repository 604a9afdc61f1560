package mc

// Constant is 1 at every step: the same as no schedule.
type Constant struct{}

// Factor returns 1.
func (Constant) Factor(step, steps int) float64 { return 1 }
