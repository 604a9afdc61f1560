package mc

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// SoftImpute completes a matrix by alternately imputing the unobserved entries and
// soft-thresholding the singular values,
//
//	W ← S_τ(P(b) + P⊥(W)),   τ = nλ/2,
//
// where P keeps the n observed entries and S_τ subtracts τ from each singular value, which
// minimises
//
//	‖A(W) − b‖²/n + λ‖W‖_*,
//
// the objective of a [DeepMF] of depth 1 with [Nuclear]; the λ of the paper is τ. Mazumder, Hastie,
// Tibshirani (2010), algorithm 1. The matrix on the right is the sum of a sparse one and one of low
// rank, and is never formed: as Hastie, Mazumder, Lee, Zadeh (2015), algorithm 3.1, W = U·D·Vᵀ
// takes half steps by ridge regression,
//
//	V·D ← (Eᵀ·U + V·D)·D(D + τ)⁻¹,   then   U·D ← (E·V + U·D)·D(D + τ)⁻¹,   E = P(b − W),
//
// for orthonormal U and V. The steps taken are these regressions for A = U√D and B = V√D, see
// sweep, which need no decomposition; Anderson acceleration (Walker and Ni 2011) combines the last
// of them, and a combination that raises the objective is dropped. Columns of U and V are added
// where E has singular values above τ beyond their span, so that the rank need not be guessed:
// without a cap that binds, the minimum is the global one.
//
// A step without acceleration reduces the error by a fraction of about n/(rows·cols): the fewer
// entries are observed and the smaller λ is, the more steps it takes.
//
// It goes from the λ above which W = 0 down to Lambda, each run a warm start from the last. It
// takes [Observations], and matrices too large to be formed: their *[Factors] are a [Detail] of the
// Result.
//
// It is equivariant in units by default; a Lambda is absolute. Without Center it is not equivariant
// under a shift: it does not centre its data.
type SoftImpute struct {
	// Lambda is λ. Default a hundredth of 2‖A*(b)‖₂/n, above which W = 0.
	Lambda float64 `default:"none" range:"[0, inf)"`
	// Path is the number of λ, down to Lambda and evenly spaced in their logarithm; 1 goes to
	// Lambda at once. The [Path] is a [Detail] of the Result.
	Path int `default:"10" range:"[1, inf)"`
	// Rank is a cap on the rank. Default none. Where it binds, the problem is no longer convex, and
	// the result may depend on the initialisation.
	Rank int `range:"[0, inf)"`
	// Center subtracts αᵢ + β_j, Scale divides by τᵢγ_j, so that the observed entries of each row
	// and of each column have mean 0 and mean square 1 (biScale of Hastie et al. 2015, section 6);
	// the completion is transformed back. With Scale, λ is that of the scaled problem, and does not
	// depend on units. Default neither.
	Center, Scale bool
	// Debias replaces D, at the end, by the least-squares fit to the observed entries with U and V
	// held, as λ makes singular values too small.
	Debias bool
	// Steps is the limit over the whole path.
	Steps int `default:"5000" range:"[1, inf)"`
	// Tolerance ends the run for a λ once a step changes W by no more than this fraction of its
	// norm; the run is Converged once the last λ is done.
	Tolerance float64 `default:"1e-5" range:"[0, inf)"`
	// Seed of the search for singular vectors.
	Seed uint64
}

// A Path has the end of a [SoftImpute] run at each λ, from the largest to the last. It is a
// [Detail] of its Result.
type Path []PathPoint

// A PathPoint is the end of a run for one λ.
type PathPoint struct {
	Lambda float64
	// Rank of W, and the steps up to here.
	Rank, Steps int
	// Loss is the mean squared residual of Train; Test the mean squared error over unobserved
	// entries, nil where it is not known.
	Loss float64
	Test *float64
}

// TargetRank returns Rank, the cap.
func (s SoftImpute) TargetRank() int { return s.Rank }

// Validate says which field is wrong, if one is.
func (s SoftImpute) Validate() error {
	return first(CheckRanges(s), notZero("SoftImpute.Lambda", s.Lambda, "a hundredth of the largest that is of use"))
}

