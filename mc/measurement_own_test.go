package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// sums is a measurement of one's own, the weighted sum of each row, A(W)ᵢ = Σⱼ weightⱼ·Wᵢⱼ.
type sums struct{ weights, values []float64 }

func (s sums) Dims() (rows, cols int) { return len(s.values), len(s.weights) }
func (s sums) Len() int               { return len(s.values) }
func (s sums) Values() []float64      { return s.values }

func (s sums) Apply(dst []float64, w *mat.Dense) {
	for i := range dst {
		dst[i] = 0
		for j, x := range w.RawRowView(i) {
			dst[i] += s.weights[j] * x
		}
	}
}

func (s sums) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	for i, yi := range y {
		for j := range s.weights {
			dst.Set(i, j, dst.At(i, j)+scale*yi*s.weights[j])
		}
	}
}

// divisible measures some rows, and divides itself.
type divisible struct {
	sums
	rows []int
}

func (d divisible) Len() int { return len(d.rows) }

func (d divisible) Values() []float64 {
	var some []float64
	for _, i := range d.rows {
		some = append(some, d.values[i])
	}
	return some
}

func (d divisible) Apply(dst []float64, w *mat.Dense) {
	for k, i := range d.rows {
		sums{d.weights, dst[k : k+1]}.Apply(dst[k:k+1], w.Slice(i, i+1, 0, len(d.weights)).(*mat.Dense))
	}
}

func (d divisible) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	for k, i := range d.rows {
		d.sums.AddAdjoint(dst.Slice(i, i+1, 0, len(d.weights)).(*mat.Dense), scale, y[k:k+1])
	}
}

func (d divisible) Subset(index []int) (mc.Measurement, error) {
	var rows []int
	for _, k := range index {
		rows = append(rows, d.rows[k])
	}
	return divisible{d.sums, rows}, nil
}

// A map of one's own works everywhere: here half of it is held out.
func ExampleDivisible() {
	var whole mc.Divisible = divisible{sums{[]float64{1, 1}, []float64{3, 4, 5, 6}}, []int{0, 1, 2, 3}}
	part, err := mc.Subset(whole, func(k int) bool { return k%2 == 0 })
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.MinimumFrobenius{}.Solve(context.Background(), mc.Problem{Train: part})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f\n", mat.Formatted(result.W))
	// Output:
	// ⎡1.5  1.5⎤
	// ⎢0.0  0.0⎥
	// ⎢2.5  2.5⎥
	// ⎣0.0  0.0⎦
}

