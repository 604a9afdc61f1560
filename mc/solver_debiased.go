package mc

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Debiased fits [Biases] first and lets a solver estimate the rest,
//
//	w_ij = μ + aᵢ + b_j + s_ij,
//
// with S the solver's estimate from the residuals of the observed entries. It takes [Observations].
//
// Observers see W and its errors, without the solver's penalty. Certificates of the residuals are
// left out.
type Debiased struct {
	// Biases a, b and μ.
	Biases Biases
	// Solver of the residuals. It must be given.
	Solver Solver
}

// Validate says what is wrong with the settings.
func (d Debiased) Validate() error {
	if d.Solver == nil {
		return fmt.Errorf("mc: Debiased.Solver is nil; name the solver of the residuals, such as DeepMF{Depth: 2}")
	}
	return CheckRanges(d)
}

// TargetRank is that of the solver.
func (d Debiased) TargetRank() int { return TargetRank(d.Solver) }

// Solve fits the biases, then the residuals. The Result is that of the solver with the biases added
// to W. If the solver has *[Factors], they become those of W: one hidden unit carries μ + aᵢ,
// another b_j.
func (d Debiased) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(d.Validate(), p.Validate(), takesLoss(d, p)); err != nil {
		return nil, err
	}
	o, err := entriesOf("mc: Debiased", p)
	if err != nil {
		return nil, err
	}
	biases := d.Biases.all(ctx, o)
	residuals := Problem{Train: biases.residuals(o)}
	if p.Test != nil {
		test, ok := p.Test.(*Observations)
		if !ok {
			return nil, fmt.Errorf("mc: Debiased: Problem.Test is %T; it must be *mc.Observations",
				p.Test)
		}
		residuals.Test = biases.residuals(test)
	}
	if p.Truth != nil {
		residuals.Truth = mat.DenseCopyOf(p.Truth)
		biases.addTo(residuals.Truth, -1)
	}
	outside := &outer{
		problem: p, config: d,
		matrix: func(s *mat.Dense) *mat.Dense {
			w := mat.DenseCopyOf(s) // which the solver may share with its factors
			biases.addTo(w, 1)
			return w
		},
		factors: biases.with, model: biases.addToModel,
		scale: func(int, int) float64 { return 1 },
		loss:  func(inner float64) float64 { return inner },
	}
	result, err := d.Solver.Solve(ctx, residuals, outside.watch(observers)...)
	if result == nil {
		return nil, err
	}
	if err := linearIn("Debiased", d.Solver, result); err != nil {
		return nil, err
	}
	inner := *result
	result.Details = outside.details(&inner, residuals.Train.(*Observations))
	if result.W != nil {
		result.W = outside.matrix(result.W)
	}
	result.judge(o)
	return result, err
}

// addToModel makes the model of the residuals that of the data.
func (f *biasFit) addToModel(m *Model) bool {
	m.Mean += f.mean
	if m.RowBias == nil {
		m.RowBias, m.ColBias, m.RowLambda = make([]float64, len(f.row)), make([]float64, len(f.col)), f.RowLambda
	}
	for i, a := range f.row {
		m.RowBias[i] += a
	}
	for j, b := range f.col {
		m.ColBias[j] += b
	}
	return true
}

// with returns the factors of the sum of a product and of the biases. At depth 1 that is the sum
// itself. Otherwise two hidden units are added: W_1 has the rows (1 … 1) and b, W_N the columns μ +
// a and (1 … 1), and the layers between pass both on.
func (f *biasFit) with(s *Factors) *Factors {
	n := s.Depth()
	sum := &Factors{W: make([]*mat.Dense, n)}
	if n == 1 {
		sum.W[0] = mat.DenseCopyOf(s.W[0])
		f.addTo(sum.W[0], 1)
		return sum
	}
	for j, w := range s.W {
		rows, cols := w.Dims()
		wide := rows
		if j < n-1 {
			wide += 2
		}
		tall := cols
		if j > 0 {
			tall += 2
		}
		g := mat.NewDense(wide, tall, nil)
		g.Slice(0, rows, 0, cols).(*mat.Dense).Copy(w)
		switch {
		case j == 0:
			for c, b := range f.col {
				g.Set(rows, c, 1)
				g.Set(rows+1, c, b)
			}
		case j == n-1:
			for i, a := range f.row {
				g.Set(i, cols, f.mean+a)
				g.Set(i, cols+1, 1)
			}
		default:
			g.Set(rows, cols, 1)
			g.Set(rows+1, cols+1, 1)
		}
		sum.W[j] = g
	}
	return sum
}

// residuals returns the observations minus the biases.
func (f *biasFit) residuals(o *Observations) *Observations {
	r := &Observations{rows: o.rows, cols: o.cols, start: o.start, col: o.col, value: make([]float64, o.Len())}
	for k, e := range o.All() {
		r.value[k] = e.Value - f.at(e.Row, e.Col)
	}
	return r
}
