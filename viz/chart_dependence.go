package viz

import (
	"fmt"
	"math"
	"slices"

	"projectpenalty/mc"
	"projectpenalty/viz/internal/words"
)

// A Curve has the results of one method over the values of a setting.
type Curve struct {
	Name string
	// X are the values of the setting, in any order.
	X []float64
	// Values hold for each X a value per seed.
	Values [][]float64
}

// CurveOf returns the curve of the values at each x, one per seed:
//
//	viz.CurveOf("rank 1", scales, func(scale float64) []float64 { return errors(1, scale) })
func CurveOf(name string, x []float64, values func(x float64) []float64) Curve {
	c := Curve{Name: name, X: x}
	for _, v := range x {
		c.Values = append(c.Values, values(v))
	}
	return c
}

// Dependence asks: how does a measure depend on one number, such as a learning rate? Each curve is
// the median over seeds, within a band over the distribution-free interval of [mc.MedianInterval].
// An axis is logarithmic where its values are positive and span more than a factor of ten. A value
// that is not finite, as that of a run that failed, counts as worse than any number; a median that
// is not finite is a gap.
func Dependence(metric, setting string, curves ...Curve) *Chart {
	if len(curves) == 0 {
		return failed("viz: Dependence: no curve was given")
	}
	p := plot{title: words.Title(metric) + " over " + setting, x: axis{name: setting}, y: axis{name: metric}}
	xs, ys, seeds := span{}, span{}, math.MaxInt
	for i, c := range curves {
		if len(c.X) == 0 || len(c.X) != len(c.Values) {
			return failed("viz: Dependence: %q has %d values of %s and %d lists of results; there must be one for each",
				plain(c.Name), len(c.X), plain(setting), len(c.Values))
		}
		order := make([]int, len(c.X))
		for k := range order {
			order[k] = k
		}
		slices.SortStableFunc(order, func(a, b int) int {
			if c.X[a] < c.X[b] {
				return -1
			}
			return 1
		})
		middle := series{name: c.Name, color: palette[i%len(palette)], style: styles[i/len(palette)%len(styles)]}
		for _, k := range order {
			if math.IsNaN(c.X[k]) || math.IsInf(c.X[k], 0) {
				return failed("viz: Dependence: %q has %v as a value of %s; it must be finite",
					plain(c.Name), c.X[k], plain(setting))
			}
			values := slices.Clone(c.Values[k])
			for s, v := range values {
				if math.IsNaN(v) {
					values[s] = math.Inf(1)
				}
			}
			interval, err := mc.MedianInterval(values)
			if err != nil {
				return failed("viz: Dependence: %q at %s = %v: no values; give one for each seed",
					plain(c.Name), plain(setting), c.X[k])
			}
			seeds = min(seeds, interval.N)
			xs.add(c.X[k])
			middle.x, middle.y = append(middle.x, c.X[k]), append(middle.y, interval.Median)
			middle.low, middle.high = append(middle.low, interval.Lo), append(middle.high, interval.Hi)
			for _, v := range []float64{interval.Lo, interval.Median, interval.Hi} {
				ys.add(v)
			}
		}
		if !slices.ContainsFunc(c.Values, func(v []float64) bool { return len(v) > 1 }) {
			middle.low, middle.high = nil, nil
		}
		middle.ends = [2]string{"lower bound", "upper bound"}
		p.series = append(p.series, middle)
	}
	p.x.log, p.y.log = xs.wide(), ys.wide()
	if seeds > 1 {
		p.subtitle = fmt.Sprintf("median over at least %d seeds and its interval", seeds)
	}
	return p.chart()
}

// A span is what finite values extend over.
type span struct {
	lo, hi float64
	any    bool
}

func (s *span) add(v float64) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
	case !s.any:
		s.lo, s.hi, s.any = v, v, true
	default:
		s.lo, s.hi = min(s.lo, v), max(s.hi, v)
	}
}

// wide reports whether a logarithmic axis suits the values.
func (s span) wide() bool { return s.any && s.lo > 0 && s.hi > 10*s.lo }
