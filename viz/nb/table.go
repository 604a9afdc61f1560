package nb

import (
	"cmp"
	"fmt"
	"html"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/janpfeifer/gonb/gonbui"

	wording "projectpenalty/viz/internal/words"
)

// Table shows rows as a table: a slice of structs, whose exported fields are the columns, or a
// [][]string whose first row is the header. Numbers are shown to four digits.
//
// A column has its field's name in words, or that of a tag, `table:"RMSE (m)"`. A tag
// `known:"HasTest"` names the bool that says whether the field is known: the cell is blank where it
// is not, a column that is known in no row is left out, and the bool is not a column. [mc.Metrics]
// has such tags.
func Table(rows any) {
	cells, numeric, err := tabulate(rows)
	switch {
	case err != nil && gonbui.IsNotebook:
		complain(err)
	case err != nil:
		fmt.Println(err)
	case gonbui.IsNotebook:
		displayHTML(tableHTML(cells, numeric))
		gonbui.Sync()
	default:
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, row := range cells {
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
		w.Flush()
	}
}

// tabulate returns the cells, the header first, and which columns are numbers.
func tabulate(rows any) (cells [][]string, numeric []bool, err error) {
	if cells, ok := rows.([][]string); ok {
		if len(cells) == 0 {
			return nil, nil, fmt.Errorf("nb: Table: no rows, not even a header")
		}
		return cells, make([]bool, len(cells[0])), nil
	}
	v := reflect.ValueOf(rows)
	if v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Struct {
		return nil, nil, fmt.Errorf("nb: Table: %T; it must be a slice of structs or a [][]string", rows)
	}
	columns, err := columnsOf(v)
	if err != nil {
		return nil, nil, err
	}
	cells = make([][]string, v.Len()+1)
	for _, c := range columns {
		kind := c.field.Type.Kind()
		if kind == reflect.Pointer {
			kind = c.field.Type.Elem().Kind()
		}
		cells[0], numeric = append(cells[0], c.name), append(numeric, kind >= reflect.Int && kind <= reflect.Float64)
		for k := range v.Len() {
			cells[k+1] = append(cells[k+1], c.cell(v.Index(k)))
		}
	}
	return cells, numeric, nil
}

// A column is a field of the rows.
type column struct {
	name  string
	field reflect.StructField
	known []int // the bool that says whether it is known; nil if it always is
}

// columnsOf returns the columns of a slice of structs.
func columnsOf(rows reflect.Value) (columns []column, err error) {
	row := rows.Type().Elem()
	flags := map[string]bool{} // fields that are not columns, since they speak of others
	for f := range row.Fields() {
		name, ok := f.Tag.Lookup("known")
		if !ok || !f.IsExported() {
			continue
		}
		if b, found := row.FieldByName(name); !found || b.Type.Kind() != reflect.Bool {
			return nil, fmt.Errorf("nb: Table: the tag of %s.%s names %q; it must be a bool of the struct",
				row, f.Name, name)
		}
		flags[name] = true
	}
	for f := range row.Fields() {
		if !f.IsExported() || flags[f.Name] {
			continue
		}
		c := column{name: cmp.Or(f.Tag.Get("table"), wording.Split(f.Name)), field: f}
		if b, ok := row.FieldByName(f.Tag.Get("known")); ok {
			c.known = b.Index
		}
		if c.inAny(rows) {
			columns = append(columns, c)
		}
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("nb: Table: %s has no exported fields", rows.Type())
	}
	return columns, nil
}

// inAny reports whether the column is known in any of the rows.
func (c column) inAny(rows reflect.Value) bool {
	for k := range rows.Len() {
		if c.isKnown(rows.Index(k)) {
			return true
		}
	}
	return c.known == nil
}

func (c column) isKnown(row reflect.Value) bool {
	return c.known == nil || row.FieldByIndex(c.known).Bool()
}

// cell is what the row has in the column, blank if it is unknown.
func (c column) cell(row reflect.Value) string {
	f := row.FieldByIndex(c.field.Index)
	if f.Kind() == reflect.Pointer && !f.IsNil() {
		f = f.Elem()
	}
	switch {
	case !c.isKnown(row), f.Kind() == reflect.Pointer:
		return ""
	case f.CanFloat():
		return fmt.Sprintf("%.4g", f.Float())
	}
	return fmt.Sprint(f.Interface())
}

func tableHTML(cells [][]string, numeric []bool) string {
	var b strings.Builder
	b.WriteString(`<table style="margin:8px 0">`)
	for r, row := range cells {
		tag := "td"
		if r == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for c, cell := range row {
			align := "left"
			if c < len(numeric) && numeric[c] {
				align = "right"
			}
			wrap := ""
			if len(cell) <= 24 { // numbers and intervals stay whole where the page is narrow
				wrap = ";white-space:nowrap"
			}
			fmt.Fprintf(&b, `<%s style="text-align:%s%s">%s</%s>`, tag, align, wrap, html.EscapeString(cell), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
	return b.String()
}
