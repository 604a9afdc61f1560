package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// MatrixIRLS minimises a smoothed logarithm of the singular values over all matrices that agree with the seen entries,
//
//	F_ε(W) = Σ f_ε(σᵢ),   f_ε(σ) = log σ for σ ≥ ε,  log ε + (σ²/ε² − 1)/2 below,
//
// by iteratively reweighted least squares with weights from both sides, as ε falls:
//
//	W ← argmin ⟨W, U·S⁻¹·UᵀWV·S⁻¹·Vᵀ⟩ subject to A(W) = b,   S = diag(max(σᵢ, ε)),
//
// U, σ and V of the last W. It needs fewer entries than the one-sided [IRLS] and converges quadratically in the end. Kümmerle and Verdun (2021), algorithm 1: equations (2) for
// F_ε, (3) for the weights and (4) for the least squares, as numbered in its first version (arXiv 2009.02905). These come down to a well-conditioned system, (15) there, for the part of W in the
// tangent space at the last W, cut at ε, which is solved by conjugate gradients.
//
// The paper is told the rank: ε is what σ_{r+1} has fallen to, (5). Without a Rank, ε falls by a constant factor, as in Mohan and Fazel (2012).
// It takes [Observations].
type MatrixIRLS struct {
	// Rank r by which ε falls, see above. Default 0: not told, see [RankGiven].
	Rank int
	// Decay divides ε at each step where no Rank is given, from a tenth of σ₁ on. Default 1.1, larger than 1: the more slowly ε falls, the fewer entries are needed.
	Decay float64
	// Steps is the limit. Default 1000.
	Steps int
	// Tolerance ends the run as Converged once a step changes W by no more than this part of its norm, and ε is no more than this part of σ₁. Default 1e-12.
	Tolerance float64
}

// TargetRank returns Rank.
func (s MatrixIRLS) TargetRank() int { return s.Rank }

// Validate says what is wrong with the settings.
func (s MatrixIRLS) Validate() error {
	switch {
	case s.Rank < 0:
		return fmt.Errorf("mc: MatrixIRLS.Rank is %d; it must be at least 1, or 0 if it is not known", s.Rank)
	case s.Steps < 0:
		return fmt.Errorf("mc: MatrixIRLS.Steps is %d; it must be at least 1, or 0 for 1000", s.Steps)
	}
	return first(checkDecay("MatrixIRLS.Decay", s.Decay), checkPositive("MatrixIRLS.Tolerance", s.Tolerance))
}

// checkDecay words the errors of factors by which something falls.
func checkDecay(field string, x float64) error {
	if x != 0 && !(x > 1) || math.IsInf(x, 0) {
		return fmt.Errorf("mc: %s is %v; it must be larger than 1 and finite, or 0 for the default", field, x)
	}
	return nil
}

// Solve starts from the seen entries with zeros elsewhere.
func (s MatrixIRLS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	o, err := denseEntriesOf("MatrixIRLS", p)
	if err != nil {
		return nil, err
	}
	if s.Rank > min(o.rows, o.cols) {
		return nil, fmt.Errorf("mc: MatrixIRLS.Rank is %d; a %d×%d matrix has at most %d", s.Rank, o.rows, o.cols, min(o.rows, o.cols))
	}
	data, scale := unitObservations(o)
	run := newReweighted(data)
	tolerance := or(s.Tolerance, 1e-12)
	update := func(w *mat.Dense, change float64) (last bool, err error) {
		if !run.svd.Factorize(w.RawMatrix()) {
			return false, fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
		}
		sigma := run.svd.Sigma
		switch {
		case s.Rank == 0 && math.IsInf(run.eps, 1):
			run.eps = sigma[0] / 10
		case s.Rank == 0:
			run.eps /= or(s.Decay, 1.1)
		case s.Rank < len(sigma):
			run.eps = min(run.eps, sigma[s.Rank])
		default:
			run.eps = 0
		}
		run.eps = max(run.eps, 1e-14*sigma[0])
		run.fill(ctx, w, min(1e-3, max(1e-15, 1e-5*change)))
		return run.eps <= tolerance*sigma[0], nil
	}
	return reweight(ctx, "MatrixIRLS", s, p, data, scale, observers, s.Steps, 1000, tolerance, update)
}

// unitObservations returns the observations with their values divided by the largest, so that squares and products of them neither overflow nor underflow, and by what: 0 if
// all are 0.
func unitObservations(o *Observations) (*Observations, float64) {
	scale := 0.0
	for _, b := range o.value {
		scale = max(scale, math.Abs(b))
	}
	scaled := *o
	if scaled.value = make([]float64, o.Len()); scale > 0 {
		for k, b := range o.value {
			scaled.value[k] = b / scale
		}
	}
	return &scaled, scale
}

