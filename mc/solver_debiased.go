package mc

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Debiased lets a solver estimate what biases leave over,
//
//	w_ij = μ + aᵢ + b_j + s_ij,
//
// with the [Biases] fitted first and S the solver's estimate from the residuals of the seen entries. Observers see the run
// of the solver: its iterate is S, and test errors and the truth have the biases taken off, so that errors are those of W.
type Debiased struct {
	Biases Biases
	// Solver of the residuals. It must be given.
	Solver Solver
}

// Validate says what is wrong with the settings.
func (d Debiased) Validate() error {
	if d.Solver == nil {
		return fmt.Errorf("mc: Debiased.Solver is nil; name the solver of the residuals, such as DeepMF{Depth: 2}")
	}
	return first(d.Biases.Validate(), Validate(d.Solver))
}

// Solve fits the biases, then the residuals. The Result is that of the solver with the biases added to W.
func (d Debiased) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	o, err := entriesOf("Debiased", p)
	if err != nil {
		return nil, err
	}
	biases := d.Biases.all(o)
	residuals := Problem{Train: biases.residuals(o)}
	if p.Test != nil {
		test, ok := p.Test.(*Observations)
		if !ok {
			return nil, fmt.Errorf("mc: Debiased: Problem.Test is %T; it must be *mc.Observations", p.Test)
		}
		residuals.Test = biases.residuals(test)
	}
	if p.Truth != nil {
		residuals.Truth = mat.DenseCopyOf(p.Truth)
		biases.addTo(residuals.Truth, -1)
	}
	result, err := d.Solver.Solve(ctx, residuals, observers...)
	if result != nil && result.W != nil {
		w := mat.DenseCopyOf(result.W) // a depth-1 factorisation shares W with its Factors, which stay those of S
		biases.addTo(w, 1)
		result.W = w
	}
	return result, err
}

// residuals returns the observations less the biases.
func (f *biasFit) residuals(o *Observations) *Observations {
	r := &Observations{rows: o.rows, cols: o.cols, start: o.start, col: o.col, value: make([]float64, o.Len())}
	for k, e := range o.All() {
		r.value[k] = e.Value - f.at(e.Row, e.Col)
	}
	return r
}
