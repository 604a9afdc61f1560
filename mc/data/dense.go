package data

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"projectpenalty/mc"
)

func (p *plan) read(name string, in io.Reader) (result, error) {
	l := newLines(name, in)
	switch {
	case p.netflix:
		return p.readNetflix(l)
	case p.Form == Triples:
		return p.readTriples(l)
	default:
		return p.readDense(l)
	}
}

// nextLine returns the next line that is neither blank nor a comment. A blank line of a table of
// one column is an unknown entry.
func (p *plan) nextLine(l *lines, top bool, width int) ([]byte, error) {
	for {
		line, err := l.next()
		if err != nil {
			return nil, err
		}
		if p.separator == "|" && ruled(line) {
			continue
		}
		if len(line) > 0 && !p.comment(line, top) || len(line) == 0 && width == 1 {
			if len(trimBlanks(line)) > 0 || width == 1 || p.separator == "\t" && bytes.IndexByte(line, '\t') >= 0 {
				return line, nil
			}
		}
	}
}

// nextCells returns the cells of the next line, in the room of those given.
func (p *plan) nextCells(l *lines, cells [][]byte, top bool, width int) ([][]byte, error) {
	line, err := p.nextLine(l, top, width)
	if err == nil {
		cells, err = l.cells(cells, line, p.separator)
	}
	return p.unframed(cells), err
}

// denseTable is what a dense table holds, before it is known whether its first line and its first
// column are names.
type denseTable struct {
	*plan
	lines   *lines
	entries collector
	first   []string // the first line as it stands
	line    int      // its number
	labels  []string // of the lines below, or of all where there is no header
	counts  []string // of them, the first column
	at      []int    // their lines
	blank   int      // how many of the last lines are blank, where counts are kept
	rows    int      // with the first line
	width   int
}

func (p *plan) readDense(l *lines) (result, error) {
	d := &denseTable{plan: p, lines: l}
	n := p.numbers()
	var cells [][]byte
	blankRows := 0
	for {
		var err error
		cells, err = p.nextCells(l, cells, d.rows == 0, cmp.Or(d.width, p.width, 1))
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return result{}, err
		}
		if d.rows == maxDim {
			return result{}, l.errorf(0, "the matrix has more than %d rows", maxDim)
		}
		if d.rows == 0 {
			d.width, d.line, n.together = len(cells), l.line, len(cells) == 1
			if p.short {
				d.width++
			}
			if p.Header != No {
				for _, cell := range cells {
					d.first = append(d.first, label(cell))
				}
				d.rows++
				continue
			}
		} else if cells = p.withoutEnd(cells, d.width); len(cells) != d.width {
			return result{}, l.errorf(0, "the row has %d cells, the first row has %d", len(cells), d.width)
		}
		if p.index > 0 {
			if p.allBlank(cells) { // as Excel leaves behind the last row
				blankRows++
				continue
			} else if blankRows > 0 {
				return result{}, l.errorf(0, "the row comes after a blank one; delete the blank row")
			}
			if p.Index != Ignore {
				text := make([]string, p.index)
				for k, cell := range cells[:p.index] {
					text[k] = label(cell)
				}
				name := rowLabel(text)
				if strings.TrimSpace(name) == "" { // as a blank of Windows-1252 is, too
					return result{}, l.errorf(1, "the name of the row is blank")
				}
				d.labels, d.at = append(d.labels, name), append(d.at, l.line)
			}
		} else if p.perhaps {
			d.counts, d.at = append(d.counts, label(cells[0])), append(d.at, l.line)
			if d.blank++; !p.allBlank(cells) {
				d.blank = 0
			}
		}
		start := p.index
		if p.perhaps && d.first != nil {
			start = 1 // is read at the end
		}
		for j := start; j < len(cells); j++ {
			x, known, err := l.value(n, j+1, cells[j])
			if err != nil {
				return result{}, err
			}
			if known {
				d.entries.add(d.rows, j, x, 0)
			}
		}
		d.rows++
	}
	if d.rows == 0 {
		return result{}, fmt.Errorf("data: %s: the file is empty", l.name)
	}
	return d.resolve(n)
}

