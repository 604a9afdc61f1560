package viz

import "math"

// A Transform is a function that is applied to a measure before it is drawn, and its name, which
// stands before that of the measure. The zero value changes nothing.
type Transform struct {
	Name string
	F    func(float64) float64
}

// Log10 is the logarithm to the base of ten: a difference of 1 is a factor of ten.
var Log10 = Transform{"log₁₀ of", math.Log10}

// of names the transformed measure.
func (t Transform) of(measure string) string {
	if t.F == nil {
		return measure
	}
	return t.Name + " " + measure
}
