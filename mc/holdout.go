package mc

import "fmt"

// HoldOut returns the problem of fitting the measurements of p.Train without a random fraction of
// them, which become Test, by which a setting can be chosen. The fraction is between 0 and 1,
// exclusive. The problem has no Truth, so that no choice can depend on that. The split is that of a
// [Tune] with the same fraction and seed.
func HoldOut(p Problem, fraction float64, seed uint64) (Problem, error) {
	if !(fraction > Zero && fraction < 1) {
		return Problem{}, fmt.Errorf("mc: HoldOut: the fraction is %v; it must be between 0 and 1", fraction)
	}
	t := Tune{Candidates: []Solver{Mean{}}, HoldOut: fraction, Seed: seed}
	if err := first(t.Validate(), p.Validate()); err != nil {
		return Problem{}, err
	}
	splits, err := t.splits(p)
	if err != nil {
		return Problem{}, err
	}
	return splits[0], nil
}
