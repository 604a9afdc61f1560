package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// totalNames are what a last row or column of sums or means is called.
var totalNames = wordSet(`total totals grandtotal rowtotal columntotal subtotal sum sums summe gesamt
	gesamtsumme insgesamt mean means average averages avg mittel mittelwert durchschnitt`)

// withoutTotals leaves out the rows and columns of Skip. Without it, a last row or column that is
// called a total and has the sums or the means of the others is asked about: they are no entries of
// the matrix.
func (p *plan) withoutTotals(name string, o *mc.Observations) (*mc.Observations, error) {
	rows, cols := o.Dims()
	if p.Skip == nil {
		var found []string
		if label := o.ColIndex().Label(cols - 1); totalNames[normal(label)] && totals(o, false) {
			found = append(found, label)
		}
		if label := o.RowIndex().Label(rows - 1); totalNames[normal(label)] && totals(o, true) &&
			!slices.Contains(found, label) {
			found = append(found, label)
		}
		if found == nil {
			return o, nil
		}
		without, with := p.Table, p.Table
		without.Skip, with.Skip = found, []string{}
		return nil, ask(name, fmt.Sprintf("a table whose %s holds sums or means of the others, which are left out",
			strings.Join(quoted(found), " and ")), without, "one in which they are entries", with)
	}
	return skipped(name, o, p.Skip)
}

// totals reports whether the last column, or the last row, has the sums of the others in all lines,
// or their means; of the known ones, as a spreadsheet does.
func totals(o *mc.Observations, row bool) bool {
	rows, cols := o.Dims()
	n, last := rows, cols-1
	if row {
		n, last = cols, rows-1
	}
	sum, count, total := make([]float64, n), make([]float64, n), make([]float64, n)
	for k := range total {
		total[k] = math.NaN()
	}
	for _, e := range o.Entries() {
		line, across := e.Row, e.Col
		if row {
			line, across = e.Col, e.Row
		}
		if across == last {
			total[line] = e.Value
			continue
		}
		sum[line] += e.Value
		count[line]++
	}
	checked, sums, means := 0, true, true
	for k, v := range total {
		if count[k] == 0 || math.IsNaN(v) {
			continue
		}
		checked++
		near := func(x float64) bool { return math.Abs(x-v) <= 0.01*math.Abs(v)+1e-9 }
		sums, means = sums && near(sum[k]), means && near(sum[k]/count[k])
	}
	return checked >= 2 && (sums || means)
}

// skipped returns the observations without the rows and columns of these names.
func skipped(name string, o *mc.Observations, labels []string) (*mc.Observations, error) {
	if len(labels) == 0 {
		return o, nil
	}
	rows, cols := o.Dims()
	found := map[string]bool{}
	kept := func(index *mc.Index, n int) (at []int, left *mc.Index, err error) {
		at = make([]int, n)
		var names []string
		for k := range n {
			if index != nil && slices.Contains(labels, index.Label(k)) {
				at[k], found[index.Label(k)] = -1, true
				continue
			}
			at[k] = len(names)
			names = append(names, index.Label(k))
		}
		if index != nil {
			left, err = mc.NewIndex(index.Name(), names)
		}
		return at, left, err
	}
	rowAt, rowIndex, rowErr := kept(o.RowIndex(), rows)
	colAt, colIndex, colErr := kept(o.ColIndex(), cols)
	if err := errors.Join(rowErr, colErr); err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	for _, label := range labels {
		if !found[label] {
			return nil, fmt.Errorf("data: Table.Skip has %q; %s has no row and no column of this name", label, name)
		}
	}
	var entries []mc.Entry
	for _, e := range o.Entries() {
		if rowAt[e.Row] >= 0 && colAt[e.Col] >= 0 {
			entries = append(entries, mc.Entry{Row: rowAt[e.Row], Col: colAt[e.Col], Value: e.Value})
		}
	}
	left := func(at []int) int { return slices.Max(at) + 1 }
	if left(rowAt) == 0 || left(colAt) == 0 {
		return nil, fmt.Errorf("data: Table.Skip is %q; nothing of %s is left", labels, name)
	}
	o, err := mc.NewObservations(left(rowAt), left(colAt), entries)
	if err != nil {
		return nil, fmt.Errorf("data: %s: without the rows and columns of Table.Skip: %w", name, err)
	}
	return o.WithIndex(rowIndex, colIndex)
}
