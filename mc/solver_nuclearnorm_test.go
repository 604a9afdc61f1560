package mc_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// The certificate proves optimality, whoever computes it: from W and Y alone, with another
// library's decomposition.
func TestNuclearNormCertificate(t *testing.T) {
	completion := func(l mc.LowRank) mc.Problem {
		p, err := l.Problem()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	sensing, err := mc.LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 60, Seed: 4}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	streamed := mc.Problem{Train: ownMeasurement{sensing.Train}} // any measurement will do
	for _, c := range []struct {
		name  string
		p     mc.Problem
		noise float64
	}{
		{"data-rich", completion(mc.LowRank{Rows: 40, Cols: 40, Rank: 2, Observed: 800, Seed: 1}), 0},
		{"data-poor", completion(mc.LowRank{Rows: 40, Cols: 40, Rank: 3, Observed: 400, Seed: 2}), 0},
		{"tall", completion(mc.LowRank{Rows: 50, Cols: 20, Rank: 2, Observed: 400, Seed: 2}), 0},
		{"wide", completion(mc.LowRank{Rows: 20, Cols: 50, Rank: 2, Observed: 500, Seed: 3}), 0},
		{"noise", completion(mc.LowRank{Rows: 40, Cols: 30, Rank: 2, Observed: 500, Noise: 0.1, Seed: 3}), 0.1},
		{"noise that nothing but 0 is needed for",
			completion(mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 40, Seed: 3}), 100},
		{"all entries", completion(mc.LowRank{Rows: 10, Cols: 10, Rank: 3, Observed: 100, Seed: 3}), 0},
		{"tiny numbers", completion(mc.LowRank{Rows: 15, Cols: 15, Rank: 1, Observed: 120, Norm: 1e-30, Seed: 3}), 0},
		{"sensing", sensing, 0},
		{"sensing with noise", sensing, 0.05},
		{"another measurement", streamed, 0},
		{"one column", completion(mc.LowRank{Rows: 6, Cols: 1, Rank: 1, Observed: 3, Seed: 3}), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := mc.NuclearNorm{Noise: c.noise}.Solve(context.Background(), c.p)
			if err != nil || r.Status != mc.Converged {
				t.Fatalf("%+v, %v", r, err)
			}
			rows, cols := c.p.Dims()
			b, y := c.p.Train.Values(), mc.Detail[*mc.Certificate](r).Y
			delta := c.noise * math.Sqrt(float64(len(b)))
			adjoint := mat.NewDense(rows, cols, nil)
			c.p.Train.AddAdjoint(adjoint, 1, y)
			if s := singularValues(adjoint)[0]; s > 1+rounding ||
				math.Abs(s-mc.Detail[*mc.Certificate](r).DualNorm) > rounding {
				t.Errorf("‖A*(Y)‖₂ is %v, the certificate says %v",
					s, mc.Detail[*mc.Certificate](r).DualNorm)
			}
			bound, norms, off := 0.0, [2]float64{}, 0.0
			residual := make([]float64, len(b))
			c.p.Train.Apply(residual, r.W)
			for k := range b {
				bound += b[k] * y[k]
				norms[0] += y[k] * y[k]
				norms[1] += b[k] * b[k]
				off += (residual[k] - b[k]) * (residual[k] - b[k])
			}
			bound -= delta * math.Sqrt(norms[0])
			nuclear := 0.0
			for _, s := range singularValues(r.W) {
				nuclear += s
			}
			if got := mc.Detail[*mc.Certificate](r); math.Abs(got.Bound-bound) > rounding*nuclear ||
				math.Abs(got.Nuclear-nuclear) > rounding*nuclear {
				t.Errorf("bound %v and nuclear norm %v, the certificate says %v and %v",
					bound, nuclear, got.Bound, got.Nuclear)
			}
			// The default Tolerance, of the gap and, with rounding, of feasibility.
			if math.Abs(nuclear-bound) > 1e-8*nuclear {
				t.Errorf("nuclear norm %v, at least %v: the gap is too large", nuclear, bound)
			}
			if over := (math.Sqrt(off) - delta) / math.Sqrt(norms[1]); over > 1.001e-8 {
				t.Errorf("the measurements are missed by %v", over)
			}
		})
	}
}

func singularValues(w *mat.Dense) []float64 {
	var svd mat.SVD
	if !svd.Factorize(w, mat.SVDNone) {
		panic("no decomposition")
	}
	return svd.Values(nil)
}

