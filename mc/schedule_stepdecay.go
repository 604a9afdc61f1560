package mc

import "math"

// StepDecay is γ^k after k·Every steps. With γ above 1 it grows.
type StepDecay struct {
	// Every is the number of steps between two multiplications. It must be given.
	Every int `range:"[1, inf)"`
	// Gamma γ.
	Gamma float64 `default:"0.1" range:"[0, inf)"`
}

// Factor returns γ^⌊step/Every⌋.
func (d StepDecay) Factor(step, steps int) float64 {
	return math.Pow(Resolved(d).Gamma, float64(step/d.Every))
}