// ruled reports whether a line is the rule below the header of a table in Markdown.
func ruled(line []byte) bool {
	return bytes.Contains(line, []byte("---")) && len(bytes.Trim(line, "|:-+ \t")) == 0
}

// framed reports whether all lines begin and end with a separator, as in Markdown.
func framed(rows [][][]byte) bool {
	for _, row := range rows {
		if len(row) < 3 || len(row[0]) > 0 || len(row[len(row)-1]) > 0 {
			return false
		}
	}
	return len(rows) > 0
}

// unframed leaves out what stands left of the first separator and right of the last: nothing.
func (p *plan) unframed(cells [][]byte) [][]byte {
	if last := len(cells) - 1; p.framed && last > 1 && len(cells[0]) == 0 && len(cells[last]) == 0 {
		return cells[1:last]
	}
	return cells
}

// withoutEnd leaves out what stands behind a separator at the end of a line: nothing.
func (p *plan) withoutEnd(cells [][]byte, width int) [][]byte {
	if p.trailing && len(cells) == width+1 && len(cells[width]) == 0 {
		return cells[:width]
	}
	return cells
}

func (p *plan) allBlank(cells [][]byte) bool {
	for _, cell := range cells {
		if len(cell) > 0 {
			return false
		}
	}
	return true
}

// resolve decides what the first line and the first column are.
func (d *denseTable) resolve(n *numbers) (result, error) {
	p := d.plan
	index := p.index
	if p.perhaps && p.Index == Found {
		// The cells of the first column below the first line, and of the first line right of the
		// first cell.
		column, above := d.counts[:len(d.counts)-d.blank], d.first
		if p.Header == No && d.first == nil {
			if counts, from := countUp(column); counts && len(column) >= 3+from || len(column) >= 5 &&
				allWhole(column) && ascending(n, column) {
				return result{}, d.ask("a matrix without names", p.with(No, No),
					"one whose first column numbers the rows", p.with(No, Yes))
			}
		} else if err := d.resolveNames(n, column, above, &index); err != nil {
			return result{}, err
		}
	} else if p.Header == Found && d.first != nil {
		if err := d.resolveHeader(n, index); err != nil {
			return result{}, err
		}
	}
	if p.perhaps && index == 0 && d.first != nil { // the first column is of numbers
		for k, text := range d.counts {
			d.lines.line = d.at[k]
			x, known, err := d.lines.value(n, 1, []byte(text))
			if err != nil {
				return result{}, err
			}
			if known {
				d.entries.add(k+1, 0, x, 0)
			}
		}
	}
	if p.perhaps && index == 1 { // of names, so that what Excel leaves behind the last row is none
		d.rows -= d.blank
		d.counts, d.at = d.counts[:len(d.counts)-d.blank], d.at[:len(d.at)-d.blank]
		d.labels = d.counts
		if p.Header == No && d.first == nil {
			// not reached: such tables are asked about
			return result{}, errors.New("data: the first column was read twice")
		}
	}
	header := 0
	if p.Header == Yes {
		header = 1
	} else if d.first != nil {
		d.lines.line = d.line
		for j := index; j < len(d.first); j++ {
			x, known, err := d.lines.value(n, j+1, []byte(d.first[j]))
			if err != nil {
				return result{}, err
			}
			if known {
				d.entries.add(0, j, x, 0)
			}
		}
		if index > 0 && p.Index != Ignore {
			name := rowLabel(d.first[:index])
			if strings.TrimSpace(name) == "" {
				return result{}, d.lines.errorf(1, "the name of the row is blank")
			}
			d.labels = slices.Insert(d.labels, 0, name)
			d.at = slices.Insert(d.at, 0, d.line)
		}
	}
	if index > 0 && p.Index == Found {
		p.Index = Yes
	} else if p.Index == Found {
		p.Index = No
	}
	if p.Header == Found {
		p.Header = No
	}
	if p.Decimal == 0 {
		p.Decimal = rune(n.point)
	}
	return d.result(header, index)
}

