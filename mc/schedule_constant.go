package mc

// Constant is 1 all the time, as no schedule is.
type Constant struct{}

// Factor returns 1.
func (Constant) Factor(step, steps int) float64 { return 1 }
