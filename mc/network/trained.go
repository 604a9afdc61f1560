package network

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Trained is the network of a [ReLU] with its parameters.
type Trained struct {
	// W (features × Width) is the first layer, the product of Factors.
	W       *mat.Dense
	Factors *mc.Factors
	// Bias b (1 × Width), V (Width × outputs) and Offset c (1 × outputs).
	Bias, V, Offset *mat.Dense
}

// Features returns the values of the hidden units for samples X (samples × features): max(0, XW +
// 1b) (samples × Width).
func (n *Trained) Features(x *mat.Dense) *mat.Dense {
	features, _ := n.run(x)
	return features
}

// Scores returns max(0, XW + 1b)·V + 1c (samples × outputs) for samples X (samples × features).
func (n *Trained) Scores(x *mat.Dense) *mat.Dense {
	_, scores := n.run(x)
	return scores
}

func (n *Trained) run(x *mat.Dense) (features, scores *mat.Dense) {
	var t tape
	f, s := layers(&t, data(x), data(n.W), data(n.Bias), data(n.V), data(n.Offset))
	t.forward()
	return f.value, s.value
}

// Predict sets dst to the scores, sample by sample. The measurement must be a [mc.Regression].
func (n *Trained) Predict(dst []float64, m mc.Measurement) {
	r, ok := m.(*mc.Regression)
	if !ok {
		panic(fmt.Sprintf("network: Trained.Predict: the measurement is a %T; it must be a *mc.Regression", m))
	}
	copy(dst, n.Scores(r.X()).RawMatrix().Data)
}

// Error returns the fraction of samples whose largest score is not that of their class, the largest
// value of their row of Y. Among equal scores the first counts.
func (n *Trained) Error(r *mc.Regression) float64 {
	wrong, outputs := 0, r.Block()
	scores := n.Scores(r.X())
	samples, _ := scores.Dims()
	for i := range samples {
		if floats.MaxIdx(scores.RawRowView(i)) != floats.MaxIdx(r.Values()[i*outputs:(i+1)*outputs]) {
			wrong++
		}
	}
	return float64(wrong) / float64(samples)
}
