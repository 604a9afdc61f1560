package mc_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// filmTable makes named ratings 1 to 5 of low rank and biases; row "r3" and column "c2" have none.
func filmTable(t testing.TB, rows, cols int, fraction float64) *mc.Observations {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, 4))
	x, y := make([]float64, rows), make([]float64, cols)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for j := range y {
		y[j] = rng.NormFloat64()
	}
	var entries []mc.Entry
	for i := range rows {
		for j := range cols {
			v := math.Round(3 + x[i]*y[j] + 0.5*y[(j+1)%cols])
			if rng.Float64() < fraction && i != 3 && j != 2 {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: min(max(v, 1), 5)})
			}
		}
	}
	o := observed(t, rows, cols, entries).Train.(*mc.Observations)
	named, err := o.WithIndex(labels(t, "r", rows), labels(t, "c", cols))
	if err != nil {
		t.Fatal(err)
	}
	return named
}

func labels(t testing.TB, letter string, n int) *mc.Index {
	t.Helper()
	all := make([]string, n)
	for k := range all {
		all[k] = letter + mc.CountingIndex("", 0, n).Label(k)
	}
	x, err := mc.NewIndex(letter, all)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// modelSolvers are one of each kind that a Model is made of.
var modelSolvers = map[string]mc.Solver{
	"BiasedALS": mc.BiasedALS{Rank: 2}, "Biases": mc.Biases{}, "Mean": mc.Mean{},
	"ItemKNN":    mc.ItemKNN{K: 5, Shrinkage: 1},
	"SoftImpute": mc.SoftImpute{}, "ALS": mc.ALS{Rank: 2},
	"DeepMF of depth 2":      mc.DeepMF{Depth: 2, Hidden: 3, Steps: 60},
	"DeepMF of depth 1":      mc.DeepMF{Depth: 1, Steps: 60},
	"Debiased SoftImpute":    mc.Debiased{Solver: mc.SoftImpute{}},
	"Debiased DeepMF":        mc.Debiased{Solver: mc.DeepMF{Depth: 3, Hidden: 3, Steps: 60}},
	"Debiased BiasedALS":     mc.Debiased{Solver: mc.BiasedALS{Rank: 2}},
	"Standardized DeepMF":    mc.Standardized{Solver: mc.DeepMF{Depth: 2, Hidden: 3, Steps: 60}},
	"Standardized BiasedALS": mc.Standardized{Solver: mc.BiasedALS{Rank: 2}},
	"Standardized Debiased":  mc.Standardized{Solver: mc.Debiased{Solver: mc.SoftImpute{}}},
	"Standardized ItemKNN":   mc.Standardized{Solver: mc.ItemKNN{K: 5, Shrinkage: 1}},
	"RidgedRatio":            mc.RidgedRatio{Rank: 3, Steps: 60},
	"Tune":                   mc.Tune{Candidates: []mc.Solver{mc.BiasedALS{Rank: 1}, mc.BiasedALS{Rank: 2}}},
}

// A model predicts W wherever the row and the column have observed entries.
func TestModelPredictsW(t *testing.T) {
	o := filmTable(t, 15, 12, 0.6)
	for name, solver := range modelSolvers {
		r, err := solver.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if loss := mc.Evaluate(mc.Problem{Train: o}, r.W).Train; math.Abs(loss-r.Loss) > rounding*(1+loss) {
			t.Errorf("%s: the result has loss %v, its W %v", name, r.Loss, loss)
		}
		for range 2 { // a model changes nothing in the result
			m, err := mc.NewModel(o, r)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for i := range 15 {
				for j := range 12 {
					if got, want := m.At(i, j), r.W.At(i, j); i != 3 && j != 2 && math.Abs(got-want) > rounding {
						t.Fatalf("%s: entry (%d, %d) is %v, W has %v", name, i, j, got, want)
					}
				}
			}
		}
	}
}

// A model by hand: predictions, the order of the best, the scale.
func TestModelByHand(t *testing.T) {
	o := observed(t, 2, 4, []mc.Entry{{Row: 0, Col: 0, Value: 4}, {Row: 0, Col: 1, Value: 2},
		{Row: 1, Col: 2, Value: 3}}).Train.(*mc.Observations)
	m := &mc.Model{
		Observed: o, Mean: 3, RowBias: []float64{1, -1}, ColBias: []float64{0, 0.5, 2, 9},
		X: mat.NewDense(2, 1, []float64{2, 1}), Y: mat.NewDense(4, 1, []float64{1, -1, 0.25, 100}),
	}
	for j, want := range []float64{6, 2.5, 6.5} {
		if got := m.At(0, j); got != want {
			t.Errorf("entry (0, %d) is %v, want %v", j, got, want)
		}
	}
	if got := m.At(0, 3); got != 13 { // without xᵢ·y_j
		t.Errorf("a column without entries: %v, want 13", got)
	}
	if _, err := m.Predict("0", "3"); !errors.Is(err, mc.ErrCold) || !strings.Contains(err.Error(), `column "3"`) {
		t.Errorf("a column without entries: error %v", err)
	}
	top, err := m.TopN("0", 5, false)
	if err != nil || len(top) != 3 || top[0] != (mc.Prediction{Label: "2", Index: 2, Value: 6.5}) || top[1].Index != 0 {
		t.Errorf("the best of row 0: %v, %v", top, err)
	}
	m.Lo, m.Hi = 1, 5
	top, err = m.TopN("0", 1, true)
	if err != nil || len(top) != 1 || top[0] != (mc.Prediction{Label: "2", Index: 2, Value: 5}) {
		t.Errorf("the best of row 0 that is not observed: %v, %v", top, err)
	}
	if got := m.At(0, 0); got != 5 {
		t.Errorf("held within the scale: %v, want 5", got)
	}
	if _, cols := m.Cold(); len(cols) != 1 || cols[0] != "3" {
		t.Errorf("columns without entries: %v", cols)
	}
}

// Where factors know nothing of a row or a column, the mean of the other one's entries is
// predicted.
func TestModelCold(t *testing.T) {
	o := observed(t, 3, 3, []mc.Entry{{Row: 0, Col: 0, Value: 4}, {Row: 0, Col: 1, Value: 5},
		{Row: 1, Col: 0, Value: 3}, {Row: 1, Col: 1, Value: 4}}).Train.(*mc.Observations)
	m, err := mc.Fit(context.Background(), mc.DeepMF{Depth: 2, Steps: 300}, o)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{3.5, 4.5, 4} {
		if got := m.At(2, k); got != want {
			t.Errorf("row without entries, column %d: %v, want %v", k, got, want)
		}
	}
	for k, want := range []float64{4.5, 3.5, 4} {
		if got := m.At(k, 2); got != want {
			t.Errorf("column without entries, row %d: %v, want %v", k, got, want)
		}
	}
	value, err := m.Predict("2", "0")
	if value != 3.5 || !errors.Is(err, mc.ErrCold) || !strings.Contains(err.Error(), `row "2"`) {
		t.Errorf("Predict of a row without entries: %v, %v", value, err)
	}
	if rows, cols := m.Cold(); len(rows) != 1 || rows[0] != "2" || len(cols) != 1 || cols[0] != "2" {
		t.Errorf("without entries: rows %v, columns %v", rows, cols)
	}
}

// A new row: the minimum of the objective in the doc comment has no gradient, and a row of a matrix
// of low rank is found from as many entries as the rank.
func TestModelFoldIn(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := mat.NewDense(30, 3, nil), mat.NewDense(20, 3, nil)
	for _, m := range []*mat.Dense{x, y} {
		m.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, m)
	}
	var w mat.Dense
	w.Mul(x, y.T())
	o, err := mc.ObserveDense(w.Slice(1, 30, 0, 20))
	if err != nil {
		t.Fatal(err)
	}
	m, err := mc.Fit(context.Background(), mc.ALS{Rank: 3, Lambda: mc.Zero, Tolerance: 1e-14}, o)
	if err != nil {
		t.Fatal(err)
	}
	m.Lambda = 0
	r, err := m.FoldIn(map[string]float64{"1": w.At(0, 1), "4": w.At(0, 4), "7": w.At(0, 7), "9": w.At(0, 9)})
	if err != nil {
		t.Fatal(err)
	}
	for j := range 20 {
		got, err := r.Predict(mc.CountingIndex("", 0, 20).Label(j))
		// The factors are those of a run to 1e-14 of its objective, the square of this: measured
		// 7e-11.
		if err != nil || math.Abs(got-w.At(0, j)) > 1e-7 {
			t.Errorf("column %d of the new row: %v, %v; want %v", j, got, err, w.At(0, j))
		}
	}

	films := filmTable(t, 15, 12, 0.6)
	for _, solver := range []mc.Solver{mc.BiasedALS{Rank: 2}, mc.Biases{}, mc.Debiased{Solver: mc.SoftImpute{}},
		mc.Standardized{Solver: mc.BiasedALS{Rank: 2}}} {
		m, err := mc.Fit(context.Background(), solver, films)
		if err != nil {
			t.Fatal(err)
		}
		given := map[string]float64{"c0": 5, "c1": 1, "c5": 4, "c7": 2}
		r, err := m.FoldIn(given)
		if err != nil {
			t.Fatal(err)
		}
		times := 1.0
		if m.PerEntry {
			times = 4
		}
		gradient := []float64{m.RowLambda * times * r.Bias}
		for _, v := range r.X {
			gradient = append(gradient, m.Lambda*times*v)
		}
		for label, v := range given {
			at, err := r.Predict(label)
			if err != nil {
				t.Fatal(err)
			}
			gradient[0] += at - v
			j, _ := films.ColIndex().Find(label)
			for c := range r.X {
				gradient[1+c] += (at - v) * m.Y.At(j, c)
			}
		}
		for c, g := range gradient {
			if math.Abs(g) > rounding {
				t.Errorf("%T: derivative %d of the objective at the new row is %v", solver, c, g)
			}
		}
	}
}

