package mc_test

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// shifted predicts A(W) + by, as a model with an intercept does.
type shifted struct {
	w  *mat.Dense
	by float64
}

func (s shifted) Predict(dst []float64, m mc.Measurement) {
	m.Apply(dst, s.w)
	for k := range dst {
		dst[k] += s.by
	}
}

// The metrics of a Result whose details have a model are those of its predictions.
func ExamplePredictor() {
	entries, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 4}, {Row: 1, Col: 1, Value: 6}})
	if err != nil {
		log.Fatal(err)
	}
	w := mat.NewDense(2, 2, []float64{1, 0, 0, 2})
	for _, by := range []float64{0, 3} {
		var model mc.Predictor = shifted{w, by}
		result := &mc.Result{W: w, Details: []any{model}}
		fmt.Println("training error", result.Metrics(mc.Problem{Train: entries}).Train)
	}
	// Output:
	// training error 12.5
	// training error 0.5
}
