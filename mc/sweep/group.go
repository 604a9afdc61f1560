package sweep

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/linalg"
)

// A Group holds one measure of the rows that share their levels of some axes.
type Group struct {
	// Levels are the labels that the rows share.
	Levels []string
	// Values of the rows in the order of the cells. In a complete sweep, the values of two groups
	// are at the same seeds. A row without the value, such as a run that diverged, counts as +Inf,
	// so that failing never makes a method look better where less is better. [Table.Sample] counts
	// it as not known where the measure is no error.
	Values []float64
	// Missing counts the rows without the value.
	Missing int

	without []int // the rows, by their index in Values
}

// Group collects a measure by levels of the axes, in the order of the levels in the sweep.
//
//	groups, err := results.Group("Test", "Problem.Observed", "Solver.Depth")
func (t *Table) Group(measure string, axes ...string) ([]Group, error) {
	values, has, err := t.measure(measure)
	if err != nil {
		return nil, err
	}
	columns, places := make([][]int32, len(axes)), make([][]int32, len(axes))
	for k, a := range axes {
		if columns[k], err = t.axis(a); err != nil {
			return nil, err
		}
		places[k] = t.places(a)
	}
	type at struct {
		place []int32
		Group
	}
	var groups []at
	index := map[string]int{}
	id := make([]byte, 0, 4*len(axes))
	for _, row := range t.rows {
		id = id[:0]
		for _, c := range columns {
			id = binary.LittleEndian.AppendUint32(id, uint32(c[row]))
		}
		g, ok := index[string(id)]
		if !ok {
			g = len(groups)
			index[string(id)] = g
			levels, place := make([]string, len(axes)), make([]int32, len(axes))
			for k, c := range columns {
				place[k] = -1
				if l := c[row]; l >= 0 {
					levels[k], place[k] = t.names[l], places[k][l]
				}
			}
			groups = append(groups, at{place, Group{Levels: levels}})
		}
		if has[row] {
			groups[g].Values = append(groups[g].Values, values[row])
		} else {
			groups[g].without = append(groups[g].without, len(groups[g].Values))
			groups[g].Values = append(groups[g].Values, math.Inf(1))
			groups[g].Missing++
		}
	}
	slices.SortFunc(groups, func(a, b at) int { return slices.Compare(a.place, b.place) })
	sorted := make([]Group, len(groups))
	for i, g := range groups {
		sorted[i] = g.Group
	}
	return sorted, nil
}

// Values returns a measure of the rows at the given levels, which are pairs of an axis and a level
// as in [Over]. Values are in the order of the cells, and count as in [Group].
//
//	errors, err := results.Values("Test", "method", "ratio", "Problem.Observed", 2000)
func (t *Table) Values(measure string, at ...any) ([]float64, error) {
	g, err := t.at(measure, at...)
	return g.Values, err
}

// at is the group of the rows at the given levels.
func (t *Table) at(measure string, at ...any) (g Group, err error) {
	if len(at)%2 != 0 {
		return g, fmt.Errorf("sweep: Values: %d arguments after the measure; they must be pairs of an "+
			"axis and a level",
			len(at))
	}
	for i := 0; i < len(at); i += 2 {
		axis, ok := at[i].(string)
		if !ok {
			return g, fmt.Errorf("sweep: Values: %v (%T) is in the place of an axis' name", at[i], at[i])
		}
		if t, err = t.Where(axis, at[i+1]); err != nil {
			return g, err
		}
	}
	groups, err := t.Group(measure)
	if err != nil {
		return g, err
	}
	if len(groups) == 0 {
		return g, fmt.Errorf("sweep: Values: no results at %v%s", at, t.unfinished())
	}
	return groups[0], nil
}

// Sample returns [Table.Values] for a [mc.Verdict]. It knows whether the sweep is complete, see
// [Table.Lacks]. A row without the value counts as +Inf if the measure is an error, "Train", "Test"
// or "RelativeError", and as not known, NaN, if it is another: nobody knows whether more of it is
// better.
func (t *Table) Sample(measure string, at ...any) (mc.Sample, error) {
	return t.sample(measure, isError(measure), at...)
}

func isError(measure string) bool {
	return slices.Contains([]string{"Train", "Test", "RelativeError"}, measure)
}

// sample is [Table.Sample] of a measure that is an error or not.
func (t *Table) sample(measure string, isError bool, at ...any) (mc.Sample, error) {
	if t.present == 0 && t.whole > 0 { // it knows neither axes nor measures
		return mc.Sample{Lacks: t.Lacks()}, nil
	}
	g, err := t.at(measure, at...)
	if !isError {
		for _, i := range g.without {
			g.Values[i] = math.NaN()
		}
	}
	return mc.Sample{Values: g.Values, Lacks: t.Lacks()}, err
}

// Lacks says why the sweep is not complete, or is empty. Cells are missing, as in "3 of 60 runs are
// missing", or were cut off by a panic or a limit of time or memory, or had no problem to solve,
// which says nothing about the method. It covers the whole sweep, even for a part that
// [Table.Where] selected. A run that diverged or was refused by its solver is a result, see
// [Table.Sample].
func (t *Table) Lacks() string {
	switch missing := t.whole - t.present; {
	case missing > 0:
		return fmt.Sprintf("%d of %d runs are missing", missing, t.whole)
	case t.broken > 0:
		return fmt.Sprintf("%d of %d runs were cut off: the first %s", t.broken, t.whole, t.cause)
	}
	return ""
}

