package mc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// ErrCold is the error of a prediction for a row or a column without observed entries.
var ErrCold = errors.New("no observed entries")

// A Model is a fit that predicts single entries. No rows × cols matrix is formed,
//
//	w_ij = μ + aᵢ + b_j + xᵢ·y_j,
//
// or, with Neighbours, μ + aᵢ + b_j plus the weighted mean of [ItemKNN]. [Fit] and [NewModel] make
// one; package data saves and loads it.
//
// Where row i or column j has no observed entries, xᵢ·y_j means nothing and is left out. Without
// biases, the mean of the other one's observed entries takes its place: of column j for a row i
// without entries, of row i for a column j, and of all entries if both have none.
//
// A Model may be used by several goroutines at once. Its fields must not be changed after the first
// prediction, except Lo and Hi, and these only before several goroutines share it.
type Model struct {
	// Observed are the entries that were fitted, with the names of rows and columns.
	Observed *Observations
	// Mean μ, RowBias a and ColBias b. Both biases are nil if the model has none.
	Mean             float64
	RowBias, ColBias []float64
	// X (rows × k) and Y (cols × k). Both are nil if the model has no factors.
	X, Y *mat.Dense
	// Lambda is the ridge of x in [Model.FoldIn], RowLambda that of a. PerEntry multiplies both by
	// the number of entries of the row.
	Lambda, RowLambda float64
	PerEntry          bool
	// ColScale are the scales of columns, by which their residuals are divided in [Model.FoldIn].
	// Nil: all are 1.
	ColScale []float64
	// Neighbours is K of [ItemKNN], 0 for a model without neighbours; Shrinkage is its own.
	Neighbours int
	Shrinkage  float64
	// Lo and Hi bound predictions. Both 0, or equal: there are no bounds.
	Lo, Hi float64

	once             sync.Once
	rowMean, colMean []float64 // of observed entries; NaN without any
	mean             float64   // likewise
	residuals, users *Observations
	mutex            sync.Mutex
	last             *ModelRow // of a model with neighbours
	lastRow          int
}

// A Prediction is an entry that was not observed.
type Prediction struct {
	// Label and Index of the column.
	Label string
	Index int
	Value float64
}

// Fit runs the solver on the observed entries and returns the fit as a model. The error of a run
// that diverged or was cancelled is that of the solver, without a model.
func Fit(ctx context.Context, s Solver, o *Observations, observers ...Observer) (*Model, error) {
	if s == nil || o == nil {
		return nil, fmt.Errorf("mc: Fit: the solver is %v and the observations are %v; both must be given", s, o)
	}
	r, err := s.Solve(ctx, Problem{Train: o}, observers...)
	if err != nil {
		return nil, err
	}
	return NewModel(o, r)
}

// nested is the detail of a solver that runs another one on data of its own.
type nested struct {
	train *Observations
	inner *Result
	wrap  func(*Model) bool // makes the model of inner that of the result, if there is one
}

// NewModel returns the result of a solver that fitted the observed entries as a model. Biases,
// neighbours and factors of [BiasedALS], [Biases], [Mean], [ItemKNN] and [Debiased] are kept. The W
// = U·Σ·Vᵀ of any other result is split into
//
//	X = U·√rows  and  Y = V·Σ/√rows,
//
// without the singular values that are zero to rounding. Then x has mean square 1 and Lambda is the
// training loss, the ridge that is best for entries of that noise and x of that size.
func NewModel(o *Observations, r *Result) (*Model, error) {
	if o == nil || r == nil {
		return nil, fmt.Errorf("mc: NewModel: the observations are %v and the result is %v; both must be given", o, r)
	}
	m := Detail[*Model](r)
	switch n := Detail[*nested](r); {
	case m != nil:
		m = m.fresh()
	case n != nil:
		inner, err := NewModel(n.train, n.inner)
		if err != nil {
			return nil, err
		}
		if m = inner; n.wrap(m) {
			break
		}
		if m, err = decomposed(r.W, nil); err != nil {
			return nil, err
		}
		m.Lambda = r.Loss
	default:
		factors := Detail[*Factors](r)
		var err error
		if m, err = decomposed(r.W, factors); err != nil {
			return nil, err
		}
		m.Lambda = r.Loss
	}
	m.Observed = o
	return m, m.Validate()
}

