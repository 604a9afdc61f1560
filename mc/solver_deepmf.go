package mc

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// DeepMF trains a deep matrix factorisation by a gradient method,
//
//	min over W_1 … W_N of  L(W) + λ·(R(W) + R_r(W_N) + R_c(W_1)),   W = W_N ⋯ W_1,
//
// with L(W) = ‖A(W) − b‖²/n, or the [Loss] of the problem, and any of the penalties or none.
//
// Depth 1 is the linear model: the matrix itself is trained, and only the penalty and the optimiser
// keep it from fitting the observed entries and nothing else (Zhao 2022). From depth 2 on the
// factorisation regularises by itself (Gunasekar et al. 2017; Arora, Cohen, Hu, Luo 2019). It takes
// any [Measurement].
//
// It is not equivariant in units: its learning rate, its initialisation and λ are absolute. It is
// not equivariant under a shift: it does not centre its data.
type DeepMF struct {
	// Depth N, at least 1.
	Depth int `range:"[1, inf)"`
	// Hidden is the size of all N−1 hidden layers. Default min(rows, cols), which does not bound
	// the rank.
	Hidden int `range:"[0, inf)"`
	// Init is the initialisation. Default from depth 2 on: Gaussian{Scale: 1e-3}; depth prefers low
	// rank only from a small initialisation. Default at depth 1: Gaussian{Scale: 0.1}; a smaller
	// one makes the gradient of a scale-free penalty, which grows as 1/‖W‖_F, dwarf that of the
	// loss in the first steps, and momentum methods need thousands of steps to recover. For hidden
	// sizes that differ, or to continue from an earlier result, use [Given].
	Init Init
	// Penalty R on the end-to-end matrix and its weight λ, which must be given beside a penalty:
	// [Zero] for a run without it. Default none. From depth 2 on, with a Hidden below rows and
	// cols, a [SpectralPenalty] is evaluated from the factors, at (rows + cols)·Hidden² operations
	// a step, and W need not be formed.
	Penalty Penalty
	Lambda  float64 `default:"none" range:"[0, inf)"`
	// RowPenalty R_r is on the factor of the rows, W_N, and ColPenalty R_c on that of the columns,
	// W_1, with the weight λ too; [Times] gives one another weight. They need a Depth of at least
	// 2. At depth 2 SquaredFrobenius of both is twice the nuclear norm of W, where Hidden is large
	// enough (Srebro, Rennie, Jaakkola 2005). Ratio of a factor lets rows and columns without
	// observed entries grow. Default none.
	RowPenalty, ColPenalty Penalty
	// LambdaSchedule multiplies λ. Default constant. It must not be a [WatchfulSchedule].
	LambdaSchedule Schedule
	// Optimizer of the factors. Default GroupRMSProp{}, the choice of Arora et al. (2019).
	Optimizer Optimizer
	// Schedule multiplies the learning rate. Default constant.
	Schedule Schedule
	// Batch is the number of measurements, at most n, whose loss a step descends. Steps go through
	// all measurements in an order that Seed shuffles anew for each epoch; the last batch of an
	// epoch has those that are left. The gradient of a batch is scaled to be an unbiased estimate
	// of that of L. Observers, Stop and schedules still see the loss of all measurements, so that a
	// step costs no less. Measurements that are [Blocked] are counted and drawn by block. Default
	// 0: all in each step.
	Batch int
	// Steps is the limit.
	Steps int `default:"50000" range:"[1, inf)"`
	// Stop holds further rules that end the run.
	Stop Stop
	// Seed of the initialisation and of the batches.
	Seed uint64
	// Precision. Default [Double]; it may be [Single], and from depth 2 on [Mixed].
	Precision Precision
}

// Restart returns the solver with another Seed.
func (d DeepMF) Restart(k int) Solver {
	d.Seed += uint64(k)
	return d
}

// WithDefaults fills in Init and Optimizer.
func (d DeepMF) WithDefaults() any {
	if d.Init == nil {
		d.Init = Gaussian{Scale: 1e-3}
		if d.Depth == 1 {
			d.Init = Gaussian{Scale: 0.1}
		}
	}
	if d.Optimizer == nil {
		d.Optimizer = GroupRMSProp{}
	}
	return d
}

// Validate says which field is wrong, if one is.
func (d DeepMF) Validate() error {
	return first(CheckRanges(d), d.checkPenalties(),
		watchful("DeepMF.LambdaSchedule", d.LambdaSchedule), d.Precision.check("DeepMF", d.Depth),
		d.checkOptimizer())
}