// reweight is the loop of an IRLS, from the seen entries of data, which is the problem's divided by scale, with zeros elsewhere. Update makes the next W of the last, knowing
// by which part of its norm that had changed, and reports whether ε is at its end.
func reweight(ctx context.Context, name string, config any, p Problem, data *Observations, scale float64, observers []Observer, steps, defaultLimit int, tolerance float64,
	update func(w *mat.Dense, change float64) (bool, error)) (*Result, error) {
	if steps == 0 {
		steps = defaultLimit
	}
	rows, cols := data.Dims()
	w, last, shown := mat.NewDense(rows, cols, nil), mat.NewDense(rows, cols, nil), mat.NewDense(rows, cols, nil)
	data.AddAdjoint(w, 1, data.value)
	watch := newWatch(config, p, NewPoint(shown), steps, observers)
	result := &Result{W: shown}
	residual := make([]float64, data.Len())
	change, small, failure := 1.0, false, error(nil)
	for t := 0; ; t++ {
		var err error
		switch {
		case failure != nil:
			err = fmt.Errorf("mc: %s: step %d: %w", name, t, failure)
		case ctx.Err() != nil:
			err = fmt.Errorf("mc: %s: stopped at step %d: %w", name, t, context.Cause(ctx))
		case scale == 0, small && change <= tolerance:
			result.Status = Converged
		case t == steps:
			result.Status = StepLimit
		}
		final := err != nil || result.Status != Unfinished
		if final || len(observers) > 0 {
			shown.Scale(scale, w)
			watch.step.point.Changed()
			result.Loss = loss(residual, p.Train, shown)
		}
		result.Steps = t
		watch.state(t, result.Loss, final)
		if final {
			return result, err
		}
		last.Copy(w)
		small, failure = update(w, change)
		size := frobenius(w)
		if failure == nil && !finite(size) {
			failure = fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
		}
		if failure != nil {
			w.Copy(last)
			continue
		}
		last.Sub(w, last)
		change = frobenius(last) / size
	}
}

// reweighted is a run of MatrixIRLS.
type reweighted struct {
	space linalg.TangentSpace // at the singular vectors of the last W whose σ is above ε
	o     *Observations
	eps   float64
	svd   kernel.SVD // of the last W
	fit   []float64  // the residual at the observed entries
	least linalg.LeastSquares
}

func newReweighted(o *Observations) *reweighted {
	return &reweighted{
		space: linalg.TangentSpace{Entries: sparse(o)}, o: o, eps: math.Inf(1),
		fit: make([]float64, o.Len()),
	}
}

// fill overwrites w, whose decomposition is known, with the solution of the weighted least squares.
// With T the embedding of the tangent space at the leading singular vectors, those with σ > ε, and
// D the inverse weights there, σᵢσⱼ, εσⱼ and σᵢε, the inverse weights of all matrices are
// ε²I + T(D − ε²)T*, so that the solution is
//
//	Tγ + P(b − Tγ),   (ε²(D − ε²)⁻¹ + T*PT)·γ = T*P(b)
//
// (Kümmerle and Verdun 2020, appendix A, equations (10), (13) and (15), which write P_Ω, P_T and
// D⁻¹ for P, T and D). It begins from γ = T*W. It ends once the residual is at most the fraction
// tolerance of T*P(b).
func (run *reweighted) fill(ctx context.Context, w *mat.Dense, tolerance float64) {
	sigma, eps := run.svd.Sigma, run.eps
	k := 0
	for k < len(sigma) && sigma[k] > eps*(1+1e-9) {
		k++
	}
	if k == 0 {
		w.Zero()
		run.o.AddAdjoint(w, 1, run.o.value)
		return
	}
	space := &run.space
	space.Move(linalg.Columns(run.svd.U, k), linalg.Columns(run.svd.V, k))
	ridge := space.Zero()
	for i := range k {
		for j := range k {
			ridge.Core.Data[i*k+j] = 1 / (sigma[i]/eps*(sigma[j]/eps) - 1)
		}
	}
	for c := range ridge.X.Data {
		ridge.X.Data[c] = eps / (sigma[c%k] - eps)
	}
	for c := range ridge.Y.Data {
		ridge.Y.Data[c] = eps / (sigma[c%k] - eps)
	}
	fraction := float64(run.o.Len()) / (float64(run.o.rows) * float64(run.o.cols)) // what T*PT is like
	gamma, g := space.Zero(), space.Zero()
	space.Adjoint(g, run.o.value)
	target := tolerance * linalg.Norm(g.All)
	for i := range k {
		gamma.Core.Data[i*k+i] = sigma[i]
	}
	space.Apply(run.fit, gamma)
	for c, b := range run.o.value {
		run.fit[c] = b - run.fit[c]
	}
	run.least.Ridge = ridge.All
	run.least.Apply = func(dst, x []float64) { space.Apply(dst, space.View(x)) }
	run.least.Adjoint = func(dst, y []float64) { space.Adjoint(space.View(dst), y) }
	run.least.Precondition = func(dst, g []float64) {
		for c, x := range g {
			dst[c] = x / (ridge.All[c] + fraction)
		}
	}
	run.least.Solve(gamma.All, run.fit, min(len(gamma.All), 1000), func(g []float64, _ float64) bool {
		return linalg.Norm(g) <= target || ctx.Err() != nil
	})
	space.Sides(gamma)
	kernel.Gemm(false, true, 1, space.L, space.R, 0, w.RawMatrix())
	for _, e := range run.o.All() {
		w.Set(e.Row, e.Col, e.Value)
	}
}