// Solve follows the path from W = 0, or from αᵢ + β_j. Its Details are the *[Factors] of W and the
// [Path].
func (s SoftImpute) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &imputation{SoftImpute: Resolved(s)}
	return Iterate(ctx, s, p, run, Limits{Steps: run.Steps}, observers...)
}

// Follows reports whether the other solver is a SoftImpute with the same settings but for a larger
// λ, and no cap on the rank, so that both minima are unique in value.
func (s SoftImpute) Follows(other Solver) bool {
	o, ok := other.(SoftImpute)
	if !ok || s.Rank > 0 || !(s.Lambda > 0 && s.Lambda < o.Lambda) {
		return false
	}
	o.Lambda = s.Lambda
	return o == s
}

// SolveFrom begins with the W of start, which may be the Result of any solver for a matrix of this
// shape, and follows the part of the path below the λ of start, or takes Lambda alone.
func (s SoftImpute) SolveFrom(
	ctx context.Context, start *Result, p Problem, observers ...Observer,
) (*Result, error) {
	run := &imputation{SoftImpute: Resolved(s), from: cmp.Or(start, &Result{})}
	return Iterate(ctx, s, p, run, Limits{Steps: run.Steps}, observers...)
}

// testError returns the mean squared error over unobserved entries, or nil if it is not known.
func testError(p Problem, at *Point) *float64 {
	var test float64
	switch n := p.unobserved(); {
	case p.Test != nil:
		test = at.held.loss(p.testTerm())
	case p.Truth != nil && at.estimate() != nil && n > 0:
		sum, _ := squaredErrors(p, at.estimate())
		test = sum / float64(n)
	default:
		return nil
	}
	return &test
}

// andersonMemory is the number of past iterates that accelerate the steps for a λ.
const andersonMemory = 6

// imputation is a run of SoftImpute, on values that are centred, scaled, and divided by unit, the
// largest that is left.
type imputation struct {
	SoftImpute
	from      *Result // where the run begins, nil for W = 0
	at        *State
	o         *Observations
	entries   *kernel.Sparse
	values    []float64
	residual  []float64 // E at the observed entries
	unit      float64
	lambdaIn  float64          // what λ is in units of: unit, or 1 with Scale
	standard  *standardization // nil if the values are neither centred nor scaled
	u, v      kernel.Matrix    // padded
	d         []float64
	lambda    float64   // τ
	path      []float64 // τ and those that follow
	cap       int
	before    float64 // the last τ
	fresh     bool    // λ has just begun
	level     float64 // tolerance that columns of U and V come and go at: the last is Tolerance
	factors   *Factors
	pair      []float64 // A and B of W = A·Bᵀ during the steps for a λ, nil at their ends
	room      []float64 // memory of the pair
	move      []float64
	plain     []float64 // the pair after a step without acceleration
	objective float64   // at the pair
	fixed     *linalg.Anderson
	cholesky  linalg.Cholesky
	work      regression
	product   linalg.Product
	svd       kernel.SVD
	search    kernel.Matrix // where singular vectors beyond U and V are looked for, cols × a multiple of 8
	source    *rand.PCG
	rng       *rand.Rand
}

func (run *imputation) Start(ctx context.Context, s *State) error {
	o, err := s.entries()
	if err != nil {
		return err
	}
	*run = imputation{
		SoftImpute: run.SoftImpute, at: s, o: o, entries: kernel.NewSparse(o.rows, o.cols, o.start, o.col),
		values: make([]float64, o.Len()), residual: make([]float64, o.Len()),
		cap: min(o.rows, o.cols), fixed: linalg.NewAnderson(0, andersonMemory, 1),
		source: random.Source(run.Seed, random.Init), from: run.from,
	}
	run.rng = rand.New(run.source)
	if run.Rank > 0 {
		run.cap = min(run.cap, run.Rank)
	}
	for _, b := range o.value {
		run.unit = max(run.unit, math.Abs(b))
	}
	if run.unit == 0 {
		run.unit = 1
	}
	if run.lambdaIn = run.unit; run.Scale {
		run.lambdaIn = 1
	}
	for k, b := range o.value { // 1/unit may overflow
		run.values[k] = b / run.unit
	}
	if run.Center || run.Scale {
		var err error
		if run.standard, err = standardize(ctx, o, run.values, run.Center, run.Scale); err != nil {
			return fmt.Errorf("mc: SoftImpute: %w", err)
		}
	}
	run.factors = &Factors{W: make([]*mat.Dense, 2)}
	copy(run.residual, run.values)
	if ctx.Err() == nil {
		run.plan(run.Lambda, run.Path)
		if err := run.begin(); err != nil {
			return err
		}
	}
	run.estimate()
	if tooLarge(o.rows, o.cols) {
		s.Point = newThinPoint(run.factors)
	} else {
		s.Point = newSampledPoint(o.rows, o.cols, func(w *mat.Dense) {
			kernel.Gemm(false, false, 1, run.factors.W[1].RawMatrix(), run.factors.W[0].RawMatrix(), 0, w.RawMatrix())
		})
	}
	if run.standard == nil {
		s.Penalty = Nuclear{}
	}
	s.From, s.Advice, s.Details = run.from, "scale the data", []any{run.factors, Path(nil)}
	return nil
}

