package mc

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"
)

// An Observer sees each state of a run, from the first (step 0) to the last, and cannot change it.
type Observer interface {
	// Observe is called once per state, in order, on the solver's goroutine. The Step is valid
	// until Observe returns; its methods return copies, which may be kept.
	Observe(*Step)
}

// ObserverFunc makes an Observer of a function.
type ObserverFunc func(*Step)

// Observe calls the function.
func (f ObserverFunc) Observe(s *Step) { f(s) }

// A Step is one state of a run. Its methods compute their results when first asked, once for all
// observers: a Step that nobody asks costs nothing.
type Step struct {
	// Index is the number of steps done: 0 is the first state.
	Index int
	// Limit is the number of steps after which the run ends at the latest.
	Limit int
	// Final marks the last state of the run, also if it is cancelled or diverges.
	Final bool
	// Loss is the training loss: the mean squared residual of Train, unless Problem.Loss is
	// another.
	Loss float64
	// Lambda is the weight of the penalty at this step.
	Lambda float64
	// Elapsed is the time since the run began.
	Elapsed time.Duration

	problem   Problem
	config    any
	point     *Point
	gradient  *mat.Dense // of the loss, or nil where the solver has none: then computed
	factors   *Factors
	penalty   Penalty
	onFactors []factorPenalty
	stepper   Stepper // of a gradient method
	refresh   func()  // brings the factors up to date, if they are not always

	gradients func() []*mat.Dense // see State

	metrics *Metrics
	run     *Run
	truth   *Point
}

// An outer turns what an inner solver shows and returns into the units and the problem of the
// solver around it.
type outer struct {
	problem Problem
	config  Solver
	// matrix returns the W of the problem for one of the inner solver, factors those of that W.
	// model changes one in place, and reports whether it can.
	matrix  func(*mat.Dense) *mat.Dense
	factors func(*Factors) *Factors
	model   func(*Model) bool
	// scale multiplies residuals of the inner problem, and loss mean squares of them. A nil loss
	// says that residuals of different entries have different scales.
	scale func(i, j int) float64
	loss  func(float64) float64
}

// watch returns the observers of the inner solver that show its states to those of the outer one.
func (u *outer) watch(observers []Observer) []Observer {
	if len(observers) == 0 {
		return nil
	}
	shown := Step{problem: u.problem, config: u.config}
	var inner *Step
	var formed *Point // which observers that ask form
	watch := []Observer{&within{observers, func(s *Step) {
		inner = s
		shown.Index, shown.Limit, shown.Final, shown.Elapsed = s.Index, s.Limit, s.Final, s.Elapsed
		shown.metrics, shown.factors = nil, nil
		shown.refresh = func() {
			if f := inner.held(); f != nil && shown.factors == nil {
				shown.factors = u.factors(f)
			}
		}
		switch held := s.point.held.(type) {
		case predicting: // its Result is refused, see linearIn
			return
		case *modelled:
			m := held.model.fresh()
			if !u.model(m) {
				return
			}
			m.Observed = u.problem.Train.(*Observations)
			shown.point = &Point{held: &modelled{m}}
		case *thinProduct:
			s.held() // brings its factors up to date
			shown.factors = u.factors(held.factors)
			shown.point = newThinPoint(shown.factors)
		default:
			if formed == nil {
				rows, cols := u.problem.Dims()
				formed = newSampledPoint(rows, cols, func(w *mat.Dense) { w.Copy(u.matrix(inner.point.dense())) })
			}
			formed.Changed()
			shown.point = formed
		}
		if u.loss != nil {
			shown.Loss = u.loss(s.Loss)
		} else {
			shown.Loss = shown.point.held.loss(u.problem.trainTerm())
		}
		for _, o := range observers {
			o.Observe(&shown)
		}
	}}}
	for _, o := range observers {
		switch o.(type) {
		case Checkpoint, *Checkpoint:
			watch = append(watch, o)
		}
	}
	return watch
}

// details returns those of the inner result, from these observations, as details of the outer one.
// Certificates are left out: they are of the inner problem.
func (u *outer) details(inner *Result, train *Observations) []any {
	details := []any{&nested{train: train, inner: inner, wrap: u.model}}
	for _, detail := range inner.Details {
		switch d := detail.(type) {
		case *Factors:
			details = append(details, u.factors(d))
		case *GrossErrors:
			scaled := &GrossErrors{Values: make([]float64, len(d.Values))}
			for k, e := range train.All() {
				scaled.Values[k] = u.scale(e.Row, e.Col) * d.Values[k]
			}
			details = append(details, scaled)
		case Path:
			details = append(details, u.path(d))
		case *Model, *nested, *Certificate, *RankCertificate: // are those of the inner problem
		default:
			details = append(details, d)
		}
	}
	return details
}

// path returns a path with the losses of the problem, where they are known.
func (u *outer) path(inner Path) Path {
	if u.loss == nil {
		return inner
	}
	path := slices.Clone(inner)
	for k := range path {
		p := &path[k]
		if p.Loss = u.loss(p.Loss); p.Test != nil {
			test := u.loss(*p.Test)
			p.Test = &test
		}
	}
	return path
}

