package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"projectpenalty/mc"
)

// precision prints where training ends in double and in mixed precision, and when the two paths
// part.
func precision(ctx context.Context, out io.Writer) error {
	const steps, part = 4000, 1e-3
	l := mc.LowRank{Rows: 60, Cols: 40, Rank: 3, Observed: 900, Seed: 1}
	problem, err := l.Problem()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "### Training in `Mixed` and in `Double` precision")
	fmt.Fprintln(out)
	fmt.Fprintf(out, "The relative error and the training loss with which `DeepMF{…, Lambda: 1e-3, Optimizer: "+
		"Adam{LearningRate: 1e-3}, Schedule: Cosine{}, Steps: %d, Seed: 1}` ends on a %d×%d matrix of rank %d, "+
		"%d entries observed, and the first step at which the training losses differ by a relative %.0e.\n",
		steps, l.Rows, l.Cols, l.Rank, l.Observed, part)
	fmt.Fprintln(out)
	fmt.Fprintln(out, "| depth | penalty | `Double` | `Mixed` | loss in `Double` | loss in `Mixed` | part at step |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	for _, depth := range []int{2, 3, 4} {
		for _, penalty := range []mc.Penalty{nil, mc.Nuclear{}, mc.Ratio{}} {
			solver := mc.DeepMF{Depth: depth, Init: mc.Gaussian{Scale: 0.05}, Penalty: penalty,
				Optimizer: mc.Adam{LearningRate: 1e-3}, Schedule: mc.Cosine{}, Steps: steps, Seed: 1}
			name := "none"
			if penalty != nil {
				solver.Lambda, name = 1e-3, "`"+strings.TrimSuffix(literal(penalty), "{}")+"`"
			}
			run := func(p mc.Precision) (*mc.Result, []float64, error) {
				solver.Precision = p
				var losses []float64
				r, err := solver.Solve(ctx, problem, mc.ObserverFunc(func(s *mc.Step) {
					losses = append(losses, s.Loss)
				}))
				return r, losses, err
			}
			double, atDouble, err := run(mc.Double)
			if err != nil {
				return err
			}
			mixed, atMixed, err := run(mc.Mixed)
			if err != nil {
				return err
			}
			parted := "never"
			for k := range atDouble {
				if math.Abs(atDouble[k]-atMixed[k]) > part*atDouble[k] {
					parted = fmt.Sprint(k)
					break
				}
			}
			fmt.Fprintf(out, "| %d | %s | %.3e | %.3e | %.1e | %.1e | %s |\n", depth, name,
				double.Metrics(problem).RelativeError, mixed.Metrics(problem).RelativeError, double.Loss, mixed.Loss,
				parted)
		}
	}
	fmt.Fprintln(out)
	return nil
}
