package mc

import (
	"fmt"
	"math"
)

// A Schedule is a factor in time, by which a learning rate or a λ is multiplied.
type Schedule interface {
	// Factor returns the factor for step number step (from 0) of a run of at most steps.
	Factor(step, steps int) float64
}

func checkFinal(name string, final float64) error {
	if !(final >= 0) || math.IsInf(final, 0) {
		return fmt.Errorf("mc: %s.Final is %v; it must be at least 0 and finite", name, final)
	}
	return nil
}
