package mc

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// MatrixIRLS minimises a smoothed logarithm of the singular values over all matrices that agree
// with the observed entries,
//
//	F_ε(W) = Σ f_ε(σᵢ),   f_ε(σ) = log σ for σ ≥ ε,  log ε + (σ²/ε² − 1)/2 below,
//
// by iteratively reweighted least squares with weights from both sides, as ε falls:
//
//	W ← argmin ⟨W, U·S⁻¹·UᵀWV·S⁻¹·Vᵀ⟩ subject to A(W) = b,   S = diag(max(σᵢ, ε)),
//
// U, σ and V of the last W. It needs fewer entries than the one-sided [IRLS] and converges
// quadratically in the end. Kümmerle and Verdun (2021), algorithm 1: equations (2) for F_ε, (3) for
// the weights and (4) for the least squares, as numbered in its first version (arXiv 2009.02905).
// These come down to a well-conditioned system, (15) there, for the part of W in the tangent space
// at the last W, cut at ε, which is solved by conjugate gradients.
//
// The paper is given the rank: ε is what σ_{r+1} has fallen to, (5). Without a Rank, ε falls by a
// constant factor, as in Mohan and Fazel (2012).
//
// A run that is Converged is at a local minimum, which with few entries need not be the ground
// truth. [Certify] tells whether to believe it. [Restarts] tries further initialisations until the
// estimate is certified, see [RankCertificate]; for entries with noise there is [TestRank]. With n
// observed entries of a 28×28 matrix of rank 3, which has 159 degrees of freedom, one run with
// Decay 1.03 recovers some 6 of 10 matrices at n = 175, Restarts nearly all.
//
// It takes [Observations].
//
// It is not equivariant under a shift: it does not centre its data.
type MatrixIRLS struct {
	// Rank r by which ε falls, see above. Default 0: not given, see [RankGiven].
	Rank int `range:"[0, inf)"`
	// Decay divides ε at each step where no Rank is given, from a tenth of σ₁ on. The more slowly ε
	// falls, the fewer entries are needed.
	Decay float64 `default:"1.1" range:"(1, inf)"`
	// Steps is the limit. Default 1000, or 30/(Decay − 1) where that is more, which suffices for ε
	// to fall to the default Tolerance.
	Steps int `default:"1000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once a step changes W by at most this fraction of its
	// norm, and ε is at most this fraction of σ₁.
	Tolerance float64 `default:"1e-12" range:"[0, inf)"`
	// Fill is the standard deviation of the random values that the unobserved entries have at
	// first, over the root mean square of the observed ones. Default 0: they are 0.
	Fill float64 `range:"[0, inf)"`
	// Seed of the random values.
	Seed uint64
}

// TargetRank returns Rank.
func (s MatrixIRLS) TargetRank() int { return s.Rank }

// WithDefaults gives ε the steps that it takes to fall.
func (s MatrixIRLS) WithDefaults() any {
	s.Steps = cmp.Or(s.Steps, stepsToFall(s.Decay, 1000))
	return s
}

// Solve begins with the observed entries and zeros elsewhere.
func (s MatrixIRLS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &matrixReweighting{MatrixIRLS: set}, Limits{Steps: set.Steps}, observers...)
}

// Restart returns the solver with random values in the unobserved entries. One of every four
// attempts has the Fill of the solver, or 0.3 if that is 0; the others have 2, 1/2 and 3 times as
// much. With a smaller Fill more attempts succeed, with a larger one attempts succeed on more
// problems. After every eight attempts ε falls half as fast, down to a quarter.
func (s MatrixIRLS) Restart(k int) Solver {
	if k == 0 {
		return s
	}
	s = Resolved(s)
	slower := math.Exp2(float64(min((k-1)/8, 2)))
	s.Fill, s.Seed = cmp.Or(s.Fill, 0.3)*[]float64{1, 2, 0.5, 3}[(k-1)%4], s.Seed+uint64(k)
	s.Decay, s.Steps = 1+(s.Decay-1)/slower, s.Steps*int(slower)
	return s
}

// matrixReweighting is a run of MatrixIRLS.
type matrixReweighting struct {
	MatrixIRLS
	reweighting
	space linalg.TangentSpace // at the singular vectors of the last W whose σ is above ε
	eps   float64
	least linalg.LeastSquares
	cut   bool // the last step, by its context
}

func (run *matrixReweighting) Start(_ context.Context, s *State) (err error) {
	if run.reweighting, err = newReweighting(s); err != nil {
		return err
	}
	if rows, cols := run.data.Dims(); run.Rank > min(rows, cols) {
		return fmt.Errorf("mc: MatrixIRLS.Rank is %d; a %d×%d matrix has at most %d",
			run.Rank, rows, cols, min(rows, cols))
	}
	fillUnobserved(run.w, run.data, run.Fill, run.Seed)
	run.space, run.eps = linalg.TangentSpace{Entries: sparse(run.data)}, math.Inf(1)
	return nil
}

func (run *matrixReweighting) Converged() bool { return run.converged(run.Tolerance) }

func (run *matrixReweighting) Step(ctx context.Context) error {
	return run.next(func() {
		sigma := run.svd.Sigma
		switch {
		case run.Rank == 0 && math.IsInf(run.eps, 1):
			run.eps = sigma[0] / 10
		case run.Rank == 0:
			run.eps /= run.Decay
		case run.Rank < len(sigma):
			run.eps = min(run.eps, sigma[run.Rank])
		default:
			run.eps = 0
		}
		run.eps = max(run.eps, 1e-14*sigma[0])
		run.fill(ctx, min(1e-3, max(1e-15, 1e-4*run.change)))
		run.cut = ctx.Err() != nil
		run.settled = run.eps <= run.Tolerance*sigma[0]
	})
}

// fill overwrites w, whose decomposition is known, with the solution of the weighted least squares.
// With T the embedding of the tangent space at the leading singular vectors, those with σ > ε, and
// D the inverse weights there, σᵢσⱼ, εσⱼ and σᵢε, the inverse weights of all matrices are
// ε²I + T(D − ε²)T*, so that the solution is
//
//	Tγ + P(b − Tγ),   (ε²(D − ε²)⁻¹ + T*PT)·γ = T*P(b)
//
// (Kümmerle and Verdun 2020, appendix A, equations (10), (13) and (15), which write P_Ω, P_T and
// D⁻¹ for P, T and D). It ends once the residual is at most the fraction tolerance of T*P(b). It
// begins from γ = T*W, and where ε falls by a constant factor from T*(W + move/Decay): the path of
// W is smooth in ε, and its next piece is about that much shorter than the last.
func (run *matrixReweighting) fill(ctx context.Context, tolerance float64) {
	w := run.w
	sigma, eps := run.svd.Sigma, run.eps
	k := 0
	for k < len(sigma) && sigma[k] > eps*(1+1e-9) {
		k++
	}
	if k == 0 {
		w.Zero()
		run.data.AddAdjoint(w, 1, run.data.value)
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
	fraction := float64(run.data.Len()) / (float64(run.data.rows) * float64(run.data.cols)) // what T*PT is like
	gamma, g := space.Zero(), space.Zero()
	space.Adjoint(g, run.data.value)
	target := tolerance * linalg.Norm(g.All)
	if run.Rank == 0 {
		AddScaled(w, 1/run.Decay, run.move)
	}
	space.ProjectDense(gamma, w.RawMatrix())
	space.Apply(run.fit, gamma)
	for c, b := range run.data.value {
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
	for _, e := range run.data.All() {
		w.Set(e.Row, e.Col, e.Value)
	}
}

// Kept is the state that a checkpoint keeps.
func (run *matrixReweighting) Kept() []any {
	return []any{run.w, run.move, &run.change, &run.settled, &run.eps}
}

// Whole reports whether the last step was not cut short.
func (run *matrixReweighting) Whole() bool { return !run.cut }
