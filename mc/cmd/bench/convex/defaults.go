//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"projectpenalty/mc"
)

const byDefault = `
## Defaults that end

Solvers with their own settings. The ratings are made up in the shape of MovieLens-100K, 100,000 of
1682×943 from 1 to 5: items and users of log-normal popularity, effects of both, 40 factors whose
sizes fall as 1/k, and noise; a tenth of them is held out for the error. Tune chooses among ten λ of
SoftImpute. One run each, of one core.

| problem | solver | CPU s | result |
|---|---|---|---|
`

// defaults measures what users run without thinking of settings.
func defaults(out io.Writer) error {
	fmt.Fprint(out, byDefault)
	p, err := mc.LowRank{Rows: 256, Cols: 256, Rank: 10, Observed: 256 * 128, Seed: 1}.Problem()
	if err != nil {
		return err
	}
	r, seconds, err := timed(mc.MatrixIRLS{}, p)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| 256×256, rank 10, half observed | mc.MatrixIRLS | %.3g | relative error %.1e |\n", seconds,
		r.Metrics(p).RelativeError)

	ratings, err := madeUpRatings(1682, 943, 100_000, 1)
	if err != nil {
		return err
	}
	_, seconds, err = timed(mc.SoftImpute{}, mc.Problem{Train: ratings})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| 100,000 ratings | mc.SoftImpute | %.3g | |\n", seconds)
	split, err := mc.HoldOut(mc.Problem{Train: ratings}, 0.1, 1)
	if err != nil {
		return err
	}
	var lambdas []float64
	for k := range 10 {
		lambdas = append(lambdas, 2e-3*math.Pow(0.05, float64(k)/9))
	}
	soft := func(lambda float64) mc.Solver { return mc.SoftImpute{Lambda: lambda} }
	for _, s := range []mc.Solver{mc.SoftImpute{}, mc.Tune{Candidates: mc.Candidates(lambdas, soft)}} {
		r, seconds, err := timed(s, split)
		if err != nil {
			return err
		}
		name := "mc.SoftImpute"
		if _, ok := s.(mc.Tune); ok {
			name = "mc.Tune of ten λ"
		}
		fmt.Fprintf(out, "| 90,000 ratings | %s | %.3g | held-out RMSE %.4f |\n", name, seconds, r.Metrics(split).RMSE)
	}
	return nil
}

// madeUpRatings returns ratings from 1 to 5, the more of a row and of a column the more popular
// these are.
func madeUpRatings(rows, cols, n int, seed uint64) (*mc.Observations, error) {
	const rank = 40
	rng := rand.New(rand.NewPCG(seed, 7))
	rowsOf, colsOf := newRaters(rng, rows, rank, 1.6, 0.5), newRaters(rng, cols, rank, 1, 0.4)
	seen := map[[2]int]bool{}
	entries := make([]mc.Entry, 0, n)
	for len(entries) < n {
		i, j := rowsOf.draw(rng), colsOf.draw(rng)
		if seen[[2]int{i, j}] {
			continue
		}
		seen[[2]int{i, j}] = true
		x := 3.5 + rowsOf.effect[i] + colsOf.effect[j] + 0.8*rng.NormFloat64()
		for k, f := range rowsOf.factors[i] {
			x += 0.4 / float64(k+1) * f * colsOf.factors[j][k]
		}
		entries = append(entries, mc.Entry{Row: i, Col: j, Value: min(5, max(1, math.Round(x)))})
	}
	return mc.NewObservations(rows, cols, entries)
}

// raters are the users, or the items: how popular each is, summed up, its effect and its factors.
type raters struct {
	popularity, effect []float64
	factors            [][]float64
}

func newRaters(rng *rand.Rand, n, rank int, spread, effect float64) raters {
	var r raters
	sum := 0.0
	for range n {
		sum += math.Exp(spread * rng.NormFloat64())
		r.popularity = append(r.popularity, sum)
		r.effect = append(r.effect, effect*rng.NormFloat64())
		factors := make([]float64, rank)
		for k := range factors {
			factors[k] = rng.NormFloat64()
		}
		r.factors = append(r.factors, factors)
	}
	return r
}

func (r raters) draw(rng *rand.Rand) int {
	at, _ := slices.BinarySearch(r.popularity, rng.Float64()*r.popularity[len(r.popularity)-1])
	return at
}
