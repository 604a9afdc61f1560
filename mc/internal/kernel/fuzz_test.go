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
		check := func(what string, got float64, transA, transB bool, x, y Matrix, i, j, inner int) {
			value, bound := reference(transA, transB, 1, x, y, 0, Matrix{}, i, j, inner)
			if e := math.Abs(got - value); !(e <= float64(inner+8)*0x1p-53*bound) {
				t.Fatalf("%s at (%d, %d) = %v, want %v: error %.3g, bound %.3g", what, i, j, got, value, e, bound)
			}
		}
		compute := func(set *instructionSet, byRow, byCol *compressed) {
			defer use(set)()
			dots, right, left := make([]float64, len(s.col)), NewPadded(rows, h), NewPadded(cols, h)
			byRow.dots(dots, paddedCopy(a), paddedCopy(b), 0, rows)
			byRow.times(right, values, paddedCopy(b), 0, rows)
			byCol.times(left, values, paddedCopy(a), 0, cols)
			for i := range rows {
				for k := s.start[i]; k < s.start[i+1]; k++ {
					check("A·Bᵀ", dots[k], false, true, a, b, i, int(s.col[k]), h)
				}
				for j := range h {
					check("S·B", right.Data[i*right.Stride+j], false, false, dense, b, i, j, cols)
				}
			}
			for i := range cols {
				for j := range h {
					check("Sᵀ·A", left.Data[i*left.Stride+j], true, false, dense, a, i, j, rows)
				}
			}
		}
		for _, set := range available() {
			compute(set, s.byRow, s.byCol)
			compute(set, s.byRow.divided(), s.byCol.divided())
		}
	})
}
