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
//
// It is not equivariant under transposition: columns are neighbours and rows are not.
type ItemKNN struct {
	// K is the number of neighbours.
	K int `default:"40" range:"[1, inf)"`
	// Shrinkage of similarities.
	Shrinkage float64 `default:"100" range:"[0, inf)"`
	// Biases b.
	Biases Biases
}

// Solve computes all similarities and estimates; the run has one state, which has converged.
// Memory: rows·cols numbers, unless W is too large to form: then the *[Model] in the details
// estimates a row when it is asked for, and norms of W are not known.
func (n ItemKNN) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	return Iterate(ctx, n, p, &itemKNNRun{ItemKNN: Resolved(n)}, Limits{}, observers...)
}

// itemKNNRun is a run of ItemKNN.
type itemKNNRun struct {
	ItemKNN // resolved
	at      *State
}

func (n *itemKNNRun) Start(ctx context.Context, s *State) error {
	o, err := s.entries()
	if err != nil {
		return err
	}
	n.at = s
	if tooLarge(o.rows, o.cols) {
		m := n.model(n.Biases.all(ctx, o))
		s.Details = []any{m}
		at := m.fresh()
		at.Observed = o
		s.Point = &Point{held: &modelled{at}}
		return nil
	}
	w := mat.NewDense(o.rows, o.cols, nil)
	s.Point, s.Details = NewPoint(w), []any{n.estimate(ctx, o, w)}
	return nil
}

func (n *itemKNNRun) Loss() (float64, error) {
	return n.at.Point.held.loss(n.at.Problem.trainTerm()), nil
}
func (n *itemKNNRun) Converged() bool            { return true }
func (n *itemKNNRun) Step(context.Context) error { return nil }

// model is that of the neighbours beside the biases.
func (n ItemKNN) model(biases *biasFit) *Model {
	m := biases.model()
	m.Neighbours, m.Shrinkage = n.K, n.Shrinkage
	return m
}

// estimate sets w (rows × cols), which is zero.
func (n ItemKNN) estimate(ctx context.Context, o *Observations, w *mat.Dense) *Model {
	biases := n.Biases.all(ctx, o)
	residuals := biases.residuals(o)
	biases.addTo(w, 1)
	search := newNeighbourhood(residuals, residuals.transposed(), n.K, n.Shrinkage)
	for i := range o.rows {
		if ctx.Err() != nil {
			break // the other rows have their biases
		}
		from, to := o.start[i], o.start[i+1]
		search.addTo(w.RawRowView(i), i, o.col[from:to], residuals.value[from:to])
	}
	return n.model(biases)
}

// neighbourhood finds the neighbours of items among those of residuals, whose transpose is users.
type neighbourhood struct {
	residuals, users   *Observations
	k                  int
	shrinkage          float64
	row                *similarityRow
	similar            []float64
	order              []int
	sum, weight, count []float64
}

func newNeighbourhood(residuals, users *Observations, k int, shrinkage float64) *neighbourhood {
	room := func() []float64 { return make([]float64, residuals.cols) }
	return &neighbourhood{residuals: residuals, users: users, k: k, shrinkage: shrinkage,
		row: newSimilarityRow(residuals.rows), similar: make([]float64, residuals.rows),
		sum: room(), weight: room(), count: room()}
}

// addTo adds to row the weighted means of the neighbours' residuals, for item i, or for one that is
// not among the items with i < 0, which has these residuals at these users. From the most similar
// item on, each adds to the users that rated it and have fewer than K neighbours yet.
func (n *neighbourhood) addTo(row []float64, i int, cols []int32, values []float64) {
	n.row.fill(n.similar, cols, values, n.users, n.shrinkage)
	s := n.similar
	n.order = n.order[:0]
	for l, similarity := range s {
		if l != i && similarity > 0 {
			n.order = append(n.order, l)
		}
	}
	slices.SortFunc(n.order, func(a, b int) int { return cmp.Or(cmp.Compare(s[b], s[a]), cmp.Compare(a, b)) })
	clear(n.sum)
	clear(n.weight)
	clear(n.count)
	for _, l := range n.order {
		for at := n.residuals.start[l]; at < n.residuals.start[l+1]; at++ {
			if j := n.residuals.col[at]; n.count[j] < float64(n.k) {
				n.count[j]++
				n.sum[j] += s[l] * n.residuals.value[at]
				n.weight[j] += s[l]
			}
		}
	}
	for j, total := range n.weight {
		if total > 0 {
			row[j] += n.sum[j] / total
		}
	}
}

// similarityRow holds the sums of which the similarities of one item to all others consist.
type similarityRow struct{ product, own, others, count []float64 }

func newSimilarityRow(items int) *similarityRow {
	room := func() []float64 { return make([]float64, items) }
	return &similarityRow{room(), room(), room(), room()}
}

// fill sets dst to the similarities of an item with residuals r at users j to all others.
func (s *similarityRow) fill(dst []float64, cols []int32, values []float64, users *Observations, shrinkage float64) {
	clear(s.product)
	clear(s.own)
	clear(s.others)
	clear(s.count)
	for at, j := range cols {
		r := values[at]
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
		if scale := math.Sqrt(s.own[l]) * math.Sqrt(s.others[l]); n > 1 && scale > 0 {
			dst[l] = (n - 1) / (n - 1 + shrinkage) * s.product[l] / scale
		}
	}
}
