package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Small tables whose rows are fitted exactly by their centres, so that unbounded scales would
// vanish.
func TestScalesAreBounded(t *testing.T) {
	for _, c := range []struct {
		rows, cols int
		entries    []mc.Entry
	}{
		{3, 3, []mc.Entry{
			{Row: 0, Col: 0, Value: 5}, {Row: 0, Col: 1, Value: 2}, {Row: 0, Col: 2, Value: 3},
			{Row: 1, Col: 0, Value: 4}, {Row: 1, Col: 1, Value: 1}, {Row: 1, Col: 2, Value: 3},
			{Row: 2, Col: 0, Value: 5}, {Row: 2, Col: 1, Value: 3},
		}},
		{3, 4, []mc.Entry{
			{Row: 0, Col: 0, Value: 2}, {Row: 0, Col: 1, Value: 1}, {Row: 0, Col: 2, Value: 5},
			{Row: 0, Col: 3, Value: 2},
			{Row: 1, Col: 0, Value: 1}, {Row: 1, Col: 1, Value: 1}, {Row: 1, Col: 3, Value: 1},
			{Row: 2, Col: 0, Value: 4}, {Row: 2, Col: 1, Value: 2}, {Row: 2, Col: 2, Value: 5},
			{Row: 2, Col: 3, Value: 3},
		}},
	} {
		p := observed(t, c.rows, c.cols, c.entries)
		for _, s := range []mc.Solver{mc.SoftImpute{Center: true, Scale: true}, mc.BiScale{Solver: mc.SoftImpute{}}} {
			r, err := s.Solve(context.Background(), p)
			if err != nil || mat.Max(r.W) > 7 || mat.Min(r.W) < -1 || r.Loss > zeroLoss(p) && r.Status == mc.Converged {
				t.Errorf("%d×%d, %T: ratings from 1 to 5 have estimates from %v to %v, %v, %v", c.rows, c.cols, s,
					mat.Min(r.W), mat.Max(r.W), r.Status, err)
			}
		}
	}
}

// Random tables of ratings from 1 to 5 have estimates near them, and centres and scales settle. The
// last seeds are tables whose scales approach their bounds in thousands of rounds, and ones whose
// centres fit exactly.
func TestBiScaleOfSmallTables(t *testing.T) {
	seeds := []uint64{441, 803, 1637, 1912, 2416, 2470, 2569, 2784, 3143, 3322, 3367}
	for seed := range uint64(150) {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 5))
		p := ratingsTable(t, 3+rng.IntN(6), 3+rng.IntN(6), 0.3+0.6*rng.Float64(), seed)
		for _, s := range []mc.SoftImpute{{Center: true}, {Center: true, Scale: true}} {
			r, err := s.Solve(context.Background(), p)
			honest(t, fmt.Sprintf("table %d, %#v", seed, s), p, r, err)
			if err != nil {
				t.Fatalf("table %d, %#v: %v", seed, s, err)
			}
			if mat.Max(r.W) > 20 || mat.Min(r.W) < -15 {
				t.Errorf("table %d, %#v: estimates from %v to %v", seed, s, mat.Min(r.W), mat.Max(r.W))
			}
		}
	}
}

// Large tables with three to six ratings a row have estimates near them as well.
func TestBiScaleOfSparseRatings(t *testing.T) {
	for seed, shape := range [][2]int{{200, 100}, {100, 200}, {200, 100}} {
		rng := rand.New(rand.NewPCG(uint64(seed), 19))
		var entries []mc.Entry
		for _, at := range rng.Perm(shape[0] * shape[1])[:600] {
			entries = append(entries, mc.Entry{Row: at / shape[1], Col: at % shape[1], Value: 1 + float64(rng.IntN(5))})
		}
		p := observed(t, shape[0], shape[1], entries)
		for _, s := range []mc.Solver{
			mc.SoftImpute{Center: true, Scale: true}, mc.SoftImpute{Center: true}, mc.BiScale{Solver: mc.SoftImpute{}},
		} {
			r, err := s.Solve(context.Background(), p)
			honest(t, mc.Describe(s), p, r, err)
			if err != nil || r.Status != mc.Converged {
				t.Fatal(mc.Describe(s), r, err)
			}
			// Effects of few ratings add up to at most twice the width of the ratings beyond them.
			if low, high := mat.Min(r.W), mat.Max(r.W); low < 1-8 || high > 5+8 {
				t.Errorf("%d×%d, %s: estimates from %v to %v", shape[0], shape[1], mc.Describe(s), low, high)
			}
		}
	}
}

