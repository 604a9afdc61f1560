package mc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Sensing is the measurement of matrix sensing (Recht, Fazel, Parrilo 2010): A(W)ₖ = ⟨Aₖ, W⟩ for
// given dense Aₖ. Linear regression is its one-column case.
type Sensing struct {
	rows, cols int
	maps       *mat.Dense // n × rows·cols, row k is Aₖ read row by row
	value      []float64
}

// NewSensing makes the measurement ⟨Aₖ, W⟩ = values[k] of a rows × cols matrix W. Row k of maps (n
// × rows·cols) is Aₖ read row by row. All must be finite. It keeps maps and values, which are not
// to be changed afterwards.
func NewSensing(rows, cols int, maps *mat.Dense, values []float64) (*Sensing, error) {
	if rows < 1 || cols < 1 {
		return nil, fmt.Errorf("mc: NewSensing: the matrix is %d×%d; both must be at least 1",
			rows, cols)
	}
	if maps == nil || maps.IsEmpty() || len(values) == 0 {
		return nil, fmt.Errorf("mc: NewSensing: no measurements; at least one is needed")
	}
	n, size := maps.Dims()
	if size != rows*cols {
		return nil, fmt.Errorf("mc: NewSensing: maps is %d×%d; a %d×%d matrix needs %d columns",
			n, size, rows, cols, rows*cols)
	}
	if len(values) != n {
		return nil, fmt.Errorf("mc: NewSensing: %d values for %d maps", len(values), n)
	}
	for k := range n {
		for ij, a := range maps.RawRowView(k) {
			if !finite(a) {
				return nil, fmt.Errorf("mc: NewSensing: maps(%d, %d) is %v", k, ij, a)
			}
		}
		if !finite(values[k]) {
			return nil, fmt.Errorf("mc: NewSensing: values[%d] is %v", k, values[k])
		}
	}
	return &Sensing{rows, cols, maps, values}, nil
}

// Dims returns the shape of W.
func (s *Sensing) Dims() (rows, cols int) { return s.rows, s.cols }

// Len returns the number of measurements.
func (s *Sensing) Len() int { return len(s.value) }

// Values returns the measured values. It is not to be written to.
func (s *Sensing) Values() []float64 { return s.value }

// Maps returns the n × rows·cols matrix whose row k is Aₖ read row by row. It is not to be written
// to.
func (s *Sensing) Maps() *mat.Dense { return s.maps }

// Apply sets dst to the inner products ⟨Aₖ, w⟩.
func (s *Sensing) Apply(dst []float64, w *mat.Dense) {
	for k := range dst {
		a := s.maps.RawRowView(k)
		sum := 0.0
		for i := range s.rows {
			row := w.RawRowView(i)
			for j, x := range a[i*s.cols : (i+1)*s.cols] {
				sum += x * row[j]
			}
		}
		dst[k] = sum
	}
}

// AddAdjoint adds scale·Σ yₖ Aₖ to dst.
func (s *Sensing) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	for k, v := range y {
		a, c := s.maps.RawRowView(k), scale*v
		for i := range s.rows {
			row := dst.RawRowView(i)
			for j, x := range a[i*s.cols : (i+1)*s.cols] {
				row[j] += c * x
			}
		}
	}
}
