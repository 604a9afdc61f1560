package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// SVT completes a matrix by singular value thresholding,
//
//	W ← S_τ(A*(y)),   y ← y + δ·(b − A(W)),
//
// where S_τ subtracts τ from each singular value. It is gradient ascent on the dual of
//
//	min τ‖W‖_* + ½‖W‖_F²  subject to A(W) = b,
//
// whose solution tends to that of least nuclear norm as τ grows. Cai, Candès, Shen (2010),
// algorithm 1. It is simple and slow; [NuclearNorm] is for accuracy. It takes [Observations].
//
// It is not equivariant under a shift: it does not centre its data.
type SVT struct {
	// Tau is τ. Default 5·√(rows·cols) times the root mean square of b, as section 5.1 of the paper
	// has it for its examples.
	Tau float64 `default:"none" range:"[0, inf)"`
	// Step is δ. Default 1.2·rows·cols/n as in the paper, which proves convergence below 2; above
	// that it may oscillate.
	Step float64 `default:"none" range:"[0, inf)"`
	// Steps is the limit.
	Steps int `default:"2000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once ‖A(W) − b‖ is at most this fraction of ‖b‖. The
	// default is the paper's.
	Tolerance float64 `default:"1e-4" range:"[0, inf)"`
}

// Validate says which field is wrong, if one is.
func (s SVT) Validate() error {
	return first(CheckRanges(s), notZero("SVT.Tau", s.Tau, "that of the paper"),
		notZero("SVT.Step", s.Step, "that of the paper"))
}

// Solve begins with W = 0. The first step takes as many of the paper's steps as leave W there
// (section 5.1.2).
func (s SVT) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &thresholding{SVT: set}, Limits{Steps: set.Steps}, observers...)
}

// thresholding is a run of SVT.
type thresholding struct {
	SVT
	data        *Observations // divided by unit
	unit        float64
	tau, delta  float64
	size, off   float64 // ‖b‖ and ‖A(W) − b‖
	y, residual []float64
	argument    *mat.Dense // A*(y)
	soft        linalg.SoftThreshold
	began       bool
}

func (m *thresholding) Start(_ context.Context, s *State) error {
	o, err := s.entries()
	if err != nil {
		return err
	}
	if err := s.checkDense(); err != nil {
		return err
	}
	*m = thresholding{SVT: m.SVT}
	m.data, m.unit = unitObservations(o)
	m.size = linalg.Norm(m.data.value)
	n, entries := float64(o.Len()), float64(o.rows)*float64(o.cols)
	if m.tau = m.Tau / m.unit; m.tau == 0 {
		m.tau = 5 * math.Sqrt(entries/n) * m.size
	}
	if m.delta = m.SVT.Step; m.delta == 0 {
		m.delta = 1.2 * entries / n
	}
	m.y, m.argument = make([]float64, o.Len()), mat.NewDense(o.rows, o.cols, nil)
	m.residual = append([]float64(nil), m.data.value...) // b − A(W)
	s.Point = newSampledPoint(o.rows, o.cols, func(w *mat.Dense) {
		if w.Zero(); m.began {
			w.Scale(m.unit, view(m.soft.X))
		}
	})
	s.Penalty, s.Advice = Nuclear{}, "try a smaller Step"
	return nil
}

func (m *thresholding) Loss() (float64, error) {
	m.off = linalg.Norm(m.residual)
	loss := m.unit * (m.off * m.off / float64(len(m.residual))) * m.unit
	if m.off > 1e6*m.size {
		return loss, fmt.Errorf("the residual is %v of the values: %w; try a smaller Step",
			m.off/m.size, ErrDiverged)
	}
	return loss, nil
}

func (m *thresholding) Converged() bool { return m.off <= m.Tolerance*m.size }

func (m *thresholding) Step(context.Context) error {
	steps := 1.0
	if !m.began { // y = kδb leaves W = 0 as long as kδ‖A*(b)‖₂ ≤ τ
		m.data.AddAdjoint(m.argument, 1, m.data.value)
		steps = math.Ceil(m.tau / (m.delta * NewPoint(m.argument).SingularValues()[0]))
		m.began = true
	}
	kernel.Axpy(steps*m.delta, m.residual, m.y)
	m.argument.Zero()
	m.data.AddAdjoint(m.argument, 1, m.y)
	if !m.soft.Of(m.argument.RawMatrix(), m.tau) {
		return fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
	}
	m.data.Apply(m.residual, view(m.soft.X))
	for k, b := range m.data.value {
		m.residual[k] = b - m.residual[k]
	}
	return nil
}

// Kept is the state that a checkpoint keeps.
func (m *thresholding) Kept() []any { return []any{m.y, m.residual, &m.began, &m.soft.X} }
