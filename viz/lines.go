package viz

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	path   bool // drawn as it is, in any direction; a y that is not a number lifts the pen
}

// plot is what all line charts are made of.
type plot struct {
	title, subtitle string
	x, y            axis
	series          []series
	marks           []mark
	notes           []string
	tall            int // height of the picture; 0: the usual
	square          bool
}

// axis names a quantity, with its unit where it has one.
type axis struct {
	name       string
	log        bool
	categories []string // names for 0, 1, 2 …, from the top
}

// A mark is a horizontal reference line.
type mark struct {
	name string
	y    float64
}

// Lines are drawn from at most this many points; more are thinned so that no spike is lost.
const (
	mostPoints    = 2000
	picturePoints = 120
)

// chart draws the plot.
func (p plot) chart() *Chart {
	gaps, hidden := 0, 0
	line := charts.NewLine()
	var names []string
	for i, s := range p.series {
		bad, low := unseen(s, p.y.log)
		gaps, hidden = gaps+bad, hidden+low
		x, y := s.x, s.y
		if !s.path {
			x, y = thin(s.x, s.y, mostPoints)
		}
		data := make([]opts.LineData, 0, len(x))
		for k := range x {
			yk := y[k]
			if p.y.log && yk <= 0 {
				yk = math.NaN()
			}
			if p.x.log && x[k] <= 0 { // the start has no place on a logarithmic axis of steps
				continue
			}
			data = append(data, opts.LineData{Value: []any{value(x[k]), value(yk)}})
		}
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
		if !s.silent {
			names = append(names, plain(s.name))
		}
		line.AddSeries(plain(s.name), data,
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(len(data) == 1 || s.dots), Symbol: "circle", SymbolSize: 7, ConnectNulls: opts.Bool(false)}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: s.color, Type: s.style, Width: width, Opacity: opacity}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: s.color}))
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
	notes := p.notes
	if gaps > 0 {
		notes = append(notes, fmt.Sprintf("%d values are not finite: gaps", gaps))
	}
	if hidden > 0 {
		notes = append(notes, fmt.Sprintf("%d values are not positive: off the logarithmic axis", hidden))
	}
	subtitle := strings.Join(append([]string{p.subtitle}, notes...), " · ")
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
			DataZoom:    &opts.ToolBoxFeatureDataZoom{Show: opts.Bool(true), Title: map[string]string{"zoom": "zoom", "back": "back"}},
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
	c := &Chart{title: p.title, alt: p.alt(notes), width: 760, height: 420, option: line, table: p.table}
	switch {
	case p.square:
		c.width, c.height = 540, 560
	case p.tall > 0:
		c.height = p.tall
	}
	c.packed = func() (json.RawMessage, string, error) { return packLines(c) }
	c.draw = func() (string, error) { return pictureLines(c, p.series) }
	return c
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
	}
	for _, m := range p.marks {
		rows = append(rows, []string{m.name, "", number(m.y)})
	}
	return rows
}

// points are the data of one line of an option. A null, which is a gap, decodes to an empty number.
type points []struct{ Value [2]json.Number }

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
		var x, y []string
		for _, p := range data {
			x, y = append(x, string(p.Value[0])), append(y, string(p.Value[1]))
		}
		column := strings.Join(x, ",")
		if _, ok := place[column]; !ok {
			place[column] = len(columns)
			columns = append(columns, strconv.Quote(column))
		}
		lines = append(lines, fmt.Sprintf("[%d,%q]", place[column], strings.Join(y, ",")))
		return []any{}
	})
	if err != nil {
		return nil, "", err
	}
	expand := fmt.Sprintf(`function(o){function n(t){return t===""?[]:t.split(",").map(function(v){return v===""?null:+v})}`+
		`var x=[%s].map(n);[%s].forEach(function(l,i){var y=l[1].split(",");o.series[i].data=x[l[0]].map(function(v,k){return[v,y[k]===""?null:+y[k]]})})}`,
		strings.Join(columns, ","), strings.Join(lines, ","))
	return b, expand, nil
}

// pictureLines draws the lines from fewer points: a picture has no zoom.
func pictureLines(c *Chart, lines []series) (string, error) {
	b, err := c.JSON()
	if err != nil {
		return "", err
	}
	b, err = eachLine(b, func(i int, data points) any {
		x, y := make([]float64, len(data)), make([]float64, len(data))
		for k, p := range data {
			x[k], _ = p.Value[0].Float64()
			if y[k], err = p.Value[1].Float64(); err != nil {
				y[k] = math.NaN()
			}
		}
		if i >= len(lines) || !lines[i].path {
			x, y = thin(x, y, picturePoints)
		}
		pairs := make([][2]any, len(x))
		for k := range x {
			pairs[k] = [2]any{x[k], value(y[k])}
		}
		return pairs
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

// alt says where each line begins and ends.
func (p plot) alt(notes []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s over %s.", p.title, p.y.name, p.x.name)
	for i, s := range p.series {
		if s.silent {
			continue
		}
		if i == 8 {
			fmt.Fprintf(&b, " And %d more lines.", len(p.series)-i)
			break
		}
		n := len(s.y)
		if n == 0 {
			continue
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, y := range s.y {
			if !math.IsNaN(y) && !math.IsInf(y, 0) {
				lo, hi = min(lo, y), max(hi, y)
			}
		}
		fmt.Fprintf(&b, " %s goes from %s at %s to %s at %s, between %s and %s.",
			s.name, short(s.y[0]), short(s.x[0]), short(s.y[n-1]), short(s.x[n-1]), short(lo), short(hi))
	}
	for _, n := range notes {
		b.WriteString(" " + n + ".")
	}
	return plain(b.String())
}

// thin keeps at most limit points of a line: of each of limit/2 stretches its smallest and its largest value, in their
// order, so that no spike is lost. A value that is not finite is kept as the stretch's, so that a gap stays a gap.
func thin(x, y []float64, limit int) (tx, ty []float64) {
	n := len(x)
	if n <= limit {
		return x, y
	}
	keep := func(k int) { tx, ty = append(tx, x[k]), append(ty, y[k]) }
	stretches := limit / 2
	for s := range stretches {
		from, to := s*n/stretches, (s+1)*n/stretches
		lo, hi := from, from
		for k := from; k < to; k++ {
			if math.IsNaN(y[k]) || math.IsInf(y[k], 0) {
				lo = k
				break
			}
			if y[k] < y[lo] {
				lo = k
			}
			if y[k] > y[hi] {
				hi = k
			}
		}
		keep(min(lo, hi))
		if lo != hi {
			keep(max(lo, hi))
		}
	}
	return tx, ty
}

// plain makes text from outside safe to show: ECharts writes names into the page's HTML in tool-tips, so that what could be
// markup is replaced by look-alikes, control characters go, and a very long text is cut.
func plain(s string) string {
	const most = 200
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
