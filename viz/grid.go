package viz

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// grid is what all heat maps are made of.
type grid struct {
	title, subtitle string
	run             *mc.Run   // that it shows, if it is one
	x, y            axis      // with categories, or numbered from 0
	unknown         [2]string // what a cell that is NaN is, for one and for several
	upward          bool      // row 0 is at the bottom
	log             bool      // colours follow log₁₀ of the values, which are positive
	named           bool      // the categories are names, which may be long
	entries         bool      // cells are entries of a matrix, whose rows and columns may have names

	// Of cells with two halves: the place on the scale of colours of a value in a column, and room
	// at the left and below for names that are long.
	position    func(x float64, column int) float64
	side, below int
}

// chart draws the matrix for the exported function of the given name.
func (g grid) chart(function string, w mat.Matrix, scale Scale) *Chart {
	if isNil(w) {
		return failed("viz: %s(%q): the matrix is nil", function, plain(g.title))
	}
	rows, cols := w.Dims()
	if rows == 0 || cols == 0 {
		return failed("viz: %s(%q): the matrix is empty", function, plain(g.title))
	}
	if rows*cols > 1_000_000 {
		return failed("viz: %s(%q): %d×%d is more than a million cells; draw a block, w.Slice(…)",
			function, plain(g.title), rows, cols)
	}
	e := extentOf(w)
	if e.lo > e.hi {
		return failed("viz: %s(%q): no entry of the %d×%d matrix is finite: %s",
			function, plain(g.title), rows, cols, g.blanks(e))
	}
	g.x.categories, g.y.categories = numbered(g.x.categories, cols), numbered(g.y.categories, rows)
	given := scale
	if scale.Min == 0 && scale.Max == 0 {
		scale.Min, scale.Max = e.lo, e.hi
	}
	if !(scale.Min <= scale.Max) || math.IsInf(scale.Min, 0) || math.IsInf(scale.Max, 0) {
		return failed("viz: %s(%q): the scale goes from %v to %v; both must be finite, Min at most Max",
			function, plain(g.title), scale.Min, scale.Max)
	}
	scale, colours := g.ends(scale, e)

	note := fmt.Sprintf("%d×%d", rows, cols)
	if g.subtitle != "" {
		note += " · " + plain(g.subtitle)
	}
	if e.unknown+e.infinite > 0 {
		note += " · " + g.blanks(e)
	}
	known := tellApart(e.lo, e.hi, 3, 3)
	to := strings.TrimSpace(shortTo(known, e.hi) + " " + plain(given.Unit))
	alt := sanitised(fmt.Sprintf("%s: heat map of a matrix, %s, values from %s to %s.",
		plain(g.title), note, shortTo(known, e.lo), to), 2000)
	legend := plain(scale.Unit)
	if utf8.RuneCountInString(legend) > 10 { // there is no room beside the colours
		note, legend = note+" · colours: "+legend, ""
	}
	width, height := heatmapSize(rows, cols)
	width += g.left() - 52
	copied := mat.DenseCopyOf(w)
	c := &Chart{
		title: g.title, alt: alt, width: width, height: height, keep: true, run: g.run, colours: scale,
		option: g.option(copied, scale, colours, note, legend),
	}
	c.titled = func(title string) *Chart {
		g := g
		g.title = title
		return g.chart(function, copied, given)
	}
	if g.entries {
		c.labelled = func(o *mc.Observations) *Chart {
			if m, n := o.Dims(); m != rows || n != cols {
				return failed("viz: Labelled: %q is %d×%d, the observations are %d×%d",
					plain(g.title), rows, cols, m, n)
			}
			g := g
			g.named, g.y, g.x = true, indexed(o.RowIndex(), g.y, rows), indexed(o.ColIndex(), g.x, cols)
			return g.chart(function, copied, given)
		}
	}
	c.table = func() [][]string { return g.table(copied) }
	c.draw = func() (string, error) { return g.svg(note, legend, copied, scale, colours, width, height) }
	c.packed = func() (json.RawMessage, string, error) { return packHeatmap(c, copied, scale, g.log) }
	return c
}

