package mc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/random"
)

// LowRank describes a synthetic problem: a random matrix of known rank, some of whose entries are
// observed.
//
//	W* = c·XYᵀ,  X (rows × rank) and Y (cols × rank) standard Gaussian,  c such that ‖W*‖_F = Norm.
//
// The truth depends on the shape, the rank, Norm and the seed alone, so that problems which differ
// in Observed share it. The default norm makes the mean square of an entry 1 (Arora, Cohen, Hu, Luo
// 2019, appendix on experiments).
type LowRank struct {
	Rows, Cols, Rank int
	// Observed is the number of measurements: entries, drawn uniformly without replacement, or
	// Gaussian maps.
	Observed int
	// MinPerLine is the least number of observed entries in every row and every column. No method
	// can recover a row or column with fewer than Rank observed entries. With Rank+1 no method is
	// blamed for such a mask.
	MinPerLine int
	// Noise is the standard deviation of the Gaussian noise added to each measurement. Default 0.
	Noise float64
	// Norm is ‖W*‖_F. Default √(Rows·Cols).
	Norm float64
	// Seed of truth, mask, maps and noise.
	Seed uint64
}

// Validate says which field is wrong, if one is.
func (l LowRank) Validate() error {
	switch {
	case l.Rows < 1:
		return fmt.Errorf("mc: LowRank.Rows is %d; it must be at least 1", l.Rows)
	case l.Cols < 1:
		return fmt.Errorf("mc: LowRank.Cols is %d; it must be at least 1", l.Cols)
	case l.Rank < 1 || l.Rank > min(l.Rows, l.Cols):
		return fmt.Errorf("mc: LowRank.Rank is %d; it must be from 1 to %d",
			l.Rank, min(l.Rows, l.Cols))
	case l.Observed < 1:
		return fmt.Errorf("mc: LowRank.Observed is %d; it must be at least 1", l.Observed)
	case !(l.Noise >= 0) || math.IsInf(l.Noise, 0):
		return fmt.Errorf("mc: LowRank.Noise is %v; it must be at least 0 and finite", l.Noise)
	case !(l.Norm >= 0) || math.IsInf(l.Norm, 0):
		return fmt.Errorf("mc: LowRank.Norm is %v; it must be positive and finite, or 0 for √(Rows·Cols)",
			l.Norm)
	}
	return nil
}

// Truth returns W* (Rows × Cols).
func (l LowRank) Truth() (*mat.Dense, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	return l.truth(), nil
}

func (l LowRank) truth() *mat.Dense {
	rng := random.New(l.Seed, random.Truth)
	x, y := gaussian(l.Rows, l.Rank, rng), gaussian(l.Cols, l.Rank, rng)
	w := mat.NewDense(l.Rows, l.Cols, nil)
	w.Mul(x, y.T())
	norm := l.Norm
	if norm == 0 {
		norm = math.Sqrt(float64(l.Rows) * float64(l.Cols))
	}
	w.Scale(norm/mat.Norm(w, 2), w)
	return w
}

// Problem returns the completion problem: Observed entries of W* to train on, and W* as Truth.
// MinPerLine is honoured as [SampleMask] does.
func (l LowRank) Problem() (Problem, error) {
	if err := l.Validate(); err != nil {
		return Problem{}, err
	}
	if l.Observed > l.Rows*l.Cols {
		return Problem{}, fmt.Errorf("mc: LowRank.Observed is %d; a %d×%d matrix has %d entries",
			l.Observed, l.Rows, l.Cols, l.Rows*l.Cols)
	}
	mask, err := SampleMask(l.Rows, l.Cols, l.Observed, l.MinPerLine, l.Seed)
	if err != nil {
		return Problem{}, err
	}
	truth, noise := l.truth(), random.New(l.Seed, random.Noise)
	entries := make([]Entry, len(mask))
	for k, at := range mask {
		i, j := at/l.Cols, at%l.Cols
		entries[k] = Entry{i, j, truth.At(i, j) + l.Noise*noise.NormFloat64()}
	}
	train, err := NewObservations(l.Rows, l.Cols, entries)
	return Problem{Train: train, Truth: truth}, err
}

// Sensing returns the sensing problem: Observed inner products of W* with Gaussian matrices whose
// entries have variance 1/(Rows·Cols), so that a measurement has the mean square of an entry and
// losses compare with completion's.
func (l LowRank) Sensing() (Problem, error) {
	if err := l.checkSensing(); err != nil {
		return Problem{}, err
	}
	truth, noise := l.truth(), random.New(l.Seed, random.Noise)
	maps := gaussian(l.Observed, l.Rows*l.Cols, random.New(l.Seed, random.Maps))
	maps.Scale(1/math.Sqrt(float64(l.Rows)*float64(l.Cols)), maps)
	s := &Sensing{l.Rows, l.Cols, maps, make([]float64, l.Observed)}
	s.Apply(s.value, truth)
	for k := range s.value {
		s.value[k] += l.Noise * noise.NormFloat64()
	}
	return Problem{Train: s, Truth: truth}, nil
}

func (l LowRank) checkSensing() error {
	if err := l.Validate(); err != nil {
		return err
	}
	if l.MinPerLine != 0 {
		return fmt.Errorf("mc: LowRank.MinPerLine is %d; Gaussian measurements have no lines, it must be 0",
			l.MinPerLine)
	}
	return nil
}

func gaussian(rows, cols int, rng *rand.Rand) *mat.Dense {
	w := mat.NewDense(rows, cols, nil)
	for i := range rows {
		row := w.RawRowView(i)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
	}
	return w
}
