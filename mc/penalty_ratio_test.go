package mc_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"projectpenalty/mc"
)

func TestRatio(t *testing.T) {
	// Rounding, with room for matrices that are nearly of lower rank.
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