// blanks says why cells are blank: unknown and infinite ones are told apart.
func (g grid) blanks(e extent) string {
	words := g.unknown
	if words[0] == "" {
		words = [2]string{"entry is NaN", "entries are NaN"}
	}
	var parts []string
	if e.unknown > 0 {
		parts = append(parts, count(e.unknown, words[0], words[1]))
	}
	if e.infinite > 0 {
		parts = append(parts, count(e.infinite, "entry is infinite", "entries are infinite"))
	}
	return strings.Join(parts, ", ") + ": blank"
}

// ends returns the scale of the colours, in log₁₀ where they follow it, and the colours.
func (g grid) ends(scale Scale, e extent) (Scale, []string) {
	if g.log { // the same for all charts that are given the same scale
		if scale.Min == 0 {
			scale.Min = min(e.lo, scale.Max/10)
		}
		scale.Min, scale.Max = math.Log10(scale.Min), math.Log10(scale.Max)
		scale.Unit = strings.TrimPrefix(scale.Unit+", logarithmic", ", ")
	}
	colours := viridis
	if scale.Diverging {
		end := max(math.Abs(scale.Min), math.Abs(scale.Max))
		scale.Min, scale.Max, colours = -end, end, diverging
	}
	if scale.Min == scale.Max { // a constant matrix: any width will do
		width := max(1e-12, math.Abs(scale.Max)/2)
		scale.Min, scale.Max = scale.Min-width, scale.Max+width
	}
	return scale, colours
}

// option is the chart for ECharts.
func (g grid) option(w *mat.Dense, scale Scale, colours []string, note, legend string) *charts.HeatMap {
	chart := charts.NewHeatMap()
	chart.AddSeries(plain(g.title), g.cells(w, scale))
	grey := &opts.AxisLine{LineStyle: &opts.LineStyle{Color: neutral}}
	label := &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true)}
	rowLabel, colLabel := *label, *label
	if g.named {
		colLabel.Interval = strconv.Itoa(g.colStride(w.RawMatrix().Cols) - 1)
		rowLabel.Interval = strconv.Itoa(g.rowStride(w.RawMatrix().Rows) - 1)
	}
	chart.SetGlobalOptions(
		charts.WithTitleOpts(opts.Title{
			Title: plain(g.title), Subtitle: note, Left: "10", Top: "4",
			TitleStyle:    &opts.TextStyle{Color: neutral, FontSize: 15},
			SubtitleStyle: &opts.TextStyle{Color: neutral, FontSize: 11},
		}),
		charts.WithGridOpts(opts.Grid{
			Left: strconv.Itoa(g.left()), Right: "92", Top: "56", Bottom: strconv.Itoa(44 + g.below),
		}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithToolboxOpts(opts.Toolbox{Show: opts.Bool(true), Right: "16", Top: "4", Feature: &opts.ToolBoxFeature{
			SaveAsImage: saveAsImage(g.title),
		}}),
		charts.WithXAxisOpts(opts.XAxis{
			Name: plain(g.x.name), NameLocation: "middle", NameGap: 26 + g.below, Type: "category",
			Data:     g.x.categories,
			AxisLine: grey, AxisLabel: &colLabel,
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Name: plain(g.y.name), NameLocation: "middle", NameGap: g.left() - 18, Type: "category",
			Data:    g.y.categories,
			Inverse: opts.Bool(!g.upward), AxisLine: grey, AxisLabel: &rowLabel,
		}),
		charts.WithVisualMapOpts(opts.VisualMap{
			Type: "continuous", Dimension: "2", Calculable: opts.Bool(true),
			Min: float32(scale.Min), Max: float32(scale.Max), InRange: &opts.VisualMapInRange{Color: colours},
			Right: "4", Top: "middle", Orient: "vertical", Text: []string{legend, ""},
			TextStyle: &opts.TextStyle{Color: neutral},
		}),
	)
	return chart
}

