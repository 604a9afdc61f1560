//go:build linux

// Command r2rils measures mc.R2RILS against its authors' Python on the standard problem, 100×100 of
// rank 5 with n observed entries and at least 6 in every line.
//
//	go run ./mc/cmd/bench/r2rils -reference R2RILS.py [-python PYTHON] [-seeds 20] [-o table.md]
//
// R2RILS.py is in the authors' repository, Jonathan-WIS/R2RILS; the interpreter needs numpy, scipy
// and scikit-learn. Both run on the same problems in turns, with one thread each and at most 50
// steps; times are CPU times. A run succeeds if the mean squared error over unobserved entries is
// at most 1e-16.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"strings"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/cmd/internal/markdown"
)

func main() {
	log.SetFlags(0)
	reference := flag.String("reference", "", "the authors' R2RILS.py; without it ours runs alone")
	python := flag.String("python", ".venv/bench-r2rils/bin/python",
		"interpreter that has numpy, scipy and scikit-learn")
	script := flag.String("peer", "mc/cmd/bench/r2rils/peer.py", "program that runs the reference")
	seeds := flag.Uint64("seeds", 20, "problems of each size")
	output := flag.String("o", "", "Markdown file to write the table to, besides the standard output")
	flag.Parse()
	runtime.GOMAXPROCS(1)

	var text strings.Builder
	out := io.MultiWriter(os.Stdout, &text)
	var theirs *peer.Peer
	if *reference != "" {
		var err error
		if theirs, err = peer.Start(*python, *script, *reference); err != nil {
			log.Fatal(err)
		}
		defer theirs.Stop()
	}
	fmt.Fprintf(out, introduction, *seeds)
	fmt.Fprintln(out, "| n | solver | success | median MSE, successes | median CPU s | total CPU s | faster, total |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	for _, n := range []int{1300, 1500, 2000} {
		var own, other tally
		for seed := range *seeds {
			problem, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: n, MinPerLine: 6, Seed: seed}.Problem()
			if err != nil {
				log.Fatal(err)
			}
			began := cpuSeconds()
			result, err := mc.R2RILS{Rank: 5}.Solve(context.Background(), problem)
			took := cpuSeconds() - began
			if err != nil {
				log.Fatal(err)
			}
			own.add(problem, result.W, took)
			if theirs != nil {
				w, took := solve(theirs, problem)
				other.add(problem, w, took)
			}
		}
		fmt.Fprintf(out, "| %d | mc.R2RILS | %s |", n, own)
		if theirs == nil {
			fmt.Fprintln(out, " |")
			continue
		}
		fmt.Fprintf(out, " %.1f× |\n| %d | the authors' Python | %s | 1× |\n",
			sum(other.seconds)/sum(own.seconds), n, other)
	}
	if *output != "" {
		if err := markdown.Save(*output, text.String()); err != nil {
			log.Fatal(err)
		}
	}
}

const introduction = `# R2RILS beside its authors' program

Written by ` + "`make bench-r2rils`" + `; do not edit. A 100×100 matrix of rank 5 of which n entries
are observed, at least 6 in every row and column, %d seeds. Both solve the same problems in turns,
with one thread each; times are CPU times. A run succeeds if the mean squared error over unobserved
entries is at most 1e-16. The authors' program stops after 50 steps, its default; ours goes on to
200, which the total includes.

`

// A tally is the outcome of the runs of one solver.
type tally struct{ errors, seconds []float64 }

func (t *tally) add(p mc.Problem, w *mat.Dense, seconds float64) {
	t.errors = append(t.errors, mc.Evaluate(p, w).Test)
	t.seconds = append(t.seconds, seconds)
}

func (t tally) String() string {
	var good []float64
	for _, e := range t.errors {
		if e <= 1e-16 {
			good = append(good, e)
		}
	}
	middle := "none"
	if len(good) > 0 {
		middle = fmt.Sprintf("%.0e", peer.Median(good))
	}
	return fmt.Sprintf("%d of %d | %s | %.3f | %.2f", len(good), len(t.errors), middle, peer.Median(t.seconds),
		sum(t.seconds))
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

// solve asks the authors' program.
func solve(theirs *peer.Peer, problem mc.Problem) (*mat.Dense, float64) {
	rows, cols := problem.Dims()
	observations := problem.Train.(*mc.Observations)
	at := make([]int, observations.Len())
	for k, e := range observations.All() {
		at[k] = e.Row*cols + e.Col
	}
	var answer struct {
		Seconds  float64
		Estimate []float64
	}
	if err := theirs.Ask(map[string]any{
		"rows": rows, "cols": cols, "rank": 5, "steps": 50, "at": at, "values": observations.Values(),
	}, &answer); err != nil {
		log.Fatal(err)
	}
	return mat.NewDense(rows, cols, answer.Estimate), answer.Seconds
}

func cpuSeconds() float64 {
	t, err := peer.CPUSeconds()
	if err != nil {
		log.Fatal(err)
	}
	return t
}
