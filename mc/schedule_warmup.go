package mc

// WarmUp grows linearly to 1 over its Steps, and then follows another schedule over the rest of the
// run (Goyal et al. 2017, section 2.2): step k of the first ones, from 0, has the factor
// (k+1)/Steps.
//
// A learning rate is warmed up where the first gradients are large, or while the moments of [Adam]
// average few gradients. A λ is warmed up to fit the data first.
type WarmUp struct {
	// Steps of growth. It must be given.
	Steps int `range:"[1, inf)"`
	// Then is the schedule that follows; it counts its steps from the end of the growth. Nil means
	// [Constant].
	Then Schedule
}

// Validate says what is wrong with the settings.
func (u WarmUp) Validate() error {
	return first(CheckRanges(u), watchful("WarmUp.Then", u.Then))
}

// WithDefaults follows the growth by Constant.
func (u WarmUp) WithDefaults() any {
	if u.Then == nil {
		u.Then = Constant{}
	}
	return u
}

// Factor returns (step+1)/Steps, and from step number Steps on the factor of Then.
func (u WarmUp) Factor(step, steps int) float64 {
	if step < u.Steps {
		return float64(step+1) / float64(u.Steps)
	}
	if u.Then == nil {
		return 1
	}
	return u.Then.Factor(step-u.Steps, max(steps-u.Steps, 1))
}
