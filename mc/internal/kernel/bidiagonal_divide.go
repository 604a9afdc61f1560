package kernel

import "math"

// A divider decomposes an upper bidiagonal matrix by divide and conquer: B = (rows of
// u)ᵀ·diag(d)·(rows of v), d in the ascending order that order tells. Gu and Eisenstat (1995); the
// deflation rules are those of LAPACK's dlasd2. All the work but O(n²) is matrix products.
type divider struct {
	d, e  []float64
	order []int // numbers of d within each finished part, ascending
	u, v  Matrix

	old      Matrix // vectors of the halves in a merge, grouped by where they are zero: storage that is lent
	um, vm   Matrix // vectors of the secular problem
	z        []float64
	kind     []int8 // of a vector: zero in the right half, in neither, in the left half
	sorted   []int
	kept     []int // numbers of the vectors that take part, ascending in d
	dropped  []int // numbers of those that are singular vectors already
	place    []int // row of old where each kept one goes
	eq       secular
	dp, zp   []float64 // d and corrected z in the order of the rows of old
	origin   []float64
	tau      []float64
	newD     []float64
	newOrder []int
	leaf     [2 * leafSide * leafSide]float64
}

// Parts of up to leafRows rows go to the QR iteration, where the vectors of leafSide numbers fit.
const (
	leafRows = 15
	leafSide = 16
)

const (
	leftOnly = iota
	both
	rightOnly
)

func padded[T Element](n int) int { return whole[T](n + blockOf[T]() - 1) }

// newMatrixPadded returns a zero matrix whose rows begin at multiples of a block and do not share
// cache sets.
func newMatrixPadded(rows, cols int) Matrix { return Matrix(newPadded[float64](rows, cols)) }

func newPadded[T Element](rows, cols int) MatrixOf[T] {
	block := blockOf[T]()
	stride := max(block, padded[T](cols))
	if stride%(8*block) == 0 {
		stride += block
	}
	return MatrixOf[T]{Rows: rows, Cols: cols, Stride: stride, Data: grow[T](nil, rows*stride)}
}

func (w *divider) resize(n int) {
	if w.u.Rows == n && n > 0 {
		return
	}
	w.d, w.e, w.order = make([]float64, n), make([]float64, n), make([]int, n)
	for _, x := range []*Matrix{&w.u, &w.v, &w.um, &w.vm} {
		*x = newMatrixPadded(n, n)
	}
	w.z, w.kind, w.sorted = make([]float64, n), make([]int8, n), make([]int, n)
	w.kept, w.dropped, w.place = make([]int, n), make([]int, n), make([]int, n)
	w.newD, w.newOrder = make([]float64, n), make([]int, n)
	w.origin, w.tau = make([]float64, n), make([]float64, n)
	for _, x := range []*[]float64{&w.eq.d, &w.eq.z, &w.eq.low, &w.eq.high, &w.dp, &w.zp} {
		*x = make([]float64, padded[float64](n))
	}
}

// decompose decomposes the matrix in d and e, which it overwrites.
func (w *divider) decompose() bool {
	n := w.u.Rows
	for i := range n {
		clear(w.u.Data[i*w.u.Stride : i*w.u.Stride+n])
		clear(w.v.Data[i*w.v.Stride : i*w.v.Stride+n])
	}
	return w.part(0, n, 0)
}

func sub(x Matrix, i, j, rows, cols int) Matrix {
	return Matrix(MatrixOf[float64](x).sub(i, j, rows, cols))
}

func (x MatrixOf[T]) sub(i, j, rows, cols int) MatrixOf[T] {
	return MatrixOf[T]{Rows: rows, Cols: cols, Stride: x.Stride, Data: x.Data[i*x.Stride+j:]}
}

// part decomposes rows lo … lo+n-1, which have n+extra columns. It fills blocks of u and v on the
// diagonal.
func (w *divider) part(lo, n, extra int) bool {
	if n <= leafRows {
		return w.small(lo, n, extra)
	}
	left := n / 2
	return w.part(lo, left, 1) && w.part(lo+left+1, n-left-1, extra) && w.merge(lo, left, n-left-1, extra)
}

// small decomposes a part by the QR iteration.
func (w *divider) small(lo, n, extra int) bool {
	cols := n + extra
	u, v := w.leaf[:leafSide*leafSide], w.leaf[leafSide*leafSide:]
	clear(w.leaf[:])
	for i := range cols {
		u[i*leafSide+i], v[i*leafSide+i] = 1, 1
	}
	d, e := w.d[lo:lo+n], w.e[lo:]
	if extra == 1 && n > 0 {
		// Turn the last column into the others, bottom up.
		f := e[n-1]
		e[n-1] = 0
		for i := n - 1; i >= 0 && f != 0; i-- {
			c, s, r := givens(d[i], f)
			d[i] = r
			rotateRows(leafSide, &v[i*leafSide], &v[n*leafSide], c, s)
			if i > 0 {
				f = -s * e[i-1]
				e[i-1] *= c
			}
		}
	}
	if !bidiagonalQR(n, d, e, u, v, leafSide, leafSide) {
		return false
	}
	for i := range n {
		copy(w.u.Data[(lo+i)*w.u.Stride+lo:], u[i*leafSide:i*leafSide+n])
	}
	for i := range cols {
		copy(w.v.Data[(lo+i)*w.v.Stride+lo:], v[i*leafSide:i*leafSide+cols])
	}
	sortInto(w.order[lo:lo+n], d)
	return true
}

