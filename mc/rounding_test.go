package mc_test

// What two ways to compute the same number may differ by, relative to the numbers that it is made
// of. Each operation of float64 rounds by at most 1.1e-16 of its result.
const (
	// lastDigits is for a handful of operations.
	lastDigits = 1e-14
	// rounding is for sums and products of some hundred terms, and for singular values: errors of
	// 1e-14 or so, with room for terms that cancel.
	rounding = 1e-12
)
