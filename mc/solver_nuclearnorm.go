package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// NuclearNorm finds the matrix of least nuclear norm that agrees with the measurements, to high
// accuracy and with a proof,
//
//	min ‖W‖_*  subject to  ‖A(W) − b‖ ≤ δ,   δ = Noise·√n,
//
// (Fazel 2002; Recht, Fazel, Parrilo 2010; for entries Candès and Recht 2009). It takes any
// [Measurement].
//
// The dual problem is max ⟨b, y⟩ − δ‖y‖ subject to ‖A*(y)‖₂ ≤ 1, and any such y bounds the optimum
// from below: that is the [Certificate]. The method is that of alternating directions on the dual
// problem (Wen, Goldfarb, Yin 2010), whose iteration is one soft thresholding S_τ of singular
// values,
//
//	X = S_τ(W + τA*(y)),   y⁺ = y − (A(X) − b)/(τ‖A‖²), shortened by δ/(τ‖A‖²),   W⁺ = X + τA*(y⁺ − y),
//
// with Anderson acceleration (Walker and Ni 2011; for Douglas–Rachford splitting, which this is on
// the primal problem, Fu, Zhang, Boyd 2020) and a τ that balances the primal and dual residuals.
// One or two hundred iterations are needed, or some thousands where the solution is nearly not
// unique, as it can be where the number of measurements is just what recovery takes.
//
// With Semidefinite it finds the matrix of least trace among the symmetric and positive
// semidefinite ones, W ⪰ 0, for which trace and nuclear norm are the same. S_τ is then that of
// eigenvalues, and the dual bound is λ_max(A*(y)) ≤ 1. Its rows and columns stand for the same
// things: a permutation of one alone makes another problem.
//
// It is not equivariant under a shift: it does not centre its data.
type NuclearNorm struct {
	// Noise is the root mean square of the residual that is allowed, in the units of b. Default 0:
	// the measurements are met.
	Noise float64 `range:"[0, inf)"`
	// Tolerance ends the run as Converged once both Feasibility and Gap of the Certificate are at
	// most this. Below 1e-12, rounding is in the way.
	Tolerance float64 `default:"1e-8" range:"[0, inf)"`
	// Steps is the limit. A step is 100 iterations, or fewer if it seems to be the last.
	Steps int `default:"100" range:"[1, inf)"`
	// Semidefinite asks for W ⪰ 0, of a problem with as many rows as columns. Entries (i, j) and
	// (j, i) that are both observed have to be equal, or no such W meets them, and the run ends at
	// its limit.
	Semidefinite bool
}

// A Certificate proves how close to optimal the solution of a [NuclearNorm] is. Everything in it
// can be computed again from W and Y.
type Certificate struct {
	// Y is the dual point, of the length of b. Bound is ⟨b, Y⟩ − δ‖Y‖: no matrix within δ of the
	// measurements has a smaller nuclear norm, as ‖W‖_* ≥ ⟨W, A*(Y)⟩ = ⟨A(W), Y⟩.
	Y     []float64
	Bound float64
	// DualNorm is ‖A*(Y)‖₂, or with Semidefinite λ_max of its symmetric part: at most 1 but for
	// rounding.
	DualNorm float64
	// Nuclear is ‖W‖_*, and Gap is (Nuclear − Bound)/Nuclear, 0 for W = 0. It is negative where W
	// has a smaller norm because it meets the measurements only to within Feasibility.
	Nuclear, Gap float64
	// Feasibility is (‖A(W) − b‖ − δ)/‖b‖, 0 if that is negative or b is 0.
	Feasibility float64
}

// Solve begins with W = A*(b)/‖A‖², for entries these with zeros elsewhere. Its [Detail] is the
// *[Certificate].
func (s NuclearNorm) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &nuclearRun{NuclearNorm: set}, Limits{Steps: set.Steps}, observers...)
}

// nuclearRun is a run of NuclearNorm.
type nuclearRun struct {
	NuclearNorm
	*alternating
	at          *State
	certificate *Certificate
	cut         bool // the last step, by its context
}

func (m *nuclearRun) Start(ctx context.Context, s *State) error {
	if err := s.checkDense(); err != nil {
		return err
	}
	rows, cols := s.Problem.Dims()
	if m.Semidefinite && rows != cols {
		return fmt.Errorf("mc: NuclearNorm.Semidefinite is true for a %d×%d problem; it must be square", rows, cols)
	}
	root := math.Sqrt(float64(s.Problem.Train.Len()))
	m.at, m.alternating = s, newAlternating(ctx, s.Problem.Train, m.Noise*root, m.Semidefinite)
	if least := m.leastResidual(ctx); least > m.delta+1e-6*m.normB {
		return fmt.Errorf("mc: NuclearNorm.Noise is %v; it must be at least %v: no matrix meets the "+
			"measurements to a smaller root mean square",
			m.Noise, m.scale*least/root)
	}
	s.Point = NewPoint(mat.NewDense(rows, cols, nil))
	s.Details = []any{(*Certificate)(nil)}
	return nil
}

