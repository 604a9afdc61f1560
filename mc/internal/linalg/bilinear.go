package linalg

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// Bilinear is the least-squares problem of the methods that linearise a factorisation W = U·Vᵀ,
//
//	min over X, Y of  Σ over known (i, j) of  (xᵢ·v_j + uᵢ·y_j − b_ij)²,
//
// for given U (rows × r) and V (cols × r) with rows uᵢ, v_j. To each solution,
// (X + U·M, Y − V·Mᵀ) may be added for any r × r matrix M; the solution of least weighted norm is
// found.
//
// U and V are replaced by orthonormal bases of their columns. X is then eliminated row by row. The
// remaining system for Y has cols·r equations. It is decomposed where that fits in memory, and
// otherwise solved by preconditioned conjugate gradients. Normal equations lose half of the digits,
// so the solution is refined with the true residual.
type Bilinear struct {
	// Entries and Values are those given, transposed if Flip: the side of columns is the shorter
	// one. U, V, X and Y hold rows of r numbers in that orientation.
	Entries    Entries
	Values     []float64
	Flip       bool
	U, V, X, Y []float64
	// Stop, which may be nil, ends a Solve early once it reports true. X and Y are then no
	// solution.
	Stop func() bool

	rank     int
	qu, qv   []float64 // orthonormal bases, U = Qu·Ru
	ru, rv   []float64
	ax       []float64 // per entry Lᵢ⁻¹·v_j, with Lᵢ the factor of row i's normal equations
	lx, ly   []float64 // factors of the blocks of rows and of columns, r × r each
	direct   bool
	schur    kernel.Matrix
	factor   Cholesky
	residual []float64
	g, d     []float64 // gradient and correction: rows, then columns
	cg       LeastSquares
}

// Entries are positions in a rows × cols matrix. Those of row i are Col[Start[i]:Start[i+1]].
type Entries struct {
	Rows, Cols int
	Start      []int
	Col        []int32
}

// Transposed returns the positions in the transposed matrix, and the index that each had before.
func (e Entries) Transposed() (Entries, []int32) {
	start, col := make([]int, e.Cols+1), make([]int32, len(e.Col))
	for _, j := range e.Col {
		start[j+1]++
	}
	for j := range e.Cols {
		start[j+1] += start[j]
	}
	next, from := append([]int(nil), start...), make([]int32, len(e.Col))
	for i := range e.Rows {
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			at := next[e.Col[k]]
			next[e.Col[k]]++
			col[at], from[at] = int32(i), int32(k)
		}
	}
	return Entries{Rows: e.Cols, Cols: e.Rows, Start: start, Col: col}, from
}

// largestSchur bounds the order of the system that is decomposed: 72 MB.
const largestSchur = 3000

// NewBilinear returns the problem for the given known entries and rank; U and V are 0.
func NewBilinear(e Entries, values []float64, rank int) *Bilinear {
	b := &Bilinear{Entries: e, Values: values, rank: rank}
	if e.Rows < e.Cols {
		var from []int32
		b.Flip = true
		b.Entries, from = e.Transposed()
		b.Values = make([]float64, len(values))
		for k, at := range from {
			b.Values[k] = values[at]
		}
	}
	rows, cols, n := b.Entries.Rows, b.Entries.Cols, len(values)
	room := func(height int) []float64 { return make([]float64, height*rank) }
	b.U, b.qu, b.X = room(rows), room(rows), room(rows)
	b.V, b.qv, b.Y = room(cols), room(cols), room(cols)
	b.g, b.d = room(rows+cols), room(rows+cols)
	b.ru, b.rv = room(rank), room(rank)
	b.lx, b.ly = room(rows*rank), room(cols*rank)
	b.ax, b.residual = room(n), make([]float64, n)
	if size := cols * rank; size <= largestSchur {
		b.direct, b.schur = true, kernel.NewMatrix(size, size)
	}
	return b
}

// shift of the normal equations, whose entries are at most 1. It keeps them definite in the
// directions of M and where a row or column has fewer than r entries. Refinement undoes it in all
// others.
const shift = 1e-12

// Prepare decomposes the problem for the present U and V.
func (b *Bilinear) Prepare() {
	Orthonormalize(b.qu, b.ru, b.U, b.rank)
	Orthonormalize(b.qv, b.rv, b.V, b.rank)
	for shift := shift; ; shift *= 100 {
		b.blocks(shift)
		if !b.direct {
			return
		}
		b.assemble(shift)
		if b.factor.Factorize(b.schur) || shift > 1 {
			return
		}
	}
}

