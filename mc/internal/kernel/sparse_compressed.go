package kernel

import (
	"runtime"
	"sync"
	"unsafe"
)

// compressed is positions line by line, each below side: those of line i are entries cut[i] …
// cut[i+1] of index. If there are blocks, of blockRows positions each, they are so block by block:
// those of line i in block b, counted from where it begins, are entries cut[b·lines + i] …
// cut[b·lines + i+1].
type compressed struct {
	lines, side int
	blocks      int
	cut         []int32
	index       []int32
	order       []int32     // where each entry is among the values that are given; nil means there
	values      []float64   // of the entries, if order is not nil and a product has needed them
	singles     []float32   // likewise
	blocked     *compressed // the same entries by blocks, once a product has needed them
}

// A product with a dense factor of more bytes than this, which a second-level cache may not hold,
// takes it by blocks where lines have entries enough.
const nearFactor = 1 << 19

// A block has 48 columns, 96 of singles, and as many rows as make 30 KB. It serves many lines
// before the next one, since each of its rows is needed by many lines; these are as few as keep
// their part of the other dense matrix in the second-level cache. Sides are the same for each
// instruction set, and so are the bits.
const (
	blockRows  = 80
	blockLines = 1024
)

// newCompressed keeps index and order, which may be nil.
func newCompressed(start []int, index, order []int32, side int) *compressed {
	c := &compressed{lines: len(start) - 1, side: side, blocks: 1, cut: make([]int32, len(start)), index: index,
		order: order}
	for i, at := range start {
		c.cut[i] = int32(at)
	}
	return c
}

// makeRoom makes the space that entries of the given size in bytes take on their way to another
// order. It is kept.
func (c *compressed) makeRoom(size int) {
	switch {
	case c.order == nil:
	case size == 4 && c.singles == nil:
		c.singles = make([]float32, len(c.index))
	case size == 8 && c.values == nil:
		c.values = make([]float64, len(c.index))
	}
}

// room is what makeRoom has made.
func room[T Element](c *compressed) []T {
	if size[T]() == 4 {
		return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(c.singles))), len(c.singles))
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(c.values))), len(c.values))
}

// suited returns c, or its entries by blocks if a product with x takes less time so. They are
// sorted at the first such product.
func suited[T Element](c *compressed, x MatrixOf[T]) *compressed {
	const fewest = 4 // entries of a line in a block, on average, that make up for what a block costs
	if blocks := parts(c.side, blockRows); blocks == 1 || size[T]()*padded[T](x.Cols)*x.Rows <= nearFactor ||
		len(c.index) < fewest*c.lines*blocks {
		return c
	}
	if c.blocked == nil {
		c.blocked = c.divided()
	}
	return c.blocked
}

// divided returns the entries sorted by blocks.
func (c *compressed) divided() *compressed {
	blocks := parts(c.side, blockRows)
	d := &compressed{lines: c.lines, side: c.side, blocks: blocks, cut: make([]int32, blocks*c.lines+1),
		index: make([]int32, len(c.index)), order: make([]int32, len(c.index))}
	run := func(line int, at int32) int { return int(at)/blockRows*c.lines + line }
	for i := range c.lines {
		for _, at := range c.index[c.cut[i]:c.cut[i+1]] {
			d.cut[run(i, at)+1]++
		}
	}
	for r := range blocks * c.lines {
		d.cut[r+1] += d.cut[r]
	}
	next := append([]int32(nil), d.cut...)
	for i := range c.lines {
		for k := c.cut[i]; k < c.cut[i+1]; k++ {
			to := &next[run(i, c.index[k])]
			d.index[*to], d.order[*to] = c.index[k]%blockRows, k
			if c.order != nil {
				d.order[*to] = c.order[k]
			}
			*to++
		}
	}
	return d
}

// runs calls f for the entries of lines lo … hi-1, which are from … to-1 in each block.
func (c *compressed) runs(lo, hi int, f func(from, to int32)) {
	for b := range c.blocks {
		f(c.cut[b*c.lines+lo], c.cut[b*c.lines+hi])
	}
}

// dots sets dst, for each entry of lines lo … hi-1, to the product of the line's row of A and the
// position's row of B.
func dots[T Element](c *compressed, dst []T, a, b MatrixOf[T], lo, hi int) {
	out := dst
	if c.order != nil {
		out = room[T](c)
	}
	c.runs(lo, hi, func(from, to int32) { clear(out[from:to]) })
	each(c, b, padded[T](b.Cols), lo, hi, &a, nil, func(t lineBlock[T]) {
		if size[T]() == 4 {
			lineDotsSingle(t.width, t.lines, t.begin, t.end, single(t.row), t.rowStride, &c.index[0], single(t.x),
				t.stride, single(&out[0]))
		} else {
			lineDots(t.width, t.lines, t.begin, t.end, double(t.row), t.rowStride, &c.index[0], double(t.x),
				t.stride, double(&out[0]))
		}
	})
	if c.order != nil {
		c.runs(lo, hi, func(from, to int32) {
			for k := from; k < to; k++ {
				dst[c.order[k]] = out[k]
			}
		})
	}
}