// In the model of neighbours, a row that is folded in is the row that a fit with it has, but for
// what it changes in the biases of columns: with large λ there are none.
func TestModelFoldInNeighbours(t *testing.T) {
	all := filmTable(t, 15, 12, 0.7)
	solver := mc.ItemKNN{K: 3, Shrinkage: 1, Biases: mc.Biases{RowLambda: 1e12, ColLambda: 1e12}}
	with, err := mc.Fit(context.Background(), solver, all)
	if err != nil {
		t.Fatal(err)
	}
	var rest []mc.Entry
	given := map[string]float64{}
	for _, e := range all.Entries() {
		if e.Row == 14 {
			given[all.ColIndex().Label(e.Col)] = e.Value
			continue
		}
		rest = append(rest, e)
	}
	less, err := observed(t, 15, 12, rest).Train.(*mc.Observations).WithIndex(all.RowIndex(), all.ColIndex())
	if err != nil {
		t.Fatal(err)
	}
	without, err := mc.Fit(context.Background(), solver, less)
	if err != nil {
		t.Fatal(err)
	}
	without.Mean = with.Mean
	r, err := without.FoldIn(given)
	if err != nil {
		t.Fatal(err)
	}
	for j := range 12 {
		if j == 2 {
			continue
		}
		got, err := r.Predict(all.ColIndex().Label(j))
		// With λ = 1e12 the biases are 1e-12 and not 0: measured 6e-12.
		if want := with.At(14, j); err != nil || math.Abs(got-want) > 1e-9 {
			t.Errorf("column %d: %v (%v), want %v", j, got, err, want)
		}
	}
}

