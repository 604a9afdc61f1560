package kernel

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Gemm computes C = α·op(A)·op(B) + β·C, where op transposes if asked to. C must overlap neither A nor B; with β = 0
// what C held is not read, with α = 0 neither are A and B.
//
// Each element is one chain of fused multiply-adds over the inner dimension, cut at places that depend on that
// dimension alone: the bits of the result depend neither on the instruction set nor on GOMAXPROCS.
func Gemm(transA, transB bool, alpha float64, a, b Matrix, beta float64, c Matrix) {
	multiply(transA, transB, alpha, a, b, beta, c, false)
}

// Syrk computes the symmetric C = α·A·Aᵀ + β·C, or α·Aᵀ·A + β·C with trans, at half the work of Gemm. Of what C held
// the lower triangle alone is read; both triangles are written, and are equal bit for bit.
func Syrk(trans bool, alpha float64, a Matrix, beta float64, c Matrix) {
	SyrkLower(trans, alpha, a, beta, c)
	Mirror(c)
}

// SyrkLower is Syrk for the lower triangle. What the strict upper triangle holds afterwards is not specified.
func SyrkLower(trans bool, alpha float64, a Matrix, beta float64, c Matrix) {
	multiply(trans, !trans, alpha, a, a, beta, c, true)
}

// multiply is Gemm; with lower C is square and its lower triangle alone is wanted: tiles above the diagonal are
// skipped, what the strict upper triangle holds afterwards is not specified.
func multiply(transA, transB bool, alpha float64, a, b Matrix, beta float64, c Matrix, lower bool) {
	m, k := a.Rows, a.Cols
	if transA {
		m, k = k, m
	}
	kb, n := b.Rows, b.Cols
	if transB {
		kb, n = n, kb
	}
	if k != kb || m != c.Rows || n != c.Cols || lower && m != n {
		panic(fmt.Sprintf("kernel: product of %d×%d and %d×%d into %d×%d", m, k, kb, n, c.Rows, c.Cols))
	}
	if m == 0 || n == 0 {
		return
	}
	checkData(c)
	if alpha == 0 || k == 0 {
		scale(beta, c)
		return
	}
	checkData(a)
	checkData(b)
	p := product{m: m, n: n, k: k, alpha: alpha, beta: beta, lower: lower,
		a: unsafe.Pointer(&a.Data[0]), rowA: 8 * a.Stride, colA: 8, spanA: a.Rows * a.Stride,
		b: unsafe.Pointer(&b.Data[0]), rowB: 8 * b.Stride, colB: 8, spanB: b.Rows * b.Stride,
		c: unsafe.Pointer(&c.Data[0]), rowC: 8 * c.Stride}
	if transA {
		p.rowA, p.colA = p.colA, p.rowA
	}
	if transB {
		p.rowB, p.colB = p.colB, p.rowB
	}
	p.run()
}

// Mirror copies the lower triangle of the square C to the upper.
func Mirror(c Matrix) {
	const block = 32 // both a block and its mirror image stay in the first-level cache
	for i0 := 0; i0 < c.Rows; i0 += block {
		i1 := min(i0+block, c.Rows)
		for j0 := 0; j0 <= i0; j0 += block {
			for i := i0; i < i1; i++ {
				for j, x := range c.Data[i*c.Stride+j0 : i*c.Stride+min(i, j0+block)] {
					c.Data[(j0+j)*c.Stride+i] = x
				}
			}
		}
	}
}

// checkData panics unless the non-empty x has the rows and columns that it claims.
func checkData(x Matrix) {
	if x.Stride < x.Cols || len(x.Data) < (x.Rows-1)*x.Stride+x.Cols {
		panic(fmt.Sprintf("kernel: %d×%d matrix of stride %d with %d numbers", x.Rows, x.Cols, x.Stride, len(x.Data)))
	}
}

