package mc

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// BiScale lets a solver work on centred and scaled rows and columns,
//
//	w_ij = μ + αᵢ + β_j + τᵢγ_j·s_ij,
//
// where μ is the mean of the observed entries and S the solver's estimate from the standardised
// entries (b_ij − μ − αᵢ − β_j)/(τᵢγ_j). Over the observed entries of each row and of each column
// these have mean 0 and mean square 1 (Hastie, Mazumder, Lee, Zadeh 2015, section 6, by their
// method of moments).
//
// The scales are bounded below, as centres may fit a few entries exactly: the scale of a row or
// column with n observed entries is at least √σ·min(1/2, 4/n), with σ the root mean square of the
// centred entries. Rows and columns are treated alike. A row without observed entries has αᵢ = 0
// and τᵢ = √σ, and its estimate is μ + β_j where S is 0 there; [Unobserved] names such rows and
// columns.
//
// Scales are iterated until they change by at most 1e-10, or by 1e-3 where they approach their
// bounds slowly, as with columns of very different units. If they do not settle, the run ends with
// an error before its first step. It takes [Observations].
//
// Observers see W and its errors, without the solver's penalty. Certificates of the standardised
// entries are left out. Losses of a [Path] are those of S, which with CenterOnly are those of W.
type BiScale struct {
	// Solver of the standardised entries. It must be given.
	Solver Solver
	// CenterOnly leaves out the scales, ScaleOnly the mean and the centres. At most one may be set.
	CenterOnly, ScaleOnly bool
}

// Validate says what is wrong with the settings.
func (b BiScale) Validate() error {
	switch {
	case b.Solver == nil:
		return fmt.Errorf("mc: BiScale.Solver is nil; " +
			"name the solver of the standardised entries, such as SoftImpute{}")
	case b.CenterOnly && b.ScaleOnly:
		return fmt.Errorf("mc: BiScale.CenterOnly and BiScale.ScaleOnly are both true; " +
			"one of them must be false")
	}
	return CheckRanges(b)
}

// TargetRank returns the rank that the solver is given, 0 if none.
func (b BiScale) TargetRank() int { return TargetRank(b.Solver) }

// Solve fits centres and scales, then lets the solver run. The Result is that of the solver,
// transformed back. If it has *[Factors], they become those of W: two more hidden units carry the
// centres.
func (b BiScale) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(b.Validate(), p.Validate(), takesLoss(b, p)); err != nil {
		return nil, err
	}
	o, err := entriesOf("mc: BiScale", p)
	if err != nil {
		return nil, err
	}
	data, unit := unitObservations(o)
	standard, err := standardize(ctx, data, data.value, !b.ScaleOnly, !b.CenterOnly)
	if err != nil {
		return nil, fmt.Errorf("mc: BiScale: %w", err)
	}
	if b.CenterOnly { // what is left keeps its units
		kernel.Scale(unit, data.value, data.value)
		kernel.Scale(1/unit, standard.rows.scale, standard.rows.scale)
	}
	inner := Problem{Train: data}
	if p.Test != nil {
		test, ok := p.Test.(*Observations)
		if !ok {
			return nil, fmt.Errorf("mc: BiScale: Problem.Test is %T; it must be *mc.Observations", p.Test)
		}
		scaled := *test
		scaled.value = make([]float64, test.Len())
		for k, e := range test.All() {
			scaled.value[k] = standard.forward(e.Row, e.Col, e.Value/unit)
		}
		inner.Test = &scaled
	}
	if p.Truth != nil {
		inner.Truth = mat.DenseCopyOf(p.Truth)
		inner.Truth.Apply(func(i, j int, x float64) float64 {
			return standard.forward(i, j, x/unit)
		}, inner.Truth)
	}
	outside := standard.outer(unit)
	outside.problem, outside.config = p, b
	if b.CenterOnly {
		outside.loss = func(inner float64) float64 { return inner }
	}
	result, err := b.Solver.Solve(ctx, inner, outside.watch(observers)...)
	if result == nil {
		return nil, err
	}
	if err := linearIn("BiScale", b.Solver, result); err != nil {
		return nil, err
	}
	before := *result
	result.Details = outside.details(&before, data)
	if result.W != nil {
		result.W = outside.matrix(result.W)
	}
	f := Detail[*Factors](result)
	switch {
	case result.W != nil:
		result.Loss = loss(make([]float64, o.Len()), o, result.W)
	case f != nil:
		result.Loss = newThinPoint(f).held.loss(dataTerm{on: o})
	default:
		return nil, fmt.Errorf("mc: BiScale: a %d×%d matrix is too large to be formed, and the estimate of %s has "+
			"no factors", o.rows, o.cols, nameOf(b.Solver))
	}
	if err == nil && !finite(result.Loss) {
		result.Status = Unfinished
		err = fmt.Errorf("mc: BiScale: the training loss is %v: %w; scale the data", result.Loss, ErrDiverged)
	}
	result.judge(o)
	return result, err
}

