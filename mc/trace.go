package mc

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"gonum.org/v1/gonum/mat"
)

// A Trace is the usual observer: it records a run. Its exported fields hold everything, so that gob
// or JSON can store it; JSON has null for a number that is not finite, and reads it as NaN.
type Trace struct {
	// Every records one step in Every. 0: logarithmic sampling.
	Every int
	// PerDecade is the number of records per factor of ten in the number of steps, where Every is
	// 0. Default 50.
	PerDecade int
	// Top bounds the number of singular values that are kept. 0: all.
	Top int
	// Split records the gradient in the singular basis of the iterate, Alignment the direction of
	// each recorded step in it.
	Split, Alignment bool
	// Watch names further quantities that are measured at each record, such as [Sharpness].
	Watch Quantities
	// Label names the run in the legend of a chart.
	Label string

	// Run identifies the run; it is set at the first step.
	Run Run
	// TruthSingularValues are those of Problem.Truth, nil if it is not known.
	TruthSingularValues []float64
	// Records in the order of steps. The first and the last state are always among them.
	Records []Record

	pending *stepBasis // of the last record, for the step that follows it
	gauges  []Gauge    // of Watch
	awaits  bool       // the last record awaits what the gauges see of the step after it
}

// A Record is what a Trace keeps of one state.
type Record struct {
	Step    int
	Elapsed time.Duration
	// Loss is the training loss, Penalty R(W), Objective their sum weighted with λ.
	Loss, Penalty, Objective float64
	// Test is that of [Metrics], for squares the mean squared error over unobserved entries,
	// RelativeError ‖W−W*‖_F/‖W*‖_F; nil where they are not known.
	Test, RelativeError *float64
	// SingularValues, descending; nil if the iterate was not finite. Penalty, norms and effective
	// rank are then NaN.
	SingularValues             []float64
	NuclearNorm, FrobeniusNorm float64
	EffectiveRank              float64
	// Split and Alignment are nil unless the Trace asks for them, and where W is too large to be
	// formed; Alignment also in the last record, which no step follows.
	Split     *GradientSplit
	Alignment *UpdateAlignment
	// Watched has what the Trace watches, see [Record.Reading] and [Trace.Series].
	Watched []Reading
}

// A GradientSplit is the loss gradient in the basis of the iterate's singular vectors, M = UᵀGV (k
// × k): the diagonal moves singular values, the rest turns singular vectors.
type GradientSplit struct {
	// Diagonal and OffDiagonal are Σᵢ Mᵢᵢ² and Σ_{i≠j} Mᵢⱼ². Outside is ‖G‖_F² − ‖M‖_F², the part
	// beyond the span of the singular vectors of a rectangular iterate.
	Diagonal, OffDiagonal, Outside float64
	// Matrix is the leading part of M, over the Trace's Top singular directions.
	Matrix *mat.Dense
}

// An UpdateAlignment says where the step from one state to the next, ΔW, lies in the basis of the
// singular vectors of the first.
type UpdateAlignment struct {
	// Norm is ‖ΔW‖_F.
	Norm float64
	// Diagonal is the share of ‖ΔW‖_F² on the diagonal of UᵀΔWV, which moves singular values and
	// turns no singular vector.
	Diagonal float64
	// Truth is the share within the span of the leading singular vectors of the ground truth,
	// ‖U*ᵀΔWV*‖_F²/‖ΔW‖_F²; nil where the ground truth is not known.
	Truth *float64
	// Gradient is the cosine of the angle between ΔW and −G, the loss gradient.
	Gradient float64
}

type stepBasis struct {
	w, gradient, u, v *mat.Dense
	truthU, truthV    *mat.Dense
}

// Observe records the state if it is due.
func (t *Trace) Observe(s *Step) {
	if s.Index == 0 {
		t.Run, t.Records, t.TruthSingularValues, t.pending = s.Run(), nil, nil, nil
		if s.problem.Truth != nil {
			t.TruthSingularValues = append(t.TruthSingularValues, s.truthPoint().SingularValues()...)
		}
		t.gauges, t.awaits = nil, false
		for _, q := range t.Watch {
			t.gauges = append(t.gauges, q.Watch())
		}
	}
	t.align(s)
	t.follow(s)
	if !s.Final && !t.turn(s.Index) {
		return
	}
	unknown := math.NaN() // unless the iterate is finite
	r := Record{Step: s.Index, Elapsed: s.Elapsed, Loss: s.Loss, Objective: s.Loss,
		Penalty: unknown, NuclearNorm: unknown, FrobeniusNorm: unknown, EffectiveRank: unknown}
	if s.Finite() {
		m := s.Metrics()
		r.Penalty, r.Objective = s.Penalty(), s.Objective()
		r.NuclearNorm, r.FrobeniusNorm, r.EffectiveRank = m.NuclearNorm, m.FrobeniusNorm, m.EffectiveRank
		if m.HasTest {
			r.Test = &m.Test
		}
		if m.HasTruth {
			r.RelativeError = &m.RelativeError
		}
		r.SingularValues = s.SingularValues()
		if t.Top > 0 && t.Top < len(r.SingularValues) {
			r.SingularValues = r.SingularValues[:t.Top]
		}
		formed := s.point.dense() != nil
		if t.Split && formed {
			r.Split = split(s, len(r.SingularValues))
		}
		if t.Alignment && formed && !s.Final {
			t.pending = &stepBasis{w: s.W(), gradient: s.Gradient()}
			t.pending.u, _, t.pending.v = s.SVD()
			if s.linear() { // else W need not have the truth's shape
				t.pending.truthU, t.pending.truthV = s.truthSubspaces()
			}
		}
		t.measure(s, &r)
		t.awaits = !s.Final
	}
	t.Records = append(t.Records, r)
}

