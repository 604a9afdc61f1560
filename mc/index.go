package mc

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// An Index names the rows or the columns of a matrix, and maps both ways. A nil Index is that of a
// matrix without names: row k is "k", counted from 0.
type Index struct {
	name   string
	labels []string       // nil: the numbers from base on
	at     map[string]int // nil: likewise
	base   int
	n      int
}

// NewIndex makes an index of labels, row k being labels[k]; name says what they name, such as
// "user". Each label must be there once.
func NewIndex(name string, labels []string) (*Index, error) {
	x := &Index{name: name, labels: slices.Clone(labels), at: make(map[string]int, len(labels)), n: len(labels)}
	for k, label := range labels {
		if first, twice := x.at[label]; twice {
			return nil, fmt.Errorf("mc: NewIndex: the label %q is given twice, at %d and at %d; labels must differ",
				label, first, k)
		}
		x.at[label] = k
	}
	return x, nil
}

// CountingIndex makes an index of n numbers, row k being base + k. It stores none of them. It
// panics if base or n is negative.
func CountingIndex(name string, base, n int) *Index {
	if base < 0 || n < 0 {
		panic(fmt.Sprintf("mc: CountingIndex: base %d, n %d; both must be at least 0", base, n))
	}
	return &Index{name: name, base: base, n: n}
}

// Name returns what the labels name, such as "user"; "" if that is not known.
func (x *Index) Name() string {
	if x == nil {
		return ""
	}
	return x.name
}

// Len returns the number of labels, and 0 for a nil Index.
func (x *Index) Len() int {
	if x == nil {
		return 0
	}
	return x.n
}

// Label returns the label of row or column k, counted from 0. It panics if k is out of range.
func (x *Index) Label(k int) string {
	switch {
	case x == nil:
		return strconv.Itoa(k)
	case k < 0 || k >= x.n:
		panic(fmt.Sprintf("mc: Index.Label: %d is out of range; there are %d labels", k, x.n))
	case x.labels == nil:
		return strconv.Itoa(x.base + k)
	}
	return x.labels[k]
}

// Find returns the row or column that has the label, and whether there is one. A nil Index finds
// any number from 0 to 2³¹−1.
func (x *Index) Find(label string) (k int, ok bool) {
	if x != nil && x.labels != nil {
		k, ok = x.at[label]
		return k, ok
	}
	k, err := strconv.Atoi(label)
	if err != nil || strconv.Itoa(k) != label {
		return 0, false
	}
	if x == nil {
		return k, k >= 0 && k <= math.MaxInt32
	}
	k -= x.base
	return k, k >= 0 && k < x.n
}

// RowIndex returns the names of the rows; nil if they have none.
func (o *Observations) RowIndex() *Index { return o.rowIndex }

// ColIndex returns the names of the columns; nil if they have none.
func (o *Observations) ColIndex() *Index { return o.colIndex }

// WithIndex returns the same observations with names for the rows and for the columns, either of
// which may be nil. The lengths must be those of the matrix.
func (o *Observations) WithIndex(rows, cols *Index) (*Observations, error) {
	if rows != nil && rows.n != o.rows || cols != nil && cols.n != o.cols {
		return nil, fmt.Errorf("mc: Observations.WithIndex: %d row labels and %d column labels for a %d×%d matrix",
			rows.Len(), cols.Len(), o.rows, o.cols)
	}
	named := *o
	named.rowIndex, named.colIndex = rows, cols
	return &named, nil
}

// ObserveRows makes the observations of a rows × cols matrix in compressed rows: entries start[i]
// to start[i+1]−1 are those of row i, at columns col, ascending within a row, with values value.
// The slices belong to the Observations from then on. It takes no more memory than they do, where
// [NewObservations] sorts a copy.
func ObserveRows(rows, cols int, start []int, col []int32, value []float64) (*Observations, error) {
	if rows < 1 || cols < 1 || rows > math.MaxInt32 || cols > math.MaxInt32 {
		return nil, fmt.Errorf("mc: ObserveRows: the matrix is %d×%d; both must be at least 1",
			rows, cols)
	}
	n := len(value)
	if n == 0 {
		return nil, fmt.Errorf("mc: ObserveRows: no entries; at least one must be observed")
	}
	if len(start) != rows+1 || len(col) != n || start[0] != 0 || start[rows] != n {
		return nil, fmt.Errorf("mc: ObserveRows: %d bounds of %d rows, %d columns and %d values do not belong together",
			len(start), rows, len(col), n)
	}
	for i := range rows {
		if start[i] > start[i+1] || start[i+1] > n {
			return nil, fmt.Errorf("mc: ObserveRows: row %d is from %d to %d; bounds must ascend",
				i, start[i], start[i+1])
		}
		for k := start[i]; k < start[i+1]; k++ {
			switch {
			case col[k] < 0 || int(col[k]) >= cols:
				return nil, fmt.Errorf("mc: ObserveRows: entry %d is in column %d; it must be from 0 to %d",
					k, col[k], cols-1)
			case k > start[i] && col[k] == col[k-1]:
				return nil, fmt.Errorf("mc: ObserveRows: entry (%d, %d) is given twice", i, col[k])
			case k > start[i] && col[k] < col[k-1]:
				return nil, fmt.Errorf("mc: ObserveRows: the columns of row %d are not ascending",
					i)
			case !finite(value[k]):
				return nil, fmt.Errorf("mc: ObserveRows: entry (%d, %d) is %v; leave an unknown entry out",
					i, col[k], value[k])
			}
		}
	}
	return &Observations{rows: rows, cols: cols, start: start, col: col, value: value}, nil
}