// Summary returns a table with a header: by levels of the axes, the number of runs, the median of a
// measure with its interval (see [Group.Interval]), its 10 % and 90 % quantiles, and the number of
// runs without a value.
func (t *Table) Summary(measure string, axes ...string) ([][]string, error) {
	groups, err := t.Group(measure, axes...)
	if err != nil {
		return nil, err
	}
	rows := [][]string{slices.Concat(axes, []string{
		"runs", "median of " + measure, "interval of the median", "10 %", "90 %", "without a value",
	})}
	number := func(x float64) string { return fmt.Sprintf("%.3g", x) }
	for _, g := range groups {
		iv, err := g.Interval()
		if err != nil {
			return nil, err
		}
		rows = append(rows, slices.Concat(g.Levels, []string{
			fmt.Sprint(len(g.Values)), number(iv.Median), "[" + number(iv.Lo) + ", " + number(iv.Hi) + "]",
			number(g.Quantile(0.1)), number(g.Quantile(0.9)), fmt.Sprint(g.Missing),
		}))
	}
	return rows, nil
}

// Grid returns a statistic of a measure over two numeric axes: their sorted levels, and values
// (len(y) × len(x)) for a phase diagram. A value is NaN where there is no run or the statistic is
// infinite. A nil statistic means the median.
func (t *Table) Grid(measure, xAxis, yAxis string, statistic func(Group) float64) (
	x, y []float64, values *mat.Dense, err error,
) {
	groups, err := t.Group(measure, xAxis, yAxis)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(groups) == 0 {
		return nil, nil, nil, fmt.Errorf("sweep: Grid: no results")
	}
	if statistic == nil {
		statistic = func(g Group) float64 { return g.Quantile(0.5) }
	}
	at := make([][2]float64, len(groups))
	for i, g := range groups {
		for k, axis := range []string{xAxis, yAxis} {
			if at[i][k], err = strconv.ParseFloat(g.Levels[k], 64); err != nil {
				return nil, nil, nil, fmt.Errorf("sweep: Grid: axis %q has the level %q; it must be a number",
					axis, g.Levels[k])
			}
		}
		x, y = append(x, at[i][0]), append(y, at[i][1])
	}
	for _, v := range []*[]float64{&x, &y} {
		slices.Sort(*v)
		*v = slices.Compact(*v)
	}
	values = mat.NewDense(len(y), len(x), nil)
	values.Apply(func(int, int, float64) float64 { return math.NaN() }, values)
	for i, g := range groups {
		j, _ := slices.BinarySearch(x, at[i][0])
		k, _ := slices.BinarySearch(y, at[i][1])
		if s := statistic(g); !math.IsInf(s, 0) {
			values.Set(k, j, s)
		}
	}
	return x, y, values, nil
}

// Quantile returns the q-quantile of the values, q from 0 to 1, interpolated linearly between order
// statistics (Hyndman and Fan 1996, type 7): 0.5 is the median.
func (g Group) Quantile(q float64) float64 {
	return linalg.Quantile(slices.Sorted(slices.Values(g.Values)), q)
}

// Interval returns the median and its distribution-free interval, see [mc.MedianInterval].
func (g Group) Interval() (mc.Interval, error) { return mc.MedianInterval(g.Values) }

// A Comparison says by how much one level of an axis exceeds another, all else being equal.
type Comparison struct {
	// Interval of the median of the differences a − b, see [mc.MedianInterval].
	mc.Interval
	// Differences of the pairs, ascending.
	Differences []float64
	// Unpaired counts the rows without a partner, and those of pairs in which neither has the value
	// or the difference is not a number.
	Unpaired int
}

// String prints the median, its interval and the number of pairs.
func (c Comparison) String() string {
	return fmt.Sprintf("%v (%.3g %% interval, %d pairs, %d unpaired)", c.Interval, 100*c.Confidence, c.N, c.Unpaired)
}

// Compare returns the paired differences f(x_a) − f(x_b) of a measure x between two levels of an
// axis, over all pairs of rows that agree in every other axis. Use math.Log10 for errors that span
// decades; a nil f is the identity. A row without the value counts as +Inf: the difference is +Inf
// if run a diverged, and −Inf if run b did. Pairs in which neither has the value are left out. A
// median between −Inf and +Inf is an error.
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
		switch {
		case !ok || !has[i] && !has[j]:
			continue
		case !has[i]:
			c.Differences = append(c.Differences, math.Inf(1))
			continue
		case !has[j]:
			c.Differences = append(c.Differences, math.Inf(-1))
			continue
		}
		x, y := values[i], values[j]
		if f != nil {
			x, y = f(x), f(y)
		}
		d := x - y
		if values[i] == values[j] && !math.IsInf(values[i], 0) { // f may be infinite there, as the logarithm is at 0
			d = 0
		}
		if !math.IsNaN(d) {
			c.Differences = append(c.Differences, d)
		}
	}
	c.Unpaired = len(level[0]) + len(level[1]) - 2*len(c.Differences)
	if len(c.Differences) == 0 {
		return c, fmt.Errorf("sweep: no pair of runs at %q and %q of %s has a difference of %s", Label(a), Label(b),
			axis, measure)
	}
	slices.Sort(c.Differences)
	if c.Interval, err = mc.MedianInterval(c.Differences); err != nil {
		err = fmt.Errorf("sweep: the differences of %s between %q and %q: %w", measure, Label(a), Label(b), err)
	}
	return c, err
}
