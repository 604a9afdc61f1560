package viz

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"gonum.org/v1/gonum/mat"
)

// A Scale is how the numbers of a [Heatmap] become colours. The zero value spans the finite values of the matrix.
type Scale struct {
	// Min and Max are the ends; values beyond them take the colour of the end. Both zero: the range of the values.
	Min, Max float64
	// Diverging has a neutral colour at zero, and ends symmetric about it: for differences.
	Diverging bool
	// Unit of the values, for the legend.
	Unit string
}

// Shared returns the scale that spans all the matrices, so that their heat maps compare.
func Shared(unit string, matrices ...mat.Matrix) Scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, w := range matrices {
		l, h, _ := extent(w)
		lo, hi = min(lo, l), max(hi, h)
	}
	if lo > hi {
		lo, hi = 0, 0
	}
	return Scale{Min: lo, Max: hi, Unit: unit}
}

// extent of the finite entries, and the number of the others.
func extent(w mat.Matrix) (lo, hi float64, gaps int) {
	lo, hi = math.Inf(1), math.Inf(-1)
	rows, cols := w.Dims()
	for i := range rows {
		for j := range cols {
			if x := w.At(i, j); math.IsNaN(x) || math.IsInf(x, 0) {
				gaps++
			} else {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
	}
	return lo, hi, gaps
}

// Heatmap asks: what does the matrix look like, where is it known, where is it wrong? Entry (i, j) is the cell in row i from
// the top and column j from the left; entries that are NaN, as unseen ones in Observations.Dense, are left blank and counted.
func Heatmap(title string, w mat.Matrix, scale Scale) *Chart {
	return grid{title: title, x: axis{name: "column"}, y: axis{name: "row"}, missing: "entries are not known"}.chart("Heatmap", w, scale)
}

// grid is what all heat maps are made of.
type grid struct {
	title, subtitle string
	x, y            axis   // with categories, or numbered from 0
	missing         string // what a blank cell is
	upward          bool   // row 0 is at the bottom
	log             bool   // colours follow log₁₀ of the values, which are positive
}

// chart draws the matrix for the exported function of the given name.
func (g grid) chart(function string, w mat.Matrix, scale Scale) *Chart {
	title := g.title
	if w == nil {
		return failed("viz: %s(%q): the matrix is nil", function, plain(title))
	}
	rows, cols := w.Dims()
	if rows == 0 || cols == 0 {
		return failed("viz: %s(%q): the matrix is empty", function, plain(title))
	}
	if rows*cols > 1_000_000 {
		return failed("viz: %s(%q): %d×%d is more than a million cells; draw a part, w.Slice(…)", function, plain(title), rows, cols)
	}
	lo, hi, gaps := extent(w)
	if gaps == rows*cols {
		return failed("viz: %s(%q): no entry of the %d×%d matrix is finite", function, plain(title), rows, cols)
	}
	g.x.categories, g.y.categories = numbered(g.x.categories, cols), numbered(g.y.categories, rows)
	if scale.Min == 0 && scale.Max == 0 {
		scale.Min, scale.Max = lo, hi
	}
	if !(scale.Min <= scale.Max) || math.IsInf(scale.Min, 0) || math.IsInf(scale.Max, 0) {
		return failed("viz: %s(%q): the scale goes from %v to %v; both must be finite, Min at most Max", function, plain(title), scale.Min, scale.Max)
	}
	unit := scale.Unit
	if g.log { // the ends in the scale of the colours, the same for all charts that are given the same
		if scale.Min == 0 {
			scale.Min = min(lo, scale.Max/10)
		}
		scale.Min, scale.Max = math.Log10(scale.Min), math.Log10(scale.Max)
		unit = strings.TrimPrefix(unit+", logarithmic", ", ")
	}
	colours := viridis
	if scale.Diverging {
		end := max(math.Abs(scale.Min), math.Abs(scale.Max))
		scale.Min, scale.Max, colours = -end, end, diverging
	}
	if scale.Min == scale.Max { // a constant matrix: any width will do
		width := max(1e-12, math.Abs(scale.Max)*1e-6)
		scale.Min, scale.Max = scale.Min-width, scale.Max+width
	}
	note := fmt.Sprintf("%d×%d", rows, cols)
	if g.subtitle != "" {
		note += " · " + plain(g.subtitle)
	}
	if gaps > 0 {
		note += fmt.Sprintf(" · %d %s: blank", gaps, g.missing)
	}
	said := note // for readers who do not see the colours
	legend := plain(unit)
	if utf8.RuneCountInString(legend) > 10 { // there is no room beside the colours
		note, legend = note+" · colours: "+legend, ""
	}

	data := make([]opts.HeatMapData, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			x := w.At(i, j)
			if v := value(x); v != nil {
				cell := []any{j, i, v}
				if g.log {
					cell = []any{j, i, value(math.Log10(x)), v}
				}
				data = append(data, opts.HeatMapData{Value: cell})
			}
		}
	}
	chart := charts.NewHeatMap()
	chart.AddSeries(plain(title), data)
	width, height := heatmapSize(rows, cols)
	chart.SetGlobalOptions(
		charts.WithTitleOpts(opts.Title{
			Title: plain(title), Subtitle: note, Left: "10", Top: "4",
			TitleStyle: &opts.TextStyle{Color: neutral, FontSize: 15}, SubtitleStyle: &opts.TextStyle{Color: neutral, FontSize: 11},
		}),
		charts.WithGridOpts(opts.Grid{Left: "52", Right: "92", Top: "56", Bottom: "44"}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithToolboxOpts(opts.Toolbox{Show: opts.Bool(true), Right: "16", Top: "4", Feature: &opts.ToolBoxFeature{
			SaveAsImage: &opts.ToolBoxFeatureSaveAsImage{Show: opts.Bool(true), Title: "save as picture", Name: fileName(title)},
		}}),
		charts.WithXAxisOpts(opts.XAxis{
			Name: plain(g.x.name), NameLocation: "middle", NameGap: 26, Type: "category", Data: g.x.categories,
			AxisLine: &opts.AxisLine{LineStyle: &opts.LineStyle{Color: neutral}}, AxisLabel: &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true)},
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Name: plain(g.y.name), NameLocation: "middle", NameGap: 34, Type: "category", Data: g.y.categories, Inverse: opts.Bool(!g.upward),
			AxisLine: &opts.AxisLine{LineStyle: &opts.LineStyle{Color: neutral}}, AxisLabel: &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true)},
		}),
		charts.WithVisualMapOpts(opts.VisualMap{
			Type: "continuous", Dimension: "2", Calculable: opts.Bool(true), Min: float32(scale.Min), Max: float32(scale.Max),
			InRange: &opts.VisualMapInRange{Color: colours}, Right: "4", Top: "middle", Orient: "vertical",
			Text: []string{legend, ""}, TextStyle: &opts.TextStyle{Color: neutral},
		}),
	)
	c := &Chart{
		title: title, width: width, height: height, keep: true, option: chart,
		alt: plain(fmt.Sprintf("%s: heat map of a matrix, %s, values from %s to %s %s.", title, said, short(lo), short(hi), scale.Unit)),
	}
	copied := mat.DenseCopyOf(w)
	c.table = func() [][]string { return g.table(copied) }
	c.draw = func() (string, error) { return g.svg(note, legend, copied, scale, colours, width, height) }
	c.packed = func() (json.RawMessage, string, error) { return packHeatmap(c, copied, g.log) }
	return c
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

