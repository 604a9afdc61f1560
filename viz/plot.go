package viz

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"projectpenalty/mc"
)

// plot is what all charts of lines and points are made of.
type plot struct {
	title, subtitle string
	x, y            axis
	series          []series
	marks           []mark
	notes           []string
	unshared        map[float64]bool // steps that not every seed recorded
	summary         []string         // sentences for Alt, in place of where lines begin and end
	tall            int              // height of the picture; 0: the usual
	square          bool
	run             *mc.Run // that it shows, if it is one
}

// axis names a quantity, with its unit where it has one.
type axis struct {
	name       string
	log        bool
	end        float64    // from 0 to here; 0: as the data are
	edges      [2]float64 // where an interval without end is cut; both 0: nowhere
	categories []string   // names for 0, 1, 2 …, from the top
	whole      []string   // the same as they are, where the categories are shortened; nil: as the categories
}

// A mark is a horizontal reference line at the ground truth. One with a colour stands in the legend
// under its own name.
type mark struct {
	name  string
	y     float64
	color string
}

// A series is one entry of the legend: y over x, both as long.
type series struct {
	name  string
	kind  kind
	x, y  []float64
	color string
	style string // solid, dashed or dotted

	// A band about the line, both as long as y, or nil, and what its ends are.
	low, high []float64
	ends      [2]string
}

// A kind is how a series is drawn.
type kind int

const (
	curve      kind = iota // y over increasing x, thinned where it has many points
	faintCurve             // a curve of less weight
	broadCurve             // a curve that others are drawn upon
	reference              // a faint curve to compare with, neither in the legend nor in words
	path                   // points joined in their order, all of them; a y that is NaN lifts the pen
	faintPath              // a path of less weight
	interval               // a broad path
	dots                   // points that nothing joins
	largeDots              // points that stand out
)

// ordered reports whether x increases, so that points may be thinned and gaps counted.
func (k kind) ordered() bool { return k < path }

// joined reports whether there are lines between the points.
func (k kind) joined() bool { return k < dots }

// width of the lines in pixels.
func (k kind) width() float32 {
	switch k {
	case faintCurve, reference, faintPath:
		return 1
	case broadCurve, interval:
		return 5
	}
	return 2
}

// symbol is the size of a point in pixels.
func (k kind) symbol() int {
	if k == largeDots {
		return 12
	}
	return 7
}

// chart draws the plot. A plot of which nothing would show is an error.
func (p plot) chart() *Chart {
	p, err := p.visible()
	if err != nil {
		return &Chart{err: err}
	}
	return p.made()
}

// made draws the plot, be it empty.
func (p plot) made() *Chart {
	line := charts.NewLine()
	legend := p.addSeries(line)
	notes := p.allNotes()
	p.layOut(line, legend, notes)
	c := &Chart{title: p.title, alt: p.alt(notes), width: 760, height: 420, option: line, table: p.table, run: p.run}
	switch {
	case p.square:
		c.width, c.height, c.keep = 540, 560, true
	case p.tall > 0:
		c.height = p.tall
	}
	if p.y.categories == nil && !p.square {
		c.scaled = func(log bool) *Chart {
			p := p
			p.y.log = log
			return p.chart()
		}
	}
	c.titled = func(title string) *Chart {
		p := p
		p.title = title
		return p.chart()
	}
	if p.y.categories != nil {
		c.rows = func(name string) *Chart {
			p := p
			if what, ok := strings.CutSuffix(p.title, " by "+p.y.name); ok {
				p.title = what + " by " + name
			}
			p.y.name = name
			return p.chart()
		}
	}
	c.packed = func() (json.RawMessage, string, error) { return packLines(c) }
	c.draw = func() (string, error) { return pictureLines(c, p.series) }
	return c
}

