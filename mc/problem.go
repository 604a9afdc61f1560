package mc

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/random"
)

// A Problem is the input of a [Solver]: the measurement to fit, and any data by which to judge the
// estimate. Solvers look at Train, Loss and Weights alone.
type Problem struct {
	// Train is fitted.
	Train Measurement
	// Test, which may be nil, is measured but not fitted, such as held-out ratings.
	Test Measurement
	// Truth (rows × cols), which may be nil, is the matrix itself. With it, the test error is taken
	// over every entry that Train does not see, unless there is a Test.
	Truth *mat.Dense
	// Loss compares A(W) with b. Nil means squares, [Squares]. A solver that minimises squares
	// alone refuses another one by name; a [LossTaker] takes any.
	Loss Loss
	// Weights of the measurements of Train in the training loss, in the order of their Values: Σ
	// wₖ·ℓₖ/Σ wₖ. At least 0 and not all 0. Nil: all are 1.
	Weights []float64
}

// Dims returns the shape of the unknown matrix.
func (p Problem) Dims() (rows, cols int) { return p.Train.Dims() }

// Validate says what is wrong with the problem, if anything. Solvers call it before the first step.
func (p Problem) Validate() error {
	if p.Train == nil {
		return fmt.Errorf("mc: Problem.Train is nil; it must be a Measurement, such as NewObservations makes")
	}
	rows, cols := p.Train.Dims()
	if rows < 1 || cols < 1 {
		return fmt.Errorf("mc: Problem.Train measures a %d×%d matrix; both must be at least 1",
			rows, cols)
	}
	if err := validateValues("Train", p.Train); err != nil {
		return err
	}
	if p.Test != nil {
		if r, c := p.Test.Dims(); r != rows || c != cols {
			return fmt.Errorf("mc: Problem.Test measures a %d×%d matrix, Problem.Train a %d×%d one",
				r, c, rows, cols)
		}
		if p.Test.Len() == 0 {
			return fmt.Errorf("mc: Problem.Test has no measurements; leave it nil")
		}
		if err := validateValues("Test", p.Test); err != nil {
			return err
		}
	}
	if err := p.validateLoss(); err != nil {
		return err
	}
	if p.Truth != nil {
		if r, c := p.Truth.Dims(); r != rows || c != cols {
			return fmt.Errorf("mc: Problem.Truth is %d×%d, Problem.Train measures a %d×%d matrix",
				r, c, rows, cols)
		}
		for i := range rows {
			for j, x := range p.Truth.RawRowView(i) {
				if !finite(x) {
					return fmt.Errorf("mc: Problem.Truth(%d, %d) is %v", i, j, x)
				}
			}
		}
	}
	return nil
}

// validateValues says what is wrong with the values of a measurement, in the field of this name.
func validateValues(field string, m Measurement) error {
	if n := m.Len(); n == 0 || len(m.Values()) != n {
		return fmt.Errorf("mc: Problem.%s has %d measurements and %d values; their numbers must be equal "+
			"and positive", field, n, len(m.Values()))
	}
	for k, b := range m.Values() {
		if !finite(b) {
			return fmt.Errorf("mc: Problem.%s.Values()[%d] is %v; it must be finite", field, k, b)
		}
	}
	return nil
}

// validateLoss says which value or weight is wrong, if one is.
func (p Problem) validateLoss() error {
	if p.Weights != nil {
		if n := p.Train.Len(); len(p.Weights) != n {
			return fmt.Errorf("mc: Problem.Weights has %d weights; Problem.Train has %d measurements",
				len(p.Weights), n)
		}
		for k, w := range p.Weights {
			if !(w >= 0) || math.IsInf(w, 1) {
				return fmt.Errorf("mc: Problem.Weights[%d], of %s, is %v; it must be at least 0 and finite",
					k, placeOf(p.Train, k), w)
			}
		}
		if slices.Max(p.Weights) == 0 {
			return fmt.Errorf("mc: Problem.Weights are all 0; at least one must be positive")
		}
	}
	if isSquares(p.Loss) {
		return nil
	}
	if err := Validate(p.Loss); err != nil {
		return err
	}
	block := blockOf(p.Loss)
	for k, m := range []Measurement{p.Train, p.Test} {
		if m == nil {
			continue
		}
		field := []string{"Train", "Test"}[k]
		if b := blockOf(m); block > 1 && b != block {
			return fmt.Errorf("mc: Problem.Loss is %s; the values of Problem.%s, %T, belong together by %d, "+
				"they must by %d", Describe(p.Loss), field, m, b, block)
		}
		if at, want := p.Loss.Refuses(m.Values()); at >= 0 {
			return fmt.Errorf("mc: Problem.%s: %s is %v; with %s it must be %s",
				field, placeOf(m, at), m.Values()[at], Describe(p.Loss), want)
		}
	}
	for k, w := range p.Weights {
		if first := k - k%block; w != p.Weights[first] {
			return fmt.Errorf("mc: Problem.Weights[%d], of %s, is %v; all weights of a sample must be "+
				"equal, it must be %v",
				k, placeOf(p.Train, k), w, p.Weights[first])
		}
	}
	return nil
}

