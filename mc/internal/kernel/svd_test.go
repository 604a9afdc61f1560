package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// residuals returns ‖A - UΣVᵀ‖/(‖A‖·max(m,n)·ε), ‖UᵀU - I‖/(m·ε) and ‖VᵀV - I‖/(n·ε), the test
// ratios of LAPACK's ddrvbd, in the Frobenius norm.
func residuals(a Matrix, s *SVD) (factors, left, right float64) {
	const eps = 0x1p-52
	scaled := strided(s.U, 0)
	greatest := 0.0
	for i := range a.Rows {
		for j := range a.Cols {
			greatest = math.Max(greatest, math.Abs(a.Data[i*a.Stride+j]))
		}
	}
	if greatest == 0 {
		greatest = 1
	}
	for i := range scaled.Rows {
		for j := range s.Sigma {
			scaled.Data[i*scaled.Stride+j] *= s.Sigma[j] / greatest
		}
	}
	difference := strided(a, 0)
	norm := 0.0
	for i := range difference.Data {
		difference.Data[i] /= greatest
		norm += difference.Data[i] * difference.Data[i]
	}
	Gemm(false, true, -1, scaled, s.V, 1, difference)
	fro := func(x []float64) float64 { return math.Sqrt(Dot(x, x)) }
	if norm > 0 {
		factors = fro(difference.Data) / (math.Sqrt(norm) * float64(max(a.Rows, a.Cols)) * eps)
	}
	orthogonal := func(x Matrix) float64 {
		g := NewMatrix(x.Cols, x.Cols)
		Gemm(true, false, 1, x, x, 0, g)
		for i := range x.Cols {
			g.Data[i*g.Stride+i]--
		}
		return fro(g.Data) / (float64(max(1, x.Rows)) * eps)
	}
	return factors, orthogonal(s.U), orthogonal(s.V)
}

// withSpectrum returns U·diag(sigma)·Vᵀ with random orthogonal factors.
func withSpectrum(rng *rand.Rand, m, n int, sigma []float64) Matrix {
	k := len(sigma)
	factor := func(rows int) *mat.Dense {
		var qr mat.QR
		qr.Factorize(mat.NewDense(rows, k, random(rng, rows, k).Data))
		var q mat.Dense
		qr.QTo(&q)
		return mat.DenseCopyOf(q.Slice(0, rows, 0, k))
	}
	u, v := factor(m), factor(n)
	var us, a mat.Dense
	us.Apply(func(_, j int, x float64) float64 { return x * sigma[j] }, u)
	a.Mul(&us, v.T())
	return a.RawMatrix()
}

func spectrum(k int, f func(i int) float64) []float64 {
	s := make([]float64, k)
	for i := range s {
		s[i] = f(i)
	}
	return s
}

func checkSVD(t interface {
	Helper()
	Fatalf(string, ...any)
}, a Matrix, s *SVD) {
	t.Helper()
	before := strided(a, 0)
	if !s.Factorize(a) {
		t.Fatalf("no convergence")
	}
	if !slices.Equal(before.Data, strided(a, 0).Data) {
		t.Fatalf("the matrix was changed")
	}
	k := min(a.Rows, a.Cols)
	if s.U.Rows != a.Rows || s.U.Cols != k || s.V.Rows != a.Cols || s.V.Cols != k || len(s.Sigma) != k {
		t.Fatalf("shapes %d×%d, %d×%d, %d", s.U.Rows, s.U.Cols, s.V.Rows, s.V.Cols, len(s.Sigma))
	}
	for i, x := range s.Sigma {
		if !(x >= 0) || i > 0 && x > s.Sigma[i-1] {
			t.Fatalf("sigma %v is not descending", s.Sigma)
		}
	}
	if k == 0 {
		return
	}
	factors, left, right := residuals(a, s)
	if !(factors < 30 && left < 30 && right < 30) {
		t.Fatalf("%d×%d: normalised residuals %.3g, %.3g, %.3g", a.Rows, a.Cols, factors, left, right)
	}
	sigma := slices.Clone(s.Sigma)
	if !s.Values(a) {
		t.Fatalf("values alone do not converge")
	}
	for i, x := range s.Sigma {
		if !(math.Abs(x-sigma[i]) <= 30*float64(max(a.Rows, a.Cols))*0x1p-52*sigma[0]) {
			t.Fatalf("value %d alone is %v, with vectors %v", i, x, sigma[i])
		}
	}
}

