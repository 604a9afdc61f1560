//go:build linux

// Command biasedals measures a step of mc.BiasedALS against an epoch of the libraries implicit and
// LensKit, at the shape of MovieLens-100K: 1682×943, 100,000 ratings made up from a seed, rank 20.
//
//	go run ./mc/cmd/bench/biasedals [-python PYTHON] [-o mc/benchmarks/biasedals.md]
//
// All take turns in one run, on one thread; times are CPU times. The interpreter needs what
// requirements.txt names.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"runtime"
	"slices"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/cmd/internal/markdown"
	"projectpenalty/mc/internal/kernel"
)

const (
	rows, cols, ratings, rank = 1682, 943, 100_000, 20
	rounds, epochs            = 8, 10
)

func main() {
	log.SetFlags(0)
	python := flag.String("python", ".venv/bench-biasedals/bin/python", "interpreter that has implicit and lenskit")
	script := flag.String("peer", "mc/cmd/bench/biasedals/peer.py", "program that runs them")
	output := flag.String("o", "", "Markdown file to write the table to, besides the standard output")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	train, err := madeUp()
	if err != nil {
		log.Fatal(err)
	}
	peers, err := start(*python, *script, train)
	if err != nil {
		log.Fatal(err)
	}
	const own = "mc.BiasedALS"
	names := append([]string{own}, peers.Names...)
	seconds := map[string][]float64{}
	for round := range rounds {
		for _, name := range names {
			ask := peers.run
			if name == own {
				ask = func(_ string, n int) ([]float64, error) { return sweeps(train, n) }
			}
			s, err := ask(name, epochs)
			if err != nil {
				log.Fatal(err)
			}
			if round > 0 { // the first warms up
				seconds[name] = append(seconds[name], s...)
			}
		}
	}
	peers.Stop()
	text := table(names, seconds, peers.Versions)
	fmt.Print(text)
	if *output != "" {
		if err := markdown.Save(*output, text); err != nil {
			log.Fatal(err)
		}
	}
}

func table(names []string, seconds map[string][]float64, versions []string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# An epoch of alternating least squares\n\nWritten by `make bench-biasedals`; do not edit. "+
		"%d×%d, %d ratings made up from a seed, rank %d. One thread; the contenders take turns in one run.\n",
		rows, cols, ratings, rank)
	fmt.Fprintf(&out, "CPU time of an epoch (all rows, then all columns), the median of %d, and the quartiles. "+
		"Processor: %s. Instructions: %s. %s, %s.\n\n",
		len(seconds[names[0]]), peer.Processor(), kernel.Instructions(), runtime.Version(),
		strings.Join(versions, ", "))
	fmt.Fprint(&out, "| | ms | quartiles | of ours |\n|---|---|---|---|\n")
	first := quantile(seconds[names[0]], 0.5)
	for _, name := range names {
		s := seconds[name]
		fmt.Fprintf(&out, "| %s | %.1f | %.1f–%.1f | ×%.2f |\n", name, 1e3*quantile(s, 0.5),
			1e3*quantile(s, 0.25), 1e3*quantile(s, 0.75), quantile(s, 0.5)/first)
	}
	fmt.Fprint(&out, `
Ours solves for biases and factors together, exactly, in double precision, and its time has the
objective in it that it stops by. LensKit's takes the biases off beforehand and solves for factors
alone, by LU exactly, or by one sweep of coordinate descent. implicit's is another model of the same
cost: implicit feedback, where entries that are not observed count as zeros with a small weight; it
solves exactly by Cholesky, or takes three steps of conjugate gradients.

Single precision makes implicit slower at rank 20: the vector routines of OpenBLAS that it calls
take single-precision numbers in blocks of 32, and what is left one by one. At rank 32 it makes
implicit faster.
`)
	return out.String()
}

func quantile(seconds []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(seconds))
	return s[int(q*float64(len(s)-1)+0.5)]
}

// madeUp draws places by the seed, and ratings from 1 to 5.
func madeUp() (*mc.Observations, error) {
	mask, err := mc.SampleMask(rows, cols, ratings, 0, 1)
	if err != nil {
		return nil, err
	}
	entries := make([]mc.Entry, len(mask))
	for k, at := range mask {
		entries[k] = mc.Entry{Row: at / cols, Col: at % cols, Value: float64(1 + at%5)}
	}
	return mc.NewObservations(rows, cols, entries)
}

// sweeps returns the CPU time of each of n sweeps.
func sweeps(train *mc.Observations, n int) ([]float64, error) {
	var at []float64
	watch := clock{&at}
	result, err := mc.BiasedALS{Rank: rank, Steps: n + 1, Tolerance: 1e-300, Seed: 1}.Solve(context.Background(),
		mc.Problem{Train: train}, watch)
	if err != nil {
		return nil, err
	}
	if result.Steps != n+1 {
		return nil, fmt.Errorf("biasedals: %d steps, not %d", result.Steps, n+1)
	}
	seconds := make([]float64, n)
	for k := range seconds {
		seconds[k] = at[k+1] - at[k]
	}
	return seconds, nil
}

// A clock notes the CPU time at each state of a run, the start being one.
type clock struct{ at *[]float64 }

func (c clock) Observe(*mc.Step) { *c.at = append(*c.at, cpuSeconds()) }

func cpuSeconds() float64 {
	t, err := peer.CPUSeconds()
	if err != nil {
		log.Fatal(err)
	}
	return t
}

// peers is the Python process.
type peers struct {
	Names, Versions []string

	*peer.Peer
}

func start(python, script string, train *mc.Observations) (*peers, error) {
	process, err := peer.Start(python, script)
	if err != nil {
		return nil, fmt.Errorf("biasedals: %w; make bench-biasedals sets it up", err)
	}
	p := &peers{Peer: process}
	var row, col []int
	for _, e := range train.All() {
		row, col = append(row, e.Row), append(col, e.Col)
	}
	return p, p.Ask(map[string]any{"rows": rows, "cols": cols, "rank": rank, "row": row, "col": col,
		"value": train.Values()}, p)
}

func (p *peers) run(name string, epochs int) ([]float64, error) {
	var answer struct{ Seconds []float64 }
	err := p.Ask(map[string]any{"name": name, "epochs": epochs}, &answer)
	return answer.Seconds, err
}