// BiasedALS fits a matrix too large to form, and its model is that of the same entries in a small
// one.
func TestBiasedALSWithoutW(t *testing.T) {
	small := filmTable(t, 15, 12, 0.6)
	large, err := mc.NewObservations(20000, 20000, small.Entries())
	if err != nil {
		t.Fatal(err)
	}
	solver := mc.BiasedALS{Rank: 2, Lambda: 0.05, Steps: 2000, Tolerance: 1e-15}
	r, err := solver.Solve(context.Background(), mc.Problem{Train: large, Test: large})
	if err != nil || r.W != nil || mc.Detail[*mc.Factors](r) == nil {
		t.Fatalf("error %v, result %v", err, r)
	}
	if got := r.Metrics(mc.Problem{Train: large, Test: large}); math.Abs(got.Test-r.Loss) > rounding {
		t.Errorf("the factors have loss %v, the result %v", got.Test, r.Loss)
	}
	m, err := mc.NewModel(large, r)
	if err != nil {
		t.Fatal(err)
	}
	want, err := solver.Solve(context.Background(), mc.Problem{Train: small})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(want.Loss-r.Loss) > rounding*want.Loss {
		t.Errorf("loss %v, of the small matrix %v", r.Loss, want.Loss)
	}
	if rows, _ := m.Cold(); len(rows) != 20000-14 {
		t.Errorf("%d rows without entries, want %d", len(rows), 20000-14)
	}
	f := mc.Detail[*mc.Factors](r).W
	for _, e := range small.Entries() {
		product := 0.0
		for h := range 4 {
			product += f[1].At(e.Row, h) * f[0].At(h, e.Col)
		}
		if got := m.At(e.Row, e.Col); math.Abs(got-product) > rounding {
			t.Fatalf("entry (%d, %d): the model has %v, the factors %v", e.Row, e.Col, got, product)
		}
	}
}

