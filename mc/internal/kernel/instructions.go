package kernel

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unsafe"
)

// An instructionSet is a way to compute, by the vector instructions of a family of processors.
type instructionSet struct {
	name    string
	rows    int  // tile height
	lanes   int  // float64 in a vector
	vectors int  // vectors in a row of a tile
	wholeB  bool // the tile reads whole vectors of B, beyond the last lane
}

// width is the columns of a tile of elements of the given size in bytes.
func (s *instructionSet) width(size int) int { return s.vectors * s.lanes * 8 / size }

// instructions is the set that this process computes with: the best that the processor has, or the
// one that the environment variable PENALTY_KERNEL names (portable, avx2, avx512, neon).
var instructions = choose(os.Getenv("PENALTY_KERNEL"), available(), os.Stderr)

var portable = &instructionSet{name: "portable", rows: 4, lanes: 4, vectors: 1, wholeB: true}

// choose returns the named member of sets, the best first, or the first if there is no name. If it
// cannot have the named one it says so.
func choose(name string, sets []*instructionSet, warnings io.Writer) *instructionSet {
	if name == "" {
		return sets[0]
	}
	var names []string
	for _, s := range sets {
		if s.name == name {
			return s
		}
		names = append(names, s.name)
	}
	fmt.Fprintf(warnings, "mc: PENALTY_KERNEL=%s is not available on this processor; using %s (available: %s)\n",
		name, sets[0].name, strings.Join(names, ", "))
	return sets[0]
}

// Instructions returns the name of the instruction set in use.
func Instructions() string { return instructions.name }

// PeakWork computes repetitions products of one tile in the first-level cache and returns how many
// floating-point operations that took: what a processor can do at best in a precision, for
// benchmarks to compare with.
func PeakWork[T Element](repetitions int) (flops float64) {
	set, size := instructions, size[T]()
	const depth = 256
	width, lanes := set.width(size), set.lanes*8/size
	a, b, c := grow[T](nil, set.rows*depth), grow[T](nil, width*depth), grow[T](nil, width*set.rows)
	for range repetitions {
		if size == 8 {
			set.tile(set.rows, set.vectors, depth, unsafe.Pointer(&a[0]), size, size*set.rows, unsafe.Pointer(&b[0]), 0,
				unsafe.Pointer(&c[0]), size*width, lanes, 1, 0)
		} else {
			set.tile32(set.rows, set.vectors, depth, unsafe.Pointer(&a[0]), size, size*set.rows, unsafe.Pointer(&b[0]),
				0, unsafe.Pointer(&c[0]), size*width, lanes, 1, 0)
		}
	}
	return 2 * float64(repetitions) * depth * float64(set.rows) * float64(width)
}
