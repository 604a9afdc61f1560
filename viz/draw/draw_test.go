package draw

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"projectpenalty/viz/internal/echarts"
)

const option = `{"animation":false,"xAxis":{"type":"value"},"yAxis":{"type":"log"},
	"series":[{"type":"line","data":[[1,10],[2,1000]]}]}`

func TestSVG(t *testing.T) {
	svg, err := SVG([]byte(option), 400, 300)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, `width="400"`) || !strings.Contains(svg, "<path") {
		t.Errorf("not a picture of a line at 400 pixels: %.200s", svg)
	}
	again, err := SVG([]byte(option), 400, 300)
	if err != nil || again != svg {
		t.Errorf("drawn again: %v, %d bytes are not the %d before", err, len(again), len(svg))
	}
	if _, err := SVG([]byte(`{`), 400, 300); err == nil {
		t.Error("broken JSON: no error")
	}
}

// A logarithmic axis ends with the numbers; it once looked for ticks beyond them for ever.
func TestLogarithmicAxisOfAllNumbers(t *testing.T) {
	for _, c := range []struct{ first, second, label string }{
		{"1e308", "1.7976931348623157e308", "1.4e308"}, {"1.2e308", "1.7e308", "1.4e308"},
		{"1e300", "1.7e308", "1e302"},
		{"5e-324", "1.7e308", "1e-267"}, {"5e-324", "1e-300", "1e-304"},
		{"5e-324", "5e-324", ""}, {"5e-324", "1e-323", ""},
	} {
		values, points := c.first+","+c.second, "[0,"+c.first+"],[1,"+c.second+"]"
		done := make(chan string)
		go func() {
			svg, err := SVG([]byte(`{"animation":false,"xAxis":{"type":"value"},"yAxis":{"type":"log"},
				"series":[{"type":"line","data":[`+points+`]}]}`), 400, 300)
			if err != nil {
				svg = err.Error()
			}
			done <- svg
		}()
		select {
		case svg := <-done:
			if !strings.HasPrefix(svg, "<svg") || strings.Contains(svg, "NaN") || strings.Contains(svg, "Infinity") ||
				!strings.Contains(svg, ">"+c.label) {
				t.Errorf("%s, with no label %q: %.300s", values, c.label, svg)
			}
		case <-time.After(time.Minute): // it takes .1 s
			t.Fatalf("%s: no picture within a minute", values)
		}
	}
}

// Tool-tips have the band where there is one, and cells to the digits that tell them apart.
func TestTooltips(t *testing.T) {
	vm := goja.New()
	const script = `var lib = {format: {encodeHTML: String, getTextRect: function () { return {width: 9} }}};
		function tip(o, points) {
			o.tooltip = {trigger: 'axis'};
			(DRESS)(lib, o, 400, true);
			return o.tooltip.formatter(points);
		}
		var lines = {xAxis: {name: 'x', type: 'value'}, yAxis: {name: 'y', type: 'value'}};
		function of(low, high) { return [
			{seriesName: 'a', marker: '', axisValue: 2, value: [2, 1.5]},
			{seriesName: 'a', seriesType: 'custom', value: [2, low, high]}] }
		var heat = {xAxis: {name: 'x', data: [0]}, yAxis: {name: 'y', data: [0]},
			visualMap: {min: 1000, max: 1000.0048}, series: [{type: 'heatmap', data: [[0, 0, 1000.0012]]}]};`
	if _, err := vm.RunString(strings.ReplaceAll(script, "DRESS", echarts.Dress)); err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]string{
		"tip(lines, of(1, 2))":                                              "x 2<br>a <b>1.5</b> (1 … 2)",
		"tip(lines, of(null, null))":                                        "x 2<br>a <b>1.5</b>",
		"tip(heat, {value: [0, 0, 1000.0012]})":                             "y 0, x 0<br><b>1000.0012</b>",
		"tip(heat, {value: [0, 0, 1]}), heat.visualMap.formatter(1000.001)": "1000.001",
	} {
		if got, err := vm.RunString(call); err != nil || got.String() != want {
			t.Errorf("%s is %v (%v), want %s", call, got, err, want)
		}
	}
}

// Ticks are looked for in a window that ends, and that numbers can tell apart.
func TestMarks(t *testing.T) {
	vm := goja.New()
	if _, err := vm.RunString("var marks = (" + echarts.Dress + ")({}, {}, 400, true).marks"); err != nil {
		t.Fatal(err)
	}
	for call, most := range map[string]int{
		"marks(-Infinity, 3)": 0, "marks(0, Infinity)": 0, "marks(NaN, 1)": 0, "marks(308, 308.25471555991675)": 30,
		"marks(-323.3, -323.2)": 30, "marks(1, 1 + 2.3e-16)": 30, "marks(-320, 308.3)": 10, "marks(0, 3)": 4,
	} {
		v, err := vm.RunString(call)
		if err != nil {
			t.Fatal(err)
		}
		list := v.Export().([]any)
		if len(list) > most || most == 4 && len(list) != 4 {
			t.Errorf("%s has %d ticks", call, len(list))
		}
		for _, x := range list {
			if f, ok := x.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
				t.Errorf("%s has a tick at %v", call, f)
			}
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	for b.Loop() {
		if _, err := SVG([]byte(option), 400, 300); err != nil {
			b.Fatal(err)
		}
	}
}
