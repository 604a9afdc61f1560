package nb

import (
	"fmt"
	"html"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/janpfeifer/gonb/gonbui"
)

// Table shows rows as a table: a slice of structs, whose exported fields are the columns (a tag `table:"RMSE (m)"` renames one),
// or a [][]string whose first row is the header. Numbers are shown to four digits.
func Table(rows any) {
	cells, numeric, err := tabulate(rows)
	switch {
	case err != nil && gonbui.IsNotebook:
		complain(err)
	case err != nil:
		fmt.Println(err)
	case gonbui.IsNotebook:
		gonbui.DisplayHTML(tableHTML(cells, numeric))
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
	var header []string
	var fields []int
	for i := range v.Type().Elem().NumField() {
		f := v.Type().Elem().Field(i)
		if !f.IsExported() {
			continue
		}
		name := f.Tag.Get("table")
		if name == "" {
			name = f.Name
		}
		kind := f.Type.Kind()
		header, fields = append(header, name), append(fields, i)
		numeric = append(numeric, kind >= reflect.Int && kind <= reflect.Float64)
	}
	if len(header) == 0 {
		return nil, nil, fmt.Errorf("nb: Table: %T has no exported fields", rows)
	}
	cells = append(cells, header)
	for k := range v.Len() {
		row := make([]string, len(fields))
		for c, i := range fields {
			f := v.Index(k).Field(i)
			if f.CanFloat() {
				row[c] = fmt.Sprintf("%.4g", f.Float())
			} else {
				row[c] = fmt.Sprint(f.Interface())
			}
		}
		cells = append(cells, row)
	}
	return cells, numeric, nil
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