// checkPenalties says what is wrong with the penalties and their weight.
func (d DeepMF) checkPenalties() error {
	name, penalty := "Penalty", d.Penalty
	for _, of := range []struct {
		name    string
		penalty Penalty
	}{{"RowPenalty", d.RowPenalty}, {"ColPenalty", d.ColPenalty}} {
		if of.penalty == nil {
			continue
		}
		if d.Depth == 1 {
			return fmt.Errorf("mc: DeepMF.%s is given at Depth 1, where W is no product of factors; name it "+
				"Penalty, or take a Depth of at least 2", of.name)
		}
		if penalty == nil {
			name, penalty = of.name, of.penalty
		}
	}
	if d.LambdaSchedule != nil && penalty == nil {
		return fmt.Errorf("mc: DeepMF.LambdaSchedule is %s but DeepMF.Penalty is nil; name the penalty, such as "+
			"Ratio{}", Describe(d.LambdaSchedule))
	}
	return checkLambda("DeepMF", d.Lambda, name, penalty)
}

// checkOptimizer refuses an optimiser that has no step in single precision.
func (d DeepMF) checkOptimizer() error {
	o := Resolved(d).Optimizer
	if d.Precision == Single && startSingle(o, nil, parameters[float32]{}) == nil {
		return fmt.Errorf("mc: DeepMF.Optimizer is %s, which has no step in mc.Single; take mc.Mixed, or one of "+
			"those that mc.Single names, such as Adam", Describe(o))
	}
	return nil
}

// TakesLoss says that it minimises any loss.
func (DeepMF) TakesLoss() {}

// Solve trains from the initialisation until a rule ends it. Its [Detail] is the *[Factors] of W.
// It never ends as Converged: see [Stop].
//
// [Iterate] calls Start of the run below, then its Loss and Step in turn.
func (d DeepMF) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	return Iterate(ctx, d, p, d.method(), Limits{Steps: Resolved(d).Steps, Stop: d.Stop}, observers...)
}

func (d DeepMF) method() Method {
	run := &descent{DeepMF: Resolved(d)}
	switch d.Precision {
	case Mixed:
		return mixedDescent{run}
	case Single:
		return &singleDescent{mixedDescent: mixedDescent{run}}
	}
	return run
}

// descent is a run of DeepMF.
type descent struct {
	DeepMF
	at      *State
	net     *network
	stepper Stepper
	batches *batches        // nil if each step takes all measurements
	loss    float64         // at the iterate
	carried bool            // net.grads are those of the iterate
	watcher ScheduleWatcher // of a WatchfulSchedule, or nil
}

func (d *descent) Start(_ context.Context, s *State) error {
	rows, cols := s.Problem.Dims()
	hidden := hiddenOf(d.Depth, d.Hidden, d.Init)
	formed := d.Penalty // that needs W to be formed
	if isThin(d.Penalty, d.Depth, hidden, rows, cols) {
		formed = nil
	}
	if err := checkSize("DeepMF", s.Problem, d.Depth, hidden, formed); err != nil {
		return err
	}
	batches, err := newBatches(s.Problem.Train, d.Batch, d.Seed)
	if err != nil {
		return err
	}
	d.batches = batches
	factors, err := initialised("DeepMF", s.Problem, d.Depth, d.Hidden, d.Init, d.Seed)
	if err != nil {
		return err
	}
	d.at, d.net = s, newNetworkIn(d.Precision, factors, s.Problem.trainTerm(), formed == nil)
	if d.Penalty != nil && formed == nil {
		d.net.penalise(d.Penalty.(SpectralPenalty))
	}
	d.stepper = d.net.start(d.Optimizer)
	s.stepper, s.refresh, d.carried = d.stepper, d.net.refresh, false
	if d.Precision == Double {
		s.gradients = d.gradients
	}
	d.net.onFactors = d.onFactors(factors)
	s.Point, s.Gradient, s.Penalty, s.Details = d.net.point, d.net.gradient, d.Penalty, []any{factors}
	s.onFactors = d.net.onFactors
	if d.Depth > 1 {
		s.Factors = factors
	}
	s.Advice, s.Trajectory = "try a smaller learning rate", true
	if w, ok := d.Schedule.(WatchfulSchedule); ok {
		d.watcher = w.Watch()
		if w.WatchesTest() && testError(s.Problem, s.Point) == nil {
			return fmt.Errorf("mc: DeepMF.Schedule is %#v; it must not watch the test error of a problem "+
				"with neither Test nor Truth", d.Schedule)
		}
	}
	return nil
}

// onFactors returns the penalties of single factors.
func (d DeepMF) onFactors(f *Factors) (all []factorPenalty) {
	for _, of := range []struct {
		penalty Penalty
		layer   int
	}{{d.RowPenalty, f.Depth() - 1}, {d.ColPenalty, 0}} {
		if of.penalty != nil {
			w := f.W[of.layer]
			rows, cols := w.Dims()
			all = append(all, factorPenalty{of.penalty, of.layer, NewPoint(w), mat.NewDense(rows, cols, nil)})
		}
	}
	return all
}

