package mc

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// PrincipalComponentPursuit splits the observed entries into a matrix of low rank and a sparse
// matrix of gross errors,
//
//	min over W, S of  ‖W‖_* + λ·Σ |S_ij| over observed entries,   subject to W_ij + S_ij = b_ij there,
//
// which is convex, and finds both exactly where W is of low enough rank and errors are few and at
// random (Candès, Li, Ma, Wright 2011, theorems 1.1 and 1.2). It alternates over W and S with
// multipliers Y (algorithm 1 there; Lin, Chen, Ma 2010),
//
//	W ← soft(σ(D − S + Y/μ), 1/μ),   S ← soft(D − W + Y/μ, λ/μ),   Y ← Y + μ·(D − W − S),
//
// where D has the observed values, and S is free where nothing is observed. It takes
// [Observations]. The other entries must be exact: where they carry noise, see [Huber] with
// [ProximalGradient].
//
// It is not equivariant under a shift: it does not centre its data.
type PrincipalComponentPursuit struct {
	// Lambda is λ. Default 1/√(n/min(rows, cols)) for n observed entries, which for all entries of
	// a square matrix is 1/√rows.
	Lambda float64 `default:"none" range:"[0, inf)"`
	// Steps is the limit.
	Steps int `default:"5000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once ‖W + S − b‖ over observed entries and the change of
	// S, in a step, are at most this fraction of ‖b‖.
	Tolerance float64 `default:"1e-7" range:"[0, inf)"`
}

// Solve iterates from W = S = 0. Its [Detail] is the *[GrossErrors].
func (s PrincipalComponentPursuit) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &pursuit{PrincipalComponentPursuit: Resolved(s)}
	return Iterate(ctx, s, p, run, Limits{Steps: run.Steps}, observers...)
}

// GrossErrors are the errors that [PrincipalComponentPursuit] finds in the observed entries. A run
// with this [Detail] is not compared with W = 0, as its W need not fit these entries: it never ends
// as [WorseThanZero].
type GrossErrors struct {
	// Values S of the observed entries, in the order of [Observations.Values]: 0 for most.
	Values []float64
}

// pursuit is a run of PrincipalComponentPursuit.
type pursuit struct {
	PrincipalComponentPursuit
	at       *State
	o        *Observations
	w        *mat.Dense
	argument *Point    // D − S + Y/μ
	x        []float64 // W at the observed entries
	s, y     []float64 // S and Y there
	mu, size float64
	off      float64 // the measure of convergence
}

func (r *pursuit) Start(_ context.Context, s *State) (err error) {
	if r.o, err = s.denseEntries(); err != nil {
		return err
	}
	rows, cols := r.o.Dims()
	n := r.o.Len()
	r.at, r.w, r.argument = s, mat.NewDense(rows, cols, nil), NewPoint(mat.NewDense(rows, cols, nil))
	r.x, r.s, r.y = make([]float64, n), make([]float64, n), make([]float64, n)
	if r.Lambda == 0 && !math.Signbit(r.Lambda) {
		r.Lambda = math.Sqrt(float64(min(rows, cols)) / float64(n))
	}
	absolute := 0.0
	for _, b := range r.o.value {
		absolute += math.Abs(b)
	}
	r.size, r.mu, r.off = norm2(r.o.value), 1, math.Inf(1)
	if absolute > 0 {
		r.mu = float64(n) / (4 * absolute) // that of the paper, where all entries are observed
	}
	errors := &GrossErrors{Values: r.s}
	s.Point, s.Details, s.Advice, s.Trajectory = NewPoint(r.w), []any{errors}, "scale the data", true
	return nil
}

func (r *pursuit) Loss() (float64, error) { return r.at.Point.held.loss(r.at.Problem.trainTerm()), nil }

func (r *pursuit) Converged() bool { return r.off <= r.Tolerance*r.size }

func (r *pursuit) Step(context.Context) error {
	// Where nothing is observed, S = D − W + Y/μ with Y = 0, so that D − S + Y/μ is W itself.
	argument := r.argument.W
	argument.Copy(r.w)
	k := 0
	for i := range r.o.rows {
		row := argument.RawRowView(i)
		for ; k < r.o.start[i+1]; k++ {
			row[r.o.col[k]] = r.o.value[k] - r.s[k] + r.y[k]/r.mu
		}
	}
	r.argument.Changed()
	Nuclear{}.Prox(r.w, 1/r.mu, r.argument)
	r.o.Apply(r.x, r.w)
	gap, moved := 0.0, 0.0
	for k, b := range r.o.value {
		v := b - r.x[k] + r.y[k]/r.mu
		next := math.Copysign(max(math.Abs(v)-r.Lambda/r.mu, 0), v)
		moved = math.Hypot(moved, next-r.s[k])
		r.s[k] = next
		left := b - r.x[k] - next
		gap = math.Hypot(gap, left)
		r.y[k] += r.mu * left
	}
	r.off = max(gap, moved)
	return nil
}

// Kept is the state that a checkpoint keeps.
func (r *pursuit) Kept() []any { return []any{r.w, r.s, r.y, &r.off} }
