package mctest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Easy returns a completion problem of the given rank that no solver for matrices of low rank
// should fail on: four in five of the entries of a well-conditioned matrix of at least 14×11 are
// observed, without noise.
func Easy(rank int) mc.Problem {
	rows, cols := max(14, 6*rank), max(11, 5*rank)
	p, err := mc.LowRank{Rows: rows, Cols: cols, Rank: rank, Observed: 4 * rows * cols / 5,
		MinPerLine: 2*rank + 1, Seed: 1}.Problem()
	if err != nil {
		panic(fmt.Sprintf("mctest: Easy(%d): %v", rank, err)) // a rank below 1
	}
	return p
}

// A measured matrix in another order: a problem, and how its matrix comes from that of
// another.
type rearranged struct {
	problem mc.Problem
	// matrix rearranges an estimate for the original problem as the problem is.
	matrix func(w *mat.Dense) *mat.Dense
}

// transpose returns the problem of the transposed matrix.
func transpose(p mc.Problem) rearranged {
	rows, cols := p.Dims()
	return rearrange(p, cols, rows, func(i, j int) (int, int) { return j, i })
}

// permute returns the problem of the matrix with its rows and its columns shuffled.
func permute(p mc.Problem) rearranged {
	rows, cols := p.Dims()
	rng := rand.New(rand.NewPCG(3, 1))
	row, col := rng.Perm(rows), rng.Perm(cols)
	return rearrange(p, rows, cols, func(i, j int) (int, int) { return row[i], col[j] })
}

// affine returns the problem of the matrix factor·W + shift; a shift is for observed entries alone.
func affine(p mc.Problem, factor, shift float64) rearranged {
	matrix := func(w *mat.Dense) *mat.Dense {
		var moved mat.Dense
		moved.Apply(func(_, _ int, x float64) float64 { return factor*x + shift }, w)
		return &moved
	}
	measurement := func(m mc.Measurement) mc.Measurement {
		switch m := m.(type) {
		case nil:
			return nil
		case *mc.Observations:
			rows, cols := m.Dims()
			entries := m.Entries()
			for k := range entries {
				entries[k].Value = factor*entries[k].Value + shift
			}
			return observe(rows, cols, entries...).Train
		}
		rows, _ := m.Dims()
		values := append([]float64(nil), m.Values()...)
		for k := range values {
			values[k] *= factor
		}
		return faulty{m, rows, m.Len(), values}
	}
	r := rearranged{mc.Problem{Train: measurement(p.Train), Test: measurement(p.Test)}, matrix}
	if p.Truth != nil {
		r.problem.Truth = matrix(p.Truth)
	}
	return r
}

// rearrange moves entry (i, j) of the matrix to to(i, j) of a rows × cols matrix.
func rearrange(p mc.Problem, rows, cols int, to func(i, j int) (int, int)) rearranged {
	matrix := func(w *mat.Dense) *mat.Dense {
		moved := mat.NewDense(rows, cols, nil)
		r, c := w.Dims()
		for i := range r {
			for j := range c {
				a, b := to(i, j)
				moved.Set(a, b, w.At(i, j))
			}
		}
		return moved
	}
	measurement := func(m mc.Measurement) mc.Measurement {
		var moved mc.Measurement
		var err error
		switch m := m.(type) {
		case nil:
			return nil
		case *mc.Observations:
			entries := m.Entries()
			for k, e := range entries {
				entries[k].Row, entries[k].Col = to(e.Row, e.Col)
			}
			moved, err = mc.NewObservations(rows, cols, entries)
		default:
			// Any other is known by its maps, the adjoints of unit vectors.
			maps := mat.NewDense(m.Len(), rows*cols, nil)
			for k := range m.Len() {
				unit := make([]float64, m.Len())
				unit[k] = 1
				maps.SetRow(k, matrix(adjoint(m, unit)).RawMatrix().Data)
			}
			moved, err = mc.NewSensing(rows, cols, maps, append([]float64(nil), m.Values()...))
		}
		if err != nil {
			panic(err) // what was a measurement is one in another order
		}
		return moved
	}
	r := rearranged{mc.Problem{Train: measurement(p.Train), Test: measurement(p.Test)}, matrix}
	if p.Truth != nil {
		r.problem.Truth = matrix(p.Truth)
	}
	return r
}

