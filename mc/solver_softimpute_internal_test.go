package mc

import (
	"math"
	"testing"
)

// What is left has mean 0 and mean square 1 in each line, and with the centres and scales it is
// what was there.
func TestBiScale(t *testing.T) {
	p, err := LowRank{Rows: 14, Cols: 11, Rank: 2, Observed: 90, MinPerLine: 4, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	o := p.Train.(*Observations)
	values := make([]float64, o.Len())
	for k, e := range o.All() {
		values[k] = e.Value*float64(1+e.Row)*float64(1+e.Col%3) + float64(5*e.Row-e.Col)
	}
	old := append([]float64(nil), values...)
	rows, cols := biScale(o, values, true, true)
	sum, squares, count := make([]float64, 25), make([]float64, 25), make([]float64, 25)
	for k, e := range o.All() {
		for _, line := range []int{e.Row, 14 + e.Col} {
			sum[line] += values[k]
			squares[line] += values[k] * values[k]
			count[line]++
		}
		if back := rows.center[e.Row] + cols.center[e.Col] + rows.scale[e.Row]*cols.scale[e.Col]*values[k]; math.Abs(back-old[k]) > 1e-12*math.Abs(old[k])+1e-12 {
			t.Errorf("entry %v was %v", back, old[k])
		}
	}
	for line, n := range count {
		if math.Abs(sum[line]/n) > 1e-6 || math.Abs(squares[line]/n-1) > 1e-6 {
			t.Errorf("line %d: mean %v, mean square %v", line, sum[line]/n, squares[line]/n)
		}
	}
}