// cells are [column, row, value], or [column, row, log₁₀ of the value, value]; blank ones are left
// out.
func (g grid) cells(w *mat.Dense, scale Scale) []opts.HeatMapData {
	rows, cols := w.Dims()
	digits := tellApart(scale.Min, scale.Max, 6, 6)
	data := make([]opts.HeatMapData, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			x := w.At(i, j)
			if at := valueTo(digits, g.at(x, j)); isFinite(x) {
				cell := []any{j, i, at}
				if g.log {
					cell = append(cell, value(x))
				}
				data = append(data, opts.HeatMapData{Value: cell})
			}
		}
	}
	return data
}

// at is the place of a value on the scale of colours.
func (g grid) at(x float64, column int) float64 {
	switch {
	case g.position != nil:
		return g.position(x, column)
	case g.log:
		return math.Log10(x)
	}
	return x
}

// numbered returns the names, or 0, 1, 2 … where there are none.
func numbered(names []string, n int) []string {
	if names != nil {
		return names
	}
	for i := range n {
		names = append(names, strconv.Itoa(i))
	}
	return names
}

// indexed returns the axis with the names of n rows or columns.
func indexed(index *mc.Index, a axis, n int) axis {
	if index == nil {
		return a
	}
	if name := index.Name(); name != "" {
		a.name = name
	}
	a.categories, a.whole = nil, nil
	for k := range n {
		a.categories, a.whole = append(a.categories, plain(index.Label(k))), append(a.whole, index.Label(k))
	}
	return a
}

// of is the name of a row or column in a table of numbers.
func (a axis) of(k int) string {
	if a.whole != nil {
		return a.whole[k]
	}
	return a.categories[k]
}

// longest is the length of the longest label of an axis, in letters.
func longest(a axis) int {
	most := 1
	for _, c := range a.categories {
		most = max(most, utf8.RuneCountInString(label(c)))
	}
	return most
}

// left is the width left of the cells, in pixels: labels of rows take what they need, to some 22
// letters.
func (g grid) left() int {
	const frame, letter = 28, 6.2
	if g.position != nil {
		return g.side
	}
	return max(52, frame+int(math.Ceil(letter*float64(min(longest(g.y), 22)))))
}

// colStride is the distance of columns whose labels are shown: each has room for the longest, names
// for ten letters of it. Of numbers there are about eight where they are more than twelve.
func (g grid) colStride(cols int) int {
	width, _ := heatmapSize(len(g.y.categories), cols)
	letters, least := longest(g.x), tickStride(cols)
	if g.named {
		letters, least = min(letters, 10), 1
	}
	cell := float64(width-52-92) / float64(cols)
	return max(least, int(math.Ceil((6.2*float64(letters)+8)/cell)))
}

// rowStride is the distance of rows whose labels are shown: as many as the height has room for, and
// of numbers no more than of those of columns.
func (g grid) rowStride(rows int) int {
	_, height := heatmapSize(rows, len(g.x.categories))
	least := tickStride(rows)
	if g.named {
		least = 1
	}
	return max(least, (12*rows+height-101)/(height-100))
}

// tickStride is the distance of numbered cells that get a label: all of up to twelve, else about
// eight, as dress.js has them.
func tickStride(n int) int {
	if n > 12 {
		return (n + 7) / 8
	}
	return 1
}

// fitted is a name cut to a width in pixels.
func fitted(label string, width float64) string {
	runes := []rune(label)
	if most := max(1, int(width/6.2)); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return label
}

// table holds a row for each cell that is known, be it infinite.
func (g grid) table(w *mat.Dense) [][]string {
	table := [][]string{{g.y.name, g.x.name, "value"}}
	rows, cols := w.Dims()
	for i := range rows {
		for j := range cols {
			if x := w.At(i, j); !math.IsNaN(x) {
				table = append(table, []string{g.y.of(i), g.x.of(j), number(x)})
			}
		}
	}
	return table
}

// heatmapSize keeps cells about square within a picture of readable size.
func heatmapSize(rows, cols int) (width, height int) {
	const frameWidth, frameHeight = 52 + 92, 56 + 44
	cell := min(420/float64(cols), 360/float64(rows))
	return frameWidth + max(160, int(cell*float64(cols))), frameHeight + max(120, int(cell*float64(rows)))
}