// scale computes C = β·C; with β = 0 what C held is not read.
func scale(beta float64, c Matrix) {
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

// Cache blocking: a panel of tile height × depth of A lives in the first-level cache, height × depth of A in the second,
// depth × width of B in the third. Inner dimensions above depth are cut into equal pieces of at most that.
const (
	blockDepth  = 500
	blockHeight = 120
	blockWidth  = 2400
)

// A product is one C = α·A·B + β·C: pointers and strides in bytes, transposition already in the strides.
type product struct {
	m, n, k      int
	alpha, beta  float64
	a            unsafe.Pointer
	rowA, colA   int
	spanA, spanB int // float64 that A and B lie within
	b            unsafe.Pointer
	rowB, colB   int
	c            unsafe.Pointer
	rowC         int
	lower        bool // only the tiles that touch or lie below diagonal
	diagonal     int  // row of C's top less column of its left
}

// run computes p, by several goroutines if that pays. They share C by tiles, so that every element is computed the same
// way whatever their number.
func (p product) run() {
	const enough = 48e6 // multiply-adds, about 2 ms
	workers := runtime.GOMAXPROCS(0)
	if workers == 1 || float64(p.m)*float64(p.n)*float64(p.k) < enough {
		p.serial()
		return
	}
	p.share(workers)
}

// share computes p by that many goroutines at most.
func (p product) share(workers int) {
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
				if q.lower && q.m+q.diagonal <= 0 {
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
func (p product) tile(i, j, m, n int) product {
	p.a = unsafe.Add(p.a, i*p.rowA)
	p.b = unsafe.Add(p.b, j*p.colB)
	p.c = unsafe.Add(p.c, i*p.rowC+8*j)
	p.m, p.n = m, n
	p.diagonal += i - j
	return p
}

func (p product) serial() {
	set := instructions
	// What lies within half a megabyte and does not map to a few cache sets is read in place; so is what is read once.
	const near = 1 << 16
	inPlace := func(span, stride int) bool { return span <= near && stride%2048 != 0 }
	packA := !(inPlace(p.spanA, max(p.rowA, p.colA)) || p.n <= 2*set.vectors*set.lanes)
	packB := set.packB || p.colB != 8 || !(inPlace(p.spanB, p.rowB) || p.m <= 2*set.rows)

	width := set.vectors * set.lanes
	depth := parts(p.k, parts(p.k, blockDepth))
	height := min(p.m, blockHeight)
	var buf *packing
	if packA || packB {
		buf = takePacking()
		defer giveBack(buf)
		if packA {
			buf.a = grow(buf.a, parts(height, set.rows)*set.rows*depth)
		}
		if packB {
			buf.b = grow(buf.b, parts(min(p.n, blockWidth), width)*width*depth)
		}
	}
	for j := 0; j < p.n; j += blockWidth {
		n := min(blockWidth, p.n-j)
		for q := 0; q < p.k; q += depth {
			k := min(depth, p.k-q)
			beta := p.beta
			if q > 0 {
				beta = 1
			}
			b, rowB, panelB := unsafe.Add(p.b, q*p.rowB+j*p.colB), p.rowB, 8*width
			if packB {
				packPanels(buf.b, b, p.colB, p.rowB, n, k, width)
				b, rowB, panelB = unsafe.Pointer(&buf.b[0]), 8*width, 8*width*k
			}
			for i := 0; i < p.m; i += blockHeight {
				m := min(blockHeight, p.m-i)
				if p.lower && i+m+p.diagonal <= j {
					continue
				}
				a, rowA, colA, panelA := unsafe.Add(p.a, i*p.rowA+q*p.colA), p.rowA, p.colA, set.rows*p.rowA
				if packA {
					packPanels(buf.a, a, p.rowA, p.colA, m, k, set.rows)
					a, rowA, colA, panelA = unsafe.Pointer(&buf.a[0]), 8, 8*set.rows, 8*set.rows*k
				}
				t := tiles{m: m, n: n, k: k, alpha: p.alpha, beta: beta,
					a: a, rowA: rowA, colA: colA, panelA: panelA, b: b, rowB: rowB, panelB: panelB,
					c: unsafe.Add(p.c, i*p.rowC+8*j), rowC: p.rowC, lower: p.lower, diagonal: p.diagonal + i - j}
				t.run(set)
			}
		}
	}
}

// tiles is a block of C that is computed tile by tile out of one block of A and one of B.
type tiles struct {
	m, n, k            int
	alpha, beta        float64
	a                  unsafe.Pointer
	rowA, colA, panelA int // panelA: bytes from one tile height of A to the next
	b                  unsafe.Pointer
	rowB, panelB       int // panelB: bytes from one tile width of B to the next
	c                  unsafe.Pointer
	rowC               int
	lower              bool
	diagonal           int
}

func (t *tiles) run(set *instructionSet) {
	width := set.vectors * set.lanes
	for j := 0; j < t.n; j += width {
		w := min(width, t.n-j)
		vectors := parts(w, set.lanes)
		last := w - (vectors-1)*set.lanes
		b := unsafe.Add(t.b, j/width*t.panelB)
		start := 0
		if t.lower {
			start = max(0, j-t.diagonal) / set.rows * set.rows
		}
		for i := start; i < t.m; {
			rows := set.rows
			for rows > t.m-i {
				rows /= 2
			}
			a := unsafe.Add(t.a, i/set.rows*t.panelA+i%set.rows*t.rowA)
			set.tile(rows, vectors, t.k, a, t.rowA, t.colA, b, t.rowB, unsafe.Add(t.c, i*t.rowC+8*j), t.rowC, last, t.alpha, t.beta)
			i += rows
		}
	}
}

// packPanels copies count lines of k numbers into panels of the given number of lines: number q of line i of a panel
// goes to q·lines + i. Lines are lineStep bytes apart, their numbers step bytes; a last incomplete panel is filled with zeros.
func packPanels(dst []float64, src unsafe.Pointer, lineStep, step, count, k, lines int) {
	for i := 0; i < count; i += lines {
		have := min(lines, count-i)
		panel := dst[i*k : (i+lines)*k]
		from := unsafe.Add(src, i*lineStep)
		if lineStep == 8 {
			for q := range k {
				to := panel[q*lines : (q+1)*lines]
				copied := copy(to, unsafe.Slice((*float64)(unsafe.Add(from, q*step)), have))
				clear(to[copied:])
			}
			continue
		}
		line := 0
		for ; line+4 <= have; line += 4 {
			s0 := unsafe.Slice((*float64)(unsafe.Add(from, line*lineStep)), k)
			s1 := unsafe.Slice((*float64)(unsafe.Add(from, (line+1)*lineStep)), k)
			s2 := unsafe.Slice((*float64)(unsafe.Add(from, (line+2)*lineStep)), k)
			s3 := unsafe.Slice((*float64)(unsafe.Add(from, (line+3)*lineStep)), k)
			at := line
			for q, x := range s0 {
				to := panel[at : at+4 : at+4]
				to[0], to[1], to[2], to[3] = x, s1[q], s2[q], s3[q]
				at += lines
			}
		}
		for ; line < have; line++ {
			at := line
			for _, x := range unsafe.Slice((*float64)(unsafe.Add(from, line*lineStep)), k) {
				panel[at] = x
				at += lines
			}
		}
		for ; line < lines; line++ {
			for q := range k {
				panel[q*lines+line] = 0
			}
		}
	}
}

// A packing holds the copies of blocks of A and B that one goroutine works on.
type packing struct{ a, b []float64 }

// packings keeps idle packings. Unlike a sync.Pool it survives garbage collection, so that a training loop allocates
// none after its first step.
var packings = make(chan *packing, 64)

func takePacking() *packing {
	select {
	case p := <-packings:
		return p
	default:
		return new(packing)
	}
}

func giveBack(p *packing) {
	select {
	case packings <- p:
	default:
	}
}

// grow returns n numbers that begin at a cache line, in s if it is long enough.
func grow(s []float64, n int) []float64 {
	if n <= cap(s) {
		return s[:n]
	}
	s = make([]float64, n+8)
	skip := int(-uintptr(unsafe.Pointer(&s[0]))&63) / 8
	return s[skip : skip+n]
}