// square returns the k-th r × r matrix of a stack.
func (b *Bilinear) square(stack []float64, k int) kernel.Matrix {
	r := b.rank
	return kernel.Matrix{Rows: r, Cols: r, Stride: r, Data: stack[k*r*r : (k+1)*r*r]}
}

// blocks factors the diagonal blocks of the normal equations.
func (b *Bilinear) blocks(shift float64) {
	e, r := b.Entries, b.rank
	clear(b.lx)
	clear(b.ly)
	for i := range e.Rows {
		h, u := b.square(b.lx, i), b.qu[i*r:(i+1)*r]
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			j := int(e.Col[k])
			addOuter(h.Data, b.qv[j*r:(j+1)*r])
			addOuter(b.square(b.ly, j).Data, u)
		}
		Factor(h, shift)
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			j := int(e.Col[k])
			a := b.ax[k*r : (k+1)*r]
			copy(a, b.qv[j*r:(j+1)*r])
			Forward(h, a)
		}
	}
	if b.direct {
		return // the blocks of columns go into the system for Y as they are
	}
	for j := range e.Cols {
		Factor(b.square(b.ly, j), shift)
	}
}

// assemble sets schur to the lower triangle of the system for Y, with X eliminated.
func (b *Bilinear) assemble(shift float64) {
	e, r, s := b.Entries, b.rank, b.schur
	clear(s.Data)
	for j := range e.Cols {
		for a := range r {
			row := s.Data[(j*r+a)*s.Stride+j*r:]
			copy(row[:r], b.ly[(j*r+a)*r:(j*r+a+1)*r])
			row[a] += shift
		}
	}
	outer := make([]float64, r*r)
	for i := range e.Rows {
		clear(outer)
		addOuter(outer, b.qu[i*r:(i+1)*r])
		from, to := e.Start[i], e.Start[i+1]
		for k := from; k < to; k++ {
			ak, jk := b.ax[k*r:(k+1)*r], int(e.Col[k])*r
			for l := from; l <= k; l++ {
				al, jl := b.ax[l*r:(l+1)*r], int(e.Col[l])*r
				alpha := 0.0
				for c, x := range ak {
					alpha += x * al[c]
				}
				for a := range r {
					at := (jk+a)*s.Stride + jl
					dst, src := s.Data[at:at+r], outer[a*r:(a+1)*r]
					for c, x := range src {
						dst[c] -= alpha * x
					}
				}
			}
		}
	}
}

// Solve sets X and Y to the solution for the values, of least Σ(wx·x)² + Σ(wy·y)². Nil weights
// are 1.
func (b *Bilinear) Solve(values, wx, wy []float64) {
	clear(b.X)
	clear(b.Y)
	copy(b.residual, values)
	before := math.Inf(1)
	for range 4 {
		b.adjoint(b.g, b.residual)
		size := Norm(b.g)
		if size == 0 || !(size <= before/2) || math.IsInf(size, 0) {
			break // at the level of rounding
		}
		before = size
		if b.direct {
			b.eliminate()
		} else {
			b.iterate(1e-8)
		}
		if b.stopped() {
			return
		}
		kernel.Axpy(1, b.d[:len(b.X)], b.X)
		kernel.Axpy(1, b.d[len(b.X):], b.Y)
		b.At(b.residual, b.qu, b.qv, b.X, b.Y)
		for k, v := range values {
			b.residual[k] = v - b.residual[k]
		}
	}
	backUpper(b.X, b.rv, b.rank)
	backUpper(b.Y, b.ru, b.rank)
	b.leastNorm(wx, wy)
}

func (b *Bilinear) stopped() bool { return b.Stop != nil && b.Stop() }

// At sets dst to xᵢ·v_j + uᵢ·y_j at the known entries.
func (b *Bilinear) At(dst, u, v, x, y []float64) {
	e, r := b.Entries, b.rank
	for i := range e.Rows {
		ui, xi := u[i*r:(i+1)*r], x[i*r:(i+1)*r]
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			at := int(e.Col[k]) * r
			vj, yj := v[at:at+r], y[at:at+r]
			sum := 0.0
			for c, w := range ui {
				sum += w*yj[c] + xi[c]*vj[c]
			}
			dst[k] = sum
		}
	}
}

// adjoint sets g to the adjoint of the map at the orthonormal bases.
func (b *Bilinear) adjoint(g, residual []float64) {
	e, r := b.Entries, b.rank
	clear(g)
	gx, gy := g[:len(b.X)], g[len(b.X):]
	for i := range e.Rows {
		ui, gi := b.qu[i*r:(i+1)*r], gx[i*r:(i+1)*r]
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			at, y := int(e.Col[k])*r, residual[k]
			vj, gj := b.qv[at:at+r], gy[at:at+r]
			for c, w := range ui {
				gj[c] += y * w
				gi[c] += y * vj[c]
			}
		}
	}
}