// Films without a rating have the mean and what is known of the users, whichever of them are rows.
func TestColdFilms(t *testing.T) {
	const users, films, cold = 120, 96, 32
	rng := rand.New(rand.NewPCG(5, 7))
	effects := make([]float64, users+films)
	for k := range effects {
		effects[k] = 0.5 * rng.NormFloat64()
	}
	var entries []mc.Entry
	mean := 0.0
	for i := range users {
		for j := range films {
			if j%3 != 0 && rng.Float64() < 0.15 {
				v := min(max(math.Round(3.6+effects[i]+effects[users+j]+0.8*rng.NormFloat64()), 1), 5)
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: v})
				mean += v
			}
		}
	}
	mean /= float64(len(entries))
	turned := make([]mc.Entry, len(entries))
	for k, e := range entries {
		turned[k] = mc.Entry{Row: e.Col, Col: e.Row, Value: e.Value}
	}
	for _, s := range []mc.Solver{
		mc.SoftImpute{Center: true}, mc.SoftImpute{Center: true, Scale: true}, mc.BiScale{Solver: mc.SoftImpute{}},
		mc.BiScale{Solver: mc.ALS{Rank: 2}, CenterOnly: true},
		mc.Tune{Candidates: []mc.Solver{mc.SoftImpute{Center: true}}},
		mc.Biases{}, mc.ItemKNN{}, mc.BiasedALS{Rank: 2}, mc.Debiased{Solver: mc.SoftImpute{}},
		mc.Standardized{Solver: mc.SoftImpute{}},
	} {
		for k, p := range []mc.Problem{observed(t, users, films, entries), observed(t, films, users, turned)} {
			r, err := s.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(mc.Describe(s), err)
			}
			w, unobserved := r.W, mc.Detail[mc.Unobserved](r)
			if k == 1 {
				w, unobserved.Cols = mat.DenseCopyOf(w.T()), unobserved.Rows
			}
			sum, low, high := 0.0, math.Inf(1), math.Inf(-1)
			for _, j := range unobserved.Cols {
				column := mat.DenseCopyOf(w.ColView(j))
				sum, low, high = sum+mat.Sum(column)/users, min(low, mat.Min(column)), max(high, mat.Max(column))
			}
			// Users differ by some halves of a star.
			if n := len(unobserved.Cols); n != cold || math.Abs(sum/cold-mean) > 0.15 || low < 1 || high > 6 {
				t.Errorf("%s: %d cold films have estimates from %v to %v, mean %v; the ratings have %v",
					mc.Describe(s), n, low, high, sum/cold, mean)
			}
		}
	}
}

// Data that are centred already have centres of rounding, which conjugate gradients must not
// magnify.
func TestCentersOfCentredData(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 6))
		rows, cols := 3+rng.IntN(6), 3+rng.IntN(6)
		p := ratingsTable(t, rows, cols, 0.3+0.6*rng.Float64(), seed)
		centers := mc.BiScale{Solver: mc.MinimumFrobenius{}, CenterOnly: true}
		r, err := centers.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		additive, err := mc.BiScale{Solver: mc.NuclearNorm{Noise: 100}, CenterOnly: true}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		entries := p.Train.(*mc.Observations).Entries()
		for k, e := range entries {
			entries[k].Value = r.W.At(e.Row, e.Col) - additive.W.At(e.Row, e.Col)
		}
		centred := observed(t, rows, cols, entries)
		if r, err = centers.Solve(context.Background(), centred); err != nil {
			t.Fatalf("table %d: %v", seed, err)
		}
		for i := range rows {
			for j := range cols {
				if x := r.W.At(i, j); math.Abs(x) > 8 { // twice the width of the ratings
					t.Fatalf("table %d: W(%d, %d) is %v", seed, i, j, x)
				}
			}
		}
	}
}

// Columns of a sensor each, whose units differ by factors up to 1500: the centres of rows follow
// the columns of small units, whose scales decrease for thousands of rounds.
func TestBiScaleOfColumnsInDifferentUnits(t *testing.T) {
	const rows = 400
	units := []float64{1.4, 217, 204, 7, 266, 213, 257, 48, 346, 398, 9, 17, 0.4}
	rng := rand.New(rand.NewPCG(1, 5))
	var entries []mc.Entry
	level := 0.0
	for i := range rows {
		level = 0.95*level + 0.3*rng.NormFloat64()
		for j, unit := range units {
			if rng.Float64() < 0.85 && (j != 2 || i < rows/10) {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: unit * (4 + level + 0.4*rng.NormFloat64())})
			}
		}
	}
	p := observed(t, rows, len(units), entries)
	r, err := mc.SoftImpute{Center: true, Scale: true}.Solve(context.Background(), p)
	honest(t, "sensors", p, r, err)
	if err != nil || r.Status != mc.Converged {
		t.Fatal(r, err)
	}
	if low, high := mat.Min(r.W), mat.Max(r.W); low < -400 || high > 4000 {
		t.Errorf("estimates from %v to %v, where the largest unit is 398 and the observed about 4±1 of it", low, high)
	}
}