// turn says whether a step is recorded: at multiples of Every, or where the logarithm passes the
// next mark.
func (t *Trace) turn(step int) bool {
	if t.Every > 0 {
		return step%t.Every == 0
	}
	if step == 0 {
		return true
	}
	perDecade := float64(t.PerDecade)
	if t.PerDecade <= 0 {
		perDecade = 50
	}
	mark := func(n int) float64 { return math.Floor(perDecade * math.Log10(float64(n))) }
	return step == 1 || mark(step) > mark(step-1)
}

// align completes the last record, now that the step after it is known.
func (t *Trace) align(s *Step) {
	if t.pending == nil {
		return
	}
	b := t.pending
	t.pending = nil
	if !s.Finite() || len(t.Records) == 0 {
		return
	}
	d := s.W()
	d.Sub(d, b.w)
	a := &UpdateAlignment{Norm: frobenius(d)}
	if total := a.Norm * a.Norm; total > 0 {
		m := inBasis(b.u, d, b.v)
		for i := range m.RawMatrix().Rows {
			a.Diagonal += m.At(i, i) * m.At(i, i) / total
		}
		if b.truthU != nil {
			f := frobenius(inBasis(b.truthU, d, b.truthV))
			share := f * f / total
			a.Truth = &share
		}
		if g := frobenius(b.gradient); g > 0 {
			a.Gradient = -inner(d, b.gradient) / (a.Norm * g)
		}
	}
	t.Records[len(t.Records)-1].Alignment = a
}

// inBasis returns UᵀGV.
func inBasis(u, g, v *mat.Dense) *mat.Dense {
	var gv, m mat.Dense
	gv.Mul(g, v)
	m.Mul(u.T(), &gv)
	return &m
}

func split(s *Step, top int) *GradientSplit {
	g := s.Gradient()
	u, _, v := s.SVD()
	m := inBasis(u, g, v)
	out := &GradientSplit{}
	k, _ := m.Dims()
	for i := range k {
		for j := range k {
			if x := m.At(i, j) * m.At(i, j); i == j {
				out.Diagonal += x
			} else {
				out.OffDiagonal += x
			}
		}
	}
	out.Outside = max(0, inner(g, g)-out.Diagonal-out.OffDiagonal)
	out.Matrix = mat.DenseCopyOf(m.Slice(0, top, 0, top))
	return out
}

// Last returns the last record, and false if there is none.
func (t *Trace) Last() (Record, bool) {
	if len(t.Records) == 0 {
		return Record{}, false
	}
	return t.Records[len(t.Records)-1], true
}

// WriteCSV writes the records as a table with a header, one row per record: step, seconds, loss,
// penalty, objective, test, relative_error, nuclear_norm, frobenius_norm, effective_rank, sigma_1,
// sigma_2 …, then what is watched under the names of its readings, numbered where there are several
// values. Unknown cells are empty.
func (t *Trace) WriteCSV(w io.Writer) error {
	sigmas := 0
	for _, r := range t.Records {
		sigmas = max(sigmas, len(r.SingularValues))
	}
	out := csv.NewWriter(w)
	header := []string{
		"step", "seconds", "loss", "penalty", "objective", "test", "relative_error", "nuclear_norm",
		"frobenius_norm", "effective_rank",
	}
	for i := range sigmas {
		header = append(header, fmt.Sprintf("sigma_%d", i+1))
	}
	readings, lengths := t.Readings(), map[string]int{}
	for _, r := range t.Records {
		for _, w := range r.Watched {
			lengths[w.Name] = max(lengths[w.Name], len(w.Values))
		}
	}
	for _, name := range readings {
		for i := range lengths[name] {
			if lengths[name] == 1 {
				header = append(header, name)
			} else {
				header = append(header, fmt.Sprintf("%s %d", name, i+1))
			}
		}
	}
	if err := out.Write(header); err != nil {
		return fmt.Errorf("mc: Trace.WriteCSV: %w", err)
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	optional := func(x *float64) string {
		if x == nil {
			return ""
		}
		return number(*x)
	}
	known := func(x float64) string {
		if math.IsNaN(x) {
			return ""
		}
		return number(x)
	}
	for _, r := range t.Records {
		row := []string{
			strconv.Itoa(r.Step), number(r.Elapsed.Seconds()), number(r.Loss), known(r.Penalty),
			number(r.Objective), optional(r.Test), optional(r.RelativeError), known(r.NuclearNorm),
			known(r.FrobeniusNorm), known(r.EffectiveRank),
		}
		for i := range sigmas {
			if i < len(r.SingularValues) {
				row = append(row, number(r.SingularValues[i]))
			} else {
				row = append(row, "")
			}
		}
		for _, name := range readings {
			values := r.Reading(name)
			for i := range lengths[name] {
				if i < len(values) {
					row = append(row, number(values[i]))
				} else {
					row = append(row, "")
				}
			}
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("mc: Trace.WriteCSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("mc: Trace.WriteCSV: %w", err)
	}
	return nil
}
