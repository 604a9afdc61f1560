package viz

import (
	"crypto/rand"
	"fmt"
	"html"

	"projectpenalty/viz/internal/echarts"
)

// Where the library is to be had if a page does not bring it, and what it must then be.
const (
	libraryURL       = "https://cdn.jsdelivr.net/npm/echarts@" + echarts.Version + "/dist/echarts.min.js"
	libraryIntegrity = "sha384-pPi0zxBAoDu6+JXW/C68UZLvBUUtU+7zonhif43rqj7pxsGyqyqzcian2Rj37Rss"
)

// drawScript is a function of the element's name, the option, the height of the chart, and, where the option holds its data
// packed, the function that unpacks them. It waits for the library, which Library brings within the same page or notebook;
// after four seconds it asks the network, and if that fails the picture stays.
const drawScript = `(function(id,option,height,expand){
var dress=` + echarts.Dress + `;
var host=document.getElementById(id);if(!host)return;
function draw(lib){
if(host.dataset.live)return;host.dataset.live=1;
if(expand)expand(option);
var text=JSON.stringify(option),box=document.createElement('div'),chart,was;
box.style.cssText='width:100%;height:'+height+'px';
function dark(){var t=document.body.dataset.jpThemeLight;return t?t==='false':!!window.matchMedia&&matchMedia('(prefers-color-scheme: dark)').matches}
function paint(){var d=dark();if(chart&&d===was)return;was=d;if(chart)chart.dispose();
chart=lib.init(box);var o=dress(JSON.parse(text.replaceAll('` + neutral + `',d?'#cfcfcf':'#444444')));
o.tooltip=Object.assign({confine:true,backgroundColor:d?'#222':'#fff',textStyle:{color:d?'#eee':'#222'}},o.tooltip);
chart.setOption(o)}
host.replaceChildren(box);paint();
new ResizeObserver(function(){chart.resize()}).observe(box);
new MutationObserver(paint).observe(document.body,{attributes:true,attributeFilter:['data-jp-theme-light']});
if(window.matchMedia)matchMedia('(prefers-color-scheme: dark)').addEventListener('change',paint);
}
var tries=0;(function wait(){
var lib=window.penaltyECharts;if(lib)return draw(lib);
if(++tries<40)return setTimeout(wait,100);
var s=document.createElement('script');s.src='` + libraryURL + `';s.integrity='` + libraryIntegrity + `';s.crossOrigin='anonymous';
s.onload=function(){if(window.echarts){window.penaltyECharts=window.echarts;draw(window.echarts)}};document.head.appendChild(s);
})();
})`

// Library returns a script that makes ECharts known to the charts of its page or notebook, 446 kB. A page needs it once.
func Library() string {
	return `<script>(function(){if(window.penaltyECharts||window.penaltyEChartsComing)return;window.penaltyEChartsComing=true;` +
		`var b=Uint8Array.from(atob("` + echarts.Compressed() + `"),function(c){return c.charCodeAt(0)});` +
		`new Response(new Blob([b]).stream().pipeThrough(new DecompressionStream("gzip"))).text().then(function(source){` +
		// A page with a module loader would be handed the library instead of the window: it is shown an exports of its own.
		`var module={exports:{}};new Function("exports","module","define",source)(module.exports,module,undefined);` +
		`window.penaltyECharts=module.exports})})()</script>`
}

// standalone is a page of its own.
func standalone(title string, f Figure) (string, error) {
	body, err := f.HTML()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>body{font-family:sans-serif;margin:1rem auto;padding:0 1rem;max-width:90rem}</style>
%s
%s
</html>
`, html.EscapeString(title), Library(), body), nil
}

// newID names an element of a page.
func newID() string { return "penalty-" + rand.Text()[:12] }