func (run *imputation) Loss() (float64, error) {
	run.estimate()
	run.at.Lambda = 2 * run.lambda * run.lambdaIn / float64(run.o.Len())
	return run.loss(), nil
}

// Converged reports whether the last λ of the path is done.
func (run *imputation) Converged() bool { return len(run.path) == 0 }

func (run *imputation) Step(context.Context) error {
	if !run.step() {
		return nil
	}
	s := run.at
	end := PathPoint{Lambda: s.Lambda, Rank: len(run.d), Steps: s.Index + 1, Loss: run.loss()}
	if s.Problem.Test != nil || s.Problem.Truth != nil {
		run.estimate()
		s.Point.Changed()
		end.Test = testError(s.Problem, s.Point)
	}
	s.Details[1] = append(s.Details[1].(Path), end)
	return nil
}

// Finish replaces the singular values by those that fit best, if that is asked for.
func (run *imputation) Finish() {
	if run.Debias {
		run.balance()
		run.debias()
		run.estimate()
	}
}

// plan sets the path.
func (run *imputation) plan(lambda float64, points int) {
	_, sigma, _ := run.beyond()
	if sigma[0] == 0 {
		return // W = 0 fits
	}
	last := 0.01 * sigma[0]
	if lambda > 0 {
		last = lambda / 2 * float64(run.o.Len()) / run.lambdaIn
	}
	if last >= sigma[0] {
		points = 1 // W = 0
	}
	for k := range points {
		run.path = append(run.path, last*math.Pow(sigma[0]/last, float64(points-1-k)/float64(points)))
	}
	run.before, run.lambda, run.fresh = sigma[0], run.path[0], true
}

// begin sets U, D and V to those of the W to begin with, if there is one, and leaves the part of
// the path out that this W is the end of.
func (run *imputation) begin() error {
	if run.from == nil || len(run.path) == 0 {
		return nil
	}
	l, r, err := sidesOf(run.from, run.o.rows, run.o.cols)
	if err != nil {
		return fmt.Errorf("mc: SoftImpute: %w", err)
	}
	if l, r = run.standardized(l, r); !run.product.Decompose(l, r, min(run.cap, l.Cols, r.Rows)) {
		return fmt.Errorf("mc: SoftImpute: the W to start from is not finite; it must be")
	}
	width := 0
	for width < len(run.product.Sigma) && run.product.Sigma[width] > 1e-10*run.product.Sigma[0] {
		width++
	}
	run.widen(width)
	linalg.CopyRows(run.u, linalg.Columns(run.product.U, width))
	linalg.CopyRows(run.v, linalg.Columns(run.product.V, width))
	copy(run.d, run.product.Sigma)
	run.update()

	last := run.path[len(run.path)-1]
	if path := Detail[Path](run.from); len(path) > 0 {
		last = path[len(path)-1].Lambda / 2 * float64(run.o.Len()) / run.lambdaIn
	}
	for len(run.path) > 1 && run.path[0] >= last*(1-1e-9) {
		run.path = run.path[1:]
	}
	run.lambda = run.path[0]
	run.before = max(run.lambda, last)
	return nil
}

