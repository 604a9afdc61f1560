package mc

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// DeepMF trains a deep matrix factorisation by a gradient method,
//
//	min over W_1 … W_N of  L(W) + λ·R(W),   W = W_N ⋯ W_1,
//
// with L(W) = ‖A(W) − b‖²/n, or the [Loss] of the problem.
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
	// LambdaSchedule multiplies λ. Default constant. It must not be a [WatchfulSchedule].
	LambdaSchedule Schedule
	// Optimizer of the factors. Default GroupRMSProp{}, the choice of Arora et al. (2019).
	Optimizer Optimizer
	// Schedule multiplies the learning rate. Default constant.
	Schedule Schedule
	// Steps is the limit.
	Steps int `default:"50000" range:"[1, inf)"`
	// Stop holds further rules that end the run.
	Stop Stop
	// Seed of the initialisation.
	Seed uint64
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
	return first(CheckRanges(d), checkLambda("DeepMF", d.Lambda, d.Penalty),
		watchful("DeepMF.LambdaSchedule", d.LambdaSchedule))
}

// TakesLoss says that it minimises any loss.
func (DeepMF) TakesLoss() {}

// Solve trains from the initialisation until a rule ends it. Its [Detail] is the *[Factors] of W.
// It never ends as Converged: see [Stop].
//
// [Iterate] calls Start of the run below, then its Loss and Step in turn.
func (d DeepMF) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &descent{DeepMF: Resolved(d)}
	return Iterate(ctx, d, p, run, Limits{Steps: run.Steps, Stop: d.Stop}, observers...)
}

// descent is a run of DeepMF.
type descent struct {
	DeepMF
	at      *State
	net     *network
	stepper Stepper
	loss    float64         // at the iterate
	watcher ScheduleWatcher // of a WatchfulSchedule, or nil
	scale   float64         // that the watcher set last
}

func (d *descent) Start(_ context.Context, s *State) error {
	rows, cols := s.Problem.Dims()
	formed := d.Penalty // that needs W to be formed
	if isThin(d.Penalty, d.Depth, d.Hidden, rows, cols) {
		formed = nil
	}
	if err := checkSize("DeepMF", s.Problem, d.Depth, d.Hidden, formed); err != nil {
		return err
	}
	factors, err := initialised("DeepMF", s.Problem, d.Depth, d.Hidden, d.Init, d.Seed)
	if err != nil {
		return err
	}
	d.at, d.net = s, newNetwork(factors, s.Problem.trainTerm(), formed == nil)
	if d.Penalty != nil && formed == nil {
		d.net.penalise(d.Penalty.(SpectralPenalty))
	}
	d.stepper = d.Optimizer.Start(factors.Shapes())
	s.stepper = d.stepper
	s.Point, s.Gradient, s.Penalty, s.Details = d.net.point, d.net.gradient, d.Penalty, []any{factors}
	if d.Depth > 1 {
		s.Factors = factors
	}
	s.Advice, s.Trajectory = "try a smaller learning rate", true
	if w, ok := d.Schedule.(WatchfulSchedule); ok {
		d.watcher, d.scale = w.Watch(), 1
		if w.WatchesTest() && testError(s.Problem, s.Point) == nil {
			return fmt.Errorf("mc: DeepMF.Schedule is %#v; it must not watch the test error of a problem "+
				"with neither Test nor Truth", d.Schedule)
		}
	}
	return nil
}

func (d *descent) Loss() (float64, error) {
	loss := d.net.forward()
	if d.at.Lambda = d.Lambda; d.LambdaSchedule != nil {
		d.at.Lambda *= d.LambdaSchedule.Factor(d.at.Index, d.at.Limit)
	}
	if d.Penalty != nil && finite(loss) && !d.net.finite() {
		return loss, fmt.Errorf("the iterate is not finite: %w; try a smaller learning rate or Lambda",
			ErrDiverged)
	}
	switch { // here, so that observers see the size of the step to come
	case d.watcher != nil:
		d.stepper.SetScale(d.scale)
	case d.Schedule != nil:
		d.stepper.SetScale(d.Schedule.Factor(d.at.Index, d.at.Limit))
	}
	d.loss = loss
	return loss, nil
}

func (d *descent) Converged() bool { return false }

func (d *descent) Step(context.Context) error {
	if d.at.Lambda != 0 && d.net.thin == nil {
		d.Penalty.AddGradient(d.net.gradient, d.at.Lambda, d.at.Point)
	}
	d.net.lambda = d.at.Lambda
	d.net.backward()
	if d.watcher != nil {
		d.scale = d.watcher.Next(d.watched())
		d.stepper.SetScale(d.scale)
	}
	d.stepper.Step(d.net.factors.W, d.net.grads)
	return nil
}

