package viz

import (
	"fmt"
	"math"

	"projectpenalty/mc"
)

// A Method is what one method scored, a value for each seed.
type Method struct {
	Name   string
	Values []float64
}

// Compare asks: which method is better, and is that more than luck? A row for each method: its value for each seed as a point,
// the median as a larger one on the distribution-free interval of [mc.MedianInterval]. The axis is logarithmic where all values
// are positive. The metric is named with its unit.
func Compare(metric string, methods ...Method) *Chart {
	p, c := intervals("Comparison of methods", metric, "method", "Compare", methods)
	if c != nil {
		return c
	}
	return p.chart()
}

// Differences asks: how much better than the first method are the others, seed by seed? For each other method the values minus
// those of the first at the same seed, with the median's interval as in [Compare]: one that does not hold zero is a difference. The
// axis is linear, with a line at zero.
func Differences(metric string, methods ...Method) *Chart {
	if len(methods) < 2 {
		return failed("viz: Differences: %d methods; there must be at least two", len(methods))
	}
	base := methods[0]
	var rows []Method
	for _, m := range methods[1:] {
		if len(m.Values) != len(base.Values) {
			return failed("viz: Differences: %q has %d values, %q has %d; they must be of the same seeds", plain(m.Name), len(m.Values), plain(base.Name), len(base.Values))
		}
		d := Method{Name: m.Name}
		for k, v := range m.Values {
			d.Values = append(d.Values, v-base.Values[k])
		}
		rows = append(rows, d)
	}
	return differences(base.Name, metric, "method", "Differences", rows)
}

// differences draws values that were subtracted already.
func differences(base, metric, row, function string, rows []Method) *Chart {
	p, c := intervals("Paired differences to "+base, "difference of "+metric, row, function, rows)
	if c != nil {
		return c
	}
	p.x.log = false
	last := float64(len(rows) - 1)
	p.series = append([]series{{name: "no difference", path: true, style: "dashed", color: neutral, x: []float64{0, 0}, y: []float64{0, last}}}, p.series...)
	if last == 0 {
		p.series[0].dots = true
	}
	return p.chart()
}

// intervals is the plot of a row for each method, or the chart that says why there is none.
func intervals(title, metric, row, function string, methods []Method) (plot, *Chart) {
	if len(methods) == 0 {
		return plot{}, failed("viz: %s: no method was given", function)
	}
	p := plot{title: title, x: axis{name: metric, log: true}, y: axis{name: row}, tall: 150 + 44*len(methods)}
	var all, middle, bounds series
	all = series{name: "a seed", dots: true, path: true, color: palette[4]}
	middle = series{name: "median", dots: true, large: true, path: true, color: palette[1]}
	bounds = series{name: "interval of the median", path: true, wide: true, color: neutral}
	seeds, most, worst, missing := math.MaxInt, 0, 1.0, 0
	for k, m := range methods {
		p.y.categories = append(p.y.categories, m.Name)
		var finite []float64
		for _, v := range m.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				missing++
				continue
			}
			finite = append(finite, v)
			all.x, all.y = append(all.x, v), append(all.y, float64(k))
			p.x.log = p.x.log && v > 0
		}
		if len(finite) == 0 {
			return plot{}, failed("viz: %s: %q has no finite value: give it one for each seed", function, plain(m.Name))
		}
		interval, err := mc.MedianInterval(finite)
		if err != nil {
			return plot{}, &Chart{err: err}
		}
		seeds, most, worst = min(seeds, interval.N), max(most, interval.N), min(worst, interval.Confidence)
		middle.x, middle.y = append(middle.x, interval.Median), append(middle.y, float64(k))
		p.summary = append(p.summary, fmt.Sprintf("%s: median %s, interval from %s to %s, %s.",
			plain(m.Name), short(interval.Median), short(interval.Lo), short(interval.Hi), count(interval.N, "seed", "seeds")))
		bounds.x = append(bounds.x, interval.Lo, interval.Hi, interval.Hi)
		bounds.y = append(bounds.y, float64(k), float64(k), math.NaN())
	}
	p.series = []series{bounds, all, middle}
	number := fmt.Sprintf("%d seeds a method", seeds)
	if most > seeds {
		number = fmt.Sprintf("%d to %d seeds a method", seeds, most)
	}
	p.subtitle = fmt.Sprintf("%s · the interval holds the median with probability %.2g or more", number, worst)
	if missing > 0 {
		p.notes = append(p.notes, count(missing, "value is not finite: left out", "values are not finite: left out"))
	}
	return p, nil
}