// sortInto writes the numbers of d's elements to order, ascending in d. Insertion sort: it is given
// few numbers, or nearly sorted ones.
func sortInto(order []int, d []float64) {
	for i := range d {
		k := i
		for k > 0 && d[order[k-1]] > d[i] {
			order[k] = order[k-1]
			k--
		}
		order[k] = i
	}
}

// merge joins the part of left rows from lo on, the row after it and the part of right rows after
// that.
func (w *divider) merge(lo, left, right, extra int) bool {
	n := left + 1 + right
	cols := n + extra
	d := w.d[lo : lo+n]
	u, v := sub(w.u, lo, lo, n, n), sub(w.v, lo, lo, cols, cols)
	row := func(x Matrix, i int) []float64 { return x.Data[i*x.Stride : i*x.Stride+x.Cols] }
	alpha, beta := d[left], w.e[lo+left]
	d[left] = 0
	u.Data[left*u.Stride+left] = 1

	// Scale to about one.
	size := math.Max(math.Abs(alpha), math.Abs(beta))
	for _, x := range d {
		size = math.Max(size, x)
	}
	if size == 0 {
		size = 1
	}
	alpha, beta = alpha/size, beta/size
	z, kind := w.z[:n], w.kind[:n]
	for i := range n {
		d[i] /= size
		if i <= left {
			z[i], kind[i] = alpha*v.Data[i*v.Stride+left], leftOnly
		} else {
			z[i], kind[i] = beta*v.Data[i*v.Stride+left+1], rightOnly
		}
	}
	tol := 0.0
	for _, x := range d {
		tol = math.Max(tol, x)
	}
	tol = 0x1p-50 * math.Max(tol, math.Max(math.Abs(alpha), math.Abs(beta)))

	// The middle row: with an extra column, the null vectors of both halves share it.
	kind[left] = both
	if extra == 1 {
		zn := beta * v.Data[n*v.Stride+left+1]
		c, s, r := givens(z[left], zn)
		z[left] = r
		rotate(row(v, left), row(v, n), c, s)
	}
	if math.Abs(z[left]) <= tol {
		z[left] = math.Copysign(tol, z[left])
	}

	// Ascending order of both halves together.
	sorted := w.sorted[:0]
	a, b := w.order[lo:lo+left], w.order[lo+left+1:lo+n]
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && d[a[0]] <= d[left+1+b[0]] {
			sorted, a = append(sorted, a[0]), a[1:]
		} else {
			sorted, b = append(sorted, left+1+b[0]), b[1:]
		}
	}

	// Deflation: a vector without weight in the row is a singular vector already; of two with the
	// same d one can be turned out of the row.
	kept, dropped := append(w.kept[:0], left), w.dropped[:0]
	waiting := -1
	for _, j := range sorted {
		if math.Abs(z[j]) <= tol {
			dropped = append(dropped, j)
			continue
		}
		if waiting >= 0 {
			if d[j]-d[waiting] <= tol {
				c, s, r := givens(z[j], z[waiting])
				z[j], z[waiting] = r, 0
				rotate(row(u, j), row(u, waiting), c, s)
				rotate(row(v, j), row(v, waiting), c, s)
				if kind[j] != kind[waiting] {
					kind[j], kind[waiting] = both, both
				}
				dropped = append(dropped, waiting)
			} else {
				kept = append(kept, waiting)
			}
		}
		waiting = j
	}
	if waiting >= 0 {
		kept = append(kept, waiting)
	}
	k := len(kept)

	// The secular problem.
	eq := &w.eq
	full := padded[float64](k)
	eq.k, eq.d, eq.z, eq.low, eq.high = k, eq.d[:full], eq.z[:full], eq.low[:full], eq.high[:full]
	for i, j := range kept {
		eq.d[i], eq.z[i] = d[j], z[j]
	}
	if k > 1 && eq.d[1] <= tol/2 {
		eq.d[1] = tol / 2
	}
	for i := k; i < full; i++ {
		eq.d[i], eq.z[i] = 8, 0
	}
	eq.start()
	for i := range k {
		var ok bool
		if w.origin[i], w.tau[i], ok = eq.root(i); !ok {
			return false
		}
	}
	w.correct(k)

	// Rows of old: zero on the right, in neither half, zero on the left.
	place := w.place[:k]
	at := 0
	var first [3]int
	for group := range 3 {
		first[group] = at
		for i, j := range kept {
			if int(kind[j]) == group {
				place[i] = at
				at++
			}
		}
	}
	for i, r := range place {
		w.dp[r], w.zp[r] = eq.d[i], eq.low[i]
	}
	for i := k; i < full; i++ {
		w.dp[i], w.zp[i] = 8, 0
	}
	w.vectors(k, place[0])
	for i := range k {
		w.newD[i] = (w.origin[i] + w.tau[i]) * size
	}
	for i, j := range dropped {
		w.newD[k+i] = d[j] * size
	}
	// A half has no weight in the rows that are zero there.
	w.turn(u, w.um, kept, dropped, left+1, first[1], first[2])
	w.turn(v, w.vm, kept, dropped, left+1, first[1], first[2])
	copy(d, w.newD[:n])

	// Roots are ascending, the rest nearly so: sort that and merge.
	rest := w.newOrder[:n-k]
	sortInto(rest, d[k:])
	order := w.order[lo : lo+n]
	i, j := 0, 0
	for p := range order {
		if j == len(rest) || i < k && d[i] <= d[k+rest[j]] {
			order[p] = i
			i++
		} else {
			order[p] = k + rest[j]
			j++
		}
	}
	return true
}