// eliminate sets d to the solution of the shifted normal equations for g.
func (b *Bilinear) eliminate() {
	e, r := b.Entries, b.rank
	copy(b.d, b.g)
	dx, dy := b.d[:len(b.X)], b.d[len(b.X):]
	for i := range e.Rows { // the right-hand side for Y
		xi, ui := dx[i*r:(i+1)*r], b.qu[i*r:(i+1)*r]
		Forward(b.square(b.lx, i), xi)
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			dot := 0.0
			for c, a := range b.ax[k*r : (k+1)*r] {
				dot += a * xi[c]
			}
			at := int(e.Col[k]) * r
			for c, w := range ui {
				dy[at+c] -= dot * w
			}
		}
	}
	b.factor.Solve(dy)
	for i := range e.Rows {
		xi, ui := dx[i*r:(i+1)*r], b.qu[i*r:(i+1)*r]
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			dot, at := 0.0, int(e.Col[k])*r
			for c, w := range ui {
				dot += w * dy[at+c]
			}
			for c, a := range b.ax[k*r : (k+1)*r] {
				xi[c] -= dot * a
			}
		}
		Backward(b.square(b.lx, i), xi)
	}
}

// iterate sets d to the solution for the residual by conjugate gradients, preconditioned with the
// diagonal blocks, to a relative error of tol in the preconditioned gradient.
func (b *Bilinear) iterate(tol float64) {
	rows := len(b.X)
	if b.cg.Apply == nil {
		b.cg.Apply = func(dst, p []float64) { b.At(dst, b.qu, b.qv, p[:rows], p[rows:]) }
		b.cg.Adjoint = b.adjoint
		b.cg.Ridge = make([]float64, len(b.d))
		for k := range b.cg.Ridge {
			b.cg.Ridge[k] = shift
		}
		b.cg.Precondition = func(z, g []float64) {
			copy(z, g)
			r := b.rank
			for i := range b.Entries.Rows {
				l, x := b.square(b.lx, i), z[i*r:(i+1)*r]
				Forward(l, x)
				Backward(l, x)
			}
			for j := range b.Entries.Cols {
				l, y := b.square(b.ly, j), z[rows+j*r:rows+(j+1)*r]
				Forward(l, y)
				Backward(l, y)
			}
		}
	}
	clear(b.d)
	first := math.Inf(1)
	b.cg.Solve(b.d, b.residual, len(b.d), func(_ []float64, rho float64) bool {
		if math.IsInf(first, 1) {
			first = rho
		}
		return rho <= tol*tol*first || b.stopped()
	})
}

// largestDense is the largest rank at which the r² × r² equations for M are formed also without
// weights. They decide the last bits of results, which are kept at these ranks.
const largestDense = 24

// leastNorm subtracts from (X, Y) its weighted projection on the (U·M, −V·Mᵀ).
func (b *Bilinear) leastNorm(wx, wy []float64) {
	r := b.rank
	if r > largestDense && wx == nil && wy == nil {
		b.sylvester()
		return
	}
	size := r * r
	gram, right := kernel.NewMatrix(size, size), make([]float64, size)
	// Column d of U·M is Σ_c M_cd·u_c; column c of V·Mᵀ is Σ_d M_cd·v_d.
	each := func(side, at, weight []float64, sign float64, place func(c, d int) int) {
		for i := 0; i < len(at); i += r {
			row := side[i : i+r]
			for d := range r {
				w := 1.0
				if weight != nil {
					w = weight[i+d] * weight[i+d]
				}
				for c, x := range row {
					k := place(c, d)
					right[k] += sign * w * x * at[i+d]
					for e := range c + 1 {
						l := place(e, d)
						gram.Data[k*size+l] += w * x * row[e]
						if k != l {
							gram.Data[l*size+k] += w * x * row[e]
						}
					}
				}
			}
		}
	}
	each(b.U, b.X, wx, 1, func(c, d int) int { return c*r + d })
	each(b.V, b.Y, wy, -1, func(c, d int) int { return d*r + c })
	largest := 0.0
	for k := range size {
		largest = max(largest, gram.Data[k*size+k])
	}
	if !(largest > 0) || math.IsInf(largest, 0) {
		return
	}
	for k := range size {
		gram.Data[k*size+k] += 1e-14 * largest
	}
	var c Cholesky
	if !c.Factorize(gram) {
		return
	}
	c.Solve(right)
	for i := 0; i < len(b.X); i += r {
		for d := range r {
			for c, u := range b.U[i : i+r] {
				b.X[i+d] -= u * right[c*r+d]
			}
		}
	}
	for j := 0; j < len(b.Y); j += r {
		for c := range r {
			for d, v := range b.V[j : j+r] {
				b.Y[j+c] += v * right[c*r+d]
			}
		}
	}
}

