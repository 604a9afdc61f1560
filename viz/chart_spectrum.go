package viz

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// A Matrix has a name in a legend.
type Matrix struct {
	Name string
	W    mat.Matrix
}

// Spectrum asks: how fast do the singular values fall off, before and after, against the ground
// truth? A scree plot: σᵢ over i on a logarithmic axis, a line per matrix. Values up to ε·max(rows,
// cols)·σ₁, ε = 2⁻⁵², are zero but for rounding (Golub and Van Loan 2013, section 5.4.1) and not
// drawn.
func Spectrum(matrices ...Matrix) *Chart {
	if len(matrices) == 0 {
		return failed("viz: Spectrum: no matrix was given")
	}
	p := plot{title: "Spectrum", x: axis{name: "index i, descending"}, y: axis{name: "singular value σᵢ", log: true}}
	rounding := 0
	for k, m := range matrices {
		if isNil(m.W) {
			return failed("viz: Spectrum: %q is nil", plain(m.Name))
		}
		rows, cols := m.W.Dims()
		if rows == 0 || cols == 0 {
			return failed("viz: Spectrum: %q is empty", plain(m.Name))
		}
		point := mc.NewPoint(mat.DenseCopyOf(m.W))
		if !point.Finite() {
			return failed("viz: Spectrum: %q holds values that are not finite: it has no singular values",
				plain(m.Name))
		}
		s := series{name: m.Name, style: styles[k/len(palette)%3]}
		sigma := point.SingularValues()
		for i, v := range sigma {
			if v <= 0x1p-52*float64(max(rows, cols))*sigma[0] {
				rounding++
				continue
			}
			s.x, s.y = append(s.x, float64(i+1)), append(s.y, v)
		}
		p.subtitle = sentence(p.subtitle, fmt.Sprintf("%s %d×%d, effective rank %s",
			plain(m.Name), rows, cols, short(mc.EffectiveRank(sigma))))
		p.series = append(p.series, s)
	}
	if lo, _ := p.extent(); math.IsInf(lo, 0) {
		return failed("viz: Spectrum: all matrices are zero")
	}
	if rounding > 0 {
		p.notes = append(p.notes, count(rounding, "value is zero but for rounding: not drawn",
			"values are zero but for rounding: not drawn"))
	}
	return p.chart()
}
