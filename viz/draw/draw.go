// Package draw draws the pictures of viz in the process that imports it, with the server-side
// renderer of ECharts in a JavaScript interpreter. Programs that save or show pictures import it
// for its effect:
//
//	import _ "projectpenalty/viz/draw"
//
// It adds 11 MB to a program. Without it, viz asks the program penalty-draw for pictures, as the
// cells of a notebook do: they link faster.
package draw

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"regexp"
	"sync"

	"github.com/dop251/goja"

	"projectpenalty/viz/internal/echarts"
)

func init() { echarts.Use(SVG) }

// An interpreter takes 250 ms and 50 MB to load ECharts, so there is one. It serves one caller at a
// time.
var interpreter struct {
	sync.Mutex
	draw goja.Callable
}

//go:embed draw.js
var script string

// load makes the interpreter ready. The caller holds its lock.
func load() error {
	if interpreter.draw != nil {
		return nil
	}
	source, err := echarts.Source()
	if err != nil {
		return err
	}
	vm := goja.New()
	for _, text := range []string{
		"var exports = {}, module = {exports: exports}, setTimeout, setInterval, clearTimeout, clearInterval;",
		source, "var dress = " + echarts.Dress,
	} {
		if _, err := vm.RunString(text); err != nil {
			return fmt.Errorf("draw: %w", err)
		}
	}
	v, err := vm.RunString(script)
	if err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	draw, ok := goja.AssertFunction(v)
	if !ok {
		return fmt.Errorf("draw: draw.js returns %v; it must return a function", v)
	}
	interpreter.draw = draw
	return nil
}

// Warm loads ECharts, so that the first picture takes no longer than the others.
func Warm() error {
	interpreter.Lock()
	defer interpreter.Unlock()
	return load()
}

// SVG draws an ECharts option, given as JSON, at a width in pixels. The height is that of the
// drawing; title, notes and legend add to it.
func SVG(option []byte, width, height int) (string, error) {
	interpreter.Lock()
	defer interpreter.Unlock()
	if err := load(); err != nil {
		return "", err
	}
	vm := goja.New() // arguments are made apart from the interpreter that uses them
	svg, err := interpreter.draw(goja.Undefined(), vm.ToValue(string(option)), vm.ToValue(width), vm.ToValue(height))
	if err != nil {
		return "", fmt.Errorf("draw: %w", err)
	}
	// Names within the picture follow from the option: a picture drawn twice is the same text, and
	// the names of two pictures in one page differ.
	sum := sha256.Sum256(option)
	text := names.ReplaceAllString(hover.ReplaceAllString(svg.String(), ""), fmt.Sprintf("zr%x-", sum[:4]))
	return attributes.ReplaceAllStringFunc(text, func(a string) string {
		return coordinates.ReplaceAllString(a, "$1")
	}), nil
}

var (
	names = regexp.MustCompile(`\bzr[0-9]+-`)
	// hover is markup for a mouse, with names that count on from drawing to drawing.
	hover = regexp.MustCompile(
		`(?s)<style *>.*?</style>| class="[^"]*"| pointer-events="[^"]*"| ecmeta_[a-z_]+="[^"]*"`)
)

// Digits of a coordinate beyond a tenth of a pixel are invisible, and half of a picture's size.
var (
	attributes  = regexp.MustCompile(` (d|x|y|x1|y1|x2|y2|cx|cy|width|height|points|transform)="[^"]*"`)
	coordinates = regexp.MustCompile(`([0-9]\.[0-9])[0-9]+`)
)
