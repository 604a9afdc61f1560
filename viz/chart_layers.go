package viz

import "fmt"

// Layers asks: how does each layer's spectrum form? The largest singular values σ₁ … σ₃ of each
// layer over the steps. A layer is a [Path] whose Time is the step. Colours tell layers apart, line
// styles singular values. Balanced layers of one run coincide.
func Layers(layers ...Path) *Chart {
	if len(layers) == 0 {
		return failed("viz: Layers: no layer was given")
	}
	const most = 3
	p := plot{
		title: "Singular values of the layers", subtitle: count(len(layers), "layer", "layers"),
		x: axis{name: "step"}, y: axis{name: "singular value σᵢ of a layer"},
	}
	for k, layer := range layers {
		if len(layer.Time) == 0 || len(layer.Time) != len(layer.Sigma) {
			return failed("viz: Layers: layer %q has %d steps and %d spectra; their numbers must be equal and positive",
				plain(layer.Name), len(layer.Time), len(layer.Sigma))
		}
		if layer.Name == "" {
			layer.Name = fmt.Sprintf("layer %d", k+1)
		}
		for i := range most {
			s := series{
				name: fmt.Sprintf("%s: σ%d", layer.Name, i+1), color: palette[k%len(palette)], style: styles[i],
			}
			for t, sigma := range layer.Sigma {
				if i < len(sigma) {
					s.x, s.y = append(s.x, layer.Time[t]), append(s.y, sigma[i])
				}
			}
			if len(s.x) > 0 {
				p.series = append(p.series, s)
			}
		}
	}
	return p.chart()
}
