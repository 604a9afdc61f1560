package mc

import "context"

// RidgedRatio is for ratings: a matrix of low rank beside biases, by the ratio of Zhao (2022) with
// a ridge,
//
//	w_ij = μ + aᵢ + b_j + s_ij,
//	min over S of  Σ (r_ij − w_ij)²/n + λ·‖S‖_*/‖S‖_F + (ρ/n)·‖S‖_F²,
//
// over the n observed entries r_ij in standardised units, after [Biases] are removed. The [Ratio]
// has a Smoothing of 1e-3. Alone it prefers low rank and no size, and fits noise as strong as that
// of ratings; the ridge shrinks.
//
// S is a product of two factors, trained by [Adam] at a constant learning rate. Steps end the run
// before it fits the noise, so that they are a setting like λ and ρ: choose all three by [Tune]. It
// takes [Observations], also of a matrix too large to be formed. Observers see the iterate and its
// loss in the units of the data.
//
// It is not equivariant under transposition, as rows and columns are damped differently by default.
type RidgedRatio struct {
	// Rank bounds that of S.
	Rank int `default:"40" range:"[1, inf)"`
	// Lambda is λ, and Ridge ρ.
	Lambda float64 `default:"0.05" range:"[0, inf)"`
	Ridge  float64 `default:"0.15" range:"[0, inf)"`
	// Biases μ, a and b.
	Biases Biases
	// LearningRate of Adam.
	LearningRate float64 `default:"0.005" range:"[0, inf)"`
	// Steps is the limit.
	Steps int `default:"300" range:"[1, inf)"`
	// Seed of the initialisation, Gaussian{Scale: 0.1}.
	Seed uint64
}

// Solve fits the biases, then S. It never ends as Converged.
func (r RidgedRatio) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(CheckRanges(r), p.Validate(), takesLoss(r, p)); err != nil {
		return nil, err
	}
	o, err := entriesOf("mc: RidgedRatio", p)
	if err != nil {
		return nil, err
	}
	s := Standardized{Solver: Debiased{Biases: r.Biases, Solver: Resolved(r).factorisation(o)}}
	return s.Solve(ctx, p, observers...)
}

// factorisation returns the solver of what biases leave.
func (r RidgedRatio) factorisation(o *Observations) DeepMF {
	d := DeepMF{
		Depth: 2, Hidden: min(r.Rank, o.rows, o.cols), Init: Gaussian{Scale: 0.1},
		Optimizer: Adam{LearningRate: r.LearningRate}, Steps: r.Steps, Seed: r.Seed,
	}
	switch ridge := r.Ridge / float64(o.Len()); {
	case r.Lambda != 0:
		d.Penalty = Sum(Ratio{Smoothing: 1e-3}, Times(ridge/r.Lambda, SquaredFrobenius{}))
		d.Lambda = r.Lambda
	case ridge != 0:
		d.Penalty, d.Lambda = SquaredFrobenius{}, ridge
	}
	return d
}
