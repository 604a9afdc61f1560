package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// softImputeGap returns the relative duality gap of min ½‖A(W) − b‖² + τ‖W‖_*, τ = nλ/2, at W: for
// any y with ‖A*(y)‖₂ ≤ τ, ⟨b, y⟩ − ½‖y‖² bounds the minimum from below.
func softImputeGap(o *mc.Observations, lambda float64, w *mat.Dense) float64 {
	rows, cols := o.Dims()
	y := make([]float64, o.Len())
	o.Apply(y, w)
	squares := 0.0
	for k, b := range o.Values() {
		y[k] = b - y[k]
		squares += y[k] * y[k]
	}
	tau := lambda * float64(o.Len()) / 2
	primal := squares/2 + tau*mc.NewPoint(w).Nuclear()
	dual := mat.NewDense(rows, cols, nil)
	o.AddAdjoint(dual, 1, y)
	shrink := min(1, tau/mc.NewPoint(dual).SingularValues()[0])
	bound := 0.0
	for k, b := range o.Values() {
		bound += b*shrink*y[k] - shrink*shrink*y[k]*y[k]/2
	}
	return (primal - bound) / primal
}

// The estimate minimises its objective: a point of the dual problem proves it, whatever the shape,
// the rank and the length of the path.
func TestSoftImputeIsOptimal(t *testing.T) {
	for _, c := range []struct {
		rows, cols, observed int
		lambda, noise        float64
		path                 int
	}{{40, 40, 600, 1e-2, 0, 1}, {30, 30, 400, 1e-2, 0.5, 10}, {60, 20, 500, 1e-2, 0.1, 10},
		{15, 50, 300, 2e-2, 1, 4}, {30, 30, 900, 1e-3, 0, 10}, {20, 20, 100, 10, 0, 10}} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			p, err := mc.LowRank{Rows: c.rows, Cols: c.cols, Rank: 3, Observed: c.observed, Noise: c.noise,
				Seed: 1}.Problem()
			if err != nil {
				t.Fatal(err)
			}
			r, err := mc.SoftImpute{Lambda: c.lambda, Path: c.path, Tolerance: 1e-8,
				Steps: 20_000}.Solve(context.Background(), p)
			if err != nil || r.Status != mc.Converged {
				t.Fatal(r, err)
			}
			// Steps end at 1e-8: measured 1.2e-8.
			if gap := softImputeGap(p.Train.(*mc.Observations), c.lambda, r.W); !(math.Abs(gap) < 1e-6) {
				t.Errorf("the duality gap is %v", gap)
			}
			if last := mc.Detail[mc.Path](r)[len(mc.Detail[mc.Path](r))-1]; math.Abs(
				last.Lambda-c.lambda) > rounding*c.lambda || last.Steps != r.Steps ||
				last.Rank != mc.NumericalRank(mc.NewPoint(r.W).SingularValues(), 1e-9) {
				t.Errorf("the path ends with %+v after %d steps", last, r.Steps)
			}
		})
	}
}

// Each end of a path is what a run for that λ alone finds.
func TestSoftImputePath(t *testing.T) {
	p, err := mc.LowRank{Rows: 30, Cols: 25, Rank: 3, Observed: 400, Noise: 0.3, Seed: 2}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	r, err := mc.SoftImpute{Path: 5, Lambda: 3e-3, Tolerance: 1e-8}.Solve(context.Background(), p)
	if err != nil || len(mc.Detail[mc.Path](r)) != 5 {
		t.Fatal(mc.Detail[mc.Path](r), err)
	}
	for _, at := range mc.Detail[mc.Path](r) {
		alone, err := mc.SoftImpute{Lambda: at.Lambda, Path: 1, Tolerance: 1e-8}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		m := mc.Evaluate(p, alone.W)
		// Both end at steps of 1e-8: measured 3.5e-7.
		if math.Abs(m.Train-at.Loss) > 1e-5*at.Loss || math.Abs(m.Test-*at.Test) > 1e-5*m.Test {
			t.Errorf("λ = %v: loss %v and error %v on the path, %v and %v alone",
				at.Lambda, at.Loss, *at.Test, m.Train, m.Test)
		}
	}
}

