package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// IRLS minimises a smoothed Schatten-p quasi-norm over all matrices that agree with the seen entries,
//
//	Σ (σᵢ² + γ)^{p/2}  for p > 0,   Σ log(σᵢ² + γ)  for p = 0,
//
// by iteratively reweighted least squares, as γ falls:
//
//	W ← argmin tr(W·M·Wᵀ) subject to A(W) = b,   M = (WᵀW + γI)^{p/2 − 1}.
//
// Mohan and Fazel (2012), algorithm IRLS-p. It is also the linear recursive feature machine of Radhakrishnan, Belkin, Drusvyatskiy (2024), with the power 1 − p/2 of its
// features: at p = 1 it comes near the least nuclear norm, at p = 0 to the least logarithm of a volume, which finds low rank from fewer entries but is not
// convex. It weighs columns alone, so that each row is a problem by itself; the result depends on which is which.
// It takes [Observations].
type IRLS struct {
	// P is p, from 0 to 1. Default 0.
	P float64
	// Decay divides γ at each step, from a hundredth of σ₁² on. Default 1.05, larger than 1; the paper takes 1.1 where
	// recovery is easy and 1.03 where it is hard.
	Decay float64
	// Steps is the limit. Default 2000.
	Steps int
	// Tolerance ends the run as Converged once a step changes W by no more than this part of its norm, and √γ is no more than this part of σ₁. Default 1e-6; below 1e-7 rounding is
	// in the way.
	Tolerance float64
}

// Validate says what is wrong with the settings.
func (s IRLS) Validate() error {
	switch {
	case !(s.P >= 0 && s.P <= 1):
		return fmt.Errorf("mc: IRLS.P is %v; it must be from 0 to 1", s.P)
	case s.Steps < 0:
		return fmt.Errorf("mc: IRLS.Steps is %d; it must be at least 1, or 0 for 2000", s.Steps)
	}
	return first(checkDecay("IRLS.Decay", s.Decay), checkPositive("IRLS.Tolerance", s.Tolerance))
}

// Solve starts from the seen entries with zeros elsewhere.
func (s IRLS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	o, err := denseEntriesOf("IRLS", p)
	if err != nil {
		return nil, err
	}
	data, scale := unitObservations(o)
	tolerance := or(s.Tolerance, 1e-6)
	var svd kernel.SVD
	gamma := 0.0
	rows := newRowwise(data)
	update := func(w *mat.Dense, _ float64) (last bool, err error) {
		if !svd.Factorize(w.RawMatrix()) {
			return false, fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
		}
		top := svd.Sigma[0] * svd.Sigma[0]
		if gamma == 0 {
			gamma = 0.01 * top
		} else {
			gamma /= or(s.Decay, 1.05)
		}
		gamma = max(gamma, 1e-14*top)
		rows.solve(w, &svd, gamma, s.P)
		return gamma <= tolerance*tolerance*top, nil
	}
	return reweight(ctx, "IRLS", s, p, data, scale, observers, s.Steps, 2000, tolerance, update)
}

// rowwise solves the weighted least squares of an IRLS. With C = M⁻¹, a row x of which the entries S are seen is
//
//	x = C_{·S}·(C_{SS})⁻¹·b_S.
type rowwise struct {
	o             *Observations
	inverse       kernel.Matrix // C, cols × cols
	scaled        kernel.Matrix // V·diag(√weight)
	square, right []float64     // C_SS and b_S of a row
}

func newRowwise(o *Observations) *rowwise {
	longest := 0
	for i := range o.rows {
		longest = max(longest, o.start[i+1]-o.start[i])
	}
	return &rowwise{
		o: o, inverse: kernel.NewMatrix(o.cols, o.cols), scaled: kernel.NewMatrix(o.cols, min(o.rows, o.cols)),
		square: make([]float64, longest*longest), right: make([]float64, longest),
	}
}

// solve sets w to the solution for the weights that follow from the decomposition of the last W, in units of σ₁.
func (r *rowwise) solve(w *mat.Dense, svd *kernel.SVD, gamma, p float64) {
	top := svd.Sigma[0] * svd.Sigma[0]
	power := func(square float64) float64 { return math.Pow(square/top, 1-p/2) }
	least := power(gamma)
	for j := range r.scaled.Rows {
		for c, sigma := range svd.Sigma {
			r.scaled.Data[j*r.scaled.Stride+c] = svd.V.Data[j*svd.V.Stride+c] * math.Sqrt(power(sigma*sigma+gamma)-least)
		}
	}
	kernel.Syrk(false, 1, r.scaled, 0, r.inverse)
	for j := range r.inverse.Rows {
		r.inverse.Data[j*r.inverse.Stride+j] += least
	}
	o := r.o
	w.Zero()
	for i := range o.rows {
		seen, row := o.col[o.start[i]:o.start[i+1]], w.RawRowView(i)
		n := len(seen)
		square, right := r.square[:n*n], r.right[:n]
		for a, j := range seen {
			line := r.inverse.Data[int(j)*r.inverse.Stride:]
			for b, k := range seen[:a+1] {
				square[a*n+b] = line[k]
			}
		}
		copy(right, o.value[o.start[i]:])
		system := kernel.Matrix{Rows: n, Cols: n, Stride: n, Data: square}
		linalg.Factor(system, least*1e-9)
		linalg.Forward(system, right)
		linalg.Backward(system, right)
		for a, j := range seen {
			kernel.Axpy(right[a], r.inverse.Data[int(j)*r.inverse.Stride:int(j)*r.inverse.Stride+o.cols], row)
		}
		for a, j := range seen {
			row[j] = o.value[o.start[i]+a]
		}
	}
}
