package mc

import (
	"fmt"
	"strings"
)

// A Diagnosis says what makes a completion problem hopeless for every method, whatever its merit.
type Diagnosis struct {
	// Rank for which the problem was diagnosed, r.
	Rank int
	// Observed is the number n of observed entries, DegreesOfFreedom that of a rank-r matrix,
	// r(rows + cols − r), and Oversampling their quotient; below 1 infinitely many rank-r matrices
	// agree with the observations.
	Observed, DegreesOfFreedom int
	Oversampling               float64
	// FewestInRow and FewestInCol are the smallest numbers of observed entries in a row and in a
	// column. A line with fewer than r is not determined even if the rest of the matrix is known.
	FewestInRow, FewestInCol int
	// RowsBelowRank and ColsBelowRank count the lines with fewer than r observed entries.
	RowsBelowRank, ColsBelowRank int
	// Components is the number of connected components of the bipartite graph of rows and columns
	// with an edge for each observed entry. With more than one, the parts can be scaled against
	// each other (Király, Theran, Tomioka 2015).
	Components int
}

// Diagnose looks at which entries are observed, not at their values.
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
	return d, nil
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
	return d.Observed < d.DegreesOfFreedom || d.RowsBelowRank > 0 || d.ColsBelowRank > 0 || d.Components > 1
}

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
	if d.Components > 1 {
		fmt.Fprintf(&b, "\n- the observed entries fall into %d unconnected parts: their relative scale cannot be known",
			d.Components)
	}
	return b.String()
}
