package viz

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"
)

// A Factor is one setting of a [Grid] and the names of its levels.
type Factor struct {
	Name   string
	Levels []string
}

// A GridMeasure is a measure at each setting: Values[i][j][k] at level i of the rows, j within
// them, and k of the columns. NaN, for a setting that was not run, is left blank, and so is an
// infinite value.
type GridMeasure struct {
	Name   string
	Values [][][]float64
}

// Grid asks: what do three settings do to two measures? Each row of cells belongs to one level of
// rows, which are set apart, and one of within, from top to bottom; each column to one level of
// columns. The left half of a cell has the colour of the first measure, on a logarithmic scale,
// such as an error; the right half that of the second, from its least to its largest value, such as
// the effective rank. Where both halves are dark, both are low.
//
//	viz.Grid("The paper's table", optimisers, depths, penalties, test, rank)
func Grid(title string, rows, within, columns Factor, first, second GridMeasure) *Chart {
	for _, f := range []Factor{rows, within, columns} {
		if len(f.Levels) == 0 {
			return failed("viz: Grid(%q): %q has no levels", plain(title), plain(f.Name))
		}
	}
	high, wide := len(within.Levels)+1, 3 // with a gap after each
	w := mat.NewDense(len(rows.Levels)*high-1, len(columns.Levels)*wide-1, nil)
	for i := range w.RawMatrix().Data {
		w.RawMatrix().Data[i] = math.NaN()
	}
	var ends [2]extent
	lacking := map[[3]int]int{} // values, of a setting
	for half, m := range []GridMeasure{first, second} {
		ends[half] = extent{lo: math.Inf(1), hi: math.Inf(-1)}
		for i := range rows.Levels {
			for j := range within.Levels {
				if len(m.Values) != len(rows.Levels) || len(m.Values[i]) != len(within.Levels) ||
					len(m.Values[i][j]) != len(columns.Levels) {
					return failed("viz: Grid(%q): the values of %q must be %d of %d of %d numbers",
						plain(title), plain(m.Name), len(rows.Levels), len(within.Levels), len(columns.Levels))
				}
				for k, x := range m.Values[i][j] {
					w.Set(i*high+j, k*wide+half, x)
					switch {
					case !isFinite(x):
						lacking[[3]int{i, j, k}]++
						continue
					case half == 0 && x <= 0:
						return failed("viz: Grid(%q): %q is %v; it must be positive, as its scale is logarithmic",
							plain(title), plain(m.Name), x)
					}
					ends[half].lo, ends[half].hi = min(ends[half].lo, x), max(ends[half].hi, x)
				}
			}
		}
		if ends[half].lo > ends[half].hi {
			return failed("viz: Grid(%q): no value of %q is finite", plain(title), plain(m.Name))
		}
	}
	lo, hi := math.Log10(ends[0].lo), math.Log10(ends[0].hi)
	if hi-lo < 1e-3 { // any width will do
		hi = lo + 1e-3
	}
	g := grid{
		title: title, log: true,
		x: axis{name: columns.Name}, y: axis{name: rows.Name},
		position: func(x float64, column int) float64 {
			if column%wide == 0 {
				return math.Log10(x)
			}
			return lo + (hi-lo)*(x-ends[1].lo)/max(ends[1].hi-ends[1].lo, 1e-300)
		},
	}
	for i := range rows.Levels {
		for j := range high {
			label, name := "", ""
			if j < high-1 {
				name = rows.Levels[i] + ", " + within.Name + " " + within.Levels[j]
			}
			if j == (high-2)/2 {
				label = rows.Levels[i]
				g.side = max(g.side, min(130, 32+7*utf8.RuneCountInString(label)))
			}
			g.y.categories = append(g.y.categories, plain(label)+"\t"+plain(name))
		}
	}
	for k := range columns.Levels {
		for half, m := range []GridMeasure{first, second} {
			label := columns.Levels[k]
			if half == 1 {
				label = ""
			}
			g.x.categories = append(g.x.categories, plain(label)+"\t"+plain(columns.Levels[k]+": "+m.Name))
		}
		g.x.categories = append(g.x.categories, "\t")
	}
	g.y.categories, g.x.categories = g.y.categories[:w.RawMatrix().Rows], g.x.categories[:w.RawMatrix().Cols]
	g.side = max(g.side, 52)
	notes := []string{
		fmt.Sprintf("left half: %s", plain(first.Name)),
		fmt.Sprintf("right half: %s, from %s (dark) to %s (bright)",
			plain(second.Name), short(ends[1].lo), short(ends[1].hi)),
	}
	if n := len(within.Levels); n > 1 {
		notes = append(notes, fmt.Sprintf("%s %s to %s from top to bottom",
			plain(within.Name), plain(within.Levels[0]), plain(within.Levels[n-1])))
	}
	missing, partly := 0, 0
	for _, n := range lacking {
		missing, partly = missing+n-1, partly+2-n
	}
	if missing > 0 {
		notes = append(notes, count(missing, "setting has", "settings have")+" no value: blank")
	}
	if partly > 0 {
		notes = append(notes, count(partly, "setting has", "settings have")+" one value of two: a half is blank")
	}
	return g.pairs(w, Scale{Min: lo, Max: hi}, notes, fmt.Sprintf(
		"%s: for %d levels of %s, %d of %s and %d of %s, %s from %s to %s and %s from %s to %s.", plain(title),
		len(rows.Levels), plain(rows.Name), len(within.Levels), plain(within.Name), len(columns.Levels),
		plain(columns.Name),
		plain(first.Name), short(ends[0].lo), short(ends[0].hi), plain(second.Name), short(ends[1].lo),
		short(ends[1].hi)))
}

// pairs draws the cells, whose halves are columns. Names are "label\tname", see dress.js.
func (g grid) pairs(w *mat.Dense, scale Scale, notes []string, alt string) *Chart {
	rows, cols := w.Dims()
	g.below = 0
	for _, c := range g.x.categories {
		label, _, _ := strings.Cut(c, "\t")
		g.below = max(g.below, 5*utf8.RuneCountInString(label))
	}
	width, height := g.side+max(240, 9*cols)+92, 56+max(120, 7*rows)+44+g.below
	live := height + 14*(len(notes)-1) // the bar of colours needs it
	c := &Chart{
		title: g.title, alt: sanitised(alt, 2000), width: width, height: live, keep: true, colours: scale,
		option: g.option(w, scale, viridis, strings.Join(notes, " · "), ""),
	}
	c.titled = func(title string) *Chart {
		other := g
		other.title = title
		return other.pairs(w, scale, notes, strings.Replace(alt, plain(g.title), plain(title), 1))
	}
	c.table = func() [][]string {
		table := [][]string{{g.y.name, g.x.name, "value"}}
		for i := range rows {
			for j := range cols {
				if x := w.At(i, j); !math.IsNaN(x) {
					_, row, _ := strings.Cut(g.y.categories[i], "\t")
					_, column, _ := strings.Cut(g.x.categories[j], "\t")
					table = append(table, []string{row, column, number(x)})
				}
			}
		}
		return table
	}
	c.draw = func() (string, error) { return g.svg(strings.Join(notes, "\n"), "", w, scale, viridis, width, height) }
	c.packed = func() (json.RawMessage, string, error) {
		b, err := c.JSON()
		return b, "null", err
	}
	return c
}
