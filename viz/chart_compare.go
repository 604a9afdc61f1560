package viz

import (
	"fmt"
	"math"
	"slices"

	"projectpenalty/mc"
	"projectpenalty/viz/internal/words"
)

// A Method is the results of one method, a value for each seed.
type Method struct {
	Name   string
	Values []float64
}

// Compare asks: which method is better, and is that more than luck? A row for each method: its
// value for each seed as a small point, and the median as a large one on the distribution-free
// interval of [mc.MedianInterval]. An infinite value, as that of a run that failed, counts as
// larger than any number; a median that is infinite is a gap, and an interval without end goes to
// the edge; [Chart.CSV] has both as they are. The axis is logarithmic where all values are
// positive. Name the metric with its unit.
func Compare(metric string, methods ...Method) *Chart {
	return compare(metric, "method", "Compare", methods)
}

// compare draws the methods for the exported function of the given name; row is what a method is.
func compare(metric, row, function string, methods []Method) *Chart {
	p, err := intervals(metric, row, function, methods)
	if err != nil {
		return &Chart{err: err}
	}
	p.title = words.Title(metric) + " by " + row
	return p.chart()
}

// intervals is the plot of a row for each method, without a title.
func intervals(metric, row, function string, methods []Method) (plot, error) {
	if len(methods) == 0 {
		return plot{}, fmt.Errorf("viz: %s: no method was given", function)
	}
	p := plot{x: axis{name: metric}, y: axis{name: row}, tall: 150 + 44*len(methods)}
	all := series{name: "seed", kind: dots, color: palette[4]}
	middle := series{name: "median", kind: largeDots, color: palette[1]}
	bounds := series{name: "interval of the median", kind: interval, color: neutral}
	fewest, most, worst, missing, infinite, finite := math.MaxInt, 0, 1.0, 0, 0, span{}
	for k, m := range methods {
		p.y.categories = append(p.y.categories, m.Name)
		for _, v := range m.Values {
			all.x, all.y = append(all.x, v), append(all.y, float64(k))
			switch {
			case math.IsNaN(v):
				missing++
			case math.IsInf(v, 0):
				infinite++
			default:
				finite.add(v)
			}
		}
	}
	if !finite.any {
		return plot{}, fmt.Errorf("viz: %s: no value is finite", function)
	}
	p.x.log = finite.lo > 0
	p.x.edges = edges(finite.lo, finite.hi, p.x.log)
	for k, m := range methods {
		iv, err := mc.MedianInterval(slices.DeleteFunc(slices.Clone(m.Values), math.IsNaN))
		if err != nil {
			return plot{}, fmt.Errorf("viz: %s: %q: %w", function, plain(m.Name), err)
		}
		fewest, most, worst = min(fewest, iv.N), max(most, iv.N), min(worst, iv.Confidence)
		middle.x, middle.y = append(middle.x, iv.Median), append(middle.y, float64(k))
		p.summary = append(p.summary, fmt.Sprintf("%s: median %s, interval from %s to %s, %s.",
			plain(m.Name), short(iv.Median), short(iv.Lo), short(iv.Hi), count(iv.N, "seed", "seeds")))
		bounds.x = append(bounds.x, iv.Lo, iv.Hi, iv.Hi)
		bounds.y = append(bounds.y, float64(k), float64(k), math.NaN())
	}
	p.series = []series{bounds, all, middle}
	seeds := count(fewest, "seed", "seeds")
	if most > fewest {
		seeds = fmt.Sprintf("%d to %d seeds", fewest, most)
	}
	p.subtitle = fmt.Sprintf("%s per row · the interval holds the median with probability %.2g or more", seeds, worst)
	if missing > 0 {
		p.notes = append(p.notes, count(missing, "value is unknown: left out", "values are unknown: left out"))
	}
	if infinite > 0 {
		p.notes = append(p.notes,
			count(infinite, "value is infinite: beyond the edge", "values are infinite: beyond the edge"))
	}
	return p, nil
}

// edges are a little beyond the values, which go from left to right: there an interval without end
// is cut.
func edges(left, right float64, log bool) [2]float64 {
	if log {
		beyond := math.Pow(10, max(0.1, 0.05*math.Log10(right/left)))
		return [2]float64{left / beyond, min(right*beyond, math.MaxFloat64)}
	}
	beyond := 0.05*right - 0.05*left
	if beyond == 0 {
		beyond = max(1, math.Abs(right))
	}
	return [2]float64{max(left-beyond, -math.MaxFloat64), min(right+beyond, math.MaxFloat64)}
}
