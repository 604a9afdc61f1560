//go:build linux

// Command convex measures mc.NuclearNorm against cvxpy with SCS, and mc.SoftImpute against the same
// algorithm in NumPy and SciPy.
//
//	go run ./mc/cmd/bench/convex [-python .venv/bench-convex/bin/python] [-seeds 5] [-o mc/benchmarks/convex.md]
//
// Both run on the same problems in turns, with one thread each; times are CPU times.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/cmd/internal/markdown"
)

const introduction = `# Convex completion beside other programs

Written by ` + "`make bench-convex`" + `; do not edit. Problems are of mc.LowRank, seeds 1 to %d;
both solve the same ones in turns, with one thread each. Times are CPU seconds, figures medians over
seeds.

## Least nuclear norm

min ‖W‖_* subject to agreement with the observed entries. cvxpy is timed from the call of solve,
with its translation of the problem. Tolerances are set so that solvers come equally close:
mc.NuclearNorm to 1e-6
stands beside SCS with the defaults that it has in cvxpy, mc.NuclearNorm with its own default, 1e-8,
beside SCS with 1e-7 for both of its tolerances and at most 10,000 steps; "faster" compares these.
Feasibility is
‖A(W) − b‖/‖b‖; the excess is that of ‖W‖_* over the best bound that a certificate of mc.NuclearNorm
proves, that of a run to 1e-11 among them, relative to it: what is not feasible may be below. In
brackets the largest of the seeds.

| problem | solver | CPU s | feasibility | excess | faster |
|---|---|---|---|---|---|
`

const imputation = `
## SoftImpute

min ‖A(W) − b‖²/2 + τ‖W‖_* for τ a tenth of that from which on W = 0, with a cap on the rank, to the
same tolerance, from a start of the solver's own. NumPy and SciPy run softImpute-ALS with the steps
of the R package softImpute, which Debian does not have.

| problem | solver | CPU s | steps | ms a step | objective | faster |
|---|---|---|---|---|---|---|
`

func main() {
	log.SetFlags(0)
	python := flag.String("python", ".venv/bench-convex/bin/python", "interpreter that has numpy, scipy and cvxpy")
	script := flag.String("peer", "mc/cmd/bench/convex/peer.py", "program that runs the others")
	seeds := flag.Uint64("seeds", 5, "problems of each size")
	output := flag.String("o", "", "Markdown file to write the tables to, besides the standard output")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	if err := run(*python, *script, *seeds, *output); err != nil {
		log.Fatal(err)
	}
}

func run(python, script string, seeds uint64, output string) error {
	var text strings.Builder
	out := io.MultiWriter(os.Stdout, &text)
	other, err := peer.Start(python, script)
	if err != nil {
		return err
	}
	defer other.Stop()
	fmt.Fprintf(out, introduction, seeds)
	for _, l := range []mc.LowRank{
		{Rows: 60, Cols: 60, Rank: 3, Observed: 1200},
		{Rows: 60, Cols: 60, Rank: 3, Observed: 1800},
		{Rows: 100, Cols: 100, Rank: 5, Observed: 2000},
		{Rows: 100, Cols: 100, Rank: 5, Observed: 4000},
	} {
		if err := nuclear(out, other, l, seeds); err != nil {
			return err
		}
	}
	fmt.Fprint(out, imputation)
	for _, c := range []struct {
		mc.LowRank
		cap int
	}{
		{mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 4000, Noise: 0.3}, 10},
		{mc.LowRank{Rows: 1000, Cols: 1000, Rank: 10, Observed: 100_000, Noise: 0.3}, 20},
	} {
		if err := impute(out, other, c.LowRank, c.cap, seeds); err != nil {
			return err
		}
	}
	if err := defaults(out); err != nil {
		return err
	}
	if output != "" {
		return markdown.Save(output, text.String())
	}
	return nil
}

// request describes a problem to the peer.
func request(task string, p mc.Problem) map[string]any {
	rows, cols := p.Dims()
	o := p.Train.(*mc.Observations)
	at := make([]int, o.Len())
	for k, e := range o.All() {
		at[k] = e.Row*cols + e.Col
	}
	return map[string]any{"task": task, "rows": rows, "cols": cols, "at": at, "values": o.Values()}
}

// A column holds the figures of one solver over the seeds.
type column struct{ seconds, steps, first, second []float64 }

func (c *column) add(seconds, steps, first, second float64) {
	c.seconds, c.steps = append(c.seconds, seconds), append(c.steps, steps)
	c.first, c.second = append(c.first, first), append(c.second, second)
}

// timed runs the solver and returns the CPU time that it took.
func timed(s mc.Solver, p mc.Problem) (*mc.Result, float64, error) {
	began, err := peer.CPUSeconds()
	if err != nil {
		return nil, 0, err
	}
	r, err := s.Solve(context.Background(), p)
	if err != nil {
		return nil, 0, err
	}
	ended, err := peer.CPUSeconds()
	return r, ended - began, err
}

