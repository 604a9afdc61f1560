package mc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// Compare finds out which methods suit the data: each is tuned by [Tune] on the training entries of
// a split, and measured on the others, which neither training nor tuning looks at. The test entries
// of the splits are disjoint, a tenth of all each. All methods with an error are measured on the
// same splits: a split counts once every method that did the earlier ones has ended on it.
type Compare struct {
	// Time that all methods may take together. Default one minute. In the first split a method may
	// take half of an even share of the time left; a method that takes longer is given up.
	Time time.Duration
	// Splits is the largest number of splits, up to 10. Fewer are done if the time left is too
	// short for all methods.
	Splits int `default:"6" range:"[1, 10]"`
	// Contenders to compare. Default [Contenders].
	Contenders []Contender
	// Seed of the splits.
	Seed uint64
}

// A Contender is a method with the settings it is tuned over.
type Contender struct {
	Name string
	// Candidates are the method at each of its settings; Settings describes each in words.
	Candidates []Solver
	Settings   []string
}

// A Standing is what a [Compare] found about one method.
type Standing struct {
	Method string
	// RMSE on held-out entries, the median over splits, and its interval from Lo to Hi, see
	// [MedianInterval]. All are NaN if no split was done.
	RMSE, Lo, Hi float64
	// Splits is the number of splits done; the interval over them has the Confidence.
	Splits     int
	Confidence float64
	// Setting that was chosen in the first split.
	Setting string
	// Time per split, in seconds.
	Seconds float64
	// Note says why there is no RMSE.
	Note string

	tune   Tune
	errors []float64
}

// A Comparison is the outcome of a [Compare].
type Comparison struct {
	// Standings, the least RMSE first, methods without one last.
	Standings []Standing
	// Hints about the data, see [Hints].
	Hints []string
}

// Best returns the method with the least RMSE, to be tuned anew on all entries, as by [Fit].
func (c *Comparison) Best() Solver {
	if len(c.Standings) == 0 {
		return nil
	}
	return c.Standings[0].tune
}

// Standing returns that of a method; its Method is empty if there is none.
func (c *Comparison) Standing(method string) Standing {
	for _, s := range c.Standings {
		if s.Method == method {
			return s
		}
	}
	return Standing{}
}

// Hints lists the properties of the data that make predictions meaningless or poor: values that are
// all equal, data of one class, zeros that may stand for unknown, fewer entries than a matrix of
// rank 1 has degrees of freedom, rows + cols − 1, and rows or columns without entries.
func Hints(o *Observations) []string {
	var hints []string
	lo, hi := slices.Min(o.value), slices.Max(o.value)
	switch {
	case lo == hi && lo == 1:
		hints = append(hints, "all observed entries are 1: data of one class say nothing of what is not 1; "+
			"add entries of 0, such as a sample of those that are not there")
	case lo == hi:
		hints = append(hints, fmt.Sprintf("all observed entries are %v: the constant fits them", lo))
	case lo == 0 && hi > 2:
		zeros := 0
		for _, v := range o.value {
			if v == 0 {
				zeros++
			}
		}
		if 2*zeros > o.Len() {
			hints = append(hints, fmt.Sprintf("%d of %d observed entries are 0: if 0 stands for unknown, as in a "+
				"matrix of ratings, leave them out, of a file of text by data.Table{Unknown: []string{\"0\"}}",
				zeros, o.Len()))
		}
	}
	if free := o.rows + o.cols - 1; o.Len() < free {
		hints = append(hints, fmt.Sprintf("%d entries are fewer than the %d degrees of freedom of a %d×%d "+
			"matrix of rank 1: few methods can beat the biases; leave out rows and columns with few entries",
			o.Len(), free, o.rows, o.cols))
	}
	rows, cols := (&Model{Observed: o}).Cold()
	if len(rows)+len(cols) > 0 {
		hints = append(hints, fmt.Sprintf("%d rows and %d columns have no observed entries: nothing is known "+
			"of them", len(rows), len(cols)))
	}
	return hints
}

