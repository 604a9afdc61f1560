package mc

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// YesNo measures predictions x of values that are 1 or −1.
type YesNo struct {
	// LogLoss is the mean of log(1 + e^(−bx)), the loss of [Logistic]: log 2 at x = 0.
	LogLoss float64
	// AUC is the area under the curve of true against false positives, see [AUC].
	AUC float64
	// Accuracy is the fraction of values whose sign is that of x; x = 0 counts one half.
	Accuracy float64
}

// EvaluateYesNo measures what W predicts for measurements whose values are 1 or −1, both of which
// must occur.
func EvaluateYesNo(m Measurement, w *mat.Dense) (YesNo, error) {
	if k, want := (Logistic{}).Refuses(m.Values()); k >= 0 {
		return YesNo{}, fmt.Errorf("mc: EvaluateYesNo: %s is %v; it must be %s", placeOf(m, k), m.Values()[k], want)
	}
	x := make([]float64, m.Len())
	m.Apply(x, w)
	auc, err := AUC(m.Values(), x)
	if err != nil {
		return YesNo{}, err
	}
	right := 0.0
	for k, b := range m.Values() {
		switch {
		case x[k]*b > 0:
			right++
		case x[k] == 0:
			right += 0.5
		}
	}
	n := float64(len(x))
	return YesNo{LogLoss: Logistic{}.Slopes(x, x, m.Values(), nil) / n, AUC: auc, Accuracy: right / n}, nil
}

// AUC is the probability that a random positive value has a larger score than a random one that is
// not positive, where ties count one half (Hanley and McNeil 1982): 1/2 for scores that say
// nothing. Both kinds must occur, and no score may be NaN.
func AUC(values, scores []float64) (float64, error) {
	if len(values) != len(scores) {
		return 0, fmt.Errorf("mc: AUC: %d values and %d scores; their numbers must be equal", len(values), len(scores))
	}
	order := make([]int, len(scores))
	positives := 0
	for k := range order {
		if order[k] = k; math.IsNaN(scores[k]) {
			return 0, fmt.Errorf("mc: AUC: scores[%d] is NaN", k)
		}
		if values[k] > 0 {
			positives++
		}
	}
	others := len(values) - positives
	if positives == 0 || others == 0 {
		return 0, fmt.Errorf("mc: AUC: %d of %d values are positive; both kinds must occur", positives, len(values))
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return 0
	})
	ranks := 0.0 // of positives, ties sharing their mean rank
	for from := 0; from < len(order); {
		to, tied := from, 0
		for to < len(order) && scores[order[to]] == scores[order[from]] {
			if values[order[to]] > 0 {
				tied++
			}
			to++
		}
		ranks += float64(tied) * float64(from+to+1) / 2
		from = to
	}
	p := float64(positives)
	return (ranks - p*(p+1)/2) / (p * float64(others)), nil
}

// Deviance returns twice the summed loss of what W predicts for the measurements, for [Softmax]
// over the samples. For [Logistic], [Poisson] and [Softmax] that is twice the difference of the
// log-likelihood from that of a perfect fit. A nil loss means squares.
func Deviance(l Loss, m Measurement, w *mat.Dense) float64 {
	if l == nil {
		l = Squares{}
	}
	x := make([]float64, m.Len())
	m.Apply(x, w)
	least := 0.0
	if _, ok := l.(Softmax); ok { // the entropy of labels that are probabilities
		for _, b := range m.Values() {
			if b > 0 {
				least -= b * math.Log(b)
			}
		}
	}
	return 2*l.Slopes(x, x, m.Values(), nil)/float64(blockOf(l)) - 2*least
}

// Accuracy returns the fraction of samples for which W (features × classes) gives the largest score
// to the class with the largest value. Among equal scores the first counts. It is NaN if a score
// is.
func Accuracy(r *Regression, w *mat.Dense) float64 {
	x := make([]float64, r.Len())
	r.Apply(x, w)
	if slices.ContainsFunc(x, math.IsNaN) {
		return math.NaN()
	}
	right := 0
	for at := 0; at < len(x); at += r.outputs {
		if largest(x[at:at+r.outputs]) == largest(r.value[at:at+r.outputs]) {
			right++
		}
	}
	return float64(right*r.outputs) / float64(len(x))
}

// largest returns the index of the largest number, the first of equal ones.
func largest(x []float64) int {
	at := 0
	for k, v := range x {
		if v > x[at] {
			at = k
		}
	}
	return at
}