func TestSVDResiduals(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, m := range []struct {
		name string
		a    Matrix
	}{
		{"zero", NewMatrix(40, 30)},
		{"identity", withSpectrum(rng, 60, 60, spectrum(60, func(int) float64 { return 1 }))},
		{"eye", func() Matrix {
			x := NewMatrix(50, 50)
			for i := range 50 {
				x.Data[i*51] = 1
			}
			return x
		}()},
		{"ones", func() Matrix {
			x := NewMatrix(50, 70)
			for i := range x.Data {
				x.Data[i] = 1
			}
			return x
		}()},
		{"rank 5", withSpectrum(rng, 100, 100, spectrum(5, func(i int) float64 { return float64(50 - i) }))},
		{"clusters", withSpectrum(rng, 120, 100, spectrum(100, func(i int) float64 { return float64(1 + i/20) }))},
		{"close clusters", withSpectrum(rng, 100, 100,
			spectrum(100, func(i int) float64 { return 1 + 1e-12*float64(i/10) }))},
		{"geometric 1e-12", withSpectrum(rng, 100, 100,
			spectrum(100, func(i int) float64 { return math.Pow(10, -12*float64(i)/99) }))},
		{"geometric 1e-300", withSpectrum(rng, 100, 100, spectrum(100, func(i int) float64 {
			return math.Pow(10, -300*float64(i)/99)
		}))},
		{"one large", withSpectrum(rng, 80, 80,
			spectrum(80, func(i int) float64 { return map[bool]float64{true: 1, false: 1e-10}[i == 0] }))},
		{"one small", withSpectrum(rng, 80, 80,
			spectrum(80, func(i int) float64 { return map[bool]float64{true: 1e-14, false: 1}[i == 79] }))},
		{"large", withSpectrum(rng, 30, 40, spectrum(30, func(i int) float64 { return 1e300 * float64(30-i) }))},
		{"small", withSpectrum(rng, 30, 40, spectrum(30, func(i int) float64 { return 1e-290 * float64(30-i) }))},
		{"tall", random(rng, 300, 17)},
		{"wide", random(rng, 5, 200)},
		{"256", random(rng, 256, 256)},
		{"graded rows", func() Matrix {
			x := random(rng, 70, 50)
			for i := range x.Data {
				x.Data[i] *= math.Pow(10, -float64(i/50)/4)
			}
			return x
		}()},
		{"graded up", func() Matrix {
			x := random(rng, 70, 50)
			for i := range x.Data {
				x.Data[i] *= math.Pow(10, float64(i%50)-40)
			}
			return x
		}()},
		{"bidiagonal", func() Matrix {
			x := NewMatrix(90, 90)
			for i := range 90 {
				x.Data[i*91] = 1
				if i < 89 {
					x.Data[i*91+1] = 1
				}
			}
			return x
		}()},
	} {
		t.Run(m.name, func(t *testing.T) {
			everySet(t, func(t *testing.T) { checkSVD(t, m.a, new(SVD)) })
		})
	}
}

func TestSVDAtRandomShapesAndRanks(t *testing.T) {
	var s SVD // one workspace for all: nothing of an old shape may shine through
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.SampledFrom([]int{0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 47, 64})
		m, n := side.Draw(t, "m"), side.Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		a := random(rng, m, n)
		if k := min(m, n); k > 0 {
			power := rapid.SampledFrom([]float64{0, 1, 10, 100, 400}).Draw(t, "power")
			rank := rapid.IntRange(1, k).Draw(t, "rank")
			a = withSpectrum(rng, m, n,
				spectrum(rank, func(i int) float64 { return math.Pow(float64(i+1)/float64(rank), power) }))
		}
		checkSVD(t, strided(a, rapid.IntRange(0, 3).Draw(t, "gap")), &s)
	})
}

