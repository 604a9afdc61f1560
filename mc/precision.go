package mc

import "fmt"

// A Precision is that in which a [DeepMF] trains. Products of factors are nearly all of its work
// from 256×256 on. [EndToEnd] has none and is in double precision: a decomposition, which single
// precision does not have, is 60 to 80 % of its step, and the products of the rest in single
// precision would make a step 1.1 to 1.2 times as fast, at 100×100 to 1000×1000.
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
	// Single has factors, their products and gradients, and the optimiser's state in float32. The
	// loss, norms and the Result are float64, and so are a penalty and its gradient, at a copy of
	// the iterate, except for the smoothed polar factor by [Fast]. It takes half the memory of
	// Double, and the optimisers [GD], [Momentum], [Nesterov], [SignSGD], [NormalizedGD],
	// [GroupRMSProp], [RMSProp], [Adagrad], [Adadelta], [Adam], [AdamW], [AMSGrad], [NAdam],
	// [RAdam], [Adamax] and [ScalarAdam].
	//
	// What is said of the loss in Mixed holds here too. Besides, a step of less than 2⁻²⁵ of a
	// parameter does not move it, and the square of a gradient below 1e-23 is 0. A run of which
	// more than half the steps moved none of the sampled parameters ends with [RoundingLimit].
	Single
)

var precisionNames = [...]string{"mc.Double", "mc.Mixed", "mc.Single"}

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
	case p < 0 || int(p) >= len(precisionNames):
		return fmt.Errorf("mc: %s.Precision is %#v; it must be Double, Mixed or Single", solver, p)
	case p == Mixed && depth == 1:
		return fmt.Errorf("mc: %s.Precision is mc.Mixed at Depth 1, where there are no products of factors; "+
			"it must be Double or Single", solver)
	}
	return nil
}