// standardization holds the centres and the scales.
type standardization struct {
	mean       float64
	rows, cols lineModel
}

// lineModel is the centres and the scales of the rows, or of the columns.
type lineModel struct{ center, scale []float64 }

// forward returns a standardised entry, backward the entry.
func (s *standardization) forward(i, j int, x float64) float64 {
	return (x - s.mean - s.rows.center[i] - s.cols.center[j]) / (s.rows.scale[i] * s.cols.scale[j])
}

func (s *standardization) backward(i, j int, x float64) float64 {
	return s.mean + s.rows.center[i] + s.cols.center[j] + s.rows.scale[i]*s.cols.scale[j]*x
}

// outer transforms back, and multiplies by unit.
func (s *standardization) outer(unit float64) *outer {
	biases := &biasFit{mean: unit * s.mean, row: make([]float64, len(s.rows.center)),
		col: make([]float64, len(s.cols.center))}
	kernel.Axpy(unit, s.rows.center, biases.row)
	kernel.Axpy(unit, s.cols.center, biases.col)
	return &outer{
		matrix: func(z *mat.Dense) *mat.Dense {
			w := mat.DenseCopyOf(z) // which the solver may share with its factors
			w.Apply(func(i, j int, x float64) float64 { return unit * s.backward(i, j, x) }, w)
			return w
		},
		factors: func(f *Factors) *Factors {
			scaled := f.Clone()
			top, bottom := scaled.W[len(scaled.W)-1], scaled.W[0]
			top.Apply(func(i, _ int, x float64) float64 { return unit * s.rows.scale[i] * x }, top)
			bottom.Apply(func(_, j int, x float64) float64 { return s.cols.scale[j] * x }, bottom)
			return biases.with(scaled)
		},
		model: func(m *Model) bool { return s.backModel(m, unit) },
		scale: func(i, j int) float64 { return unit * s.rows.scale[i] * s.cols.scale[j] },
	}
}

// backModel makes the model of standardised entries that of the data. It reports false for one with
// neighbours, whose rows and columns have no scales.
func (s *standardization) backModel(m *Model, unit float64) bool {
	if m.Neighbours > 0 {
		return false
	}
	rank := 0
	if m.X != nil {
		_, rank = m.X.Dims()
	}
	x, y := mat.NewDense(len(s.rows.scale), rank+2, nil), mat.NewDense(len(s.cols.scale), rank+2, nil)
	centers, scales := 0.0, 0.0
	for i, scale := range s.rows.scale {
		row := x.RawRowView(i)
		if rank > 0 {
			copy(row, m.X.RawRowView(i))
		}
		row[rank], row[rank+1] = m.Mean, 1
		if m.RowBias != nil {
			row[rank] += m.RowBias[i]
		}
		kernel.Scale(unit*scale, row, row)
		scales += scale * scale
		centers += s.rows.center[i] * s.rows.center[i]
	}
	for j, scale := range s.cols.scale {
		row := y.RawRowView(j)
		if rank > 0 {
			copy(row, m.Y.RawRowView(j))
		}
		row[rank] = 1
		if m.ColBias != nil {
			row[rank+1] = m.ColBias[j]
		}
		kernel.Scale(scale, row, row)
	}
	if m.RowLambda = m.Lambda; centers > 0 {
		m.RowLambda *= scales / centers
	}
	m.X, m.Y, m.ColScale = x, y, slices.Clone(s.cols.scale)
	if m.Mean == 0 && m.RowBias == nil && rank > 0 {
		m.X, m.Y = mat.DenseCopyOf(x.Slice(0, len(s.rows.scale), 0, rank)),
			mat.DenseCopyOf(y.Slice(0, len(s.cols.scale), 0, rank))
	}
	m.Mean, m.RowBias, m.ColBias = unit*s.mean, make([]float64, len(s.rows.center)), make([]float64, len(s.cols.center))
	kernel.Axpy(unit, s.rows.center, m.RowBias)
	kernel.Axpy(unit, s.cols.center, m.ColBias)
	return true
}

