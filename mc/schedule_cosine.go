package mc

import "math"

// Cosine falls from 1 to Final along half a cosine (Loshchilov and Hutter 2017, equation 5, without
// restarts).
type Cosine struct {
	// Final is the factor that a step after the last would have.
	Final float64 `range:"[0, inf)"`
}

// Factor returns Final + (1−Final)·(1 + cos(π·step/steps))/2.
func (c Cosine) Factor(step, steps int) float64 {
	return c.Final + (1-c.Final)*(1+math.Cos(math.Pi*float64(step)/float64(steps)))/2
}
