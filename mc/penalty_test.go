package mc_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// matrix draws entries from a normal distribution, by the seed.
func matrix(rows, cols int, seed uint64) *mat.Dense {
	w, err := mc.LowRank{Rows: rows, Cols: cols, Rank: min(rows, cols), Observed: 1, Seed: seed}.Truth()
	if err != nil {
		panic(err)
	}
	return w
}

// withSpectrum returns a matrix of random singular vectors and the given singular values.
func withSpectrum(rows, cols int, seed uint64, sigma ...float64) *mat.Dense {
	u, _, v := mc.NewPoint(matrix(rows, cols, seed)).SVD()
	var s, w mat.Dense
	s.Mul(u, mat.NewDiagDense(len(sigma), sigma))
	w.Mul(&s, v.T())
	return &w
}

func value(p mc.Penalty, w *mat.Dense) float64 { return p.Value(mc.NewPoint(w)) }

func gradient(p mc.Penalty, w *mat.Dense) *mat.Dense {
	rows, cols := w.Dims()
	g := mat.NewDense(rows, cols, nil)
	p.AddGradient(g, 1, mc.NewPoint(w))
	return g
}

func inner(a, b *mat.Dense) float64 {
	var p mat.Dense
	p.MulElem(a, b)
	return mat.Sum(&p)
}

func scaled(c float64, w *mat.Dense) *mat.Dense {
	var s mat.Dense
	s.Scale(c, w)
	return &s
}

var penalties = []mc.SpectralPenalty{
	mc.Frobenius{}, mc.Nuclear{}, mc.Nuclear{Smoothing: 1e-2}, mc.Nuclear{Smoothing: 0.3}, mc.Ratio{}, mc.Ratio{Smoothing: 1e-2}, mc.Ratio{Smoothing: 0.3},
}

// The gradient is that of the value: central differences in every entry, at generic points, tall and wide, and near rank
// deficiency; and on the spectrum, ∂f/∂σ.
func TestPenaltyGradients(t *testing.T) {
	points := map[string]*mat.Dense{
		"square": matrix(5, 5, 1), "tall": matrix(7, 3, 2), "wide": matrix(3, 6, 3), "row": matrix(1, 4, 4), "number": matrix(1, 1, 5),
		"near rank 2": withSpectrum(5, 4, 6, 3, 2, 1e-3, 5e-4), "small": scaled(1e-6, matrix(4, 4, 7)), "large": scaled(1e6, matrix(4, 4, 8)),
	}
	for _, p := range penalties {
		for name, w := range points {
			t.Run(fmt.Sprintf("%#v/%s", p, name), func(t *testing.T) {
				sigma := mc.NewPoint(w).SingularValues()
				h := 1e-5 * sigma[len(sigma)-1] // well within the distance to a kink
				g := gradient(p, w)
				size := max(mat.Norm(g, 2), value(p, w)/mat.Norm(w, 2))
				rows, cols := w.Dims()
				noise := 1e-14 * math.Abs(value(p, w)) / h
				for i := range rows {
					for j := range cols {
						at := w.At(i, j)
						w.Set(i, j, at+h)
						up := value(p, w)
						w.Set(i, j, at-h)
						down := value(p, w)
						w.Set(i, j, at)
						if want := (up - down) / (2 * h); math.Abs(g.At(i, j)-want) > 1e-5*size+noise {
							t.Fatalf("∂R/∂W(%d, %d) = %v, differences give %v", i, j, g.At(i, j), want)
						}
					}
				}
				df := make([]float64, len(sigma))
				if f := p.OnSpectrum(df, sigma); math.Abs(f-value(p, w)) > 1e-12*math.Abs(f) {
					t.Errorf("f(σ) = %v, R(W) = %v", f, value(p, w))
				}
				u, s, v := mc.NewPoint(w).SVD()
				var gv, m mat.Dense
				gv.Mul(g, v)
				m.Mul(u.T(), &gv)
				for i := range s {
					if math.Abs(m.At(i, i)-df[i]) > 1e-9*size {
						t.Errorf("∂f/∂σ%d = %v, the gradient's is %v", i+1, df[i], m.At(i, i))
					}
				}
			})
		}
	}
}

// What the doc comments promise of every penalty: finite at zero and at rank deficiency, orthogonally invariant, added to what
// is there.
func TestPenaltyContract(t *testing.T) {
	for _, p := range penalties {
		zero := mat.NewDense(3, 4, nil)
		if v, g := value(p, zero), mat.Norm(gradient(p, zero), 2); v != 0 || g != 0 {
			t.Errorf("%#v at zero: value %v, gradient of norm %v; want the documented 0 and 0", p, v, g)
		}
		deficient := withSpectrum(5, 4, 9, 2, 1, 0, 0)
		if g := mat.Norm(gradient(p, deficient), 2); math.IsNaN(g) || math.IsInf(g, 0) {
			t.Errorf("%#v at rank 2: gradient of norm %v", p, g)
		}
		a, b := withSpectrum(5, 4, 10, 3, 2, 1, 0.5), withSpectrum(5, 4, 11, 3, 2, 1, 0.5)
		if x, y := value(p, a), value(p, b); math.Abs(x-y) > 1e-12 {
			t.Errorf("%#v: %v and %v of two matrices with the same singular values", p, x, y)
		}
		dst := mat.NewDense(5, 4, nil)
		dst.Copy(b)
		p.AddGradient(dst, -2, mc.NewPoint(a))
		dst.Sub(dst, b)
		if want := scaled(-2, gradient(p, a)); !mat.EqualApprox(dst, want, 1e-12) {
			t.Errorf("%#v does not add scale·∂R/∂W to what is there", p)
		}
	}
}

func TestRatio(t *testing.T) {
	const tol = 1e-10
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 6).Draw(t, "cols")
		w := matrix(rows, cols, rapid.Uint64().Draw(t, "seed"))
		r := value(mc.Ratio{}, w)
		if rank := float64(min(rows, cols)); r < 1-tol || r > math.Sqrt(rank)+tol {
			t.Fatalf("R(W) = %v outside [1, √%v]", r, rank)
		}
		for _, c := range []float64{3, 1e-6, 1e6, -1} {
			if got := value(mc.Ratio{}, scaled(c, w)); math.Abs(got-r) > tol {
				t.Fatalf("R(%vW) = %v, R(W) = %v: not scale-free", c, got, r)
			}
		}
		for _, p := range []mc.Ratio{{}, {Smoothing: 0.1}} {
			if d := inner(gradient(p, w), w); math.Abs(d) > tol {
				t.Fatalf("⟨∇R(W), W⟩ = %v: not orthogonal", d)
			}
		}
		one := withSpectrum(rows, cols, 1, append([]float64{2}, make([]float64, min(rows, cols)-1)...)...)
		if got := value(mc.Ratio{}, one); math.Abs(got-1) > tol {
			t.Fatalf("R = %v at rank one, want 1", got)
		}
	})
	// ∂R/∂σ changes sign at ‖W‖_F²/‖W‖_*.
	sigma := []float64{5, 3, 1.9, 0.5}
	df := make([]float64, 4)
	mc.Ratio{}.OnSpectrum(df, sigma)
	turn := (25 + 9 + 1.9*1.9 + 0.25) / (5 + 3 + 1.9 + 0.5)
	for i, s := range sigma {
		if (df[i] < 0) != (s > turn) {
			t.Errorf("∂R/∂σ = %v at σ = %v; the sign turns at %v", df[i], s, turn)
		}
	}
}