// standardized returns the factors of W in the units and with the centres of the values.
func (run *imputation) standardized(l, r kernel.Matrix) (kernel.Matrix, kernel.Matrix) {
	width, standard := l.Cols, run.standard
	if standard != nil {
		width += 2
	}
	left, right := kernel.NewMatrix(l.Rows, width), kernel.NewMatrix(r.Rows, width)
	linalg.CopyRows(left, l)
	linalg.CopyRows(right, r)
	for i := range left.Rows {
		row := left.Data[i*width : (i+1)*width]
		for c := range row {
			row[c] /= run.unit
		}
		if standard != nil {
			row[width-2], row[width-1] = -standard.mean-standard.rows.center[i], -1
			kernel.Scale(1/standard.rows.scale[i], row, row)
		}
	}
	for j := 0; j < right.Rows && standard != nil; j++ {
		row := right.Data[j*width : (j+1)*width]
		row[width-2], row[width-1] = 1, standard.cols.center[j]
		kernel.Scale(1/standard.cols.scale[j], row, row)
	}
	return left, right
}

// step takes a step, and reports whether it was the last for its λ, so that the next begins.
func (run *imputation) step() bool {
	if run.fresh {
		// E is that of the last τ, above which it has most of its singular values; those far below
		// would vanish again.
		run.grow(math.Sqrt(run.before / run.lambda))
		run.fresh, run.level = false, max(run.Tolerance, min(1e-3, 100*run.Tolerance))
	}
	if change, size := run.sweep(); change > run.level*size {
		return false
	}
	run.balance()
	run.threshold()
	run.drop()
	switch {
	case run.grow(1):
		return false
	case run.level > run.Tolerance:
		run.level = max(run.Tolerance, run.level/10)
		return false
	}
	run.path = run.path[1:]
	if len(run.path) > 0 {
		run.before, run.lambda, run.fresh = run.lambda, run.path[0], true
	}
	return true
}

// sweep is a step at fixed λ, and returns by how much it would change W without acceleration, and
// the norm of W. It is that of the ridge regressions
//
//	B ← B + (Eᵀ·A − τB)·(AᵀA + τ)⁻¹,   then   A ← A + (E·B − τA)·(BᵀB + τ)⁻¹
//
// for W = A·Bᵀ, which are those of the doc comment for A = U√D, B = V√D, but need no decomposition.
// Their fixed-point iteration is accelerated, see [linalg.Anderson].
func (run *imputation) sweep() (change, size float64) {
	width := len(run.d)
	if width == 0 {
		return 0, 0
	}
	if run.pair == nil {
		run.spread()
	}
	a, b := run.sides(run.pair)
	copy(run.move, run.pair)
	nextA, nextB := run.sides(run.move)
	changeB := run.half(run.entries.TransTimes, nextB, a, run.work.gramA)
	run.residue(a, nextB)
	changeA := run.half(run.entries.Times, nextA, nextB, run.work.gramB)
	size = math.Sqrt(max(0, kernel.Dot(run.work.gramA.Data, run.work.gramB.Data)))
	copy(run.plain, run.move)
	kernel.Axpy(-1, run.pair, run.move)
	run.fixed.Next(run.pair, run.move)
	run.residue(a, b)
	before := run.objective
	if run.measure(); !(run.objective <= before) { // the plain step never raises it
		copy(run.pair, run.plain)
		run.fixed.Forget()
		run.residue(a, b)
		run.measure()
	}
	return math.Sqrt(max(0, changeA+changeB)), size
}

// measure sets the objective ½‖E‖² + τ(‖A‖² + ‖B‖²)/2.
func (run *imputation) measure() {
	squares := kernel.Dot(run.residual, run.residual)
	run.objective = squares/2 + run.lambda/2*kernel.Dot(run.pair, run.pair)
}

// half regresses one side on the other, which is held. It returns the square of the change of W and
// sets gram to the Gram matrix of the other side.
func (run *imputation) half(product func(dst kernel.Matrix, values []float64, held kernel.Matrix), side,
	held, gram kernel.Matrix) (change float64) {
	width, work, root := side.Cols, &run.work, run.work.root
	kernel.Syrk(true, 1, held, 0, gram)
	copy(work.left.Data, gram.Data)
	clear(root.Data)
	for c := range width {
		work.left.Data[c*width+c] += run.lambda
		root.Data[c*width+c] = 1
	}
	if !run.cholesky.Factorize(work.left) {
		run.residual[0] = math.NaN() // the loss will say so
		return 0
	}
	run.cholesky.SolveRight(root)
	kernel.Syrk(false, 1, root, 0, work.inverse)
	slope, move := top(work.slope, side.Rows), top(work.move, side.Rows)
	product(slope, run.residual, held)
	kernel.Axpy(-run.lambda, side.Data, slope.Data[:len(side.Data)])
	kernel.Gemm(false, false, 1, slope, work.inverse, 0, move)
	// ‖move·heldᵀ‖² = ⟨move, move·gram⟩, where move·(gram + τ) is the slope.
	change = kernel.Dot(move.Data, slope.Data) - run.lambda*kernel.Dot(move.Data, move.Data)
	kernel.Axpy(1, move.Data[:len(side.Data)], side.Data)
	return change
}

