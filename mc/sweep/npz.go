package sweep

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"projectpenalty/mc/data"
)

// WriteNPZ writes the table for NumPy: one array per axis and per measure, with one number per row
// in the order of [Table.WriteCSV]. A missing measure is NaN. If a level of an axis is not a
// number, the axis holds the indices of its levels in [Table.Levels]. A slash in a name becomes a
// dash.
func (t *Table) WriteNPZ(w io.Writer) error {
	arrays := map[string]data.Array{}
	add := func(name string, values []float64) error {
		name = strings.NewReplacer("/", "-", "\\", "-").Replace(name)
		if _, twice := arrays[name]; twice {
			return fmt.Errorf("sweep: WriteNPZ: an axis and a measure are both called %q", name)
		}
		arrays[name] = data.Array{Shape: []int{len(values)}, Data: values}
		return nil
	}
	rows := t.sorted()
	for k, a := range t.axes {
		number := map[int32]float64{}
		numeric, levels := true, t.Levels(a)
		for _, l := range levels {
			x, err := strconv.ParseFloat(l, 64)
			numeric = numeric && err == nil
			number[t.index[l]] = x
		}
		for place, l := range levels {
			if !numeric {
				number[t.index[l]] = float64(place)
			}
		}
		values := make([]float64, len(rows))
		for i, row := range rows {
			values[i] = math.NaN()
			if l := t.labels[k][row]; l >= 0 {
				values[i] = number[l]
			}
		}
		if err := add(a, values); err != nil {
			return err
		}
	}
	for k, m := range t.measures {
		values := make([]float64, len(rows))
		for i, row := range rows {
			values[i] = math.NaN()
			if t.has[k][row] {
				values[i] = t.values[k][row]
			}
		}
		if err := add(m, values); err != nil {
			return err
		}
	}
	return data.WriteNPZ(w, arrays, data.Layout{})
}
