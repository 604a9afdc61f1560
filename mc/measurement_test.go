package mc_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

func TestNewObservationsSorts(t *testing.T) {
	o, err := mc.NewObservations(2, 3, []mc.Entry{{1, 2, 6}, {0, 1, 2}, {1, 0, 4}})
	if err != nil {
		t.Fatal(err)
	}
	want := []mc.Entry{{0, 1, 2}, {1, 0, 4}, {1, 2, 6}}
	if diff := cmp.Diff(want, o.Entries()); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{2, 4, 6}, o.Values()); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	d := o.Dense()
	if !math.IsNaN(d.At(0, 0)) || d.At(1, 2) != 6 {
		t.Errorf("Dense() = %v: unobserved entries must be NaN, observed ones kept", mat.Formatted(d))
	}
	back, err := mc.ObserveDense(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.Entries(), back.Entries()); diff != "" {
		t.Errorf("ObserveDense(Dense()) (-want +got):\n%s", diff)
	}
}

// Each bad input is refused by an error that names the place and the value.
func TestBadMeasurements(t *testing.T) {
	observe := func(rows, cols int, e ...mc.Entry) error {
		_, err := mc.NewObservations(rows, cols, e)
		return err
	}
	sense := func(rows, cols int, maps *mat.Dense, values ...float64) error {
		_, err := mc.NewSensing(rows, cols, maps, values)
		return err
	}
	one := mat.NewDense(1, 4, []float64{1, 2, 3, 4})
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"no rows", observe(0, 3, mc.Entry{}), []string{"0×3"}},
		{"no entries", observe(2, 2), []string{"no entries"}},
		{"row too large", observe(2, 2, mc.Entry{2, 0, 1}), []string{"entry 0", "(2, 0)", "2×2"}},
		{"negative column", observe(2, 2, mc.Entry{0, 0, 1}, mc.Entry{0, -1, 1}), []string{"entry 1", "(0, -1)"}},
		{"NaN", observe(2, 2, mc.Entry{0, 1, math.NaN()}), []string{"(0, 1)", "NaN"}},
		{"infinite", observe(2, 2, mc.Entry{0, 1, math.Inf(-1)}), []string{"(0, 1)", "-Inf"}},
		{"twice", observe(2, 2, mc.Entry{0, 1, 3}, mc.Entry{1, 1, 0}, mc.Entry{0, 1, 3}), []string{"(0, 1)", "twice"}},
		{"no maps", sense(2, 2, nil, 1), []string{"no measurements"}},
		{"maps of another shape", sense(2, 3, one, 1), []string{"1×4", "6 columns"}},
		{"another number of values", sense(2, 2, one, 1, 2), []string{"2 values", "1 maps"}},
		{"NaN in a map", sense(2, 2, mat.NewDense(1, 4, []float64{0, 0, math.NaN(), 0}), 1),
			[]string{"maps(0, 2)", "NaN"}},
		{"infinite value", sense(2, 2, one, math.Inf(1)), []string{"values[0]", "+Inf"}},
	} {
		if c.err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(c.err.Error(), w) {
				t.Errorf("%s: %q does not say %q", c.name, c.err, w)
			}
		}
	}
}

func TestSampleMask(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 20).Draw(t, "rows"), rapid.IntRange(1, 20).Draw(t, "cols")
		least := rapid.IntRange(0, min(rows, cols)).Draw(t, "least")
		n := rapid.IntRange(max(1, least*max(rows, cols)), rows*cols).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		mask, err := mc.SampleMask(rows, cols, n, least, seed)
		if err != nil {
			t.Fatal(err)
		}
		if len(mask) != n {
			t.Fatalf("%d entries, want %d", len(mask), n)
		}
		row, col := make([]int, rows), make([]int, cols)
		for k, at := range mask {
			if at < 0 || at >= rows*cols || k > 0 && at <= mask[k-1] {
				t.Fatalf("position %d after %v: not ascending within the matrix", at, mask[:k])
			}
			row[at/cols]++
			col[at%cols]++
		}
		for _, c := range append(row, col...) {
			if c < least {
				t.Fatalf("a line has %d entries, want at least %d", c, least)
			}
		}
		again, _ := mc.SampleMask(rows, cols, n, least, seed)
		if !cmp.Equal(mask, again) {
			t.Fatal("the same seed gave another mask")
		}
	})
}