func (d *descent) Loss() (float64, error) {
	loss := d.net.forward()
	if d.at.Lambda = d.Lambda; d.LambdaSchedule != nil {
		d.at.Lambda *= d.LambdaSchedule.Factor(d.at.Index, d.at.Limit)
	}
	if finite(loss) && !d.net.penaltiesAreFinite(d.Penalty) {
		return loss, fmt.Errorf("the iterate is not finite: %w; try a smaller learning rate or Lambda",
			ErrDiverged)
	}
	d.loss = loss
	switch { // here, so that observers see the size of the step to come
	case d.watcher != nil:
		d.stepper.SetScale(d.watcher.Next(d.watched()))
	case d.Schedule != nil:
		d.stepper.SetScale(d.Schedule.Factor(d.at.Index, d.at.Limit))
	}
	return loss, nil
}

func (d *descent) Converged() bool { return false }

func (d *descent) Step(context.Context) error {
	if d.batches != nil {
		d.batches.draw(d.at.Index)
		d.net.layers.restrict(d.net, d.batches)
		d.carried = false
	}
	if d.at.Lambda != 0 && d.Penalty != nil && d.net.thin == nil {
		d.Penalty.AddGradient(d.net.gradient, d.at.Lambda, d.at.Point)
	}
	grads := d.gradients()
	d.stepper.Step(d.net.factors.W, grads)
	d.carried = false
	return nil
}

// gradients returns those of the objective in the factors, which the step to come uses too.
func (d *descent) gradients() []*mat.Dense {
	if !d.carried {
		d.net.lambda = d.at.Lambda
		d.net.backward()
		d.carried = true
	}
	return d.net.grads
}

// watched returns the objective that the schedule watches.
func (d *descent) watched() float64 {
	switch {
	case d.Schedule.(WatchfulSchedule).WatchesTest():
		return *testError(d.at.Problem, d.at.Point)
	case d.at.Lambda != 0:
		return d.loss + d.at.Lambda*d.at.penalties()
	}
	return d.loss
}

// Kept is the state that a checkpoint keeps.
func (d *descent) Kept() []any {
	kept := []any{d.stepper}
	if d.watcher != nil {
		kept = append(kept, d.watcher)
	}
	for _, w := range d.net.factors.W {
		kept = append(kept, w)
	}
	return kept
}

// batches are the minibatches of a run. What a step draws depends on the seed and the step alone,
// so that a checkpoint, which has the step, has all of their state.
type batches struct {
	seed       uint64
	size       int // of a batch, in blocks
	block      int
	order      []int // of the blocks in the epoch
	epoch      int
	drawn      []bool  // by block
	multiplier float64 // the number of blocks over that of those drawn
}

// newBatches returns nil where a batch has all measurements.
func newBatches(m Measurement, size int, seed uint64) (*batches, error) {
	block := blockOf(m)
	n := m.Len() / block
	switch {
	case size < 0 || size > n:
		what := "measurements"
		if block > 1 {
			what = fmt.Sprintf("blocks of %d measurements", block)
		}
		return nil, fmt.Errorf("mc: DeepMF.Batch is %d; it must be between 1 and n = %d, the number of %s, or 0 "+
			"for all of them", size, n, what)
	case size == 0:
		return nil, nil
	}
	return &batches{seed: seed, size: size, block: block, order: make([]int, n), epoch: -1,
		drawn: make([]bool, n)}, nil
}

// draw draws the batch of a step.
func (b *batches) draw(step int) {
	n := len(b.order)
	count := (n + b.size - 1) / b.size
	if epoch := step / count; epoch != b.epoch {
		b.epoch = epoch
		rng := random.Nth(b.seed, random.Batches, epoch)
		for k := range b.order { // shuffled as it is filled
			at := rng.IntN(k + 1)
			b.order[k] = b.order[at]
			b.order[at] = k
		}
	}
	from := step % count * b.size
	batch := b.order[from:min(from+b.size, n)]
	clear(b.drawn)
	for _, k := range batch {
		b.drawn[k] = true
	}
	b.multiplier = float64(n) / float64(len(batch))
}

// restrict sets the slopes of measurements outside of a batch to 0, and scales the others so that
// their mean over batches is that of all.
func restrict[T kernel.Element](slopes []T, b *batches) {
	for k := range slopes {
		if b.drawn[k/b.block] {
			slopes[k] *= T(b.multiplier)
		} else {
			slopes[k] = 0
		}
	}
}

// mixedDescent is a run whose products are in single precision.
type mixedDescent struct{ *descent }

// Finish sets the last W to the product of the factors in double precision.
func (d mixedDescent) Finish() {
	if w := d.net.point.W; w != nil && d.Depth > 1 {
		w.Copy(d.net.factors.Product())
		d.net.point.held = dense{w}
	}
}

