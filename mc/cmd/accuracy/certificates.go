package main

import (
	"context"
	"fmt"
	"io"

	"projectpenalty/mc"
)

// certificates prints how close to optimal NuclearNorm proves its solutions to be.
func certificates(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "### Certificates of the least nuclear norm")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "`NuclearNorm` with its defaults. Feasibility is (‖A(W) − b‖ − δ)/‖b‖, the gap (‖W‖_* − "+
		"bound)/‖W‖_* for the bound that a dual point proves.")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "| problem | feasibility | gap | ‖A*(y)‖₂ | steps | status |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|")
	for _, c := range []struct {
		l       mc.LowRank
		sensing bool
	}{
		{l: mc.LowRank{Rows: 60, Cols: 60, Rank: 3, Observed: 1200, Seed: 1}},
		{l: mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 2000, Seed: 1}},
		{l: mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 4000, Seed: 1}},
		{l: mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 4000, Noise: 0.1, Seed: 1}},
		{l: mc.LowRank{Rows: 200, Cols: 50, Rank: 3, Observed: 4000, Seed: 1}},
		{l: mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 220, Seed: 1}, sensing: true},
	} {
		problem, kind := c.l.Problem, "entries"
		if c.sensing {
			problem, kind = c.l.Sensing, "Gaussian maps"
		}
		p, err := problem()
		if err != nil {
			return err
		}
		r, err := mc.NuclearNorm{Noise: c.l.Noise}.Solve(ctx, p)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%d×%d, rank %d, %d %s", c.l.Rows, c.l.Cols, c.l.Rank, c.l.Observed, kind)
		if c.l.Noise > 0 {
			name += fmt.Sprintf(", noise %v", c.l.Noise)
		}
		cert := mc.Detail[*mc.Certificate](r)
		fmt.Fprintf(out, "| %s | %.0e | %.0e | %.12g | %d | %v |\n", name, cert.Feasibility, cert.Gap,
			cert.DualNorm, r.Steps, r.Status)
	}
	fmt.Fprintln(out)
	return nil
}