// turn replaces the kept rows of x, brought into the order of place, by m times them, and puts the
// dropped ones behind. In that order the rows before to have weight left of column cut, those from
// from on have weight right of it.
func (w *divider) turn(x, m Matrix, kept, dropped []int, cut, from, to int) {
	k := len(kept)
	old := w.old
	for i, j := range kept {
		copy(old.Data[w.place[i]*old.Stride:], x.Data[j*x.Stride:j*x.Stride+x.Cols])
	}
	for i, j := range dropped {
		copy(old.Data[(k+i)*old.Stride:], x.Data[j*x.Stride:j*x.Stride+x.Cols])
	}
	Gemm(false, false, 1, sub(m, 0, 0, k, to), sub(old, 0, 0, to, cut), 0, sub(x, 0, 0, k, cut))
	if x.Cols > cut {
		Gemm(false, false, 1, sub(m, 0, from, k, k-from), sub(old, from, cut, k-from, x.Cols-cut), 0,
			sub(x, 0, cut, k, x.Cols-cut))
	}
	for i := range dropped {
		copy(x.Data[(k+i)*x.Stride:(k+i)*x.Stride+x.Cols], old.Data[(k+i)*old.Stride:])
	}
}

// correct puts into eq.low the z for which the computed roots are exact, by Löwner's formula: with
// it the vectors are orthogonal to working accuracy however close the roots are. Gu and Eisenstat
// (1995), section 3.2.
func (w *divider) correct(k int) {
	d, z := w.eq.d, w.eq.low
	for j := range z {
		z[j] = 1
	}
	for i := range k - 1 {
		// Pole i+1 for components up to i, pole i for those above; the block across the cut by
		// hand.
		cut := i + 1
		low, high := cut&^7, padded[float64](cut)
		loewner(low, &d[0], &z[0], w.origin[i], w.tau[i], d[i+1])
		for j := low; j < high; j++ {
			pole := d[i]
			if j <= i {
				pole = d[i+1]
			}
			z[j] *= ((d[j] - w.origin[i]) - w.tau[i]) * ((d[j] + w.origin[i]) + w.tau[i]) /
				((pole - d[j]) * (pole + d[j]))
		}
		if high < len(d) {
			loewner(len(d)-high, &d[high], &z[high], w.origin[i], w.tau[i], d[i])
		}
	}
	i := k - 1
	for j := range k {
		z[j] *= ((d[j] - w.origin[i]) - w.tau[i]) * ((d[j] + w.origin[i]) + w.tau[i])
		z[j] = math.Copysign(math.Sqrt(math.Abs(z[j])), w.eq.z[j])
	}
	clear(z[k:])
}

// vectors writes the singular vectors of the secular problem to the rows of um and vm; the pole at
// zero is in column zero.
func (w *divider) vectors(k, zero int) {
	if k == 1 {
		w.um.Data[0], w.vm.Data[0] = 1, math.Copysign(1, w.eq.z[0])
		return
	}
	full := padded[float64](k)
	for i := range k {
		var sum [2]float64
		u, v := w.um.Data[i*w.um.Stride:], w.vm.Data[i*w.vm.Stride:]
		secularVectors(full, &w.dp[0], &w.zp[0], w.origin[i], w.tau[i], &v[0], &u[0], &sum[0])
		u[zero] = -1
		scaleBlocks(full, 1/math.Sqrt(sum[0]), &v[0], &v[0])
		scaleBlocks(full, 1/math.Sqrt(sum[1]+1), &u[0], &u[0])
	}
}

// rotate computes (x, y) = (c·x + s·y, c·y - s·x).
func rotate(x, y []float64, c, s float64) {
	n := len(x) &^ 7
	if n > 0 {
		rotateRows(n, &x[0], &y[0], c, s)
	}
	for i := n; i < len(x); i++ {
		x[i], y[i] = c*x[i]+s*y[i], c*y[i]-s*x[i]
	}
}
