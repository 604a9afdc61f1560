package sweep

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// A Group has the values of one measure of the rows that share their levels of some axes.
type Group struct {
	// Levels are the labels that the rows share.
	Levels []string
	// Values of the rows, ascending. A row without the value, such as that of a run that diverged, counts as +Inf: a run
	// that failed must not make a method look better.
	Values []float64
	// Missing is the number of rows without the value.
	Missing int
}

// Group collects a measure by levels of the axes, in the order of the levels: numbers ascending, then text.
func (t *Table) Group(measure string, axes ...string) ([]Group, error) {
	values, has, err := t.measure(measure)
	if err != nil {
		return nil, err
	}
	columns := make([][]int32, len(axes))
	for k, a := range axes {
		if columns[k], err = t.axis(a); err != nil {
			return nil, err
		}
	}
	var groups []Group
	at := map[string]int{}
	id := make([]byte, 0, 4*len(axes))
	for _, row := range t.rows {
		id = id[:0]
		for _, c := range columns {
			l := c[row]
			id = append(id, byte(l), byte(l>>8), byte(l>>16), byte(l>>24))
		}
		g, ok := at[string(id)]
		if !ok {
			g = len(groups)
			at[string(id)] = g
			levels := make([]string, len(axes))
			for k, c := range columns {
				if c[row] >= 0 {
					levels[k] = t.names[c[row]]
				}
			}
			groups = append(groups, Group{Levels: levels})
		}
		if has[row] {
			groups[g].Values = append(groups[g].Values, values[row])
		} else {
			groups[g].Values = append(groups[g].Values, math.Inf(1))
			groups[g].Missing++
		}
	}
	for _, g := range groups {
		slices.Sort(g.Values)
	}
	slices.SortFunc(groups, func(a, b Group) int { return slices.CompareFunc(a.Levels, b.Levels, order) })
	return groups, nil
}

// Quantile returns the q-quantile of the values, q from 0 to 1, interpolated linearly between order statistics (Hyndman
// and Fan 1996, type 7): 0.5 is the median.
func (g Group) Quantile(q float64) float64 { return quantile(g.Values, q) }

func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i >= len(sorted)-1 || sorted[i] == sorted[i+1] {
		return sorted[i]
	}
	if part := at - float64(i); part > 0 {
		return sorted[i] + part*(sorted[i+1]-sorted[i])
	}
	return sorted[i]
}

// Interval returns the median and its distribution-free interval, see [mc.MedianInterval].
func (g Group) Interval() (mc.Interval, error) { return mc.MedianInterval(g.Values) }

// A Comparison says by how much one level of an axis exceeds another when all else is equal.
type Comparison struct {
	// Median of the differences a − b, and bounds of its bootstrap interval.
	Median, Lo, Hi float64
	// Differences of the pairs, ascending.
	Differences []float64
	// Unpaired is the number of rows left out because their partner is missing or either lacks the value.
	Unpaired int
}

// String prints the median, its interval and the number of pairs.
func (c Comparison) String() string {
	return fmt.Sprintf("%.3g [%.3g, %.3g] (%d pairs, %d unpaired)", c.Median, c.Lo, c.Hi, len(c.Differences), c.Unpaired)
}

// Compare returns the paired difference f(x_a) − f(x_b) of a measure x between two levels of an axis, over all pairs of
// rows that agree in every other axis. f is applied before the difference, math.Log10 for errors that span decades; nil
// is the identity. The interval is the 95 % percentile bootstrap of the median (Efron 1979) from 10,000 resamples that
// depend on nothing but the differences.
func (t *Table) Compare(measure string, f func(float64) float64, axis string, a, b any) (Comparison, error) {
	values, has, err := t.measure(measure)
	if err != nil {
		return Comparison{}, err
	}
	var level [2]map[string]int32 // row by the other levels
	for side, l := range []any{a, b} {
		rows, err := t.Where(axis, l)
		if err != nil {
			return Comparison{}, err
		}
		level[side] = map[string]int32{}
		for i, row := range rows.rows {
			var rest strings.Builder
			for _, other := range t.axes {
				if other != axis {
					fmt.Fprintf(&rest, "%q", rows.Row(i).Level(other))
				}
			}
			level[side][rest.String()] = row
		}
	}
	var c Comparison
	for rest, i := range level[0] {
		j, ok := level[1][rest]
		if !ok || !has[i] || !has[j] {
			continue
		}
		x, y := values[i], values[j]
		if f != nil {
			x, y = f(x), f(y)
		}
		c.Differences = append(c.Differences, x-y)
	}
	c.Unpaired = len(level[0]) + len(level[1]) - 2*len(c.Differences)
	if len(c.Differences) == 0 {
		return c, fmt.Errorf("sweep: no pairs of %s between %q and %q", axis, label(a), label(b))
	}
	slices.Sort(c.Differences)
	c.Median = quantile(c.Differences, 0.5)
	c.Lo, c.Hi = bootstrap(c.Differences)
	return c, nil
}

func bootstrap(values []float64) (lo, hi float64) {
	const resamples = 10_000
	rng := rand.New(rand.NewPCG(1, uint64(len(values))))
	medians, draw := make([]float64, resamples), make([]float64, len(values))
	for r := range medians {
		for i := range draw {
			draw[i] = values[rng.IntN(len(values))]
		}
		slices.Sort(draw)
		medians[r] = quantile(draw, 0.5)
	}
	slices.Sort(medians)
	return quantile(medians, 0.025), quantile(medians, 0.975)
}
