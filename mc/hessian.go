package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A Hessian is the second derivative of the training objective L(W) + λ·R(W) in the factors W_1 …
// W_N at a state of a run, as a map on directions V_1 … V_N of their shapes. With
//
//	P_j = W_j ⋯ W_1,  G = ∂/∂W,  B_N = G,  B_{j−1} = W_jᵀB_j,  so that ∂/∂W_j = B_j·P_{j−1}ᵀ,
//
// and Ẋ the derivative of X along V, the product is
//
//	Ṗ_j = V_j·P_{j−1} + W_j·Ṗ_{j−1},  Ġ = ∇²L(W)[Ẇ] + λ·∇²R(W)[Ẇ],
//	Ḃ_{j−1} = V_jᵀB_j + W_jᵀḂ_j,      (HV)_j = Ḃ_j·P_{j−1}ᵀ + B_j·Ṗ_{j−1}ᵀ
//
// (Pearlmutter 1994). The part of the squared loss, (2/n)·A*A(Ẇ), is exact, and so is that of
// [SquaredFrobenius]. The curvature of any other loss or penalty is a central difference of its
// gradient at W ± h·Ẇ with ‖h·Ẇ‖_F = 6e-6·‖W‖_F; where a singular value is smaller than that, a
// penalty with a kink at 0 has no curvature to be measured. The same holds for penalties of
// factors.
//
// At depth 1, and for solvers without factors, W_1 is W itself. A Hessian is valid until Observe
// returns.
type Hessian struct {
	at        *Step
	factors   []*mat.Dense
	data      dataTerm
	penalty   Penalty
	onFactors []factorPenalty
	lambda    float64

	w     *mat.Dense   // nil before prepare, and so are
	below []*mat.Dense // P_0 is nil, P_1 … P_N
	back  []*mat.Dense // B_1 … B_N

	move         []*mat.Dense // Ṗ_1 … Ṗ_N
	turn         []*mat.Dense // Ḃ_1 … Ḃ_N
	along, other []float64    // of length n
	shifted      *Point       // beside W
	beside       []*Point     // beside the factors, nil where they have no penalty
	slopes       []*mat.Dense // the gradient in the factors, nil before it is asked for
	near         []*mat.Dense // W_1 … W_N beside the state
	size         float64      // ‖W_1 … W_N‖, 0 before it is asked for
	made, free   []*mat.Dense // all of these, and those of an earlier Hessian that are to be used again
}

// room returns a matrix whose content is to be overwritten.
func (h *Hessian) room(rows, cols int) *mat.Dense {
	var m *mat.Dense
	if len(h.free) > 0 {
		m, h.free = h.free[0], h.free[1:]
	}
	if m == nil || m.RawMatrix().Rows != rows || m.RawMatrix().Cols != cols {
		m = mat.NewDense(rows, cols, nil)
	}
	h.made = append(h.made, m)
	return m
}

// Hessian returns that of the training objective at the state, or nil if the iterate is too large
// to form, see [Result], or that of a [Predictor].
func (s *Step) Hessian() *Hessian { return s.hessian(nil) }

// hessian is Hessian in the room of an earlier one of the run, which may be nil.
func (s *Step) hessian(old *Hessian) *Hessian {
	if !s.linear() {
		return nil
	}
	h := &Hessian{
		at: s, factors: s.parameters(), data: s.problem.trainTerm(), penalty: s.penalty,
		onFactors: s.onFactors, lambda: s.Lambda, beside: make([]*Point, len(s.parameters())),
	}
	if old == nil {
		h.along, h.other = make([]float64, s.problem.Train.Len()), make([]float64, s.problem.Train.Len())
	} else {
		h.along, h.other, h.shifted, h.free = old.along, old.other, old.shifted, old.made
		h.beside = old.beside
	}
	_, cols := s.problem.Dims()
	for _, f := range h.factors {
		rows, _ := f.Dims()
		h.move, h.turn = append(h.move, h.room(rows, cols)), append(h.turn, h.room(rows, cols))
	}
	if s.gradients != nil && s.Lambda == 0 {
		h.slopes = s.gradients()
	}
	return h
}

