package data

import (
	"cmp"
	"fmt"
	"slices"

	"projectpenalty/mc"
)

// A collector takes entries in any order, 16 bytes each and never moved, and makes observations of
// them.
type collector struct {
	chunks []*chunk
	n      int
	timed  bool
	runs   []run
}

// A chunk holds some of the entries.
type chunk struct {
	row, col    []int32
	value, time []float64
}

// A run is of entries of consecutive lines.
type run struct{ entry, line int }

const firstChunk, largestChunk = 1 << 8, 1 << 18

// put adds an entry of a line of the file.
func (c *collector) put(line, i, j int, x, time float64) {
	if k := len(c.runs) - 1; k < 0 || line-c.runs[k].line != c.n-c.runs[k].entry {
		c.runs = append(c.runs, run{c.n, line})
	}
	c.add(i, j, x, time)
}

// add is put where no entry can be there twice.
func (c *collector) add(i, j int, x, time float64) {
	var last *chunk
	if k := len(c.chunks); k > 0 {
		last = c.chunks[k-1]
	}
	if last == nil || len(last.value) == cap(last.value) {
		size := firstChunk
		if last != nil {
			size = min(2*cap(last.value), largestChunk)
		}
		last = &chunk{row: make([]int32, 0, size), col: make([]int32, 0, size), value: make([]float64, 0, size)}
		if c.timed {
			last.time = make([]float64, 0, size)
		}
		c.chunks = append(c.chunks, last)
	}
	last.row, last.col, last.value = append(last.row, int32(i)), append(last.col, int32(j)), append(last.value, x)
	if c.timed {
		last.time = append(last.time, time)
	}
	c.n++
}

// lineOf returns the line of an entry.
func (c *collector) lineOf(entry int) int {
	k, exact := slices.BinarySearchFunc(c.runs, entry, func(r run, e int) int { return cmp.Compare(r.entry, e) })
	if !exact {
		k--
	}
	return c.runs[k].line + entry - c.runs[k].entry
}

// A twiceError is an entry that is there twice, in two lines.
type twiceError struct{ row, col, first, second int }

func (e *twiceError) Error() string {
	return fmt.Sprintf("the entry (%d, %d) is there twice", e.row, e.col)
}

// observations makes the rows × cols observations, and puts the times, if there are any, in the
// order of their values. Row i of what was collected becomes row rowAt[i] or, if rowAt is nil, i −
// rowBase; likewise columns.
func (c *collector) observations(rows, cols int, rowAt, colAt []int32, rowBase, colBase int,
	twice Twice) (*mc.Observations, []float64, error) {
	moved := func(at []int32, base int) func(int32) int32 {
		if at == nil {
			return func(k int32) int32 { return k - int32(base) }
		}
		return func(k int32) int32 { return at[k] }
	}
	rowOf, colOf := moved(rowAt, rowBase), moved(colAt, colBase)
	start := make([]int, rows+1)
	for _, part := range c.chunks {
		for _, i := range part.row {
			start[rowOf(i)+1]++
		}
	}
	for i := range rows {
		start[i+1] += start[i]
	}
	col, value := make([]int32, c.n), make([]float64, c.n)
	var time []float64
	if c.timed {
		time = make([]float64, c.n)
	}
	next := slices.Clone(start[:rows])
	for _, part := range c.chunks {
		for k, i := range part.row {
			i = rowOf(i)
			at := next[i]
			next[i]++
			col[at], value[at] = colOf(part.col[k]), part.value[k]
			if c.timed {
				time[at] = part.time[k]
			}
		}
	}
	type entry struct {
		col         int32
		order       int32
		value, time float64
	}
	var sorted []entry
	kept := 0
	for i := range rows {
		from, to := start[i], start[i+1]
		start[i] = kept
		row := col[from:to]
		if !slices.IsSorted(row) {
			sorted = sorted[:0]
			for k := range row {
				e := entry{col: row[k], order: int32(k), value: value[from+k]}
				if c.timed {
					e.time = time[from+k]
				}
				sorted = append(sorted, e)
			}
			slices.SortFunc(sorted,
				func(a, b entry) int { return cmp.Or(cmp.Compare(a.col, b.col), cmp.Compare(a.order, b.order)) })
			for k, e := range sorted {
				col[from+k], value[from+k] = e.col, e.value
				if c.timed {
					time[from+k] = e.time
				}
			}
		}
		for k := from; k < to; {
			end := k + 1
			for end < to && col[end] == col[k] {
				end++
			}
			x, last := value[k], end-1
			if end-k > 1 {
				switch twice {
				case KeepLast:
					x = value[last]
				case KeepMean:
					x = 0
					for _, v := range value[k:end] {
						x += v
					}
					x /= float64(end - k)
				default:
					return nil, nil, c.twice(rowOf, colOf, int32(i), col[k])
				}
			}
			col[kept], value[kept] = col[k], x
			if c.timed {
				time[kept] = time[last]
			}
			kept++
			k = end
		}
	}
	start[rows] = kept
	if c.timed {
		time = time[:kept]
	}
	o, err := mc.ObserveRows(rows, cols, start, col[:kept], value[:kept])
	return o, time, err
}

