// Package echarts holds Apache ECharts 5.6.0 (Apache licence 2.0, see LICENSE and NOTICE beside this file), minified and
// compressed as its authors publish it, and draws static pictures with its own server-side renderer.
package echarts

import (
	"bytes"
	"compress/gzip"
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

// Dress is a JavaScript function that completes an option with what JSON, or go-echarts, cannot say: powers of ten along
// logarithmic axes, digits of a colour scale, the colour of a scrolling legend's pages.
const Dress = `function(o){
function power(v){var e=Math.round(Math.log10(v));return Math.abs(v-Math.pow(10,e))>1e-6*v?'':e>=0&&e<4?String(Math.pow(10,e)):'1e'+e}
[].concat(o.xAxis||[],o.yAxis||[]).forEach(function(a){if(a.type==='log'){a.axisLabel=Object.assign({},a.axisLabel,{formatter:power})}});
[].concat(o.visualMap||[]).forEach(function(m){var w=m.max-m.min;if(m.precision===undefined)m.precision=Math.max(0,Math.min(12,2-Math.floor(Math.log10(w))))});
[].concat(o.series||[]).forEach(function(s){if(s.type==='heatmap'){s.progressive=0;s.itemStyle=Object.assign({borderWidth:0},s.itemStyle);
[].concat(o.xAxis||[],o.yAxis||[]).forEach(function(a){var n=(a.data||[]).length;if(n>8)a.axisLabel=Object.assign({},a.axisLabel,{interval:Math.ceil(n/8)-1});a.axisTick={show:false};a.splitLine={show:false}})}});
[].concat(o.legend||[]).forEach(function(l){var c=l.textStyle&&l.textStyle.color;if(c){l.pageTextStyle={color:c};l.pageIconColor=c}});
return o}`

// drawScript draws an option, given as JSON, at a size. The library schedules work that a static picture does not wait for.
const drawScript = `
var setTimeout = function () { return 0 }, clearTimeout = function () {}
var setInterval = setTimeout, clearInterval = clearTimeout;
(function (option, width, height) {
	var chart = module.exports.init(null, null, {renderer: 'svg', ssr: true, width: width, height: height});
	chart.setOption((` + Dress + `)(JSON.parse(option)));
	var svg = chart.renderToSVGString();
	chart.dispose();
	return svg;
})`

// SVG draws an option, given as JSON, at a size in pixels.
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
	return coordinates.ReplaceAllString(svg.String(), "$1"), nil
}

// coordinates matches a number beyond a tenth of a pixel, which nobody sees and which makes up half of a picture's size.
var coordinates = regexp.MustCompile(`([0-9]\.[0-9])[0-9]+`)