// visible makes an axis linear that could show nothing as a logarithmic one, and says why if
// nothing shows at all.
func (p plot) visible() (plot, error) {
	if !p.has(func(x, y float64) bool { return true }) {
		why := "none of its values is finite"
		if len(p.series) == 0 && len(p.unshared) > 0 {
			why = "there is no step that every seed of a method recorded"
		}
		return p, fmt.Errorf("viz: %s: %s", plain(p.title), why)
	}
	p.x.log = p.x.log && p.has(func(x, y float64) bool { return x > 0 })
	if p.y.log && !p.has(func(x, y float64) bool { return y > 0 && (x > 0 || !p.x.log) }) {
		p.y.log = false
		p.notes = append(slices.Clone(p.notes), "no value is positive: the axis is linear")
	}
	return p, nil
}

// has reports whether there is such a point among those that are finite. What is drawn to compare
// with does not count.
func (p plot) has(such func(x, y float64) bool) bool {
	for _, s := range p.series {
		for k, y := range s.y {
			if s.kind != reference && isFinite(y) && isFinite(s.x[k]) && such(s.x[k], y) {
				return true
			}
		}
	}
	return false
}

// groundTruth is what a mark is, in the legend.
const groundTruth = "ground truth"

// addSeries adds lines, points, marks and bands, and returns the names for the legend.
func (p plot) addSeries(line *charts.Line) (legend []string) {
	var bands []charts.SingleSeries
	for i, s := range p.series {
		if s.color == "" {
			s.color = palette[i%len(palette)]
		}
		if s.style == "" {
			s.style = "solid"
		}
		if s.kind != reference {
			legend = append(legend, plain(s.name))
		}
		opacity := opts.Float(1)
		if !s.kind.joined() {
			opacity = opts.Float(0)
		}
		data := p.data(s)
		line.AddSeries(plain(s.name), data,
			charts.WithLineChartOpts(opts.LineChart{
				ShowSymbol: opts.Bool(len(data) == 1 || !s.kind.joined()), Symbol: "circle",
				SymbolSize: s.kind.symbol(), ConnectNulls: opts.Bool(false),
			}),
			charts.WithLineStyleOpts(opts.LineStyle{
				Color: s.color, Type: s.style, Width: s.kind.width(), Opacity: opacity,
			}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: s.color}))
		if s.low != nil {
			bands = append(bands, charts.SingleSeries{
				Name: plain(s.name), Type: "custom", Data: p.band(s), ItemStyle: &opts.ItemStyle{Color: s.color},
			})
		}
	}
	for _, m := range p.marks {
		name, color := groundTruth, neutral
		if m.color != "" {
			name, color = plain(m.name), m.color
		}
		if !slices.Contains(legend, name) {
			legend = append(legend, name)
		}
		lo, hi := p.extent()
		y := valueTo(p.digits(m.y), m.y)
		data := []opts.LineData{{Value: []any{value(lo), y}}, {Value: []any{value(hi), y}}}
		if lo == hi { // no line: a point
			data = data[:1]
		}
		line.AddSeries(name, data,
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(false)}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: color, Type: "dotted", Width: 1}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: color}))
	}
	line.MultiSeries = append(line.MultiSeries, bands...)
	return legend
}

// alike is how many lines look like one before them: there are more than colours and styles.
func (p plot) alike() (n int) {
	seen := map[[2]string]bool{}
	for i, s := range p.series {
		look := [2]string{cmp.Or(s.color, palette[i%len(palette)]), cmp.Or(s.style, "solid")}
		if s.kind == curve && seen[look] {
			n++
		}
		seen[look] = seen[look] || s.kind == curve
	}
	return n
}

// allNotes are the plot's own, and how many values do not show.
func (p plot) allNotes() []string {
	gaps, hidden, open, below := 0, 0, 0, 0
	for _, s := range p.series {
		bad, low := undrawn(s, p.y.log)
		gaps, hidden = gaps+bad, hidden+low
		for k := range s.low {
			switch {
			case !isFinite(s.y[k]) || p.y.log && s.y[k] <= 0:
			case !isFinite(s.low[k]) || !isFinite(s.high[k]):
				open++
			case p.y.log && s.low[k] <= 0:
				below++
			}
		}
	}
	notes := slices.Clone(p.notes)
	if n := p.alike(); n > 0 {
		notes = append(notes, count(n, "line has the colour and style of another",
			"lines have the colour and style of others"))
	}
	if n := len(p.unshared); n > 0 {
		notes = append(notes, count(n, "step, which not every seed recorded, is left out",
			"steps, which not every seed recorded, are left out"))
	}
	if gaps > 0 {
		notes = append(notes, count(gaps, "value is not finite: a gap", "values are not finite: gaps"))
	}
	if open > 0 {
		notes = append(notes, count(open, "interval has no finite end: no band there",
			"intervals have no finite end: no band there"))
	}
	if below > 0 {
		notes = append(notes, count(below, "interval goes down to zero or below: no band there",
			"intervals go down to zero or below: no band there"))
	}
	if hidden > 0 {
		notes = append(notes, count(hidden, "value is not positive: off the logarithmic axis",
			"values are not positive: off the logarithmic axis"))
	}
	return notes
}

