package mc

import (
	"fmt"
	"math/rand/v2"
)

// Zeros sets W = 0 in the linear model, depth 1: from there gradient descent finds the solution of
// minimum Frobenius norm. In a product of two or more factors zero is a saddle that no gradient
// leaves, so it is refused there.
type Zeros struct{}

// Fill overwrites the factors.
func (Zeros) Fill(f *Factors, _ *rand.Rand) error {
	if f.Depth() > 1 {
		return fmt.Errorf("mc: Zeros cannot start a factorisation of depth %d, whose gradient "+
			"vanishes at 0", f.Depth())
	}
	f.W[0].Zero()
	return nil
}
