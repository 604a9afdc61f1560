package linalg

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// Alternating fits a matrix by alternating least squares with a ridge, without or with biases aᵢ
// and b_j,
//
//	w_ij = μ + aᵢ + b_j + xᵢ·y_j,   min of  Σ (r_ij − w_ij)² + λ·(Σᵢ ‖(aᵢ, xᵢ)‖² + Σ_j ‖(b_j, y_j)‖²)
//
// over the entries r_ij that are given.
type Alternating struct {
	Mean       float64 // μ
	Ridge      float64 // λ
	PerEntry   bool    // λ of a row or column counts once for each of its entries
	Rows, Cols Side

	rank, biases int // biases is 1 if rows and columns have them, 0 if not
}

// Side is the rows, or the columns: where the entries of each begin, and their factors as rows (x₁
// … x_k), after the bias if they have one.
type Side struct {
	Start   []int
	Factors kernel.Matrix // as many × (biases+k)

	other  []int32 // column of each entry, or row
	value  []float64
	design kernel.Matrix // of the least squares of one row or column, and its targets
	normal kernel.Matrix
}

// NewAlternating returns a fit to values at entries, row by row, whose factors are 0. biases is 1
// for a fit with them, or 0.
func NewAlternating(e Entries, value []float64, rank, biases int) *Alternating {
	width := biases + rank
	side := func(e Entries, value []float64) Side {
		longest := 0
		for i := range e.Rows {
			longest = max(longest, e.Start[i+1]-e.Start[i])
		}
		room := func(rows, cols int) kernel.Matrix {
			return kernel.Matrix{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
		}
		return Side{
			Start: e.Start, other: e.Col, value: value,
			Factors: room(e.Rows, width), design: room(longest, width+1), normal: room(width+1, width+1),
		}
	}
	turned, from := e.Transposed()
	across := make([]float64, len(value))
	for k, at := range from {
		across[k] = value[at]
	}
	return &Alternating{rank: rank, biases: biases, Rows: side(e, value), Cols: side(turned, across)}
}

// SolveRows minimises over the factors of the rows with those of the columns held.
func (f *Alternating) SolveRows() { f.solve(&f.Rows, f.Cols.Factors) }

// SolveCols minimises over the factors of the columns with those of the rows held.
func (f *Alternating) SolveCols() { f.solve(&f.Cols, f.Rows.Factors) }

// solve minimises over the factors of one side with those of the other held. For a row i, with rows
// d_j = (1, y_j) of the design D and targets t_j = r_ij − μ − b_j, they are (DᵀD + λnᵢI)⁻¹·Dᵀt; the
// 1 and b_j are there with biases only, nᵢ where the ridge counts entries. The targets are the last
// column of the design, so that one product has both.
func (f *Alternating) solve(s *Side, other kernel.Matrix) {
	width := s.Factors.Cols
	for i := range s.Factors.Rows {
		from, to := s.Start[i], s.Start[i+1]
		n := to - from
		if n == 0 {
			continue
		}
		design := s.design
		design.Rows = n
		for k := from; k < to; k++ {
			held := other.Data[int(s.other[k])*width : (int(s.other[k])+1)*width]
			row := design.Data[(k-from)*design.Stride : (k-from)*design.Stride+width+1]
			copy(row, held)
			row[width] = s.value[k] - f.Mean
			if f.biases > 0 {
				row[0] = 1
				row[width] -= held[0]
			}
		}
		kernel.SyrkLower(true, 1, design, 0, s.normal)
		x := s.Factors.Data[i*width : (i+1)*width]
		copy(x, s.normal.Data[width*s.normal.Stride:])
		normal := s.normal
		normal.Rows, normal.Cols = width, width
		if !Factor(normal, f.ridgeOf(n)) {
			x[0] = math.NaN() // the objective will say so
			continue
		}
		Forward(normal, x)
		Backward(normal, x)
	}
}

// ridgeOf is λ of a row or column with n entries.
func (f *Alternating) ridgeOf(n int) float64 {
	if f.PerEntry {
		return f.Ridge * float64(n)
	}
	return f.Ridge
}

// Objective returns the sum of squared residuals, and the penalty.
func (f *Alternating) Objective() (squares, penalty float64) {
	width := f.biases + f.rank
	for i := range f.Rows.Factors.Rows {
		x := f.Rows.Factors.Data[i*width : (i+1)*width]
		for k := f.Rows.Start[i]; k < f.Rows.Start[i+1]; k++ {
			j := int(f.Rows.other[k])
			y := f.Cols.Factors.Data[j*width : (j+1)*width]
			r := f.Rows.value[k] - f.Mean - kernel.Dot(x[f.biases:], y[f.biases:])
			if f.biases > 0 {
				r -= x[0] + y[0]
			}
			squares += r * r
		}
	}
	for _, s := range []*Side{&f.Rows, &f.Cols} {
		for i := range s.Factors.Rows {
			norm := 0.0
			for _, v := range s.Factors.Data[i*width : (i+1)*width] {
				norm += v * v
			}
			penalty += f.ridgeOf(s.Start[i+1]-s.Start[i]) * norm
		}
	}
	return squares, penalty
}

// Product sets w to μ + aᵢ + b_j + xᵢ·y_j.
func (f *Alternating) Product(w kernel.Matrix) {
	width := f.biases + f.rank
	for i := range f.Rows.Factors.Rows {
		row := w.Data[i*w.Stride : i*w.Stride+w.Cols]
		for j := range row {
			row[j] = f.Mean
			if f.biases > 0 {
				row[j] += f.Rows.Factors.Data[i*width] + f.Cols.Factors.Data[j*width]
			}
		}
	}
	without := func(m kernel.Matrix) kernel.Matrix {
		m.Data, m.Cols = m.Data[f.biases:], f.rank
		return m
	}
	kernel.Gemm(false, true, 1, without(f.Rows.Factors), without(f.Cols.Factors), 1, w)
}
