package mc

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// bilinear is the least-squares problem of the methods that linearise a factorisation W = U·Vᵀ,
//
//	min over X, Y of  Σ over seen (i, j) of  (xᵢ·v_j + uᵢ·y_j − b_ij)²,
//
// for given U (rows × r) and V (cols × r), whose rows uᵢ, v_j are. It has a solution for each r × r matrix M added as
// (X + U·M, Y − V·Mᵀ); the one of least weighted norm is found.
//
// U and V are replaced by orthonormal bases of their columns. X is then eliminated row by row; what remains for Y is a system
// of cols·r equations, decomposed where that fits and otherwise left to preconditioned conjugate gradients. As the normal equations lose half
// of the digits, their solution is refined with the true residual.
type bilinear struct {
	o    *Observations
	flip bool // o is the transpose of the problem's observations, so that the system for Y is the smaller one
	rank int

	u, v   []float64 // as given, rows × r and cols × r
	qu, qv []float64 // orthonormal bases, U = Qu·Ru
	ru, rv []float64
	x, y   []float64 // the solution

	ax       []float64 // n × r: Lᵢ⁻¹·v_j with Lᵢ the factor of row i's block of the normal equations
	lx, ly   []float64 // factors of the blocks of rows and of columns, r × r each
	direct   bool
	schur    kernel.Matrix
	factor   cholesky
	residual []float64
	gx, gy   []float64
	dx, dy   []float64
	cg       [6][]float64
}

// largestSchur bounds the order of the system that is decomposed: 72 MB.
const largestSchur = 3000

func newBilinear(o *Observations, rank int) *bilinear {
	b := &bilinear{o: o, rank: rank}
	if o.rows < o.cols {
		b.o, b.flip = o.transposed(), true
	}
	o = b.o
	room := func(lines int) []float64 { return make([]float64, lines*rank) }
	b.u, b.qu, b.x, b.gx, b.dx = room(o.rows), room(o.rows), room(o.rows), room(o.rows), room(o.rows)
	b.v, b.qv, b.y, b.gy, b.dy = room(o.cols), room(o.cols), room(o.cols), room(o.cols), room(o.cols)
	b.ru, b.rv = room(rank), room(rank)
	b.lx, b.ly = room(o.rows*rank), room(o.cols*rank)
	b.ax, b.residual = room(o.Len()), make([]float64, o.Len())
	if size := o.cols * rank; size <= largestSchur {
		b.direct, b.schur = true, kernel.NewMatrix(size, size)
	} else {
		for k := range b.cg {
			b.cg[k] = make([]float64, (o.rows+o.cols)*rank)
		}
	}
	return b
}

// orthonormal sets q to an orthonormal basis of the columns of a, and r to the upper triangle with a = q·r. A column that
// depends on those before it gives a zero column of q and a zero on the diagonal of r.
func orthonormalize(q, r, a []float64, rank int) {
	copy(q, a)
	clear(r)
	for k := range rank {
		scale := 0.0
		for i := k; i < len(a); i += rank {
			scale = math.Hypot(scale, a[i])
		}
		for range 2 { // twice is enough (Giraud, Langou 2003)
			for c := range k {
				dot := 0.0
				for i := 0; i < len(q); i += rank {
					dot += q[i+c] * q[i+k]
				}
				r[c*rank+k] += dot
				for i := 0; i < len(q); i += rank {
					q[i+k] -= dot * q[i+c]
				}
			}
		}
		norm := 0.0
		for i := k; i < len(q); i += rank {
			norm += q[i] * q[i]
		}
		norm = math.Sqrt(norm)
		if !(norm > 1e-13*scale) {
			norm = 0
		}
		r[k*rank+k] = norm
		for i := k; i < len(q); i += rank {
			if norm == 0 {
				q[i] = 0
			} else {
				q[i] /= norm
			}
		}
	}
}