// fresh returns a model with the same fields, which has predicted nothing yet.
func (m *Model) fresh() *Model {
	return &Model{
		Observed: m.Observed, Mean: m.Mean, RowBias: slices.Clone(m.RowBias), ColBias: slices.Clone(m.ColBias),
		X: m.X, Y: m.Y, Lambda: m.Lambda, RowLambda: m.RowLambda, PerEntry: m.PerEntry,
		ColScale: slices.Clone(m.ColScale), Neighbours: m.Neighbours, Shrinkage: m.Shrinkage, Lo: m.Lo, Hi: m.Hi,
	}
}

// decomposed returns the model of a matrix, or of a product of factors.
func decomposed(w *mat.Dense, f *Factors) (*Model, error) {
	if f != nil && f.Depth() == 1 {
		w, f = f.W[0], nil
	}
	var u, v kernel.Matrix
	var sigma []float64
	switch {
	case f != nil:
		l, r := (&thinProduct{factors: f}).sides()
		var p linalg.Product
		if !p.Decompose(l, r, min(l.Rows, l.Cols, r.Rows)) {
			return nil, fmt.Errorf("mc: NewModel: the factors are not finite: %w", ErrDiverged)
		}
		u, sigma, v = p.U, p.Sigma, p.V
	case w != nil:
		var svd kernel.SVD
		if !svd.Factorize(w.RawMatrix()) {
			return nil, fmt.Errorf("mc: NewModel: W is not finite: %w", ErrDiverged)
		}
		u, sigma, v = svd.U, svd.Sigma, svd.V
	default:
		return nil, fmt.Errorf("mc: NewModel: the result has neither W nor *Factors")
	}
	rank := 1
	for rank < len(sigma) && sigma[rank] > float64(max(u.Rows, v.Rows))*0x1p-52*sigma[0] {
		rank++
	}
	root := math.Sqrt(float64(u.Rows))
	m := &Model{X: mat.NewDense(u.Rows, rank, nil), Y: mat.NewDense(v.Rows, rank, nil)}
	m.X.Apply(func(i, c int, _ float64) float64 { return root * u.Data[i*u.Stride+c] }, m.X)
	m.Y.Apply(func(j, c int, _ float64) float64 { return sigma[c] / root * v.Data[j*v.Stride+c] }, m.Y)
	return m, nil
}

// Validate says which field does not fit the others, or has a number that is not finite.
func (m *Model) Validate() error {
	if m.Observed == nil {
		return fmt.Errorf("mc: Model.Observed is nil; it must be the entries that were fitted")
	}
	rows, cols := m.Observed.Dims()
	side := func(name string, bias []float64, x *mat.Dense, n int) error {
		if bias != nil && len(bias) != n {
			return fmt.Errorf("mc: Model.%sBias has %d numbers; the matrix is %d×%d", name, len(bias), rows, cols)
		}
		if !kernel.Finite(bias) {
			return fmt.Errorf("mc: Model.%sBias has a number that is not finite", name)
		}
		if x == nil {
			return nil
		}
		if r, _ := x.Dims(); r != n || !finiteMatrix(x.RawMatrix()) {
			return fmt.Errorf("mc: Model: the factors of the %ss are %d; they must be %d and finite", name, r, n)
		}
		return nil
	}
	if err := first(side("Row", m.RowBias, m.X, rows), side("Col", m.ColBias, m.Y, cols)); err != nil {
		return err
	}
	if m.ColScale != nil && (len(m.ColScale) != cols || !kernel.Finite(m.ColScale) || !(slices.Min(m.ColScale) > 0)) {
		return fmt.Errorf("mc: Model.ColScale must have %d numbers above 0, one per column", cols)
	}
	if (m.RowBias == nil) != (m.ColBias == nil) || (m.X == nil) != (m.Y == nil) {
		return fmt.Errorf("mc: Model: rows and columns must both have biases, or neither; the same holds for factors")
	}
	if m.X != nil {
		_, kx := m.X.Dims()
		if _, ky := m.Y.Dims(); kx != ky {
			return fmt.Errorf("mc: Model.X has %d columns and Model.Y has %d; they must be equal", kx, ky)
		}
	}
	for _, x := range []struct {
		name  string
		value float64
	}{{"Lambda", m.Lambda}, {"RowLambda", m.RowLambda}, {"Shrinkage", m.Shrinkage},
		{"Neighbours", float64(m.Neighbours)}} {
		if !(x.value >= 0) || math.IsInf(x.value, 0) {
			return fmt.Errorf("mc: Model.%s is %v; it must be at least 0", x.name, x.value)
		}
	}
	if m.Neighbours > 0 && (m.X != nil || m.RowBias == nil) {
		return fmt.Errorf("mc: Model.Neighbours is %d; such a model has biases and no factors", m.Neighbours)
	}
	if !finite(m.Mean) || !(m.Lo <= m.Hi) || !finite(m.Lo) || !finite(m.Hi) {
		return fmt.Errorf("mc: Model.Mean is %v, Lo %v and Hi %v; they must be finite, and Lo at most Hi", m.Mean,
			m.Lo, m.Hi)
	}
	return nil
}

