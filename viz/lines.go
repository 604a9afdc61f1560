package viz

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"projectpenalty/viz/internal/echarts"
)

// A series is a line of a chart: y over x, both as long.
type series struct {
	name   string
	x, y   []float64
	color  string
	style  string // solid, dashed or dotted
	faint  bool
	silent bool // not in the legend
	dots   bool // points without a line between them
	wide   bool // as an interval beside its points
	large  bool // points that stand out
	path   bool // drawn as it is, in any direction; a y that is not a number lifts the pen

	// A band about the line, both as long as y, or nil, and what its ends are.
	low, high []float64
	ends      [2]string
}

// plot is what all line charts are made of.
type plot struct {
	title, subtitle string
	x, y            axis
	series          []series
	marks           []mark
	notes           []string
	summary         []string // sentences for Alt, in the place of where lines begin and end
	tall            int      // height of the picture; 0: the usual
	square          bool
}

// axis names a quantity, with its unit where it has one.
type axis struct {
	name       string
	log        bool
	end        float64  // from 0 to here; 0: as the data are
	categories []string // names for 0, 1, 2 …, from the top
}

// A mark is a horizontal reference line.
type mark struct {
	name string
	y    float64
}

// Lines are drawn from at most this many points; more are thinned so that no spike is lost. A picture, which has no zoom,
// takes that many in all of its lines together, and 500 in one.
const (
	mostPoints    = 2000
	picturePoints = 1600
)

// Icons of the buttons that zoom, as ECharts draws them; go-echarts would leave them out.
var zoomIcons = map[string]string{
	"zoom": "path://M0,13.5h26.9 M13.5,26.9V0 M32.1,13.5H58V58H13.5 V32.1",
	"back": "path://M22,1.4L9.9,13.5l12.3,12.3 M10.3,13.5H54.9v44.6 H10.3v-26",
}

