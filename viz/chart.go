package viz

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"path/filepath"
	"strings"

	"github.com/go-echarts/go-echarts/v2/opts"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
	"projectpenalty/viz/internal/echarts"
	"projectpenalty/viz/internal/fileformat"
)

// A Figure can be shown and saved: a [Chart] or a [Layout] of charts.
type Figure interface {
	// HTML returns a fragment for a page: a picture, and a script that puts the live chart in its
	// place.
	HTML() (string, error)
	// SVG returns the picture alone.
	SVG() (string, error)
	// Err says why there is nothing to show, nil if there is.
	Err() error
}

// A Chart is one drawing. It is made by the functions of this package, each of which answers one
// question.
//
// A function that cannot draw what it was given returns a Chart whose Err says what is missing; its
// other methods then return that error, and nb.Show shows it.
type Chart struct {
	err      error
	title    string
	alt      string
	width    int // of the picture, in pixels
	height   int
	keep     bool    // its shape on a narrow page
	run      *mc.Run // that it shows, nil if there is none or more than one
	option   echart
	colours  Scale                                   // of a heat map, for JSON
	table    func() [][]string                       // the numbers behind the drawing, with a header
	draw     func() (string, error)                  // the picture
	scaled   func(log bool) *Chart                   // the same with another axis of values; nil if it has none
	titled   func(title string) *Chart               // the same under another title
	rows     func(name string) *Chart                // the same with another name for a row; nil if it has no rows
	labelled func(o *mc.Observations) *Chart         // with names on its axes; nil if it is no heat map of a matrix
	packed   func() (json.RawMessage, string, error) // the option without its data, and the script that puts them back
}

// echart is what go-echarts's charts have in common.
type echart interface {
	Validate()
	JSON() map[string]any
}

func failed(format string, args ...any) *Chart { return &Chart{err: fmt.Errorf(format, args...)} }

// Err says why there is nothing to draw, nil if there is.
func (c *Chart) Err() error { return c.err }

// Title of the chart.
func (c *Chart) Title() string { return c.title }

// Alt describes the drawing in words, computed from the data, for readers who do not see it.
func (c *Chart) Alt() string { return c.alt }

// Option returns the go-echarts value behind the chart, a *charts.Line or a *charts.HeatMap, nil if
// Err is not. Changes to it show in what is drawn of this chart afterwards, except in pictures of
// heat maps. What returns another chart does without them: Titled, Log, Linear, Rows, Labelled, and
// [Distinct], by which Show and [Page] tell charts of one title apart.
func (c *Chart) Option() any {
	if c.err != nil {
		return nil
	}
	return c.option
}

// Log returns the chart with a logarithmic axis of values, on which values that are not positive
// become gaps:
//
//	viz.SingularValues(trace).Log()
func (c *Chart) Log() *Chart { return c.scale("Log", true) }

// Linear returns the chart with a linear axis of values.
func (c *Chart) Linear() *Chart { return c.scale("Linear", false) }

func (c *Chart) scale(function string, log bool) *Chart {
	switch {
	case c.err != nil:
		return c
	case c.scaled == nil:
		return failed("viz: %s: %q has no axis of values", function, plain(c.title))
	}
	return c.scaled(log)
}

// Titled returns the chart under another title, for charts of one kind side by side:
//
//	viz.SingularValues(trace).Titled("Singular values at depth 2")
func (c *Chart) Titled(title string) *Chart {
	if c.err != nil {
		return c
	}
	return c.titled(title)
}

// Rows returns the comparison with another name for its rows, where they are not methods:
//
//	viz.Compare("R", truth, perturbed).Rows("matrix")
func (c *Chart) Rows(name string) *Chart {
	switch {
	case c.err != nil:
		return c
	case c.rows == nil:
		return failed("viz: Rows: %q does not compare methods", plain(c.title))
	}
	return c.rows(name)
}

// Labelled returns the heat map of a matrix with the names that the observations have for its rows
// and columns, on its axes, in its tooltips and in its CSV:
//
//	viz.Heatmap("Completed", w, viz.Scale{}).Labelled(o)
func (c *Chart) Labelled(o *mc.Observations) *Chart {
	switch {
	case c.err != nil:
		return c
	case c.labelled == nil:
		return failed("viz: Labelled: %q is not a heat map of a matrix", plain(c.title))
	case o == nil:
		return failed("viz: Labelled: %q: the observations are nil", plain(c.title))
	}
	return c.labelled(o)
}