// prepare computes W, P_j and B_j, once.
func (h *Hessian) prepare() {
	if h.w != nil {
		return
	}
	g := h.at.Gradient()
	h.w = h.at.point.dense()
	if h.lambda != 0 && h.penalty != nil {
		h.penalty.AddGradient(g, h.lambda, h.at.point)
	}
	n := len(h.factors)
	_, cols := h.w.Dims()
	h.below, h.back = make([]*mat.Dense, n+1), make([]*mat.Dense, n)
	h.below[1], h.below[n] = h.factors[0], h.w
	for j := 1; j < n-1; j++ {
		rows, _ := h.factors[j].Dims()
		h.below[j+1] = h.room(rows, cols)
		product(h.below[j+1], h.factors[j], h.below[j], 0)
	}
	h.back[n-1] = g
	for j := n - 1; j > 0; j-- {
		rows, _ := h.factors[j-1].Dims()
		h.back[j-1] = h.room(rows, cols)
		transposedProduct(h.back[j-1], h.factors[j], h.back[j], 0)
	}
}

// parameters returns what is trained: the factors, or W itself. They belong to the run.
func (s *Step) parameters() []*mat.Dense {
	if f := s.held(); f != nil {
		return f.W
	}
	return []*mat.Dense{s.point.dense()}
}

// Shapes returns those of the factors.
func (h *Hessian) Shapes() []Shape { return (&Factors{W: h.factors}).Shapes() }

// Gradient returns that of the training objective in the factors.
func (h *Hessian) Gradient() []*mat.Dense {
	var all []*mat.Dense
	for _, g := range h.gradient() {
		all = append(all, mat.DenseCopyOf(g))
	}
	return all
}

// gradient is Gradient, which belongs to the Hessian or the run.
func (h *Hessian) gradient() []*mat.Dense {
	if h.slopes != nil {
		return h.slopes
	}
	h.prepare()
	all := make([]*mat.Dense, len(h.factors))
	for j, f := range h.factors {
		all[j] = h.room(f.Dims())
		all[j].Zero()
		h.addOuter(all[j], h.back[j], h.below[j])
	}
	for _, p := range h.onFactors {
		if h.lambda != 0 {
			p.of.AddGradient(all[p.layer], h.lambda, p.at)
		}
	}
	h.slopes = all
	return all
}

// addOuter adds b·pᵀ to dst; a nil p is the identity.
func (h *Hessian) addOuter(dst, b, p *mat.Dense) {
	if p == nil {
		AddScaled(dst, 1, b)
		return
	}
	kernel.Gemm(false, true, 1, b.RawMatrix(), p.RawMatrix(), 1, dst.RawMatrix())
}

// Apply sets dst to the product HV. Both have the shapes of the factors; dst is not v.
func (h *Hessian) Apply(dst, v []*mat.Dense) {
	h.prepare()
	n := len(h.factors)
	h.move[0].Copy(v[0])
	for j := 1; j < n; j++ {
		product(h.move[j], v[j], h.below[j], 0)
		product(h.move[j], h.factors[j], h.move[j-1], 1)
	}
	h.curve(h.turn[n-1], h.move[n-1])
	for j := n - 1; j >= 0; j-- {
		dst[j].Zero()
		h.addOuter(dst[j], h.turn[j], h.below[j])
		for _, p := range h.onFactors {
			if p.layer == j {
				h.bend(dst[j], p.of, &h.beside[j], h.factors[j], v[j])
			}
		}
		if j == 0 {
			return
		}
		h.addOuter(dst[j], h.back[j], h.move[j-1])
		transposedProduct(h.turn[j-1], v[j], h.back[j], 0)
		transposedProduct(h.turn[j-1], h.factors[j], h.turn[j], 1)
	}
}