func (m *nuclearRun) Loss() (float64, error) {
	w := m.at.Point.W
	var estimate *mat.Dense
	m.certificate, estimate = m.certify()
	w.Scale(m.scale, estimate)
	m.at.Details[0] = m.certificate
	return loss(m.residual, m.train, w), nil
}

func (m *nuclearRun) Converged() bool {
	return m.certificate.Feasibility <= m.Tolerance && math.Abs(m.certificate.Gap) <= m.Tolerance
}

func (m *nuclearRun) Step(ctx context.Context) error {
	err := m.iterate(ctx, 100, m.Tolerance)
	m.cut = ctx.Err() != nil
	return err
}

// Kept is the state that a checkpoint keeps.
func (m *nuclearRun) Kept() []any {
	return []any{m.state, m.y, &m.tau, &m.turn, &m.aim, m.fixed, &m.soft}
}

// Whole reports whether the last step was not cut short.
func (m *nuclearRun) Whole() bool { return !m.cut }

// alternating is a run of NuclearNorm, with b, δ and W divided by scale, the largest of |b|.
type alternating struct {
	train        Measurement
	b            []float64
	delta, scale float64
	normB        float64
	normA        float64 // ‖A‖, the root of the largest eigenvalue of AA*
	tau          float64
	center       *mat.Dense // W
	y            []float64
	state        []float64 // W and τ‖A‖·y, in whose norm the map from one to the next does not expand
	move         []float64 // by which they change
	fixed        *linalg.Anderson
	turn         int     // iterations done
	aim          float64 // ‖A*(y) − S‖_F at which a gap of 1 is likely
	soft         linalg.SoftThreshold
	semidefinite bool
	positive     linalg.Semidefinite // in place of soft
	argument     *mat.Dense          // of soft
	values       kernel.SVD
	residual     []float64
	trial        []float64
}

func newAlternating(ctx context.Context, train Measurement, delta float64, semidefinite bool) *alternating {
	rows, cols := train.Dims()
	n, size := train.Len(), rows*cols
	s := &alternating{
		train: train, b: make([]float64, n), y: make([]float64, n), state: make([]float64, size+n),
		move:  make([]float64, size+n),
		fixed: linalg.NewAnderson(size+n, 10, 1.5), aim: 2, argument: mat.NewDense(rows, cols, nil),
		residual: make([]float64, n), trial: make([]float64, n), semidefinite: semidefinite,
	}
	s.center = mat.NewDense(rows, cols, s.state[:size])
	for _, b := range train.Values() {
		s.scale = max(s.scale, math.Abs(b))
	}
	if s.scale == 0 {
		s.scale = 1
	}
	for k, b := range train.Values() {
		s.b[k] = b / s.scale
	}
	s.delta, s.normB, s.normA = delta/s.scale, linalg.Norm(s.b), math.Sqrt(squaredNormOfMap(ctx, train))
	train.AddAdjoint(s.argument, 1, s.b)
	if largest := s.dualNorm(); largest > 0 && s.normB > s.delta { // else W = 0 is the solution, or there is none
		s.tau = 0.4 * largest / (s.normA * s.normA)
		kernel.Scale(1/largest, s.b, s.y)
		s.center.Scale(1/(s.normA*s.normA), s.argument)
	}
	return s
}

// leastResidual returns the least ‖A(W) − b‖, or 0 if conjugate gradients on AA* do not tell within
// as many steps as there are measurements.
func (s *alternating) leastResidual(ctx context.Context) float64 {
	rows, cols := s.center.Dims()
	matrix := func(x []float64) *mat.Dense { return mat.NewDense(rows, cols, x) }
	least := linalg.LeastSquares{
		Apply: func(dst, x []float64) { s.train.Apply(dst, matrix(x)) },
		Adjoint: func(dst, y []float64) {
			clear(dst)
			s.train.AddAdjoint(matrix(dst), 1, y)
		},
	}
	r, found := append([]float64(nil), s.b...), 0.0
	least.Solve(make([]float64, rows*cols), r, min(len(r), 1000), func(_ []float64, rho float64) bool {
		size := linalg.Norm(r)
		if math.Sqrt(rho) <= 1e-10*s.normA*size {
			found = size
			return true
		}
		return size <= s.delta+1e-8*s.normB || ctx.Err() != nil
	})
	return found
}

// shrink returns S_τ of the argument, nil if that is not finite.
func (s *alternating) shrink() *mat.Dense {
	if s.semidefinite {
		if !s.positive.Of(s.argument, s.tau) {
			return nil
		}
		return s.positive.X
	}
	if !s.soft.Near(s.argument.RawMatrix(), s.tau) {
		return nil
	}
	return view(s.soft.X)
}