// watched returns the objective that the schedule watches.
func (d *descent) watched() float64 {
	switch {
	case d.Schedule.(WatchfulSchedule).WatchesTest():
		return *testError(d.at.Problem, d.at.Point)
	case d.at.Lambda != 0:
		return d.loss + d.at.Lambda*d.Penalty.Value(d.at.Point)
	}
	return d.loss
}

// Kept is the state that a checkpoint keeps.
func (d *descent) Kept() []any {
	kept := []any{d.stepper}
	if d.watcher != nil {
		kept = append(kept, d.watcher, &d.scale)
	}
	for _, w := range d.net.factors.W {
		kept = append(kept, w)
	}
	return kept
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
	partial  []*mat.Dense // partial[j] = W_{j+1} ⋯ W_1, for j up to N−2; partial[0] is W_1 itself
	back     []*mat.Dense // back[j] = (W_N ⋯ W_{j+2})ᵀ·∂/∂W, for j up to N−2
	top      lastLayer
	thin     *thinPenalty // nil if there is no penalty, or one that takes W
	lambda   float64      // weight of the thin one
}

// lastLayer multiplies the last factor W_N by those below it, evaluates the loss of the product W,
// and carries its gradient back past W_N: at all entries of W, or at the observed ones alone.
type lastLayer interface {
	// forward returns the loss at W_N·partial[N−2].
	forward(net *network) float64
	// backward sets grads[N−1] and back[N−2].
	backward(net *network)
}

// newNetwork returns the network of the factors, at the observed entries alone where that is
// possible and the faster way.
func newNetwork(f *Factors, train dataTerm, mayBeSampled bool) *network {
	if o, ok := train.on.(*Observations); ok && mayBeSampled && sampledIsFaster(f, o) {
		return newSampledNetwork(f, train)
	}
	return newDenseNetwork(f, train)
}

// newLayers returns a network without its last layer.
func newLayers(f *Factors, train dataTerm) *network {
	n := f.Depth()
	_, cols := f.Dims()
	net := &network{
		factors: f, residual: make([]float64, train.on.Len()),
		grads: make([]*mat.Dense, n), partial: make([]*mat.Dense, n-1), back: make([]*mat.Dense, n-1),
	}
	for j, w := range f.W {
		r, c := w.Dims()
		if j > 0 {
			net.grads[j] = mat.NewDense(r, c, nil)
		}
		if j == n-1 {
			break
		}
		net.back[j] = mat.NewDense(r, cols, nil)
		if net.partial[j] = w; j > 0 {
			net.partial[j] = mat.NewDense(r, cols, nil)
		}
	}
	if n > 1 {
		net.grads[0] = net.back[0]
	}
	return net
}

// forward computes W, and returns its loss and sets the gradient with respect to W.
func (net *network) forward() float64 {
	for j := 1; j < len(net.partial); j++ {
		kernel.Gemm(false, false, 1, net.factors.W[j].RawMatrix(), net.partial[j-1].RawMatrix(), 0,
			net.partial[j].RawMatrix())
	}
	net.point.Changed()
	if net.thin != nil {
		net.thin.known = false
	}
	return net.top.forward(net)
}

// finite reports whether W is finite.
func (net *network) finite() bool {
	if net.thin != nil {
		return (&thinProduct{factors: net.factors}).finite()
	}
	return net.point.Finite()
}

// backward carries the gradient with respect to W to the factors:
// ∂/∂W_j = (W_N ⋯ W_{j+1})ᵀ·∂/∂W·(W_{j−1} ⋯ W_1)ᵀ.
func (net *network) backward() {
	net.top.backward(net)
	if net.thin != nil && net.lambda != 0 {
		net.thin.add(net)
	}
	for j := len(net.back) - 1; j > 0; j-- {
		kernel.Gemm(false, true, 1, net.back[j].RawMatrix(), net.partial[j-1].RawMatrix(), 0, net.grads[j].RawMatrix())
		kernel.Gemm(true, false, 1, net.factors.W[j].RawMatrix(), net.back[j].RawMatrix(), 0, net.back[j-1].RawMatrix())
	}
}

// denseLayer forms W and ∂/∂W.
type denseLayer struct{ train dataTerm }

func newDenseNetwork(f *Factors, train dataTerm) *network {
	net := newLayers(f, train)
	n := f.Depth()
	rows, cols := f.Dims()
	net.top, net.gradient = denseLayer{train}, mat.NewDense(rows, cols, nil)
	w := f.W[0]
	if n == 1 {
		net.grads[0] = net.gradient
	} else {
		w = mat.NewDense(rows, cols, nil)
	}
	net.point = NewPoint(w)
	return net
}

