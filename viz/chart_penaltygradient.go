package viz

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// PenaltyGradient asks: which singular values does a penalty shrink? −∂R/∂σᵢ over σᵢ at the given
// spectrum, in any order, a line per penalty, in units of its largest entry. Below zero a descent
// step shrinks the singular value, above zero it grows. The nuclear norm shrinks all alike; the
// ratio shrinks small ones and lets large ones grow.
//
// A penalty that is not an [mc.SpectralPenalty] is evaluated at the diagonal matrix with these
// singular values.
func PenaltyGradient(sigma []float64, penalties ...mc.Penalty) *Chart {
	if len(sigma) == 0 || len(penalties) == 0 {
		return failed("viz: PenaltyGradient: %d singular values and %d penalties; there must be at least one of each",
			len(sigma), len(penalties))
	}
	for i, s := range sigma {
		if !(s >= 0) || math.IsInf(s, 0) {
			return failed("viz: PenaltyGradient: σ%d is %v; it must be at least 0 and finite", i+1, s)
		}
	}
	sigma = slices.SortedFunc(slices.Values(sigma), func(a, b float64) int { return cmp.Compare(b, a) })
	p := plot{
		title: "Descent direction of penalties on the singular values",
		subtitle: fmt.Sprintf("%d singular values · below 0 a descent step shrinks σᵢ",
			len(sigma)),
		x: axis{name: "singular value σᵢ"}, y: axis{name: "−∂R/∂σᵢ, relative to the largest"},
	}
	for k, penalty := range penalties {
		if penalty == nil {
			return failed("viz: PenaltyGradient: penalty %d is nil", k+1)
		}
		grad := spectralGradient(penalty, sigma)
		top := 0.0
		for _, g := range grad {
			if isFinite(g) {
				top = max(top, math.Abs(g))
			}
		}
		s := series{name: penaltyName(penalty), style: styles[(k+k/len(palette))%len(styles)]}
		for i, g := range grad {
			if top > 0 {
				g /= top
			}
			s.x, s.y = append(s.x, sigma[i]), append(s.y, -g)
		}
		p.series = append(p.series, s)
	}
	lo, hi := p.extent()
	p.series = append(p.series, series{
		name: "zero", kind: reference, x: []float64{lo, hi}, y: []float64{0, 0}, color: neutral, style: "dotted",
	})
	return p.chart()
}

// spectralGradient returns ∂R/∂σ.
func spectralGradient(penalty mc.Penalty, sigma []float64) []float64 {
	grad := make([]float64, len(sigma))
	if s, ok := penalty.(mc.SpectralPenalty); ok {
		s.OnSpectrum(grad, sigma)
		return grad
	}
	g := mat.NewDense(len(sigma), len(sigma), nil)
	penalty.AddGradient(g, 1, diagonal(sigma))
	for i := range grad {
		grad[i] = g.At(i, i)
	}
	return grad
}

func spectralValue(penalty mc.Penalty, sigma []float64) float64 {
	if s, ok := penalty.(mc.SpectralPenalty); ok {
		return s.OnSpectrum(nil, sigma)
	}
	return penalty.Value(diagonal(sigma))
}

func diagonal(sigma []float64) *mc.Point {
	w := mat.NewDense(len(sigma), len(sigma), nil)
	for i, s := range sigma {
		w.Set(i, i, s)
	}
	return mc.NewPoint(w)
}

// penaltyName is the penalty in words, with the settings that are not its defaults.
func penaltyName(penalty mc.Penalty) string {
	name := settingsInWords(fmt.Sprintf("%#v", penalty))
	if of, ok := strings.CutPrefix(name, "Normalized("); ok {
		return "normalised " + strings.TrimSuffix(of, ")")
	}
	return name
}