// Rounded reports whether the loss at the last W is another than the run has seen, by more than a
// tenth: the products were not precise enough for it.
func (d mixedDescent) Rounded(loss float64) bool { return math.Abs(d.loss-loss) > 0.1*loss }

// singleDescent is a run whose parameters are in single precision.
type singleDescent struct {
	mixedDescent
	sample []float32 // some parameters, before a step
	stood  int       // steps that were too small to move any of them
}

// Start also gives advice that fits data out of range.
func (d *singleDescent) Start(ctx context.Context, s *State) error {
	if err := d.mixedDescent.Start(ctx, s); err != nil {
		return err
	}
	if meanSquare(s.Problem.Train.Values()) > 0x1p100 { // products of three reach 2¹²⁸
		s.Advice = "scale the data, or train in mc.Double"
	}
	return nil
}

// Step also counts the steps that were too small.
func (d *singleDescent) Step(ctx context.Context) error {
	l := d.net.single()
	d.sample = d.sample[:0]
	l.each(func(w, _ float32) { d.sample = append(d.sample, w) })
	err := d.mixedDescent.Step(ctx)
	l.stale = true
	at, pushed, moved := 0, false, false
	l.each(func(w, g float32) {
		pushed = pushed || g != 0
		moved = moved || w != d.sample[at]
		at++
	})
	if size, ok := d.stepper.(interface{ Now() float64 }); pushed && !moved && ok && size.Now() > 0 {
		d.stood++
	}
	return err
}

// Rounded reports also whether more than half of the steps were too small, and whether the
// residuals are rounding errors of W.
func (d *singleDescent) Rounded(loss float64) bool {
	p := d.at.Problem
	floor := 0x1p-48 * meanSquare(p.Train.Values())
	return d.mixedDescent.Rounded(loss) || 2*d.stood > d.at.Index || p.plain() && 0 < loss && loss < floor
}

// Kept is the state that a checkpoint keeps.
func (d *singleDescent) Kept() []any {
	d.net.refresh()
	return append(d.mixedDescent.Kept(), &d.stood)
}

// Resumed sets the parameters to the factors that were read.
func (d *singleDescent) Resumed() { d.net.single().narrow(d.net) }

// hiddenOf returns the size of the last hidden layer, which factors that are given override.
func hiddenOf(depth, hidden int, init Init) int {
	if g, ok := init.(Given); ok && g.Factors != nil && g.Factors.Depth() == depth && depth > 1 {
		_, hidden = g.Factors.W[depth-1].Dims()
	}
	return hidden
}

// checkSize refuses what cannot be held in memory.
func checkSize(solver string, p Problem, depth, hidden int, penalty Penalty) error {
	rows, cols := p.Dims()
	_, entries := p.Train.(*Observations)
	const most = 1 << 33 // entries, 64 GiB
	switch {
	case float64(rows)*float64(cols) > most && (depth == 1 || penalty != nil || !entries):
		return fmt.Errorf("mc: %s: a %d×%d matrix cannot be held; with Depth at least 2, observed entries, and "+
			"no Penalty or for DeepMF one of the singular values and a Hidden below both sizes, it need not be",
			solver, rows, cols)
	case depth > 1 && hidden == 0 && float64(max(rows, cols))*float64(min(rows, cols)) > most:
		return fmt.Errorf("mc: %s.Hidden is 0, which means %d for a %d×%d matrix; set it to the largest rank "+
			"that is expected",
			solver, min(rows, cols), rows, cols)
	}
	return nil
}

// initialised returns the factors with which a run begins. Hidden 0 means min(rows, cols).
func initialised(solver string, p Problem, depth, hidden int, init Init, seed uint64) (*Factors, error) {
	rows, cols := p.Dims()
	if g, ok := init.(Given); ok {
		if g.Factors == nil || g.Factors.Depth() != depth {
			return nil, fmt.Errorf("mc: %s.Init is %#v; its depth must be %s.Depth, %d",
				solver, g, solver, depth)
		}
		if err := g.Factors.validate(rows, cols); err != nil {
			return nil, err
		}
		return g.Factors.Clone(), nil
	}
	if hidden == 0 {
		hidden = min(rows, cols)
	}
	f, err := NewFactors(rows, cols, slices.Repeat([]int{hidden}, depth-1)...)
	if err != nil {
		return nil, err
	}
	return f, init.Fill(f, random.New(seed, random.Init))
}

// network evaluates the loss of a factorisation and its gradients, in buffers made once.
type network struct {
	factors  *Factors
	point    *Point       // W
	residual []float64    // A(W) − b, or of another loss the slopes
	gradient *mat.Dense   // ∂/∂W, or nil if it is not formed
	grads    []*mat.Dense // ∂/∂W_j
	layers   layers
	thin     *thinPenalty // nil if there is no penalty, or one that takes W
	lambda   float64      // weight of the thin one and of those on factors

	onFactors []factorPenalty
}

