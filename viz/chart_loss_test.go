package viz_test

import (
	"context"
	"strings"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// The axis says which loss was minimised.
func TestLossNamesTheLoss(t *testing.T) {
	run := func(loss mc.Loss) *mc.Trace {
		p, err := mc.OneBit{LowRank: mc.LowRank{Rows: 6, Cols: 6, Rank: 1, Observed: 20, Seed: 1}, Loss: loss}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		trace := &mc.Trace{}
		if _, err := (mc.DeepMF{Depth: 1, Steps: 5}).Solve(context.Background(), p, trace); err != nil {
			t.Fatal(err)
		}
		return trace
	}
	logistic, squares := run(mc.Logistic{}), run(mc.Squares{})
	for want, traces := range map[string][]*mc.Trace{
		"mean loss (Logistic)\n":       {logistic, run(nil)},
		"mean squared error\n":         {squares},
		"mean loss (Huber{Delta:1})\n": {run(mc.Huber{})},
		"mean loss, not of one kind":   {logistic, squares},
	} {
		table, err := viz.Loss(traces...).CSV()
		if err != nil || !strings.Contains(strings.SplitAfter(table, "\n")[0], want) {
			t.Errorf("CSV begins %q (%v), want %q", strings.SplitAfter(table, "\n")[0], err, want)
		}
	}
}