// Along a chain of rows and columns, an entry says something of all others, yet centres settle.
func TestCentersOfAChain(t *testing.T) {
	const n = 1000
	var entries []mc.Entry
	want := func(i, j int) float64 { return float64(i%7) - float64(j%5) }
	for i := range n {
		entries = append(entries, mc.Entry{Row: i, Col: i, Value: want(i, i)})
		if i > 0 {
			entries = append(entries, mc.Entry{Row: i, Col: i - 1, Value: want(i, i-1)})
		}
	}
	r, err := mc.BiScale{Solver: mc.Mean{}, CenterOnly: true}.Solve(context.Background(), observed(t, n, n, entries))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		// Centres settle to changes of 1e-10: measured 2.5e-14.
		if j := n - 1 - i; math.Abs(r.W.At(i, j)-want(i, j)) > 1e-9 {
			t.Fatalf("W(%d, %d) is %v, expected %v", i, j, r.W.At(i, j), want(i, j))
		}
	}
}

// An empty row has the mean and the effects of the columns, an empty column those of the rows, and
// both are named; the transposed table has the transposed answer.
func TestEmptyRowAndColumn(t *testing.T) {
	entries := []mc.Entry{{Row: 0, Col: 0, Value: 4}, {Row: 0, Col: 1, Value: 5}, {Row: 1, Col: 0, Value: 3},
		{Row: 1, Col: 1, Value: 4}}
	want := mat.NewDense(3, 3, []float64{4, 5, 4.5, 3, 4, 3.5, 3.5, 4.5, 4})
	transposed := make([]mc.Entry, len(entries))
	for k, e := range entries {
		transposed[k] = mc.Entry{Row: e.Col, Col: e.Row, Value: e.Value}
	}
	for _, s := range []mc.Solver{
		mc.SoftImpute{Center: true}, mc.SoftImpute{Center: true, Scale: true},
		mc.BiScale{Solver: mc.SoftImpute{}}, mc.BiScale{Solver: mc.ALS{Rank: 1}, CenterOnly: true},
	} {
		r, err := s.Solve(context.Background(), observed(t, 3, 3, entries))
		if err != nil || !mat.EqualApprox(r.W, want, 1e-8) {
			t.Fatalf("%#v: %v\n%v", s, err, mat.Formatted(r.W))
		}
		if u := mc.Detail[mc.Unobserved](r); fmt.Sprint(u) != "{[2] [2]}" {
			t.Errorf("%#v: without observed entries are %v", s, u)
		}
		r, err = s.Solve(context.Background(), observed(t, 3, 3, transposed))
		if err != nil || !mat.EqualApprox(r.W, want.T(), 1e-8) {
			t.Errorf("%#v, transposed: %v\n%v", s, err, mat.Formatted(r.W))
		}
	}
}

// Centres and scales do not depend on units, on which side comes first, or on a shift.
func TestBiScaleIsEquivariant(t *testing.T) {
	p := ratingsTable(t, 14, 11, 0.6, 3)
	entries := p.Train.(*mc.Observations).Entries()
	s := mc.BiScale{Solver: mc.SoftImpute{Tolerance: 1e-9}}
	const within = 1e-6 // the solver's own tolerance, times its condition
	solve := func(rows, cols int, change func(e mc.Entry) mc.Entry) *mat.Dense {
		other := make([]mc.Entry, len(entries))
		for k, e := range entries {
			other[k] = change(e)
		}
		r, err := s.Solve(context.Background(), observed(t, rows, cols, other))
		if err != nil {
			t.Fatal(err)
		}
		return r.W
	}
	want := solve(14, 11, func(e mc.Entry) mc.Entry { return e })
	for _, k := range []int{-12, 12} {
		w := solve(14, 11, func(e mc.Entry) mc.Entry { e.Value *= math.Pow10(k); return e })
		w.Scale(math.Pow10(-k), w)
		if d := apart(w, want); !(d < within) {
			t.Errorf("×1e%d: %v apart", k, d)
		}
	}
	turned := solve(11, 14, func(e mc.Entry) mc.Entry { return mc.Entry{Row: e.Col, Col: e.Row, Value: e.Value} })
	if d := apart(mat.DenseCopyOf(turned.T()), want); !(d < within) {
		t.Errorf("transposed: %v apart", d)
	}
	for _, shift := range []float64{10, 1e9} { // beside which the entries have seven digits
		shifted := solve(14, 11, func(e mc.Entry) mc.Entry { e.Value += shift; return e })
		shifted.Apply(func(_, _ int, x float64) float64 { return x - shift }, shifted)
		if d := apart(shifted, want); !(d < within+1e-15*shift) {
			t.Errorf("shifted by %v: %v apart", shift, d)
		}
	}
}