// Near the number of entries that recovery takes the problem may be degenerate, and takes thousands
// of iterations; its certificate holds as any other.
func TestNuclearNormDegenerate(t *testing.T) {
	p, err := mc.LowRank{Rows: 50, Cols: 20, Rank: 2, Observed: 400, Seed: 3}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	r, err := mc.NuclearNorm{}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	// The default Tolerance, 1e-8, is met by Feasibility, and by the gap only nearly if the run
	// ends at its limit.
	if c := mc.Detail[*mc.Certificate](r); c.Gap > 1e-6 || c.Gap < -1e-8 || c.Feasibility > 1e-8 {
		t.Errorf("%v: gap %v, feasibility %v", r.Status, c.Gap, c.Feasibility)
	}
	if least := mc.Evaluate(p, p.Truth).NuclearNorm; mc.Detail[*mc.Certificate](r).Bound > least {
		t.Errorf("the bound %v exceeds the norm of the truth, %v",
			mc.Detail[*mc.Certificate](r).Bound, least)
	}
}

// With enough entries of a matrix of low rank the minimiser is the matrix itself (Candès and Recht
// 2009), and is found to rounding.
func TestNuclearNormRecovers(t *testing.T) {
	p, err := mc.LowRank{Rows: 60, Cols: 60, Rank: 2, Observed: 1500, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	trace := &mc.Trace{Every: 1}
	r, err := mc.NuclearNorm{Tolerance: 1e-12}.Solve(context.Background(), p, trace)
	if err != nil || r.Status != mc.Converged {
		t.Fatalf("%+v, %v", r, err)
	}
	// The Tolerance: measured 3e-14.
	if m := mc.Evaluate(p, r.W); m.RelativeError > 1e-12 || m.NumericalRank != 2 {
		t.Errorf("relative error %v, rank %v", m.RelativeError, m.NumericalRank)
	}
	if len(trace.Records) != r.Steps+1 {
		t.Errorf("%d records of %d steps", len(trace.Records), r.Steps)
	}
}

// The solution of the transposed problem is the transpose; scaled data scale it; a smaller noise
// level costs a larger norm.
func TestNuclearNormInvariance(t *testing.T) {
	p, err := mc.LowRank{Rows: 20, Cols: 14, Rank: 2, Observed: 130, Noise: 0.1, Seed: 5}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	var turned, scaled []mc.Entry
	for _, e := range p.Train.(*mc.Observations).All() {
		turned = append(turned, mc.Entry{Row: e.Col, Col: e.Row, Value: e.Value})
		scaled = append(scaled, mc.Entry{Row: e.Row, Col: e.Col, Value: 1e6 * e.Value})
	}
	solve := func(rows, cols int, entries []mc.Entry, noise float64) *mc.Result {
		o, err := mc.NewObservations(rows, cols, entries)
		if err != nil {
			t.Fatal(err)
		}
		r, err := mc.NuclearNorm{Noise: noise, Tolerance: 1e-11}.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	entries := p.Train.(*mc.Observations).Entries()
	want := solve(20, 14, entries, 0.1)
	// Ten times the Tolerance: measured 2e-15.
	if d := distance(mat.DenseCopyOf(solve(14, 20, turned, 0.1).W.T()), want.W); d > 1e-10 {
		t.Errorf("transposition moves the solution by %v", d)
	}
	other := solve(20, 14, scaled, 1e5)
	other.W.Scale(1e-6, other.W)
	// As above.
	if d := distance(other.W, want.W); d > 1e-10 {
		t.Errorf("scale moves the solution by %v", d)
	}
	norms := []float64{mc.Detail[*mc.Certificate](want).Nuclear}
	for _, noise := range []float64{0.05, 0.02, 0} {
		norms = append(norms, mc.Detail[*mc.Certificate](solve(20, 14, entries, noise)).Nuclear)
	}
	if !slices.IsSorted(norms) {
		t.Errorf("nuclear norms %v do not rise as the noise level falls", norms)
	}
}

// A map and its values in another unit are the same constraint, so the iterations are the same: W,
// y and τ change their units by powers of two, without rounding.
func TestNuclearNormInUnitsOfTheMap(t *testing.T) {
	p, err := mc.LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 60, Seed: 4}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	var want *mc.Result
	for _, unit := range []float64{1, 1 << 10, 1.0 / (1 << 10)} {
		maps, values := mat.NewDense(60, 12*9, nil), make([]float64, 60)
		entry, y := mat.NewDense(12, 9, nil), make([]float64, 60)
		for j := range 12 * 9 {
			entry.Set(j/9, j%9, unit)
			p.Train.Apply(y, entry)
			maps.SetCol(j, y)
			entry.Zero()
		}
		for k, b := range p.Train.Values() {
			values[k] = unit * b
		}
		train, err := mc.NewSensing(12, 9, maps, values)
		if err != nil {
			t.Fatal(err)
		}
		r, err := mc.NuclearNorm{}.Solve(context.Background(), mc.Problem{Train: train})
		if err != nil || r.Status != mc.Converged {
			t.Fatalf("unit %v: %+v, %v", unit, r, err)
		}
		if want == nil {
			want = r
		}
		if r.Steps != want.Steps || !mat.Equal(r.W, want.W) {
			t.Errorf("unit %v: %d steps and %v off; in unit 1 %d steps",
				unit, r.Steps, distance(r.W, want.W), want.Steps)
		}
	}
}

// distance is ‖A − B‖_F/‖B‖_F.
func distance(a, b *mat.Dense) float64 {
	var d mat.Dense
	d.Sub(a, b)
	return mat.Norm(&d, 2) / mat.Norm(b, 2)
}

func TestNuclearNormRefuses(t *testing.T) {
	contradiction, err := mc.NewSensing(2, 1, mat.NewDense(2, 2, []float64{1, 1, 1, 1}), []float64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	blind, err := mc.NewSensing(2, 1, mat.NewDense(1, 2, nil), []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		solver mc.NuclearNorm
		p      mc.Problem
		want   string
	}{
		{mc.NuclearNorm{}, mc.Problem{}, "Problem.Train is nil"},
		{mc.NuclearNorm{Noise: -1}, corner(t), "NuclearNorm.Noise is -1"},
		{mc.NuclearNorm{Noise: math.NaN()}, corner(t), "NuclearNorm.Noise is NaN"},
		{mc.NuclearNorm{Tolerance: -1}, corner(t), "NuclearNorm.Tolerance is -1"},
		{mc.NuclearNorm{Steps: -1}, corner(t), "NuclearNorm.Steps is -1"},
		{mc.NuclearNorm{Noise: 0.4}, mc.Problem{Train: contradiction}, "it must be at least 0.5"},
		{mc.NuclearNorm{}, mc.Problem{Train: blind}, "no matrix meets"},
	} {
		if r, err := c.solver.Solve(context.Background(), c.p); err == nil || r != nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%#v: %v, error %v does not say %q", c.solver, r, err, c.want)
		}
	}
	if r, err := (mc.NuclearNorm{Noise: 0.51}).Solve(context.Background(),
		mc.Problem{Train: contradiction}); err != nil || r.Status != mc.Converged {
		t.Errorf("a noise level that can be met: %+v, %v", r, err)
	}
}

// A cancelled run returns how far it came, and so does one that is short of steps.
func TestNuclearNormEndsEarly(t *testing.T) {
	p, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 150, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	final := 0
	r, err := mc.NuclearNorm{}.Solve(ctx, p, mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 2 {
			cancel()
		}
		if s.Final {
			final++
		}
	}))
	if !errors.Is(err, context.Canceled) || r == nil || r.Steps < 2 || mc.Detail[*mc.Certificate](r) == nil ||
		final != 1 {
		t.Errorf("cancelled: %+v, %v, %d final states", r, err, final)
	}
	r, err = mc.NuclearNorm{Steps: 1}.Solve(context.Background(), p)
	if err != nil || r.Status != mc.StepLimit || mc.Detail[*mc.Certificate](r).Bound <= 0 ||
		mc.Detail[*mc.Certificate](r).Bound > mc.Detail[*mc.Certificate](r).Nuclear {
		t.Errorf("one step: %+v, %v", r, err)
	}
}

