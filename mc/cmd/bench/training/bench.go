//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/internal/kernel"
)

// The ratio penalty by matrix products alone, as it is and smoothed.
var (
	fast     = mc.Ratio{Polar: mc.Fast}
	smoothed = mc.Ratio{Smoothing: 1e-4, Polar: mc.Fast}
)

// variants of a loop, besides double precision and for the ratio its decomposition.
var variants = map[string][]struct {
	name      string
	precision mc.Precision
	penalty   mc.Penalty
}{
	"deep": {{"ours, mixed", mc.Mixed, nil}, {"ours, single", mc.Single, nil}},
	"ratio": {{"ours, fast", mc.Double, fast}, {"ours, smoothed", mc.Double, smoothed},
		{"ours, fast, single", mc.Single, fast}, {"ours, smoothed, single", mc.Single, smoothed}},
}

type bench struct {
	out   io.Writer
	quick bool
	only  *regexp.Regexp // of what is measured
	peers peers
	peak  float64     // in double precision
	core  unix.CPUSet // that all runs on
	all   unix.CPUSet // that there are
}

func (b *bench) printf(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

func (b *bench) run() {
	b.peak = peak[float64]()
	b.printf("Processor: %s. Instructions: %s. Measured peak of multiply-adds: %.1f GFLOP/s. %s",
		peer.Processor(), kernel.Instructions(), b.peak/1e9, runtime.Version())
	var versions []string
	for _, p := range b.peers {
		if !slices.Contains(versions, p.version) {
			versions = append(versions, p.version)
			b.printf(", %s", p.version)
		}
	}
	b.printf(".\n\n")
	b.blocks()
	if b.only.MatchString("cores") {
		b.cores()
	}
	b.loops("deep", "Depth 3, Adam",
		"forward, gradient and Adam of W = W₃W₂W₁ with full hidden sizes; 2,000 entries observed at 100×100, a "+
			"fifth above,\n100,000 at 1682×943. \"ours, mixed\" has the products in single precision, the factors and "+
			"Adam in double, `Precision: mc.Mixed`;\n\"ours, single\" has all of them in single, `Precision: "+
			"mc.Single`. The peak's share counts the 6 products of a dense step.")
	b.loops("ratio", "Depth 1, ratio penalty, Adam",
		"loss, nuclear norm over Frobenius norm with its gradient, and Adam on the matrix itself. \"ours\" and "+
			"the peers go by a singular value\ndecomposition; numpy-gram by the eigenvalues of WᵀW, its gradient "+
			"wrong by about 5e-7; \"ours, fast\", `Ratio{Polar: Fast}`, by matrix\nproducts, its gradient wrong by "+
			"about 1e-5 and each step checked; \"ours, smoothed\", `Ratio{Smoothing: 1e-4, Polar: Fast}`, "+
			"likewise, and in single precision wrong by about 1e-4. Where training ends by each is below and in "+
			"[README.md](../README.md).")
	if b.only.MatchString("softmax") {
		b.softmax()
	}
	if b.only.MatchString("factored") {
		b.factored()
	}
	if b.only.MatchString("error") {
		b.toError()
	}
	if b.only.MatchString("watching") {
		b.watching()
	}
	if !b.quick && b.only.String() == "" {
		b.large()
	}
}

// A sample is the times of one contender.
type sample struct {
	name    string
	seconds []float64
}

func (s sample) quantile(q float64) float64 {
	x := slices.Sorted(slices.Values(s.seconds))
	return x[int(q*float64(len(x)-1)+0.5)]
}

func (s sample) median() float64 { return s.quantile(0.5) }

// turns lets the contenders run in turns until each has run for about budget seconds of CPU time.
func turns(list []contender, budget float64) []sample {
	samples := make([]sample, len(list))
	const rounds = 5
	batch := make([]int, len(list))
	for i, c := range list {
		samples[i].name = c.name
		warm := c.run(2)
		batch[i] = int(math.Min(500, math.Max(1, math.Round(budget/rounds/max(slices.Min(warm), 1e-7)))))
	}
	for range rounds {
		for i, c := range list {
			samples[i].seconds = append(samples[i].seconds, c.run(batch[i])...)
		}
	}
	return samples
}

// table prints one column a size and one line a contender, with the ratio of its median to the
// first contender's.
func (b *bench) table(sizes []string, columns [][]sample, unit float64) {
	b.printf("| |")
	for _, s := range sizes {
		b.printf(" %s |", s)
	}
	b.printf("\n|---|%s\n", strings.Repeat("---|", len(sizes)))
	var names []string
	for _, column := range columns {
		for _, s := range column {
			if !slices.Contains(names, s.name) {
				names = append(names, s.name)
			}
		}
	}
	for _, name := range names {
		b.printf("| %s |", name)
		for _, column := range columns {
			i := slices.IndexFunc(column, func(s sample) bool { return s.name == name })
			if i < 0 {
				b.printf(" |")
				continue
			}
			s := column[i]
			b.printf(" %s (%s–%s)", number(s.median()*unit), number(s.quantile(0.25)*unit),
				number(s.quantile(0.75)*unit))
			if i > 0 {
				b.printf(" ×%.2f", s.median()/column[0].median())
			}
			b.printf(" |")
		}
		b.printf("\n")
	}
	b.printf("\n")
}

// number prints three significant digits.
func number(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x >= 1:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.3f", x)
}

func (b *bench) budget() float64 {
	if b.quick {
		return 0.4
	}
	return 2.5
}

// A block is a building block: a matrix product or a singular value decomposition of d×d.
type block struct {
	kind, title string
	ours        func(d int) func()
	peers       []string
	peak        func() float64 // nil if it is not made of products
}

func blocks() []block {
	return []block{
		{"gemm", "Matrix product", productOf[float64], []string{"numpy", "torch-f64"}, peak[float64]},
		{"gemm32", "Matrix product in single precision", productOf[float32], []string{"numpy", "torch-f32"}, peak[float32]},
		{"svd", "Thin singular value decomposition", func(d int) func() {
			x := kernel.NewMatrix(d, d)
			copy(x.Data, numbers[float64](d*d))
			var svd kernel.SVD
			return func() { svd.Factorize(x) }
		}, []string{"numpy", "torch-f64"}, nil},
	}
}

func productOf[T kernel.Element](d int) func() {
	x, y := kernel.NewMatrixOf[T](d, d), kernel.NewMatrixOf[T](d, d)
	copy(x.Data, numbers[T](d*d))
	return func() { kernel.Multiply(false, false, 1, x, x, 0, y) }
}

// numbers returns n that are standard normal.
func numbers[T kernel.Element](n int) []T {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

// blocks compares the building blocks.
func (b *bench) blocks() {
	for _, block := range blocks() {
		var sizes []string
		var sides []float64
		var columns [][]sample
		for _, d := range []int{100, 256, 512, 1000} {
			if b.quick && d > 512 || !b.only.MatchString(fmt.Sprintf("%s %d", block.kind, d)) {
				continue
			}
			list := []contender{timed("ours", block.ours(d))}
			for _, name := range block.peers {
				if p := b.peers.named(name); p != nil {
					p.must(map[string]any{"op": "block", "kind": block.kind, "size": d}, &struct{}{})
					list = append(list, p.contender())
				}
			}
			sizes, sides = append(sizes, fmt.Sprintf("%d×%d", d, d)), append(sides, float64(d))
			columns = append(columns, turns(list, b.budget()/2))
		}
		if len(columns) == 0 {
			continue
		}
		b.printf("### %s, ms\n\n", block.title)
		b.table(sizes, columns, 1e3)
		if block.peak != nil {
			b.share(block.peak(), 1, sizes, sides, columns)
		}
	}
}

// share prints the fraction of the processor's peak that ours reaches by so many matrix products.
func (b *bench) share(peak, products float64, sizes []string, sides []float64, columns [][]sample) {
	b.printf("Share of the peak, ours:")
	for i, d := range sides {
		b.printf(" %s %.0f %%", sizes[i], 100*products*2*d*d*d/columns[i][0].median()/peak)
	}
	b.printf(".\n\n")
}

func timed(name string, f func()) contender {
	return contender{name: name, stop: func() {}, run: func(n int) []float64 {
		seconds := make([]float64, n)
		for i := range seconds {
			begin := cpuSeconds()
			f()
			seconds[i] = cpuSeconds() - begin
		}
		return seconds
	}}
}

// loops compares one training loop over the sizes.
func (b *bench) loops(kind, title, what string) {
	var sizes []string
	var sides []float64 // of the square ones
	var columns [][]sample
	var allocations []float64
	for _, l := range []loop{{kind, 100, 100, 2000}, {kind, 256, 256, 13107}, {kind, 512, 512, 52428},
		{kind, 1000, 1000, 200000}, {kind, 1682, 943, 100000}} {
		if b.quick && l.rows > 256 || !b.only.MatchString(fmt.Sprintf("%s %d", kind, l.rows)) {
			continue
		}
		problem := l.problem()
		solver := l.solver()
		first, perStep := ours("ours", solver, problem)
		list := []contender{first}
		perSteps := []func() float64{perStep}
		for _, v := range variants[kind] {
			if solver.Precision = v.precision; kind == "ratio" {
				solver.Penalty = v.penalty
			}
			more, perStep := ours(v.name, solver, problem)
			list, perSteps = append(list, more), append(perSteps, perStep)
		}
		for _, p := range b.peers {
			if kind == "deep" && p.name == "numpy-gram" || kind == "ratio" && p.name == "numpy-inplace" {
				continue
			}
			p.must(map[string]any{"op": "prepare", "kind": kind, "rows": l.rows, "cols": l.cols,
				"observed": l.observed},
				&struct{}{})
			list = append(list, p.contender())
		}
		sizes = append(sizes, fmt.Sprintf("%d×%d", l.rows, l.cols))
		if l.rows == l.cols {
			sides = append(sides, float64(l.rows))
		}
		columns = append(columns, turns(list, b.budget()))
		most := 0.0
		for _, perStep := range perSteps {
			most = max(most, perStep())
		}
		allocations = append(allocations, most)
		for _, c := range list {
			c.stop()
		}
	}
	if len(columns) == 0 {
		return
	}
	b.printf("### %s, ms an iteration\n\n%s\n\n", title, what)
	b.table(sizes, columns, 1e3)
	if kind == "deep" {
		b.share(b.peak, 6, sizes, sides, columns)
		b.against(sizes, columns, "ours, mixed", "torch-f32", "jax-f32")
		b.against(sizes, columns, "ours, single", "torch-f32", "jax-f32")
	}
	if kind == "ratio" {
		b.against(sizes, columns, "ours, fast", "torch-f64")
		b.against(sizes, columns, "ours, fast", "numpy", "numpy-gram", "jax-f64")
		b.against(sizes, columns, "ours, smoothed", "torch-f64")
		b.against(sizes, columns, "ours, fast, single", "torch-f32", "jax-f32")
		b.against(sizes, columns, "ours, smoothed, single", "torch-f32", "jax-f32")
	}
	b.printf("Allocations a step, the most of ours:")
	for i, n := range allocations {
		b.printf(" %s %.2f", sizes[i], n)
	}
	b.printf(".\n\n")
}

// against prints how many times as long as ours the fastest of the peers takes.
func (b *bench) against(sizes []string, columns [][]sample, ours string, peers ...string) {
	find := func(column []sample, names ...string) float64 {
		best := math.Inf(1)
		for _, s := range column {
			if slices.Contains(names, s.name) {
				best = min(best, s.median())
			}
		}
		return best
	}
	b.printf("%s over %s:", strings.Join(peers, " or "), ours)
	for i, column := range columns {
		if x := find(column, peers...) / find(column, ours); !math.IsInf(x, 0) {
			b.printf(" %s ×%.2f", sizes[i], x)
		}
	}
	b.printf(".\n\n")
}