// BiScale before SoftImpute is SoftImpute with its own centring and scaling, and its factors are of
// W.
func TestBiScaleIsThatOfSoftImpute(t *testing.T) {
	p := ratingsTable(t, 20, 15, 0.5, 8)
	for _, c := range []struct {
		outside mc.BiScale
		inside  mc.SoftImpute
	}{
		{mc.BiScale{}, mc.SoftImpute{Center: true, Scale: true}},
		{mc.BiScale{CenterOnly: true}, mc.SoftImpute{Center: true}},
		{mc.BiScale{ScaleOnly: true}, mc.SoftImpute{Scale: true}},
		{mc.BiScale{}, mc.SoftImpute{Center: true, Scale: true, Lambda: 1e-2}},
		{mc.BiScale{CenterOnly: true}, mc.SoftImpute{Center: true, Lambda: 1e-2}},
		{mc.BiScale{ScaleOnly: true}, mc.SoftImpute{Scale: true, Lambda: 1e-2}},
	} {
		c.outside.Solver = mc.SoftImpute{Lambda: c.inside.Lambda, Tolerance: 1e-9}
		c.inside.Tolerance = 1e-9
		a, errA := c.outside.Solve(context.Background(), p)
		b, errB := c.inside.Solve(context.Background(), p)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		// The tolerance of both, times its condition.
		if d := apart(a.W, b.W); !(d < 1e-6) || math.Abs(a.Loss-b.Loss) > 1e-6*b.Loss {
			t.Errorf("%#v: %v apart, losses %v and %v", c.outside, d, a.Loss, b.Loss)
		}
		if d := apart(mc.Detail[*mc.Factors](a).Product(), a.W); !(d < rounding) {
			t.Errorf("%#v: the product of the factors is %v off W", c.outside, d)
		}
	}
}

func TestBiScaleRefuses(t *testing.T) {
	p := ratingsTable(t, 4, 3, 0.9, 1)
	refuses(t, mc.BiScale{}, p, "BiScale.Solver is nil")
	refuses(t, mc.BiScale{Solver: mc.SoftImpute{}, CenterOnly: true, ScaleOnly: true}, p, "both true")
	refuses(t, mc.BiScale{Solver: mc.R2RILS{Rank: -1}}, p, "R2RILS.Rank is -1")
	refuses(t, mc.BiScale{Solver: mc.SoftImpute{}}, sensed(t), "must be *mc.Observations")
	large := observed(t, 12_000, 12_000, []mc.Entry{{Row: 0, Col: 1, Value: 4}, {Row: 1, Col: 0, Value: 2}})
	r, err := mc.BiScale{Solver: mc.ItemKNN{}}.Solve(context.Background(), large)
	if r != nil || err == nil || !strings.Contains(err.Error(), "has no factors") {
		t.Errorf("neighbours of a matrix that is too large to be formed: %v, %v", r, err)
	}
}

// Ratings are centred and scaled before a solver that knows nothing of users who rate high.
func ExampleBiScale() {
	var entries []mc.Entry
	for i := range 6 {
		for j := range 5 {
			if (2*i+j)%4 != 0 {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: 3 + 0.5*float64(i) - 0.25*float64(j)})
			}
		}
	}
	observations, err := mc.NewObservations(6, 5, entries)
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.BiScale{Solver: mc.SoftImpute{}}.Solve(context.Background(), mc.Problem{Train: observations})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f, expected 3.000\n", result.W.At(0, 0))
	// Output:
	// 3.000, expected 3.000
}

// A Result names the rows and columns of which nothing is known.
func ExampleUnobserved() {
	observations, err := mc.NewObservations(3, 2, []mc.Entry{{Row: 0, Col: 1, Value: 4}, {Row: 2, Col: 1, Value: 2}})
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.Mean{}.Solve(context.Background(), mc.Problem{Train: observations})
	if err != nil {
		log.Fatal(err)
	}
	unobserved := mc.Detail[mc.Unobserved](result)
	fmt.Println("rows", unobserved.Rows, "columns", unobserved.Cols)
	// Output:
	// rows [1] columns [0]
}
