package viz

import (
	"encoding/json"
	"strconv"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/viz/internal/echarts"
)

// LiveChart returns a fragment with an empty chart of loss and test error to which [LivePoints] adds while a run lasts. The
// name must be unique in the page. It needs [Library].
func LiveChart(name string) string {
	p := plot{
		title: "Loss, so far", x: axis{name: "step"}, y: axis{name: "mean squared error", log: true},
		series: []series{{name: "training", color: palette[0], style: "dashed"}, {name: "test", color: palette[1]}},
	}
	option, err := p.chart().JSON()
	if err != nil { // the option holds no data that could be wrong
		return ""
	}
	id := strconv.Quote(name)
	return `<div id=` + id + ` style="max-width:760px;height:420px"></div><script>(function(){
var dress=` + echarts.Dress + `,points=[[],[]],chart;
window.penaltyLive=window.penaltyLive||{};
function half(p){for(var out=[],k=0;k<p.length;k+=4){var q=p.slice(k,k+4),lo=q[0],hi=q[0];
q.forEach(function(v){if(v[1]<lo[1])lo=v;if(v[1]>hi[1])hi=v});out.push(lo);if(lo!==hi)out.push(hi)}
return out.sort(function(a,b){return a[0]-b[0]})}
function show(){var host=document.getElementById(` + id + `),lib=window.penaltyECharts;if(!host||!lib)return;
var t=document.body.dataset.jpThemeLight,d=t?t==='false':matchMedia('(prefers-color-scheme: dark)').matches;
var o=JSON.parse(` + strconv.Quote(string(option)) + `.replaceAll('` + neutral + `',d?'#cfcfcf':'#444444'));
o.series.forEach(function(s,i){if(points[i].length>4000)points[i]=half(points[i]);s.data=points[i].map(function(p){return p.slice()})});
dress(lib,o,host.clientWidth||760,true);if(!chart)chart=lib.init(host);chart.setOption(o)}
window.penaltyLive[` + id + `]=function(more){more.forEach(function(line,i){points[i]=points[i].concat(line)});show()};
})()</script>`
}

// livePoints is the number of points of a line that one call of [LivePoints] adds at most.
const livePoints = 200

// LivePoints returns a script that adds the records to the chart of the given name, thinned so that no spike is lost.
func LivePoints(name string, records []mc.Record) string {
	t := &mc.Trace{Records: records}
	var lines [2][][2]any
	for i, f := range []func(mc.Record) (float64, bool){
		func(r mc.Record) (float64, bool) { return r.Loss, true },
		func(r mc.Record) (float64, bool) {
			if r.Test == nil {
				return 0, false
			}
			return *r.Test, true
		},
	} {
		x, y := column(t, f)
		x, y = thin(x, y, livePoints)
		lines[i] = make([][2]any, len(x))
		for k := range x {
			lines[i][k] = [2]any{value(x[k]), value(y[k])}
		}
	}
	b, err := json.Marshal(lines)
	if err != nil { // numbers and nulls
		return ""
	}
	id := strconv.Quote(name)
	return strings.Join([]string{`<script>window.penaltyLive&&window.penaltyLive[`, id, `]&&window.penaltyLive[`, id, `](`, string(b), `)</script>`}, "")
}