// A foreign measurement is one whose type no solver knows.
type foreign struct{ mc.Measurement }

// A faulty measurement claims something that a solver has to refuse.
type faulty struct {
	mc.Measurement
	rows, length int
	values       []float64
}

func (f faulty) Dims() (rows, cols int) {
	_, cols = f.Measurement.Dims()
	return f.rows, cols
}
func (f faulty) Len() int          { return f.length }
func (f faulty) Values() []float64 { return f.values }

// A refusal is a problem that a solver has to refuse, and the field that its error has to name.
type refusal struct {
	name, field string
	problem     mc.Problem
}

// badProblems makes bad ones of a good one.
func badProblems(p mc.Problem) []refusal {
	rows, cols := p.Dims()
	values := func(bad float64) []float64 {
		v := append([]float64(nil), p.Train.Values()...)
		v[len(v)-1] = bad
		return v
	}
	n := p.Train.Len()
	with := func(change func(*mc.Problem)) mc.Problem {
		bad := p
		change(&bad)
		return bad
	}
	spoiltTruth := mat.NewDense(rows, cols, nil)
	spoiltTruth.Set(rows-1, cols-1, math.NaN())
	other := Easy(2).Train
	if r, c := other.Dims(); r == rows && c == cols {
		other = Easy(3).Train
	}
	return []refusal{
		{"no Train", "Train", mc.Problem{}},
		{"a Train without rows", "Train",
			with(func(q *mc.Problem) { q.Train = faulty{p.Train, 0, n, p.Train.Values()} })},
		{"a Train without measurements", "Train",
			with(func(q *mc.Problem) { q.Train = faulty{p.Train, rows, 0, nil} })},
		{"a Train with a value too few", "Train",
			with(func(q *mc.Problem) { q.Train = faulty{p.Train, rows, n, p.Train.Values()[1:]} })},
		{"a Train with NaN", "Train",
			with(func(q *mc.Problem) { q.Train = faulty{p.Train, rows, n, values(math.NaN())} })},
		{"a Train with +Inf", "Train",
			with(func(q *mc.Problem) { q.Train = faulty{p.Train, rows, n, values(math.Inf(1))} })},
		{"a Test of another shape", "Test", with(func(q *mc.Problem) { q.Test = other })},
		{"a Truth of another shape", "Truth", with(func(q *mc.Problem) { q.Truth = mat.NewDense(rows, cols+1, nil) })},
		{"a Truth with NaN", "Truth", with(func(q *mc.Problem) { q.Truth = spoiltTruth })},
	}
}

// An oddity is a problem that is right but unusual.
type oddity struct {
	name    string
	problem mc.Problem
	// overflows says that the squares of the values do.
	overflows bool
}

// observe makes a problem of entries, which must be valid.
func observe(rows, cols int, entries ...mc.Entry) mc.Problem {
	o, err := mc.NewObservations(rows, cols, entries)
	if err != nil {
		panic(err)
	}
	return mc.Problem{Train: o}
}

// changed is Easy with other values, and without the entries that are not kept.
func changed(keep func(mc.Entry) bool, value func(x float64) float64) mc.Problem {
	easy := Easy(2)
	var entries []mc.Entry
	for _, e := range easy.Train.(*mc.Observations).Entries() {
		if keep == nil || keep(e) {
			e.Value = value(e.Value)
			entries = append(entries, e)
		}
	}
	rows, cols := easy.Dims()
	return observe(rows, cols, entries...)
}

func times(factor float64) func(float64) float64 {
	return func(x float64) float64 { return factor * x }
}

func always(value float64) func(float64) float64 { return func(float64) float64 { return value } }

