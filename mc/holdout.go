package mc

// HoldOut returns the problem of fitting the measurements of p.Train without a random fraction of
// them, which become Test: what a setting is to be chosen by. It has no Truth, so that nothing else
// can be looked at. The split is that of a [Tune] with the same fraction and seed.
func HoldOut(p Problem, fraction float64, seed uint64) (Problem, error) {
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
