// Package random keeps the random numbers of a seed apart by purpose, so that drawing more of one
// kind changes none of the others.
package random

import "math/rand/v2"

// A Stream is a purpose of random numbers.
type Stream uint64

// The streams. Their order is part of what a seed means.
const (
	Truth Stream = iota + 1
	Mask
	Noise
	Maps
	Init
	Tune
	Basis
	Digest
	Signs
	Lanczos
	Batches
)

// New returns the generator of a seed for a purpose.
func New(seed uint64, s Stream) *rand.Rand { return rand.New(Source(seed, s)) }

// Source returns what New draws from, which a checkpoint can keep.
func Source(seed uint64, s Stream) *rand.PCG { return rand.NewPCG(seed, uint64(s)) }

// Nth returns the k-th of a sequence of generators of a seed for a purpose. The first, for k = 0,
// is that of [New].
func Nth(seed uint64, s Stream, k int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(s)+uint64(k)<<32))
}