// prepare computes what predictions need besides the fields.
func (m *Model) prepare() {
	m.once.Do(func() {
		o := m.Observed
		m.rowMean, m.colMean = make([]float64, o.rows), make([]float64, o.cols)
		row, col := make([]float64, o.rows), make([]float64, o.cols)
		for _, e := range o.All() {
			row[e.Row]++
			col[e.Col]++
			m.rowMean[e.Row] += (e.Value - m.rowMean[e.Row]) / row[e.Row]
			m.colMean[e.Col] += (e.Value - m.colMean[e.Col]) / col[e.Col]
		}
		for i, n := range row {
			if n == 0 {
				m.rowMean[i] = math.NaN()
			}
		}
		for j, n := range col {
			if n == 0 {
				m.colMean[j] = math.NaN()
			}
		}
		m.mean = meanOf(o.value)
		if m.Neighbours > 0 {
			fit := &biasFit{mean: m.Mean, row: m.RowBias, col: m.ColBias}
			m.residuals = fit.residuals(o)
			m.users = m.residuals.transposed()
		}
	})
}

// Dims returns the shape of the matrix.
func (m *Model) Dims() (rows, cols int) { return m.Observed.Dims() }

// At returns the prediction for row i and column j, counted from 0. It panics if they are out of
// range.
func (m *Model) At(i, j int) float64 {
	rows, cols := m.Dims()
	if i < 0 || i >= rows || j < 0 || j >= cols {
		panic(fmt.Sprintf("mc: Model.At: entry (%d, %d) is outside the %d×%d matrix", i, j, rows, cols))
	}
	row := m.row(i)
	return row.held(row.at(j))
}

// Predict returns the prediction for a row and a column by their labels. Where one of them has no
// observed entries, the value is that of [Model] for this case, and the error names the row or the
// column and wraps [ErrCold].
func (m *Model) Predict(row, col string) (float64, error) {
	r, err := m.Row(row)
	if r == nil {
		return math.NaN(), err
	}
	value, colErr := r.Predict(col)
	return value, first(colErr, err)
}

// TopN returns the n columns with the largest predictions for a row, the largest first; fewer if
// there are not so many. With exclude, the observed entries of the row are left out. Columns
// without observed entries always are. Predictions may lie outside of the scale of the ratings
// unless Lo and Hi bound them. The error is that of [Model.Predict].
func (m *Model) TopN(row string, n int, exclude bool) ([]Prediction, error) {
	r, err := m.Row(row)
	if r == nil {
		return nil, err
	}
	top, topErr := r.TopN(n, exclude)
	return top, first(topErr, err)
}

// Cold returns the labels of the rows and of the columns without observed entries.
func (m *Model) Cold() (rows, cols []string) {
	m.prepare()
	for i, mean := range m.rowMean {
		if math.IsNaN(mean) {
			rows = append(rows, m.Observed.rowIndex.Label(i))
		}
	}
	for j, mean := range m.colMean {
		if math.IsNaN(mean) {
			cols = append(cols, m.Observed.colIndex.Label(j))
		}
	}
	return rows, cols
}

// Row returns the row with the label. For a row without observed entries it also returns an error,
// which wraps [ErrCold].
func (m *Model) Row(label string) (*ModelRow, error) {
	i, ok := m.Observed.rowIndex.Find(label)
	if !ok || i >= m.Observed.rows {
		return nil, fmt.Errorf("mc: Model: there is no row %q; there are %d, from %q to %q", label, m.Observed.rows,
			m.Observed.rowIndex.Label(0), m.Observed.rowIndex.Label(m.Observed.rows-1))
	}
	r := m.row(i)
	if r.cold {
		return r, fmt.Errorf("mc: Model: row %q: %w", label, ErrCold)
	}
	return r, nil
}