// prepare decomposes the problem for the U and V that are in b.u and b.v.
func (b *bilinear) prepare() {
	orthonormalize(b.qu, b.ru, b.u, b.rank)
	orthonormalize(b.qv, b.rv, b.v, b.rank)
	// A shift of the normal equations, whose entries are at most 1, keeps them definite in the directions of M and where a line
	// has fewer than r entries. Refinement undoes it in all others.
	for shift := 1e-12; ; shift *= 100 {
		b.blocks(shift)
		if !b.direct {
			return
		}
		b.assemble(shift)
		if b.factor.factorize(b.schur) || shift > 1 {
			return
		}
	}
}

// blocks factors the diagonal blocks of the normal equations.
func (b *bilinear) blocks(shift float64) {
	o, r := b.o, b.rank
	clear(b.lx)
	clear(b.ly)
	for i := range o.rows {
		h, u := b.lx[i*r*r:(i+1)*r*r], b.qu[i*r:(i+1)*r]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			j := int(o.col[k])
			addOuter(h, b.qv[j*r:(j+1)*r])
			addOuter(b.ly[j*r*r:(j+1)*r*r], u)
		}
		factorSmall(h, r, shift)
		for k := o.start[i]; k < o.start[i+1]; k++ {
			j := int(o.col[k])
			a := b.ax[k*r : (k+1)*r]
			copy(a, b.qv[j*r:(j+1)*r])
			forwardSmall(h, a)
		}
	}
	if b.direct {
		return // the blocks of columns go into the system for Y as they are
	}
	for j := range o.cols {
		factorSmall(b.ly[j*r*r:(j+1)*r*r], r, shift)
	}
}