// Centres and scales settle once a round changes none of them by more than 1e-10, most often within
// 100 rounds. Where scales slowly approach their bounds, as where columns have very different
// units, rounds from quickRounds to slowRounds accept a little more each, up to a change of 1e-3.
const quickRounds, slowRounds, standardRounds = 200, 1000, 20_000

// settledChange is what round t of the scales accepts.
func settledChange(t int) float64 {
	return 1e-10 * math.Pow(1e7, min(1, float64(max(0, t-quickRounds))/(slowRounds-quickRounds)))
}

// leastScale bounds the scale of a row or column with n observed entries, in units of √σ. The fewer
// there are, the more of their spread may have gone into the centres.
func leastScale(n float64) float64 { return min(0.5, 4/n) }

// standardize fits centres and scales and replaces the values, which are of size 1, by standardised
// ones. In each round the rows take half of the step that would give them mean 0 and mean square 1
// with the columns held, and the columns, at the same time, with the rows held. Neither comes
// first, so that transposed values give transposed centres and scales. For centres alone, and for
// scales alone (in their logarithms), each round lowers a convex function, of which half steps are
// the average of two exact minimisations.
//
// Once the context is done it returns what it has.
func standardize(
	ctx context.Context, o *Observations, values []float64, center, scale bool,
) (*standardization, error) {
	line := func(n int) lineModel {
		m := lineModel{make([]float64, n), make([]float64, n)}
		for i := range m.scale {
			m.scale[i] = 1
		}
		return m
	}
	s := &standardization{rows: line(o.rows), cols: line(o.cols)}
	// Beside a large offset the spread of the values is small; centres are fitted without it.
	offset, unit, rest := 0.0, 1.0, values
	if center {
		offset, unit, rest = withoutOffset(values)
		s.mean = meanOf(rest)
		s.fitCenters(ctx, o, rest)
		exact := func(int) float64 { return 1e-10 }
		if !s.settle(ctx, o, exact, func() float64 { return s.stepCenters(o, rest) }) {
			return nil, fmt.Errorf("the centres of rows and columns do not settle in %d rounds", standardRounds)
		}
	}
	squares := 0.0
	for k, e := range o.All() {
		r := s.forward(e.Row, e.Col, rest[k])
		squares += r * r
	}
	spread := math.Sqrt(math.Sqrt(squares / float64(len(rest)))) // τᵢ = γ_j of entries that are alike
	scaled := scale && spread > 1e-4                             // else centres fit, but for their accuracy
	if scaled {
		for _, m := range []lineModel{s.rows, s.cols} {
			for i := range m.scale {
				m.scale[i] = spread
			}
		}
		round := func() float64 {
			change := s.stepScales(o, rest, spread)
			if center {
				change = max(change, s.stepCenters(o, rest))
			}
			return change
		}
		if !s.settle(ctx, o, settledChange, round) {
			return nil, fmt.Errorf("the scales of rows and columns do not settle in %d rounds; center them only",
				standardRounds)
		}
	}
	s.mean = offset + unit*s.mean
	for _, m := range []lineModel{s.rows, s.cols} {
		kernel.Scale(unit, m.center, m.center)
		if scaled {
			kernel.Scale(math.Sqrt(unit), m.scale, m.scale)
		}
	}
	for k, e := range o.All() {
		values[k] = s.forward(e.Row, e.Col, values[k])
	}
	return s, nil
}

// withoutOffset returns the mean of the values, and what is left of them in a unit that makes the
// largest of it 1.
func withoutOffset(values []float64) (offset, unit float64, rest []float64) {
	offset, rest = meanOf(values), make([]float64, len(values))
	for k, x := range values {
		rest[k] = x - offset
		unit = max(unit, math.Abs(rest[k]))
	}
	if unit <= 1e-13*math.Abs(offset) || unit == 0 { // they differ by rounding
		unit = 1
	}
	kernel.Scale(1/unit, rest, rest)
	return offset, unit, rest
}

