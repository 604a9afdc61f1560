package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// EndToEnd trains W itself by the rule to which gradient descent on the factors of a deep
// factorisation amounts. From a balanced initialisation and with a small learning rate η, the
// product W = W_N ⋯ W_1 moves by
//
//	W ← W − η·Σ over j = 1 … N of [WWᵀ]^{(j−1)/N}·G·[WᵀW]^{(N−j)/N},
//	G = ∇L(W),   L(W) = ‖A(W) − b‖²/n.
//
// In the basis of the singular vectors of W the rule multiplies the entries of UᵀGV by Σ_j
// σᵢ^{2(j−1)/N}·σ_k^{2(N−j)/N}: large singular values grow faster. Depth is this preconditioner
// alone, for hidden layers at least as wide as W. Arora, Cohen, Hazan (2018), theorem 1. It differs
// from training the factors by the order of η; [GradientFlow] is the limit of both. It takes any
// [Measurement] and any [Loss].
//
// It is not equivariant in units: its learning rate and its initialisation are absolute. It is not
// equivariant under a shift: it does not centre its data.
type EndToEnd struct {
	// Depth N, at least 1. Depth 1 is gradient descent.
	Depth int `range:"[1, inf)"`
	// Init is the initialisation: the product of the factors that it fills. Default Orthogonal{},
	// which is balanced, so that a [DeepMF] with [GD], the same Init and Seed begins at the same W
	// and takes the same path up to the order of η.
	Init Init
	// LearningRate η.
	LearningRate float64 `default:"0.01" range:"(0, inf)"`
	// Steps is the limit.
	Steps int `default:"50000" range:"[1, inf)"`
	// Stop holds further rules that end the run.
	Stop Stop
	// Seed of the initialisation.
	Seed uint64
}

// WithDefaults fills in Init.
func (e EndToEnd) WithDefaults() any {
	if e.Init == nil {
		e.Init = Orthogonal{}
	}
	return e
}

// TakesLoss says that it minimises any loss.
func (EndToEnd) TakesLoss() {}

// Solve descends from the initialisation until a rule ends it. It never ends as Converged: see
// [Stop].
func (e EndToEnd) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &endToEnd{EndToEnd: Resolved(e)}
	return Iterate(ctx, e, p, run, Limits{Steps: run.Steps, Stop: e.Stop}, observers...)
}

// endToEnd is a run of EndToEnd.
type endToEnd struct {
	EndToEnd
	preconditioned
	direction *mat.Dense
}

func (e *endToEnd) Start(_ context.Context, s *State) error {
	if err := e.begin("EndToEnd", s, e.Depth, e.Init, e.Seed); err != nil {
		return err
	}
	e.direction = mat.DenseCopyOf(e.w)
	return nil
}

func (e *endToEnd) Step(context.Context) error {
	if !e.rule.apply(e.direction, e.w, e.at.Gradient) {
		return fmt.Errorf("the iterate is not finite: %w; try a smaller LearningRate", ErrDiverged)
	}
	AddScaled(e.w, -e.LearningRate, e.direction)
	return nil
}

// preconditioned is what runs of EndToEnd and GradientFlow share.
type preconditioned struct {
	at       *State
	w        *mat.Dense
	residual []float64
	rule     endToEndRule
}

// begin sets W to the product of the initial factors.
func (r *preconditioned) begin(solver string, s *State, depth int, init Init, seed uint64) error {
	if err := s.checkDense(); err != nil {
		return err
	}
	factors, err := initialised(solver, s.Problem, depth, 0, init, seed)
	if err != nil {
		return err
	}
	rows, cols := s.Problem.Dims()
	r.at, r.w, r.residual = s, factors.Product(), make([]float64, s.Problem.Train.Len())
	r.rule = endToEndRule{depth: depth}
	s.Point, s.Gradient, s.Trajectory = NewPoint(r.w), mat.NewDense(rows, cols, nil), true
	s.Advice = "try a smaller LearningRate"
	return nil
}

func (r *preconditioned) Loss() (float64, error) {
	return r.at.Problem.trainTerm().gradient(r.at.Gradient, r.residual, r.w), nil
}

func (r *preconditioned) Converged() bool { return false }

// endToEndRule is the preconditioner of depth N at a matrix.
type endToEndRule struct {
	depth      int
	svd        kernel.SVD
	gv, ug     kernel.Matrix // G·V and Uᵀ·G
	core, left kernel.Matrix
	root       []float64 // σ^{2/N}
}

// apply sets dst = Σ_j [WWᵀ]^{(j−1)/N}·G·[WᵀW]^{(N−j)/N}, where a power 0 is the identity. It
// reports false if w is not finite.
func (e *endToEndRule) apply(dst, w, g *mat.Dense) bool {
	if e.depth == 1 {
		dst.Copy(g)
		return true
	}
	if !e.svd.Factorize(w.RawMatrix()) {
		return false
	}
	u, v, k := e.svd.U, e.svd.V, len(e.svd.Sigma)
	n := float64(e.depth)
	e.root = e.root[:0]
	for _, s := range e.svd.Sigma {
		e.root = append(e.root, math.Pow(s, 2/n))
	}
	e.gv, e.core = linalg.Sized(e.gv, u.Rows, k), linalg.Sized(e.core, k, k)
	kernel.Gemm(false, false, 1, g.RawMatrix(), v, 0, e.gv)
	kernel.Gemm(true, false, 1, u, e.gv, 0, e.core)
	// Beyond the span of U only the term j = 1 is left, beyond that of V only j = N. At most one of
	// them is there.
	last := make([]float64, k) // σ^{2(N−1)/N}
	for i, r := range e.root {
		last[i] = math.Pow(r, n-1)
	}
	switch {
	case u.Rows > k:
		kernel.Gemm(false, false, -1, u, e.core, 1, e.gv) // (I − UUᵀ)GV
		for i := range u.Rows {
			for c, x := range last {
				e.gv.Data[i*k+c] *= x
			}
		}
	case v.Rows > k:
		e.ug = linalg.Sized(e.ug, k, v.Rows)
		kernel.Gemm(true, false, 1, u, g.RawMatrix(), 0, e.ug)
		kernel.Gemm(false, true, -1, e.core, v, 1, e.ug) // UᵀG(I − VVᵀ)
		for i, x := range last {
			row := e.ug.Data[i*v.Rows : (i+1)*v.Rows]
			kernel.Scale(x, row, row)
		}
	}
	for i, a := range e.root {
		for c, b := range e.root {
			// Σ_j a^{j−1}·b^{N−j}, by Horner's rule
			sum, power := 1.0, 1.0
			for range e.depth - 1 {
				power *= b
				sum = sum*a + power
			}
			e.core.Data[i*k+c] *= sum
		}
	}
	e.left = linalg.Sized(e.left, u.Rows, k)
	kernel.Gemm(false, false, 1, u, e.core, 0, e.left)
	if u.Rows > k {
		kernel.Axpy(1, e.gv.Data, e.left.Data)
	}
	kernel.Gemm(false, true, 1, e.left, v, 0, dst.RawMatrix())
	if v.Rows > k {
		kernel.Gemm(false, false, 1, u, e.ug, 1, dst.RawMatrix())
	}
	return true
}

// Kept is the state that a checkpoint keeps.
func (e *endToEnd) Kept() []any { return []any{e.w} }
