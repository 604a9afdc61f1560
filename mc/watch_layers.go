package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Layers is the singular value decomposition W_j = U_j·Σ_j·V_jᵀ of each layer. Readings:
//
//   - "singular values of layer j": the first Top of σᵢ(W_j), descending;
//   - "alignment of layers j and j+1": |⟨vᵢ(W_{j+1}), uᵢ(W_j)⟩| for the first Top directions i. It is
//     1 where the layers are balanced and σᵢ is not repeated, and gradient flow drives it to 1 for
//     the leading direction (Ji and Telgarsky 2019);
//   - "effective rank of the layers": [EffectiveRank] of each, from W_1 to W_N.
//
// At depth 1, and for solvers without factors, the one layer is W. There are no readings where that
// is too large to form.
type Layers struct {
	// Top bounds the number of singular values and directions.
	Top int `default:"5" range:"[1, inf)"`
}

// Watch returns the state of one run.
func (q Layers) Watch() Gauge { return layersGauge{Resolved(q).Top} }

type layersGauge struct{ top int }

func (g layersGauge) Measure(s *Step) (readings []Reading) {
	ranks, alignments := []float64{}, []Reading{}
	var below *mat.Dense // U of the layer before
	for j, w := range s.parameters() {
		if w == nil {
			return nil
		}
		u, sigma, v := NewPoint(w).SVD()
		ranks = append(ranks, EffectiveRank(sigma))
		top := min(g.top, len(sigma))
		readings = append(readings, Reading{fmt.Sprintf("singular values of layer %d", j+1), sigma[:top:top]})
		if below != nil {
			var a []float64
			for i := range min(g.top, below.RawMatrix().Cols, len(sigma)) {
				a = append(a, math.Abs(mat.Dot(v.ColView(i), below.ColView(i))))
			}
			alignments = append(alignments, Reading{fmt.Sprintf("alignment of layers %d and %d", j, j+1), a})
		}
		below = u
	}
	readings = append(readings, alignments...)
	return append(readings, Reading{"effective rank of the layers", ranks})
}
