package mc_test

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// ratings draws observations between 1 and 5, some lines perhaps without any.
var ratings = rapid.Custom(func(t *rapid.T) *mc.Observations {
	rows, cols := rapid.IntRange(1, 8).Draw(t, "rows"), rapid.IntRange(1, 8).Draw(t, "cols")
	at := rapid.SliceOfNDistinct(rapid.IntRange(0, rows*cols-1), 1, rows*cols, rapid.ID).Draw(t, "at")
	entries := make([]mc.Entry, len(at))
	for k, ij := range at {
		entries[k] = mc.Entry{Row: ij / cols, Col: ij % cols, Value: float64(rapid.IntRange(1, 5).Draw(t, "rating"))}
	}
	o, err := mc.NewObservations(rows, cols, entries)
	if err != nil {
		t.Fatal(err)
	}
	return o
})

func mean(o *mc.Observations) float64 {
	sum := 0.0
	for _, v := range o.Values() {
		sum += v
	}
	return sum / float64(o.Len())
}

func TestMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := ratings.Draw(t, "o")
		result, err := mc.Mean{}.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatal(err)
		}
		if lo, hi, want := mat.Min(result.W), mat.Max(result.W), mean(o); math.Abs(lo-want) > rounding || lo != hi {
			t.Fatalf("estimates from %v to %v, want the mean %v", lo, hi, want)
		}
	})
}

// At the optimum the residuals of a line, less the damping of its bias, sum to zero, and a line
// without ratings has bias 0.
func TestBiasesAreOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := ratings.Draw(t, "o")
		rows, cols := o.Dims()
		b := mc.Biases{RowLambda: rapid.Float64Range(0.5, 20).Draw(t, "rows"),
			ColLambda: rapid.Float64Range(0.5, 20).Draw(t, "cols"), Steps: 10_000}
		result, err := b.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatal(err)
		}
		if result.Status != mc.Converged {
			t.Fatalf("status %v", result.Status)
		}
		w, mu := result.W, mean(o)
		// a_i and b_j from W up to a constant c, which optimality itself pins down: λ_rows·Σa =
		// λ_cols·Σb.
		residual, byRow, byCol := make([]float64, o.Len()), make([]float64, rows), make([]float64, cols)
		o.Apply(residual, w)
		inRow, inCol := make([]int, rows), make([]int, cols)
		for k, e := range o.All() {
			byRow[e.Row] += e.Value - residual[k]
			byCol[e.Col] += e.Value - residual[k]
			inRow[e.Row]++
			inCol[e.Col]++
		}
		for i := range rows {
			for j := range cols {
				want := mu + byRow[i]/b.RowLambda + byCol[j]/b.ColLambda
				// The default Tolerance of 1e-10, times what the steps that are left out would add.
				if math.Abs(w.At(i, j)-want) > 1e-7 {
					t.Fatalf("estimate (%d, %d) is %v; the residuals of its lines ask for %v",
						i, j, w.At(i, j), want)
				}
			}
		}
	})
}

// With next to no damping an additive matrix is found from enough of its entries.
func TestBiasesFindAnAdditiveMatrix(t *testing.T) {
	w := mat.NewDense(12, 9, nil)
	w.Apply(func(i, j int, _ float64) float64 { return 3 + math.Sin(float64(i)) + math.Cos(2*float64(j)) }, w)
	mask, err := mc.SampleMask(12, 9, 70, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	entries := make([]mc.Entry, len(mask))
	for k, at := range mask {
		entries[k] = mc.Entry{Row: at / 9, Col: at % 9, Value: w.At(at/9, at%9)}
	}
	o, err := mc.NewObservations(12, 9, entries)
	if err != nil {
		t.Fatal(err)
	}
	result, err := mc.Biases{RowLambda: 1e-9, ColLambda: 1e-9, Steps: 10_000}.Solve(context.Background(),
		mc.Problem{Train: o})
	if err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(result.W, w, 1e-6) {
		t.Errorf("the estimate differs from the matrix by %v",
			mc.Evaluate(mc.Problem{Train: o, Truth: w}, result.W).RelativeError)
	}
}