// factorPenalty is a penalty of one factor.
type factorPenalty struct {
	of    Penalty
	layer int // j − 1 of W_j
	at    *Point
	slope *mat.Dense // λ times the gradient
}

// layers multiply the factors of a network, and carry its gradients back, in one precision or the
// other: see [layersIn].
type layers interface {
	// forward returns the loss at W.
	forward(net *network) float64
	// restrict makes the gradient of the loss, which forward has left, that of a batch.
	restrict(net *network, b *batches)
	// backwardTop sets grads[N−1] and what the layers below need; backwardRest sets the other
	// grads.
	backwardTop(net *network)
	backwardRest(net *network)
	// right sets dst to (W_{N−1} ⋯ W_1)ᵀ (cols × h), and addRight adds g to its gradient, which
	// backwardTop has set.
	right(dst kernel.Matrix)
	addRight(g kernel.Matrix)
	// add adds g to grads[j], which backwardRest has set.
	add(net *network, j int, g *mat.Dense)
}

// newNetwork returns the network of the factors, at the observed entries alone where that is
// possible and the faster way.
func newNetwork(f *Factors, train dataTerm, mayBeSampled bool) *network {
	return newNetworkIn(Double, f, train, mayBeSampled)
}

// newNetworkIn is newNetwork with products of the given precision.
func newNetworkIn(precision Precision, f *Factors, train dataTerm, mayBeSampled bool) *network {
	o, entries := train.on.(*Observations)
	sampled := entries && mayBeSampled && sampledIsFaster(f, o)
	switch {
	case precision == Double && sampled:
		return newSampledNetwork(f, train)
	case precision == Double:
		return newDenseNetwork(f, train)
	}
	var net *network
	if sampled {
		net = sampledNetworkIn[float32](f, train, precision == Single)
	} else {
		net = denseNetworkIn[float32](f, train, precision == Single)
	}
	net.point.fast.Single = precision == Single
	return net
}

// sampledIsFaster reports whether a step at the observed entries alone is the faster one, or the
// only one possible.
func sampledIsFaster(f *Factors, o *Observations) bool {
	rows, cols := f.Dims()
	if f.Depth() < 2 {
		return false
	}
	if tooLarge(rows, cols) {
		return true
	}
	// A multiply-add of a sampled or sparse product takes about three times as long as one of a
	// dense product.
	return min(rows, cols) >= 128 && 3*float64(o.Len()) < float64(rows)*float64(cols)
}

// start returns the state of the optimiser.
func (net *network) start(o Optimizer) Stepper {
	shapes := net.factors.Shapes()
	if l := net.single(); l != nil {
		return startSingle(o, shapes, parameters[float32]{l.w, l.grads})
	}
	return o.Start(shapes)
}

// single returns the layers whose matrices are trained in single precision, nil if they are none.
func (net *network) single() *layersIn[float32] {
	if l, ok := net.layers.(*layersIn[float32]); ok && l.trained {
		return l
	}
	return nil
}

// refresh brings the factors up to date with those that are trained.
func (net *network) refresh() {
	if l := net.single(); l != nil && l.stale {
		for j, w := range net.factors.W {
			kernel.Widen(w.RawMatrix(), l.w[j])
		}
		l.stale = false
	}
}

// forward computes W, and returns its loss and sets the gradient with respect to W.
func (net *network) forward() float64 {
	net.point.Changed()
	if net.thin != nil {
		net.thin.known = false
	}
	for _, p := range net.onFactors {
		p.at.Changed()
	}
	return net.layers.forward(net)
}

// penaltiesAreFinite reports whether what the penalties are of is finite; the one of W may be nil.
func (net *network) penaltiesAreFinite(ofW Penalty) bool {
	for _, p := range net.onFactors {
		if !p.at.Finite() {
			return false
		}
	}
	return ofW == nil || net.finite()
}

// finite reports whether W is finite.
func (net *network) finite() bool {
	if net.thin != nil {
		return net.factors.finite()
	}
	return net.point.Finite()
}

// backward carries the gradient with respect to W to the factors:
// ∂/∂W_j = (W_N ⋯ W_{j+1})ᵀ·∂/∂W·(W_{j−1} ⋯ W_1)ᵀ.
func (net *network) backward() {
	net.layers.backwardTop(net)
	if net.thin != nil && net.lambda != 0 {
		net.thin.add(net)
	}
	net.layers.backwardRest(net)
	for _, p := range net.onFactors {
		if net.lambda != 0 {
			p.slope.Zero()
			p.of.AddGradient(p.slope, net.lambda, p.at)
			net.layers.add(net, p.layer, p.slope)
		}
	}
}

// denseLayer forms W and ∂/∂W.
type denseLayer[T kernel.Element] struct {
	train    dataTerm
	w, slope kernel.MatrixOf[T] // W and ∂/∂W
}