// top returns the first rows of m.
func top(m kernel.Matrix, rows int) kernel.Matrix {
	m.Rows, m.Data = rows, m.Data[:rows*m.Stride]
	return m
}

// regression is the memory of half: slope and move are as high as the higher side.
type regression struct {
	slope, move         kernel.Matrix // padded
	left, root, inverse kernel.Matrix // width × width
	gramA, gramB        kernel.Matrix
}

func (r *regression) resize(height, width int) {
	if r.left.Rows == width {
		return
	}
	r.slope, r.move = kernel.NewPadded(height, width), kernel.NewPadded(height, width)
	for _, m := range []*kernel.Matrix{&r.left, &r.root, &r.inverse, &r.gramA, &r.gramB} {
		*m = linalg.Sized(*m, width, width)
	}
}

// sides are the A and B that a pair holds, one after the other.
func (run *imputation) sides(pair []float64) (a, b kernel.Matrix) {
	a, b = run.u, run.v
	a.Data, b.Data = pair[:len(a.Data)], pair[len(a.Data):]
	return a, b
}

// spread sets the pair to A = U√D, B = V√D.
func (run *imputation) spread() {
	length := len(run.u.Data) + len(run.v.Data)
	run.pair = linalg.Resized(run.room, length)
	run.room, run.move, run.plain = run.pair, linalg.Resized(run.move, length), linalg.Resized(run.plain, length)
	clear(run.pair) // its padding
	run.fixed.Resize(length)
	run.work.resize(max(run.o.rows, run.o.cols), len(run.d))
	a, b := run.sides(run.pair)
	for c, d := range run.d {
		root := math.Sqrt(d)
		for i := range a.Rows {
			a.Data[i*a.Stride+c] = root * run.u.Data[i*run.u.Stride+c]
		}
		for j := range b.Rows {
			b.Data[j*b.Stride+c] = root * run.v.Data[j*run.v.Stride+c]
		}
	}
	run.measure()
}

// balance sets U, D and V to the decomposition of the pair, which it drops.
func (run *imputation) balance() {
	if run.pair == nil {
		return
	}
	a, b := run.sides(run.pair)
	run.pair = nil
	if !run.product.Decompose(a, b, len(run.d)) {
		run.residual[0] = math.NaN() // the loss will say so
		return
	}
	linalg.CopyRows(run.u, run.product.U)
	linalg.CopyRows(run.v, run.product.V)
	copy(run.d, run.product.Sigma)
	width := len(run.d)
	for width > 0 && run.d[width-1] <= 1e-10*run.d[0] { // a direction that is lost may be found again
		width--
	}
	if width < len(run.d) {
		run.widen(width)
	}
	run.update()
}

// threshold sets U·D to the soft-thresholded E·V + U·D, the step of the doc comment itself, which
// makes superfluous singular values 0.
func (run *imputation) threshold() {
	width := len(run.d)
	if width == 0 {
		return
	}
	next := kernel.NewPadded(run.o.rows, width)
	run.entries.Times(next, run.residual, run.v)
	for i := range next.Rows {
		for c, d := range run.d {
			next.Data[i*next.Stride+c] += d * run.u.Data[i*run.u.Stride+c]
		}
	}
	if !run.svd.Factorize(next) {
		run.residual[0] = math.NaN() // the loss will say so
		return
	}
	turned := kernel.NewPadded(run.o.cols, width)
	kernel.Gemm(false, false, 1, run.v, run.svd.V, 0, turned)
	linalg.CopyRows(next, run.svd.U)
	run.u, run.v = next, turned
	for c, d := range run.svd.Sigma {
		run.d[c] = max(0, d-run.lambda)
	}
	run.update()
}