// fitCenters sets the centres to the least-squares fit of unscaled values, by conjugate gradients
// preconditioned so that they end where the rounds of stepCenters do, also where that is not the
// only fit.
func (s *standardization) fitCenters(ctx context.Context, o *Observations, values []float64) {
	count := make([]float64, o.rows+o.cols)
	residual := make([]float64, len(values))
	for k, e := range o.All() {
		count[e.Row]++
		count[o.rows+e.Col]++
		residual[k] = values[k] - s.mean
	}
	least := linalg.LeastSquares{
		Apply: func(dst, x []float64) {
			for k, e := range o.All() {
				dst[k] = x[e.Row] + x[o.rows+e.Col]
			}
		},
		Adjoint: func(dst, y []float64) {
			clear(dst)
			for k, e := range o.All() {
				dst[e.Row] += y[k]
				dst[o.rows+e.Col] += y[k]
			}
		},
		Precondition: func(dst, g []float64) {
			for i, n := range count {
				dst[i] = g[i] / max(n, 1)
			}
		},
	}
	// Relative to the values and not to the first step, which is rounding where they are centred.
	x, squares := make([]float64, len(count)), kernel.Dot(residual, residual)
	least.Solve(x, residual, 2*len(x), func(_ []float64, rho float64) bool {
		return rho <= 1e-26*squares || ctx.Err() != nil
	})
	copy(s.rows.center, x)
	copy(s.cols.center, x[o.rows:])
}

// settle goes through rounds, the first of them accelerated, until round t changes no more than
// accepted(t), or the context is done.
func (s *standardization) settle(
	ctx context.Context, o *Observations, accepted func(t int) float64, round func() float64,
) bool {
	state := make([]float64, 2*(o.rows+o.cols))
	parts := [][]float64{s.rows.center, s.cols.center, s.rows.scale, s.cols.scale}
	save := func(dst []float64) {
		for _, p := range parts {
			dst = dst[copy(dst, p):]
		}
	}
	move := make([]float64, len(state))
	fixed := linalg.NewAnderson(len(state), 5, 1)
	for t := range standardRounds {
		save(state)
		if round() <= accepted(t) || ctx.Err() != nil {
			return true
		}
		if t < 30 || accepted(t) > 1e-5 || t >= standardRounds/2 { // most data settle at once; slow scales do without
			continue
		}
		save(move)
		kernel.Axpy(-1, state, move)
		fixed.Next(state, move)
		if scales := state[o.rows+o.cols:]; slices.Min(scales) > 0 {
			at := state
			for _, p := range parts {
				at = at[copy(p, at):]
			}
		} else { // the combination leaves the range
			fixed.Forget()
		}
	}
	return false
}

// stepCenters takes half of the way to means of 0 of the standardised entries, weighted by the
// scales of the other side, and returns the largest change.
func (s *standardization) stepCenters(o *Observations, values []float64) float64 {
	rowSum, rowWeight := make([]float64, o.rows), make([]float64, o.rows)
	colSum, colWeight := make([]float64, o.cols), make([]float64, o.cols)
	gamma := reciprocals(s.cols.scale)
	for i, tau := range reciprocals(s.rows.scale) {
		center := s.mean + s.rows.center[i]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			j := o.col[k]
			r := values[k] - center - s.cols.center[j]
			rowSum[i], rowWeight[i] = rowSum[i]+gamma[j]*r, rowWeight[i]+gamma[j]
			colSum[j], colWeight[j] = colSum[j]+tau*r, colWeight[j]+tau
		}
	}
	change := 0.0
	half := func(center, sum, weight []float64) {
		for i, w := range weight {
			if w > 0 {
				step := sum[i] / w / 2
				center[i] += step
				change = max(change, math.Abs(step))
			}
		}
	}
	half(s.rows.center, rowSum, rowWeight)
	half(s.cols.center, colSum, colWeight)
	return change
}

// stepScales takes half of the way, in logarithms, to mean squares of 1 of the standardised
// entries, and returns the largest relative change.
func (s *standardization) stepScales(o *Observations, values []float64, spread float64) float64 {
	rowSum, rowCount := make([]float64, o.rows), make([]float64, o.rows)
	colSum, colCount := make([]float64, o.cols), make([]float64, o.cols)
	gamma := reciprocals(s.cols.scale)
	for i, tau := range reciprocals(s.rows.scale) {
		center := s.mean + s.rows.center[i]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			j := o.col[k]
			x := (values[k] - center - s.cols.center[j]) * tau * gamma[j]
			rowSum[i], rowCount[i] = rowSum[i]+x*x, rowCount[i]+1
			colSum[j], colCount[j] = colSum[j]+x*x, colCount[j]+1
		}
	}
	change := 0.0
	half := func(scale, sum, count []float64) {
		for i, n := range count {
			if n > 0 {
				next := max(spread*leastScale(n), scale[i]*math.Sqrt(math.Sqrt(sum[i]/n)))
				change = max(change, math.Abs(next/scale[i]-1))
				scale[i] = next
			}
		}
	}
	half(s.rows.scale, rowSum, rowCount)
	half(s.cols.scale, colSum, colCount)
	return change
}

func reciprocals(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = 1 / v
	}
	return y
}
