package kernel

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Gemm computes C = α·op(A)·op(B) + β·C, where op transposes if asked to. C must overlap neither A
// nor B; with β = 0 what C held is not read, with α = 0 neither are A and B.
//
// Each element is one chain of fused multiply-adds over the inner dimension, cut at places that
// depend on that dimension alone: the bits of the result depend neither on the instruction set nor
// on GOMAXPROCS.
func Gemm(transA, transB bool, alpha float64, a, b Matrix, beta float64, c Matrix) {
	multiply(transA, transB, alpha, a, b, beta, c, 0)
}

// Syrk computes the symmetric C = α·A·Aᵀ + β·C, or α·Aᵀ·A + β·C with trans, at half the work of
// Gemm. Of what C held the lower triangle alone is read; both triangles are written, and are equal
// bit for bit.
func Syrk(trans bool, alpha float64, a Matrix, beta float64, c Matrix) {
	SyrkLower(trans, alpha, a, beta, c)
	Mirror(c)
}

// SyrkLower is Syrk for the lower triangle. What the strict upper triangle holds afterwards is not
// specified.
func SyrkLower(trans bool, alpha float64, a Matrix, beta float64, c Matrix) {
	multiply(trans, !trans, alpha, a, a, beta, c, lower)
}

// A triangle is what multiply may make use of. The zeros that it relies on must be there: work is
// saved by whole tiles.
type triangle int

const (
	// lower: C is square and its lower triangle alone is wanted. Vectors above the diagonal are
	// skipped, what the strict upper triangle holds afterwards is not specified.
	lower triangle = 1 << iota
	lowerA
	upperA
	lowerB
	upperB // op(A) or op(B) is zero on the other side of its diagonal
)

// multiply is Gemm that leaves out what t says is not wanted or zero.
func multiply(transA, transB bool, alpha float64, a, b Matrix, beta float64, c Matrix, t triangle) {
	multiplyOf(transA, transB, alpha, MatrixOf[float64](a), MatrixOf[float64](b), beta, MatrixOf[float64](c), t)
}

// An Element is what a matrix is made of. Single precision takes half the time where its 24 bits
// are enough.
type Element interface{ float32 | float64 }

// MatrixOf is [Matrix] with elements of either precision.
type MatrixOf[T Element] struct {
	Rows, Cols int
	Data       []T
	Stride     int
}

// size is the bytes of an element.
func size[T Element]() int { return int(unsafe.Sizeof(T(0))) }

func multiplyOf[T Element](transA, transB bool, alpha T, a, b MatrixOf[T], beta T, c MatrixOf[T], t triangle) {
	m, k := a.Rows, a.Cols
	if transA {
		m, k = k, m
	}
	kb, n := b.Rows, b.Cols
	if transB {
		kb, n = n, kb
	}
	if k != kb || m != c.Rows || n != c.Cols || t&lower != 0 && m != n || t&(lowerA|upperA) != 0 && m != k ||
		t&(lowerB|upperB) != 0 && k != n {
		panic(fmt.Sprintf("kernel: product of %d×%d and %d×%d into %d×%d", m, k, kb, n, c.Rows, c.Cols))
	}
	if m == 0 || n == 0 {
		return
	}
	c.check()
	if alpha == 0 || k == 0 {
		c.scale(beta)
		return
	}
	a.check()
	b.check()
	size := size[T]()
	p := product[T]{m: m, n: n, k: k, alpha: alpha, beta: beta, triangle: t,
		a: unsafe.Pointer(&a.Data[0]), rowA: size * a.Stride, colA: size, spanA: a.Rows * a.Stride,
		b: unsafe.Pointer(&b.Data[0]), rowB: size * b.Stride, colB: size, spanB: b.Rows * b.Stride,
		room: size * cap(b.Data),
		c:    unsafe.Pointer(&c.Data[0]), rowC: size * c.Stride}
	if transA {
		p.rowA, p.colA = p.colA, p.rowA
	}
	if transB {
		p.rowB, p.colB = p.colB, p.rowB
	}
	p.run()
}

// Mirror copies the lower triangle of the square C to the upper.
func Mirror(c Matrix) { MatrixOf[float64](c).mirror() }

