package sweep

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Table holds the results of a sweep: one row per result, one column per axis and per measure. It
// is immutable; methods that select rows return another table.
type Table struct {
	*columns
	rows []int32
}

// columns hold the records of a store, each distinct label and status once.
type columns struct {
	axes     []string
	labels   [][]int32 // by axis and row: index into names
	measures []string
	values   [][]float64 // by measure and row
	has      [][]bool    // whether the row has the value
	keys     []key
	status   []int32 // index into names
	errs     []string
	names    []string
	index    map[string]int32          // of names
	at       map[key]int32             // row of the key
	levels   map[string]map[string]int // by axis and label: its place in the specification
	cells    int                       // that the table is to have: of the sweep, or of a shard of it
	whole    int                       // cells of the sweep
	present  int                       // of these, how many have a record
	broken   int                       // of these, how many panicked or met a limit
	cause    string                    // of the first
	sources  string                    // of mc, see mc.Sources; empty for version 0.1
	own      []string                  // measures of the sweep's own, which no run need have
}

func newColumns() *columns { return &columns{index: map[string]int32{}, at: map[key]int32{}} }

// add keeps a record. A result replaces a failure. Of two failures one stays, whatever their order.
// Two results must be equal.
func (c *columns) add(r *record) error {
	row, known := c.at[r.key]
	if !known {
		row = int32(len(c.keys))
		c.at[r.key] = row
		c.keys = append(c.keys, r.key)
		c.status = append(c.status, 0)
		c.errs = append(c.errs, "")
		for i := range c.labels {
			c.labels[i] = append(c.labels[i], -1)
		}
		for i := range c.values {
			c.values[i], c.has[i] = append(c.values[i], 0), append(c.has[i], false)
		}
		c.put(row, r)
		return nil
	}
	old := c.record(row)
	a, b := string(old.sorted().append(nil)), string(r.sorted().append(nil))
	switch {
	case a == b:
	case old.failure() && (!r.failure() || b < a):
		c.put(row, r)
	case !old.failure() && !r.failure():
		return fmt.Errorf("sweep: two results of one cell differ, so the cell is not deterministic or its "+
			"code has changed:\n%s%s",
			a, b)
	}
	return nil
}

func (c *columns) put(row int32, r *record) {
	c.status[row], c.errs[row] = c.name(r.status), r.err
	for i := range c.labels {
		c.labels[i][row] = -1
	}
	for i := range c.has {
		c.has[i][row] = false
	}
	for _, l := range r.levels {
		i := slices.Index(c.axes, l.name)
		if i < 0 {
			i = len(c.axes)
			c.axes = append(c.axes, l.name)
			column := make([]int32, len(c.keys))
			for k := range column {
				column[k] = -1
			}
			c.labels = append(c.labels, column)
		}
		c.labels[i][row] = c.name(l.value)
	}
	for _, v := range r.values {
		i := slices.Index(c.measures, v.name)
		if i < 0 {
			i = len(c.measures)
			c.measures = append(c.measures, v.name)
			c.values, c.has = append(c.values, make([]float64, len(c.keys))), append(c.has, make([]bool, len(c.keys)))
		}
		c.values[i][row], c.has[i][row] = v.value, true
	}
}

func (c *columns) name(s string) int32 {
	i, ok := c.index[s]
	if !ok {
		i = int32(len(c.names))
		c.index[s], c.names = i, append(c.names, s)
	}
	return i
}

// record returns a row.
func (c *columns) record(row int32) *record {
	r := &record{key: c.keys[row], status: c.names[c.status[row]], err: c.errs[row]}
	for i, a := range c.axes {
		if l := c.labels[i][row]; l >= 0 {
			r.levels = append(r.levels, field[string]{a, c.names[l]})
		}
	}
	for i, m := range c.measures {
		if c.has[i][row] {
			r.values = append(r.values, field[float64]{m, c.values[i][row]})
		}
	}
	return r
}

// failure reports whether the row records that its cell has no result.
func (c *columns) failure(row int32) bool {
	return (&record{status: c.names[c.status[row]]}).failure()
}

