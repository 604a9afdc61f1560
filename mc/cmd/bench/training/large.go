//go:build linux

package main

import (
	"log"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/internal/kernel"
)

// large measures a problem whose matrix could not be formed, against what the memory can do.
func (b *bench) large() {
	const side, perRow, rank = 100_000, 100, 20
	const observed = side * perRow
	solver := mc.DeepMF{Depth: 2, Hidden: rank, Init: mc.Gaussian{Scale: 0.1},
		Optimizer: mc.Adam{LearningRate: 1e-3}, Steps: math.MaxInt32}
	c, perStep := ours("ours", solver, largeProblem(side, perRow, rank/4))
	c.run(1)
	s := sample{seconds: c.run(10)}
	allocations := perStep()
	c.stop()

	// Three products read or write a row of a factor, padded to whole blocks, for each entry;
	// values, residuals, slopes and indices are streamed, 100 bytes an entry; Adam goes over seven
	// arrays of the factors' size.
	const moved = observed*(3*8*((rank+7)/8*8)+100) + 7*8*2*side*rank
	b.printf("### Too large to form: %d×%d, %.0e observed, factors of rank %d, Adam\n\n", side, side,
		float64(observed), rank)
	b.printf("Processor: %s. Instructions: %s.\n\n", peer.Processor(), kernel.Instructions())
	b.printf("| seconds an iteration | GB moved | GB/s | rows at random, GB/s | a plain copy, GB/s | memory, " +
		"GB | allocations a step |\n|---|---|---|---|---|---|---|\n")
	b.printf("| %s (%s–%s) | %.1f | %.1f | %.1f | %.1f | %s | %.2f |\n\n", number(s.median()),
		number(s.quantile(0.25)), number(s.quantile(0.75)),
		moved/1e9, moved/1e9/s.median(), rowRate(side, rank)/1e9, copyRate()/1e9, peakMemory(), allocations)
	b.printf("Bytes are counted as if nothing were cached; a copy reads and writes 256 MB; rows at random are " +
		"read\nof a matrix of the factors' size, one number a cache line and nothing done with it. Memory is " +
		"the greatest that the process has had.\n\n")
}

// largeProblem sees perRow random entries of each row of a square matrix of the given rank.
func largeProblem(side, perRow, rank int) mc.Problem {
	rng := rand.New(rand.NewPCG(1, 3))
	factor := func() []float64 {
		x := make([]float64, side*rank)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		return x
	}
	l, r := factor(), factor()
	entries := make([]mc.Entry, 0, side*perRow)
	taken := make(map[int]bool, perRow)
	for i := range side {
		clear(taken)
		for len(taken) < perRow {
			j := rng.IntN(side)
			if taken[j] {
				continue
			}
			taken[j] = true
			entries = append(entries,
				mc.Entry{Row: i, Col: j, Value: kernel.Dot(l[i*rank:(i+1)*rank], r[j*rank:(j+1)*rank])})
		}
	}
	o, err := mc.NewObservations(side, side, entries)
	if err != nil {
		log.Fatal(err)
	}
	return mc.Problem{Train: o}
}

// rowRate is how many bytes per second come in when rows of a factor are read in random order: what
// memory can do for a sparse product, which does that three times an iteration.
func rowRate(side, rank int) float64 {
	const rows = 10_000_000
	width := (rank + 7) / 8 * 8
	x := make([]float64, side*width)
	for i := range x {
		x[i] = -1 // untouched memory would all be one page
	}
	order := make([]int32, rows)
	rng := rand.New(rand.NewPCG(1, 4))
	for i := range order {
		order[i] = int32(rng.IntN(side))
	}
	best := 0.0
	for range 3 {
		begin := cpuSeconds()
		sum := 0.0
		for _, r := range order {
			row := x[int(r)*width : (int(r)+1)*width]
			for at := 0; at < len(row); at += 8 {
				sum += row[at]
			}
		}
		if sum >= 0 {
			log.Fatal("bench: a sum of negative numbers is not negative")
		}
		best = max(best, float64(8*rows*width)/(cpuSeconds()-begin))
	}
	return best
}

// copyRate is how many bytes per second a copy of memory reads and writes.
func copyRate() float64 {
	from, to := make([]float64, 1<<25), make([]float64, 1<<25)
	for i := range from {
		from[i] = float64(i)
	}
	best := 0.0
	for range 5 {
		begin := cpuSeconds()
		copy(to, from)
		best = max(best, 16*float64(len(from))/(cpuSeconds()-begin))
	}
	return best
}

// peakMemory is the greatest resident size that this process has had, in GB.
func peakMemory() string {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for _, line := range strings.Split(string(text), "\n") {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value),
				"kB")), 64); err == nil {
				return strconv.FormatFloat(kb*1024/1e9, 'f', 1, 64)
			}
		}
	}
	return "unknown"
}