func newDenseNetwork(f *Factors, train dataTerm) *network {
	return denseNetworkIn[float64](f, train, false)
}

func denseNetworkIn[T kernel.Element](f *Factors, train dataTerm, trained bool) *network {
	net, l := newLayers[T](f, train, trained)
	n := f.Depth()
	rows, cols := f.Dims()
	net.gradient = mat.NewDense(rows, cols, nil)
	w := f.W[0]
	if n == 1 {
		net.grads[0] = net.gradient
	} else {
		w = mat.NewDense(rows, cols, nil)
	}
	net.point = NewPoint(w)
	d := &denseLayer[T]{train: train}
	if n == 1 && trained {
		d.w, d.slope = l.w[0], l.grads[0]
	} else {
		d.w, d.slope = kernel.In[T](w.RawMatrix()), kernel.In[T](net.gradient.RawMatrix())
	}
	l.top = d
	return net
}

// sampledLayer trains on observed entries without a penalty on W. Loss and gradients need W there
// only,
//
//	W_ij = ⟨row i of L, row j of R⟩,  L = W_N,  R = (W_{N−1} ⋯ W_1)ᵀ,
//
// and ∂/∂W is sparse. Neither is formed, except for an observer that asks for W.
type sampledLayer[T kernel.Element] struct {
	entries     *kernel.Sparse
	train       dataTerm
	at          []T // W_ij; in double precision they become the residual
	slope       []T // ∂L/∂W_ij; for squares (2/n)·(W_ij − b_ij)
	loss        float64
	left, right kernel.MatrixOf[T]
	gradL       kernel.MatrixOf[T] // ∂/∂L, rows × h
	gradR       kernel.MatrixOf[T] // ∂/∂R, cols × h
}

func newSampledNetwork(f *Factors, train dataTerm) *network {
	return sampledNetworkIn[float64](f, train, false)
}

func sampledNetworkIn[T kernel.Element](f *Factors, train dataTerm, trained bool) *network {
	net, l := newLayers[T](f, train, trained)
	o, n := train.on.(*Observations), f.Depth()
	rows, cols := f.Dims()
	_, h := f.W[n-1].Dims()
	s := &sampledLayer[T]{
		entries: kernel.NewSparse(rows, cols, o.start, o.col), train: train,
		at: make([]T, o.Len()), slope: make([]T, o.Len()),
		right: kernel.NewPaddedOf[T](cols, h), gradR: kernel.NewPaddedOf[T](cols, h),
	}
	if list, ok := any(net.residual).([]T); ok {
		s.at = list
	}
	s.left, s.gradL = l.w[n-1], l.grads[n-1]
	if !kernel.Padded(s.left) {
		s.left, s.gradL = kernel.NewPaddedOf[T](rows, h), kernel.NewPaddedOf[T](rows, h)
	}
	l.top = s
	if tooLarge(rows, cols) {
		net.point = newThinPoint(f)
		return net
	}
	net.point = newSampledPoint(rows, cols, func(w *mat.Dense) {
		dst := kernel.In[T](w.RawMatrix())
		kernel.Multiply(false, false, 1, l.w[n-1], l.partial[n-2], 0, dst)
		kernel.Widen(w.RawMatrix(), dst)
	})
	held := net.point.held.(*sampled)
	held.at, held.fit = train, func() float64 { return s.loss }
	return net
}

// layersIn are the layers in one precision. In double precision its matrices are those of the
// network; in mixed precision they are copies, which are up to date between forward and the next
// step; in single precision they are trained, and those of the network are copies.
type layersIn[T kernel.Element] struct {
	trained bool
	stale   bool                 // the network's factors are those of an earlier step
	w       []kernel.MatrixOf[T] // W_j
	grads   []kernel.MatrixOf[T] // ∂/∂W_j
	partial []kernel.MatrixOf[T] // partial[j] = W_{j+1} ⋯ W_1, for j up to N−2; partial[0] is W_1 itself
	back    []kernel.MatrixOf[T] // back[j] = (W_N ⋯ W_{j+2})ᵀ·∂/∂W, for j up to N−2
	top     lastLayer[T]
	turned  kernel.MatrixOf[T] // of the shape of partial[N−2]ᵀ, once it is needed
}

// lastLayer multiplies the last factor W_N by those below it, evaluates the loss of the product W,
// and carries its gradient back past W_N: at all entries of W, or at the observed ones alone.
type lastLayer[T kernel.Element] interface {
	// forward returns the loss at W_N·partial[N−2].
	forward(net *network, l *layersIn[T]) float64
	// restrict makes the gradient that of a batch.
	restrict(net *network, b *batches)
	// backward sets grads[N−1] and back[N−2].
	backward(net *network, l *layersIn[T])
}