// undrawn counts the values that are not finite, and those that a logarithmic axis cannot show.
func undrawn(s series, log bool) (gaps, hidden int) {
	if !s.kind.ordered() {
		return 0, 0
	}
	for _, y := range s.y {
		switch {
		case !isFinite(y):
			gaps++
		case log && y <= 0:
			hidden++
		}
	}
	return gaps, hidden
}

// Icons of the buttons that zoom, as ECharts draws them; go-echarts would leave them out.
var zoomIcons = map[string]string{
	"zoom": "path://M0,13.5h26.9 M13.5,26.9V0 M32.1,13.5H58V58H13.5 V32.1",
	"back": "path://M22,1.4L9.9,13.5l12.3,12.3 M10.3,13.5H54.9v44.6 H10.3v-26",
}

// layOut sets title, axes, legend, tool-tips and buttons.
func (p plot) layOut(line *charts.Line, legend, notes []string) {
	subtitle := p.subtitle
	for _, n := range notes {
		subtitle = sentence(subtitle, plain(n))
	}
	trigger, left, gap := "axis", "66", 46
	if p.y.categories != nil {
		trigger, left, gap = "item", "150", 132
	}
	if p.square {
		trigger = "item"
	}
	grey := &opts.LineStyle{Color: neutral}
	line.SetGlobalOptions(
		charts.WithTitleOpts(opts.Title{
			Title: plain(p.title), Subtitle: sanitised(subtitle, 2000), Left: "10", Top: "4",
			TitleStyle:    &opts.TextStyle{Color: neutral, FontSize: 15},
			SubtitleStyle: &opts.TextStyle{Color: neutral, FontSize: 11},
		}),
		charts.WithGridOpts(opts.Grid{Left: left, Right: "24", Top: "88", Bottom: "52"}),
		charts.WithLegendOpts(opts.Legend{
			Show: opts.Bool(true), Type: "scroll", Data: legend, Top: "50", Left: "60", Right: "24",
			TextStyle: &opts.TextStyle{Color: neutral},
		}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: trigger}),
		charts.WithToolboxOpts(opts.Toolbox{Show: opts.Bool(true), Right: "16", Top: "4", Feature: &opts.ToolBoxFeature{
			DataZoom: &opts.ToolBoxFeatureDataZoom{
				Show: opts.Bool(true), Icon: zoomIcons, Title: map[string]string{"zoom": "zoom", "back": "back"},
			},
			SaveAsImage: saveAsImage(p.title),
		}}),
		charts.WithXAxisOpts(opts.XAxis{
			Name: plain(p.x.name), NameLocation: "middle", NameGap: 28, Type: p.x.kind(), Scale: opts.Bool(true),
			Data: p.x.list(), AxisLine: &opts.AxisLine{OnZero: opts.Bool(false), LineStyle: grey},
			AxisLabel: &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true)},
			SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Name: plain(p.y.name), NameLocation: "middle", NameGap: gap, Type: p.y.kind(), Scale: opts.Bool(true),
			Data: p.y.list(), Inverse: opts.Bool(p.y.categories != nil),
			AxisLine:  &opts.AxisLine{OnZero: opts.Bool(false), LineStyle: grey},
			AxisLabel: &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true), Width: 120, Overflow: "truncate"},
			SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: faint}},
		}),
	)
	if p.x.end != 0 {
		line.XAxisList[0].Min, line.XAxisList[0].Max = 0, p.x.end
	}
	if p.y.end != 0 {
		line.YAxisList[0].Min, line.YAxisList[0].Max = 0, p.y.end
	}
}