func (d denseLayer) forward(net *network) float64 {
	if n := net.factors.Depth(); n > 1 {
		kernel.Gemm(false, false, 1, net.factors.W[n-1].RawMatrix(), net.partial[n-2].RawMatrix(), 0,
			net.point.W.RawMatrix())
	}
	return d.train.gradient(net.gradient, net.residual, net.point.W)
}

func (d denseLayer) backward(net *network) {
	if n := net.factors.Depth(); n > 1 {
		kernel.Gemm(false, true, 1, net.gradient.RawMatrix(), net.partial[n-2].RawMatrix(), 0,
			net.grads[n-1].RawMatrix())
		kernel.Gemm(true, false, 1, net.factors.W[n-1].RawMatrix(), net.gradient.RawMatrix(), 0,
			net.back[n-2].RawMatrix())
	}
}

// sampledLayer trains on observed entries without a penalty on W. Loss and gradients need W there
// only,
//
//	W_ij = ⟨row i of L, row j of R⟩,  L = W_N,  R = (W_{N−1} ⋯ W_1)ᵀ,
//
// and ∂/∂W is sparse. Neither is formed, except for an observer that asks for W.
type sampledLayer struct {
	entries     *kernel.Sparse
	train       dataTerm
	slope       []float64 // ∂L/∂W_ij; for squares (2/n)·(W_ij − b_ij)
	loss        float64
	left, right kernel.Matrix
	gradL       kernel.Matrix // ∂/∂L, rows × h
	gradR       kernel.Matrix // ∂/∂R, cols × h
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

func newSampledNetwork(f *Factors, train dataTerm) *network {
	net, o := newLayers(f, train), train.on.(*Observations)
	n := f.Depth()
	rows, cols := f.Dims()
	_, h := f.W[n-1].Dims()
	s := &sampledLayer{
		entries: kernel.NewSparse(rows, cols, o.start, o.col), train: train,
		slope: make([]float64, o.Len()),
		right: kernel.NewPadded(cols, h), gradR: kernel.NewPadded(cols, h),
	}
	s.left, s.gradL = f.W[n-1].RawMatrix(), net.grads[n-1].RawMatrix()
	if !kernel.Padded(kernel.MatrixOf[float64](s.left)) {
		s.left, s.gradL = kernel.NewPadded(rows, h), kernel.NewPadded(rows, h)
	}
	net.top = s
	if tooLarge(rows, cols) {
		net.point = newThinPoint(f)
		return net
	}
	net.point = newSampledPoint(rows, cols, func(w *mat.Dense) {
		kernel.Gemm(false, false, 1, f.W[n-1].RawMatrix(), net.partial[n-2].RawMatrix(), 0, w.RawMatrix())
	})
	held := net.point.held.(*sampled)
	held.at, held.fit = train, func() float64 { return s.loss }
	return net
}

func (s *sampledLayer) forward(net *network) float64 {
	n := net.factors.Depth()
	linalg.CopyRows(s.left, net.factors.W[n-1].RawMatrix())
	kernel.Transpose(s.right, net.partial[n-2].RawMatrix())
	s.entries.Dots(net.residual, s.left, s.right)
	if n := float64(s.train.on.Len()); s.train.plain() {
		kernel.Axpy(-1, s.train.on.Values(), net.residual)
		kernel.Scale(2/n, net.residual, s.slope)
		s.loss = kernel.Dot(net.residual, net.residual) / n
		return s.loss
	}
	var scale float64
	s.loss, scale = s.train.slopes(net.residual)
	kernel.Scale(scale, net.residual, s.slope)
	return s.loss
}

func (s *sampledLayer) backward(net *network) {
	n := net.factors.Depth()
	s.entries.Times(s.gradL, s.slope, s.right)
	s.entries.TransTimes(s.gradR, s.slope, s.left)
	linalg.CopyRows(net.grads[n-1].RawMatrix(), s.gradL)
	kernel.Transpose(net.back[n-2].RawMatrix(), s.gradR)
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
	net.thin = t
	if held, ok := net.point.held.(*sampled); ok {
		held.spectrum = func() ([]float64, bool) { return t.decompose(net) }
	}
}

// decompose returns the singular values of W, and whether it is finite.
func (t *thinPenalty) decompose(net *network) ([]float64, bool) {
	if !t.known {
		n := net.factors.Depth()
		kernel.Transpose(t.right, net.partial[n-2].RawMatrix())
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
	back := net.back[n-2].RawMatrix()
	kernel.Transpose(t.right, back) // which is made anew for the next iterate
	kernel.Axpy(1, t.gradR.Data, t.right.Data)
	kernel.Transpose(back, t.right)
}