// result makes the observations, with the first header lines and the first index columns as names.
func (d *denseTable) result(header, index int) (result, error) {
	p, name := d.plan, d.lines.name
	rows, cols := d.rows-header, d.width-index
	if rows < 1 || cols < 1 {
		return result{}, fmt.Errorf("data: %s: the table has names and no entries", name)
	}
	var colLabels []string
	if header > 0 {
		colLabels = d.first[min(index, len(d.first)):]
		if p.short { // the header leaves out the first column
			colLabels = d.first[min(max(index-1, 0), len(d.first)):]
		}
		cols = d.named(colLabels, index)
		colLabels = slices.Clone(colLabels[:cols])
		for k, text := range colLabels {
			if text == "" {
				colLabels[k] = fmt.Sprintf("column %d", k+index+1)
			}
		}
	}
	if d.entries.n == 0 {
		return result{}, fmt.Errorf("data: %s: every cell is blank; at least one entry must be known", name)
	}
	from := index
	if index == 0 && header == 0 && rows > 1 && p.Unknown == nil && d.jester() {
		from, cols = 1, cols-1
	}
	if err := askSentinel(name, p.Table, &d.entries, d.width); err != nil {
		return result{}, err
	}
	rowIndex, err := d.index(d.rowName(header, index), d.labels, index > 0 && p.Index == Yes,
		func(k int) int { return d.at[k] })
	if err != nil {
		return result{}, err
	}
	colIndex, err := d.index("column", colLabels, header > 0, func(int) int { return d.line })
	if err != nil {
		return result{}, err
	}
	if header == 0 && index == 0 && cols == 2 && p.guessed && d.pairs() {
		return result{}, d.ask("a list of the entries that there are, each 1",
			Table{Form: Triples, Value: Ones, Header: No}, fmt.Sprintf("a dense matrix of %d×2", rows), p.with(No, No))
	}
	o, _, err := d.entries.observations(rows, cols, nil, nil, header, from, Refuse)
	if err != nil {
		return result{}, fmt.Errorf("data: %s: %w", name, err)
	}
	if o, err = o.WithIndex(rowIndex, colIndex); err == nil {
		o, err = p.withoutTotals(name, o)
	}
	return result{o: o, found: p.Table}, err
}

// rowLabel is the name of the row that the leading cells make.
func rowLabel(cells []string) string {
	if len(cells) == 1 {
		return cells[0]
	}
	return strings.TrimSpace(strings.Join(cells, " "))
}

// rowName is what the header calls the names of the rows.
func (d *denseTable) rowName(header, index int) string {
	if header == 0 || index != 1 || d.short || len(d.first) == 0 {
		return "row"
	}
	if corner := normal(d.first[0]); corner == "" || corner == "index" || corner == "unnamed0" || corner == "row" {
		return "row"
	}
	return d.first[0]
}

// named is how many columns are left without those at the end that have neither a name nor an
// entry, as Excel writes them.
func (d *denseTable) named(labels []string, index int) int {
	last := len(labels)
	for last > 1 && labels[last-1] == "" {
		last--
	}
	if last < len(labels) {
		for _, part := range d.entries.chunks {
			for _, j := range part.col {
				last = max(last, int(j)-index+1)
			}
		}
	}
	return last
}

