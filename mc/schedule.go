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

// Constant is 1 all the time, as no schedule is.
type Constant struct{}

// Factor returns 1.
func (Constant) Factor(step, steps int) float64 { return 1 }

// Cosine falls from 1 to Final along half a cosine (Loshchilov and Hutter 2017, equation 5, without restarts).
type Cosine struct {
	// Final factor, reached at the last step. Default 0.
	Final float64
}

// Validate says what is wrong with the settings.
func (c Cosine) Validate() error { return checkFinal("Cosine", c.Final) }

// Factor returns Final + (1−Final)·(1 + cos(π·step/steps))/2.
func (c Cosine) Factor(step, steps int) float64 {
	return c.Final + (1-c.Final)*(1+math.Cos(math.Pi*float64(step)/float64(steps)))/2
}

func checkFinal(name string, final float64) error {
	if !(final >= 0) || math.IsInf(final, 0) {
		return fmt.Errorf("mc: %s.Final is %v; it must be at least 0 and finite", name, final)
	}
	return nil
}