// table holds a row for each cell that is known.
func (g grid) table(w *mat.Dense) [][]string {
	table := [][]string{{g.y.name, g.x.name, "value"}}
	rows, cols := w.Dims()
	for i := range rows {
		for j := range cols {
			if x := w.At(i, j); value(x) != nil {
				table = append(table, []string{g.y.categories[i], g.x.categories[j], number(x)})
			}
		}
	}
	return table
}

// matrixText lists the entries row by row, blank where they are not finite: to six digits, or to four where they are many.
func matrixText(w *mat.Dense) string {
	rows, cols := w.Dims()
	digits := 6
	if rows*cols > 1500 {
		digits = 4
	}
	var values strings.Builder
	for i := range rows {
		for j := range cols {
			if i+j > 0 {
				values.WriteByte(',')
			}
			if x := w.At(i, j); !math.IsNaN(x) && !math.IsInf(x, 0) {
				values.WriteString(strconv.FormatFloat(x, 'g', digits, 64))
			}
		}
	}
	return values.String()
}

// heatmapSize keeps cells about square within a picture of readable size.
func heatmapSize(rows, cols int) (width, height int) {
	const frameWidth, frameHeight = 52 + 92, 56 + 44
	cell := min(420/float64(cols), 360/float64(rows))
	return frameWidth + max(160, int(cell*float64(cols))), frameHeight + max(120, int(cell*float64(rows)))
}

// packHeatmap returns the option without its data, and the script that makes them from the bare values, which take a third
// of the room.
func packHeatmap(c *Chart, w *mat.Dense, log bool) (json.RawMessage, string, error) {
	b, err := c.JSON()
	if err != nil {
		return nil, "", err
	}
	var option map[string]any
	if err := json.Unmarshal(b, &option); err != nil {
		return nil, "", fmt.Errorf("viz: %s: %w", c.title, err)
	}
	_, cols := w.Dims()
	list, _ := option["series"].([]any)
	for _, s := range list {
		if s, ok := s.(map[string]any); ok {
			s["data"] = []any{}
		}
	}
	if b, err = json.Marshal(option); err != nil {
		return nil, "", fmt.Errorf("viz: %s: %w", c.title, err)
	}
	cell := "+v"
	if log {
		cell = "Math.log10(v),+v"
	}
	expand := fmt.Sprintf(`function(o){var n=%d,d=[];"%s".split(",").forEach(function(v,k){if(v)d.push([k%%n,Math.floor(k/n),%s])});`+
		`o.series[0].data=d}`,
		cols, matrixText(w), cell)
	return b, expand, nil
}

