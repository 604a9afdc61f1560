// Package echarts holds Apache ECharts 5.6.0 (Apache licence 2.0, see LICENSE and NOTICE beside this file), minified and
// compressed as its authors publish it, and draws static pictures with its own server-side renderer.
package echarts

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"sync"

	"github.com/dop251/goja"
)

// Version of the embedded library.
const Version = "5.6.0"

//go:embed echarts.min.js.gz
var compressed []byte

// Compressed returns the library as base64 of gzip: 446 kB of text.
func Compressed() string { return base64.StdEncoding.EncodeToString(compressed) }

// Source returns the library as JavaScript: 1 MB.
var Source = sync.OnceValues(func() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return "", fmt.Errorf("echarts: %w", err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("echarts: %w", err)
	}
	return string(b), nil
})

// A virtual machine takes 250 ms and 50 MB to load the library, so that there is one, and it serves a caller at a time.
var machine struct {
	sync.Mutex
	draw goja.Callable
}

//go:embed dress.js
var dress string

// Dress is a JavaScript function of the library, an option, a width in pixels and whether the drawing is live, which
// completes the option: see dress.js.
var Dress = Compact(dress)

// drawScript draws an option, given as JSON, at a size. The library schedules work that a static picture does not wait for,
// and measures text by the widths of Arial, where the picture may be shown in a wider font.
var drawScript = `
var setTimeout = function () { return 0 }, clearTimeout = function () {}
var setInterval = setTimeout, clearInterval = clearTimeout;
module.exports.setPlatformAPI({measureText: function (text, font) {
	var em = +(/([0-9.]+)px/.exec(font) || [0, 12])[1] * (/bold/.test(font) ? 1.1 : 1), width = 0;
	for (var k = 0; k < text.length; k++) {
		var c = text[k];
		width += /[ijl.,:;'|!]/.test(c) ? 0.3 : /[frt ()\[\]{}I\/\\-]/.test(c) ? 0.4 : /[mwMW@%]/.test(c) ? 0.95 : /[A-Z+=<>]/.test(c) ? 0.75 : c > '\u2e80' ? 1 : 0.63;
	}
	return {width: em * width};
}});
(function (option, width, height) {
	var o = JSON.parse(option), layout = (` + Dress + `)(module.exports, o, width, false);
	var chart = module.exports.init(null, null, {renderer: 'svg', ssr: true, width: width, height: height + layout.extra});
	chart.setOption(o);
	var svg = chart.renderToSVGString();
	chart.dispose();
	return svg;
})`

// SVG draws an option, given as JSON, at a width in pixels; the height is that with one line each for title, notes and legend.
func SVG(option []byte, width, height int) (string, error) {
	machine.Lock()
	defer machine.Unlock()
	if machine.draw == nil {
		source, err := Source()
		if err != nil {
			return "", err
		}
		vm := goja.New()
		if _, err := vm.RunString("var exports = {}, module = {exports: exports};"); err != nil {
			return "", fmt.Errorf("echarts: %w", err)
		}
		if _, err := vm.RunScript("echarts.js", source); err != nil {
			return "", fmt.Errorf("echarts: %w", err)
		}
		v, err := vm.RunString(drawScript)
		if err != nil {
			return "", fmt.Errorf("echarts: %w", err)
		}
		draw, ok := goja.AssertFunction(v)
		if !ok {
			return "", fmt.Errorf("echarts: the drawing script is not a function")
		}
		machine.draw = draw
	}
	vm := goja.New() // values are made apart from the machine that uses them
	svg, err := machine.draw(goja.Undefined(), vm.ToValue(string(option)), vm.ToValue(width), vm.ToValue(height))
	if err != nil {
		return "", fmt.Errorf("echarts: %w", err)
	}
	// Names within the picture follow from what is drawn: the same picture twice is the same text, and two in a page do not meet.
	sum := sha256.Sum256(option)
	text := names.ReplaceAllString(hover.ReplaceAllString(svg.String(), ""), fmt.Sprintf("zr%x-", sum[:4]))
	return attributes.ReplaceAllStringFunc(text, func(a string) string {
		return coordinates.ReplaceAllString(a, "$1")
	}), nil
}

var (
	names = regexp.MustCompile(`\bzr[0-9]+-`)
	// hover is what a picture would have for a mouse, with names that count on from drawing to drawing.
	hover = regexp.MustCompile(`(?s)<style *>.*?</style>| class="[^"]*"| pointer-events="[^"]*"| ecmeta_[a-z_]+="[^"]*"`)
)

// A coordinate beyond a tenth of a pixel is seen by nobody, and makes up half of a picture's size.
var (
	attributes  = regexp.MustCompile(` (d|x|y|x1|y1|x2|y2|cx|cy|width|height|points|transform)="[^"]*"`)
	coordinates = regexp.MustCompile(`([0-9]\.[0-9])[0-9]+`)
)
