package mc

import (
	"fmt"
	"math"

	"projectpenalty/mc/internal/random"
)

// OneBit is the problem of 1-bit completion (Davenport, Plan, van den Berg, Wootters 2014):
// observed entries of a [LowRank] matrix W* are 1 with probability 1/(1 + e^(−w)), and −1
// otherwise. The larger Norm, the more certain the signs. Noise is added to w first.
type OneBit struct {
	LowRank
	// Loss to train on. Default Logistic{}.
	Loss Loss
}

// Problem returns the signs to train on, and W* as Truth.
func (b OneBit) Problem() (Problem, error) {
	p, err := b.LowRank.Problem()
	if err != nil {
		return Problem{}, err
	}
	o, rng := p.Train.(*Observations), random.New(b.Seed, random.Signs)
	for k, w := range o.value {
		o.value[k] = 1
		if rng.Float64() >= 1/(1+math.Exp(-w)) {
			o.value[k] = -1
		}
	}
	if p.Loss = b.Loss; p.Loss == nil {
		p.Loss = Logistic{}
	}
	return p, nil
}

// Corrupted is the problem of completion with gross errors (Candès, Li, Ma, Wright 2011): a random
// Fraction of the observed entries of a [LowRank] matrix is replaced by numbers uniform in [−Size,
// Size].
type Corrupted struct {
	LowRank
	// Fraction of the observed entries, in [0, 1].
	Fraction float64
	// Size bounds the numbers that replace them.
	Size float64
	// Loss to train on. Default squares.
	Loss Loss
}

// Problem returns the corrupted entries to train on, and W* as Truth.
func (c Corrupted) Problem() (Problem, error) {
	if !(c.Fraction >= 0 && c.Fraction <= 1) {
		return Problem{}, fmt.Errorf("mc: Corrupted.Fraction is %v; it must be in [0, 1]", c.Fraction)
	}
	if !(c.Size >= 0) || math.IsInf(c.Size, 1) {
		return Problem{}, fmt.Errorf("mc: Corrupted.Size is %v; it must be at least 0 and finite", c.Size)
	}
	p, err := c.LowRank.Problem()
	if err != nil {
		return Problem{}, err
	}
	o, rng := p.Train.(*Observations), random.New(c.Seed, random.Signs)
	for _, k := range rng.Perm(o.Len())[:int(math.Round(c.Fraction*float64(o.Len())))] {
		o.value[k] = c.Size * (2*rng.Float64() - 1)
	}
	p.Loss = c.Loss
	return p, nil
}
