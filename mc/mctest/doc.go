// Package mctest checks that a penalty, an optimiser, a loss, a measurement or a solver keeps the
// promises of package mc, so that your own can be trusted as much as those that come with it:
//
//	func TestMine(t *testing.T) {
//		mctest.CheckPenalty(t, mine{Smoothing: 1e-3})
//	}
//
// Each check makes its own small data from fixed seeds, and reports of each failure its place, the
// value found and the value expected. Those of penalties, optimisers and losses take well under a
// second if the code under test is quick. [CheckSolver] runs the solver some hundred times, so it
// takes longer. Where there is no test, as in a notebook, a [Report] collects the failures.
package mctest