// Without λ's pull on the singular values the estimate is nearer; U and V stay, and no other D fits
// better.
func TestSoftImputeDebias(t *testing.T) {
	p := completion(t, 60, 50, 3, 1500, 1)
	biased, err := mc.SoftImpute{Lambda: 1e-3}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	r, err := mc.SoftImpute{Lambda: 1e-3, Debias: true}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := mc.Evaluate(p, r.W).RelativeError, mc.Evaluate(p, biased.W).RelativeError; !(a < 0.7*b) {
		t.Errorf("relative error %v, biased %v", a, b)
	}
	at := mc.NewPoint(r.W)
	u, sigma, v := at.SVD()
	residual := mat.NewDense(60, 50, nil)
	o := p.Train.(*mc.Observations)
	for _, e := range o.All() {
		residual.Set(e.Row, e.Col, e.Value-r.W.At(e.Row, e.Col))
	}
	for c := range mc.NumericalRank(sigma, 1e-9) {
		if slope := mat.Inner(u.ColView(c), residual, v.ColView(c)); math.Abs(slope) > rounding*sigma[0] {
			t.Errorf("the fit still improves with σ%d, by %v", c+1, slope)
		}
	}
}

// A cap on the rank holds.
func TestSoftImputeRank(t *testing.T) {
	p := completion(t, 40, 30, 4, 700, 1)
	for _, rank := range []int{1, 3} {
		r, err := mc.SoftImpute{Rank: rank, Lambda: 1e-4}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		if got := mc.NumericalRank(mc.NewPoint(r.W).SingularValues(), 1e-9); got != rank {
			t.Errorf("rank %d, the cap is %d", got, rank)
		}
	}
	if mc.TargetRank(mc.SoftImpute{Rank: 3}) != 3 || mc.TargetRank(mc.SoftImpute{}) != 0 {
		t.Error("a cap is a rank that is told")
	}
}

// In a matrix of 1.4e8 entries, which is not formed, the few rows and columns with entries are
// completed as they are without all the others.
func TestSoftImputeLarge(t *testing.T) {
	small := completion(t, 40, 30, 2, 600, 1)
	scatter := func(m mc.Measurement) mc.Measurement {
		entries := m.(*mc.Observations).Entries()
		for k := range entries {
			entries[k].Row, entries[k].Col = 299*entries[k].Row+3, 399*entries[k].Col+5
		}
		o, err := mc.NewObservations(12_000, 12_000, entries)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	rest, err := mc.ObserveDense(small.Truth)
	if err != nil {
		t.Fatal(err)
	}
	large := mc.Problem{Train: scatter(small.Train), Test: scatter(rest)}
	small.Test, small.Truth = rest, nil
	s := mc.SoftImpute{Lambda: 5e-3, Path: 2, Tolerance: 1e-5, Debias: true}
	want, err := s.Solve(context.Background(), small)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Solve(context.Background(), large)
	if err != nil {
		t.Fatal(err)
	}
	m, n := mc.Evaluate(small, want.W), mc.EvaluateFactors(large, mc.Detail[*mc.Factors](got))
	// The same steps on the same entries: measured 5e-10.
	if got.W != nil || math.Abs(m.Test-n.Test) > 1e-6*m.Test ||
		math.Abs(m.NuclearNorm-n.NuclearNorm) > 1e-6*m.NuclearNorm || math.Abs(got.Loss-want.Loss) > 1e-6*want.Loss {
		t.Errorf("W formed: %v; loss %v, error %v, nuclear norm %v; in the small matrix %v, %v, %v",
			got.W != nil, got.Loss, n.Test, n.NuclearNorm, want.Loss, m.Test, m.NuclearNorm)
	}
}

func TestSoftImputeRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.SoftImpute{Lambda: -1}, p, "SoftImpute.Lambda is -1")
	refuses(t, mc.SoftImpute{Path: -1}, p, "SoftImpute.Path is -1; it must be at least 1, or 0 for 10")
	refuses(t, mc.SoftImpute{}, sensed(t), "must be *mc.Observations")
	keepsWhatItHas(t, mc.SoftImpute{}, completion(t, 40, 30, 4, 700, 1))
}

// A path of λ in one run: as λ falls the rank rises, and the error over unobserved entries is least
// in between.
func ExampleSoftImpute() {
	problem, err := mc.LowRank{Rows: 60, Cols: 50, Rank: 2, Observed: 1500, Noise: 0.5, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.SoftImpute{Path: 6, Lambda: 2e-4}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	for _, at := range mc.Detail[mc.Path](result) {
		fmt.Printf("λ = %.5f: rank %2d, training loss %.2f, test error %.2f\n", at.Lambda, at.Rank, at.Loss, *at.Test)
	}
	// Output:
	// λ = 0.01390: rank  2, training loss 0.49, test error 0.28
	// λ = 0.00595: rank  6, training loss 0.25, test error 0.09
	// λ = 0.00255: rank 21, training loss 0.08, test error 0.10
	// λ = 0.00109: rank 28, training loss 0.02, test error 0.12
	// λ = 0.00047: rank 31, training loss 0.00, test error 0.13
	// λ = 0.00020: rank 31, training loss 0.00, test error 0.14
}