// dualNorm returns the size of the argument, A*(y), that the dual problem bounds: the spectral norm
// or the largest eigenvalue. It is 0 if the argument is not finite.
func (s *alternating) dualNorm() float64 {
	if s.semidefinite {
		if !s.positive.Of(s.argument, 0) {
			return 0
		}
		return s.positive.Largest
	}
	s.values.Values(s.argument.RawMatrix())
	return s.values.Sigma[0]
}

// certify returns the certificate of the estimate and the dual point that is nearest to y along its
// ray, and the estimate.
func (s *alternating) certify() (*Certificate, *mat.Dense) {
	s.argument.Zero()
	s.train.AddAdjoint(s.argument, 1, s.y)
	c := &Certificate{Y: make([]float64, len(s.y))}
	if size := s.dualNorm(); size > 0 {
		kernel.Scale(1/size, s.y, c.Y)
		s.argument.Scale(1/size, s.argument)
		c.DualNorm = s.dualNorm()
	}
	bound := kernel.Dot(s.b, c.Y) - s.delta*linalg.Norm(c.Y)
	if bound < 0 { // then the dual point 0 proves more
		clear(c.Y)
		bound, c.DualNorm = 0, 0
	}
	w := s.center
	if s.semidefinite && s.positive.Of(w, 0) { // the center is symmetric and ⪰ 0 in the limit
		w = s.positive.X
	}
	s.values.Values(w.RawMatrix())
	nuclear := 0.0
	for _, v := range s.values.Sigma {
		nuclear += v
	}
	if nuclear > 0 {
		c.Gap = (nuclear - bound) / nuclear
	}
	s.train.Apply(s.residual, w)
	kernel.Axpy(-1, s.b, s.residual)
	if s.normB > 0 {
		c.Feasibility = max(0, linalg.Norm(s.residual)-s.delta) / s.normB
	}
	c.Bound, c.Nuclear = s.scale*bound, s.scale*nuclear
	return c, w
}

// iterate does so many iterations, fewer where a Certificate is likely to have what is asked for.
func (s *alternating) iterate(ctx context.Context, iterations int, tolerance float64) error {
	const least = 10
	if s.tau == 0 { // W = 0 is the solution, or there is none
		return nil
	}
	rows, cols := s.center.Dims()
	moveW, moveY := mat.NewDense(rows, cols, s.move[:rows*cols]), s.move[rows*cols:]
	scaled := s.state[rows*cols:]
	unit := s.tau * s.normA
	kernel.Scale(unit, s.y, scaled)
	for k := 1; k <= iterations && ctx.Err() == nil; k++ {
		s.argument.Copy(s.center)
		s.train.AddAdjoint(s.argument, s.tau, s.y)
		x := s.shrink()
		if x == nil {
			return fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
		}
		s.train.Apply(s.residual, x)
		kernel.Axpy(-1, s.b, s.residual)
		copy(s.trial, s.y)
		kernel.Axpy(-1/(unit*s.normA), s.residual, s.trial)
		if length := linalg.Norm(s.trial); s.delta > 0 && length > 0 {
			kernel.Scale(max(0, 1-s.delta/(unit*s.normA*length)), s.trial, s.trial)
		}
		kernel.Axpy(-1, s.y, s.trial)
		kernel.Scale(unit, s.trial, moveY)
		moveW.Sub(x, s.center)
		s.train.AddAdjoint(moveW, s.tau, s.trial)
		// With S = (W + τA*(y) − X)/τ, which has ‖S‖₂ ≤ 1, the move of W is τ(A*(y⁺) − S).
		primal, dual := s.normA*linalg.Norm(moveY)/s.normB, frobenius(moveW)/s.tau
		if k >= least && primal <= tolerance && dual <= s.aim*tolerance {
			s.aim /= 2
			break
		}
		s.fixed.Next(s.state, s.move)
		kernel.Scale(1/unit, scaled, s.y)
		switch s.turn { // a hard problem, for which a longer memory is worth its time
		case 200:
			s.fixed = linalg.NewAnderson(len(s.state), 20, 1.5)
		case 2000:
			s.fixed = linalg.NewAnderson(len(s.state), 40, 1.5)
		}
		if s.turn++; s.turn%20 == 0 && dual > 1e-9 {
			s.argument.Sub(s.argument, x)
			if ratio := primal / (dual * s.tau / frobenius(s.argument)); ratio < 0.125 || ratio > 1 {
				s.tau *= min(max(math.Sqrt(0.5/ratio), 0.2), 5)
				unit = s.tau * s.normA
				kernel.Scale(unit, s.y, scaled)
				s.fixed.Forget()
			}
		}
	}
	return nil
}
