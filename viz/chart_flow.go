package viz

import (
	"fmt"

	"projectpenalty/mc"
)

// A Path is how singular values move in continuous time.
type Path struct {
	Name string
	// Time of each state; for gradient descent it is the learning rate times the step.
	Time []float64
	// Sigma holds the singular values of each state, descending (len(Time) × at least 1).
	Sigma [][]float64
}

// PathOf returns the path of a run by gradient descent with a constant learning rate.
func PathOf(name string, learningRate float64, trace *mc.Trace) Path {
	p := Path{Name: name}
	if trace == nil {
		return p
	}
	for _, r := range trace.Records {
		if r.SingularValues != nil {
			p.Time, p.Sigma = append(p.Time, learningRate*float64(r.Step)), append(p.Sigma, r.SingularValues)
		}
	}
	return p
}

// Flow asks: does the run follow the continuous flow of the theory? The largest singular values σ₁
// … σ₃ over time of several paths together, such as a discrete run, the end-to-end rule of Arora,
// Cohen and Hazan (2018) and the continuous flow. Colours tell singular values apart, line styles
// paths.
func Flow(paths ...Path) *Chart {
	if len(paths) == 0 {
		return failed("viz: Flow: no path was given")
	}
	const most = 3
	p := plot{
		title: "Singular values over continuous time", subtitle: fmt.Sprintf("%d paths", len(paths)),
		x: axis{name: "time, learning rate × step"}, y: axis{name: "singular value σᵢ"},
	}
	for k, path := range paths {
		if len(path.Time) == 0 || len(path.Time) != len(path.Sigma) {
			return failed("viz: Flow: path %q has %d times and %d spectra; their numbers must be equal and positive",
				plain(path.Name), len(path.Time), len(path.Sigma))
		}
		if path.Name == "" {
			path.Name = fmt.Sprintf("path %d", k+1)
		}
		for i := range most {
			s := series{name: fmt.Sprintf("%s: σ%d", path.Name, i+1), color: palette[i], style: styles[k%3]}
			for t, sigma := range path.Sigma {
				if i < len(sigma) {
					s.x, s.y = append(s.x, path.Time[t]), append(s.y, sigma[i])
				}
			}
			if len(s.x) > 0 {
				p.series = append(p.series, s)
			}
		}
	}
	if len(p.series) == 0 {
		return failed("viz: Flow: no path has singular values")
	}
	return p.chart()
}
