package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// spectrumOf draws singular values that fall by up to decades powers of ten, a share of them zero.
func spectrumOf(rng *rand.Rand, k int, decades, zeros uint8) []float64 {
	sigma := make([]float64, k)
	for i := range sigma {
		sigma[i] = math.Pow(10, -float64(decades%40)*rng.Float64())
		if i > 0 && rng.IntN(256) < int(zeros) {
			sigma[i] = 0
		}
	}
	return sigma
}

// Residuals stay below LAPACK's bound whatever the spectrum, also at the ends of the range of
// numbers.
func FuzzSVD(f *testing.F) {
	f.Add(uint8(7), uint8(9), uint8(0), uint8(0), int16(0), uint64(1))
	f.Add(uint8(40), uint8(33), uint8(16), uint8(100), int16(1000), uint64(2))
	f.Add(uint8(64), uint8(1), uint8(39), uint8(255), int16(-1000), uint64(3))
	f.Fuzz(func(t *testing.T, m, n, decades, zeros uint8, exponent int16, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 1))
		rows, cols := int(m%80), int(n%80)
		a := NewMatrix(rows, cols)
		if k := min(rows, cols); k > 0 {
			a = withSpectrum(rng, rows, cols, spectrumOf(rng, k, decades, zeros))
			Scale(math.Ldexp(1, int(exponent)%900), a.Data, a.Data)
		}
		checkSVD(t, a, new(SVD))
	})
}

// The error stays below what is promised, or the estimate gives the result up.
func FuzzPolar(f *testing.F) {
	f.Add(uint8(7), uint8(9), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(50), uint8(60), uint8(12), uint8(50), uint8(200), uint64(2))
	f.Add(uint8(33), uint8(33), uint8(39), uint8(255), uint8(255), uint64(3))
	f.Add(uint8(33), uint8(33), uint8(5), uint8(0), uint8(3), uint64(3))
	f.Fuzz(func(t *testing.T, m, n, decades, zeros, smoothing uint8, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 2))
		rows, cols := int(m%80)+1, int(n%80)+1
		w := withSpectrum(rng, rows, cols, spectrumOf(rng, min(rows, cols), decades, zeros))
		eps := math.Max(PolarLeastSmoothing, math.Pow(10, -5*float64(smoothing)/255))
		if smoothing%8 == 3 {
			eps = 0
		}
		var p Polar
		// The limit that mc gives it.
		if !p.Factorize(w, eps, 1e-3) {
			if !(p.Error > 1e-3) {
				t.Fatalf("refused at estimate %g", p.Error)
			}
			return
		}
		limit := 2 * PolarTolerance
		if eps == 0 { // a direction may be damped
			limit = 2e-3
		}
		want, nuclear := smoothedPolar(t, w, eps)
		Axpy(-1, want.Data, p.U.Data)
		if e := frobenius(p.U) / frobenius(want); !(e <= limit) {
			t.Errorf("%d×%d, ε %g: error %.1e, estimated as %.1e", rows, cols, eps, e, p.Error)
		}
		if e := math.Abs(p.Nuclear-nuclear) / nuclear; !(e <= 2*PolarTolerance) {
			t.Errorf("%d×%d, ε %g: nuclear norm off by %.1e", rows, cols, eps, e)
		}
	})
}

// The sampled and the sparse products against sums in double-double arithmetic.
func FuzzSparse(f *testing.F) {
	f.Add(uint8(5), uint8(7), uint8(3), uint8(128), uint64(1))
	f.Add(uint8(40), uint8(1), uint8(24), uint8(255), uint64(2))
	f.Add(uint8(9), uint8(60), uint8(120), uint8(20), uint64(3))
	f.Add(uint8(130), uint8(66), uint8(100), uint8(60), uint64(4))
	f.Fuzz(func(t *testing.T, m, n, width, density uint8, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 3))
		rows, cols, h := int(m%140)+1, int(n%140)+1, int(width)+1
		a, b := random(rng, rows, h), random(rng, cols, h)
		s := randomSparse(rng, rows, cols, float64(density)/255)
		values, dense := make([]float64, len(s.col)), NewMatrix(rows, cols)
		for i := range rows {
			for k := s.start[i]; k < s.start[i+1]; k++ {
				values[k] = rng.NormFloat64()
				dense.Data[i*cols+int(s.col[k])] = values[k]
			}
		}
		p := sparseProducts{s: s, a: a, b: b, dense: dense, values: values}
		for _, set := range available() {
			for _, sides := range [][2]*compressed{{s.byRow, s.byCol}, {s.byRow.divided(), s.byCol.divided()}} {
				checkSparse[float64](t, p, set, sides[0], sides[1])
				checkSparse[float32](t, p, set, sides[0], sides[1])
			}
		}
	})
}

// sparseProducts are a sparse matrix, also as a dense one, and what it is multiplied with.
type sparseProducts struct {
	s           positions
	a, b, dense Matrix
	values      []float64
}

// checkSparse computes the three products in one precision. Rounding the factors and the values to
// it adds three roundings to those of each term.
func checkSparse[T Element](t *testing.T, p sparseProducts, set *instructionSet, byRow, byCol *compressed) {
	defer use(set)()
	rows, cols, h := p.s.Rows, p.s.Cols, p.a.Cols
	unit := map[int]float64{8: 0x1p-53, 4: 0x1p-24}[size[T]()]
	// Of many entries some: an input on which a fuzzer spends 10 s counts as one that hangs.
	asked, each := 0, 1+rows*cols*h/50_000
	check := func(what string, got T, transA, transB bool, x, y Matrix, i, j, inner int) {
		if asked++; asked%each != 0 {
			return
		}
		value, bound := reference(transA, transB, 1, x, y, 0, Matrix{}, i, j, inner)
		if e := math.Abs(float64(got) - value); !(e <= float64(inner+11)*unit*bound) {
			t.Fatalf("%T: %s at (%d, %d) = %v, want %v: error %.3g, bound %.3g", got, what, i, j, got, value, e,
				unit*bound)
		}
	}
	results, right, left := make([]T, len(p.s.col)), newPadded[T](rows, h), newPadded[T](cols, h)
	a, b, values := newPadded[T](rows, h), newPadded[T](cols, h), make([]T, len(p.values))
	convert(a, p.a, 1)
	convert(b, p.b, 1)
	for k, v := range p.values {
		values[k] = T(v)
	}
	byRow.makeRoom(size[T]())
	byCol.makeRoom(size[T]())
	dots(byRow, results, a, b, 0, rows)
	times(byRow, right, values, b, 0, rows)
	times(byCol, left, values, a, 0, cols)
	for i := range rows {
		for k := p.s.start[i]; k < p.s.start[i+1]; k++ {
			check("A·Bᵀ", results[k], false, true, p.a, p.b, i, int(p.s.col[k]), h)
		}
		for j := range h {
			check("S·B", right.Data[i*right.Stride+j], false, false, p.dense, p.b, i, j, cols)
		}
	}
	for i := range cols {
		for j := range h {
			check("Sᵀ·A", left.Data[i*left.Stride+j], true, false, p.dense, p.a, i, j, rows)
		}
	}
}