// Mean, Biases and ItemKNN fit a matrix too large to form, by themselves and behind Standardized,
// and predict what they do for the same entries in a small one.
func TestBaselinesWithoutW(t *testing.T) {
	small := filmTable(t, 15, 12, 0.6)
	large, err := mc.NewObservations(20000, 20000, small.Entries())
	if err != nil {
		t.Fatal(err)
	}
	for _, solver := range []mc.Solver{
		mc.Mean{}, mc.Biases{RowLambda: 1, ColLambda: 2}, mc.ItemKNN{K: 3, Shrinkage: 1},
		mc.Standardized{Solver: mc.ItemKNN{K: 3, Shrinkage: 1}}, mc.Standardized{Solver: mc.Biases{}},
	} {
		problem, seen := mc.Problem{Train: large, Test: large}, math.NaN()
		r, err := solver.Solve(context.Background(), problem,
			mc.ObserverFunc(func(s *mc.Step) { seen = s.Metrics().Test }))
		if err != nil || r.W != nil {
			t.Fatalf("%#v: error %v, result %v", solver, err, r)
		}
		want, err := solver.Solve(context.Background(), mc.Problem{Train: small})
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]float64{"result": r.Loss, "metrics": r.Metrics(problem).Test,
			"observer": seen} {
			if math.Abs(got-want.Loss) > rounding*want.Loss {
				t.Errorf("%#v: the loss by the %s is %v, of the small matrix %v", solver, what, got, want.Loss)
			}
		}
		m, err := mc.NewModel(large, r)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 15 {
			for j := range 12 {
				if got := m.At(i, j); math.Abs(got-want.W.At(i, j)) > rounding {
					t.Fatalf("%#v: entry (%d, %d) is %v, of the small matrix %v", solver, i, j, got, want.W.At(i, j))
				}
			}
		}
	}
}

func TestModelRefuses(t *testing.T) {
	o := filmTable(t, 15, 12, 0.6)
	m, err := mc.Fit(context.Background(), mc.BiasedALS{Rank: 2}, o)
	if err != nil {
		t.Fatal(err)
	}
	fails := func(want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	_, err = m.Predict("nobody", "c1")
	fails(`no row "nobody"`, err)
	_, err = m.Predict("r1", "nothing")
	fails(`no column "nothing"`, err)
	_, err = m.TopN("r1", 0, true)
	fails("n is 0", err)
	_, err = m.FoldIn(nil)
	fails("at least one", err)
	_, err = m.FoldIn(map[string]float64{"c1": math.NaN()})
	fails("NaN", err)
	_, err = m.FoldIn(map[string]float64{"c99": 1})
	fails(`no column "c99"`, err)
	_, err = m.FoldIn(map[string]float64{"c2": 1})
	fails("no observed entries", err)
	_, err = mc.NewModel(o, &mc.Result{})
	fails("neither W nor", err)
	_, err = mc.NewModel(o, &mc.Result{W: mat.NewDense(3, 3, nil)})
	fails("must be 15", err)
	_, err = mc.Fit(context.Background(), nil, o)
	fails("must be given", err)
	m.Lo = 7
	fails("Lo at most Hi", m.Validate())
}

// Standardized data: a result in other units is the result in other units.
func TestStandardized(t *testing.T) {
	o := filmTable(t, 15, 12, 0.6)
	var entries []mc.Entry
	for _, e := range o.Entries() {
		e.Value = 1e6 + 1e3*e.Value
		entries = append(entries, e)
	}
	p, units := mc.Problem{Train: o, Test: o}, observed(t, 15, 12, entries)
	for _, solver := range []mc.Solver{mc.DeepMF{Depth: 2, Hidden: 3, Steps: 60}, mc.DeepMF{Depth: 1, Steps: 60},
		mc.SoftImpute{}} {
		a, err := mc.Standardized{Solver: solver}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		b, err := mc.Standardized{Solver: solver}.Solve(context.Background(), units)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 15 {
			for j := range 12 {
				// 1e-8 of the values, which are around 1e6: rounding, grown over the steps.
				if got, want := b.W.At(i, j), 1e6+1e3*a.W.At(i, j); math.Abs(got-want) > 1e-2 {
					t.Fatalf("%T: entry (%d, %d) is %v, want %v", solver, i, j, got, want)
				}
			}
		}
		product := mc.Detail[*mc.Factors](a).Product()
		if !mat.EqualApprox(product, a.W, 1e-9) {
			t.Errorf("%T: the factors are not those of W", solver)
		}
	}
	if _, err := (mc.Standardized{}).Solve(context.Background(), p); err == nil {
		t.Error("no solver: no error")
	}
}
