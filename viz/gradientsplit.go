package viz

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

const noSplit = "viz: the trace has no gradients: record them with mc.Trace{Split: true}"

// GradientSplit asks: does the gradient move singular values or turn singular vectors? With W = UΣVᵀ and the loss gradient G,
// the energy on the diagonal of M = UᵀGV, Σᵢ Mᵢᵢ², that off it, Σ_{i≠j} Mᵢⱼ², and, for a rectangular iterate, that outside the
// span of its singular vectors, over the steps. The trace must have been recorded with Split.
func GradientSplit(trace *mc.Trace) *Chart {
	if err := check([]*mc.Trace{trace}); err != nil {
		return &Chart{err: err}
	}
	p := plot{
		title: "Gradient in the singular basis", subtitle: about([]*mc.Trace{trace}), x: steps(trace),
		y: axis{name: "energy, squared gradient", log: true},
	}
	for k, line := range []struct {
		name string
		of   func(*mc.GradientSplit) float64
	}{
		{"diagonal: moves σᵢ", func(s *mc.GradientSplit) float64 { return s.Diagonal }},
		{"off-diagonal: turns uᵢ, vᵢ", func(s *mc.GradientSplit) float64 { return s.OffDiagonal }},
		{"outside: brings new directions", func(s *mc.GradientSplit) float64 { return s.Outside }},
	} {
		x, y := column(trace, func(r mc.Record) (float64, bool) {
			if r.Split == nil {
				return 0, false
			}
			return line.of(r.Split), true
		})
		if len(x) == 0 {
			return failed(noSplit)
		}
		if k == 2 && !significant(trace) {
			continue
		}
		p.series = append(p.series, series{name: line.name, x: x, y: y})
	}
	return p.chart()
}

// significant reports whether any of the gradient lies outside the span, beyond rounding.
func significant(trace *mc.Trace) bool {
	for _, r := range trace.Records {
		if s := r.Split; s != nil && s.Outside > 1e-12*(s.Diagonal+s.OffDiagonal) {
			return true
		}
	}
	return false
}

// A slider has at most this many places, and its matrices together at most this many cells: what a notebook can hold.
const (
	mostFrames = 16
	mostCells  = 4000
)

// GradientMatrix asks: which singular directions does the gradient couple? M = UᵀGV over the leading singular directions, as
// heat maps, each relative to its largest entry in size: at the recorded steps next to those named, with a slider over them where
// they are several, or at 16 steps over the run where none is named. The picture shows the last one. The trace must have been
// recorded with Split; its Top bounds the directions.
func GradientMatrix(trace *mc.Trace, at ...int) *Chart {
	if err := check([]*mc.Trace{trace}); err != nil {
		return &Chart{err: err}
	}
	var frames []mc.Record
	for _, r := range trace.Records {
		if r.Split != nil && r.Split.Matrix != nil {
			frames = append(frames, r)
		}
	}
	if len(frames) == 0 {
		return failed(noSplit)
	}
	if len(at) > 0 {
		frames = nearest(frames, at)
	}
	frames = spread(frames, mostFrames)
	k := int(math.Sqrt(float64(mostCells / len(frames))))
	matrices := make([]*mat.Dense, len(frames))
	for i, r := range frames {
		m := r.Split.Matrix
		n, _ := m.Dims()
		n = min(n, k)
		matrices[i] = mat.DenseCopyOf(m.Slice(0, n, 0, n))
		if top := largest(matrices[i]); top > 0 {
			matrices[i].Scale(1/top, matrices[i])
		}
	}
	last := matrices[len(matrices)-1]
	n, _ := last.Dims()
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(i + 1)
	}
	c := grid{
		title: "Gradient in the singular basis, UᵀGV", subtitle: fmt.Sprintf("step %d · run %s", frames[len(frames)-1].Step, trace.Run.ID()),
		x: axis{name: "right singular direction vⱼ", categories: names}, y: axis{name: "left singular direction uᵢ", categories: names},
		missing: "entries are not finite",
	}.chart("GradientMatrix", last, Scale{Min: -1, Max: 1, Diverging: true, Unit: "relative to the largest entry"})
	if c.err != nil {
		return c
	}
	c.table = func() [][]string {
		rows := [][]string{{"step", "i", "j", "UᵀGV"}}
		for _, r := range frames {
			n, _ := r.Split.Matrix.Dims()
			for i := range n {
				for j := range n {
					rows = append(rows, []string{fmt.Sprint(r.Step), fmt.Sprint(i + 1), fmt.Sprint(j + 1), number(r.Split.Matrix.At(i, j))})
				}
			}
		}
		return rows
	}
	if len(frames) == 1 {
		return c
	}
	single := c.packed
	c.packed = func() (json.RawMessage, string, error) {
		option, expand, err := single()
		if err != nil {
			return nil, "", err
		}
		steps, cells := make([]string, len(frames)), make([]string, len(frames))
		for i, r := range frames {
			steps[i], cells[i] = fmt.Sprint(r.Step), `"`+matrixText(matrices[i])+`"`
		}
		expand = fmt.Sprintf(`function(o){(%s)(o);var n=%d,t=[%s],text=o.title[0]?o.title[0].subtext:o.title.subtext;`+
			`o.timeline={axisType:"category",data:t,currentIndex:t.length-1,left:44,right:20,bottom:2,height:38,playInterval:700,loop:false,`+
			`label:{color:"%[4]s"},progress:{label:{color:"%[4]s"}},lineStyle:{color:"%[4]s"},itemStyle:{color:"%[4]s"},controlStyle:{color:"%[4]s",borderColor:"%[4]s",itemSize:16}};`+
			`[].concat(o.grid).forEach(function(g){g.bottom=88});`+
			`o.options=[%[5]s].map(function(s,i){var d=[];s.split(",").forEach(function(v,k){if(v)d.push([k%%n,Math.floor(k/n),+v])});`+
			`return{title:{subtext:text.replace(/step \d+/,"step "+t[i])},series:[{data:d}]}})}`,
			expand, n, strings.Join(steps, ","), neutral, strings.Join(cells, ","))
		return option, expand, nil
	}
	return c
}

// nearest takes the records next to the steps, each once, in the order of steps.
func nearest(records []mc.Record, steps []int) (out []mc.Record) {
	for _, r := range records {
		for _, s := range steps {
			best := records[0]
			for _, other := range records {
				if max(other.Step-s, s-other.Step) < max(best.Step-s, s-best.Step) {
					best = other
				}
			}
			if best.Step == r.Step {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// spread takes at most n of the records, the first and the last among them.
func spread(records []mc.Record, n int) []mc.Record {
	if len(records) <= n {
		return records
	}
	out := make([]mc.Record, n)
	for i := range out {
		out[i] = records[i*(len(records)-1)/(n-1)]
	}
	return out
}

func largest(m *mat.Dense) float64 {
	top := 0.0
	for _, x := range m.RawMatrix().Data {
		top = max(top, math.Abs(x))
	}
	return top
}
