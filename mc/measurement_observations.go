package mc

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// Observations is the measurement of matrix completion: A(W) = (W_ij) over the observed entries (i,
// j), in the order of rows and, within a row, of columns.
type Observations struct {
	rows, cols int
	start      []int   // start[i] … start[i+1] are the entries of row i
	col        []int32 // of each entry
	value      []float64

	rowIndex, colIndex *Index // names of rows and columns; nil: none
}

// NewObservations makes the measurement that sees the given entries of a rows × cols matrix, in any
// order. There must be at least one entry, each within the matrix, finite, and given once.
func NewObservations(rows, cols int, entries []Entry) (*Observations, error) {
	if rows < 1 || cols < 1 || rows > math.MaxInt32 || cols > math.MaxInt32 {
		return nil, fmt.Errorf("mc: NewObservations: the matrix is %d×%d; both must be at least 1",
			rows, cols)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("mc: NewObservations: no entries; at least one must be observed")
	}
	for k, e := range entries {
		if e.Row < 0 || e.Row >= rows || e.Col < 0 || e.Col >= cols {
			return nil, fmt.Errorf("mc: NewObservations: entry %d is at (%d, %d), outside a %d×%d matrix (rows "+
				"and columns count from 0)",
				k, e.Row, e.Col, rows, cols)
		}
		if !finite(e.Value) {
			return nil, fmt.Errorf("mc: NewObservations: entry %d at (%d, %d) is %v; leave an unknown entry out",
				k, e.Row, e.Col, e.Value)
		}
	}
	o := &Observations{
		rows: rows, cols: cols,
		start: make([]int, rows+1),
		col:   make([]int32, len(entries)),
		value: make([]float64, len(entries)),
	}
	for _, e := range entries {
		o.start[e.Row+1]++
	}
	for i := range rows {
		o.start[i+1] += o.start[i]
	}
	next, sorted := slices.Clone(o.start), make([]Entry, len(entries)) // by rows first, then each row by columns
	for _, e := range entries {
		sorted[next[e.Row]] = e
		next[e.Row]++
	}
	for i := range rows {
		slices.SortFunc(sorted[o.start[i]:o.start[i+1]], func(a, b Entry) int { return cmp.Compare(a.Col, b.Col) })
	}
	for k, e := range sorted {
		if k > 0 && e.Row == sorted[k-1].Row && e.Col == sorted[k-1].Col {
			return nil, fmt.Errorf("mc: NewObservations: entry (%d, %d) is given twice",
				e.Row, e.Col)
		}
		o.col[k], o.value[k] = int32(e.Col), e.Value
	}
	return o, nil
}

// ObserveDense observes every entry of w that is not NaN, which marks an entry as unknown, as in a
// table that was read from a file. An infinite one is an error.
func ObserveDense(w mat.Matrix) (*Observations, error) {
	rows, cols := w.Dims()
	var entries []Entry
	for i := range rows {
		for j := range cols {
			if x := w.At(i, j); !math.IsNaN(x) {
				entries = append(entries, Entry{i, j, x})
			}
		}
	}
	return NewObservations(rows, cols, entries)
}

// String says how many entries of what are observed.
func (o *Observations) String() string {
	return fmt.Sprintf("%d observed entries of a %d×%d matrix", o.Len(), o.rows, o.cols)
}

// Dims returns the shape of the matrix.
func (o *Observations) Dims() (rows, cols int) { return o.rows, o.cols }

// Len returns the number of observed entries.
func (o *Observations) Len() int { return len(o.value) }

// Values returns the observed values, row by row. It is not to be written to.
func (o *Observations) Values() []float64 { return o.value }

// All yields the observed entries with their position in [Observations.Values].
func (o *Observations) All() iter.Seq2[int, Entry] {
	return func(yield func(int, Entry) bool) {
		for i := range o.rows {
			for k := o.start[i]; k < o.start[i+1]; k++ {
				if !yield(k, Entry{i, int(o.col[k]), o.value[k]}) {
					return
				}
			}
		}
	}
}

// Entries returns the observed entries as a new slice, row by row.
func (o *Observations) Entries() []Entry {
	entries := make([]Entry, 0, o.Len())
	for _, e := range o.All() {
		entries = append(entries, e)
	}
	return entries
}

// Dense returns the matrix with NaN where it is unknown, for a picture or a file.
func (o *Observations) Dense() *mat.Dense {
	w := mat.NewDense(o.rows, o.cols, nil)
	raw := w.RawMatrix().Data
	for i := range raw {
		raw[i] = math.NaN()
	}
	for _, e := range o.All() {
		w.Set(e.Row, e.Col, e.Value)
	}
	return w
}

// Apply sets dst to the observed entries of w.
func (o *Observations) Apply(dst []float64, w *mat.Dense) {
	raw := w.RawMatrix()
	for i := range o.rows {
		row := raw.Data[i*raw.Stride : i*raw.Stride+o.cols]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			dst[k] = row[o.col[k]]
		}
	}
}

// AddAdjoint adds scale·y to the observed entries of dst.
func (o *Observations) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	raw := dst.RawMatrix()
	for i := range o.rows {
		row := raw.Data[i*raw.Stride : i*raw.Stride+o.cols]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			row[o.col[k]] += scale * y[k]
		}
	}
}

// entries returns the positions of the observed entries.
func (o *Observations) entries() linalg.Entries {
	return linalg.Entries{Rows: o.rows, Cols: o.cols, Start: o.start, Col: o.col}
}

// transposed returns the observations of the transposed matrix.
func (o *Observations) transposed() *Observations {
	e, from := o.entries().Transposed()
	t := &Observations{
		rows: o.cols, cols: o.rows, start: e.Start, col: e.Col, value: make([]float64, o.Len()),
	}
	for k, at := range from {
		t.value[k] = o.value[at]
	}
	return t
}

// sparse returns the positions of the observed entries for sampled and sparse products.
func sparse(o *Observations) *kernel.Sparse {
	return kernel.NewSparse(o.rows, o.cols, o.start, o.col)
}
