package mc

import "fmt"

// A Precision is that of the products of factors, which are nearly all the work of a [DeepMF] from
// 256×256 on.
type Precision int

const (
	// Double is float64 throughout: rounding errors of 2⁻⁵³.
	Double Precision = iota
	// Mixed has the products in float32, with rounding errors of 2⁻²⁴, and all else in float64:
	// factors, optimiser, penalty, loss and Result. Optimisers, penalties and losses of your own
	// work as they are. An entry of W = L·R, with L the last factor, is wrong during the run by
	// about 1e-7·‖row of L‖·‖column of R‖, and the training loss cannot be made smaller than about
	// the square of that. A run that got there ends with [RoundingLimit].
	Mixed
)

var precisionNames = [...]string{"mc.Double", "mc.Mixed"}

// GoString makes %#v print the constant's name.
func (p Precision) GoString() string {
	if p < 0 || int(p) >= len(precisionNames) {
		return fmt.Sprintf("mc.Precision(%d)", int(p))
	}
	return precisionNames[p]
}

// check says what is wrong with the precision of a solver of that depth.
func (p Precision) check(solver string, depth int) error {
	switch {
	case p != Double && p != Mixed:
		return fmt.Errorf("mc: %s.Precision is %#v; it must be Double or Mixed", solver, p)
	case p == Mixed && depth == 1:
		return fmt.Errorf("mc: %s.Precision is mc.Mixed at Depth 1, where there are no products of factors; "+
			"it must be Double", solver)
	}
	return nil
}