// A ModelRow is a row of a [Model], or a new one from [Model.FoldIn].
type ModelRow struct {
	// Bias a and X of the row; X is nil without factors, and belongs to the model.
	Bias float64
	X    []float64

	model    *Model
	all      []float64 // estimates of a model with neighbours
	observed []int32   // columns, ascending
	mean     float64   // of the observed entries
	cold     bool
}

// row returns row i.
func (m *Model) row(i int) *ModelRow {
	m.prepare()
	if m.Neighbours > 0 {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		if m.last != nil && m.lastRow == i {
			return m.last
		}
	}
	o := m.Observed
	r := &ModelRow{model: m, observed: o.col[o.start[i]:o.start[i+1]], mean: m.rowMean[i],
		cold: math.IsNaN(m.rowMean[i])}
	if m.RowBias != nil {
		r.Bias = m.RowBias[i]
	}
	if m.X != nil {
		r.X = m.X.RawRowView(i)
	}
	if m.Neighbours > 0 {
		r.all = m.neighbours(i, r.Bias, r.observed, m.residuals.value[o.start[i]:o.start[i+1]])
		m.last, m.lastRow = r, i
	}
	return r
}

// neighbours returns the estimates for a row with these residuals; i is its number, −1 if it is
// new.
func (m *Model) neighbours(i int, bias float64, cols []int32, residuals []float64) []float64 {
	search := newNeighbourhood(m.residuals, m.users, m.Neighbours, m.Shrinkage)
	all := make([]float64, m.Observed.cols)
	for j, b := range m.ColBias {
		all[j] = m.Mean + bias + b
	}
	search.addTo(all, i, cols, residuals)
	return all
}

// FoldIn returns a row that is not in the matrix, given its values in some columns. With the
// columns of the model held it minimises, over the bias a and x,
//
//	Σ_j (v_j − μ − a − b_j − x·y_j)²/γ_j² + RowLambda·a² + Lambda·‖x‖²,
//
// with γ the ColScale, and finds the neighbours of the row in a model that has them. Columns
// without observed entries cannot be given.
func (m *Model) FoldIn(values map[string]float64) (*ModelRow, error) {
	m.prepare()
	if len(values) == 0 {
		return nil, fmt.Errorf("mc: Model.FoldIn: there are no values; at least one must be given")
	}
	r := &ModelRow{model: m}
	for label := range values {
		j, ok := m.Observed.colIndex.Find(label)
		switch value := values[label]; {
		case !ok || j >= m.Observed.cols:
			return nil, fmt.Errorf("mc: Model.FoldIn: there is no column %q", label)
		case math.IsNaN(m.colMean[j]):
			return nil, fmt.Errorf("mc: Model.FoldIn: column %q: %w", label, ErrCold)
		case !finite(value):
			return nil, fmt.Errorf("mc: Model.FoldIn: the value of column %q is %v; leave an unknown entry out",
				label, value)
		}
		r.observed = append(r.observed, int32(j))
	}
	slices.Sort(r.observed)
	given := make([]float64, len(r.observed))
	residuals := make([]float64, len(r.observed))
	for k, j := range r.observed {
		given[k] = values[m.Observed.colIndex.Label(int(j))]
		residuals[k] = given[k] - m.Mean
		if m.ColBias != nil {
			residuals[k] -= m.ColBias[j]
		}
	}
	r.mean = meanOf(given)
	if err := m.ridge(r, residuals); err != nil {
		return nil, err
	}
	if m.Neighbours > 0 {
		for k := range residuals {
			residuals[k] -= r.Bias
		}
		r.all = m.neighbours(-1, r.Bias, r.observed, residuals)
	}
	return r, nil
}