// times computes rows lo … hi-1 of dst = S·X, S the lines' entries with values.
func times[T Element](c *compressed, dst MatrixOf[T], values []T, x MatrixOf[T], lo, hi int) {
	if c.order != nil {
		ordered := room[T](c)
		c.runs(lo, hi, func(from, to int32) {
			for k := from; k < to; k++ {
				ordered[k] = values[c.order[k]]
			}
		})
		values = ordered
	}
	n := padded[T](x.Cols)
	if c.blocks == 1 {
		for i := lo; i < hi; i++ {
			clear(dst.Data[i*dst.Stride : i*dst.Stride+n])
		}
	}
	// If X is more than the second-level cache holds, but as many columns of it as lineSums keeps
	// in registers are not, so many are computed at a time.
	step := n
	if width := registerBytes() / size[T](); size[T]()*n*x.Rows > nearFactor &&
		size[T]()*width*x.Rows <= 2*nearFactor {
		step = width
	}
	each(c, x, step, lo, hi, nil, &dst, func(t lineBlock[T]) {
		if size[T]() == 4 {
			lineSumsSingle(t.width, t.lines, t.begin, t.end, single(t.row), t.rowStride, &c.index[0],
				single(&values[0]), single(t.x), t.stride)
		} else {
			lineSums(t.width, t.lines, t.begin, t.end, double(t.row), t.rowStride, &c.index[0],
				double(&values[0]), double(t.x), t.stride)
		}
	})
}

// registerBytes is how much of a row lineSums sums up at once: twelve registers.
func registerBytes() int {
	if instructions.lanes == 8 {
		return 12 * 64
	}
	return 12 * 32
}

// A lineBlock is some columns of some lines and of a block of positions: strides in bytes.
type lineBlock[T Element] struct {
	lines, width int
	begin, end   *int32 // the entries of each line
	row          *T
	rowStride    int // of the dense matrix that has the lines as its rows
	x            *T
	stride       int // of that which has the positions
}

// each calls f for lines lo … hi-1, and each block of x, or each step columns of it if there are no
// blocks. The matrix whose rows are the lines is read from or written to, where it holds zeros.
func each[T Element](c *compressed, x MatrixOf[T], step, lo, hi int, read, written *MatrixOf[T],
	f func(lineBlock[T])) {
	if lo == hi || len(c.index) == 0 {
		return
	}
	rows := read
	if rows == nil {
		rows = written
	}
	n, size := padded[T](x.Cols), size[T]()
	if c.blocks == 1 {
		for j := 0; j < n; j += step {
			f(lineBlock[T]{lines: hi - lo, width: min(step, n-j), begin: &c.cut[lo], end: &c.cut[lo+1],
				row: &rows.Data[lo*rows.Stride+j], rowStride: size * rows.Stride, x: &x.Data[j],
				stride: size * x.Stride})
		}
		return
	}
	blockColumns := 48 * 8 / size
	buf := takePacking[T]()
	defer giveBack(buf)
	some := parts(hi-lo, parts(hi-lo, blockLines))
	buf.a, buf.b = grow(buf.a, some*blockColumns), grow(buf.b, blockRows*blockColumns)
	for i := lo; i < hi; i += some {
		lines := min(some, hi-i)
		for j := 0; j < n; j += blockColumns {
			width := min(blockColumns, n-j)
			bytes := size * width
			near, far := unsafe.Pointer(&buf.a[0]), unsafe.Pointer(&rows.Data[i*rows.Stride+j])
			if read != nil {
				packRows(lines, near, 0, far, size*rows.Stride, bytes, 1)
			} else {
				clear(buf.a[:lines*width])
			}
			for b := range c.blocks {
				top := b * blockRows
				packRows(min(blockRows, c.side-top), unsafe.Pointer(&buf.b[0]), 0,
					unsafe.Pointer(&x.Data[top*x.Stride+j]), size*x.Stride, bytes, 1)
				at := b*c.lines + i
				f(lineBlock[T]{lines: lines, width: width, begin: &c.cut[at], end: &c.cut[at+1],
					row: &buf.a[0], rowStride: bytes, x: &buf.b[0], stride: bytes})
			}
			if written != nil {
				for k := range lines {
					copy(rows.Data[(i+k)*rows.Stride+j:(i+k)*rows.Stride+j+width], buf.a[k*width:])
				}
			}
		}
	}
}

// multiplySparse computes dst = S·X.
func multiplySparse[T Element](c *compressed, dst MatrixOf[T], values []T, x MatrixOf[T]) {
	by := suited(c, x)
	by.makeRoom(size[T]())
	if by.large(x.Cols) {
		by.share(func(lo, hi int) { times(by, dst, values, x, lo, hi) })
	} else {
		times(by, dst, values, x, 0, by.lines)
	}
}

// large reports whether products of the given width are worth several goroutines.
func (c *compressed) large(width int) bool {
	const enough = 4e6 // multiply-adds, about 1 ms
	return runtime.GOMAXPROCS(0) > 1 && float64(len(c.index))*float64(width) >= enough
}

// share calls f, from several goroutines, for ranges of lines that together are all.
func (c *compressed) share(f func(lo, hi int)) {
	before := func(line int) int { // entries
		sum := 0
		c.runs(0, line, func(from, to int32) { sum += int(to - from) })
		return sum
	}
	var wg sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	if c.blocks == 1 { // else each copies all blocks
		parts *= 4
	}
	lo := 0
	for p := 1; p <= parts; p++ {
		hi := lo
		for hi < c.lines && (p == parts || before(hi) < p*(len(c.index)/parts)) {
			hi++
		}
		if hi > lo {
			from := lo
			wg.Go(func() { f(from, hi) })
		}
		lo = hi
	}
	wg.Wait()
}