// newLayers returns a network without its last layer.
func newLayers[T kernel.Element](f *Factors, train dataTerm, trained bool) (*network, *layersIn[T]) {
	n := f.Depth()
	_, cols := f.Dims()
	l := &layersIn[T]{trained: trained, partial: make([]kernel.MatrixOf[T], n-1),
		back: make([]kernel.MatrixOf[T], n-1)}
	net := &network{
		factors: f, residual: make([]float64, train.on.Len()), grads: make([]*mat.Dense, n), layers: l,
	}
	for j, w := range f.W {
		r, c := w.Dims()
		l.w = append(l.w, kernel.In[T](w.RawMatrix()))
		switch {
		case trained:
			l.grads = append(l.grads, kernel.NewMatrixOf[T](r, c))
		case n > 1:
			net.grads[j] = mat.NewDense(r, c, nil)
			l.grads = append(l.grads, kernel.In[T](net.grads[j].RawMatrix()))
		}
		if j == n-1 {
			break
		}
		if l.partial[j], l.back[j] = l.w[j], l.grads[j]; j > 0 {
			l.partial[j], l.back[j] = kernel.NewMatrixOf[T](r, cols), kernel.NewMatrixOf[T](r, cols)
		}
	}
	if trained {
		l.narrow(net)
	}
	return net, l
}

// narrow sets the matrices to the network's factors.
func (l *layersIn[T]) narrow(net *network) {
	for j, w := range net.factors.W {
		kernel.Narrow(l.w[j], w.RawMatrix())
	}
	l.stale = false
}

// each calls f with some entries of the factors, at most 64 of each, and of their gradients.
func (l *layersIn[T]) each(f func(w, g T)) {
	for j, w := range l.w {
		for at := 0; at < len(w.Data); at += 1 + len(w.Data)/64 {
			f(w.Data[at], l.grads[j].Data[at])
		}
	}
}

func (l *layersIn[T]) forward(net *network) float64 {
	switch {
	case !l.trained:
		l.narrow(net)
	case net.thin != nil || len(net.onFactors) > 0 || net.point.W == nil: // which take the network's
		net.refresh()
	}
	for j := 1; j < len(l.partial); j++ {
		kernel.Multiply(false, false, 1, l.w[j], l.partial[j-1], 0, l.partial[j])
	}
	return l.top.forward(net, l)
}

func (l *layersIn[T]) restrict(net *network, b *batches) { l.top.restrict(net, b) }

func (l *layersIn[T]) backwardTop(net *network) {
	l.top.backward(net, l)
	l.widen(net, len(l.back))
}

// widen sets a gradient of the network, if it has them.
func (l *layersIn[T]) widen(net *network, j int) {
	if g := net.grads[j]; g != nil && len(l.back) > 0 {
		kernel.Widen(g.RawMatrix(), l.grads[j])
	}
}

func (l *layersIn[T]) backwardRest(net *network) {
	n := len(l.back)
	if l.trained && net.thin != nil && net.lambda != 0 { // which has added to it
		kernel.Narrow(l.grads[n], net.grads[n].RawMatrix())
	}
	for j := n - 1; j >= 0; j-- {
		if j > 0 {
			kernel.Multiply(false, true, 1, l.back[j], l.partial[j-1], 0, l.grads[j])
			kernel.Multiply(true, false, 1, l.w[j], l.back[j], 0, l.back[j-1])
		}
		l.widen(net, j)
	}
}

func (l *layersIn[T]) add(net *network, j int, g *mat.Dense) {
	if !l.trained {
		AddScaled(net.grads[j], 1, g)
		return
	}
	to := l.grads[j]
	for i := range to.Rows {
		row := to.Data[i*to.Stride : i*to.Stride+to.Cols]
		for k, v := range g.RawRowView(i) {
			row[k] += T(v)
		}
	}
}

// turn sets turned to x transposed.
func (l *layersIn[T]) turn(x kernel.MatrixOf[T]) {
	if l.turned.Data == nil {
		l.turned = kernel.NewMatrixOf[T](x.Cols, x.Rows)
	}
	kernel.TransposeOf(l.turned, x)
}

func (l *layersIn[T]) right(dst kernel.Matrix) {
	top := l.partial[len(l.partial)-1]
	if x, ok := kernel.Wide(top); ok {
		kernel.Transpose(dst, x)
		return
	}
	l.turn(top)
	kernel.Widen(dst, l.turned)
}

func (l *layersIn[T]) addRight(g kernel.Matrix) {
	back := l.back[len(l.back)-1]
	l.turn(back)
	if x, ok := kernel.Wide(l.turned); ok {
		kernel.Axpy(1, g.Data, x.Data)
	} else {
		for k, v := range g.Data {
			l.turned.Data[k] += T(v)
		}
	}
	kernel.TransposeOf(back, l.turned)
}

