package linalg

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// Anderson accelerates a fixed-point iteration z ← T(z). With f = T(z) − z, it takes the
// combination of the last points zⱼ whose weights sum to 1 and make Σ wⱼfⱼ shortest, and goes from
// there,
//
//	z ← Σ wⱼ(zⱼ + relax·fⱼ)
//
// (Anderson 1965; Walker and Ni 2011, algorithm AA). A combination that makes ‖f‖ more than twice
// as long is discarded with its memory, and the iteration continues from the last plain step.
type Anderson struct {
	relax      float64
	memory     int // the largest number of differences held
	held, at   int
	size       float64     // the last ‖f‖, 0 before the first
	mixed      bool        // z is a combination
	f, g       []float64   // the last f and z + relax·f
	df, dg     [][]float64 // their differences, in a ring
	gram, left kernel.Matrix
	right      []float64 // ⟨dfⱼ, f⟩
	weights    []float64
	cholesky   Cholesky
}

// NewAnderson returns an acceleration for vectors of the given length that remembers so many points
// and relaxes the plain step by the given factor.
func NewAnderson(length, memory int, relax float64) *Anderson {
	return &Anderson{
		relax: relax, memory: memory,
		f: make([]float64, length), g: make([]float64, length),
		right: make([]float64, memory), weights: make([]float64, memory),
		gram: kernel.NewMatrix(memory, memory), left: kernel.NewMatrix(memory, memory),
	}
}

// Resize makes it one for vectors of the given length, in its memory as far as that suffices, and
// discards what it remembers.
func (a *Anderson) Resize(length int) {
	a.Forget()
	a.f, a.g = Resized(a.f, length), Resized(a.g, length)
	for j := range a.df {
		a.df[j], a.dg[j] = Resized(a.df[j], length), Resized(a.dg[j], length)
	}
}

// Forget discards the memory. Call it when T changes.
func (a *Anderson) Forget() { a.held, a.at, a.size, a.mixed = 0, 0, 0, false }

// plain sets z, f and g to those of the plain step, and df, dg to their differences from the last.
func (a *Anderson) plain(df, dg, f, g, z, now []float64) {
	for i, x := range now {
		y := z[i] + a.relax*x
		df[i], dg[i] = x-f[i], y-g[i]
		f[i], g[i], z[i] = x, y, y
	}
}

// Next overwrites z with the next point, given f at z.
func (a *Anderson) Next(z, f []float64) {
	size := Norm(f)
	if a.mixed && size > 2*a.size {
		copy(z, a.g)
		a.Forget()
		return
	}
	if a.at == len(a.df) {
		a.df = append(a.df, make([]float64, len(f)))
		a.dg = append(a.dg, make([]float64, len(f)))
	}
	df, dg := a.df[a.at], a.dg[a.at]
	a.plain(df[:len(f)], dg[:len(f)], a.f[:len(f)], a.g[:len(f)], z[:len(f)], f)
	first := a.size == 0
	a.size, a.mixed = size, false
	if first {
		return
	}
	a.held = max(a.held, a.at+1)
	for j := range a.held {
		dot := kernel.Dot(df, a.df[j])
		a.gram.Data[a.at*a.gram.Stride+j], a.gram.Data[j*a.gram.Stride+a.at] = dot, dot
		a.right[j] += dot // as f has grown by df
	}
	a.right[a.at] = kernel.Dot(df, f)
	a.at = (a.at + 1) % a.memory
	if a.held < 2 {
		return
	}
	if !a.combine() {
		return
	}
	for i, w := range a.weights[:a.held] {
		kernel.Axpy(-w, a.dg[i], z)
	}
	a.mixed = true
}

// combine sets the weights by the normal equations of their least squares, with a ridge for
// differences that are nearly dependent. It reports false if they have no solution.
func (a *Anderson) combine() bool {
	n, trace := a.held, 0.0
	left := Block(a.left, 0, 0, n, n)
	copy(a.weights, a.right)
	for i := range n {
		copy(left.Data[i*left.Stride:i*left.Stride+n], a.gram.Data[i*a.gram.Stride:])
		trace += a.gram.Data[i*a.gram.Stride+i]
	}
	for i := range n {
		left.Data[i*left.Stride+i] += 1e-10 * trace
	}
	if !(trace > 0) || math.IsInf(trace, 0) || !a.cholesky.Factorize(left) {
		return false
	}
	a.cholesky.Solve(a.weights[:n])
	return true
}

// Kept is the state on which later calls depend.
func (a *Anderson) Kept() []any {
	return []any{
		&a.relax, &a.memory, &a.held, &a.at, &a.size, &a.mixed, &a.f, &a.g, &a.df, &a.dg, &a.gram, &a.left, &a.right,
		&a.weights,
	}
}