// Two maps with equal values are two problems, as is one that is tested on the other.
func TestDigestCoversOwnMaps(t *testing.T) {
	values := []float64{1, 2, 3}
	one, same, other := sums{[]float64{1, 2}, values}, sums{[]float64{1, 2}, slices.Clone(values)},
		sums{[]float64{1, 2.000001}, values}
	part := func(m mc.Measurement, left int) mc.Measurement {
		s, err := mc.Subset(m, func(k int) bool { return k != left })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	digests, ids := map[string]string{}, map[string]string{}
	for name, p := range map[string]mc.Problem{
		"one": {Train: one}, "other": {Train: other}, "one, tested on other": {Train: one, Test: other},
		"one, tested on one": {Train: one, Test: one}, "part of one": {Train: part(one, 0)},
		"another part":  {Train: part(sums{one.weights, []float64{2, 1, 3}}, 1)}, // of equal values
		"part of other": {Train: part(other, 0)},
	} {
		digest := p.Digest()
		if before, twice := digests[digest]; twice {
			t.Errorf("%s and %s have one digest", before, name)
		}
		digests[digest] = name
		trace := &mc.Trace{}
		if _, err := (mc.MinimumFrobenius{}).Solve(t.Context(), p, trace); err != nil {
			t.Fatal(err)
		}
		if before, twice := ids[trace.Run.ID()]; twice {
			t.Errorf("%s and %s have one Run.ID", before, name)
		}
		ids[trace.Run.ID()] = name
	}
	if a, b := (mc.Problem{Train: one}).Digest(), (mc.Problem{Train: same}).Digest(); a != b {
		t.Errorf("equal maps and values have the digests %s and %s", a, b)
	}
}

// The solution of least norm is known: Wᵢⱼ = bᵢ·weightⱼ/‖weight‖².
func TestMinimumFrobeniusOfOwnMap(t *testing.T) {
	m := sums{[]float64{1, -2, 0.5}, []float64{3, -1, 2, 7}}
	result, err := mc.MinimumFrobenius{}.Solve(t.Context(), mc.Problem{Train: m})
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range m.values {
		for j, weight := range m.weights {
			if got, want := result.W.At(i, j), b*weight/5.25; math.Abs(got-want) > lastDigits {
				t.Errorf("W(%d, %d) is %v, want %v", i, j, got, want)
			}
		}
	}
}

// Tune holds out parts of any map. A row whose sum is held out stays 0, so that the score of
// cross-validation is the mean of b².
func TestTuneOfOwnMap(t *testing.T) {
	s := sums{[]float64{1, -2, 0.5}, []float64{3, -1, 2, 7}}
	for _, m := range []mc.Measurement{s, divisible{s, []int{0, 1, 2, 3}}} {
		result, err := mc.Tune{Candidates: []mc.Solver{mc.MinimumFrobenius{}}, Folds: 4}.Solve(t.Context(),
			mc.Problem{Train: m})
		if err != nil {
			t.Fatal(err)
		}
		if got := mc.Detail[*mc.Selection](result).Trials[0].Score; math.Abs(got-63.0/4) > rounding {
			t.Errorf("%T: score %v, want %v", m, got, 63.0/4)
		}
	}
	// Maps that are drawn again are held out as stored ones are.
	data := mc.LowRank{Rows: 4, Cols: 3, Rank: 1, Observed: 9, Seed: 1}
	var scores []float64
	for _, problem := range []func() (mc.Problem, error){data.Sensing, data.StreamedSensing} {
		p, err := problem()
		if err != nil {
			t.Fatal(err)
		}
		result, err := mc.Tune{Candidates: []mc.Solver{mc.MinimumFrobenius{}}, Folds: 3}.Solve(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		scores = append(scores, mc.Detail[*mc.Selection](result).Trials[0].Score)
	}
	if math.Abs(scores[0]-scores[1]) > rounding*scores[0] {
		t.Errorf("scores of stored and of streamed maps: %v", scores)
	}
}

// A part has the measurements that are kept, of whatever type, and so has a part of a part.
func TestSubset(t *testing.T) {
	l := mc.LowRank{Rows: 4, Cols: 3, Rank: 2, Observed: 7, Seed: 1}
	all := []mc.Measurement{
		sums{[]float64{1, -2, 0.5}, []float64{3, -1, 2, 7}},
		divisible{sums{[]float64{1, -2, 0.5}, []float64{3, -1, 2, 7}}, []int{0, 1, 2, 3}},
	}
	for _, problem := range []func() (mc.Problem, error){l.Problem, l.Sensing, l.StreamedSensing} {
		p, err := problem()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p.Train)
	}
	w := mat.NewDense(4, 3, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	for _, m := range all {
		part, err := mc.Subset(m, func(k int) bool { return k > 0 })
		if err != nil {
			t.Fatal(err)
		}
		again, err := mc.Subset(part, func(k int) bool { return k != 1 })
		if err != nil {
			t.Fatal(err)
		}
		whole, got := make([]float64, m.Len()), make([]float64, again.Len())
		m.Apply(whole, w)
		again.Apply(got, w)
		at := 0
		for k := range whole {
			if k == 0 || k == 2 {
				continue
			}
			if math.Abs(got[at]-whole[k]) > rounding*math.Abs(whole[k]) || again.Values()[at] != m.Values()[k] {
				t.Errorf("%T: measurement %d is %v for %v, want %v for %v",
					m, k, got[at], again.Values()[at], whole[k], m.Values()[k])
			}
			at++
		}
		if at != again.Len() {
			t.Errorf("%T: %d of %d measurements, want %d", m, again.Len(), m.Len(), at)
		}
		if _, err := mc.Subset(m, func(int) bool { return false }); err == nil ||
			!strings.Contains(err.Error(), "none of the") {
			t.Errorf("%T: none are kept: %v", m, err)
		}
	}
}
