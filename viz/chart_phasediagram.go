package viz

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
)

// Levels are the values that were tried of one setting.
type Levels struct {
	Name   string
	Values []float64
}

// PhaseDiagram asks: where does a method work? The values (len(y.Values) × len(x.Values)), such as
// the error over depth and number of observed entries, with row 0 at the bottom. The unit of the
// scale says what they are. NaN, for a run that failed, is left blank. Where all values are
// positive and span more than a factor of ten, the colours follow their logarithm.
func PhaseDiagram(title string, x, y Levels, values mat.Matrix, scale Scale) *Chart {
	if isNil(values) {
		return failed("viz: PhaseDiagram(%q): the matrix is nil", plain(title))
	}
	rows, cols := values.Dims()
	if rows != len(y.Values) || cols != len(x.Values) {
		return failed("viz: PhaseDiagram(%q): the matrix is %d×%d for %d values of %q and %d of %q",
			plain(title), rows, cols,
			len(y.Values), plain(y.Name), len(x.Values), plain(x.Name))
	}
	e := extentOf(values)
	return grid{
		title: title, upward: true, log: e.lo > 0 && e.hi > 10*e.lo && !scale.Diverging && scale.Min >= 0,
		unknown: [2]string{"setting has no value", "settings have no value"},
		x:       levelAxis(x), y: levelAxis(y),
	}.chart("PhaseDiagram", values, scale)
}

// levelAxis is the axis of levels: in four digits, or as many as tell them apart. Whole numbers
// below a million have all.
func levelAxis(l Levels) axis {
	a := axis{name: l.Name, whole: make([]string, len(l.Values))}
	for k, v := range l.Values {
		a.whole[k] = strconv.FormatFloat(v, 'g', -1, 64)
	}
	distinct := func(list []string) int {
		list = slices.Clone(list)
		slices.Sort(list)
		return len(slices.Compact(list))
	}
	for digits := 4; digits == 4 || distinct(a.categories) < distinct(a.whole); digits++ {
		a.categories = nil
		for _, v := range l.Values {
			text := strconv.FormatFloat(v, 'g', digits, 64)
			if v == math.Trunc(v) && math.Abs(v) < 1e6 {
				text = strconv.FormatFloat(v, 'f', -1, 64)
			}
			a.categories = append(a.categories, text)
		}
	}
	return a
}
