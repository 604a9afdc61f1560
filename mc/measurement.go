package mc

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// A Measurement of a matrix W (rows × cols) is a linear map A from matrices to vectors with the
// values b ∈ Rⁿ that were measured, A(W) = b.
//
// [Observations] sees entries, [Sensing] sees inner products with given matrices. A Measurement
// does not change once it is made, so one may serve many runs at once.
type Measurement interface {
	// Dims returns the shape of W.
	Dims() (rows, cols int)
	// Len returns n, the number of measurements.
	Len() int
	// Values returns b. It belongs to the Measurement: read it, do not write to it.
	Values() []float64
	// Apply sets dst (length n) to A(W).
	Apply(dst []float64, w *mat.Dense)
	// AddAdjoint adds scale·A*(y) to dst (rows × cols), for y of length n: ⟨A(W), y⟩ = ⟨W, A*(y)⟩.
	AddAdjoint(dst *mat.Dense, scale float64, y []float64)
}

// Subset returns the measurements k of m, 0 ≤ k < m.Len(), for which keep(k) holds, in their order;
// at least one must be kept. A subset of [Observations] or of [Sensing] is of the same type. A
// [Divisible] measurement makes its own. A subset of any other computes all of A(W), and selects
// from it.
func Subset(m Measurement, keep func(k int) bool) (Measurement, error) {
	var index []int
	for k := range m.Len() {
		if keep(k) {
			index = append(index, k)
		}
	}
	if len(index) == 0 {
		return nil, fmt.Errorf("mc: Subset: none of the %d measurements is kept; at least one must be",
			m.Len())
	}
	values := make([]float64, len(index))
	for at, k := range index {
		values[at] = m.Values()[k]
	}
	switch m := m.(type) {
	case *Observations:
		entries, all := make([]Entry, len(index)), m.Entries()
		for at, k := range index {
			entries[at] = all[k]
		}
		o, err := NewObservations(m.rows, m.cols, entries)
		if err != nil {
			return nil, err
		}
		return o.WithIndex(m.rowIndex, m.colIndex)
	case *Sensing:
		maps := mat.NewDense(len(index), m.rows*m.cols, nil)
		for at, k := range index {
			maps.SetRow(at, m.maps.RawRowView(k))
		}
		return NewSensing(m.rows, m.cols, maps, values)
	case Divisible:
		return m.Subset(index)
	case *subset: // of the whole, not of a part
		for at, k := range index {
			index[at] = m.index[k]
		}
		return &subset{m.of, index, values}, nil
	}
	return &subset{m, index, values}, nil
}

// A Divisible measurement makes a subset of itself that skips the work for the measurements left
// out. [Subset], and with it [Tune] and [HoldOut], uses its method.
type Divisible interface {
	Measurement
	// Subset returns the measurements at index, which ascends and is not empty, in this order.
	Subset(index []int) (Measurement, error)
}

// subset has the measurements of some indices.
type subset struct {
	of     Measurement
	index  []int
	values []float64
}

func (s *subset) Dims() (rows, cols int) { return s.of.Dims() }
func (s *subset) Len() int               { return len(s.index) }
func (s *subset) Values() []float64      { return s.values }

func (s *subset) Apply(dst []float64, w *mat.Dense) {
	all := make([]float64, s.of.Len())
	s.of.Apply(all, w)
	for at, k := range s.index {
		dst[at] = all[k]
	}
}

func (s *subset) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	all := make([]float64, s.of.Len())
	for at, k := range s.index {
		all[k] = y[at]
	}
	s.of.AddAdjoint(dst, scale, all)
}

// An Entry is one known entry of a matrix; rows and columns count from 0.
type Entry struct {
	Row, Col int
	Value    float64
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// squaredNormOfMap returns ‖A‖², the largest eigenvalue of AA*, or a little more: by the power
// method where it is not 1 by nature.
func squaredNormOfMap(ctx context.Context, m Measurement) float64 {
	if _, ok := m.(*Observations); ok {
		return 1
	}
	// From b, beside which every direction has a small part, as b may lack that of the norm.
	x, rng := slices.Clone(m.Values()), random.New(0, random.Lanczos)
	size := cmp.Or(linalg.Norm(x), 1)
	for k := range x {
		x[k] += 1e-3 * size / math.Sqrt(float64(len(x))) * rng.NormFloat64()
	}
	return 1.05 * squaredNormFrom(ctx, m, x, 100) // the power method comes from below
}

// squaredNormFrom is what rounds of the power method find from y: 0 if A*(y) is 0.
func squaredNormFrom(ctx context.Context, m Measurement, y []float64, rounds int) float64 {
	size := norm2(y)
	if size == 0 {
		return 0
	}
	rows, cols := m.Dims()
	x, w := make([]float64, len(y)), mat.NewDense(rows, cols, nil)
	for k, b := range y {
		x[k] = b / size
	}
	largest := 0.0
	for range rounds {
		w.Zero()
		m.AddAdjoint(w, 1, x)
		m.Apply(x, w)
		if largest = norm2(x); largest == 0 || ctx.Err() != nil {
			break
		}
		for k := range x {
			x[k] /= largest
		}
	}
	return largest
}

// loss sets residual to A(W) − b and returns the squared loss ‖A(W) − b‖²/n.
func loss(residual []float64, m Measurement, w *mat.Dense) float64 {
	return dataTerm{on: m}.value(residual, w)
}

// Unobserved names the rows and columns without observed entries, ascending. It is a [Detail] of
// the Result of any solver of [Observations] that have such rows or columns: their estimates are
// what the model says without data, such as 0, a mean, or the effects of the other side.
type Unobserved struct{ Rows, Cols []int }

// unobserved returns the rows and columns without observed entries.
func (o *Observations) unobserved() Unobserved {
	var u Unobserved
	for i := range o.rows {
		if o.start[i] == o.start[i+1] {
			u.Rows = append(u.Rows, i)
		}
	}
	known := make([]bool, o.cols)
	for _, j := range o.col {
		known[j] = true
	}
	for j, k := range known {
		if !k {
			u.Cols = append(u.Cols, j)
		}
	}
	return u
}
