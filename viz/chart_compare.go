package viz

import (
	"fmt"
	"math"

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
// interval of [mc.MedianInterval]. The axis is logarithmic where all values are positive. Name the
// metric with its unit.
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
	p := plot{x: axis{name: metric, log: true}, y: axis{name: row}, tall: 150 + 44*len(methods)}
	all := series{name: "seed", kind: dots, color: palette[4]}
	middle := series{name: "median", kind: largeDots, color: palette[1]}
	bounds := series{name: "interval of the median", kind: interval, color: neutral}
	fewest, most, worst, missing := math.MaxInt, 0, 1.0, 0
	for k, m := range methods {
		p.y.categories = append(p.y.categories, m.Name)
		var finite []float64
		for _, v := range m.Values {
			if !isFinite(v) {
				missing++
				continue
			}
			finite = append(finite, v)
			all.x, all.y = append(all.x, v), append(all.y, float64(k))
			p.x.log = p.x.log && v > 0
		}
		if len(finite) == 0 {
			return plot{}, fmt.Errorf("viz: %s: %q has no finite value; give one for each seed",
				function, plain(m.Name))
		}
		iv, err := mc.MedianInterval(finite)
		if err != nil {
			return plot{}, err
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
		p.notes = append(p.notes, count(missing, "value is not finite: left out", "values are not finite: left out"))
	}
	return p, nil
}