// residue sets the residual to that of l·rᵀ.
func (run *imputation) residue(l, r kernel.Matrix) {
	run.entries.Dots(run.residual, l, r)
	for k, b := range run.values {
		run.residual[k] = b - run.residual[k]
	}
}

// update sets the residual.
func (run *imputation) update() {
	if len(run.d) == 0 {
		copy(run.residual, run.values)
		return
	}
	run.residue(linalg.Weighted(run.u, run.d), run.v)
}

// drop removes the columns whose singular value is 0, the last ones.
func (run *imputation) drop() {
	width := len(run.d)
	for width > 0 && run.d[width-1] == 0 {
		width--
	}
	if width < len(run.d) {
		run.widen(width)
	}
}

// widen makes U and V that wide; what is new is 0.
func (run *imputation) widen(width int) {
	resize := func(m kernel.Matrix, lines int) kernel.Matrix {
		w := kernel.NewPadded(lines, width)
		for i := range m.Rows {
			copy(w.Data[i*w.Stride:i*w.Stride+width], m.Data[i*m.Stride:i*m.Stride+min(width, m.Cols)])
		}
		return w
	}
	run.u, run.v = resize(run.u, run.o.rows), resize(run.v, run.o.cols)
	run.d = append(run.d[:min(width, len(run.d))], make([]float64, max(0, width-len(run.d)))...)
}

// grow adds the singular vectors of E beyond U and V whose singular value is above factor·τ, and
// reports whether there were any.
func (run *imputation) grow(factor float64) bool {
	width := len(run.d)
	if width == run.cap {
		return false
	}
	left, sigma, right := run.beyond()
	more := 0
	for more < min(len(sigma), run.cap-width) && sigma[more] > factor*run.lambda*(1+1e-3) {
		more++
	}
	if more == 0 {
		return false
	}
	run.widen(width + more)
	for c := range more {
		run.d[width+c] = sigma[c] - run.lambda
		for i := range left.Rows {
			run.u.Data[i*run.u.Stride+width+c] = left.Data[i*left.Stride+c]
		}
		for j := range right.Rows {
			run.v.Data[j*run.v.Stride+width+c] = right.Data[j*right.Stride+c]
		}
	}
	run.update()
	return true
}

// beyond returns the leading singular triples of (I − UUᵀ)·E·(I − VVᵀ), by block power iterations
// that begin where the last ones ended.
func (run *imputation) beyond() (left kernel.Matrix, sigma []float64, right kernel.Matrix) {
	width := min(8*(1+len(run.d)/16), 8*((min(run.o.rows, run.o.cols)+7)/8))
	if had := run.search.Cols; had < width {
		wide := kernel.NewMatrix(run.o.cols, width)
		for j := range wide.Rows {
			row := wide.Data[j*width : (j+1)*width]
			if had > 0 {
				copy(row, run.search.Data[j*had:(j+1)*had])
			}
			for c := had; c < width; c++ {
				row[c] = run.rng.NormFloat64()
			}
		}
		run.search = wide
	}
	width = run.search.Cols
	left, image := kernel.NewMatrix(run.o.rows, width), kernel.NewMatrix(run.o.rows, width)
	run.without(run.v, run.search)
	before := 0.0
	for range 30 {
		linalg.Orthonormal(run.search)
		run.entries.Times(image, run.residual, run.search)
		run.without(run.u, image)
		linalg.CopyRows(left, image)
		linalg.Orthonormal(left)
		run.entries.TransTimes(run.search, run.residual, left)
		run.without(run.v, run.search)
		run.svd.Factorize(run.search) // the residual is finite
		now := run.svd.Sigma[0]
		if math.Abs(now-before) <= 1e-3*now {
			break
		}
		before = now
	}
	image.Cols = len(run.svd.Sigma)
	kernel.Gemm(false, false, 1, left, run.svd.V, 0, image)
	return image, append([]float64(nil), run.svd.Sigma...), run.svd.U
}

// without takes the projection on the columns of the orthonormal base off x.
func (run *imputation) without(base, x kernel.Matrix) {
	if len(run.d) == 0 {
		return
	}
	core := kernel.NewMatrix(base.Cols, x.Cols)
	kernel.Gemm(true, false, 1, base, x, 0, core)
	kernel.Gemm(false, false, -1, base, core, 1, x)
}

