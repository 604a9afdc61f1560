package mc_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// What makes W the solution nearest to W₀: it agrees with the measurements, and W − W₀ = A*(y) for
// some y, that is, W − W₀ is orthogonal to every matrix that A does not see.
func TestMinimumFrobenius(t *testing.T) {
	start := mat.NewDense(6, 5, nil)
	for i := range 6 {
		for j := range 5 {
			start.Set(i, j, math.Cos(float64(5*i+j)))
		}
	}
	seen, err := mc.LowRank{Rows: 6, Cols: 5, Rank: 2, Observed: 14, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	sensed, err := mc.LowRank{Rows: 6, Cols: 5, Rank: 2, Observed: 14, Seed: 1}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	// Two of the maps are equal, so that the rank is 13.
	maps := mat.DenseCopyOf(sensed.Train.(*mc.Sensing).Maps())
	maps.SetRow(3, maps.RawRowView(7))
	values := append([]float64(nil), sensed.Train.Values()...)
	values[3] = values[7]
	deficient, err := mc.NewSensing(6, 5, maps, values)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]mc.Problem{
		"observations": seen, "sensing": sensed, "deficient": {Train: deficient},
		// a user's own maps, which are known by their products alone
		"own observations": {Train: ownMeasurement{seen.Train}}, "own sensing": {Train: ownMeasurement{sensed.Train}},
		"own deficient": {Train: ownMeasurement{deficient}},
	} {
		for _, from := range []*mat.Dense{nil, start} {
			trace := &mc.Trace{}
			r, err := mc.MinimumFrobenius{Start: from}.Solve(context.Background(), p, trace)
			if err != nil || r.Status != mc.Converged {
				t.Fatalf("%s: %+v, %v", name, r, err)
			}
			// The square of rounding.
			if r.Loss > 1e-28 {
				t.Errorf("%s: loss %v, the measurements can be met", name, r.Loss)
			}
			if len(trace.Records) != 2 {
				t.Errorf("%s: %d records, want the start and the solution",
					name, len(trace.Records))
			}
			d := mat.DenseCopyOf(r.W)
			if from != nil {
				d.Sub(d, from)
			}
			// The rows of a matrix whose row space is the range of A*.
			n := p.Train.Len()
			adjoint := mat.NewDense(n, 30, nil)
			for k := range n {
				y := make([]float64, n)
				y[k] = 1
				a := mat.NewDense(6, 5, nil)
				p.Train.AddAdjoint(a, 1, y)
				adjoint.SetRow(k, a.RawMatrix().Data)
			}
			var svd mat.SVD
			if !svd.Factorize(adjoint, mat.SVDThin) {
				t.Fatal("no decomposition")
			}
			var v mat.Dense
			svd.VTo(&v)
			rank := svd.Rank(1e-12)
			basis := v.Slice(0, 30, 0, rank)
			flat := mat.NewVecDense(30, d.RawMatrix().Data)
			var coordinates, inRange mat.VecDense
			coordinates.MulVec(basis.T(), flat)
			inRange.MulVec(basis, &coordinates)
			inRange.SubVec(&inRange, flat)
			if off := mat.Norm(&inRange, 2); off > rounding {
				t.Errorf("%s: W − W₀ is %v off the range of A*", name, off)
			}
		}
	}
}

// Maps of one's own that measure the same twice, with noise, and maps of a large condition number
// have the solution of a Sensing that stores them.
func TestMinimumFrobeniusOfDifficultOwnMaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	gaussian := func(rows, cols int, size func(j int) float64) *mat.Dense {
		m := mat.NewDense(rows, cols, nil)
		m.Apply(func(_, j int, _ float64) float64 { return size(j) * rng.NormFloat64() }, m)
		return m
	}
	falling := func(condition float64) func(j int) float64 {
		return func(j int) float64 { return math.Pow(condition, -float64(j)/7) }
	}
	for name, c := range map[string]struct {
		condition, within float64
		n                 int
	}{
		// Rounding, times the condition number.
		"more equations than the rank": {1, 1e-12, 20}, "of condition 1e5": {1e5, 1e-8, 20},
		"more equations than entries": {1e3, 1e-10, 50},
	} {
		var maps mat.Dense
		maps.Mul(gaussian(c.n, 8, falling(c.condition)), gaussian(8, 30, falling(1)))
		values := make([]float64, c.n)
		for k := range values {
			values[k] = rng.NormFloat64()
		}
		stored, err := mc.NewSensing(6, 5, &maps, values)
		if err != nil {
			t.Fatal(err)
		}
		want, err := mc.MinimumFrobenius{}.Solve(t.Context(), mc.Problem{Train: stored})
		if err != nil {
			t.Fatal(err)
		}
		got, err := mc.MinimumFrobenius{}.Solve(t.Context(), mc.Problem{Train: ownMeasurement{stored}})
		if err != nil || got.Status != mc.Converged || !(apart(got.W, want.W) < c.within) {
			t.Errorf("%s: %v, %v, %v apart", name, got.Status, err, apart(got.W, want.W))
		}
	}

	// Too large to be decomposed, it says that it is not there.
	weights, values := make([]float64, 33*33), make([]float64, 33*33)
	for k := range weights {
		weights[k], values[k] = math.Pow(1e8, -float64(k)/float64(len(weights))), 1
	}
	p := mc.Problem{Train: weighted{weights, values}}
	r, err := mc.MinimumFrobenius{}.Solve(t.Context(), p)
	if err != nil || r.Status != mc.StepLimit || r.Loss > 1 {
		t.Errorf("a large map of condition 1e8: %v, loss %v, %v", r.Status, r.Loss, err)
	}
}

// weighted measures each entry of a 33×33 matrix times a weight.
type weighted struct{ weights, values []float64 }

func (weighted) Dims() (rows, cols int) { return 33, 33 }
func (w weighted) Len() int             { return len(w.values) }
func (w weighted) Values() []float64    { return w.values }

func (w weighted) Apply(dst []float64, x *mat.Dense) {
	for k, weight := range w.weights {
		dst[k] = weight * x.At(k/33, k%33)
	}
}

func (w weighted) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	for k, weight := range w.weights {
		dst.Set(k/33, k%33, dst.At(k/33, k%33)+scale*weight*y[k])
	}
}

func TestMinimumFrobeniusRefuses(t *testing.T) {
	for _, c := range []struct {
		solver mc.MinimumFrobenius
		p      mc.Problem
		want   string
	}{
		{mc.MinimumFrobenius{}, mc.Problem{}, "Problem.Train is nil"},
		{mc.MinimumFrobenius{Start: mat.NewDense(3, 2, nil)}, corner(t), "Start is 3×2"},
		{mc.MinimumFrobenius{Start: mat.NewDense(2, 2, []float64{0, math.NaN(), 0, 0})}, corner(t), "NaN"},
	} {
		if r, err := c.solver.Solve(context.Background(), c.p); err == nil || r != nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%#v: %v, error %v does not say %q", c.solver, r, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err := (mc.MinimumFrobenius{}).Solve(ctx, corner(t)); !errors.Is(err, context.Canceled) || r == nil {
		t.Errorf("cancelled: %v, %v", r, err)
	}
}

// ownMeasurement hides the type of a measurement.
type ownMeasurement struct{ mc.Measurement }

func ExampleMinimumFrobenius() {
	observations, err := mc.NewObservations(2, 2,
		[]mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2}, {Row: 1, Col: 0, Value: 2}})
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.MinimumFrobenius{}.Solve(context.Background(), mc.Problem{Train: observations})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mat.Formatted(result.W))
	// Output:
	// ⎡1  2⎤
	// ⎣2  0⎦
}
