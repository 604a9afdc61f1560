package mc_test

import (
	"fmt"
	"log"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// The area is the fraction of pairs in the right order, ties one half, however it is computed.
func TestAUC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "n")
		values, scores := make([]float64, n), make([]float64, n)
		for k := range n {
			values[k] = float64(2*rapid.IntRange(0, 1).Draw(t, "value") - 1)
			scores[k] = float64(rapid.IntRange(0, 5).Draw(t, "score"))
		}
		values[0], values[1] = 1, -1
		right, pairs := 0.0, 0.0
		for i := range n {
			for j := range n {
				if values[i] > 0 && values[j] < 0 {
					pairs++
					right += 0.5 * (1 + float64(sign(scores[i]-scores[j])))
				}
			}
		}
		if got, err := mc.AUC(values, scores); err != nil || math.Abs(got-right/pairs) > rounding {
			t.Fatalf("AUC = %v (%v), of all pairs %v are in order", got, err, right/pairs)
		}
	})
	for want, c := range map[string][2][]float64{
		"2 values and 1 scores":     {{1, -1}, {1}},
		"2 of 2 values are positiv": {{1, 1}, {1, 2}},
		"scores[1] is NaN":          {{1, -1}, {1, math.NaN()}},
	} {
		if _, err := mc.AUC(c[0], c[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// Three predictions, by hand: margins log 3, 0 and −log 3.
func TestEvaluateYesNo(t *testing.T) {
	o, err := mc.NewObservations(1, 3, []mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: -1},
		{Row: 0, Col: 2, Value: 1}})
	if err != nil {
		t.Fatal(err)
	}
	w := mat.NewDense(1, 3, []float64{math.Log(3), 0, -math.Log(3)})
	got, err := mc.EvaluateYesNo(o, w)
	want := mc.YesNo{LogLoss: (math.Log(4.0/3) + math.Log(2) + math.Log(4)) / 3, AUC: 0.5, Accuracy: 0.5}
	if err != nil || math.Abs(got.LogLoss-want.LogLoss) > rounding || got.AUC != want.AUC ||
		got.Accuracy != want.Accuracy {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
	if d := mc.Deviance(mc.Logistic{}, o, w); math.Abs(d-6*want.LogLoss) > rounding {
		t.Errorf("the deviance is %v, want %v", d, 6*want.LogLoss)
	}
	if d := mc.Deviance(nil, o, w); math.Abs(d-2*(math.Pow(math.Log(3)-1, 2)+1+math.Pow(math.Log(3)+1, 2))) > rounding {
		t.Errorf("twice the sum of squares is %v", d)
	}
	other, err := mc.NewObservations(1, 1, []mc.Entry{{Row: 0, Col: 0, Value: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mc.EvaluateYesNo(other, mat.NewDense(1, 1, nil)); err == nil ||
		!strings.Contains(err.Error(), "entry (0, 0) is 0.5; it must be -1 or 1") {
		t.Errorf("error %v", err)
	}
}

func ExampleYesNo() {
	o, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: -1},
		{Row: 1, Col: 1, Value: 1}})
	if err != nil {
		log.Fatal(err)
	}
	fit, err := mc.EvaluateYesNo(o, mat.NewDense(2, 2, []float64{2, -1, 0, -3}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("log loss %.2f, AUC %.2f, accuracy %.2f\n", fit.LogLoss, fit.AUC, fit.Accuracy)
	// Output: log loss 1.16, AUC 0.50, accuracy 0.67
}