func saveAsImage(title string) *opts.ToolBoxFeatureSaveAsImage {
	return &opts.ToolBoxFeatureSaveAsImage{Show: opts.Bool(true), Title: "save as picture", Name: fileName(title)}
}

// kind of axis, in the words of ECharts.
func (a axis) kind() string {
	switch {
	case a.categories != nil:
		return "category"
	case a.log:
		return "log"
	}
	return "value"
}

// list of the categories, nil if the axis is one of numbers.
func (a axis) list() any {
	if a.categories == nil {
		return nil
	}
	list := make([]string, len(a.categories))
	for i, c := range a.categories {
		list[i] = plain(c)
	}
	return list
}

// data are the points of a line that are drawn.
func (p plot) data(s series) []opts.LineData {
	x, y := s.x, s.y
	if p.y.log {
		y = slices.Clone(y)
		for k := range y {
			if y[k] <= 0 {
				y[k] = math.NaN()
			}
		}
	}
	for p.x.log && len(x) > 0 && x[0] <= 0 { // step 0 has no place on a logarithmic axis
		x, y = x[1:], y[1:]
	}
	if s.kind.ordered() {
		x, y = thin(x, y, mostPoints)
	}
	nx, ny := digits(x), digits(y)
	data := make([]opts.LineData, 0, len(x))
	for k := range x {
		at := x[k]
		if e := p.x.edges; s.kind == interval && e[0] < e[1] {
			at = min(max(at, e[0]), e[1])
		}
		data = append(data, opts.LineData{Value: []any{valueTo(nx, at), valueTo(ny, y[k])}})
	}
	return data
}

// digits tell a mark apart from the points of the lines.
func (p plot) digits(mark float64) int {
	values := []float64{mark}
	for _, s := range p.series {
		values = append(values, s.y...)
	}
	return digits(values)
}

// band are the points (x, low, high) of a band that are drawn; those without both ends are gaps.
func (p plot) band(s series) []opts.LineData {
	var x, low, high []float64
	for k := range s.x {
		l, h := s.low[k], s.high[k]
		if p.x.log && s.x[k] <= 0 {
			continue
		}
		if !isFinite(l) || !isFinite(h) || p.y.log && l <= 0 {
			l, h = math.NaN(), math.NaN()
		}
		x, low, high = append(x, s.x[k]), append(low, l), append(high, h)
	}
	x, low, high = widest(x, low, high, mostPoints)
	nx, ny := digits(x), digits(slices.Concat(low, high))
	data := make([]opts.LineData, len(x))
	for k := range x {
		data[k] = opts.LineData{Value: []any{valueTo(nx, x[k]), valueTo(ny, low[k]), valueTo(ny, high[k])}}
	}
	return data
}

// table holds every point, also those that are not drawn.
func (p plot) table() [][]string {
	rows := [][]string{{"series", p.x.name, p.y.name}}
	cell := func(a axis, v float64) string {
		if k := int(v); a.categories != nil && k < len(a.categories) {
			return a.categories[k]
		}
		return number(v)
	}
	for _, s := range p.series {
		for k := range s.x {
			if !s.kind.ordered() && math.IsNaN(s.y[k]) {
				continue
			}
			rows = append(rows, []string{s.name, cell(p.x, s.x[k]), cell(p.y, s.y[k])})
		}
		for end, y := range [][]float64{s.low, s.high} {
			for k := range y {
				rows = append(rows, []string{s.name + ", " + s.ends[end], cell(p.x, s.x[k]), cell(p.y, y[k])})
			}
		}
	}
	for _, m := range p.marks {
		rows = append(rows, []string{m.name, "", number(m.y)})
	}
	return rows
}

// extent of the x that are shown.
func (p plot) extent() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, s := range p.series {
		for _, x := range s.x {
			if !p.x.log || x > 0 {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
	}
	return lo, hi
}