// emptyProblem has no entry in row 0 and in column 0.
func emptyProblem() oddity {
	inner := func(e mc.Entry) bool { return e.Row > 0 && e.Col > 0 }
	return oddity{"a row and a column without observed entries", changed(inner, times(1)), false}
}

func oddProblems() []oddity {
	truth := Easy(2).Truth
	var all, negative, falling []mc.Entry
	for i := range 6 {
		for j := range 4 {
			all = append(all, mc.Entry{Row: i, Col: j, Value: truth.At(i, j)})
			negative = append(negative, mc.Entry{Row: i, Col: j, Value: -1 - float64((i+j)%5)})
			if (i+j)%3 > 0 {
				falling = append(falling, mc.Entry{Row: i, Col: j, Value: math.Pow(10, float64(-4*i))})
			}
		}
	}
	at := func(i, j int, x float64) mc.Entry { return mc.Entry{Row: i, Col: j, Value: x} }
	return []oddity{
		{"a 1×1 matrix", observe(1, 1, at(0, 0, 3)), false},
		{"a 1×1 matrix of zero", observe(1, 1, at(0, 0, 0)), false},
		{"one observed entry", observe(4, 3, at(2, 1, -1.5)), false},
		{"one observed entry of zero", observe(4, 3, at(2, 1, 0)), false},
		{"the diagonal", observe(4, 4, at(0, 0, 1), at(1, 1, 2), at(2, 2, 3), at(3, 3, 4)), false},
		{"a matrix observed whole", observe(6, 4, all...), false},
		{"negative ratings", observe(6, 4, negative...), false},
		{"rows of size 1 to 1e-20", observe(6, 4, falling...), false},
		{"one large entry", observe(3, 3, at(0, 0, 30), at(0, 1, 1), at(1, 1, 2), at(2, 0, 1), at(2, 2, 3)), false},
		{"zeros", changed(nil, always(0)), false},
		{"one zero among ones", observe(3, 3, at(0, 0, 1), at(0, 1, 1), at(1, 0, 1), at(1, 2, 0), at(2, 1, 1)), false},
	}
}

// smallProblems are of shapes whose rank is 1 or 2.
func smallProblems() []oddity {
	at := func(i, j int, x float64) mc.Entry { return mc.Entry{Row: i, Col: j, Value: x} }
	return []oddity{
		{"a row of which half is observed", observe(1, 6, at(0, 1, 1), at(0, 2, -2), at(0, 5, 0.5)), false},
		{"a column of which half is observed", observe(6, 1, at(1, 0, 1), at(2, 0, -2), at(5, 0, 0.5)), false},
		{"a 2×5 matrix", observe(2, 5, at(0, 0, 3), at(0, 1, 1), at(0, 4, 2), at(1, 0, 5), at(1, 2, 4),
			at(1, 3, 1)), false},
		{"a 2×2 matrix observed whole", observe(2, 2, at(0, 0, 3), at(0, 1, 1), at(1, 0, 2), at(1, 1, 5)), false},
	}
}

// equalProblems have one value.
func equalProblems() []oddity {
	return []oddity{
		{"ones", changed(nil, always(1)), false},
		{"equal values", changed(nil, always(-3.7)), false},
		{"two equal values", observe(3, 3, mc.Entry{Value: 4}, mc.Entry{Row: 1, Col: 2, Value: 4}), false},
	}
}

// extremeProblems are of values near the ends of what a float64 holds.
func extremeProblems() []oddity {
	sign := func(x float64) func(float64) float64 {
		return func(v float64) float64 { return math.Copysign(x, v) }
	}
	return []oddity{
		{"values of size 1e300", changed(nil, times(1e300)), true},
		{"values of the largest size", changed(nil, sign(math.MaxFloat64)), true},
		{"values of size 1e-300", changed(nil, times(1e-300)), false},
		{"values of the smallest size", changed(nil, sign(math.SmallestNonzeroFloat64)), false},
		{"values of size 1e100", changed(nil, times(1e100)), false},
		{"values of size 1e-100", changed(nil, times(1e-100)), false},
		{"equal values of size 1e300", changed(nil, always(1e300)), true},
	}
}
