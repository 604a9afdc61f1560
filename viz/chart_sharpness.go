package viz

import "math"

// Sharpness asks: does the run train at the edge of stability? The sharpness, the largest
// eigenvalue of the Hessian of the training objective in the factors, over the steps of one run or
// several, and 2/η, above which gradient descent with learning rate η is not stable on a quadratic
// (Cohen et al. 2021). A learning rate of 0 draws no such line.
func Sharpness(learningRate float64, lines ...Line) *Chart {
	switch {
	case len(lines) == 0:
		return failed("viz: Sharpness: no line was given")
	case !(learningRate >= 0) || math.IsInf(learningRate, 0):
		return failed("viz: Sharpness: the learning rate is %v; it must be at least 0 and finite", learningRate)
	}
	p := plot{
		title: "Sharpness", x: axis{name: "step"},
		y: axis{name: "largest eigenvalue of the Hessian", log: positive(lines)},
	}
	for i, l := range lines {
		if c := l.checked("Sharpness"); c != nil {
			return c
		}
		p.series = append(p.series, series{name: l.Name, x: l.X, y: l.Y, style: styles[i/len(palette)%len(styles)]})
	}
	if learningRate > 0 {
		lo, hi := p.extent()
		edge := 2 / learningRate
		p.series = append(p.series, series{
			name: "2/η", kind: faintCurve, x: []float64{lo, hi}, y: []float64{edge, edge}, color: neutral,
			style: "dashed",
		})
		p.subtitle = "η = " + short(learningRate) + ", 2/η = " + short(edge)
	}
	return p.chart()
}
