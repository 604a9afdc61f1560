package viz

import (
	"fmt"
	"math"

	"projectpenalty/mc"
)

const (
	fieldSide  = 12 // arrows along an axis
	fieldCells = 40 // cells along an axis in which level sets are looked for
	levels     = 7
)

// PenaltyField asks: where does a penalty drive two singular values? Its level sets and its
// direction of steepest descent over 0 < σ₁, σ₂ ≤ size. All arrows have one length: they show
// direction alone.
func PenaltyField(penalty mc.Penalty, size float64) *Chart {
	switch {
	case penalty == nil:
		return failed("viz: PenaltyField: the penalty is nil")
	case !(size > 0) || math.IsInf(size, 0):
		return failed("viz: PenaltyField: size is %v; it must be above 0 and finite", size)
	}
	value := func(a, b float64) float64 { return spectralValue(penalty, descending(a, b)) }
	at := func(k int) float64 { return size * (float64(k) + 0.5) / (fieldCells + 0.5) }
	var z [fieldCells + 1][fieldCells + 1]float64
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range z {
		for j := range z[i] {
			z[i][j] = value(at(i), at(j))
			lo, hi = min(lo, z[i][j]), max(hi, z[i][j])
		}
	}
	if !(lo < hi) || math.IsInf(hi, 0) || math.IsInf(lo, 0) {
		return failed("viz: PenaltyField: %s goes from %v to %v over the square; there are no level sets",
			penaltyName(penalty), lo, hi)
	}
	p := plot{
		title: "Descent field of " + penaltyName(penalty), square: true,
		subtitle: fmt.Sprintf("%d level sets, R from %s to %s", levels, short(lo), short(hi)),
		x:        axis{name: "σ₁", end: size}, y: axis{name: "σ₂", end: size},
	}
	sets := series{name: "level sets of R", kind: faintPath, color: palette[0]}
	for l := range levels {
		level := lo + (hi-lo)*(float64(l)+0.5)/levels
		for i := range fieldCells {
			for j := range fieldCells {
				sets.cross(level, [2]float64{at(i), at(i + 1)}, [2]float64{at(j), at(j + 1)},
					[4]float64{z[i][j], z[i+1][j], z[i+1][j+1], z[i][j+1]})
			}
		}
	}
	arrows := series{name: "steepest descent −∇R", kind: path, color: palette[1]}
	length := 0.7 * size / fieldSide
	drawn, shrinks, parts := 0, 0, 0 // arrows: all, those along which σ₁ falls, those along which σ₁ and σ₂ part
	for i := range fieldSide {
		for j := range fieldSide {
			a, b := size*(float64(i)+0.6)/(fieldSide+0.1), size*(float64(j)+0.6)/(fieldSide+0.1)
			grad := spectralGradient(penalty, descending(a, b))
			if a < b {
				grad[0], grad[1] = grad[1], grad[0]
			}
			norm := math.Hypot(grad[0], grad[1])
			if !(norm > 1e-12*(hi-lo)/size) || math.IsInf(norm, 0) {
				continue // a critical point has no direction
			}
			drawn++
			if grad[0] > 0 {
				shrinks++
			}
			if (grad[0]-grad[1])*(a-b) < 0 {
				parts++
			}
			arrows.arrow(a, b, -grad[0]/norm*length, -grad[1]/norm*length)
		}
	}
	p.series = []series{sets, arrows}
	p.summary = []string{
		fmt.Sprintf("R goes from %s to %s over the square up to %s, drawn as %d level sets.",
			short(lo), short(hi), short(size), levels),
		fmt.Sprintf("Of %d arrows of steepest descent, σ₁ falls along %d, "+
			"and the larger singular value grows away from the smaller along %d.",
			drawn, shrinks, parts),
	}
	return p.chart()
}

func descending(a, b float64) []float64 { return []float64{max(a, b), min(a, b)} }

// cross adds the piece of a level set within a cell, whose corners have the values z, counted
// around from the lower left (marching squares).
func (s *series) cross(level float64, x, y [2]float64, z [4]float64) {
	corner := [4][2]float64{{x[0], y[0]}, {x[1], y[0]}, {x[1], y[1]}, {x[0], y[1]}}
	var px, py []float64
	for k := range 4 {
		a, b := z[k], z[(k+1)%4]
		if (a < level) == (b < level) {
			continue
		}
		t, from, to := (level-a)/(b-a), corner[k], corner[(k+1)%4]
		px, py = append(px, from[0]+t*(to[0]-from[0])), append(py, from[1]+t*(to[1]-from[1]))
	}
	for k := 0; k+1 < len(px); k += 2 {
		s.x, s.y = append(s.x, px[k], px[k+1], px[k+1]), append(s.y, py[k], py[k+1], math.NaN())
	}
}

// arrow adds an arrow about (x, y) with the given extent.
func (s *series) arrow(x, y, dx, dy float64) {
	const head = 0.35
	tipX, tipY := x+dx/2, y+dy/2
	s.x = append(s.x, x-dx/2, tipX, tipX-head*(dx-dy/2), tipX, tipX-head*(dx+dy/2), tipX)
	s.y = append(s.y, y-dy/2, tipY, tipY-head*(dy+dx/2), tipY, tipY-head*(dy-dx/2), math.NaN())
}