// Singular values of the n × n upper bidiagonal matrix of ones are 2·cos(kπ/(2n+1)), k = 1 … n.
func TestSVDOfKnownSpectrum(t *testing.T) {
	const n = 200
	x := NewMatrix(n, n)
	for i := range n {
		x.Data[i*n+i] = 1
		if i < n-1 {
			x.Data[i*n+i+1] = 1
		}
	}
	var s SVD
	if !s.Factorize(x) {
		t.Fatal("no convergence")
	}
	for k := range n {
		// Rounding of singular values of size 2: measured 9e-16.
		if want := 2 * math.Cos(float64(k+1)*math.Pi/(2*n+1)); math.Abs(s.Sigma[k]-want) > 1e-14 {
			t.Errorf("σ%d = %v, want %v", k+1, s.Sigma[k], want)
		}
	}
}

func TestSVDRefusesWhatIsNotFinite(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		a := random(rand.New(rand.NewPCG(1, 1)), 6, 4)
		a.Data[13] = x
		var s SVD
		if s.Factorize(a) || s.Values(a) {
			t.Errorf("decomposed a matrix with %v", x)
		}
		if s.U.Rows != 6 || s.U.Cols != 4 || s.V.Rows != 4 || s.V.Cols != 4 || len(s.Sigma) != 4 {
			t.Errorf("factors of a matrix with %v have shapes %d×%d, %d×%d, %d", x, s.U.Rows, s.U.Cols, s.V.Rows,
				s.V.Cols, len(s.Sigma))
		}
	}
}

func TestSVDAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for _, d := range [][2]int{{100, 100}, {60, 80}, {10, 10}} {
		a := random(rng, d[0], d[1])
		var s SVD
		s.Factorize(a)
		s.Values(a)
		if n := testing.AllocsPerRun(5, func() { s.Factorize(a) }); n != 0 {
			t.Errorf("Factorize at %v: %v allocations", d, n)
		}
		if n := testing.AllocsPerRun(5, func() { s.Values(a) }); n > 2 {
			t.Errorf("Values at %v: %v allocations", d, n)
		}
	}
}

// The same bits with each instruction set.
func TestSVDBitsDependOnNothing(t *testing.T) {
	a := random(rand.New(rand.NewPCG(15, 16)), 70, 53)
	var first *SVD
	for _, set := range available() {
		func() {
			defer use(set)()
			s := new(SVD)
			if !s.Factorize(a) {
				t.Fatal("no convergence")
			}
			if first == nil {
				first = s
			}
			if !slices.Equal(s.Sigma, first.Sigma) || !slices.Equal(s.U.Data, first.U.Data) ||
				!slices.Equal(s.V.Data, first.V.Data) {
				t.Errorf("%s differs", set.name)
			}
		}()
	}
}

func BenchmarkSVD(b *testing.B) {
	for _, d := range [][2]int{{100, 100}, {256, 256}, {512, 512}, {1000, 1000}, {1682, 943}} {
		a := random(rand.New(rand.NewPCG(17, 18)), d[0], d[1])
		b.Run(fmt.Sprintf("factors/%dx%d", d[0], d[1]), func(b *testing.B) {
			var s SVD
			b.ReportAllocs()
			for range b.N {
				s.Factorize(a)
			}
		})
		b.Run(fmt.Sprintf("values/%dx%d", d[0], d[1]), func(b *testing.B) {
			var s SVD
			for range b.N {
				s.Values(a)
			}
		})
		if d[0] > 512 {
			continue
		}
		b.Run(fmt.Sprintf("gonum/%dx%d", d[0], d[1]), func(b *testing.B) {
			m := mat.NewDense(d[0], d[1], a.Data)
			for range b.N {
				var s mat.SVD
				s.Factorize(m, mat.SVDThin)
			}
		})
	}
}
