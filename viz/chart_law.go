package viz

import (
	"fmt"
	"math"
)

// A Rate is how fast a singular value moves, as a law predicts it and as a run shows it.
type Rate struct {
	Name string
	// Time of each value; for gradient descent it is the learning rate times the step.
	Time []float64
	// Predicted and Measured are dσ/dt at these times.
	Predicted, Measured []float64
}

// Law asks: do the singular values move as the law says? Predicted and measured dσ/dt over time,
// such as the law of depth N under gradient flow (Arora, Cohen, Hu and Luo 2019, theorem 3),
//
//	dσᵢ/dt = −N σᵢ^(2−2/N) uᵢᵀ∇L(W)vᵢ.
//
// Measured rates are broad lines in colours, predicted ones grey lines upon them. The subtitle has
// the largest deviation, relative to the largest measured rate.
func Law(rates ...Rate) *Chart {
	if len(rates) == 0 {
		return failed("viz: Law: no rate was given")
	}
	p := plot{title: "Predicted and measured motion of singular values", x: axis{name: "time"}, y: axis{name: "dσ/dt"}}
	var predicted []series
	apart, size := 0.0, 0.0
	for i, r := range rates {
		if len(r.Time) == 0 || len(r.Time) != len(r.Predicted) || len(r.Time) != len(r.Measured) {
			return failed("viz: Law: %q has %d times, %d predicted and %d measured rates; "+
				"their numbers must be equal and positive", plain(r.Name), len(r.Time), len(r.Predicted),
				len(r.Measured))
		}
		for k := range r.Time {
			if d := math.Abs(r.Predicted[k] - r.Measured[k]); isFinite(d) {
				apart, size = max(apart, d), max(size, math.Abs(r.Measured[k]))
			}
		}
		measured := series{name: join(r.Name, "measured"), kind: broadCurve, x: r.Time, y: r.Measured}
		measured.color = lawColors[i%len(lawColors)]
		law := series{name: join(r.Name, "predicted"), x: r.Time, y: r.Predicted, color: neutral}
		law.style = []string{"dashed", "dotted", "solid"}[i%3]
		p.series, predicted = append(p.series, measured), append(predicted, law)
	}
	p.series = append(p.series, predicted...)
	if size > 0 {
		p.subtitle = fmt.Sprintf("largest deviation %s of the largest measured rate", percent(apart/size))
	}
	return p.chart()
}

// lawColors are light enough for a grey line upon them.
var lawColors = []string{palette[4], palette[5], palette[3]}

// percent prints a fraction.
func percent(x float64) string { return short(100*x) + " %" }