// state shows another state. Its point is up to date.
func (s *Step) state(of *State, loss float64) {
	s.Index, s.Loss, s.Lambda, s.metrics = of.Index, loss, of.Lambda, nil
	s.point, s.gradient, s.factors, s.penalty = of.Point, of.Gradient, of.Factors, of.Penalty
	s.stepper, s.refresh, s.gradients, s.onFactors = of.stepper, of.refresh, of.gradients, of.onFactors
}

// truthPoint returns the point at Problem.Truth, which all observers of a run share: the ground
// truth is decomposed once.
func (s *Step) truthPoint() *Point {
	if s.truth == nil {
		s.truth = NewPoint(s.problem.Truth)
	}
	return s.truth
}

// truthSubspaces returns the leading singular vectors of Problem.Truth, nil if it is not known or
// 0.
func (s *Step) truthSubspaces() (u, v *mat.Dense) {
	if s.problem.Truth == nil {
		return nil, nil
	}
	u, sigma, v := s.truthPoint().SVD()
	k := NumericalRank(sigma, 1e-10)
	if k == 0 {
		return nil, nil
	}
	rows, cols := s.problem.Dims()
	return u.Slice(0, rows, 0, k).(*mat.Dense), v.Slice(0, cols, 0, k).(*mat.Dense)
}

// Problem returns the problem that is being solved.
func (s *Step) Problem() Problem { return s.problem }

// W returns a copy of the iterate (rows × cols), or nil if it is too large to form, see [Result].
func (s *Step) W() *mat.Dense {
	if w := s.point.dense(); w != nil {
		return mat.DenseCopyOf(w)
	}
	return nil
}

// Factors returns a copy of the factors, or nil if the solver has none.
func (s *Step) Factors() *Factors {
	if f := s.held(); f != nil {
		return f.Clone()
	}
	return nil
}

// held returns the factors, which belong to the run.
func (s *Step) held() *Factors {
	if s.refresh != nil {
		s.refresh()
	}
	return s.factors
}

// Finite reports whether the iterate is finite. If it is not, its singular values are returned as
// zeros.
func (s *Step) Finite() bool { return s.point.Finite() }

// SingularValues returns those of the iterate, descending.
func (s *Step) SingularValues() []float64 {
	return append([]float64(nil), s.point.SingularValues()...)
}

// SVD returns the thin decomposition U·diag(σ)·Vᵀ of the iterate; if it is too large to form, see
// [Result], only as many triples as its factors have room for.
func (s *Step) SVD() (u *mat.Dense, sigma []float64, v *mat.Dense) {
	u, sigma, v = s.point.SVD()
	return mat.DenseCopyOf(u), append([]float64(nil), sigma...), mat.DenseCopyOf(v)
}

// Gradient returns that of the training loss at the iterate (rows × cols), without the penalty's,
// or nil if the iterate is too large to form, see [Result].
func (s *Step) Gradient() *mat.Dense {
	if s.gradient != nil {
		return mat.DenseCopyOf(s.gradient)
	}
	w := s.point.dense()
	if w == nil {
		return nil
	}
	rows, cols := s.problem.Dims()
	g := mat.NewDense(rows, cols, nil)
	s.problem.trainTerm().gradient(g, make([]float64, s.problem.Train.Len()), w)
	return g
}

// Objective returns Loss + λ·R(W).
func (s *Step) Objective() float64 { return s.objective(s.Loss) }

func (s *Step) objective(loss float64) float64 {
	if s.Lambda == 0 {
		return loss
	}
	return loss + s.Lambda*s.Penalty()
}

// Penalty returns R(W), for DeepMF plus the penalties of its factors, and 0 if the solver has none.
func (s *Step) Penalty() float64 { return penaltiesAt(s.penalty, s.point, s.onFactors) }

// Metrics returns the metrics of the iterate.
func (s *Step) Metrics() Metrics {
	if s.metrics == nil {
		m := evaluate(s.problem, s.point)
		s.metrics = &m
	}
	return *s.metrics
}

// Run returns the identity of the run.
func (s *Step) Run() Run {
	if s.run == nil {
		rows, cols := s.problem.Dims()
		s.run = &Run{
			Solver: Describe(s.config), Data: s.problem.Digest(), Version: Version,
			Sources: Sources(),
			Rows:    rows, Cols: cols, Measurements: s.problem.Train.Len(),
		}
		if !isSquares(s.problem.Loss) {
			s.run.Loss = Describe(s.problem.Loss)
		}
	}
	return *s.run
}

// A Run identifies a run: the same configuration, data and sources give the same trace.
type Run struct {
	// Solver is the configuration as [Describe] has it, Data the problem's digest, Version the
	// package's, and Sources the digest of its code, see [Sources].
	Solver, Data, Version, Sources string
	// Rows and Cols of the matrix, and the number of Measurements.
	Rows, Cols, Measurements int
	// Loss is Problem.Loss as Describe has it, "" for squares. Data identifies it already.
	Loss string `json:",omitempty"`
}

// ID returns 12 hexadecimal digits of the SHA-256 of the identity.
func (r Run) ID() string {
	h := sha256.Sum256([]byte(r.Solver + "\n" + r.Data + "\n" + r.Version + "\n" + r.Sources))
	return hex.EncodeToString(h[:6])
}