// Contenders returns a dozen methods of different kinds, with settings that fit the data.
func Contenders(o *Observations) []Contender {
	z := *o
	mean := meanOf(o.value)
	z.value = make([]float64, o.Len())
	squares := 0.0
	for k, v := range o.value {
		z.value[k] = v - mean
		squares += (v - mean) * (v - mean)
	}
	// The λ above which SoftImpute of standardised data is 0.
	most := 1.0
	if squares > 0 && finite(squares) {
		most = 2 * z.largest() / (math.Sqrt(squares/float64(o.Len())) * float64(o.Len()))
	}
	deep := func(depth, steps int) Solver {
		return DeepMF{Depth: depth, Hidden: min(10, o.rows, o.cols), Optimizer: Adam{LearningRate: 1e-2}, Steps: steps}
	}
	// The penalty of Zhao (2022) on one matrix.
	ratio := func(lambda float64) Solver {
		return DeepMF{Depth: 1, Penalty: Ratio{Smoothing: 1e-3, Polar: Fast}, Lambda: lambda,
			Optimizer: Adam{LearningRate: 3e-2}, Schedule: Cosine{}, Steps: 1000}
	}
	soft := func(wrap func(Solver) Solver) func(float64) Solver {
		return func(x float64) Solver { return wrap(SoftImpute{Lambda: x * most}) }
	}
	own := func(s Solver) Solver { return Standardized{Solver: s} }
	debiased := func(s Solver) Solver {
		return Standardized{Solver: Debiased{Biases: Biases{RowLambda: 1, ColLambda: 1}, Solver: s}}
	}
	scaled := func(s Solver) Solver { return BiScale{Solver: s} }
	lambdas, ranks := []float64{0.5, 0.2, 0.1, 0.05, 0.02, 0.01}, []float64{}
	for _, r := range []float64{1, 2, 4, 8, 16} {
		if int(r) <= min(o.rows, o.cols) {
			ranks = append(ranks, r)
		}
	}
	steps := []float64{100, 300, 1000}
	biasedALS := Contender{Name: "biased ALS"}
	for _, rank := range []int{3, 10} {
		for _, lambda := range []float64{0.01, 0.03, 0.1, 0.2} {
			biasedALS.Candidates = append(biasedALS.Candidates, own(BiasedALS{Rank: rank, Lambda: lambda}))
			biasedALS.Settings = append(biasedALS.Settings, fmt.Sprintf("rank %d, λ %v", rank, lambda))
		}
	}
	return []Contender{
		{Name: "mean", Candidates: []Solver{Mean{}}, Settings: []string{""}},
		contender("biases", "λ", []float64{0.1, 1, 3, 10},
			func(x float64) Solver { return Biases{RowLambda: x, ColLambda: x} }),
		contender("soft impute", "λ/λmax", lambdas, soft(own)),
		contender("soft impute after biases", "λ/λmax", lambdas, soft(debiased)),
		contender("soft impute, scaled rows and columns", "λ/λmax", lambdas, soft(scaled)),
		contender("ALS", "rank", ranks, func(x float64) Solver { return own(ALS{Rank: int(x), Steps: 200}) }),
		contender("ALS, scaled rows and columns", "rank", ranks,
			func(x float64) Solver { return scaled(ALS{Rank: int(x), Steps: 200}) }),
		biasedALS,
		contender("ratio with Adam, depth 1", "λ", []float64{0.01, 0.1, 0.3},
			func(x float64) Solver { return own(ratio(x)) }),
		contender("depth 2 after biases", "steps", steps,
			func(x float64) Solver { return debiased(deep(2, int(x))) }),
		contender("depth 3 after biases", "steps", steps,
			func(x float64) Solver { return debiased(deep(3, int(x))) }),
		contender("neighbouring rows", "shrinkage", []float64{3, 30, 100},
			func(x float64) Solver { return ItemKNN{Shrinkage: x} }),
	}
}

// contender makes one of the values of a setting.
func contender(name, setting string, values []float64, solver func(float64) Solver) Contender {
	c := Contender{Name: name, Candidates: Candidates(values, solver)}
	for _, v := range values {
		c.Settings = append(c.Settings, fmt.Sprintf("%s %v", setting, v))
	}
	return c
}

