package mc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/random"
)

// StreamedSensing is the measurement A(W)ₖ = ⟨Aₖ, W⟩ by Gaussian matrices Aₖ, independent entries
// of mean 0 and variance 1/(rows·cols), which are drawn from a seed each time they are needed and
// never stored. It needs memory for the n values alone, where [Sensing] holds n·rows·cols numbers,
// and about 10 ns per entry of a map. 3,000 measurements of a 100×100 matrix take 24 kB in place of
// 240 MB. Linear regression on Gaussian features is the one-column case.
//
// The maps are those of [LowRank.Sensing] with the same shape and seed.
type StreamedSensing struct {
	rows, cols int
	seed       uint64
	value      []float64
}

// NewStreamedSensing makes the measurement ⟨Aₖ, W⟩ = values[k] of a rows × cols matrix W. It keeps
// values, which are not to be changed afterwards. To measure a matrix of your own, make it with any
// values, and again with those that Apply gives.
func NewStreamedSensing(rows, cols int, values []float64, seed uint64) (*StreamedSensing, error) {
	if rows < 1 || cols < 1 {
		return nil, fmt.Errorf("mc: NewStreamedSensing: the matrix is %d×%d; both must be at least 1",
			rows, cols)
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("mc: NewStreamedSensing: no measurements; at least one is needed")
	}
	for k, v := range values {
		if !finite(v) {
			return nil, fmt.Errorf("mc: NewStreamedSensing: values[%d] is %v", k, v)
		}
	}
	return &StreamedSensing{rows, cols, seed, values}, nil
}

// StreamedSensing is [LowRank.Sensing] with maps that are drawn anew at each use instead of stored.
func (l LowRank) StreamedSensing() (Problem, error) {
	if err := l.checkSensing(); err != nil {
		return Problem{}, err
	}
	truth, noise := l.truth(), random.New(l.Seed, random.Noise)
	s := &StreamedSensing{l.Rows, l.Cols, l.Seed, make([]float64, l.Observed)}
	s.Apply(s.value, truth)
	for k := range s.value {
		s.value[k] += l.Noise * noise.NormFloat64()
	}
	return Problem{Train: s, Truth: truth}, nil
}

// Dims returns the shape of W.
func (s *StreamedSensing) Dims() (rows, cols int) { return s.rows, s.cols }

// Len returns the number of measurements.
func (s *StreamedSensing) Len() int { return len(s.value) }

// Values returns the measured values. It is not to be written to.
func (s *StreamedSensing) Values() []float64 { return s.value }

// Seed returns the seed of the maps.
func (s *StreamedSensing) Seed() uint64 { return s.seed }

// maps returns the generator at the first entry of A₁, and the standard deviation of entries.
func (s *StreamedSensing) maps() (*rand.Rand, float64) {
	return random.New(s.seed, random.Maps), 1 / math.Sqrt(float64(s.rows)*float64(s.cols))
}

// Apply sets dst to the inner products ⟨Aₖ, w⟩.
func (s *StreamedSensing) Apply(dst []float64, w *mat.Dense) {
	rng, scale := s.maps()
	for k := range dst {
		sum := 0.0
		for i := range s.rows {
			for _, x := range w.RawRowView(i) {
				a := scale * rng.NormFloat64()
				sum += a * x
			}
		}
		dst[k] = sum
	}
}

// AddAdjoint adds scale·Σ yₖ Aₖ to dst.
func (s *StreamedSensing) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	rng, deviation := s.maps()
	for _, v := range y {
		c := scale * v
		for i := range s.rows {
			row := dst.RawRowView(i)
			for j := range row {
				a := deviation * rng.NormFloat64()
				row[j] += c * a
			}
		}
	}
}
