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
	"strings"

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
	if w == nil {
		return failed("viz: Heatmap(%q): the matrix is nil", plain(title))
	}
	rows, cols := w.Dims()
	if rows == 0 || cols == 0 {
		return failed("viz: Heatmap(%q): the matrix is empty", plain(title))
	}
	if rows*cols > 1_000_000 {
		return failed("viz: Heatmap(%q): %d×%d is more than a million cells; draw a part, w.Slice(…)", plain(title), rows, cols)
	}
	lo, hi, gaps := extent(w)
	if gaps == rows*cols {
		return failed("viz: Heatmap(%q): no entry of the %d×%d matrix is finite", plain(title), rows, cols)
	}
	if scale.Min == 0 && scale.Max == 0 {
		scale.Min, scale.Max = lo, hi
	}
	if !(scale.Min <= scale.Max) || math.IsInf(scale.Min, 0) || math.IsInf(scale.Max, 0) {
		return failed("viz: Heatmap(%q): the scale goes from %v to %v; both must be finite, Min at most Max", plain(title), scale.Min, scale.Max)
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
	if gaps > 0 {
		note += fmt.Sprintf(" · %d entries are not known: blank", gaps)
	}

	data := make([]opts.HeatMapData, 0, rows*cols)
	table := [][]string{{"row", "col", "value"}}
	for i := range rows {
		for j := range cols {
			x := w.At(i, j)
			if v := value(x); v != nil {
				data = append(data, opts.HeatMapData{Value: []any{j, i, v}})
				table = append(table, []string{fmt.Sprint(i), fmt.Sprint(j), number(x)})
			}
		}
	}
	chart := charts.NewHeatMap()
	chart.AddSeries(plain(title), data)
	width, height := heatmapSize(rows, cols)
	axisStyle := func(n int) any {
		labels := make([]int, n)
		for i := range labels {
			labels[i] = i
		}
		return labels
	}
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
			Name: "column", NameLocation: "middle", NameGap: 26, Type: "category", Data: axisStyle(cols),
			AxisLine: &opts.AxisLine{LineStyle: &opts.LineStyle{Color: neutral}}, AxisLabel: &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true)},
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Name: "row", NameLocation: "middle", NameGap: 34, Type: "category", Data: axisStyle(rows), Inverse: opts.Bool(true),
			AxisLine: &opts.AxisLine{LineStyle: &opts.LineStyle{Color: neutral}}, AxisLabel: &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true)},
		}),
		charts.WithVisualMapOpts(opts.VisualMap{
			Type: "continuous", Calculable: opts.Bool(true), Min: float32(scale.Min), Max: float32(scale.Max),
			InRange: &opts.VisualMapInRange{Color: colours}, Right: "4", Top: "middle", Orient: "vertical",
			Text: []string{plain(scale.Unit), ""}, TextStyle: &opts.TextStyle{Color: neutral},
		}),
	)
	c := &Chart{
		title: title, width: width, height: height, option: chart, table: table,
		alt: plain(fmt.Sprintf("%s: heat map of a matrix, %s, values from %s to %s %s.", title, note, short(lo), short(hi), scale.Unit)),
	}
	copied := mat.DenseCopyOf(w)
	c.draw = func() (string, error) { return heatmapSVG(title, note, copied, scale, colours, width, height) }
	c.packed = func() (json.RawMessage, string, error) { return packHeatmap(c, copied) }
	return c
}

// heatmapSize keeps cells about square within a picture of readable size.
func heatmapSize(rows, cols int) (width, height int) {
	const frameWidth, frameHeight = 52 + 92, 56 + 44
	cell := min(420/float64(cols), 360/float64(rows))
	return frameWidth + max(160, int(cell*float64(cols))), frameHeight + max(120, int(cell*float64(rows)))
}