func nuclear(out io.Writer, other *peer.Peer, l mc.LowRank, seeds uint64) error {
	pairs := []struct {
		ours    mc.NuclearNorm
		names   [2]string
		options map[string]float64 // of SCS
		columns [2]column
	}{
		{ours: mc.NuclearNorm{Tolerance: 1e-6}, names: [2]string{"mc.NuclearNorm to 1e-6", "cvxpy, SCS"},
			options: map[string]float64{}},
		{ours: mc.NuclearNorm{}, names: [2]string{"mc.NuclearNorm", "cvxpy, SCS to 1e-7"},
			options: map[string]float64{"eps_abs": 1e-7, "eps_rel": 1e-7, "max_iters": 10_000}},
	}
	for seed := range seeds {
		l.Seed, l.MinPerLine = seed+1, l.Rank+1
		p, err := l.Problem()
		if err != nil {
			return err
		}
		o := p.Train.(*mc.Observations)
		best, err := mc.NuclearNorm{Tolerance: 1e-11}.Solve(context.Background(), p)
		if err != nil {
			return err
		}
		bound := mc.Detail[*mc.Certificate](best).Bound
		var estimates [][2]*mat.Dense
		var times [][2]float64
		for _, pair := range pairs {
			r, seconds, err := timed(pair.ours, p)
			if err != nil {
				return err
			}
			bound = max(bound, mc.Detail[*mc.Certificate](r).Bound)
			var answer struct {
				Seconds  float64
				Estimate []float64
			}
			ask := request("nuclear", p)
			ask["options"] = pair.options
			if err := other.Ask(ask, &answer); err != nil {
				return err
			}
			estimates = append(estimates, [2]*mat.Dense{r.W, mat.NewDense(l.Rows, l.Cols, answer.Estimate)})
			times = append(times, [2]float64{seconds, answer.Seconds})
		}
		for k := range pairs {
			for which, w := range estimates[k] {
				values := make([]float64, o.Len())
				o.Apply(values, w)
				off, size := 0.0, 0.0
				for k, b := range o.Values() {
					off += (values[k] - b) * (values[k] - b)
					size += b * b
				}
				pairs[k].columns[which].add(times[k][which], 0, math.Sqrt(off/size), mc.NewPoint(w).Nuclear()/bound-1)
			}
		}
	}
	for _, pair := range pairs {
		for which, c := range pair.columns {
			faster := peer.Median(c.seconds) / peer.Median(pair.columns[0].seconds)
			fmt.Fprintf(out, "| %d×%d, rank %d, %d observed | %s | %.3g (%.3g) | %.0e (%.0e) | %.0e (%.0e) | "+
				"%.1f× |\n", l.Rows, l.Cols, l.Rank, l.Observed, pair.names[which],
				peer.Median(c.seconds), slices.Max(c.seconds), peer.Median(c.first), slices.Max(c.first),
				peer.Median(c.second), slices.Max(c.second), faster)
		}
	}
	return nil
}

func impute(out io.Writer, other *peer.Peer, l mc.LowRank, rank int, seeds uint64) error {
	const tolerance, steps = 1e-4, 1000
	var columns [2]column
	for seed := range seeds {
		l.Seed = seed + 1
		p, err := l.Problem()
		if err != nil {
			return err
		}
		// τ is a tenth of that from which on W = 0.
		filled := mat.NewDense(l.Rows, l.Cols, nil)
		p.Train.AddAdjoint(filled, 1, p.Train.Values())
		n := float64(l.Observed)
		tau := mc.NewPoint(filled).SingularValues()[0] / 10
		lambda := 2 * tau / n
		r, seconds, err := timed(mc.SoftImpute{Lambda: lambda, Rank: rank, Path: 1, Steps: steps,
			Tolerance: tolerance}, p)
		if err != nil {
			return err
		}
		columns[0].add(seconds, float64(r.Steps), n*r.Loss/2+tau*mc.NewPoint(r.W).Nuclear(), 0)
		ask := request("impute", p)
		ask["rank"], ask["tau"], ask["tolerance"], ask["steps"], ask["seed"] = rank, tau, tolerance, steps, seed+1
		var answer struct{ Seconds, Steps, Objective float64 }
		if err := other.Ask(ask, &answer); err != nil {
			return err
		}
		columns[1].add(answer.Seconds, answer.Steps, answer.Objective, 0)
	}
	for k, c := range columns {
		name := []string{"mc.SoftImpute", "NumPy and SciPy"}[k]
		fmt.Fprintf(out, "| %d×%d, rank %d, %d observed, cap %d | %s | %.3g | %.0f | %.3g | %.7g | %.1f× |\n", l.Rows,
			l.Cols, l.Rank, l.Observed, rank, name,
			peer.Median(c.seconds), peer.Median(c.steps), 1e3*peer.Median(c.seconds)/peer.Median(c.steps),
			peer.Median(c.first), peer.Median(c.seconds)/peer.Median(columns[0].seconds))
	}
	return nil
}