// assemble sets schur to the lower triangle of the system for Y, with X eliminated.
func (b *bilinear) assemble(shift float64) {
	o, r, s := b.o, b.rank, b.schur
	clear(s.Data)
	for j := range o.cols {
		for a := range r {
			row := s.Data[(j*r+a)*s.Stride+j*r:]
			copy(row[:r], b.ly[(j*r+a)*r:(j*r+a+1)*r])
			row[a] += shift
		}
	}
	outer := make([]float64, r*r)
	for i := range o.rows {
		clear(outer)
		addOuter(outer, b.qu[i*r:(i+1)*r])
		from, to := o.start[i], o.start[i+1]
		for k := from; k < to; k++ {
			ak, jk := b.ax[k*r:(k+1)*r], int(o.col[k])*r
			for l := from; l <= k; l++ {
				al, jl := b.ax[l*r:(l+1)*r], int(o.col[l])*r
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

// solve sets x and y to the solution of least norm Σ(wx·x)² + Σ(wy·y)² for the values b; nil weights are 1.
func (b *bilinear) solve(values, wx, wy []float64) {
	clear(b.x)
	clear(b.y)
	copy(b.residual, values)
	before := math.Inf(1)
	for range 4 {
		b.gradient()
		size := math.Sqrt(kernel.Dot(b.gx, b.gx) + kernel.Dot(b.gy, b.gy))
		if size == 0 || size > before/2 || !finite(size) {
			break // at the level of rounding
		}
		before = size
		if b.direct {
			b.eliminate()
		} else {
			b.conjugate(1e-8)
		}
		kernel.Axpy(1, b.dx, b.x)
		kernel.Axpy(1, b.dy, b.y)
		b.apply(b.residual, b.qu, b.qv, b.x, b.y)
		for k, v := range values {
			b.residual[k] = v - b.residual[k]
		}
	}
	backUpper(b.x, b.rv, b.rank)
	backUpper(b.y, b.ru, b.rank)
	b.leastNorm(wx, wy)
}

// apply sets dst to xᵢ·v_j + uᵢ·y_j at the seen entries.
func (b *bilinear) apply(dst, u, v, x, y []float64) {
	o, r := b.o, b.rank
	for i := range o.rows {
		ui, xi := u[i*r:(i+1)*r], x[i*r:(i+1)*r]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			at := int(o.col[k]) * r
			vj, yj := v[at:at+r], y[at:at+r]
			sum := 0.0
			for c, w := range ui {
				sum += w*yj[c] + xi[c]*vj[c]
			}
			dst[k] = sum
		}
	}
}

// gradient sets gx and gy to the adjoint of the residual.
func (b *bilinear) gradient() { b.adjoint(b.gx, b.gy, b.residual) }

func (b *bilinear) adjoint(gx, gy, residual []float64) {
	o, r := b.o, b.rank
	clear(gx)
	clear(gy)
	for i := range o.rows {
		ui, gi := b.qu[i*r:(i+1)*r], gx[i*r:(i+1)*r]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			at, e := int(o.col[k])*r, residual[k]
			vj, gj := b.qv[at:at+r], gy[at:at+r]
			for c, w := range ui {
				gj[c] += e * w
				gi[c] += e * vj[c]
			}
		}
	}
}

// eliminate sets dx, dy to the solution of the shifted normal equations for gx, gy.
func (b *bilinear) eliminate() {
	o, r := b.o, b.rank
	copy(b.dx, b.gx)
	copy(b.dy, b.gy)
	for i := range o.rows { // the right-hand side for Y
		xi, ui := b.dx[i*r:(i+1)*r], b.qu[i*r:(i+1)*r]
		forwardSmall(b.lx[i*r*r:(i+1)*r*r], xi)
		for k := o.start[i]; k < o.start[i+1]; k++ {
			dot := 0.0
			for c, a := range b.ax[k*r : (k+1)*r] {
				dot += a * xi[c]
			}
			at := int(o.col[k]) * r
			for c, w := range ui {
				b.dy[at+c] -= dot * w
			}
		}
	}
	b.factor.solve(b.dy)
	for i := range o.rows {
		xi, ui := b.dx[i*r:(i+1)*r], b.qu[i*r:(i+1)*r]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			dot, at := 0.0, int(o.col[k])*r
			for c, w := range ui {
				dot += w * b.dy[at+c]
			}
			for c, a := range b.ax[k*r : (k+1)*r] {
				xi[c] -= dot * a
			}
		}
		backwardSmall(b.lx[i*r*r:(i+1)*r*r], xi)
	}
}

// conjugateShift does for conjugate gradients what the shift of [bilinear.prepare] does for the decomposition.
const conjugateShift = 1e-12

// conjugate sets dx, dy to the solution of the normal equations for gx, gy by conjugate gradients, preconditioned with the diagonal
// blocks, to a relative error of tol in the preconditioned residual.
func (b *bilinear) conjugate(tol float64) {
	rows := len(b.gx)
	d, g, z, p, q := b.cg[0], b.cg[1], b.cg[2], b.cg[3], b.cg[4]
	clear(d)
	copy(g, b.gx)
	copy(g[rows:], b.gy)
	entries := make([]float64, b.o.Len())
	precondition := func() float64 {
		copy(z, g)
		r := b.rank
		for i := range b.o.rows {
			forwardSmall(b.lx[i*r*r:(i+1)*r*r], z[i*r:(i+1)*r])
			backwardSmall(b.lx[i*r*r:(i+1)*r*r], z[i*r:(i+1)*r])
		}
		for j := range b.o.cols {
			forwardSmall(b.ly[j*r*r:(j+1)*r*r], z[rows+j*r:rows+(j+1)*r])
			backwardSmall(b.ly[j*r*r:(j+1)*r*r], z[rows+j*r:rows+(j+1)*r])
		}
		return kernel.Dot(g, z)
	}
	rho := precondition()
	copy(p, z)
	target := tol * tol * rho
	for t := 0; t < len(g) && rho > target; t++ {
		b.apply(entries, b.qu, b.qv, p[:rows], p[rows:])
		b.adjoint(q[:rows], q[rows:], entries)
		kernel.Axpy(conjugateShift, p, q)
		alpha := rho / (kernel.Dot(entries, entries) + conjugateShift*kernel.Dot(p, p))
		if !finite(alpha) {
			break
		}
		kernel.Axpy(alpha, p, d)
		kernel.Axpy(-alpha, q, g)
		next := precondition()
		kernel.Scale(next/rho, p, p)
		kernel.Axpy(1, z, p)
		rho = next
	}
	copy(b.dx, d[:rows])
	copy(b.dy, d[rows:])
}

// leastNorm subtracts from (X, Y) its weighted projection on the (U·M, −V·Mᵀ).
func (b *bilinear) leastNorm(wx, wy []float64) {
	r := b.rank
	size := r * r
	gram, right := kernel.NewMatrix(size, size), make([]float64, size)
	// Column d of U·M is Σ_c M_cd·u_c; column c of V·Mᵀ is Σ_d M_cd·v_d.
	each := func(side, at, weight []float64, sign float64, place func(c, d int) int) {
		for i := 0; i < len(at); i += r {
			line := side[i : i+r]
			for d := range r {
				w := 1.0
				if weight != nil {
					w = weight[i+d] * weight[i+d]
				}
				for c, x := range line {
					k := place(c, d)
					right[k] += sign * w * x * at[i+d]
					for e := range c + 1 {
						l := place(e, d)
						gram.Data[k*size+l] += w * x * line[e]
						if k != l {
							gram.Data[l*size+k] += w * x * line[e]
						}
					}
				}
			}
		}
	}
	each(b.u, b.x, wx, 1, func(c, d int) int { return c*r + d })
	each(b.v, b.y, wy, -1, func(c, d int) int { return d*r + c })
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
	var c cholesky
	if !c.factorize(gram) {
		return
	}
	c.solve(right)
	for i := 0; i < len(b.x); i += r {
		for d := range r {
			for c, u := range b.u[i : i+r] {
				b.x[i+d] -= u * right[c*r+d]
			}
		}
	}
	for j := 0; j < len(b.y); j += r {
		for c := range r {
			for d, v := range b.v[j : j+r] {
				b.y[j+c] += v * right[c*r+d]
			}
		}
	}
}

// sides returns L and R with U·Yᵀ + X·Vᵀ = L·Rᵀ in the orientation of the problem, where the rows of U, V, X, Y are l and r.
func (b *bilinear) sides(l, r kernel.Matrix) {
	k := b.rank
	join := func(dst kernel.Matrix, a, c []float64) {
		for i := range dst.Rows {
			copy(dst.Data[i*dst.Stride:], a[i*k:(i+1)*k])
			copy(dst.Data[i*dst.Stride+k:], c[i*k:(i+1)*k])
		}
	}
	if b.flip {
		l, r = r, l
	}
	join(l, b.u, b.x)
	join(r, b.y, b.v)
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

// factorSmall overwrites the lower triangle of the r × r matrix h + shift·I with its Cholesky factor.
func factorSmall(h []float64, r int, shift float64) {
	for i := range r {
		l := h[i*r : (i+1)*r]
		for j := range i + 1 {
			m := h[j*r : (j+1)*r]
			sum := l[j]
			if i == j {
				sum += shift
			}
			for k := range j {
				sum -= l[k] * m[k]
			}
			if i == j {
				l[i] = math.Sqrt(max(sum, shift/2))
			} else {
				l[j] = sum / m[j]
			}
		}
	}
}

// forwardSmall and backwardSmall overwrite x with L⁻¹x and L⁻ᵀx.
func forwardSmall(l, x []float64) {
	r := len(x)
	for i := range x {
		row := l[i*r : (i+1)*r]
		sum := x[i]
		for k := range i {
			sum -= row[k] * x[k]
		}
		x[i] = sum / row[i]
	}
}

func backwardSmall(l, x []float64) {
	r := len(x)
	for i := r - 1; i >= 0; i-- {
		row := l[i*r : (i+1)*r]
		x[i] /= row[i]
		for k := range i {
			x[k] -= row[k] * x[i]
		}
	}
}

// backUpper overwrites each row x' of x with the x that has x·Rᵀ = x', for an upper triangle R; a zero on its diagonal gives a zero.
func backUpper(x, r []float64, rank int) {
	for i := 0; i < len(x); i += rank {
		line := x[i : i+rank]
		for a := rank - 1; a >= 0; a-- {
			sum := line[a]
			for c := a + 1; c < rank; c++ {
				sum -= r[a*rank+c] * line[c]
			}
			if d := r[a*rank+a]; d != 0 {
				line[a] = sum / d
			} else {
				line[a] = 0
			}
		}
	}
}