// of returns the results of the cells with these keys, in that order, as far as they are there.
func (c *columns) of(f frozen, keys []key) *Table {
	c.specified(f)
	t := &Table{columns: c}
	for _, k := range keys {
		if row, ok := c.at[k]; ok {
			t.rows = append(t.rows, row)
		}
	}
	c.complete(t.rows)
	return t
}

// specified sets the sweep that the columns belong to.
func (c *columns) specified(f frozen) {
	c.cells, c.whole, c.sources, c.own = f.Cells, f.Cells, f.Sources, f.Measures
	c.levels = map[string]map[string]int{}
	for _, a := range f.Axes {
		c.levels[a.Name] = map[string]int{}
		for i, l := range a.Levels {
			c.levels[a.Name][l.Label] = i
		}
	}
}

// complete counts the rows, which are all those of the sweep.
func (c *columns) complete(rows []int32) {
	c.present, c.broken, c.cause = len(rows), 0, ""
	for _, row := range rows {
		switch status := c.names[c.status[row]]; status {
		case panicked, timedOut, outOfMemory, noProblem:
			if c.broken++; c.broken == 1 {
				c.cause = strings.TrimSuffix(status+": "+c.errs[row], ": ")
			}
		}
	}
}

func (c *columns) table() *Table {
	rows := make([]int32, len(c.keys))
	for i := range rows {
		rows[i] = int32(i)
	}
	return &Table{c, rows}
}

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Missing returns the number of cells of the sweep without a row in the table: cells that have not
// run, and rows that [Table.Where] left out.
func (t *Table) Missing() int { return max(0, t.cells-len(t.rows)) }

// Axes returns the names of the axes, in the order of the sweep.
func (t *Table) Axes() []string { return slices.Clone(t.axes) }

// Levels returns the labels of an axis that have results, in the order of the sweep.
func (t *Table) Levels(axis string) []string {
	k := slices.Index(t.axes, axis)
	if k < 0 {
		return nil
	}
	places := t.places(axis)
	seen := map[int32]bool{}
	for _, row := range t.rows {
		if l := t.labels[k][row]; l >= 0 {
			seen[l] = true
		}
	}
	list := slices.SortedFunc(maps.Keys(seen), func(a, b int32) int { return cmp.Compare(places[a], places[b]) })
	labels := make([]string, len(list))
	for i, l := range list {
		labels[i] = t.names[l]
	}
	return labels
}

// Measures returns the names of the measures, the usual ones of [Run] first.
func (t *Table) Measures() []string {
	names := slices.Clone(t.measures)
	slices.SortFunc(names, measureOrder)
	return names
}

// A Row is one result.
type Row struct {
	table *Table
	row   int32
}

// Row returns row i, from 0.
func (t *Table) Row(i int) Row { return Row{t, t.rows[i]} }

// Key returns the key of the cell.
func (r Row) Key() string { return r.table.keys[r.row].String() }

// Status returns why the run ended: a [mc.Status], or "diverged", "failed", "panicked", "time
// limit" or "memory limit".
func (r Row) Status() string { return r.table.names[r.table.status[r.row]] }

// Failed reports whether the cell has no result: it failed, panicked or met a limit.
func (r Row) Failed() bool { return r.table.failure(r.row) }

// Err returns the message of a run that diverged or has no result.
func (r Row) Err() string { return r.table.errs[r.row] }

// Level returns the label of the row's level of an axis, empty if it has none.
func (r Row) Level(axis string) string {
	if i := slices.Index(r.table.axes, axis); i >= 0 && r.table.labels[i][r.row] >= 0 {
		return r.table.names[r.table.labels[i][r.row]]
	}
	return ""
}

// Value returns a measure, and false if the row lacks it.
func (r Row) Value(measure string) (float64, bool) {
	if i := slices.Index(r.table.measures, measure); i >= 0 && r.table.has[i][r.row] {
		return r.table.values[i][r.row], true
	}
	return 0, false
}