// debias sets d to the least-squares fit with U and V held, by conjugate gradients on its normal
// equations.
func (run *imputation) debias() {
	if len(run.d) == 0 {
		return
	}
	image := kernel.NewPadded(run.o.rows, len(run.d))
	least := linalg.LeastSquares{
		Apply: func(dst, d []float64) { run.entries.Dots(dst, linalg.Weighted(run.u, d), run.v) },
		Adjoint: func(dst, y []float64) {
			run.entries.Times(image, y, run.v)
			clear(dst)
			for i := range image.Rows {
				for c := range dst {
					dst[c] += image.Data[i*image.Stride+c] * run.u.Data[i*run.u.Stride+c]
				}
			}
		},
	}
	start := math.Inf(1)
	least.Solve(run.d, run.residual, 2*len(run.d), func(_ []float64, rho float64) bool {
		if math.IsInf(start, 1) {
			start = rho
		}
		return rho <= 1e-24*start
	})
	run.update()
}

// loss returns the mean squared residual in the units of the data.
func (run *imputation) loss() float64 {
	sum := 0.0
	if run.standard == nil {
		sum = kernel.Dot(run.residual, run.residual)
	} else {
		for k, e := range run.o.All() {
			r := run.residual[k] * run.standard.rows.scale[e.Row] * run.standard.cols.scale[e.Col]
			sum += r * r
		}
	}
	return run.unit * (sum / float64(len(run.residual))) * run.unit
}

// estimate sets factors to U·D and Vᵀ, scaled back, with two columns more for the centres.
func (run *imputation) estimate() {
	rank := len(run.d)
	width := max(1, rank)
	standard := run.standard
	if standard != nil {
		width = rank + 2
	}
	l, r := mat.NewDense(run.o.rows, width, nil), mat.NewDense(width, run.o.cols, nil)
	u, v, d := run.u, run.v, run.d
	if run.pair != nil {
		u, v = run.sides(run.pair)
		d = make([]float64, rank)
		for c := range d {
			d[c] = 1
		}
	}
	for i := range u.Rows {
		scale := run.unit
		if standard != nil {
			scale *= standard.rows.scale[i]
		}
		to, from := l.RawRowView(i), u.Data[i*u.Stride:]
		for c, x := range d {
			to[c] = scale * x * from[c]
		}
	}
	turned := kernel.Matrix{Rows: rank, Cols: v.Rows, Stride: v.Rows, Data: r.RawMatrix().Data[:rank*v.Rows]}
	if rank > 0 {
		kernel.Transpose(turned, v)
	}
	for c := 0; c < rank && standard != nil; c++ {
		row := r.RawRowView(c)
		for j, scale := range standard.cols.scale {
			row[j] *= scale
		}
	}
	if standard != nil {
		for i, a := range standard.rows.center {
			l.Set(i, rank, run.unit*(standard.mean+a))
			l.Set(i, rank+1, run.unit)
		}
		for j, b := range standard.cols.center {
			r.Set(rank, j, 1)
			r.Set(rank+1, j, b)
		}
	}
	run.factors.W[0], run.factors.W[1] = r, l
}

// Kept is the state that a checkpoint keeps.
func (run *imputation) Kept() []any {
	return []any{
		&run.u, &run.v, &run.d, &run.lambda, &run.path, &run.before, &run.fresh, &run.level, &run.pair, &run.objective,
		run.fixed, run.residual, &run.search, run.source, (*pathOf)(run.at),
	}
}

// Resumed makes room for the next step.
func (run *imputation) Resumed() {
	run.room, run.move, run.plain = run.pair, make([]float64, len(run.pair)), make([]float64, len(run.pair))
	run.work.resize(max(run.o.rows, run.o.cols), len(run.d))
}

// pathOf is the Path among the details of a run.
type pathOf State

func (s *pathOf) MarshalBinary() ([]byte, error) { return json.Marshal(s.Details[1]) }

func (s *pathOf) UnmarshalBinary(text []byte) error {
	var p Path
	err := json.Unmarshal(text, &p)
	s.Details[1] = p
	return err
}