func (c MatrixOf[T]) mirror() {
	if c.Rows == 0 {
		return
	}
	c.check()
	const block = 32 // both a block and its mirror image stay in the first-level cache
	for i0 := 0; i0 < c.Rows; i0 += block {
		i1 := min(i0+block, c.Rows)
		for j0 := 0; j0 < i0; j0 += block {
			step := size[T]() * c.Stride
			transpose[T](unsafe.Pointer(&c.Data[j0*c.Stride+i0]), step, unsafe.Pointer(&c.Data[i0*c.Stride+j0]),
				step, i1-i0, block)
		}
		for i := i0; i < i1; i++ {
			for j, x := range c.Data[i*c.Stride+i0 : i*c.Stride+i] {
				c.Data[(i0+j)*c.Stride+i] = x
			}
		}
	}
}

// check panics unless the non-empty x has the rows and columns that it claims.
func (x MatrixOf[T]) check() {
	if x.Stride < x.Cols || len(x.Data) < (x.Rows-1)*x.Stride+x.Cols {
		panic(fmt.Sprintf("kernel: %d×%d matrix of stride %d with %d numbers", x.Rows, x.Cols, x.Stride, len(x.Data)))
	}
}

// scale computes C = β·C; with β = 0 what C held is not read.
func (c MatrixOf[T]) scale(beta T) {
	if beta == 1 {
		return
	}
	for i := range c.Rows {
		row := c.Data[i*c.Stride : i*c.Stride+c.Cols]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// Cache blocking: a panel of tile height × depth of A lives in the first-level cache; height ×
// depth of A and depth × width of B in the outer ones, where a block of A that is higher than the
// second level holds pays, since each panel of B is then fetched for fewer blocks. Inner dimensions
// above depth, and heights, are cut into equal pieces of at most that.
const (
	blockDepth  = 500
	blockHeight = 384
	blockWidth  = 2400
)

// A product is one C = α·A·B + β·C: pointers and strides in bytes, transposition already in the
// strides.
type product[T Element] struct {
	m, n, k      int
	alpha, beta  T
	a            unsafe.Pointer
	rowA, colA   int
	spanA, spanB int // elements that A and B lie within
	room         int // bytes from b on that may be read
	b            unsafe.Pointer
	rowB, colB   int
	c            unsafe.Pointer
	rowC         int
	triangle
	top, left int // of C in the whole product
}

// inner returns the range of the inner dimension in which the tile of C at (i, j), of the given
// sides, may not be zero.
func (p *product[T]) inner(i, j, rows, cols int) (from, to int) {
	i, j = p.top+i, p.left+j
	to = p.k
	if p.triangle&upperA != 0 {
		from = i
	}
	if p.triangle&lowerB != 0 {
		from = max(from, j)
	}
	if p.triangle&lowerA != 0 {
		to = min(to, i+rows)
	}
	if p.triangle&upperB != 0 {
		to = min(to, j+cols)
	}
	return from, to
}

// run computes p, by several goroutines if that pays. They share C by tiles, so that every element
// is computed the same way whatever their number.
func (p product[T]) run() {
	const enough = 48e6 // multiply-adds, about 2 ms
	workers := runtime.GOMAXPROCS(0)
	if workers == 1 || float64(p.m)*float64(p.n)*float64(p.k) < enough {
		p.serial()
		return
	}
	p.share(workers)
}

// share computes p by that many goroutines at most.
func (p product[T]) share(workers int) {
	// Halve the longer side of the tiles until there are some for each worker.
	rows, cols := p.m, p.n
	for {
		if count := parts(p.m, rows) * parts(p.n, cols); count >= 2*workers || max(rows, cols) < 256 {
			break
		}
		if rows >= cols {
			rows = (rows/2 + 7) &^ 7
		} else {
			cols = (cols/2 + 23) / 24 * 24
		}
	}
	down, across := parts(p.m, rows), parts(p.n, cols)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, down*across) {
		wg.Go(func() {
			for {
				t := int(next.Add(1)) - 1
				if t >= down*across {
					return
				}
				i, j := t/across*rows, t%across*cols
				q := p.tile(i, j, min(rows, p.m-i), min(cols, p.n-j))
				if q.triangle&lower != 0 && q.top+q.m <= q.left {
					continue
				}
				q.serial()
			}
		})
	}
	wg.Wait()
}

func parts(n, size int) int { return (n + size - 1) / size }

// tile returns the product for m rows and n columns of C from (i, j) on.
func (p product[T]) tile(i, j, m, n int) product[T] {
	p.a = unsafe.Add(p.a, i*p.rowA)
	p.b = unsafe.Add(p.b, j*p.colB)
	p.room -= j * p.colB
	p.c = unsafe.Add(p.c, i*p.rowC+size[T]()*j)
	p.m, p.n = m, n
	p.top += i
	p.left += j
	return p
}

func (p product[T]) serial() {
	set, size := instructions, size[T]()
	width := set.width(size)
	// What lies within a quarter of a megabyte and does not map to a few cache sets is read in
	// place; so is what is read once. Of a product of triangles each panel is read for fewer tiles,
	// so that a copy pays later.
	near := 1 << 18 / size
	if p.triangle != 0 {
		near = 3 << 19 / size
	}
	inPlace := func(span, stride int) bool { return span <= near && stride%2048 != 0 }
	packA := !(p.colA == size && p.rowA%4096 != 0 && p.n <= 600 || inPlace(p.spanA, p.colA) || p.n <= 2*width)
	packB := p.colB != size || !(inPlace(p.spanB, p.rowB) || p.m <= 2*set.rows)

	// The last panel alone, if reading whole vectors of it would go past what there is; in Go,
	// where a race detector may watch, past its columns.
	lanes := set.lanes * 8 / size
	over := parts(p.n, lanes)*lanes - p.n
	packEdge := !packB && set.wholeB && over > 0 && (set == portable || (p.k-1)*p.rowB+size*(p.n+over) > p.room)
	depth := parts(p.k, parts(p.k, blockDepth))
	height := (parts(p.m, parts(p.m, blockHeight)) + 7) &^ 7 // whole tiles of every set
	var buf *packing[T]
	if packA || packB || packEdge {
		buf = takePacking[T]()
		defer giveBack(buf)
		if packA {
			buf.a = grow(buf.a, parts(height, set.rows)*set.rows*depth)
		}
		switch {
		case packB:
			buf.b = grow(buf.b, parts(min(p.n, blockWidth), width)*width*depth)
		case packEdge:
			buf.b = grow(buf.b, width*depth)
		}
	}
	for j := 0; j < p.n; j += blockWidth {
		n := min(blockWidth, p.n-j)
		for q := 0; q < p.k; q += depth {
			k := min(depth, p.k-q)
			b, rowB, panelB := unsafe.Add(p.b, q*p.rowB+j*p.colB), p.rowB, size*width
			if packB {
				packPanels(buf.b, b, p.colB, p.rowB, n, k, width)
				b, rowB, panelB = unsafe.Pointer(&buf.b[0]), size*width, size*width*k
			}
			edge, edgeRow := unsafe.Pointer(nil), 0
			if packEdge && n%width != 0 {
				packPanels(buf.b, unsafe.Add(b, n/width*panelB), p.colB, p.rowB, n%width, k, width)
				edge, edgeRow = unsafe.Pointer(&buf.b[0]), size*width
			}
			for i := 0; i < p.m; i += height {
				m := min(height, p.m-i)
				if p.triangle&lower != 0 && p.top+i+m <= p.left+j {
					continue
				}
				a, rowA, colA, panelA := unsafe.Add(p.a, i*p.rowA+q*p.colA), p.rowA, p.colA, set.rows*p.rowA
				if packA {
					packPanels(buf.a, a, p.rowA, p.colA, m, k, set.rows)
					a, rowA, colA, panelA = unsafe.Pointer(&buf.a[0]), size, size*set.rows, size*set.rows*k
				}
				t := tiles[T]{product: &p, i: i, j: j, q: q, m: m, n: n, k: k,
					a: a, rowA: rowA, colA: colA, panelA: panelA, b: b, rowB: rowB, panelB: panelB, edge: edge,
					edgeRow: edgeRow}
				t.run(set)
			}
		}
	}
}

// tiles is a block of a product that is computed tile by tile out of one block of A and one of B:
// that of m × n from (i, j) on, over k of the inner dimension from q on.
type tiles[T Element] struct {
	product            *product[T]
	i, j, q, m, n, k   int
	a                  unsafe.Pointer
	rowA, colA, panelA int // panelA: bytes from one tile height of A to the next
	b                  unsafe.Pointer
	rowB, panelB       int            // panelB: bytes from one tile width of B to the next
	edge               unsafe.Pointer // where the last tile width of B is, if elsewhere
	edgeRow            int
}

func (t *tiles[T]) run(set *instructionSet) {
	p := t.product
	size := size[T]()
	width, lanes := set.width(size), set.lanes*8/size
	whole := p.triangle&^lower == 0
	for j := 0; j < t.n; j += width {
		w := min(width, t.n-j)
		vectors := parts(w, lanes)
		last := w - (vectors-1)*lanes
		panelB, rowB := unsafe.Add(t.b, j/width*t.panelB), t.rowB
		if w < width && t.edge != nil {
			panelB, rowB = t.edge, t.edgeRow
		}
		c := unsafe.Add(p.c, size*(t.j+j))
		start := 0
		if p.triangle&lower != 0 {
			start = max(0, p.left+t.j+j-p.top-t.i) / set.rows * set.rows
		}
		for i := start; i < t.m; {
			rows := set.rows
			for rows > t.m-i {
				rows /= 2
			}
			a, b := unsafe.Add(t.a, i/set.rows*t.panelA+i%set.rows*t.rowA), panelB
			k, beta := t.k, p.beta
			if t.q > 0 {
				beta = 1
			}
			if !whole {
				from, to := p.inner(t.i+i, t.j+j, rows, w)
				if beta = 1; from >= t.q {
					beta = p.beta
				}
				from = max(from-t.q, 0)
				if k = min(to-t.q, t.k) - from; k <= 0 {
					i += rows
					continue
				}
				a, b = unsafe.Add(a, from*t.colA), unsafe.Add(b, from*rowB)
			}
			to := unsafe.Add(c, (t.i+i)*p.rowC)
			across, end := vectors, last
			if p.triangle&lower != 0 { // no vectors above the diagonal
				if below := p.top + t.i + i + rows - 1 - p.left - t.j - j; below/lanes+1 < vectors {
					across, end = below/lanes+1, lanes
				}
			}
			if size == 8 {
				set.tile(rows, across, k, a, t.rowA, t.colA, b, rowB, to, p.rowC, end, float64(p.alpha),
					float64(beta))
			} else {
				set.tile32(rows, across, k, a, t.rowA, t.colA, b, rowB, to, p.rowC, end, float32(p.alpha),
					float32(beta))
			}
			i += rows
		}
	}
}

// packPanels copies count lines of k numbers into panels of the given number of lines: number q of
// line i of a panel goes to q·lines + i. Lines are lineStep bytes apart, their numbers step bytes;
// a last incomplete panel is filled with zeros.
func packPanels[T Element](dst []T, src unsafe.Pointer, lineStep, step, count, k, lines int) {
	size := size[T]()
	done := 0
	if lineStep == size { // some panels at a time, that every cache line is read once
		const together = 512
		group := max(1, together/(size*lines))
		for ; done+lines <= count; done += group * lines {
			group = min(group, (count-done)/lines)
			packRows(k, unsafe.Pointer(&dst[done*k]), size*lines*k, unsafe.Add(src, done*size), step, size*lines, group)
		}
	}
	for i := done; i < count; i += lines {
		have := min(lines, count-i)
		panel := dst[i*k : (i+lines)*k]
		from := unsafe.Add(src, i*lineStep)
		if lineStep == size {
			for q := range k {
				to := panel[q*lines : (q+1)*lines]
				copied := copy(to, unsafe.Slice((*T)(unsafe.Add(from, q*step)), have))
				clear(to[copied:])
			}
			continue
		}
		transpose[T](unsafe.Pointer(&panel[0]), size*lines, from, lineStep, have, k)
		for line := have; line < lines; line++ {
			for q := range k {
				panel[q*lines+line] = 0
			}
		}
	}
}

// A packing holds the copies of blocks of A and B that one goroutine works on.
type packing[T Element] struct{ a, b []T }

// packings keeps idle packings. Unlike a sync.Pool they survive garbage collection, so that a
// training loop allocates none after its first step.
var (
	packings   = make(chan *packing[float64], 64)
	packings32 = make(chan *packing[float32], 64)
)

func idle[T Element]() chan *packing[T] {
	if c, ok := any(packings).(chan *packing[T]); ok {
		return c
	}
	return any(packings32).(chan *packing[T])
}

func takePacking[T Element]() *packing[T] {
	select {
	case p := <-idle[T]():
		return p
	default:
		return new(packing[T])
	}
}

func giveBack[T Element](p *packing[T]) {
	select {
	case idle[T]() <- p:
	default:
	}
}

// grow returns n numbers that begin at a cache line, in s if it is long enough.
func grow[T Element](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	line := 64 / size[T]()
	s = make([]T, n+line)
	skip := int(-uintptr(unsafe.Pointer(&s[0]))&63) / size[T]()
	return s[skip : skip+n]
}
