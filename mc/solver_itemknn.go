package mc

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// ItemKNN estimates a rating from the ratings that the same user gave to the most similar items,
// with items as rows and users as columns,
//
//	w_ij = b_ij + Σ s(i,l)·(r_lj − b_lj) / Σ s(i,l)
//
// over the at most K items l most similar to i that user j rated and that have s(i,l) > 0; b are
// the [Biases]. The similarity is the correlation of the residuals r − b over the n users that
// rated both items, shrunk to 0 where they are few,
//
//	s(i,l) = (n−1)/(n−1+Shrinkage) · Σ(r_ij−b_ij)(r_lj−b_lj) / √(Σ(r_ij−b_ij)²·Σ(r_lj−b_lj)²).
//
// Koren (2010), section 2.2, equations 2 to 4. It takes [Observations].
type ItemKNN struct {
	// K is the number of neighbours.
	K int `default:"40" range:"[1, inf)"`
	// Shrinkage of similarities.
	Shrinkage float64 `default:"100" range:"[0, inf)"`
	// Biases b.
	Biases Biases
}

// Solve computes all similarities and estimates; the run has one state, which has converged.
// Memory: rows² + rows·cols numbers.
func (n ItemKNN) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	return Iterate(ctx, n, p, Direct(Resolved(n).estimate), Limits{}, observers...)
}

func (n ItemKNN) estimate(ctx context.Context, p Problem, w *mat.Dense) error {
	o, err := entriesOf("mc: ItemKNN", p)
	if err != nil {
		return err
	}
	biases := n.Biases.all(o)
	residuals := biases.residuals(o)
	users := residuals.transposed()
	similar := mat.NewDense(o.rows, o.rows, nil)
	biases.addTo(w, 1)
	row := newSimilarityRow(o.rows)
	for i := range o.rows {
		row.fill(similar.RawRowView(i), i, residuals, users, n.Shrinkage)
	}
	// From the most similar item on, each adds to the users that rated it and have fewer than K
	// neighbours yet.
	order := make([]int, 0, o.rows)
	sum, weight, count := make([]float64, o.cols), make([]float64, o.cols), make([]int, o.cols)
	for i := range o.rows {
		if ctx.Err() != nil {
			break // the other rows have their biases
		}
		s, row := similar.RawRowView(i), w.RawRowView(i)
		order = order[:0]
		for l, similarity := range s {
			if l != i && similarity > 0 {
				order = append(order, l)
			}
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(s[b], s[a]), cmp.Compare(a, b)) })
		clear(sum)
		clear(weight)
		clear(count)
		for _, l := range order {
			for at := residuals.start[l]; at < residuals.start[l+1]; at++ {
				if j := residuals.col[at]; count[j] < n.K {
					count[j]++
					sum[j] += s[l] * residuals.value[at]
					weight[j] += s[l]
				}
			}
		}
		for j, total := range weight {
			if total > 0 {
				row[j] += sum[j] / total
			}
		}
	}
	return nil
}

// similarityRow holds the sums of which the similarities of one item to all others consist.
type similarityRow struct{ product, own, others, count []float64 }

func newSimilarityRow(items int) *similarityRow {
	room := func() []float64 { return make([]float64, items) }
	return &similarityRow{room(), room(), room(), room()}
}

func (s *similarityRow) fill(dst []float64, i int, residuals, users *Observations, shrinkage float64) {
	clear(s.product)
	clear(s.own)
	clear(s.others)
	clear(s.count)
	for at := residuals.start[i]; at < residuals.start[i+1]; at++ {
		j, r := residuals.col[at], residuals.value[at]
		for with := users.start[j]; with < users.start[j+1]; with++ {
			l, q := users.col[with], users.value[with]
			s.product[l] += r * q
			s.own[l] += r * r
			s.others[l] += q * q
			s.count[l]++
		}
	}
	for l, n := range s.count {
		dst[l] = 0
		if scale := math.Sqrt(s.own[l] * s.others[l]); n > 1 && scale > 0 {
			dst[l] = (n - 1) / (n - 1 + shrinkage) * s.product[l] / scale
		}
	}
}
