package viz

import (
	"encoding/json"
	"fmt"

	"projectpenalty/mc"
)

// LiveChart returns a fragment with an empty chart of loss and test error to which [LivePoints]
// adds while a run lasts. The name must be unique in the page. It needs [Library].
func LiveChart(name string) string {
	p := plot{
		title: "Loss so far", x: axis{name: "step"}, y: axis{name: "mean loss", log: true},
		series: []series{{name: "training loss", color: palette[0], style: "dashed"},
			{name: "test error", color: palette[1]}},
	}
	option, err := p.made().JSON()
	if err != nil { // the option holds no data that could be wrong
		return ""
	}
	return fmt.Sprintf(`<div id=%q style="max-width:760px;height:420px"></div><script>%s(%q,%s)</script>`,
		name, liveScript, name, option)
}

// LiveEnd returns a script that forgets the points of the chart of the given name.
func LiveEnd(name string) string {
	return fmt.Sprintf(`<script>window.penaltyLive&&delete window.penaltyLive[%q]</script>`, name)
}

// livePoints is the number of points of a line that one call of [LivePoints] adds at most.
const livePoints = 200

// LivePoints returns a script that adds the records to the chart of the given name, thinned so that
// no spike is lost.
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
	return fmt.Sprintf(`<script>window.penaltyLive&&window.penaltyLive[%q]&&window.penaltyLive[%[1]q](%s)</script>`,
		name, b)
}
