package mc

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"projectpenalty/mc/internal/random"
)

// SampleMask draws n of the entries of a rows × cols matrix without replacement, and returns their
// positions row·cols + col in ascending order.
//
// With minPerLine = 0 the draw is uniform. Otherwise entries are moved at random, from rows and
// columns that can spare them to those that lack them, until each has minPerLine; that takes n ≥
// minPerLine·max(rows, cols).
func SampleMask(rows, cols, n, minPerLine int, seed uint64) ([]int, error) {
	switch {
	case rows < 1 || cols < 1:
		return nil, fmt.Errorf("mc: SampleMask: the matrix is %d×%d; both must be at least 1",
			rows, cols)
	case n < 1 || n > rows*cols:
		return nil, fmt.Errorf("mc: SampleMask: %d entries of a %d×%d matrix; it must be from 1 to %d",
			n, rows, cols, rows*cols)
	case minPerLine < 0 || minPerLine > min(rows, cols):
		return nil, fmt.Errorf("mc: SampleMask: at least %d entries in every line of a %d×%d matrix; it must "+
			"be from 0 to %d",
			minPerLine, rows, cols, min(rows, cols))
	case n < minPerLine*max(rows, cols):
		return nil, fmt.Errorf("mc: SampleMask: %d entries cannot put %d into every line of a %d×%d matrix; "+
			"that takes %d",
			n, minPerLine, rows, cols, minPerLine*max(rows, cols))
	}
	rng := random.New(seed, random.Mask)
	mask := uniformMask(rows*cols, n, rng)
	if minPerLine > 0 && !spread(mask, rows, cols, minPerLine, rng) {
		mask = regularMask(rows, cols, n, minPerLine, rng)
	}
	slices.Sort(mask)
	return mask, nil
}

// uniformMask is Floyd's algorithm: n of size positions, each subset equally likely, in O(n).
func uniformMask(size, n int, rng *rand.Rand) []int {
	seen, mask := make(map[int]bool, n), make([]int, 0, n)
	for j := size - n; j < size; j++ {
		at := rng.IntN(j + 1)
		if seen[at] {
			at = j
		}
		seen[at] = true
		mask = append(mask, at)
	}
	return mask
}

// spread moves entries of mask until each line has least of them. It gives up, which happens where
// hardly any entry can be spared, after a number of trials.
func spread(mask []int, rows, cols, least int, rng *rand.Rand) bool {
	seen := make(map[int]bool, len(mask))
	row, col := make([]int, rows), make([]int, cols)
	for _, at := range mask {
		seen[at] = true
		row[at/cols]++
		col[at%cols]++
	}
	lacking := func() (i, j int) { // a line that lacks entries: its row or its column, the other -1
		for i, c := range row {
			if c < least {
				return i, -1
			}
		}
		for j, c := range col {
			if c < least {
				return -1, j
			}
		}
		return -1, -1
	}
	for trials := 200 * (len(mask) + rows + cols); trials > 0; trials-- {
		i, j := lacking()
		if i < 0 && j < 0 {
			return true
		}
		if i < 0 {
			i = rng.IntN(rows)
		} else {
			j = rng.IntN(cols)
		}
		k := rng.IntN(len(mask))
		from, to := mask[k], i*cols+j
		if seen[to] || row[from/cols] <= least || col[from%cols] <= least {
			continue
		}
		delete(seen, from)
		seen[to] = true
		mask[k] = to
		row[from/cols]--
		col[from%cols]--
		row[i]++
		col[j]++
	}
	return false
}

// regularMask puts least entries into every line by dealing them out in turn, under random orders
// of rows and columns, and adds the rest uniformly.
func regularMask(rows, cols, n, least int, rng *rand.Rand) []int {
	order, turn := rng.Perm(rows), rng.Perm(cols)
	seen, mask := make(map[int]bool, n), make([]int, 0, n)
	add := func(at int) {
		if !seen[at] {
			seen[at] = true
			mask = append(mask, at)
		}
	}
	// Each line of the longer side takes the next least places of the shorter side, round and
	// round.
	for k := range max(rows, cols) * least {
		i, j := k/least, k%cols
		if rows < cols {
			i, j = k%rows, k/least
		}
		add(order[i]*cols + turn[j])
	}
	for len(mask) < n {
		add(rng.IntN(rows * cols))
	}
	return mask
}
