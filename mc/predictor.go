package mc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// A Predictor is a model whose predictions of the measurements are not A(W): a network, of which W
// is the first layer. The loss, the test error and the metrics of its run are those of what it
// predicts, while singular values, norms and ranks are those of W, whose shape need not be the
// problem's. A solver of such a model takes its [Point] from [NewPredictorPoint], and the model is
// a [Detail] of its Result.
type Predictor interface {
	// Predict sets dst (length m.Len()) to what the model, as it is now, predicts for m.
	Predict(dst []float64, m Measurement)
}

// NewPredictorPoint returns the point at the matrix w of a model. It keeps both. Quantities that
// suppose predictions A(W), [Sharpness] and [KernelChange], have no readings there.
func NewPredictorPoint(w *mat.Dense, model Predictor) *Point {
	return &Point{W: w, held: predicting{dense{w}, model}}
}

// predicting is the W of a model that is not linear in it.
type predicting struct {
	matrix
	model Predictor
}

func (p predicting) loss(t dataTerm) float64 {
	x := make([]float64, t.on.Len())
	p.model.Predict(x, t.on)
	value, _ := t.slopes(x)
	return value
}

// linearIn refuses the result of a solver whose predictions a wrapper cannot transform, as it does
// W.
func linearIn(wrapper string, s Solver, r *Result) error {
	if Detail[Predictor](r) == nil {
		return nil
	}
	return fmt.Errorf("mc: %s.Solver is %T, which predicts by more than W; it must predict the entries of W",
		wrapper, s)
}

// linear reports whether the iterate is formed and predicts A(W).
func (s *Step) linear() bool { return s.point.estimate() != nil }

// estimate returns W if it is formed and is what estimates the truth: that of a model which is not
// linear in it need not have the truth's shape.
func (p *Point) estimate() *mat.Dense {
	if _, other := p.held.(predicting); other {
		return nil
	}
	return p.dense()
}
