package mc

import (
	"fmt"
	"math"
)

// Softmax is the cross-entropy of classes, for measurements that come in blocks of Classes values,
// the scores of a sample's classes (see [Regression]),
//
//	ℓ = −Σ_c b_c·log p_c,   p_c = e^(x_c)/Σ_j e^(x_j),   ∂ℓ/∂x_c = p_c − b_c,   ℓ″ ≤ 1/2,
//
// where b are probabilities: 1 for the sample's class and 0 otherwise. L is the mean over samples,
// and not over their scores. ‖∂ℓ/∂x‖ ≤ √2 for each sample; as with [Logistic], of which it is the
// case of two classes, L has no minimum once all samples are classified.
type Softmax struct {
	// Classes K, at least 2.
	Classes int `range:"[2, inf)"`
}

// Slopes returns K·Σ wₖ·ℓ over samples, since a sample has K measurements, and sets slope to its
// derivative.
func (s Softmax) Slopes(slope, x, b, weight []float64) float64 {
	sum, k := 0.0, s.Classes
	for at := 0; at < len(x); at += k {
		x, b, slope := x[at:at+k], b[at:at+k], slope[at:at+k]
		w := float64(k)
		if weight != nil {
			w *= weight[at]
		}
		top, given, mass := math.Inf(-1), 0.0, 0.0
		for c, v := range x {
			top = max(top, v)
			given += b[c] * v
			mass += b[c]
		}
		total := 0.0
		for c, v := range x {
			slope[c] = math.Exp(v - top)
			total += slope[c]
		}
		sum += w * (mass*(top+math.Log(total)) - given)
		for c := range x {
			slope[c] = w * (mass*slope[c]/total - b[c])
		}
	}
	return sum
}

// Curvature is K/2: that of the cross-entropy, for the mean over samples.
func (s Softmax) Curvature() float64 { return float64(s.Classes) / 2 }

// Block is Classes.
func (s Softmax) Block() int { return s.Classes }

// Refuses values that are no probabilities of the classes of a sample.
func (s Softmax) Refuses(b []float64) (int, string) {
	sum := 0.0
	for k, v := range b {
		if k%s.Classes == 0 {
			sum = 0
		}
		if sum += v; v < 0 || (k+1)%s.Classes == 0 && math.Abs(sum-1) > 1e-9 {
			return k, fmt.Sprintf("at least 0, and the %d values of a sample must sum to 1", s.Classes)
		}
	}
	return -1, ""
}