// svg draws the cells as one small bitmap: as shapes of their own they would take a hundred times the room.
func (g grid) svg(note, legend string, w *mat.Dense, scale Scale, colours []string, width, height int) (string, error) {
	rows, cols := w.Dims()
	cells := image.NewNRGBA(image.Rect(0, 0, cols, rows))
	for i := range rows {
		for j := range cols {
			if x := w.At(i, j); !math.IsNaN(x) && !math.IsInf(x, 0) {
				row := i
				if g.upward {
					row = rows - 1 - i
				}
				if g.log {
					x = math.Log10(x)
				}
				cells.SetNRGBA(j, row, colourAt(colours, (x-scale.Min)/(scale.Max-scale.Min)))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, cells); err != nil {
		return "", fmt.Errorf("viz: %s: %w", g.title, err)
	}
	left, top, right, bottom := 52, 56, width-92, height-44
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" fill="%s">`, width, height, width, height, neutral)
	fmt.Fprintf(&s, `<text x="10" y="20" font-size="15" font-weight="bold">%s</text><text x="10" y="38" font-size="11">%s</text>`, html.EscapeString(plain(g.title)), html.EscapeString(note))
	fmt.Fprintf(&s, `<image x="%d" y="%d" width="%d" height="%d" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,%s"/>`,
		left, top, right-left, bottom-top, base64.StdEncoding.EncodeToString(b.Bytes()))
	fmt.Fprintf(&s, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="%s"/>`, left, top, right-left, bottom-top, neutral)
	for _, k := range ticks(cols) {
		fmt.Fprintf(&s, `<text x="%.1f" y="%d" font-size="11" text-anchor="middle">%s</text>`, float64(left)+(float64(k)+0.5)*float64(right-left)/float64(cols), bottom+14, html.EscapeString(g.x.categories[k]))
	}
	for _, k := range ticks(rows) {
		place := k
		if g.upward {
			place = rows - 1 - k
		}
		fmt.Fprintf(&s, `<text x="%d" y="%.1f" font-size="11" text-anchor="end">%s</text>`, left-5, float64(top)+(float64(place)+0.5)*float64(bottom-top)/float64(rows)+4, html.EscapeString(g.y.categories[k]))
	}
	fmt.Fprintf(&s, `<text x="%d" y="%d" font-size="12" text-anchor="middle">%s</text>`, (left+right)/2, bottom+32, html.EscapeString(plain(g.x.name)))
	fmt.Fprintf(&s, `<text transform="translate(14 %d) rotate(-90)" font-size="12" text-anchor="middle">%s</text>`, (top+bottom)/2, html.EscapeString(plain(g.y.name)))
	s.WriteString(`<defs><linearGradient id="g" x1="0" y1="1" x2="0" y2="0">`)
	for k, c := range colours {
		fmt.Fprintf(&s, `<stop offset="%.3f" stop-color="%s"/>`, float64(k)/float64(len(colours)-1), c)
	}
	s.WriteString(`</linearGradient></defs>`)
	fmt.Fprintf(&s, `<rect x="%d" y="%d" width="14" height="%d" fill="url(#g)"/>`, right+16, top+14, bottom-top-14)
	fmt.Fprintf(&s, `<text x="%d" y="%d" font-size="11">%s</text>`, right+16, top+6, html.EscapeString(legend))
	for k, x := range []float64{scale.Max, (scale.Min + scale.Max) / 2, scale.Min} {
		if g.log {
			x = math.Pow(10, x)
		}
		fmt.Fprintf(&s, `<text x="%d" y="%.1f" font-size="11">%s</text>`, right+34, float64(top+14)+float64(k)/2*float64(bottom-top-14)+4, short(x))
	}
	s.WriteString(`</svg>`)
	return s.String(), nil
}

// ticks are the cells that get a label: all of up to twelve, else about eight, as dress.js has them.
func ticks(n int) (list []int) {
	stride := 1
	if n > 12 {
		stride = (n + 7) / 8
	}
	for k := 0; k < n; k += stride {
		list = append(list, k)
	}
	return list
}

// colourAt interpolates between the colours, for t from 0 to 1.
func colourAt(colours []string, t float64) color.NRGBA {
	t = min(max(t, 0), 1) * float64(len(colours)-1)
	k := min(int(t), len(colours)-2)
	var a, b [3]uint8
	fmt.Sscanf(colours[k], "#%02x%02x%02x", &a[0], &a[1], &a[2])
	fmt.Sscanf(colours[k+1], "#%02x%02x%02x", &b[0], &b[1], &b[2])
	mix := func(i int) uint8 {
		return uint8(math.Round(float64(a[i]) + (t-float64(k))*(float64(b[i])-float64(a[i]))))
	}
	return color.NRGBA{mix(0), mix(1), mix(2), 255}
}
