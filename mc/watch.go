package mc

import "gonum.org/v1/gonum/mat"

// A Watch shows a run to its observers: what a [Solver] of one's own calls at each state.
type Watch struct{ run *watch }

// NewWatch begins a run on the problem. The configuration is the solver itself, whose %#v print identifies the run; w (rows × cols) is the iterate, which is
// kept and not copied, and limit the number of steps after which the run ends at the latest.
func NewWatch(solver Solver, p Problem, w *mat.Dense, limit int, observers ...Observer) *Watch {
	return &Watch{newWatch(solver, p, NewPoint(w), limit, observers)}
}

// State shows the iterate as it is now, after so many steps: 0 first, and the last one with final set, also of a run that is cancelled or diverges. Loss is the mean
// squared residual of Train.
func (w *Watch) State(steps int, loss float64, final bool) {
	w.run.step.point.Changed()
	w.run.state(steps, loss, final)
}