// index makes the index of labels, which must differ.
func (d *denseTable) index(what string, labels []string, there bool, line func(k int) int) (*mc.Index, error) {
	if !there {
		return nil, nil
	}
	if counts, from := countUp(labels); counts {
		return mc.CountingIndex(what, from, len(labels)), nil
	}
	at := make(map[string]int, len(labels))
	for k, text := range labels {
		if first, twice := at[text]; twice {
			where := fmt.Sprintf("line %d", line(first))
			if what == "column" {
				return nil, fmt.Errorf("data: %s:%d: columns %d and %d have the same name %q; names must differ",
					d.lines.name, line(k), first+1, k+1, text)
			}
			return nil, fmt.Errorf("data: %s:%d: the row's name %s was given in %s already; names must differ; "+
				"data.Table{Index: data.Ignore} reads the file without them",
				d.lines.name, line(k), quote([]byte(text)), where)
		}
		at[text] = k
	}
	return mc.NewIndex(what, labels)
}

// resolveNames decides where both the first line and the first column may be names, though they are
// numbers.
func (d *denseTable) resolveNames(n *numbers, column, above []string, index *int) error {
	p := d.plan
	corner, right := above[0], above[1:]
	if p.Header == Yes { // the first column is below a name
		counts, _ := countUp(column)
		inSeries := len(right) > 0 && series(corner, right[0])
		ordered := !inSeries && (allWhole(column) || ascending(n, column))
		switch {
		case distinct(column) && (numbersRows(corner) && ordered ||
			normal(corner) == "" || normal(corner) == "unnamed0"):
			*index = 1
		case counts && len(column) >= 3, distinct(column) && namesRows(corner) && ordered,
			!inSeries && len(column) >= 5 && allWhole(column) && ascending(n, column):
			return d.ask(fmt.Sprintf("a table whose column %q is of values", corner), p.with(Yes, No),
				"one whose first column numbers the rows", p.with(Yes, Yes))
		}
		return nil
	}
	if strings.TrimSpace(corner) == "" && len(right) > 0 && distinct(right) && distinct(column) {
		across, _ := countUp(right)
		down, _ := countUp(column)
		switch {
		case across && down:
			p.Header, *index = Yes, 1
		case len(column) > 0 && (allWhole(right) && allWhole(column) || ascending(n, right) && ascending(n, column)):
			return d.ask("a matrix whose first entry is unknown", p.with(No, No),
				"one whose first line and first column are names", p.with(Yes, Yes))
		}
		return nil
	}
	all := append([]string{corner}, column...)
	if counts, from := countUp(all); counts && len(all) >= 3+from || len(all) >= 5 && len(right) > 1 &&
		allWhole(all) && ascending(n, all) {
		// The first column goes on from the first line, which is no header, then.
		return d.ask("a matrix without names", p.with(No, No), "one whose first column numbers the rows",
			p.with(No, Yes))
	}
	return d.resolveHeader(n, 0)
}

// resolveHeader decides whether a first line of numbers is a header.
func (d *denseTable) resolveHeader(n *numbers, index int) error {
	p := d.plan
	right := d.first[min(index, len(d.first)):]
	counts, from := countUp(right)
	corner := ""
	if index > 0 {
		corner = d.first[0]
	}
	if index > 0 && (normal(corner) == "" || namesRows(corner)) && distinct(right) && !slices.Contains(right, "") {
		p.Header = Yes
		return nil
	}
	named := counts && from == 0 && len(right) > 1 || counts && index > 0 && len(right) > 2 ||
		index > 0 && ascending(n, right) || d.years(n, right)
	if !named || d.rows < 2 || len(d.labels) > 0 && series(corner, d.labels[0]) { // r1 above r2 names a row
		return nil
	}
	if index > 0 && d.years(n, right) {
		p.Header = Yes
		return nil
	}
	at := No
	if index > 0 {
		at = Yes
	}
	return d.ask("a matrix whose first line has values", p.with(No, at), "one whose first line names the columns",
		p.with(Yes, at))
}

