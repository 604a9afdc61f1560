package mc

// A Schedule is a factor that changes with the step, by which a learning rate or λ is multiplied.
type Schedule interface {
	// Factor returns the factor for step number step (from 0) of a run of at most steps.
	Factor(step, steps int) float64
}
