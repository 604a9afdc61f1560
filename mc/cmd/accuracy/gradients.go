package main

import (
	"context"
	"fmt"
	"io"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
	"projectpenalty/mc/mctest"
)

// gradients prints how far the gradient of each penalty is from central differences, and its
// subgradient at 0.
func gradients(_ context.Context, out io.Writer) error {
	shapes := []mc.Shape{{Rows: 12, Cols: 6}, {Rows: 12, Cols: 4}, {Rows: 3, Cols: 9}}
	fmt.Fprintln(out, "### Derivatives of penalties")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "The largest difference of an entry of the gradient and a central difference of the "+
		"value, over the larger of the gradient's norm and R/‖W‖_F, at five random")
	fmt.Fprintln(out, "matrices each of 12×6, 12×4, 3×9; R and the norm of the subgradient at W = 0. "+
		"Differences themselves are exact to about 1e-10. ⋆: approximate by choice.")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "| penalty | gradient off by | R(0) | ‖∇R(0)‖ |")
	fmt.Fprintln(out, "|---|---|---|---|")
	for _, p := range catalog.Penalties() {
		worst := 0.0
		for _, s := range shapes {
			for seed := range uint64(5) {
				w, err := mc.LowRank{Rows: s.Rows, Cols: s.Cols, Rank: min(s.Rows, s.Cols), Observed: 1,
					Seed: seed}.Truth()
				if err != nil {
					return err
				}
				off, _, _ := mctest.GradientError(p.Penalty, w)
				worst = max(worst, off)
			}
		}
		zero, g := mat.NewDense(4, 3, nil), mat.NewDense(4, 3, nil)
		p.AddGradient(g, 1, mc.NewPoint(zero))
		r := p.Value(mc.NewPoint(zero))
		name := "`" + literal(p.Penalty) + "`"
		if p.Tolerance > 0 {
			name += " ⋆"
		}
		fmt.Fprintf(out, "| %s | %.0e | %.3g | %.3g |\n", name, worst, r, mat.Norm(g, 2))
	}
	fmt.Fprintln(out)
	return nil
}
