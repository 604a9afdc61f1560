package mc_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/gob"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

func smallProblem(t testing.TB) mc.Problem {
	p, err := mc.LowRank{Rows: 6, Cols: 9, Rank: 2, Observed: 30, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTraceSampling(t *testing.T) {
	steps := func(trace *mc.Trace, n int) (at []int) {
		if _, err := (mc.DeepMF{Depth: 1, Steps: n}).Solve(context.Background(), smallProblem(t), trace); err != nil {
			t.Fatal(err)
		}
		for _, r := range trace.Records {
			at = append(at, r.Step)
		}
		return at
	}
	if diff := cmp.Diff([]int{0, 40, 80, 100}, steps(&mc.Trace{Every: 40}, 100)); diff != "" {
		t.Errorf("every 40th of 100 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{0, 1, 10, 100, 250}, steps(&mc.Trace{PerDecade: 1}, 250)); diff != "" {
		t.Errorf("one per decade of 250 (-want +got):\n%s", diff)
	}
	if n := len(steps(&mc.Trace{}, 100_000)); n < 150 || n > 250 {
		t.Errorf("%d records of 100,000 steps by default, want about 50 per decade", n)
	}
}

// What cannot be known of an iterate that is not finite is not 0.
func TestTraceOfARunThatDiverges(t *testing.T) {
	trace := &mc.Trace{Every: 1}
	s := mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: mc.GD{LearningRate: 1e200}, Steps: 50}
	if _, err := s.Solve(context.Background(), smallProblem(t), trace); !errors.Is(err, mc.ErrDiverged) {
		t.Fatalf("%v; the run must diverge", err)
	}
	last, _ := trace.Last()
	for _, x := range []float64{last.Penalty, last.NuclearNorm, last.FrobeniusNorm, last.EffectiveRank} {
		if !math.IsNaN(x) {
			t.Errorf("the last record is %+v", last)
		}
	}
	var out strings.Builder
	if err := trace.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	cells := strings.Split(lines[len(lines)-1], ",")
	for k, name := range strings.Split(lines[0], ",") {
		unknown := name == "penalty" || strings.HasSuffix(name, "_norm") || name == "effective_rank"
		if unknown && cells[k] != "" {
			t.Errorf("%s is %q", name, cells[k])
		}
	}
}

// A record holds what can be computed from the iterate directly.
func TestTraceRecords(t *testing.T) {
	p := smallProblem(t)
	trace := &mc.Trace{Every: 5, Split: true, Alignment: true}
	var steps []*mat.Dense
	r, err := mc.DeepMF{Depth: 2, Penalty: mc.Ratio{}, Lambda: 0.1, Init: mc.Gaussian{Scale: 1},
		Optimizer: mc.GD{LearningRate: 0.05}, Steps: 20, Seed: 3}.
		Solve(context.Background(), p, trace, mc.ObserverFunc(func(s *mc.Step) { steps = append(steps, s.W()) }))
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range trace.Records {
		w := steps[rec.Step]
		m, at := mc.Evaluate(p, w), mc.NewPoint(w)
		near := func(name string, got, want float64) {
			// Rounding; the effective rank takes logarithms of small singular values.
			if math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
				t.Errorf("step %d: %s = %v, want %v", rec.Step, name, got, want)
			}
		}
		near("Loss", rec.Loss, m.Train)
		near("Test", *rec.Test, m.Test)
		near("RelativeError", *rec.RelativeError, m.RelativeError)
		near("Penalty", rec.Penalty, at.Nuclear()/at.Frobenius())
		near("Objective", rec.Objective, rec.Loss+0.1*rec.Penalty)
		near("EffectiveRank", rec.EffectiveRank, m.EffectiveRank)

		// G in the singular basis: the parts add up to ‖G‖_F².
		residual := make([]float64, p.Train.Len())
		p.Train.Apply(residual, w)
		for k, b := range p.Train.Values() {
			residual[k] -= b
		}
		g := mat.NewDense(6, 9, nil)
		p.Train.AddAdjoint(g, 2/float64(p.Train.Len()), residual)
		norm := mat.Norm(g, 2)
		near("‖G‖_F²", rec.Split.Diagonal+rec.Split.OffDiagonal+rec.Split.Outside, norm*norm)
		u, _, v := at.SVD()
		var gv, m2 mat.Dense
		gv.Mul(g, v)
		m2.Mul(u.T(), &gv)
		diagonal := 0.0
		for i := range 6 {
			diagonal += m2.At(i, i) * m2.At(i, i)
		}
		near("diagonal", rec.Split.Diagonal, diagonal)

		if rec.Step == r.Steps {
			if rec.Alignment != nil {
				t.Error("the last record has an alignment, though no step follows it")
			}
			continue
		}
		var d mat.Dense
		d.Sub(steps[rec.Step+1], w)
		near("‖ΔW‖_F", rec.Alignment.Norm, mat.Norm(&d, 2))
		if a := rec.Alignment; a.Diagonal < 0 || a.Diagonal > 1+rounding || *a.Truth < 0 || *a.Truth > 1+rounding ||
			math.Abs(a.Gradient) > 1+rounding {
			t.Errorf("step %d: shares outside [0, 1]: %+v", rec.Step, a)
		}
	}
}

// At depth 1, a step of plain gradient descent is along −G exactly.
func TestAlignmentOfGradientDescent(t *testing.T) {
	trace := &mc.Trace{Every: 3, Alignment: true}
	if _, err := (mc.DeepMF{Depth: 1, Optimizer: mc.GD{LearningRate: 0.1}, Steps: 10}).Solve(context.Background(),
		smallProblem(t), trace); err != nil {
		t.Fatal(err)
	}
	for _, r := range trace.Records[:len(trace.Records)-1] {
		if math.Abs(r.Alignment.Gradient-1) > rounding {
			t.Errorf("step %d: cosine to −G is %v, want 1", r.Step, r.Alignment.Gradient)
		}
	}
}

func TestTraceRoundTrips(t *testing.T) {
	trace := &mc.Trace{Every: 5, Split: true, Top: 3, Label: "a run"}
	if _, err := (mc.DeepMF{Depth: 1, Steps: 12}).Solve(context.Background(), smallProblem(t), trace); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(trace); err != nil {
		t.Fatal(err)
	}
	var back mc.Trace
	if err := gob.NewDecoder(&b).Decode(&back); err != nil {
		t.Fatal(err)
	}
	dense := cmp.Comparer(func(a, b *mat.Dense) bool { return mat.Equal(a, b) })
	if diff := cmp.Diff(*trace, back, dense, cmpopts.IgnoreUnexported(mc.Trace{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("gob (-want +got):\n%s", diff)
	}

	b.Reset()
	if err := trace.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(trace.Records)+1 || len(rows[0]) != 10+3 {
		t.Fatalf("%d rows of %d columns, want %d of 13",
			len(rows), len(rows[0]), len(trace.Records)+1)
	}
	for k, r := range trace.Records {
		for col, want := range map[int]float64{0: float64(r.Step), 2: r.Loss, 5: *r.Test, 12: r.SingularValues[2]} {
			if got, err := strconv.ParseFloat(rows[k+1][col], 64); err != nil || got != want {
				t.Errorf("row %d, %s: %q, want %v", k+1, rows[0][col], rows[k+1][col], want)
			}
		}
	}
}

// gob, by which runs are kept, changes no number of a record, and none becomes unknown.
func TestRecordThroughGob(t *testing.T) {
	pointer := func(x float64) *float64 { return &x }
	var records []mc.Record
	for _, x := range []float64{0, 0.1, math.NaN(), math.Inf(1)} {
		records = append(records, mc.Record{
			Step: 3, Elapsed: time.Second, Loss: x, Test: pointer(x), RelativeError: pointer(x),
			SingularValues: []float64{x},
			Split:          &mc.GradientSplit{Outside: x, Matrix: mat.NewDense(1, 1, []float64{x})},
			Alignment:      &mc.UpdateAlignment{Truth: pointer(x), Gradient: x},
			Watched:        []mc.Reading{{Name: "balance", Values: []float64{x}}},
		})
	}
	records = append(records, mc.Record{}, mc.Record{Alignment: &mc.UpdateAlignment{}})
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(records); err != nil {
		t.Fatal(err)
	}
	var back []mc.Record
	if err := gob.NewDecoder(&b).Decode(&back); err != nil {
		t.Fatal(err)
	}
	same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
	dense := func(a, b *mat.Dense) bool { return a == b || a != nil && b != nil && same(a.At(0, 0), b.At(0, 0)) }
	if diff := cmp.Diff(records, back, cmp.Comparer(same), cmp.Comparer(dense)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var torn mc.Record
	if err := torn.GobDecode([]byte("torn")); err == nil {
		t.Error("a torn record: no error")
	}
}

// Observers cannot change a run: what they are given is theirs.
func TestObserversCannotInterfere(t *testing.T) {
	p := smallProblem(t)
	solver := mc.DeepMF{Depth: 2, Penalty: mc.Nuclear{}, Lambda: 1e-2, Steps: 30, Init: mc.Gaussian{Scale: 1}}
	alone, err := solver.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	vandal := mc.ObserverFunc(func(s *mc.Step) {
		s.W().Zero()
		s.Gradient().Zero()
		s.Factors().W[0].Zero()
		u, sigma, v := s.SVD()
		u.Zero()
		v.Zero()
		clear(sigma)
		clear(s.SingularValues())
	})
	watched, err := solver.Solve(context.Background(), p, vandal, &mc.Trace{Every: 1, Split: true, Alignment: true})
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(alone.W, watched.W) {
		t.Error("a run ends elsewhere when it is watched")
	}
}