// sylvester is leastNorm without weights, in O(r³): then M solves the Sylvester equation
//
//	(UᵀU)·M + M·(VᵀV) = UᵀX − YᵀV,
//
// which is diagonal in the eigenvectors of UᵀU and of VᵀV.
func (b *Bilinear) sylvester() {
	r := b.rank
	tall := func(x []float64) kernel.Matrix {
		return kernel.Matrix{Rows: len(x) / r, Cols: r, Stride: r, Data: x}
	}
	u, v, x, y := tall(b.U), tall(b.V), tall(b.X), tall(b.Y)
	gram, m, half := kernel.NewMatrix(r, r), kernel.NewMatrix(r, r), kernel.NewMatrix(r, r)
	var left, right kernel.SVD
	kernel.Gemm(true, false, 1, u, u, 0, gram)
	ok := left.Factorize(gram)
	kernel.Gemm(true, false, 1, v, v, 0, gram)
	if ok = ok && right.Factorize(gram); !ok {
		return
	}
	shift := 1e-14 * (left.Sigma[0] + right.Sigma[0])
	if !(shift > 0) {
		return
	}
	kernel.Gemm(true, false, 1, u, x, 0, m)
	kernel.Gemm(true, false, -1, y, v, 1, m)
	kernel.Gemm(true, false, 1, left.U, m, 0, half)
	kernel.Gemm(false, false, 1, half, right.U, 0, m)
	for c, a := range left.Sigma {
		for d, b := range right.Sigma {
			m.Data[c*r+d] /= a + b + shift
		}
	}
	kernel.Gemm(false, false, 1, left.U, m, 0, half)
	kernel.Gemm(false, true, 1, half, right.U, 0, m)
	kernel.Gemm(false, false, -1, u, m, 1, x)
	kernel.Gemm(false, true, 1, v, m, 1, y)
}

// Norms sets wx and wy to the norms of the columns of the least-squares problem.
func (b *Bilinear) Norms(wx, wy []float64) {
	e, r := b.Entries, b.rank
	clear(wx)
	clear(wy)
	for i := range e.Rows {
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			j := int(e.Col[k])
			for c := range r {
				wx[i*r+c] += b.V[j*r+c] * b.V[j*r+c]
				wy[j*r+c] += b.U[i*r+c] * b.U[i*r+c]
			}
		}
	}
	for k, w := range wx {
		wx[k] = math.Sqrt(w)
	}
	for k, w := range wy {
		wy[k] = math.Sqrt(w)
	}
}

// Sides sets l (rows × 2r) and r (cols × 2r) in the orientation of the matrix as it was given, with
// L·Rᵀ = U·Yᵀ + X·Vᵀ.
func (b *Bilinear) Sides(l, r kernel.Matrix) {
	k := b.rank
	join := func(dst kernel.Matrix, first, second []float64) {
		for i := range dst.Rows {
			copy(dst.Data[i*dst.Stride:], first[i*k:(i+1)*k])
			copy(dst.Data[i*dst.Stride+k:], second[i*k:(i+1)*k])
		}
	}
	if b.Flip {
		l, r = r, l
	}
	join(l, b.U, b.X)
	join(r, b.Y, b.V)
}

// addOuter adds v·vᵀ to m.
func addOuter(m, v []float64) {
	r := len(v)
	for a, x := range v {
		row := m[a*r : (a+1)*r]
		for c, y := range v {
			row[c] += x * y
		}
	}
}

// backUpper replaces each row y of x by the z with z·Rᵀ = y, for an upper triangle R. A zero on the
// diagonal of R gives a zero.
func backUpper(x, r []float64, rank int) {
	for i := 0; i < len(x); i += rank {
		row := x[i : i+rank]
		for a := rank - 1; a >= 0; a-- {
			sum := row[a]
			for c := a + 1; c < rank; c++ {
				sum -= r[a*rank+c] * row[c]
			}
			if d := r[a*rank+a]; d != 0 {
				row[a] = sum / d
			} else {
				row[a] = 0
			}
		}
	}
}
