package mc_test

import (
	"fmt"
	"log"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// mask observes the entries marked 1.
func mask(t testing.TB, rows, cols int, marks ...float64) *mc.Observations {
	t.Helper()
	var entries []mc.Entry
	for k, x := range marks {
		if x == 1 {
			entries = append(entries, mc.Entry{Row: k / cols, Col: k % cols, Value: 1})
		}
	}
	o, err := mc.NewObservations(rows, cols, entries)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestDiagnoseIdentifiability(t *testing.T) {
	for _, c := range []struct {
		name       string
		rank       int
		o          *mc.Observations
		jacobian   int
		largest    int
		determined []float64 // 0 undetermined, 1 determined, 2 observed
	}{
		{"full mask", 2, mask(t, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1), 8, 3, []float64{2, 2, 2, 2, 2, 2, 2, 2, 2}},
		{"a cycle at rank 1", 1, mask(t, 3, 3, 1, 1, 0, 0, 1, 1, 1, 0, 1), 5, 1, []float64{2, 2, 1, 1, 2, 2, 2, 1, 2}},
		{"a tree at rank 1", 1, mask(t, 3, 3, 1, 1, 1, 1, 0, 0, 1, 0, 0), 5, 1, []float64{2, 2, 2, 2, 1, 1, 2, 1, 1}},
		{"two blocks at rank 1", 1, mask(t, 4, 3, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1), 5, 0,
			[]float64{2, 2, 0, 2, 1, 0, 0, 0, 2, 0, 0, 2}},
		{"a missing entry at rank 2", 2, mask(t, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0), 8, 2,
			[]float64{2, 2, 2, 2, 2, 2, 2, 2, 1}},
		// Row 3 has one entry of the two that rank 2 asks for: the rest of it is free.
		{"a row with fewer than r", 2, mask(t, 4, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0), 9, 1,
			[]float64{2, 2, 2, 2, 2, 2, 2, 2, 1, 0, 2, 0}},
		// Enough entries in all, in a full block; column 3 is left with none.
		{"an empty column", 1, mask(t, 3, 4, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0), 5, 0,
			[]float64{2, 2, 2, 0, 2, 2, 2, 0, 2, 2, 2, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 { // and transposed
				d, err := mc.Diagnose(c.o, c.rank)
				if err != nil {
					t.Fatal(err)
				}
				rows, cols := c.o.Dims()
				if d.JacobianRank != c.jacobian {
					t.Errorf("the Jacobian has rank %d, want %d", d.JacobianRank, c.jacobian)
				}
				if want := mat.NewDense(rows, cols, c.determined); !mat.Equal(d.Entries, want) {
					t.Errorf("entries\n%v, want\n%v", mat.Formatted(d.Entries), mat.Formatted(want))
				}
				if largest, err := mc.LargestRank(c.o); err != nil || largest != c.largest {
					t.Errorf("the largest rank is %d (%v), want %d", largest, err, c.largest)
				}
				var flipped []mc.Entry
				turned := mat.NewDense(cols, rows, nil)
				turned.Copy(mat.NewDense(rows, cols, c.determined).T())
				for _, e := range c.o.All() {
					flipped = append(flipped, mc.Entry{Row: e.Col, Col: e.Row, Value: e.Value})
				}
				if c.o, err = mc.NewObservations(cols, rows, flipped); err != nil {
					t.Fatal(err)
				}
				c.determined = turned.RawMatrix().Data
			}
		})
	}
}

// The rank is that of a Jacobian in floating point, and an entry is determined if its row leaves
// that rank as it is.
func TestDiagnoseAgainstJacobian(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for trial := range 12 {
		rows, cols, r := 6+trial%3, 7-trial%4, 1+trial%3
		n := r*(rows+cols-r) - 4 + trial%6
		at, err := mc.SampleMask(rows, cols, n, 0, uint64(trial))
		if err != nil {
			t.Fatal(err)
		}
		marks := make([]float64, rows*cols)
		for _, k := range at {
			marks[k] = 1
		}
		x, y := mat.NewDense(rows, r, nil), mat.NewDense(cols, r, nil)
		for _, m := range []*mat.Dense{x, y} {
			m.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, m)
		}
		rank := func(extra int) int {
			j := mat.NewDense(n+1, r*(rows+cols), nil)
			for at, k := 0, 0; k < rows*cols; k++ {
				if marks[k] == 1 || k == extra {
					for c := range r {
						j.Set(at, k/cols*r+c, y.At(k%cols, c))
						j.Set(at, (rows+k%cols)*r+c, x.At(k/cols, c))
					}
					at++
				}
			}
			return mc.NumericalRank(mc.NewPoint(j).SingularValues(), 1e-10)
		}
		d, err := mc.Diagnose(mask(t, rows, cols, marks...), r)
		if err != nil {
			t.Fatal(err)
		}
		if want := rank(-1); d.JacobianRank != want {
			t.Errorf("%d×%d, rank %d, %d entries: the Jacobian has rank %d, want %d", rows, cols, r, n,
				d.JacobianRank, want)
		}
		determined := 0
		for k, mark := range marks {
			want := 2.0
			if mark == 0 {
				if want = 0; rank(k) == d.JacobianRank {
					want = 1
					determined++
				}
			}
			if got := d.Entries.At(k/cols, k%cols); got != want {
				t.Errorf("%d×%d, rank %d, %d entries: entry %d is %v, want %v", rows, cols, r, n, k, got, want)
			}
		}
		if determined != d.Determined {
			t.Errorf("%d entries are determined, want %d", d.Determined, determined)
		}
	}
}

// The core loses rows and columns until each of them has r entries in it.
func TestDiagnoseCore(t *testing.T) {
	o := mask(t, 4, 4,
		1, 1, 0, 0,
		1, 1, 1, 0,
		0, 1, 0, 1,
		0, 0, 0, 1)
	d, err := mc.Diagnose(o, 2) // row 3 goes, then column 3, column 2 and row 2
	if err != nil || d.CoreRows != 2 || d.CoreCols != 2 {
		t.Errorf("the core is %d×%d (%v), want 2×2", d.CoreRows, d.CoreCols, err)
	}
}

func TestLargestRankRefuses(t *testing.T) {
	if _, err := mc.LargestRank(nil); err == nil {
		t.Error("no observations: no error")
	}
}

// BenchmarkDiagnose is of a 1000×1000 matrix of rank 10 with a tenth observed, and of the standard
// problem.
func BenchmarkDiagnose(b *testing.B) {
	for _, l := range []mc.LowRank{{Rows: 1000, Cols: 1000, Rank: 10, Observed: 100_000},
		{Rows: 100, Cols: 100, Rank: 5, Observed: 1500}} {
		b.Run(fmt.Sprint(l.Rows), func(b *testing.B) {
			p, err := l.Problem()
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if d, err := mc.Diagnose(p.Train.(*mc.Observations), l.Rank); err != nil || !d.Completable() {
					b.Fatal(d, err)
				}
			}
		})
	}
}

// Two blocks at rank 1: entries within each are determined, those between them are not.
func ExampleDiagnose_entries() {
	observed, err := mc.NewObservations(4, 4, []mc.Entry{
		{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2}, {Row: 1, Col: 0, Value: 3},
		{Row: 2, Col: 2, Value: 4}, {Row: 3, Col: 2, Value: 5}, {Row: 3, Col: 3, Value: 6},
	})
	if err != nil {
		log.Fatal(err)
	}
	d, err := mc.Diagnose(observed, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mat.Formatted(d.Entries))
	fmt.Println(d.Determined, "unobserved entries are determined")
	// Output:
	// ⎡2  2  0  0⎤
	// ⎢2  1  0  0⎥
	// ⎢0  0  2  1⎥
	// ⎣0  0  2  2⎦
	// 2 unobserved entries are determined
}

func ExampleLargestRank() {
	problem, err := mc.LowRank{Rows: 28, Cols: 28, Rank: 3, Observed: 180, MinPerLine: 4, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	rank, err := mc.LargestRank(problem.Train.(*mc.Observations))
	fmt.Println(rank, err)
	// Output:
	// 3 <nil>
}