// approximate sets dst to the difference (∇f(W + t·V) − ∇f(W))/t of gradients of the objective f in
// the factors, with t·‖V‖ = 2⁻²⁴·‖W‖, where length is ‖V‖. It has some 1e-7 of an error relative to
// the largest of the Hessian, for one gradient, which is a third of the time of Apply. Where f is
// no polynomial, and this may be wrong by more, it is Apply.
func (h *Hessian) approximate(dst, v []*mat.Dense, length float64) {
	if h.size == 0 {
		h.size = lengthOf(h.factors)
	}
	size := h.size
	_, ridge := h.penalty.(SquaredFrobenius)
	n := len(h.factors)
	curved := h.lambda != 0 && (!ridge || len(h.onFactors) > 0)
	if n == 1 || h.data.compare != nil || curved || !(size > 0 && length > 0) {
		h.Apply(dst, v)
		return
	}
	if h.near == nil {
		for _, w := range h.factors {
			h.near = append(h.near, h.room(w.Dims()))
		}
	}
	t, base := 0x1p-24*size/length, h.gradient()
	for j, w := range h.factors {
		for i := range w.RawMatrix().Rows { // row by row, which stay in the cache
			row := h.near[j].RawRowView(i)
			copy(row, w.RawRowView(i))
			kernel.Axpy(t, v[j].RawRowView(i), row)
		}
	}
	below := h.near[0]
	for j := 1; j < n; j++ {
		product(h.move[j], h.near[j], below, 0)
		below = h.move[j]
	}
	h.data.gradient(h.turn[n-1], h.other, h.move[n-1])
	if h.lambda != 0 {
		AddScaled(h.turn[n-1], 2*h.lambda, h.move[n-1])
	}
	for j := n - 1; j > 0; j-- {
		if below = h.near[0]; j > 1 {
			below = h.move[j-1]
		}
		kernel.Gemm(false, true, 1/t, h.turn[j].RawMatrix(), below.RawMatrix(), 0, dst[j].RawMatrix())
		AddScaled(dst[j], -1/t, base[j])
		transposedProduct(h.turn[j-1], h.near[j], h.turn[j], 0)
	}
	for i := range h.turn[0].RawMatrix().Rows {
		row := dst[0].RawRowView(i)
		kernel.Scale(1/t, h.turn[0].RawRowView(i), row)
		kernel.Axpy(-1/t, base[0].RawRowView(i), row)
	}
}

// lengthOf returns the norm of matrices together.
func lengthOf(all []*mat.Dense) float64 {
	sum := 0.0
	for _, w := range all {
		for i := range w.RawMatrix().Rows {
			row := w.RawRowView(i)
			sum += kernel.Dot(row, row)
		}
	}
	return math.Sqrt(sum)
}

// curve sets dst to the derivative of ∂/∂W along d.
func (h *Hessian) curve(dst, d *mat.Dense) {
	dst.Zero()
	h.data.on.Apply(h.along, d)
	size, length := frobenius(h.w), frobenius(d)
	if h.data.compare == nil {
		for k, w := range h.data.weights {
			h.along[k] *= w
		}
		h.data.on.AddAdjoint(dst, 2/h.data.total(), h.along)
	} else if length > 0 {
		if size == 0 {
			size = 1
		}
		step := math.Cbrt(0x1p-52) * size / length
		for _, side := range []float64{step, -step} {
			h.data.on.Apply(h.other, h.w)
			kernel.Axpy(side, h.along, h.other)
			_, scale := h.data.slopes(h.other)
			h.data.on.AddAdjoint(dst, scale/(2*side), h.other)
		}
	}
	h.bend(dst, h.penalty, &h.shifted, h.w, d)
}

// bend adds λ times the derivative along d of a penalty's gradient at w, if there is a penalty. It
// keeps a point beside w.
func (h *Hessian) bend(dst *mat.Dense, p Penalty, beside **Point, w, d *mat.Dense) {
	if h.lambda == 0 || p == nil {
		return
	}
	if _, ok := p.(SquaredFrobenius); ok {
		AddScaled(dst, 2*h.lambda, d)
		return
	}
	size, length := frobenius(w), frobenius(d)
	if size == 0 || length == 0 {
		return
	}
	step := math.Cbrt(0x1p-52) * size / length
	if *beside == nil {
		*beside = NewPoint(mat.DenseCopyOf(w))
	}
	at := *beside
	for _, side := range []float64{step, -step} {
		at.W.Copy(w)
		AddScaled(at.W, side, d)
		at.Changed()
		p.AddGradient(dst, h.lambda/(2*side), at)
	}
}

// product sets dst to a·b + beta·dst.
func product(dst, a, b *mat.Dense, beta float64) {
	kernel.Gemm(false, false, 1, a.RawMatrix(), b.RawMatrix(), beta, dst.RawMatrix())
}

// transposedProduct sets dst to aᵀ·b + beta·dst.
func transposedProduct(dst, a, b *mat.Dense, beta float64) {
	kernel.Gemm(true, false, 1, a.RawMatrix(), b.RawMatrix(), beta, dst.RawMatrix())
}