// twice finds the first two lines that hold the entry.
func (c *collector) twice(rowOf, colOf func(int32) int32, i, j int32) error {
	e := &twiceError{row: int(i), col: int(j)}
	entry := 0
	for _, part := range c.chunks {
		for k := range part.row {
			if rowOf(part.row[k]) == i && colOf(part.col[k]) == j {
				if e.first == 0 {
					e.first = c.lineOf(entry)
				} else {
					e.second = c.lineOf(entry)
					return e
				}
			}
			entry++
		}
	}
	return e
}

// names numbers the names of rows or of columns, in the order of the file.
type names struct {
	exact   bool    // 7.0 and " 7" are not 7
	small   []int32 // of the whole number k, its place from 1; 0: not there
	large   map[uint64]int32
	words   map[string]int32
	numbers []uint64         // by place; of a word, anything
	isWord  map[int32]string // by place
}

func (n *names) len() int { return len(n.numbers) }

// place returns the place of a name, from 0.
func (n *names) place(cell []byte) int {
	if x, ok := whole(cell); ok && !(n.exact && !onlyDigits(cell)) {
		if x < uint64(len(n.small)) {
			if at := n.small[x]; at > 0 {
				return int(at - 1)
			}
		} else if x < uint64(4*len(n.numbers)+1<<10) && x < maxDim {
			// the table may be a few times as long as there are names
			grown := make([]int32, min(max(2*len(n.small), int(x)+1), maxDim))
			copy(grown, n.small)
			for y, at := range n.large {
				if y < uint64(len(grown)) {
					grown[y] = at
					delete(n.large, y)
				}
			}
			n.small = grown
			if at := n.small[x]; at > 0 {
				return int(at - 1)
			}
		} else if at, ok := n.large[x]; ok {
			return int(at - 1)
		}
		n.numbers = append(n.numbers, x)
		at := int32(len(n.numbers))
		if x < uint64(len(n.small)) {
			n.small[x] = at
		} else {
			if n.large == nil {
				n.large = map[uint64]int32{}
			}
			n.large[x] = at
		}
		return int(at - 1)
	}
	if at, ok := n.words[string(cell)]; ok {
		return int(at)
	}
	if n.words == nil {
		n.words, n.isWord = map[string]int32{}, map[int32]string{}
	}
	at := int32(len(n.numbers))
	n.words[string(cell)] = at
	n.isWord[at] = label(cell)
	n.numbers = append(n.numbers, 0)
	return int(at)
}

// least and most are the bounds of names that are all whole numbers; ok is whether they are.
func (n *names) bounds() (least, most uint64, ok bool) {
	if len(n.words) > 0 || len(n.numbers) == 0 {
		return 0, 0, false
	}
	return slices.Min(n.numbers), slices.Max(n.numbers), true
}

// counted numbers the rows by the names themselves, from base to the greatest.
func (n *names) counted(what string, base int) (int, []int32, *mc.Index) {
	_, most, _ := n.bounds()
	at := make([]int32, len(n.numbers))
	for k, x := range n.numbers {
		at[k] = int32(int(x) - base)
	}
	size := int(most) + 1 - base
	return size, at, mc.CountingIndex(what, base, size)
}

// inOrder numbers the rows in the order of the file, or in their own where they count from 0 or
// from 1 without a gap.
func (n *names) inOrder(what string, plain bool) (int, []int32, *mc.Index, error) {
	if least, most, ok := n.bounds(); ok && !plain && least <= 1 && most-least+1 == uint64(len(n.numbers)) {
		size, at, index := n.counted(what, int(least))
		return size, at, index, nil
	}
	labels := make([]string, len(n.numbers))
	for k, x := range n.numbers {
		if word, ok := n.isWord[int32(k)]; ok {
			labels[k] = word
		} else {
			labels[k] = fmt.Sprint(x)
		}
	}
	index, err := mc.NewIndex(what, labels)
	return len(labels), nil, index, err
}