// JSON returns the ECharts option.
func (c *Chart) JSON() ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	c.option.Validate()
	option := c.option.JSON()
	option["color"] = palette
	option["animation"] = false
	option["textStyle"] = map[string]any{"color": neutral, "fontFamily": "sans-serif"}
	if list, ok := option["visualMap"].([]opts.VisualMap); ok {
		maps, err := c.visualMaps(list)
		if err != nil {
			return nil, fmt.Errorf("viz: %s: %w", c.title, err)
		}
		option["visualMap"] = maps
	}
	b, err := json.Marshal(option) // escapes <, > and &, so that the option is safe within a script
	if err != nil {
		return nil, fmt.Errorf("viz: %s: %w", c.title, err)
	}
	return b, nil
}

// visualMaps has the ends of the colours as they are, unless they were changed by Option: those of
// go-echarts are float32, which has no 1e39, and it leaves a zero out.
func (c *Chart) visualMaps(list []opts.VisualMap) ([]map[string]any, error) {
	maps := make([]map[string]any, len(list))
	for i, v := range list {
		lo, hi := float64(v.Min), float64(v.Max)
		if v.Min == float32(c.colours.Min) {
			lo = c.colours.Min
		}
		if v.Max == float32(c.colours.Max) {
			hi = c.colours.Max
		}
		v.Min, v.Max = 0, 0
		b, err := json.Marshal(v)
		if err == nil {
			err = json.Unmarshal(b, &maps[i])
		}
		if err != nil {
			return nil, err
		}
		maps[i]["min"], maps[i]["max"] = lo, hi
	}
	return maps, nil
}

// SVG returns the picture, without scripts.
func (c *Chart) SVG() (string, error) {
	if c.err != nil {
		return "", c.err
	}
	return c.draw()
}

// CSV returns the numbers behind the drawing, to their last digit, with a header: also infinite
// ones and others that are not drawn.
func (c *Chart) CSV() (string, error) {
	if c.err != nil {
		return "", c.err
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := errors.Join(w.WriteAll(c.table()), w.Error()); err != nil {
		return "", fmt.Errorf("viz: %s: %w", c.title, err)
	}
	return b.String(), nil
}

// HTML returns a fragment for a page: the picture, and a script that puts the live chart in its
// place as soon as ECharts is there. Where nothing can draw a picture, the description stands in
// its place. WriteFile("x.html") makes a whole page.
func (c *Chart) HTML() (string, error) {
	picture := html.EscapeString(c.alt)
	if svg, err := c.SVG(); err == nil {
		picture = fmt.Sprintf(`<img alt="%s" style="width:100%%;height:auto" src="data:image/svg+xml;base64,%s">`,
			picture, base64.StdEncoding.EncodeToString([]byte(svg)))
	} else if !errors.Is(err, echarts.ErrNoDrawer) {
		return "", err
	}
	option, expand, err := c.packed()
	if err != nil {
		return "", err
	}
	id := newID()
	return fmt.Sprintf(`<div id=%q class="penalty-chart" style="max-width:%dpx">`+
		`%s</div><script>%s(%q,%s,%d,%d,%t,%s)</script>`,
		id, c.width, picture,
		drawScript, id, option, c.width, c.height, c.keep, expand), nil
}

// WriteFile saves the chart in the format that the ending of the name says: .html a page of its
// own, .svg a picture, .json the ECharts option, .csv the numbers. In a program that imports
// projectpenalty/viz/print it may also end in .pdf, for papers, or .png. An older file is replaced
// whole or not at all.
func (c *Chart) WriteFile(name string) error {
	switch ending(name) {
	case ".json":
		b, err := c.JSON()
		return write(name, string(b), err)
	case ".csv":
		s, err := c.CSV()
		return write(name, s, err)
	}
	return writeFigure(name, c.title, c)
}

func ending(name string) string { return strings.ToLower(filepath.Ext(name)) }

func writeFigure(name, title string, f Figure) error {
	switch ending(name) {
	case ".html":
		s, err := standalone(title, f)
		return write(name, s, err)
	case ".svg":
		s, err := f.SVG()
		return write(name, s, err)
	case ".pdf", ".png":
		convert := fileformat.For(ending(name))
		if convert == nil {
			return fmt.Errorf("viz: WriteFile(%q): a program that writes %s imports _ \"projectpenalty/viz/print\"",
				name, ending(name))
		}
		s, err := f.SVG()
		if err != nil {
			return err
		}
		b, err := convert(s)
		return write(name, string(b), err)
	}
	endings := ".html, .svg, .pdf or .png"
	if _, is := f.(*Chart); is {
		endings = ".html, .svg, .pdf, .png, .json or .csv"
	}
	return fmt.Errorf("viz: WriteFile(%q): the name must end in %s", name, endings)
}

func write(name, content string, err error) error {
	if err != nil {
		return err
	}
	if err := data.Save(name, func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}); err != nil {
		return fmt.Errorf("viz: %w", err)
	}
	return nil
}
