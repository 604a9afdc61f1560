package viz

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// A slider has at most this many places, and its matrices together at most this many cells: what a
// notebook can hold.
const (
	mostFrames = 16
	mostCells  = 4000
)

// GradientMatrix asks: which singular directions does the gradient couple? M = UᵀGV over the
// leading singular directions, as heat maps, each relative to its largest entry in size. They show
// the recorded steps next to those named, at most 16, or 16 steps over the run where none is named,
// with a slider over the steps where there are several. The picture shows the last one. The trace
// must have been recorded with Split; its Top bounds the directions.
func GradientMatrix(trace *mc.Trace, at ...int) *Chart {
	one := []*mc.Trace{trace}
	if err := check(one); err != nil {
		return &Chart{err: err}
	}
	frames := framesOf(trace, at)
	if len(frames) == 0 {
		return failed(noSplit)
	}
	return frames.chart(titleOf("Gradient in the singular basis, UᵀGV", one), runOf(one))
}

// A frame is M at a step, whole and as it is drawn.
type frame struct {
	step         int
	whole, shown *mat.Dense
}

type frames []frame

// framesOf takes M at the recorded steps next to those named.
func framesOf(trace *mc.Trace, at []int) (list frames) {
	var records []mc.Record
	for _, r := range trace.Records {
		if r.Split != nil && r.Split.Matrix != nil {
			records = append(records, r)
		}
	}
	if len(at) > 0 {
		records = nearest(records, at)
	}
	records = spread(records, mostFrames)
	for _, r := range records {
		n, _ := r.Split.Matrix.Dims()
		n = min(n, int(math.Sqrt(float64(mostCells/len(records)))))
		shown := mat.DenseCopyOf(r.Split.Matrix.Slice(0, n, 0, n))
		if top := largest(shown); top > 0 {
			shown.Scale(1/top, shown)
		}
		list = append(list, frame{r.Step, r.Split.Matrix, shown})
	}
	return list
}

func (f frames) chart(title string, run *mc.Run) *Chart {
	last := f[len(f)-1]
	n, _ := last.shown.Dims()
	subtitle := fmt.Sprintf("step %d · run %s", last.step, run.ID())
	if all, _ := last.whole.Dims(); all > n {
		subtitle = sentence(subtitle, fmt.Sprintf("the leading %d of %d directions", n, all))
	}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(i + 1)
	}
	c := grid{
		title: title, run: run, subtitle: subtitle,
		x: axis{name: "right singular direction vⱼ", categories: names},
		y: axis{name: "left singular direction uᵢ", categories: names},
	}.chart("GradientMatrix", last.shown, Scale{
		Min: -1, Max: 1, Diverging: true, Unit: "relative to the largest entry",
	})
	if c.err != nil {
		return c
	}
	c.titled = func(title string) *Chart { return f.chart(title, run) }
	c.table = f.table
	if len(f) == 1 {
		return c
	}
	single := c.packed
	c.packed = func() (json.RawMessage, string, error) {
		option, expand, err := single()
		if err != nil {
			return nil, "", err
		}
		steps, cells := make([]string, len(f)), make([]string, len(f))
		for i, at := range f {
			steps[i], cells[i] = fmt.Sprint(at.step), `"`+matrixText(at.shown, c.colours, false)+`"`
		}
		expand = fmt.Sprintf("%s(%s,[%s],[%s],%d)",
			timelineScript, expand, strings.Join(steps, ","), strings.Join(cells, ","), n)
		return option, expand, nil
	}
	return c
}

// table holds every entry of M at every step, also those that are not drawn.
func (f frames) table() [][]string {
	rows := [][]string{{"step", "i", "j", "UᵀGV"}}
	for _, at := range f {
		n, _ := at.whole.Dims()
		for i := range n {
			for j := range n {
				rows = append(rows, []string{
					fmt.Sprint(at.step), fmt.Sprint(i + 1), fmt.Sprint(j + 1), number(at.whole.At(i, j)),
				})
			}
		}
	}
	return rows
}

// nearest takes the records next to the steps, each once, in the order of steps.
func nearest(records []mc.Record, steps []int) (out []mc.Record) {
	next := map[int]bool{}
	for _, s := range steps {
		best, least := 0, math.MaxInt
		for k := range records {
			if d := max(records[k].Step-s, s-records[k].Step); d < least {
				best, least = k, d
			}
		}
		next[best] = true
	}
	for k := range records {
		if next[k] {
			out = append(out, records[k])
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
		if isFinite(x) {
			top = max(top, math.Abs(x))
		}
	}
	return top
}
