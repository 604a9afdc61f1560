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

func TestMatrixIRLS(t *testing.T) {
	for seed := range uint64(2) {
		recovers(t, mc.MatrixIRLS{Rank: 5}, completion(t, 100, 100, 5, 1500, seed), 1e-20)
	}
	recovers(t, mc.MatrixIRLS{Rank: 2}, completion(t, 60, 25, 2, 400, 1), 1e-22)
	// 1.15 times its 261 degrees of freedom is 300
	recovers(t, mc.MatrixIRLS{}, completion(t, 50, 40, 3, 600, 1), 1e-22)
	keepsWhatItHas(t, mc.MatrixIRLS{Rank: 5}, completion(t, 100, 100, 5, 2000, 1))
}

// A matrix of condition 1e6, which a gradient method would take for one of lower rank.
func TestMatrixIRLSIllConditioned(t *testing.T) {
	p := completion(t, 60, 60, 3, 1200, 1)
	at := mc.NewPoint(p.Truth)
	u, sigma, v := at.SVD()
	sigma[1], sigma[2] = 1e-3*sigma[0], 1e-6*sigma[0]
	var us, truth mat.Dense
	us.Apply(func(_, j int, x float64) float64 { return x * sigma[j] }, u.Slice(0, 60, 0, 3))
	truth.Mul(&us, v.Slice(0, 60, 0, 3).T())
	entries := p.Train.(*mc.Observations).Entries()
	for k, e := range entries {
		entries[k].Value = truth.At(e.Row, e.Col)
	}
	o, err := mc.NewObservations(60, 60, entries)
	if err != nil {
		t.Fatal(err)
	}
	r, err := mc.MatrixIRLS{Rank: 3}.Solve(context.Background(), mc.Problem{Train: o, Truth: &truth})
	if err != nil {
		t.Fatal(err)
	}
	var off mat.Dense
	off.Sub(r.W, &truth)
	// Six decades below the largest singular value: measured 3e-9.
	if e := mat.Norm(&off, 2) / sigma[2]; !(e < 1e-6) {
		t.Errorf("the error is %v of the least singular value (%v after %d steps)",
			e, r.Status, r.Steps)
	}
}

func TestIRLS(t *testing.T) {
	p := completion(t, 36, 25, 2, 540, 1)
	for s, most := range map[mc.IRLS]float64{{}: 1e-16, {P: 0.5, Decay: 1.1}: 1e-14, {P: 1, Decay: 1.1}: 1e-6} {
		recovers(t, s, p, most)
	}
	keepsWhatItHas(t, mc.IRLS{}, p)
}

// At p = 1 it finds a matrix of least nuclear norm, also where that is not the truth.
func TestIRLSIsNuclearAtOne(t *testing.T) {
	p := completion(t, 40, 40, 4, 500, 1)
	least, err := mc.NuclearNorm{}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	r, err := mc.IRLS{P: 1, Decay: 1.05, Steps: 5000}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	if n := mc.NewPoint(r.W).Nuclear(); n < mc.Detail[*mc.Certificate](least).Bound*(1-1e-9) ||
		n > 1.001*mc.Detail[*mc.Certificate](least).Bound {
		t.Errorf("nuclear norm %v, the least is %v", n, mc.Detail[*mc.Certificate](least).Bound)
	}
}

// The default limit lets the smoothing fall, however slowly. It is the usual one where that is
// enough.
func TestIRLSHasTheStepsThatItsDecayNeeds(t *testing.T) {
	p := completion(t, 12, 10, 1, 80, 1)
	for _, s := range []mc.Solver{mc.IRLS{Decay: 1.01}, mc.MatrixIRLS{Decay: 1.02}, mc.MatrixIRLS{Decay: 1.01}} {
		if r, err := s.Solve(context.Background(), p); err != nil || r.Status != mc.Converged {
			t.Errorf("%s: %v after %d steps, %v", mc.Describe(s), r.Status, r.Steps, err)
		}
	}
	for _, s := range []mc.IRLS{{}, {Decay: 1.03}, {Decay: 1.1}, {Decay: math.Inf(1)}, {Decay: math.NaN()}} {
		if steps := mc.Resolved(s).Steps; steps != 2000 {
			t.Errorf("%#v has %d steps", s, steps)
		}
	}
	for _, s := range []mc.MatrixIRLS{{}, {Decay: 1.03}, {Decay: 1.3}} {
		if steps := mc.Resolved(s).Steps; steps != 1000 {
			t.Errorf("%#v has %d steps", s, steps)
		}
	}
	if steps := mc.Resolved(mc.IRLS{Decay: 1.01, Steps: 7}).Steps; steps != 7 {
		t.Errorf("7 steps become %d", steps)
	}
}

func TestIRLSRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.IRLS{P: 1.5}, p, "IRLS.P is 1.5; it must be in [0, 1]")
	refuses(t, mc.IRLS{Decay: 1}, p, "IRLS.Decay is 1; it must be above 1")
	refuses(t, mc.MatrixIRLS{Decay: 0.5}, p, "MatrixIRLS.Decay is 0.5; it must be above 1")
	refuses(t, mc.MatrixIRLS{Rank: 7}, p, "MatrixIRLS.Rank is 7; a 8×6 matrix has at most 6")
	refuses(t, mc.MatrixIRLS{}, sensed(t), "must be *mc.Observations")
	refuses(t, mc.IRLS{}, sensed(t), "must be *mc.Observations")
}

// Where the least nuclear norm is not the truth, the least volume is; neither solver is told the
// rank.
func ExampleMatrixIRLS() {
	problem, err := mc.LowRank{Rows: 50, Cols: 50, Rank: 3, Observed: 700, MinPerLine: 4, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, solver := range []mc.Solver{mc.NuclearNorm{}, mc.MatrixIRLS{}} {
		result, err := solver.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		// The nuclear norm is off by .06; MatrixIRLS ends at steps of 1e-12.
		fmt.Printf("%T recovers: %v\n", solver, mc.Evaluate(problem, result.W).RelativeError < 1e-9)
	}
	// Output:
	// mc.NuclearNorm recovers: false
	// mc.MatrixIRLS recovers: true
}

// The smaller p, the fewer entries suffice.
func ExampleIRLS() {
	problem, err := mc.LowRank{Rows: 50, Cols: 50, Rank: 3, Observed: 900, MinPerLine: 4, Seed: 3}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range []float64{1, 0} {
		result, err := mc.IRLS{P: p}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		// At p = 1 it is off by .01; IRLS ends at steps of 1e-6.
		fmt.Printf("p = %v recovers: %v\n", p, mc.Evaluate(problem, result.W).RelativeError < 1e-6)
	}
	// Output:
	// p = 1 recovers: false
	// p = 0 recovers: true
}

// Where all singular values are equal and a rank is given, none is above ε, and the solution of the
// step is zero but at the observed entries.
func TestMatrixIRLSAtAFlatSpectrum(t *testing.T) {
	o, err := mc.NewObservations(3, 3, []mc.Entry{
		{Row: 0, Col: 0, Value: 1}, {Row: 1, Col: 1, Value: 1}, {Row: 2, Col: 2, Value: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := mc.MatrixIRLS{Rank: 1, Steps: 1}.Solve(context.Background(), mc.Problem{Train: o})
	if err != nil {
		t.Fatal(err)
	}
	if identity := mat.NewDiagDense(3, []float64{1, 1, 1}); !mat.Equal(r.W, identity) {
		t.Errorf("W is\n%v\nwant the identity", mat.Formatted(r.W))
	}
}