// Digest identifies the data of the problem: equal data, equal digest (16 hexadecimal digits of
// SHA-256). It is a part of the identity of a run.
//
// A Measurement of your own is identified by its type, its values and A*(y) at two fixed Gaussian
// y, so that two maps with equal values differ. This forms a rows × cols matrix.
func (p Problem) Digest() string {
	h := sha256.New()
	number := func(xs ...float64) {
		var b [8]byte
		for _, x := range xs {
			binary.LittleEndian.PutUint64(b[:], math.Float64bits(x))
			h.Write(b[:])
		}
	}
	measurement := func(m Measurement) {
		rows, cols := m.Dims()
		fmt.Fprintf(h, "%T %d %d %d\n", m, rows, cols, m.Len())
		number(m.Values()...)
		switch m := m.(type) {
		case *Observations:
			for _, e := range m.All() {
				number(float64(e.Row), float64(e.Col))
			}
		case *Sensing:
			for k := range m.Len() {
				number(m.maps.RawRowView(k)...)
			}
		case *StreamedSensing:
			fmt.Fprintf(h, "%d\n", m.seed)
		default:
			rng, y := random.New(0, random.Digest), make([]float64, m.Len())
			image := mat.NewDense(rows, cols, nil)
			for range 2 {
				for k := range y {
					y[k] = rng.NormFloat64()
				}
				image.Zero()
				m.AddAdjoint(image, 1, y)
				number(image.RawMatrix().Data...)
			}
		}
	}
	measurement(p.Train)
	if !isSquares(p.Loss) {
		fmt.Fprintf(h, "%s\n", Describe(p.Loss))
	}
	if p.Weights != nil {
		fmt.Fprintln(h, "weights")
		number(p.Weights...)
	}
	if p.Test != nil {
		measurement(p.Test)
	}
	if p.Truth != nil {
		rows, _ := p.Truth.Dims()
		for i := range rows {
			number(p.Truth.RawRowView(i)...)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// trainTerm is the training loss.
func (p Problem) trainTerm() dataTerm { return dataTerm{p.Train, lossOf(p), p.Weights} }

// testTerm is the loss over Test.
func (p Problem) testTerm() dataTerm { return dataTerm{p.Test, lossOf(p), nil} }

// entriesOf returns the observed entries of a problem, for a solver that takes no other
// measurement.
func entriesOf(solver string, p Problem) (*Observations, error) {
	o, ok := p.Train.(*Observations)
	if !ok {
		return nil, fmt.Errorf("%s: Problem.Train is %T; it must be *mc.Observations",
			solver, p.Train)
	}
	return o, nil
}

// checkDense refuses a matrix that is too large to be formed a few times over.
func checkDense(solver string, p Problem) error {
	if rows, cols := p.Dims(); tooLarge(rows, cols) {
		return fmt.Errorf("%s: a %d×%d matrix is too large to be formed; DeepMF with Depth 2 and a small "+
			"Hidden is not limited so", solver, rows, cols)
	}
	return nil
}

// checkLambda words the errors of a penalty, in the field of this name, and its weight alike.
func checkLambda(solver string, lambda float64, name string, penalty Penalty) error {
	switch {
	case lambda > Zero && penalty == nil:
		return fmt.Errorf("mc: %s.Lambda is %v but %s.%s is nil; name the penalty, such as Ratio{}",
			solver, lambda, solver, name)
	case lambda == 0 && !math.Signbit(lambda) && penalty != nil:
		return fmt.Errorf("mc: %s.Lambda is not given beside %s.%s; set it, to mc.Zero for a run without "+
			"the penalty",
			solver, solver, name)
	}
	return nil
}
