// Package mctest checks that a penalty, an optimiser, a loss, a measurement or a solver keeps the
// promises of package mc, so that one's own can be trusted as much as those that come with it:
//
//	func TestMine(t *testing.T) {
//		mctest.CheckPenalty(t, mine{Smoothing: 1e-3})
//	}
//
// Each check makes its own small data from fixed seeds, takes well under a second for what is quick
// itself, and says of what it finds where it was, what was there and what should have been. Where
// there is no test, in a notebook say, a [Report] collects the failures.
package mctest