func ExampleNuclearNorm() {
	observations, err := mc.NewObservations(2, 2,
		[]mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2}, {Row: 1, Col: 0, Value: 2}})
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.NuclearNorm{}.Solve(context.Background(), mc.Problem{Train: observations})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("[1 2; 2 ?] with %.3f, nuclear norm %.3f; no completion has less than %.3f\n",
		result.W.At(1, 1), mc.Detail[*mc.Certificate](result).Nuclear, mc.Detail[*mc.Certificate](result).Bound)
	// Output:
	// [1 2; 2 ?] with 1.000, nuclear norm 4.000; no completion has less than 4.000
}

func BenchmarkNuclearNorm(b *testing.B) {
	for _, n := range []int{1500, 2000, 3000, 4000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: n, Seed: 1}.Problem()
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r, err := mc.NuclearNorm{}.Solve(context.Background(), p)
				if err != nil || r.Status != mc.Converged {
					b.Fatal(r, err)
				}
				b.ReportMetric(mc.Detail[*mc.Certificate](r).Gap, "gap")
				b.ReportMetric(mc.Detail[*mc.Certificate](r).Feasibility, "feasibility")
				b.ReportMetric(mc.Evaluate(p, r.W).Test, "test")
			}
		})
	}
}

// With three entries of a 2×2 matrix known, W ⪰ 0 asks for a determinant of at least 0, w·2 ≥ 1, so
// that the least trace has w = ½. Without it, w = 0 has the smaller norm.
func TestNuclearNormSemidefinite(t *testing.T) {
	train, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 1, Value: 1}, {Row: 1, Col: 0, Value: 1},
		{Row: 1, Col: 1, Value: 2}})
	if err != nil {
		t.Fatal(err)
	}
	p := mc.Problem{Train: train}
	r, err := mc.NuclearNorm{Semidefinite: true}.Solve(context.Background(), p)
	if err != nil || r.Status != mc.Converged {
		t.Fatal(r, err)
	}
	const within = 1e-7 // ten times the default Tolerance, which bounds the gap
	if w := r.W.At(0, 0); math.Abs(w-0.5) > within {
		t.Errorf("w = %v; the least trace has ½", w)
	}
	if c := mc.Detail[*mc.Certificate](r); math.Abs(c.Bound-2.5) > within || c.DualNorm > 1+rounding {
		t.Errorf("%+v; no trace is below 2.5", c)
	}
	negative, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: -1}, {Row: 0, Col: 1, Value: 1}})
	if err != nil {
		t.Fatal(err)
	}
	r, err = mc.NuclearNorm{Semidefinite: true, Steps: 3}.Solve(context.Background(), mc.Problem{Train: negative})
	if err != nil || r.Status == mc.Converged {
		t.Errorf("%v, %v; no such matrix has -1 on its diagonal", r.Status, err)
	}
	refuses(t, mc.NuclearNorm{Semidefinite: true}, completion(t, 8, 6, 1, 30, 1), "8×6 problem; it must be square")
}