// Where returns the rows at one of the levels of an axis, written as in [Over].
func (t *Table) Where(axis string, levels ...any) (*Table, error) {
	column, err := t.axis(axis)
	if err != nil {
		return nil, err
	}
	want := map[int32]bool{}
	for _, l := range levels {
		i, ok := t.index[Label(l)]
		if !ok || !slices.Contains(column, i) {
			return nil, fmt.Errorf("sweep: axis %q has no level %q among the results%s", axis, Label(l), t.unfinished())
		}
		want[i] = true
	}
	selected := &Table{columns: t.columns}
	for _, row := range t.rows {
		if want[column[row]] {
			selected.rows = append(selected.rows, row)
		}
	}
	return selected, nil
}

// unfinished returns the end of an error message: cells may be missing from the results.
func (c *columns) unfinished() string {
	if lacks := c.whole - c.present; lacks > 0 {
		return fmt.Sprintf("; %d of the sweep's %d cells have yet to run", lacks, c.whole)
	}
	return ""
}

func (t *Table) axis(name string) ([]int32, error) {
	i := slices.Index(t.axes, name)
	if i < 0 {
		return nil, fmt.Errorf("sweep: there is no axis %q; there are %q%s", name, t.axes, t.unfinished())
	}
	return t.labels[i], nil
}

func (t *Table) measure(name string) ([]float64, []bool, error) {
	i := slices.Index(t.measures, name)
	// No run need have a measure of the sweep's own. Where no run finished, nothing tells what
	// measures there would be. A run that diverged has its Steps.
	finished := slices.ContainsFunc(t.measures, func(m string) bool { return m != "Steps" })
	if i < 0 && (!finished || slices.Contains(t.own, name)) && len(t.keys) > 0 {
		return make([]float64, len(t.keys)), make([]bool, len(t.keys)), nil
	}
	if i < 0 {
		return nil, nil, fmt.Errorf("sweep: there is no measure %q; there are %q%s", name, t.measures, t.unfinished())
	}
	return t.values[i], t.has[i], nil
}

// WriteCSV writes one row per result: axes, status, measures, message, key, and the digest of the
// code ([mc.Sources]). A missing measure is an empty field. Rows are in the order of the sweep's
// levels, so that the same results give the same file.
func (t *Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	measures := t.Measures()
	line := slices.Concat(t.axes, []string{"status"}, measures, []string{"error", "key", "sources"})
	out.Write(line)
	for _, row := range t.sorted() {
		r := Row{t, row}
		line = line[:0]
		for _, a := range t.axes {
			line = append(line, r.Level(a))
		}
		line = append(line, r.Status())
		for _, m := range measures {
			text := ""
			if x, ok := r.Value(m); ok {
				text = strconv.FormatFloat(x, 'g', -1, 64)
			}
			line = append(line, text)
		}
		out.Write(append(line, r.Err(), r.Key(), t.sources))
	}
	out.Flush()
	return out.Error()
}

// sorted returns the rows in the order of their levels.
func (t *Table) sorted() []int32 {
	places := make([][]int32, len(t.axes))
	for k, a := range t.axes {
		places[k] = t.places(a)
	}
	rows := slices.Clone(t.rows)
	slices.SortFunc(rows, func(a, b int32) int {
		for k, column := range t.labels {
			if x, y := column[a], column[b]; x != y && x >= 0 && y >= 0 {
				return cmp.Compare(places[k][x], places[k][y])
			}
		}
		return bytes.Compare(t.keys[a][:], t.keys[b][:])
	})
	return rows
}

// places returns the place of each name among the levels of an axis. Levels of the specification
// come first, in its order; then other levels, numbers before text.
func (c *columns) places(axis string) []int32 {
	known := c.levels[axis]
	sorted := make([]int32, len(c.names))
	for i := range sorted {
		sorted[i] = int32(i)
	}
	slices.SortFunc(sorted, func(a, b int32) int {
		x, y := c.names[a], c.names[b]
		i, isX := known[x]
		j, isY := known[y]
		switch {
		case isX && isY:
			return cmp.Compare(i, j)
		case isX:
			return -1
		case isY:
			return 1
		}
		return order(x, y)
	})
	places := make([]int32, len(c.names))
	for place, name := range sorted {
		places[name] = int32(place)
	}
	return places
}

// order compares labels: numbers by value, then text.
func order(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	switch {
	case errX == nil && errY == nil:
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}
