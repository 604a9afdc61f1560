package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// polar prints the error of the polar factor by Fast, which goes without a decomposition, and what
// it makes of training.
func polar(ctx context.Context, out io.Writer) error {
	smoothings := []float64{0, 1e-2, 1e-3, 1e-4, 1e-5}
	fmt.Fprintln(out, "### The polar factor by `Fast`")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "The largest relative error ‖U − U_Exact‖_F/‖U_Exact‖_F of the polar factor, smoothed or "+
		"not, and in brackets the largest estimate that `Step.PolarEstimate` gives of it, over three")
	fmt.Fprintln(out, "random matrices each of 60×60, 100×80 and 200×200 whose singular values fall in equal "+
		"ratios from σ₁ to σₙ, or from σ₁ = … = σ₅ at once to σₙ (gap). The promise is 1e-4.")
	fmt.Fprintln(out, "Where the estimate exceeds 1e-3 a step falls back to `Exact`: with ε = 0, once a singular "+
		"value is below about 1e-7‖W‖_F. The table leaves these steps out and says how many they are.")
	fmt.Fprintln(out)
	fmt.Fprint(out, "| σ₁/σₙ |")
	for _, eps := range smoothings {
		fmt.Fprintf(out, " ε = %g | gap |", eps)
	}
	fmt.Fprintln(out, "\n|---"+strings.Repeat("|---", 2*len(smoothings))+"|")
	for exponent := 0; exponent <= 12; exponent += 2 {
		ratio := math.Pow(10, float64(exponent))
		fmt.Fprintf(out, "| %.0e |", ratio)
		for _, eps := range smoothings {
			for _, gap := range []bool{false, true} {
				if err := ctx.Err(); err != nil {
					return err
				}
				fmt.Fprintf(out, " %s |", fastError(ratio, eps, gap))
			}
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
	return fastTraining(ctx, out)
}

// fastError is a cell of the table.
func fastError(ratio, eps float64, gap bool) string {
	worst, estimate, fell, count := 0.0, 0.0, 0, 0
	for _, s := range []mc.Shape{{Rows: 60, Cols: 60}, {Rows: 100, Cols: 80}, {Rows: 200, Cols: 200}} {
		for seed := range uint64(3) {
			w := withSpectrum(s, seed, func(i, n int) float64 {
				switch {
				case !gap:
					return math.Pow(ratio, -float64(i)/float64(n-1))
				case i < 5:
					return 1
				}
				return 1 / ratio
			})
			want, _ := mc.NewPoint(w).PolarBy(mc.Exact, eps)
			p := mc.NewPoint(w)
			got, _ := p.PolarBy(mc.Fast, eps)
			count++
			e, _ := p.PolarEstimate()
			if e.FellBack {
				fell++
				continue
			}
			var d mat.Dense
			d.Sub(got, want)
			worst = max(worst, mat.Norm(&d, 2)/mat.Norm(want, 2))
			estimate = max(estimate, e.Error)
		}
	}
	if fell == count {
		return "all fell back"
	}
	text := fmt.Sprintf("%.0e (%.0e)", worst, estimate)
	if fell > 0 {
		text += fmt.Sprintf(", %d of %d fell back", fell, count)
	}
	return text
}

// withSpectrum returns U·diag(σ)·Vᵀ with random orthogonal U and V.
func withSpectrum(s mc.Shape, seed uint64, sigma func(i, n int) float64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, 7))
	n := min(s.Rows, s.Cols)
	factor := func(rows int) mat.Matrix {
		x := mat.NewDense(rows, n, nil)
		x.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, x)
		var qr mat.QR
		qr.Factorize(x)
		var q mat.Dense
		qr.QTo(&q)
		return q.Slice(0, rows, 0, n)
	}
	u := mat.DenseCopyOf(factor(s.Rows))
	u.Apply(func(_, j int, x float64) float64 { return x * sigma(j, n) }, u)
	var w mat.Dense
	w.Mul(u, factor(s.Cols).T())
	return &w
}

// fastTraining prints what training with the ratio penalty ends at by each method.
func fastTraining(ctx context.Context, out io.Writer) error {
	problems := []mc.LowRank{
		{Rows: 30, Cols: 30, Rank: 2, Observed: 400},
		{Rows: 30, Cols: 30, Rank: 3, Observed: 500},
		{Rows: 40, Cols: 20, Rank: 2, Observed: 400},
		{Rows: 60, Cols: 40, Rank: 3, Observed: 900},
		{Rows: 100, Cols: 100, Rank: 5, Observed: 2000},
	}
	const steps = 4000
	const smoothing = 1e-4
	fmt.Fprintln(out, "### Training by `Fast` and by `Exact`")
	fmt.Fprintln(out)
	fmt.Fprintf(out, "The relative error that `DeepMF{Depth: 1, Penalty: Ratio{…}, Lambda: 1e-3, Optimizer: "+
		"Adam{LearningRate: 1e-2}, Schedule: Cosine{}, Steps: %d}` ends with, the median over %d\n", steps, seeds)
	fmt.Fprintln(out, "seeds of the initialisation, without smoothing and with ε = 1e-4. *Over seeds* is the "+
		"largest error of `Exact` less the least, *difference* the largest between `Fast` and `Exact` at one")
	fmt.Fprintln(out, "seed, and *fell back* the fraction of the steps of `Fast` that did.")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "| problem | `Exact` | over seeds | `Fast` | difference | fell back | `Exact`, ε = 1e-4 "+
		"| over seeds | `Fast` | difference | fell back |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|---|")
	for _, l := range problems {
		l.Seed = 1
		problem, err := l.Problem()
		if err != nil {
			return err
		}
		solve := func(r mc.Ratio, seed uint64) (e float64, fell int, err error) {
			watch := mc.ObserverFunc(func(s *mc.Step) {
				if e, ok := s.PolarEstimate(); ok && e.FellBack {
					fell++
				}
			})
			result, err := mc.DeepMF{
				Depth: 1, Penalty: r, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{},
				Steps: steps, Seed: seed,
			}.Solve(ctx, problem, watch)
			if err != nil {
				return 0, 0, err
			}
			return mc.Evaluate(problem, result.W).RelativeError, fell, nil
		}
		fmt.Fprintf(out, "| %d×%d, rank %d, %d observed |", l.Rows, l.Cols, l.Rank, l.Observed)
		for _, eps := range []float64{0, smoothing} {
			var exact, fast []float64
			difference, fell := 0.0, 0
			for seed := range uint64(seeds) {
				e, _, err := solve(mc.Ratio{Smoothing: eps}, seed+1)
				if err != nil {
					return err
				}
				f, n, err := solve(mc.Ratio{Smoothing: eps, Polar: mc.Fast}, seed+1)
				if err != nil {
					return err
				}
				exact, fast, fell = append(exact, e), append(fast, f), fell+n
				difference = max(difference, math.Abs(e-f))
			}
			slices.Sort(exact)
			slices.Sort(fast)
			fmt.Fprintf(out, " %.2e | %.0e | %.2e | %.0e | %.0f %% |", exact[seeds/2], exact[seeds-1]-exact[0],
				fast[seeds/2], difference, 100*float64(fell)/float64(seeds*steps))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
	return nil
}