// The proof, by another decomposition: W ⪰ 0 meets the entries, and I − A*(Y) ⪰ 0 has ⟨b, Y⟩ = tr
// W.
func TestNuclearNormSemidefiniteCertificate(t *testing.T) {
	const n = 12
	x := mat.NewDense(n, 2, nil)
	x.Apply(func(i, j int, _ float64) float64 { return math.Sin(float64(3*i + 7*j + i*j)) }, x)
	var truth mat.Dense
	truth.Mul(x, x.T())
	var entries []mc.Entry
	for i := range n {
		for j := range n {
			if (i*j+i+j)%3 == 0 {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: truth.At(i, j)})
			}
		}
	}
	train, err := mc.NewObservations(n, n, entries)
	if err != nil {
		t.Fatal(err)
	}
	r, err := mc.NuclearNorm{Semidefinite: true}.Solve(context.Background(), mc.Problem{Train: train})
	if err != nil || r.Status != mc.Converged {
		t.Fatal(r, err)
	}
	c := mc.Detail[*mc.Certificate](r)
	adjoint := mat.NewDense(n, n, nil)
	train.AddAdjoint(adjoint, 1, c.Y)
	least := func(m func(i, j int) float64) float64 {
		s := mat.NewSymDense(n, nil)
		for i := range n {
			for j := range i + 1 {
				s.SetSym(i, j, (m(i, j)+m(j, i))/2)
			}
		}
		var e mat.EigenSym
		e.Factorize(s, false)
		return e.Values(nil)[0]
	}
	dual := least(func(i, j int) float64 {
		if i == j {
			return 1 - adjoint.At(i, i)
		}
		return -adjoint.At(i, j)
	})
	trace, bound := mat.Trace(r.W), 0.0
	for k, b := range train.Values() {
		bound += b * c.Y[k]
	}
	if primal := least(r.W.At); primal < -rounding || dual < -rounding {
		t.Errorf("least eigenvalues of W and I − A*(Y): %v, %v", primal, dual)
	}
	const within = 1e-7 // ten times the default Tolerance, which bounds the gap
	if math.Abs(trace-bound) > within*trace || math.Abs(c.Nuclear-trace) > rounding*trace {
		t.Errorf("trace %v, nuclear norm %v, bound %v", trace, c.Nuclear, bound)
	}
	plain, err := mc.NuclearNorm{}.Solve(context.Background(), mc.Problem{Train: train})
	if err != nil {
		t.Fatal(err)
	}
	if free := mc.Detail[*mc.Certificate](plain).Bound; free > bound*(1+within) {
		t.Errorf("the least nuclear norm, %v, is above the least trace %v", free, bound)
	}
}