// ridge sets the bias and x of a row from what its entries leave without them.
func (m *Model) ridge(r *ModelRow, residuals []float64) error {
	biases, rank := 0, 0
	if m.RowBias != nil {
		biases = 1
	}
	if m.Y != nil {
		_, rank = m.Y.Dims()
	}
	width := biases + rank
	if width == 0 {
		return nil
	}
	normal, x, row := kernel.NewMatrix(width, width), make([]float64, width), make([]float64, width)
	for k, j := range r.observed {
		if biases > 0 {
			row[0] = 1
		}
		if rank > 0 {
			copy(row[biases:], m.Y.RawRowView(int(j)))
		}
		weight := 1.0
		if m.ColScale != nil {
			weight = 1 / (m.ColScale[j] * m.ColScale[j])
		}
		for c, v := range row {
			kernel.Axpy(weight*v, row[:c+1], normal.Data[c*normal.Stride:c*normal.Stride+c+1])
		}
		kernel.Axpy(weight*residuals[k], row, x)
	}
	times := 1.0
	if m.PerEntry {
		times = float64(len(residuals))
	}
	largest, least := 0.0, math.Inf(1)
	for c := range width {
		ridge := m.Lambda * times
		if c < biases {
			ridge = m.RowLambda * times
		}
		least = min(least, ridge)
		normal.Data[c*normal.Stride+c] += ridge
		largest = max(largest, normal.Data[c*normal.Stride+c])
	}
	shift := 0.0
	if least < 1e-12*largest { // fewer entries than unknowns are solved for with hardly any ridge
		shift = 1e-12 * largest
	}
	if largest == 0 { // the factors of all these columns are 0, and so is x
		shift = 1
	}
	if !linalg.Factor(normal, shift) {
		return fmt.Errorf("mc: Model.FoldIn: the equations of the row overflow; scale the data: %w", ErrDiverged)
	}
	linalg.Forward(normal, x)
	linalg.Backward(normal, x)
	if biases > 0 {
		r.Bias = x[0]
	}
	if rank > 0 {
		r.X = x[biases:]
	}
	return nil
}

// at returns the prediction for column j, not yet held within the scale.
func (r *ModelRow) at(j int) float64 {
	m := r.model
	cold := math.IsNaN(m.colMean[j])
	switch {
	case r.all != nil:
		return r.all[j]
	case m.X != nil && m.RowBias == nil && (cold || r.cold):
		switch {
		case !r.cold:
			return r.mean
		case !cold:
			return m.colMean[j]
		}
		return m.mean
	}
	v := m.Mean + r.Bias
	if m.ColBias != nil {
		v += m.ColBias[j]
	}
	if m.X != nil && !cold && !r.cold {
		v += kernel.Dot(r.X, m.Y.RawRowView(j))
	}
	return v
}

// held returns v within the scale.
func (r *ModelRow) held(v float64) float64 {
	if lo, hi := r.model.Lo, r.model.Hi; lo < hi {
		return min(max(v, lo), hi)
	}
	return v
}

// Predict returns the prediction for a column by its label. For a column without observed entries
// it also returns an error, which wraps [ErrCold].
func (r *ModelRow) Predict(col string) (float64, error) {
	o := r.model.Observed
	j, ok := o.colIndex.Find(col)
	if !ok || j >= o.cols {
		return math.NaN(), fmt.Errorf("mc: Model: there is no column %q; there are %d, from %q to %q", col, o.cols,
			o.colIndex.Label(0), o.colIndex.Label(o.cols-1))
	}
	value := r.held(r.at(j))
	if math.IsNaN(r.model.colMean[j]) {
		return value, fmt.Errorf("mc: Model: column %q: %w", col, ErrCold)
	}
	return value, nil
}

// TopN returns the n columns with the largest predictions, as [Model.TopN] does. Predictions that
// the scale makes equal keep their order; others that are equal stand in the order of the columns.
func (r *ModelRow) TopN(n int, exclude bool) ([]Prediction, error) {
	if n < 1 {
		return nil, fmt.Errorf("mc: Model.TopN: n is %d; it must be at least 1", n)
	}
	m := r.model
	var all []Prediction
	for j := range m.Observed.cols {
		if math.IsNaN(m.colMean[j]) {
			continue
		}
		if _, is := slices.BinarySearch(r.observed, int32(j)); is && exclude {
			continue
		}
		all = append(all, Prediction{Index: j, Value: r.at(j)})
	}
	slices.SortStableFunc(all, func(a, b Prediction) int { return cmp.Compare(b.Value, a.Value) })
	all = all[:min(n, len(all))]
	for k := range all {
		all[k].Label, all[k].Value = m.Observed.colIndex.Label(all[k].Index), r.held(all[k].Value)
	}
	return all, nil
}