// Run compares the methods on the observed entries. Show, which may be nil, is called after each
// method with what is known so far. If the context is cancelled, it returns the comparison so far,
// or an error if there is none.
func (c Compare) Run(ctx context.Context, o *Observations, show func(*Comparison)) (*Comparison, error) {
	if o == nil {
		return nil, fmt.Errorf("mc: Compare: the observations are nil")
	}
	if c.Time < 0 {
		return nil, fmt.Errorf("mc: Compare.Time is %v; it must be positive, or 0 for a minute", c.Time)
	}
	if err := CheckRanges(c); err != nil {
		return nil, err
	}
	if c.Contenders != nil && len(c.Contenders) == 0 {
		return nil, fmt.Errorf("mc: Compare.Contenders is empty; name at least one, or leave it nil for a dozen")
	}
	if o.Len() < 20 {
		return nil, fmt.Errorf("mc: Compare: there are %d observed entries; it takes 20", o.Len())
	}
	c.Splits = Resolved(struct {
		Splits int `default:"6"`
	}{c.Splits}).Splits
	contenders := c.Contenders
	if contenders == nil {
		contenders = Contenders(o)
	}
	for k, m := range contenders {
		if err := (Tune{Candidates: m.Candidates}).Validate(); err != nil {
			return nil, fmt.Errorf("mc: Compare.Contenders[%d]: %w", k, err)
		}
	}
	splits, err := Tune{Folds: 10, Seed: c.Seed}.splits(Problem{Train: o})
	if err != nil {
		return nil, err
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Time, time.Minute))
	defer cancel()
	deadline, _ := ctx.Deadline()
	result := &Comparison{Hints: Hints(o)}
	standings := make([]Standing, len(contenders))
	for k, m := range contenders {
		standings[k] = Standing{Method: m.Name, tune: Tune{Candidates: m.Candidates, Seed: c.Seed + 1}}
		standings[k].fail("not yet run")
	}
	for s, split := range splits[:c.Splits] {
		next, needed := slices.Clone(standings), 0.0
		for _, at := range next {
			needed += 1.2 * at.Seconds
		}
		if time.Until(deadline).Seconds() < needed {
			break
		}
		for k := range next {
			left := time.Until(deadline)
			switch {
			case left <= 0 || next[k].Splits < s: // given up
			case s > 0:
				next[k].measure(ctx, split, left, contenders[k].Settings)
			default:
				next[k].measure(ctx, split, left/time.Duration(2*(len(next)-k)), contenders[k].Settings)
				result.rank(next, show)
			}
		}
		if s > 0 && ctx.Err() != nil { // not all methods did this split
			break
		}
		standings = next
		if s > 0 {
			result.rank(standings, show)
		}
	}
	switch {
	case len(result.Standings) > 0 && !math.IsNaN(result.Standings[0].RMSE):
	case caller.Err() != nil:
		return nil, fmt.Errorf("mc: Compare: stopped before a method ended: %w", stopped(caller))
	case ctx.Err() == nil:
		return nil, fmt.Errorf("mc: Compare: no method gave an estimate; %s: %s", standings[0].Method,
			standings[0].Note)
	default:
		return nil, fmt.Errorf("mc: Compare: no method ended within %v; allow more time", cmp.Or(c.Time, time.Minute))
	}
	return result, nil
}

// largest returns the largest singular value of the observed entries, zero elsewhere, to a
// millionth or so.
func (o *Observations) largest() float64 {
	y, v, rng := make([]float64, o.rows), make([]float64, o.cols), random.New(0, random.Lanczos)
	for j := range v {
		v[j] = rng.NormFloat64()
	}
	squared := linalg.Lanczos{Tolerance: 1e-6, Least: 5, Most: 30, Apply: func(dst, v []float64) {
		clear(y)
		clear(dst)
		for _, e := range o.All() {
			y[e.Row] += e.Value * v[e.Col]
		}
		for _, e := range o.All() {
			dst[e.Col] += e.Value * y[e.Row]
		}
	}}
	return math.Sqrt(squared.Largest(v).Value)
}

// rank sorts the standings, and shows them.
func (c *Comparison) rank(standings []Standing, show func(*Comparison)) {
	c.Standings = slices.Clone(standings)
	slices.SortStableFunc(c.Standings, func(a, b Standing) int {
		if math.IsNaN(a.RMSE) || math.IsNaN(b.RMSE) { // cmp.Compare puts NaN first
			return cmp.Compare(b.Splits, a.Splits)
		}
		return cmp.Compare(a.RMSE, b.RMSE)
	})
	if show != nil {
		show(c)
	}
}

// measure runs a method on a split within a time.
func (s *Standing) measure(ctx context.Context, split Problem, share time.Duration, settings []string) {
	ctx, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	began := time.Now()
	r, err := s.tune.Solve(ctx, split)
	if err == nil && ctx.Err() != nil { // the tuning was cut short
		err = stopped(ctx)
	}
	took := time.Since(began).Seconds()
	if err != nil {
		s.fail(err.Error())
		if ctx.Err() != nil {
			s.fail(fmt.Sprintf("did not end within %.1f s", share.Seconds()))
		}
		if errors.Is(err, context.Canceled) {
			s.fail("was stopped")
		}
		return
	}
	if len(s.errors) == 0 {
		s.Note = ""
		if chosen := Detail[*Selection](r).Chosen; chosen < len(settings) {
			s.Setting = settings[chosen]
		}
	}
	s.errors = append(s.errors, math.Sqrt(r.Metrics(split).Test))
	v, err := MedianInterval(s.errors)
	if err != nil { // a NaN
		s.fail(err.Error())
		return
	}
	s.RMSE, s.Lo, s.Hi, s.Confidence, s.Splits = v.Median, v.Lo, v.Hi, v.Confidence, v.N
	s.Seconds = max(s.Seconds, took)
}

// fail gives a method up.
func (s *Standing) fail(note string) {
	nan := math.NaN()
	*s = Standing{Method: s.Method, RMSE: nan, Lo: nan, Hi: nan, Note: note, tune: s.tune}
}
