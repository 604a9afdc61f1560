package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"projectpenalty/mc"
)

// standard are the solvers by which the standard problem is completed, each with settings that suit
// it.
func standard() []mc.Solver {
	return []mc.Solver{
		mc.MinimumFrobenius{},
		mc.NuclearNorm{},
		mc.SVT{},
		mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-5},
		mc.ProximalGradient{Penalty: mc.Schatten{P: 0.5}, Lambda: 1e-5},
		mc.SoftImpute{Lambda: 1e-5, Debias: true},
		mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2},
			Schedule: mc.Cosine{}, Steps: 12_000},
		mc.DeepMF{Depth: 2, Optimizer: mc.GroupRMSProp{LearningRate: 3e-3}, Schedule: mc.Cosine{}, Steps: 20_000},
		mc.DeepMF{Depth: 3, Optimizer: mc.GroupRMSProp{LearningRate: 3e-3}, Schedule: mc.Cosine{}, Steps: 20_000},
		mc.IRLS{},
		mc.IRLS{P: 0.5},
		mc.MatrixIRLS{},
		mc.MatrixIRLS{Rank: 5},
		mc.ALS{Rank: 5, Lambda: mc.Zero},
		mc.RiemannianCG{Rank: 5},
		mc.GaussNewton{Rank: 5},
		mc.R2RILS{Rank: 5},
		mc.OptSpace{Rank: 5},
	}
}

// elsewhere are the solvers that are not for the standard problem, and why.
var elsewhere = map[string]string{
	"BiScale":                   "the solver that it is given, on scaled rows and columns",
	"Standardized":              "the solver that it is given, on standardised data",
	"Restarts":                  "the solver that it is given, from several initialisations",
	"LBFGS":                     "the model of DeepMF",
	"PrincipalComponentPursuit": "data with gross errors",
	"EndToEnd":                  "the path of DeepMF",
	"GradientFlow":              "the path of DeepMF",
	"BiasedALS":                 "factors and biases of ratings",
	"Mean":                      "a constant: what ratings are compared with",
	"Biases":                    "an additive model of ratings",
	"RidgedRatio":               "ratings: a ridge and biases beside the ratio",
	"ItemKNN":                   "neighbours of ratings",
	"Debiased":                  "the solver that it is given, on residuals of ratings",
	"Tune":                      "the solvers that it is given",
}

// seeds of the standard problem: truth, mask and start.
const seeds = 3

// recovery prints the relative error of each solver on the standard problem.
func recovery(ctx context.Context, out io.Writer) error {
	counts := []int{1500, 2000, 4000}
	fmt.Fprintln(out, "### Recovery of the standard problem")
	fmt.Fprintln(out)
	fmt.Fprintf(out, "The relative error ‖W − W*‖_F/‖W*‖_F for a 100×100 matrix of rank 5 of which so many "+
		"entries are observed, at least 6 in each row and column: the median of %d seeds, and\n", seeds)
	fmt.Fprintln(out, "the largest. A matrix of rank 5 has 975 degrees of freedom. † is given the true rank.")
	fmt.Fprintln(out)
	fmt.Fprint(out, "| solver |")
	for _, n := range counts {
		fmt.Fprintf(out, " %d observed |", n)
	}
	fmt.Fprint(out, "\n|---|")
	for range counts {
		fmt.Fprint(out, "---|")
	}
	fmt.Fprintln(out)
	for _, s := range standard() {
		name := "`" + literal(s) + "`"
		if mc.TargetRank(s) > 0 {
			name += " †"
		}
		fmt.Fprintf(out, "| %s |", name)
		for _, n := range counts {
			errs := make([]float64, seeds)
			for k := range errs {
				e, err := relativeError(ctx, s, n, uint64(k+1))
				if err != nil {
					return err
				}
				errs[k] = e
			}
			v, err := mc.MedianInterval(errs)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, " %.0e (%.0e) |", v.Median, v.Hi)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
	return nil
}

// relativeError runs a solver on the standard problem; a run that diverges is infinitely far off.
func relativeError(ctx context.Context, s mc.Solver, observed int, seed uint64) (float64, error) {
	p, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: observed, MinPerLine: 6, Seed: seed}.Problem()
	if err != nil {
		return 0, err
	}
	r, err := s.Solve(ctx, p)
	if errors.Is(err, mc.ErrDiverged) {
		return math.Inf(1), nil
	}
	if err != nil {
		return 0, err
	}
	return mc.Evaluate(p, r.W).RelativeError, nil
}