// chart draws the plot.
func (p plot) chart() *Chart {
	gaps, hidden, open := 0, 0, 0
	line := charts.NewLine()
	var names []string
	var bands []charts.SingleSeries
	for i, s := range p.series {
		bad, low := unseen(s, p.y.log)
		gaps, hidden = gaps+bad, hidden+low
		data := p.data(s)
		if s.color == "" {
			s.color = palette[i%len(palette)]
		}
		if s.style == "" {
			s.style = "solid"
		}
		width := float32(2)
		switch {
		case s.faint:
			width = 1
		case s.wide:
			width = 5
		}
		opacity := opts.Float(1)
		if s.dots {
			opacity = opts.Float(0)
		}
		symbol := 7
		if s.large {
			symbol = 12
		}
		if !s.silent {
			names = append(names, plain(s.name))
		}
		line.AddSeries(plain(s.name), data,
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(len(data) == 1 || s.dots), Symbol: "circle", SymbolSize: symbol, ConnectNulls: opts.Bool(false)}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: s.color, Type: s.style, Width: width, Opacity: opacity}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: s.color}))
		for k := range s.low {
			if value(s.y[k]) != nil && (value(s.low[k]) == nil || value(s.high[k]) == nil) {
				open++
			}
		}
		if s.low != nil {
			bands = append(bands, charts.SingleSeries{Name: plain(s.name), Type: "custom", Data: p.band(s), ItemStyle: &opts.ItemStyle{Color: s.color}})
		}
	}
	for i, m := range p.marks {
		if i == 0 {
			names = append(names, "truth")
		}
		lo, hi := p.extent()
		line.AddSeries("truth", []opts.LineData{{Value: []any{value(lo), value(m.y)}}, {Value: []any{value(hi), value(m.y)}}},
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(false)}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: neutral, Type: "dotted", Width: 1}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: neutral}))
	}
	line.MultiSeries = append(line.MultiSeries, bands...)
	notes := p.notes
	if gaps > 0 {
		notes = append(notes, count(gaps, "value is not finite: a gap", "values are not finite: gaps"))
	}
	if open > 0 {
		notes = append(notes, count(open, "interval has no finite end: no band there", "intervals have no finite end: no band there"))
	}
	if hidden > 0 {
		notes = append(notes, count(hidden, "value is not positive: off the logarithmic axis", "values are not positive: off the logarithmic axis"))
	}
	subtitle := p.subtitle
	for _, n := range notes {
		subtitle = sentence(subtitle, n)
	}
	kind := func(a axis) string {
		switch {
		case a.categories != nil:
			return "category"
		case a.log:
			return "log"
		}
		return "value"
	}
	categories := func(a axis) any {
		if a.categories == nil {
			return nil
		}
		list := make([]string, len(a.categories))
		for i, c := range a.categories {
			list[i] = plain(c)
		}
		return list
	}
	trigger, left, gap := "axis", "66", 46
	if p.y.categories != nil {
		trigger, left, gap = "item", "150", 132
	}
	if p.square {
		trigger = "item"
	}
	line.SetGlobalOptions(
		charts.WithTitleOpts(opts.Title{
			Title: plain(p.title), Subtitle: plain(subtitle), Left: "10", Top: "4",
			TitleStyle:    &opts.TextStyle{Color: neutral, FontSize: 15},
			SubtitleStyle: &opts.TextStyle{Color: neutral, FontSize: 11},
		}),
		charts.WithGridOpts(opts.Grid{Left: left, Right: "24", Top: "88", Bottom: "52"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Type: "scroll", Data: names, Top: "50", Left: "60", Right: "24", TextStyle: &opts.TextStyle{Color: neutral}}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: trigger}),
		charts.WithToolboxOpts(opts.Toolbox{Show: opts.Bool(true), Right: "16", Top: "4", Feature: &opts.ToolBoxFeature{
			DataZoom:    &opts.ToolBoxFeatureDataZoom{Show: opts.Bool(true), Icon: zoomIcons, Title: map[string]string{"zoom": "zoom", "back": "back"}},
			SaveAsImage: &opts.ToolBoxFeatureSaveAsImage{Show: opts.Bool(true), Title: "save as picture", Name: fileName(p.title)},
		}}),
		charts.WithXAxisOpts(opts.XAxis{
			Name: plain(p.x.name), NameLocation: "middle", NameGap: 28, Type: kind(p.x), Scale: opts.Bool(true), Data: categories(p.x),
			AxisLine:  &opts.AxisLine{OnZero: opts.Bool(false), LineStyle: &opts.LineStyle{Color: neutral}},
			AxisLabel: &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true)},
			SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Name: plain(p.y.name), NameLocation: "middle", NameGap: gap, Type: kind(p.y), Scale: opts.Bool(true), Data: categories(p.y), Inverse: opts.Bool(p.y.categories != nil),
			AxisLine:  &opts.AxisLine{OnZero: opts.Bool(false), LineStyle: &opts.LineStyle{Color: neutral}},
			AxisLabel: &opts.AxisLabel{Color: neutral, HideOverlap: opts.Bool(true), Width: 120, Overflow: "truncate"},
			SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: faint}},
		}),
	)
	for k, a := range []axis{p.x, p.y} {
		switch {
		case a.end == 0:
		case k == 0:
			line.XAxisList[0].Min, line.XAxisList[0].Max = 0, a.end
		default:
			line.YAxisList[0].Min, line.YAxisList[0].Max = 0, a.end
		}
	}
	c := &Chart{title: p.title, alt: p.alt(notes), width: 760, height: 420, option: line, table: p.table}
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
	c.packed = func() (json.RawMessage, string, error) { return packLines(c) }
	c.draw = func() (string, error) { return pictureLines(c, p.series) }
	return c
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
	for p.x.log && len(x) > 0 && x[0] <= 0 { // the start has no place on a logarithmic axis of steps
		x, y = x[1:], y[1:]
	}
	if !s.path {
		x, y = thin(x, y, mostPoints)
	}
	data := make([]opts.LineData, 0, len(x))
	for k := range x {
		data = append(data, opts.LineData{Value: []any{value(x[k]), value(y[k])}})
	}
	return data
}

// band are the points (x, low, high) of a band that are drawn, those without both ends left out.
func (p plot) band(s series) []opts.LineData {
	var x, low, high []float64
	for k := range s.x {
		l, h := s.low[k], s.high[k]
		if value(l) == nil || value(h) == nil || p.y.log && l <= 0 || p.x.log && s.x[k] <= 0 {
			continue
		}
		x, low, high = append(x, s.x[k]), append(low, l), append(high, h)
	}
	x, low, high = widest(x, low, high, mostPoints)
	data := make([]opts.LineData, len(x))
	for k := range x {
		data[k] = opts.LineData{Value: []any{value(x[k]), value(low[k]), value(high[k])}}
	}
	return data
}

