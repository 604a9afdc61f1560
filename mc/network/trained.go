package network

import (
	"encoding/json"
	"fmt"
	"slices"

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

// trainedJSON keeps a network. Layers are W, b, V and c.
type trainedJSON struct{ Factors, Layers *mc.Factors }

// MarshalJSON writes null for a number that is not finite.
func (n *Trained) MarshalJSON() ([]byte, error) {
	return json.Marshal(trainedJSON{n.Factors, &mc.Factors{W: []*mat.Dense{n.W, n.Bias, n.V, n.Offset}}})
}

// UnmarshalJSON reads what MarshalJSON writes. A [mc.Result] that was read from JSON has the
// network as text:
//
//	text := mc.Detail[map[string]json.RawMessage](result)["*network.Trained"]
//	err := json.Unmarshal(text, &net)
func (n *Trained) UnmarshalJSON(text []byte) error {
	var j trainedJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	if j.Factors == nil || j.Layers == nil || len(j.Layers.W) != 4 || slices.Contains(j.Layers.W, nil) {
		return fmt.Errorf("network: Trained in JSON lacks Factors, or one of the 4 Layers")
	}
	*n = Trained{Factors: j.Factors, W: j.Layers.W[0], Bias: j.Layers.W[1], V: j.Layers.W[2], Offset: j.Layers.W[3]}
	return nil
}