// Every entry is equally likely: counts over many seeds are within five standard deviations of
// their mean.
func TestSampleMaskIsUniform(t *testing.T) {
	const rows, cols, n, seeds = 4, 5, 7, 20_000
	var count [rows * cols]float64
	for seed := range uint64(seeds) {
		mask, err := mc.SampleMask(rows, cols, n, 0, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range mask {
			count[at]++
		}
	}
	p := float64(n) / (rows * cols)
	sd := math.Sqrt(seeds * p * (1 - p))
	for at, c := range count {
		if math.Abs(c-seeds*p) > 5*sd {
			t.Errorf("entry %d observed %v times, want %v ± %v", at, c, seeds*p, 5*sd)
		}
	}
}

func TestSampleMaskRefuses(t *testing.T) {
	for _, c := range []struct {
		rows, cols, n, least int
		want                 string
	}{
		{0, 5, 1, 0, "0×5"},
		{3, 3, 0, 0, "0 entries"},
		{3, 3, 10, 0, "10 entries"},
		{3, 3, 9, 4, "at least 4"},
		{3, 5, 9, 2, "takes 10"},
	} {
		if _, err := mc.SampleMask(c.rows, c.cols, c.n, c.least, 1); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("SampleMask(%d, %d, %d, %d): error %v does not say %q",
				c.rows, c.cols, c.n, c.least, err, c.want)
		}
	}
}

func TestDiagnose(t *testing.T) {
	// Rows 0, 1 and columns 0, 1 are full, row 2 and column 2 meet in one entry only: two parts,
	// and thin lines.
	o, err := mc.NewObservations(3, 3, []mc.Entry{{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}, {2, 2, 1}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := mc.Diagnose(o, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := mc.Diagnosis{
		Rank: 2, Observed: 5, DegreesOfFreedom: 8, Oversampling: 5.0 / 8,
		FewestInRow: 1, FewestInCol: 1, RowsBelowRank: 1, ColsBelowRank: 1, Components: 2,
		CoreRows: 2, CoreCols: 2, JacobianRank: 5,
	}
	if m := mat.NewDense(3, 3, []float64{2, 2, 0, 2, 2, 0, 0, 0, 2}); !mat.Equal(got.Entries, m) {
		t.Errorf("entries\n%v", mat.Formatted(got.Entries))
	}
	got.Entries = nil // of which cmp knows nothing
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Diagnose (-want +got):\n%s", diff)
	}
	if !got.Hopeless() {
		t.Error("five entries of a rank-2 matrix with 8 degrees of freedom are not called hopeless")
	}
	for _, rank := range []int{0, 4} {
		if _, err := mc.Diagnose(o, rank); err == nil {
			t.Errorf("rank %d of a 3×3 matrix: no error", rank)
		}
	}
	full, err := mc.ObserveDense(mat.NewDense(3, 3, []float64{1, 2, 3, 2, 4, 6, 3, 6, 9}))
	if err != nil {
		t.Fatal(err)
	}
	if d, err := mc.Diagnose(full, 1); err != nil || d.Hopeless() || d.Components != 1 {
		t.Errorf("a full rank-1 matrix: %+v, %v", d, err)
	}
}

func TestLowRank(t *testing.T) {
	l := mc.LowRank{Rows: 30, Cols: 20, Rank: 3, Observed: 300, MinPerLine: 4, Seed: 7}
	p, err := l.Problem()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := mat.Norm(p.Truth, 2), math.Sqrt(600); math.Abs(got-want) > rounding*want {
		t.Errorf("‖W*‖_F = %v, want √(rows·cols) = %v", got, want)
	}
	sigma := mc.NewPoint(p.Truth).SingularValues()
	if mc.NumericalRank(sigma, 1e-12) != 3 {
		t.Errorf("singular values %v: not of rank 3", sigma[:5])
	}
	for k, e := range p.Train.(*mc.Observations).All() {
		if e.Value != p.Truth.At(e.Row, e.Col) {
			t.Fatalf("entry %d is %v, the truth has %v", k, e.Value, p.Truth.At(e.Row, e.Col))
		}
	}
	d, err := mc.Diagnose(p.Train.(*mc.Observations), 3)
	if err != nil || d.FewestInRow < 4 || d.FewestInCol < 4 {
		t.Errorf("MinPerLine 4: %v, %v", d, err)
	}

	more := l
	more.Observed, more.Norm = 400, 5
	truth, err := more.Truth()
	if err != nil {
		t.Fatal(err)
	}
	var scaled mat.Dense
	scaled.Scale(5/math.Sqrt(600), p.Truth)
	if !mat.EqualApprox(truth, &scaled, 1e-12) {
		t.Error("the truth depends on the number of observations")
	}

	s, err := mc.LowRank{Rows: 30, Cols: 20, Rank: 3, Observed: 300, Seed: 7}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float64, s.Train.Len())
	s.Train.Apply(got, s.Truth)
	if diff := cmp.Diff(s.Train.Values(), got); diff != "" {
		t.Errorf("noiseless sensing: A(W*) ≠ b (-want +got):\n%s", diff)
	}
	if mean := mc.Evaluate(s, mat.NewDense(30, 20, nil)).Train; mean < 0.7 || mean > 1.3 {
		t.Errorf("mean square of a Gaussian measurement is %v, want about that of an entry, 1",
			mean)
	}
}

func TestObservationsSayWhatTheyAre(t *testing.T) {
	o := completion(t, 8, 6, 1, 30, 1).Train.(*mc.Observations)
	if got, want := fmt.Sprint(o), "30 observed entries of a 8×6 matrix"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
}