// widest keeps at most limit points of a band: of each stretch the lowest of its lower end and the highest of its upper one.
func widest(x, low, high []float64, limit int) (tx, tl, th []float64) {
	n := len(x)
	if n <= limit {
		return x, low, high
	}
	for s := range limit {
		from, to := s*n/limit, (s+1)*n/limit
		tx, tl, th = append(tx, x[(from+to)/2]), append(tl, slices.Min(low[from:to])), append(th, slices.Max(high[from:to]))
	}
	return tx, tl, th
}

// count is n with the noun that goes with it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// unseen counts the values that are not finite, and those that a logarithmic axis cannot show.
func unseen(s series, log bool) (gaps, hidden int) {
	if s.path {
		return 0, 0
	}
	for _, y := range s.y {
		switch {
		case math.IsNaN(y) || math.IsInf(y, 0):
			gaps++
		case log && y <= 0:
			hidden++
		}
	}
	return gaps, hidden
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
			if s.path && math.IsNaN(s.y[k]) {
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

// points are the data of one line of an option, (x, y) or (x, low, high). A null, which is a gap, decodes to an empty number.
type points []struct{ Value []json.Number }

// eachLine decodes an option, replaces the data of each of its lines by what f returns, and encodes it again.
func eachLine(option []byte, f func(line int, p points) any) ([]byte, error) {
	var fields map[string]json.RawMessage
	var list []map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(option, &fields), json.Unmarshal(fields["series"], &list)); err != nil {
		return nil, fmt.Errorf("viz: the option: %w", err)
	}
	for i, s := range list {
		var p points
		err := json.Unmarshal(s["data"], &p)
		if err == nil {
			s["data"], err = json.Marshal(f(i, p))
		}
		if err != nil {
			return nil, fmt.Errorf("viz: the option: %w", err)
		}
	}
	var err error
	if fields["series"], err = json.Marshal(list); err == nil {
		option, err = json.Marshal(fields)
	}
	return option, err
}

// packLines returns the option without its points, and the script that puts them back from columns of bare numbers, which
// take a quarter of the room; lines over the same steps share their column.
func packLines(c *Chart) (json.RawMessage, string, error) {
	b, err := c.JSON()
	if err != nil {
		return nil, "", err
	}
	var columns, lines []string
	place := map[string]int{}
	b, err = eachLine(b, func(_ int, data points) any {
		var parts []string
		for dim := range max(2, width(data)) {
			values := make([]string, len(data))
			for k, p := range data {
				values[k] = string(p.Value[dim])
			}
			text := strings.Join(values, ",")
			if dim > 0 {
				parts = append(parts, strconv.Quote(text))
				continue
			}
			if _, ok := place[text]; !ok {
				place[text] = len(columns)
				columns = append(columns, strconv.Quote(text))
			}
			parts = append(parts, strconv.Itoa(place[text]))
		}
		lines = append(lines, "["+strings.Join(parts, ",")+"]")
		return []any{}
	})
	if err != nil {
		return nil, "", err
	}
	expand := fmt.Sprintf(`function(o){function n(t){return t===""?[]:t.split(",").map(function(v){return v===""?null:+v})}`+
		`var x=[%s].map(n);[%s].forEach(function(l,i){var y=l.slice(1).map(function(t){return t.split(",").map(function(v){return v===""?null:+v})});`+
		`o.series[i].data=x[l[0]].map(function(v,k){return[v].concat(y.map(function(c){return c[k]}))})})}`,
		strings.Join(columns, ","), strings.Join(lines, ","))
	return b, expand, nil
}

// width is the number of values of each point.
func width(p points) int {
	if len(p) == 0 {
		return 0
	}
	return len(p[0].Value)
}

// pictureLines draws the lines from fewer points: a picture has no zoom.
func pictureLines(c *Chart, lines []series) (string, error) {
	b, err := c.JSON()
	if err != nil {
		return "", err
	}
	limit := max(120, min(500, picturePoints/max(1, len(lines))))
	b, err = eachLine(b, func(i int, data points) any {
		columns := make([][]float64, max(2, width(data)))
		for dim := range columns {
			columns[dim] = make([]float64, len(data))
			for k, p := range data {
				v, err := p.Value[dim].Float64()
				if err != nil {
					v = math.NaN()
				}
				columns[dim][k] = v
			}
		}
		switch {
		case len(columns) == 3:
			columns[0], columns[1], columns[2] = widest(columns[0], columns[1], columns[2], limit)
		case i >= len(lines) || !lines[i].path:
			columns[0], columns[1] = thin(columns[0], columns[1], limit)
		}
		rows := make([][]any, len(columns[0]))
		for k := range rows {
			for _, c := range columns {
				rows[k] = append(rows[k], value(c[k]))
			}
		}
		return rows
	})
	if err != nil {
		return "", err
	}
	return echarts.SVG(b, c.width, c.height)
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

// alt says where each line begins and ends, unless the plot has a summary of its own.
func (p plot) alt(notes []string) string {
	const most = 8
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s over %s.", p.title, p.y.name, p.x.name)
	said := p.summary
	if said == nil {
		for _, s := range p.series {
			if t := s.course(p.x.log); t != "" {
				said = append(said, t)
			}
		}
	}
	for _, t := range said[:min(most, len(said))] {
		b.WriteString(" " + t)
	}
	if len(said) > most {
		fmt.Fprintf(&b, " And %d more.", len(said)-most)
	}
	for _, n := range notes {
		b.WriteString(" " + strings.ToUpper(n[:1]) + n[1:] + ".")
	}
	return sanitised(b.String(), 2000)
}

// course says from where to where a line goes, over the points that are numbers; nothing if there are none.
func (s series) course(log bool) string {
	first, last, lo, hi := -1, -1, math.Inf(1), math.Inf(-1)
	for k, y := range s.y {
		if math.IsNaN(y) || math.IsInf(y, 0) || log && s.x[k] <= 0 {
			continue
		}
		if first < 0 {
			first = k
		}
		last, lo, hi = k, min(lo, y), max(hi, y)
	}
	switch {
	case s.silent || first < 0:
		return ""
	case first == last:
		return fmt.Sprintf("%s is %s at %s.", plain(s.name), short(s.y[first]), short(s.x[first]))
	}
	return fmt.Sprintf("%s goes from %s at %s to %s at %s, between %s and %s.",
		plain(s.name), short(s.y[first]), short(s.x[first]), short(s.y[last]), short(s.x[last]), short(lo), short(hi))
}

// thin keeps at most limit points of a line: the first, the last, and of each stretch its smallest and its largest value and a
// gap, in their order, so that neither a spike nor a gap is lost.
func thin(x, y []float64, limit int) (tx, ty []float64) {
	n := len(x)
	if n <= limit {
		return x, y
	}
	gap := func(k int) bool { return math.IsNaN(y[k]) || math.IsInf(y[k], 0) }
	most := 2 // kept of a stretch
	for k := range y {
		if gap(k) {
			most = 3
			break
		}
	}
	keep := func(k int) { tx, ty = append(tx, x[k]), append(ty, y[k]) }
	keep(0)
	stretches := (limit - 2) / most
	for s := range stretches {
		from, to := 1+s*(n-2)/stretches, 1+(s+1)*(n-2)/stretches
		lo, hi, none := -1, -1, -1
		for k := from; k < to; k++ {
			switch {
			case gap(k):
				none = k
				continue
			case lo < 0:
				lo, hi = k, k
			}
			if y[k] < y[lo] {
				lo = k
			}
			if y[k] > y[hi] {
				hi = k
			}
		}
		kept := []int{lo, hi, none}
		slices.Sort(kept)
		for _, k := range slices.Compact(kept) {
			if k >= 0 {
				keep(k)
			}
		}
	}
	keep(n - 1)
	return tx, ty
}

// plain makes text from outside safe to show: ECharts writes names into the page's HTML in tool-tips, so that what could be
// markup is replaced by look-alikes, control characters go, and a very long text is cut.
func plain(s string) string { return sanitised(s, 200) }

func sanitised(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '<':
			return '‹'
		case r == '>':
			return '›'
		case r == '&':
			return '＆'
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029:
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

func fileName(title string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, title)
	return strings.Trim(name[:min(len(name), 60)], "-")
}
