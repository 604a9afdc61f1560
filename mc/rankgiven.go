package mc

import "fmt"

// A RankGiven solver is told the rank of the matrix, as nobody is who completes real data, and a table has to say so beside
// its name. [TargetRank] tells for any solver.
type RankGiven interface {
	Solver
	// TargetRank returns the rank that the solver is told, 0 if it is not.
	TargetRank() int
}

// TargetRank returns the rank that the solver is told, 0 if it is not told.
func TargetRank(s Solver) int {
	if g, ok := s.(RankGiven); ok {
		return g.TargetRank()
	}
	return 0
}

// checkRankGiven words the errors of the solvers that are told the rank alike.
func checkRankGiven(name string, rank, steps, defaultLimit int, tolerance float64) error {
	switch {
	case rank < 1:
		return fmt.Errorf("mc: %s.Rank is %d; it must be at least 1", name, rank)
	case steps < 0:
		return fmt.Errorf("mc: %s.Steps is %d; it must be at least 1, or 0 for %d", name, steps, defaultLimit)
	}
	return checkPositive(name+".Tolerance", tolerance)
}

// rankEntries returns the seen entries of a problem for a solver that is told the rank.
func rankEntries(name string, p Problem, rank int) (*Observations, error) {
	o, err := denseEntriesOf(name, p)
	if err != nil {
		return nil, err
	}
	if rank > min(o.rows, o.cols) {
		return nil, fmt.Errorf("mc: %s.Rank is %d; a %d×%d matrix has at most %d", name, rank, o.rows, o.cols, min(o.rows, o.cols))
	}
	return o, nil
}
