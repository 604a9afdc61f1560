package nb

import "projectpenalty/mc/sweep"

// Contest runs a contest, each of its sweeps as [Sweep] does: live, kept, and resumed after an
// interruption. Bad input ends the cell with its message.
func Contest(c sweep.Contest) *sweep.Standings {
	Check(notForVariables("Contest", "*sweep.Standings"))
	return Must(c.Run(Sweep))
}