// packHeatmap returns the option without its data, and the script that makes them from the bare values, which take a third
// of the room.
func packHeatmap(c *Chart, w *mat.Dense) (json.RawMessage, string, error) {
	b, err := c.JSON()
	if err != nil {
		return nil, "", err
	}
	var option map[string]any
	if err := json.Unmarshal(b, &option); err != nil {
		return nil, "", fmt.Errorf("viz: %s: %w", c.title, err)
	}
	rows, cols := w.Dims()
	list, _ := option["series"].([]any)
	for _, s := range list {
		if s, ok := s.(map[string]any); ok {
			s["data"] = []any{}
		}
	}
	for _, name := range []string{"xAxis", "yAxis"} {
		axes, _ := option[name].([]any)
		for _, a := range axes {
			if a, ok := a.(map[string]any); ok {
				delete(a, "data")
			}
		}
	}
	if b, err = json.Marshal(option); err != nil {
		return nil, "", fmt.Errorf("viz: %s: %w", c.title, err)
	}
	var values strings.Builder
	for i := range rows {
		for j := range cols {
			if i+j > 0 {
				values.WriteByte(',')
			}
			if x := w.At(i, j); !math.IsNaN(x) && !math.IsInf(x, 0) {
				values.WriteString(fmt.Sprintf("%.4g", x))
			}
		}
	}
	expand := fmt.Sprintf(`function(o){var n=%d,d=[];"%s".split(",").forEach(function(v,k){if(v)d.push([k%%n,Math.floor(k/n),+v])});`+
		`o.series[0].data=d;o.xAxis[0].data=Array.from({length:n},function(_,k){return k});o.yAxis[0].data=Array.from({length:%d},function(_,k){return k})}`,
		cols, values.String(), rows)
	return b, expand, nil
}

// heatmapSVG draws the cells as one small bitmap: as shapes of their own they would take a hundred times the room.
func heatmapSVG(title, note string, w *mat.Dense, scale Scale, colours []string, width, height int) (string, error) {
	rows, cols := w.Dims()
	cells := image.NewNRGBA(image.Rect(0, 0, cols, rows))
	for i := range rows {
		for j := range cols {
			if x := w.At(i, j); !math.IsNaN(x) && !math.IsInf(x, 0) {
				cells.SetNRGBA(j, i, colourAt(colours, (x-scale.Min)/(scale.Max-scale.Min)))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, cells); err != nil {
		return "", fmt.Errorf("viz: %s: %w", title, err)
	}
	left, top, right, bottom := 52, 56, width-92, height-44
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" fill="%s">`, width, height, width, height, neutral)
	fmt.Fprintf(&s, `<text x="10" y="20" font-size="15" font-weight="bold">%s</text><text x="10" y="38" font-size="11">%s</text>`, html.EscapeString(plain(title)), html.EscapeString(note))
	fmt.Fprintf(&s, `<image x="%d" y="%d" width="%d" height="%d" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,%s"/>`,
		left, top, right-left, bottom-top, base64.StdEncoding.EncodeToString(b.Bytes()))
	fmt.Fprintf(&s, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="%s"/>`, left, top, right-left, bottom-top, neutral)
	for _, k := range []int{0, cols / 2, cols - 1} {
		fmt.Fprintf(&s, `<text x="%.1f" y="%d" font-size="11" text-anchor="middle">%d</text>`, float64(left)+(float64(k)+0.5)*float64(right-left)/float64(cols), bottom+14, k)
	}
	for _, k := range []int{0, rows / 2, rows - 1} {
		fmt.Fprintf(&s, `<text x="%d" y="%.1f" font-size="11" text-anchor="end">%d</text>`, left-5, float64(top)+(float64(k)+0.5)*float64(bottom-top)/float64(rows)+4, k)
	}
	fmt.Fprintf(&s, `<text x="%d" y="%d" font-size="12" text-anchor="middle">column</text>`, (left+right)/2, bottom+32)
	fmt.Fprintf(&s, `<text transform="translate(14 %d) rotate(-90)" font-size="12" text-anchor="middle">row</text>`, (top+bottom)/2)
	s.WriteString(`<defs><linearGradient id="g" x1="0" y1="1" x2="0" y2="0">`)
	for k, c := range colours {
		fmt.Fprintf(&s, `<stop offset="%.3f" stop-color="%s"/>`, float64(k)/float64(len(colours)-1), c)
	}
	s.WriteString(`</linearGradient></defs>`)
	fmt.Fprintf(&s, `<rect x="%d" y="%d" width="14" height="%d" fill="url(#g)"/>`, right+16, top+14, bottom-top-14)
	fmt.Fprintf(&s, `<text x="%d" y="%d" font-size="11">%s</text>`, right+16, top+6, html.EscapeString(plain(scale.Unit)))
	for k, x := range []float64{scale.Max, (scale.Min + scale.Max) / 2, scale.Min} {
		fmt.Fprintf(&s, `<text x="%d" y="%.1f" font-size="11">%s</text>`, right+34, float64(top+14)+float64(k)/2*float64(bottom-top-14)+4, short(x))
	}
	s.WriteString(`</svg>`)
	return s.String(), nil
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