func (d *denseLayer[T]) forward(net *network, l *layersIn[T]) float64 {
	if n := len(l.w); n > 1 {
		kernel.Multiply(false, false, 1, l.w[n-1], l.partial[n-2], 0, d.w)
	}
	kernel.Widen(net.point.W.RawMatrix(), d.w)
	return d.train.gradient(net.gradient, net.residual, net.point.W)
}

func (d *denseLayer[T]) restrict(net *network, b *batches) {
	restrict(net.residual, b)
	net.gradient.Zero()
	d.train.on.AddAdjoint(net.gradient, d.train.scale(), net.residual)
}

func (d *denseLayer[T]) backward(net *network, l *layersIn[T]) {
	kernel.Narrow(d.slope, net.gradient.RawMatrix())
	if n := len(l.w); n > 1 {
		kernel.Multiply(false, true, 1, d.slope, l.partial[n-2], 0, l.grads[n-1])
		kernel.Multiply(true, false, 1, l.w[n-1], d.slope, 0, l.back[n-2])
	}
}

func (s *sampledLayer[T]) forward(net *network, l *layersIn[T]) float64 {
	n := len(l.w)
	kernel.CopyRows(s.left, l.w[n-1])
	kernel.TransposeOf(s.right, l.partial[n-2])
	kernel.Dots(s.entries, s.at, s.left, s.right)
	kernel.WidenList(net.residual, s.at)
	if n := float64(s.train.on.Len()); s.train.plain() {
		kernel.Axpy(-1, s.train.on.Values(), net.residual)
		kernel.NarrowScaled(s.slope, 2/n, net.residual)
		s.loss = kernel.Dot(net.residual, net.residual) / n
		return s.loss
	}
	var scale float64
	s.loss, scale = s.train.slopes(net.residual)
	kernel.NarrowScaled(s.slope, scale, net.residual)
	return s.loss
}

func (s *sampledLayer[T]) restrict(_ *network, b *batches) { restrict(s.slope, b) }

func (s *sampledLayer[T]) backward(net *network, l *layersIn[T]) {
	n := len(l.w)
	kernel.Times(s.entries, s.gradL, s.slope, s.right)
	kernel.TransTimes(s.entries, s.gradR, s.slope, s.left)
	kernel.CopyRows(l.grads[n-1], s.gradL)
	kernel.TransposeOf(l.back[n-2], s.gradR)
}

// isThin reports whether a penalty can be evaluated from the factors: it is one of the singular
// values, of which at most Hidden are not 0.
func isThin(p Penalty, depth, hidden, rows, cols int) bool {
	_, ok := p.(SpectralPenalty)
	return ok && depth > 1 && hidden > 0 && hidden < min(rows, cols)
}

// thinPenalty is a penalty of the singular values of W = L·Rᵀ, with L = W_N (rows × h) and R =
// (W_{N−1} ⋯ W_1)ᵀ (cols × h), at (rows + cols)·h² operations a step. Value and gradient are those
// of the penalty at W, up to rounding.
type thinPenalty struct {
	SpectralPenalty
	spectrum     linalg.ThinSpectrum
	right, gradR kernel.Matrix // R and its gradient
	slopes       []float64
	known        bool // spectrum is that of the iterate
	finite       bool
}

// penalise makes backward add the penalty's gradient, times lambda.
func (net *network) penalise(p SpectralPenalty) {
	rows, cols := net.factors.Dims()
	_, h := net.factors.W[net.factors.Depth()-1].Dims()
	t := &thinPenalty{
		SpectralPenalty: p, slopes: make([]float64, min(rows, cols)),
		right: kernel.NewMatrix(cols, h), gradR: kernel.NewMatrix(cols, h),
	}
	if top := net.factors.W[len(net.factors.W)-1]; net.grads[len(net.grads)-1] == nil {
		net.grads[len(net.grads)-1] = mat.NewDense(top.RawMatrix().Rows, top.RawMatrix().Cols, nil)
	}
	net.thin = t
	if held, ok := net.point.held.(*sampled); ok {
		held.spectrum = func() ([]float64, bool) { return t.decompose(net) }
	}
}

// decompose returns the singular values of W, and whether it is finite.
func (t *thinPenalty) decompose(net *network) ([]float64, bool) {
	if !t.known {
		n := net.factors.Depth()
		net.layers.right(t.right)
		t.finite = t.spectrum.Decompose(net.factors.W[n-1].RawMatrix(), t.right)
		t.known = true
	}
	return t.spectrum.Sigma, t.finite
}

// add adds the gradient to grads[N−1] and back[N−2].
func (t *thinPenalty) add(net *network) {
	sigma, _ := t.decompose(net)
	n := net.factors.Depth()
	t.OnSpectrum(t.slopes, sigma)
	clear(t.gradR.Data)
	t.spectrum.AddGradient(net.grads[n-1].RawMatrix(), t.gradR, net.lambda, t.slopes)
	net.layers.addRight(t.gradR)
}
