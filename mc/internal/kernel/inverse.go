package kernel

// An spdInverse inverts symmetric positive definite matrices by block Gauss–Jordan elimination (the sweep operator of
// Beaton 1964): for each block K of rows, with P the columns of K and D the inverse of its diagonal block,
//
//	A ← A - P·D·Pᵀ outside K,  P ← P·D,  A_KK ← -D,
//
// after all of which A holds -A⁻¹. That is n³ floating-point operations, nearly all in products. The zero value is ready.
type spdInverse struct {
	p, t, d Matrix // Pᵀ, (P·D)ᵀ and D
	factor  [pivotRows]float64
	inner   *spdInverse // for the diagonal blocks
}

// pivotRows is the size of the blocks that are inverted element by element.
const pivotRows = 16

// invert replaces the lower triangle of a by that of its inverse. The strict upper triangle is scratch. If a is not
// positive definite the result may not be finite.
func (s *spdInverse) invert(a Matrix) {
	block := pivotRows
	if a.Rows > 400 {
		block = 48
	}
	s.sweep(a, block)
	for i := range a.Rows {
		row := a.Data[i*a.Stride : i*a.Stride+i+1]
		Scale(-1, row, row)
	}
}

func (s *spdInverse) sweep(a Matrix, block int) {
	n := a.Rows
	if s.p.Rows < block || s.p.Cols < n {
		s.p, s.t = newMatrixPadded(block, n), newMatrixPadded(block, n)
		s.d = newMatrixPadded(block, block)
	}
	for from := 0; from < n; from += block {
		b := min(block, n-from)
		to := from + b
		p, t, d := sub(s.p, 0, 0, b, n), sub(s.t, 0, 0, b, n), sub(s.d, 0, 0, b, b)
		// D from the lower triangle; P from the rows to the left of the block and the columns below it.
		for i := range b {
			copy(d.Data[i*d.Stride:i*d.Stride+i+1], a.Data[(from+i)*a.Stride+from:])
			row := p.Data[i*p.Stride : i*p.Stride+n]
			copy(row[:from], a.Data[(from+i)*a.Stride:])
			clear(row[from:to])
		}
		for i := to; i < n; i++ {
			for q, x := range a.Data[i*a.Stride+from : i*a.Stride+to] {
				p.Data[q*p.Stride+i] = x
			}
		}
		s.pivot(d)
		Gemm(false, false, -1, d, p, 0, t)
		multiply(true, false, 1, t, p, 1, a, true)
		for i := range b {
			Scale(-1, t.Data[i*t.Stride:i*t.Stride+from], a.Data[(from+i)*a.Stride:(from+i)*a.Stride+from])
			Scale(-1, d.Data[i*d.Stride:i*d.Stride+i+1], a.Data[(from+i)*a.Stride+from:(from+i)*a.Stride+from+i+1])
		}
		for i := to; i < n; i++ {
			row := a.Data[i*a.Stride+from : i*a.Stride+to]
			for q := range row {
				row[q] = -t.Data[q*t.Stride+i]
			}
		}
	}
}

// pivot inverts a small d, given by its lower triangle, to full storage: by blocks of pivotRows, and those by elimination.
func (s *spdInverse) pivot(d Matrix) {
	if d.Rows <= pivotRows {
		s.eliminate(d)
		return
	}
	if s.inner == nil {
		s.inner = new(spdInverse)
	}
	s.inner.invert(d)
	Mirror(d)
}

// eliminate inverts d, of at most pivotRows rows, by Gauss–Jordan elimination; no pivoting is needed for definite matrices.
func (s *spdInverse) eliminate(d Matrix) {
	n := d.Rows
	var x [pivotRows * pivotRows]float64 // padded by the identity
	for i := range pivotRows {
		x[i*pivotRows+i] = 1
	}
	for i := range n {
		for j, v := range d.Data[i*d.Stride : i*d.Stride+i+1] {
			x[i*pivotRows+j], x[j*pivotRows+i] = v, v
		}
	}
	for k := range n {
		row := x[k*pivotRows : (k+1)*pivotRows]
		pivot := 1 / row[k]
		for i := range s.factor {
			s.factor[i] = -x[i*pivotRows+k]
			x[i*pivotRows+k] = 0
		}
		s.factor[k] = 0
		row[k] = 1
		scaleBlocks(pivotRows, pivot, &row[0], &row[0])
		addOuter(pivotRows, pivotRows/4, &x[0], 8*pivotRows, &s.factor[0], &row[0])
	}
	for i := range n {
		copy(d.Data[i*d.Stride:i*d.Stride+n], x[i*pivotRows:])
	}
}
