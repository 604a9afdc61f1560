package viz

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What is left of a line are points of it, in their order, with its ends; each stretch keeps its
// lowest and its highest value, and a gap if it has one.
func TestThin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 400).Draw(t, "n")
		limit := rapid.IntRange(5, 60).Draw(t, "limit")
		x, y := make([]float64, n), make([]float64, n)
		gaps := 0
		for k := range n {
			x[k], y[k] = float64(k), rapid.Float64Range(-1e3, 1e3).Draw(t, "y")
			if rapid.IntRange(0, 20).Draw(t, "gap") == 0 {
				y[k] = math.NaN()
				gaps++
			}
		}
		tx, ty := thin(x, y, limit)
		if n <= limit {
			if !slices.Equal(tx, x) {
				t.Fatalf("%d points of at most %d are thinned to %d", n, limit, len(tx))
			}
			return
		}
		if len(tx) > limit || len(tx) != len(ty) {
			t.Fatalf("%d, %d points, want at most %d", len(tx), len(ty), limit)
		}
		for k := range tx {
			if k > 0 && tx[k] <= tx[k-1] {
				t.Fatalf("not in order: %v", tx)
			}
			if is := y[int(tx[k])]; is != ty[k] && !(math.IsNaN(is) && math.IsNaN(ty[k])) {
				t.Fatalf("at %v is %v, want %v", tx[k], ty[k], is)
			}
		}
		if tx[0] != 0 || tx[len(tx)-1] != float64(n-1) {
			t.Fatalf("from %v to %v, want all of 0 to %d", tx[0], tx[len(tx)-1], n-1)
		}
		finite := func(list []float64) []float64 {
			return slices.DeleteFunc(slices.Clone(list), math.IsNaN)
		}
		if all, left := finite(y), finite(ty); len(all) > 0 && (slices.Min(all) != slices.Min(left) ||
			slices.Max(all) != slices.Max(left)) {
			t.Fatalf("from %v to %v, want %v to %v", slices.Min(left), slices.Max(left), slices.Min(all),
				slices.Max(all))
		}
		if gaps > 0 && !slices.ContainsFunc(ty, math.IsNaN) {
			t.Fatal("no gap is left")
		}
		// No stretch is left out: the points that are left are nowhere far apart.
		per := 2
		if gaps > 0 {
			per = 3
		}
		widest := 2 * math.Ceil(float64(n-2)/float64((limit-2)/per))
		for k := 1; k < len(tx); k++ {
			if tx[k]-tx[k-1] > widest+1 {
				t.Fatalf("nothing between %v and %v", tx[k-1], tx[k])
			}
		}
	})
}

func TestThinKeepsASpike(t *testing.T) {
	x, y := make([]float64, 1000), make([]float64, 1000)
	for k := range x {
		x[k], y[k] = float64(k), 1
	}
	y[500], y[501], y[502] = 9, math.Inf(1), -9
	tx, ty := thin(x, y, 32)
	for _, want := range []int{500, 501, 502} {
		k := slices.Index(tx, float64(want))
		if k < 0 || ty[k] != y[want] {
			t.Errorf("step %d is lost: %v", want, tx)
		}
	}
}

// A band that is thinned is nowhere narrower than it was.
func TestWidest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, limit := rapid.IntRange(1, 300).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "limit")
		var x, low, high []float64
		for k := range n {
			a := rapid.Float64Range(-10, 10).Draw(t, "low")
			x, low = append(x, float64(k)), append(low, a)
			high = append(high, a+rapid.Float64Range(0, 5).Draw(t, "width"))
		}
		tx, tl, th := widest(x, low, high, limit)
		if len(tx) != min(n, limit) || len(tl) != len(tx) || len(th) != len(tx) {
			t.Fatalf("%d, %d, %d points, want %d", len(tx), len(tl), len(th), min(n, limit))
		}
		for s := range tx {
			from, to := s*n/len(tx), (s+1)*n/len(tx)
			if tx[s] < float64(from) || tx[s] >= float64(to) {
				t.Fatalf("stretch %d is drawn at %v, outside of %d to %d", s, tx[s], from, to)
			}
			if tl[s] != slices.Min(low[from:to]) || th[s] != slices.Max(high[from:to]) {
				t.Fatalf("stretch %d goes from %v to %v, want %v to %v", s, tl[s], th[s],
					slices.Min(low[from:to]), slices.Max(high[from:to]))
			}
		}
	})
}

// A band that is thinned keeps a gap in each stretch that has one, and elsewhere covers what it
// did.
func TestWidestKeepsGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, limit := rapid.IntRange(1, 300).Draw(t, "n"), rapid.IntRange(2, 40).Draw(t, "limit")
		var x, low, high []float64
		for k := range n {
			a := rapid.Float64Range(-10, 10).Draw(t, "low")
			if rapid.IntRange(0, 9).Draw(t, "gap") == 0 {
				a = math.NaN()
			}
			x, low, high = append(x, float64(k)), append(low, a), append(high, a+1)
		}
		tx, tl, th := widest(x, low, high, limit)
		if len(tx) > max(limit, 2) || len(tl) != len(tx) || len(th) != len(tx) || !slices.IsSorted(tx) {
			t.Fatalf("%d, %d, %d points of at most %d at %v", len(tx), len(tl), len(th), limit, tx)
		}
		finite := func(list []float64) []float64 { return slices.DeleteFunc(slices.Clone(list), math.IsNaN) }
		all, left := finite(low), finite(tl)
		if len(all) > 0 && (len(left) == 0 || slices.Min(all) != slices.Min(left)) {
			t.Fatalf("the lowest of %v is not in %v", all, left)
		}
		if slices.ContainsFunc(low, math.IsNaN) != slices.ContainsFunc(tl, math.IsNaN) {
			t.Fatalf("gaps of %v become those of %v", low, tl)
		}
		for k := range tx {
			if math.IsNaN(tl[k]) && !math.IsNaN(low[int(tx[k])]) {
				t.Fatalf("at %v is a gap, and was none", tx[k])
			}
		}
	})
}
