package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"projectpenalty/mc"
)

// precision prints where training ends in each precision, and when its path parts from that in
// double.
func precision(ctx context.Context, out io.Writer) error {
	const steps, part = 4000, 1e-3
	l := mc.LowRank{Rows: 80, Cols: 60, Rank: 3, Observed: 1300, Seed: 1}
	problem, err := l.Problem()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "### Training in `Single`, `Mixed` and `Double` precision")
	fmt.Fprintln(out)
	fmt.Fprintf(out, "The relative error and the training loss with which `DeepMF{…, Lambda: 1e-3, Optimizer: "+
		"Adam{LearningRate: 1e-3}, Schedule: Cosine{}, Steps: %d, Seed: 1}` ends on a matrix of %d×%d and rank %d, "+
		"%d entries observed, and the first step at which the training loss differs from that in `Double` by a "+
		"relative %.0e. Depth 1 has no `Mixed`.\n",
		steps, l.Rows, l.Cols, l.Rank, l.Observed, part)
	fmt.Fprintln(out)
	fmt.Fprintln(out, "| depth | penalty | precision | relative error | loss | differs from `Double` at step "+
		"| status |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	for _, depth := range []int{1, 2, 3, 4} {
		for _, penalty := range []mc.Penalty{nil, mc.Nuclear{}, mc.Ratio{},
			mc.Ratio{Smoothing: 1e-4, Polar: mc.Fast}} {
			solver := mc.DeepMF{Depth: depth, Init: mc.Gaussian{Scale: 0.05}, Penalty: penalty,
				Optimizer: mc.Adam{LearningRate: 1e-3}, Schedule: mc.Cosine{}, Steps: steps, Seed: 1}
			name := "none"
			if penalty != nil {
				solver.Lambda, name = 1e-3, "`"+strings.TrimSuffix(literal(penalty), "{}")+"`"
			}
			var inDouble []float64
			for _, solver.Precision = range []mc.Precision{mc.Double, mc.Mixed, mc.Single} {
				if solver.Precision == mc.Mixed && depth == 1 {
					continue
				}
				var losses []float64
				r, err := solver.Solve(ctx, problem, mc.ObserverFunc(func(s *mc.Step) {
					losses = append(losses, s.Loss)
				}))
				if err != nil {
					return err
				}
				parted := ""
				if solver.Precision == mc.Double {
					inDouble = losses
				} else {
					parted = "never"
				}
				for k, loss := range losses {
					if math.Abs(loss-inDouble[k]) > part*inDouble[k] {
						parted = fmt.Sprint(k)
						break
					}
				}
				fmt.Fprintf(out, "| %d | %s | `%s` | %.3e | %.1e | %s | %v |\n", depth, name,
					strings.TrimPrefix(fmt.Sprintf("%#v", solver.Precision), "mc."),
					r.Metrics(problem).RelativeError, r.Loss, parted, r.Status)
			}
		}
	}
	fmt.Fprintln(out)
	return nil
}
