package mc

import (
	"fmt"
	"math"
)

// StepDecay is multiplied by Gamma after every so many steps. With a Gamma above 1 it grows.
type StepDecay struct {
	// Every so many steps, at least 1.
	Every int
	// Gamma γ. Default 0.1.
	Gamma float64
}

// Validate says what is wrong with the settings.
func (d StepDecay) Validate() error {
	if d.Every < 1 {
		return fmt.Errorf("mc: StepDecay.Every is %d; it must be at least 1", d.Every)
	}
	return checkPositive("StepDecay.Gamma", d.Gamma)
}

// Factor returns γ^⌊step/Every⌋.
func (d StepDecay) Factor(step, steps int) float64 {
	return math.Pow(or(d.Gamma, 0.1), float64(step/d.Every))
}