// years finds a first line of whole numbers in equal steps, from 100 on, outside of what the lines
// below hold.
func (d *denseTable) years(n *numbers, right []string) bool {
	if len(right) < 2 || !allWhole(right) {
		return false
	}
	var x []float64
	for _, text := range right {
		v, _, _ := n.read([]byte(text))
		x = append(x, v)
	}
	step := x[1] - x[0]
	for k := 1; k < len(x); k++ {
		if x[k]-x[k-1] != step || step <= 0 {
			return false
		}
	}
	if x[0] < 100 {
		return false
	}
	for _, part := range d.entries.chunks {
		for _, v := range part.value {
			if v >= x[0] && v <= x[len(x)-1] {
				return false
			}
		}
	}
	return true
}

// jester finds the form of the joke ratings of Jester: the first column is how many of the others
// are rated, from −10 to 10, where 99 stands for unknown. It takes the 99s and the first column
// away.
func (d *denseTable) jester() bool {
	if d.width < 11 {
		return false
	}
	rated, first := make([]int, d.rows), make([]float64, d.rows)
	some := false
	for _, part := range d.entries.chunks {
		for k, v := range part.value {
			switch {
			case part.col[k] == 0:
				first[part.row[k]] = v
			case v == 99:
				some = true
			case v < -10 || v > 10:
				return false
			default:
				rated[part.row[k]]++
			}
		}
	}
	for i := range rated {
		if first[i] != float64(rated[i]) {
			return false
		}
	}
	if !some {
		return false
	}
	var kept collector
	for _, part := range d.entries.chunks {
		for k, v := range part.value {
			if part.col[k] > 0 && v != 99 {
				kept.add(int(part.row[k]), int(part.col[k]), v, 0)
			}
		}
	}
	d.entries = kept
	return kept.n > 0
}

// pairs finds a table of two columns that may be row and column of entries: whole numbers, those of
// the first often the same, and no pair there twice.
func (d *denseTable) pairs() bool {
	if d.entries.n != 2*d.rows {
		return false
	}
	at, firsts := map[[2]float64]bool{}, map[float64]bool{}
	first := make([]float64, d.rows)
	for pass := range 2 {
		for _, part := range d.entries.chunks {
			for k, v := range part.value {
				if v < 0 || v != math.Trunc(v) {
					return false
				}
				if int(part.col[k]) != pass {
					continue
				}
				if i := part.row[k]; pass == 0 {
					first[i] = v
					firsts[v] = true
				} else if pair := [2]float64{first[i], v}; at[pair] {
					return false
				} else {
					at[pair] = true
				}
			}
		}
	}
	return len(firsts) < d.rows
}

// with is the table with answers about names.
func (p *plan) with(header, index Choice) Table {
	t := p.Table
	t.Form, t.Header, t.Index = Dense, header, index
	return t
}

func (d *denseTable) ask(one string, oneTable Table, other string, otherTable Table) error {
	return ask(d.lines.name, one, oneTable, other, otherTable)
}

// countUp reports whether the texts are from, from+1, … in order, with from 0 or 1.
func countUp(texts []string) (counts bool, from int) {
	if len(texts) == 0 {
		return false, 0
	}
	if texts[0] == "1" {
		from = 1
	}
	for k, text := range texts {
		x, ok := smallInteger([]byte(text))
		if !ok || x != k+from || len(text) > 1 && text[0] == '0' {
			return false, 0
		}
	}
	return true, from
}

func allWhole(texts []string) bool {
	for _, text := range texts {
		if _, ok := whole([]byte(text)); !ok {
			return false
		}
	}
	return len(texts) > 0
}

func distinct(texts []string) bool {
	at := make(map[string]bool, len(texts))
	for _, text := range texts {
		if text == "" || at[text] {
			return false
		}
		at[text] = true
	}
	return true
}

func ascending(n *numbers, texts []string) bool {
	last := 0.0
	for k, text := range texts {
		x, kind, err := n.read([]byte(text))
		if err != nil || kind != isNumber || k > 0 && x <= last {
			return false
		}
		last = x
	}
	return len(texts) > 1
}
