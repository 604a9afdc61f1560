package linalg

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// Prime p is the size of the field of [Modular] arithmetic: sums of 128 products of two numbers
// below it are integers below 2⁵³, which float64 holds exactly.
const Prime = 1<<23 - 15

// modularBlock is the number of columns that are eliminated before the rest is updated by one
// product. Within it, modularPanel columns are eliminated one by one.
const modularBlock, modularPanel = 128, 16

// Reduced returns x modulo p, from 0 to p−1, for an integer |x| < 2⁵³.
func Reduced(x float64) float64 {
	x -= math.Floor(x*(1.0/Prime)) * Prime
	if x < 0 { // the quotient was rounded
		return x + Prime
	}
	if x >= Prime {
		return x - Prime
	}
	return x
}

// Inverse returns 1/x modulo p, for x from 1 to p−1, by Fermat's little theorem.
func Inverse(x float64) float64 {
	result := 1.0
	for e := Prime - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			result = Reduced(result * x)
		}
		x = Reduced(x * x)
	}
	return result
}

// Modular is a matrix over the integers modulo [Prime] in row echelon form. All arithmetic is
// exact.
type Modular struct {
	// Rank of the matrix.
	Rank int
	// Pivot[k] is the column of the pivot of row k, k < Rank; these ascend.
	Pivot []int

	a       kernel.Matrix
	inverse []float64 // of the pivots
}

// Eliminate brings a, whose numbers are integers from 0 to p−1, to row echelon form, in place, by
// Gaussian elimination with row exchanges (Dumas, Giorgi, Pernet 2008).
func Eliminate(a kernel.Matrix) *Modular {
	m := &Modular{a: a}
	lower := kernel.NewMatrix(a.Rows, modularBlock) // multipliers of the rows below, for the pivots of a block
	for from := 0; from < a.Cols && m.Rank < a.Rows; from += modularBlock {
		to, first := min(from+modularBlock, a.Cols), m.Rank
		for at := from; at < to && m.Rank < a.Rows; at += modularPanel {
			end, before := min(at+modularPanel, to), m.Rank
			m.panel(lower, first, at, end)
			m.update(lower, first, before, end, to)
		}
		m.update(lower, first, first, to, a.Cols)
	}
	return m
}

// row returns columns from to to of row i.
func (m *Modular) row(i, from, to int) []float64 {
	return m.a.Data[i*m.a.Stride+from : i*m.a.Stride+to]
}

// panel eliminates columns from to to, one by one, in these columns alone. The multipliers of pivot
// k go to column k − first of lower.
func (m *Modular) panel(lower kernel.Matrix, first, from, to int) {
	a := m.a
	for c := from; c < to && m.Rank < a.Rows; c++ {
		k, at := m.Rank, m.Rank
		for at < a.Rows && a.Data[at*a.Stride+c] == 0 {
			at++
		}
		if at == a.Rows {
			continue
		}
		swap(m.row(k, 0, a.Cols), m.row(at, 0, a.Cols))
		swap(lower.Data[k*modularBlock:(k+1)*modularBlock], lower.Data[at*modularBlock:(at+1)*modularBlock])
		pivot := m.row(k, c, to)
		inverse := Inverse(pivot[0])
		for i := k + 1; i < a.Rows; i++ {
			row := m.row(i, c, to)
			f := 0.0
			if row[0] != 0 {
				f = Reduced(row[0] * inverse)
				for j, x := range pivot {
					row[j] = Reduced(row[j] - f*x)
				}
			}
			lower.Data[i*modularBlock+k-first] = f
		}
		m.Pivot, m.inverse = append(m.Pivot, c), append(m.inverse, inverse)
		m.Rank++
	}
}

// update eliminates pivots from on in columns left to right: the rows of these pivots one after the
// other, then the rows below by a product. Columns of lower count from pivot first.
func (m *Modular) update(lower kernel.Matrix, first, from, left, right int) {
	a, k, width := m.a, m.Rank-from, right-left
	if k == 0 || width <= 0 {
		return
	}
	multipliers := Block(lower, from, from-first, a.Rows-from, k)
	for i := from + 1; i < m.Rank; i++ {
		row := m.row(i, left, right)
		for l := from; l < i; l++ {
			if f := multipliers.Data[(i-from)*multipliers.Stride+l-from]; f != 0 {
				kernel.Axpy(-f, m.row(l, left, right), row)
			}
		}
		for j, x := range row {
			row[j] = Reduced(x)
		}
	}
	if below := a.Rows - m.Rank; below > 0 {
		rest := Block(a, m.Rank, left, below, width)
		kernel.Gemm(false, false, -1, Block(multipliers, k, 0, below, k), Block(a, from, left, k, width), 1, rest)
		for i := range below {
			row := rest.Data[i*rest.Stride : i*rest.Stride+width]
			for j, x := range row {
				row[j] = Reduced(x)
			}
		}
	}
}

func swap(x, y []float64) {
	if &x[0] == &y[0] {
		return
	}
	for k := range x {
		x[k], y[k] = y[k], x[k]
	}
}

// Null overwrites x, whose numbers are integers from 0 to p−1, with the vector of the null space
// that has the same numbers in the columns without a pivot.
func (m *Modular) Null(x []float64) {
	for k := m.Rank - 1; k >= 0; k-- {
		c := m.Pivot[k]
		row, sum := m.row(k, 0, m.a.Cols), 0.0
		for j := c + 1; j < len(x); j += 64 {
			for l := j; l < min(j+64, len(x)); l++ {
				sum += row[l] * x[l]
			}
			sum = Reduced(sum)
		}
		x[c] = Reduced((Prime - sum) * m.inverse[k])
	}
}
