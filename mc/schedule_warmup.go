package mc

import "fmt"

// WarmUp grows in equal parts to 1 over its Steps, and then follows another schedule over what is left of the run
// (Goyal et al. 2017, section 2.2): step k of the first ones, from 0, has the factor (k+1)/Steps.
//
// A learning rate is warmed up where the first gradients are large, or where the moments of [Adam] are still those of few. A λ is warmed
// up to let the data speak first.
type WarmUp struct {
	// Steps of growth, at least 1.
	Steps int
	// Then is what follows; it counts its steps from the end of the growth. Default constant.
	Then Schedule
}

// Validate says what is wrong with the settings.
func (u WarmUp) Validate() error {
	if u.Steps < 1 {
		return fmt.Errorf("mc: WarmUp.Steps is %d; it must be at least 1", u.Steps)
	}
	return Validate(u.Then)
}

// Factor returns (step+1)/Steps, and from step number Steps on what Then says.
func (u WarmUp) Factor(step, steps int) float64 {
	if step < u.Steps {
		return float64(step+1) / float64(u.Steps)
	}
	if u.Then == nil {
		return 1
	}
	return u.Then.Factor(step-u.Steps, max(steps-u.Steps, 1))
}
