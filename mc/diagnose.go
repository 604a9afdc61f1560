package mc

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// A Diagnosis says what makes a completion problem hopeless for every method, whatever its merit,
// and which entries can be recovered nevertheless.
type Diagnosis struct {
	// Rank for which the problem was diagnosed, r.
	Rank int
	// Observed is the number n of observed entries, DegreesOfFreedom that of a rank-r matrix,
	// r(rows + cols − r), and Oversampling their quotient; below 1 infinitely many rank-r matrices
	// agree with the observations.
	Observed, DegreesOfFreedom int
	Oversampling               float64
	// FewestInRow and FewestInCol are the smallest numbers of observed entries in a row and in a
	// column. A row or column with fewer than r is not determined even if the rest of the matrix is
	// known.
	FewestInRow, FewestInCol int
	// RowsBelowRank and ColsBelowRank count those with fewer than r observed entries.
	RowsBelowRank, ColsBelowRank int
	// Components is the number of connected components of the bipartite graph of rows and columns
	// with an edge for each observed entry. With more than one, the parts can be scaled against
	// each other (Király, Theran, Tomioka 2015).
	Components int
	// CoreRows and CoreCols are the numbers of rows and columns that are left once those with fewer
	// than r observed entries are taken away, again and again: the r-core. An unobserved entry
	// outside it cannot be recovered.
	CoreRows, CoreCols int
	// JacobianRank is the rank of the Jacobian of (X, Y) ↦ (X·Yᵀ)_Ω at a random rank-r matrix
	// (Singer and Cucuringu 2010). If it is DegreesOfFreedom, then for all but special matrices
	// only finitely many of rank r agree with the observed entries, often a single one. It is
	// exact, but for a probability of at most (3·DegreesOfFreedom/2²³)² that a full rank is missed.
	// It is 0 if r·min(rows, cols) is above 12,000, which is too large.
	JacobianRank int
	// Determined is the number of unobserved entries that the observed ones determine, to within
	// finitely many values: those whose row of the Jacobian lies in the span of the others'
	// (Király, Theran, Tomioka 2015).
	Determined int
	// Entries (rows × cols) has 2 at observed entries, 1 at determined ones and 0 elsewhere, nil if
	// JacobianRank is 0. viz.Heatmap shows it.
	Entries *mat.Dense
}

// Diagnose looks at which entries are observed, not at their values. For a 1000×1000 matrix of
// rank 10 it takes about half a minute, for a 100×100 one of rank 5 a tenth of a second.
func Diagnose(o *Observations, rank int) (Diagnosis, error) {
	if o == nil {
		return Diagnosis{}, fmt.Errorf("mc: Diagnose: no observations")
	}
	if rank < 1 || rank > min(o.rows, o.cols) {
		return Diagnosis{}, fmt.Errorf("mc: Diagnose: rank %d of a %d×%d matrix; it must be from 1 to %d",
			rank, o.rows, o.cols, min(o.rows, o.cols))
	}
	d := Diagnosis{Rank: rank, Observed: o.Len(), DegreesOfFreedom: rank * (o.rows + o.cols - rank)}
	d.Oversampling = float64(d.Observed) / float64(d.DegreesOfFreedom)

	row, col := make([]int, o.rows), make([]int, o.cols)
	parent := make([]int, o.rows+o.cols) // of a row i at i, of a column j at rows+j
	for v := range parent {
		parent[v] = v
	}
	root := func(v int) int {
		for parent[v] != v {
			parent[v] = parent[parent[v]]
			v = parent[v]
		}
		return v
	}
	d.Components = len(parent)
	for _, e := range o.All() {
		row[e.Row]++
		col[e.Col]++
		if a, b := root(e.Row), root(o.rows+e.Col); a != b {
			parent[a] = b
			d.Components--
		}
	}
	d.FewestInRow, d.RowsBelowRank = fewest(row, rank)
	d.FewestInCol, d.ColsBelowRank = fewest(col, rank)
	d.CoreRows, d.CoreCols = core(o, slices.Concat(row, col), rank)
	if rank*min(o.rows, o.cols) <= largestElimination {
		c := completable(o, rank)
		d.JacobianRank, d.Entries = c.rank, c.entries
		for _, x := range c.entries.RawMatrix().Data {
			if x == 1 {
				d.Determined++
			}
		}
	}
	return d, nil
}

// core returns the shape of the r-core, given the numbers of entries of all rows and columns, which
// it changes.
func core(o *Observations, count []int, r int) (rows, cols int) {
	byRow := o.entries()
	byCol, _ := byRow.Transposed()
	var thin []int // rows i, and columns j as rows+j
	rows, cols = o.rows, o.cols
	drop := func(v int) {
		if thin = append(thin, v); v < o.rows {
			rows--
		} else {
			cols--
		}
	}
	for v, c := range count {
		if c < r {
			drop(v)
		}
	}
	for ; len(thin) > 0; thin = thin[1:] {
		e, v, other := byRow, thin[0], o.rows
		if v >= o.rows {
			e, v, other = byCol, v-o.rows, 0
		}
		for _, w := range e.Col[e.Start[v]:e.Start[v+1]] {
			if count[other+int(w)]--; count[other+int(w)] == r-1 {
				drop(other + int(w))
			}
		}
	}
	return rows, cols
}

func fewest(counts []int, rank int) (least, below int) {
	least = counts[0]
	for _, c := range counts {
		least = min(least, c)
		if c < rank {
			below++
		}
	}
	return least, below
}

// Hopeless reports whether a necessary condition for recovering a rank-r matrix fails.
func (d Diagnosis) Hopeless() bool {
	return d.Observed < d.DegreesOfFreedom || d.RowsBelowRank > 0 || d.ColsBelowRank > 0 || d.Components > 1 ||
		d.JacobianRank > 0 && !d.Completable()
}

// Completable reports whether the observed entries determine all but special matrices of rank r to
// within finitely many. It is false if that was too large to be computed.
func (d Diagnosis) Completable() bool { return d.JacobianRank == d.DegreesOfFreedom }

// String describes the instance and names each necessary condition that fails.
func (d Diagnosis) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rank %d: %d observed, %d degrees of freedom, oversampling %.2f; fewest in a row %d, in a "+
		"column %d; connected components %d",
		d.Rank, d.Observed, d.DegreesOfFreedom, d.Oversampling, d.FewestInRow, d.FewestInCol, d.Components)
	if d.Observed < d.DegreesOfFreedom {
		fmt.Fprintf(&b, "\n- fewer entries than degrees of freedom: infinitely many matrices of rank %d fit",
			d.Rank)
	}
	if d.RowsBelowRank > 0 || d.ColsBelowRank > 0 {
		fmt.Fprintf(&b, "\n- %d rows and %d columns have fewer than %d entries: nobody can recover these lines",
			d.RowsBelowRank, d.ColsBelowRank, d.Rank)
	}
	if d.JacobianRank > 0 && !d.Completable() {
		rows, cols := d.Entries.Dims()
		fmt.Fprintf(&b, "\n- the Jacobian has rank %d of %d: infinitely many matrices of rank %d fit; %d of %d "+
			"unobserved entries are determined",
			d.JacobianRank, d.DegreesOfFreedom, d.Rank, d.Determined, rows*cols-d.Observed)
	}
	if d.Components > 1 {
		fmt.Fprintf(&b, "\n- the observed entries fall into %d unconnected parts: their relative scale cannot be known",
			d.Components)
	}
	return b.String()
}
