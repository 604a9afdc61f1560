package mc

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// anderson finds a fixed point of a map T from its values, faster than z ← T(z) does: with f = T(z) − z, of the last points zⱼ it takes the combination whose weights
// sum to 1 and make Σ wⱼfⱼ shortest, and goes from there,
//
//	z ← Σ wⱼ(zⱼ + relax·fⱼ)
//
// (Anderson 1965; Walker and Ni 2011, algorithm AA). Where that has made ‖f‖ more than twice as long, it forgets what it has and goes on from the last
// zⱼ + relax·fⱼ, which no weights have touched.
type anderson struct {
	relax      float64
	memory     int // most differences of points that are held
	held, at   int
	size       float64     // the last ‖f‖, 0 before the first
	mixed      bool        // z is a combination
	f, g       []float64   // the last f and z + relax·f
	df, dg     [][]float64 // their differences, in a ring
	gram, left kernel.Matrix
	right      []float64 // ⟨dfⱼ, f⟩
	weights    []float64
	cholesky   cholesky
}

func newAnderson(length, memory int, relax float64) *anderson {
	return &anderson{relax: relax, memory: memory, f: make([]float64, length), g: make([]float64, length), right: make([]float64, memory), weights: make([]float64, memory),
		gram: kernel.NewMatrix(memory, memory), left: kernel.NewMatrix(memory, memory)}
}

// forget is for when T changes.
func (a *anderson) forget() { a.held, a.at, a.size, a.mixed = 0, 0, 0, false }

// step sets z, f and g of the plain step, and their differences from the last.
func (a *anderson) step(df, dg, f, g, z, now []float64) {
	for i, x := range now {
		y := z[i] + a.relax*x
		df[i], dg[i] = x-f[i], y-g[i]
		f[i], g[i], z[i] = x, y, y
	}
}

// next overwrites z by the next point, given f there.
func (a *anderson) next(z, f []float64) {
	size := norm(f)
	if a.mixed && size > 2*a.size {
		copy(z, a.g)
		a.forget()
		return
	}
	if a.at == len(a.df) {
		a.df, a.dg = append(a.df, make([]float64, len(f))), append(a.dg, make([]float64, len(f)))
	}
	df, dg := a.df[a.at], a.dg[a.at]
	a.step(df[:len(f)], dg[:len(f)], a.f[:len(f)], a.g[:len(f)], z[:len(f)], f)
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
	// The least squares by their normal equations, with a ridge for differences that are nearly dependent.
	n, trace := a.held, 0.0
	left := block(a.left, 0, 0, n, n)
	copy(a.weights, a.right)
	for i := range n {
		copy(left.Data[i*left.Stride:i*left.Stride+n], a.gram.Data[i*a.gram.Stride:])
		trace += a.gram.Data[i*a.gram.Stride+i]
	}
	for i := range n {
		left.Data[i*left.Stride+i] += 1e-10 * trace
	}
	if !(trace > 0) || math.IsInf(trace, 0) || !a.cholesky.factorize(left) {
		return
	}
	a.cholesky.solve(a.weights[:n])
	for i, w := range a.weights[:n] {
		kernel.Axpy(-w, a.dg[i], z)
	}
	a.mixed = true
}
