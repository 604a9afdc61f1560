package mc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// seenEntries is how a network without a penalty trains on seen entries: loss and gradients need W there only,
//
//	W_ij = ⟨row i of L, row j of R⟩,  L = W_N,  R = (W_{N−1} ⋯ W_1)ᵀ,
//
// and ∂/∂W is sparse. Neither is formed, except for an observer that asks for W.
type seenEntries struct {
	entries     *kernel.Sparse
	values      []float64 // b
	slope       []float64 // ∂L/∂W_ij = (2/n)·(W_ij − b_ij)
	left, right kernel.Matrix
	gradL       kernel.Matrix // ∂/∂L, rows × h
	gradR       kernel.Matrix // ∂/∂R, cols × h
}

// maxDense is how many entries a W may have that is formed only for the result.
const maxDense = 1 << 27

func tooLarge(rows, cols int) bool { return float64(rows)*float64(cols) > maxDense }

// checkSize refuses what cannot be held in memory.
func (d DeepMF) checkSize(p Problem) error {
	rows, cols := p.Dims()
	_, entries := p.Train.(*Observations)
	const most = 1 << 33 // entries, 64 GiB
	switch {
	case float64(rows)*float64(cols) > most && (d.Depth == 1 || d.Penalty != nil || !entries):
		return fmt.Errorf("mc: DeepMF: a %d×%d matrix cannot be held; with Depth at least 2, no Penalty and seen entries it need not be", rows, cols)
	case d.Depth > 1 && d.Hidden == 0 && float64(max(rows, cols))*float64(min(rows, cols)) > most:
		return fmt.Errorf("mc: DeepMF.Hidden is 0, which means %d for a %d×%d matrix; set it to the largest rank that is expected", min(rows, cols), rows, cols)
	}
	return nil
}

// atSeenEntries reports whether a step at the seen entries alone is the faster one, or the only one possible.
func atSeenEntries(f *Factors, o *Observations) bool {
	rows, cols := f.Dims()
	if f.Depth() < 2 {
		return false
	}
	if tooLarge(rows, cols) {
		return true
	}
	// A multiply-add of a sampled or sparse product takes about three times as long as one of a dense product.
	return min(rows, cols) >= 128 && 3*float64(o.Len()) < float64(rows)*float64(cols)
}

func newSeenNetwork(f *Factors, o *Observations) *network {
	net := newLayers(f, o)
	n := f.Depth()
	rows, cols := f.Dims()
	_, h := f.W[n-1].Dims()
	s := &seenEntries{
		entries: kernel.NewSparse(rows, cols, o.start, o.col), values: o.value,
		slope: make([]float64, o.Len()),
		right: kernel.NewPadded(cols, h), gradR: kernel.NewPadded(cols, h),
	}
	s.left, s.gradL = f.W[n-1].RawMatrix(), net.grads[n-1].RawMatrix()
	if !kernel.Padded(s.left) {
		s.left, s.gradL = kernel.NewPadded(rows, h), kernel.NewPadded(rows, h)
	}
	net.seen = s
	net.grads[0] = net.back[0]
	net.point = NewPoint(nil)
	if tooLarge(rows, cols) {
		net.point.thin = newThinProduct(f)
		return net
	}
	net.point.W = mat.NewDense(rows, cols, nil)
	net.point.form = func(w *mat.Dense) {
		kernel.Gemm(false, false, 1, f.W[n-1].RawMatrix(), net.partial[n-2].RawMatrix(), 0, w.RawMatrix())
	}
	return net
}

func (s *seenEntries) forward(net *network) float64 {
	n := len(net.partial)
	linalg.CopyRows(s.left, net.factors.W[n-1].RawMatrix())
	kernel.Transpose(s.right, net.partial[n-2].RawMatrix())
	s.entries.Dots(net.residual, s.left, s.right)
	kernel.Axpy(-1, s.values, net.residual)
	kernel.Scale(2/float64(len(s.values)), net.residual, s.slope)
	return kernel.Dot(net.residual, net.residual) / float64(len(s.values))
}

func (s *seenEntries) backward(net *network) {
	n := len(net.grads)
	s.entries.Times(s.gradL, s.slope, s.right)
	s.entries.TransTimes(s.gradR, s.slope, s.left)
	linalg.CopyRows(net.grads[n-1].RawMatrix(), s.gradL)
	kernel.Transpose(net.back[n-2].RawMatrix(), s.gradR)
}

// A thinProduct is a product of factors that is too large to form, W = L·Rᵀ with L rows × h and R cols × h.
type thinProduct struct {
	factors *Factors
	product linalg.Product
}

func newThinProduct(f *Factors) *thinProduct { return &thinProduct{factors: f} }

// sides returns L and R.
func (p *thinProduct) sides() (l, r kernel.Matrix) {
	n := p.factors.Depth()
	below := (&Factors{W: p.factors.W[:n-1]}).Product().RawMatrix()
	r = kernel.NewMatrix(below.Cols, below.Rows)
	kernel.Transpose(r, below)
	return p.factors.W[n-1].RawMatrix(), r
}

func (p *thinProduct) finite() bool {
	for _, w := range p.factors.W {
		raw := w.RawMatrix()
		for i := range raw.Rows {
			if !kernel.Finite(raw.Data[i*raw.Stride : i*raw.Stride+raw.Cols]) {
				return false
			}
		}
	}
	return true
}

// loss is the mean squared residual over the observations.
func (p *thinProduct) loss(o *Observations) float64 {
	l, r := p.sides()
	sum := 0.0
	for i := range o.rows {
		row := l.Data[i*l.Stride : i*l.Stride+l.Cols]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			at := int(o.col[k]) * r.Stride
			d := kernel.Dot(row, r.Data[at:at+r.Cols]) - o.value[k]
			sum += d * d
		}
	}
	return sum / float64(o.Len())
}

// decompose sets dst to the thin decomposition of W, of rank h at most.
func (p *thinProduct) decompose(dst *kernel.SVD) bool {
	l, r := p.sides()
	rank := min(l.Rows, l.Cols, r.Rows)
	if !p.product.Decompose(l, r, rank) {
		dst.Sigma = make([]float64, rank)
		dst.U, dst.V = kernel.NewMatrix(l.Rows, rank), kernel.NewMatrix(r.Rows, rank)
		return false
	}
	dst.Sigma, dst.U, dst.V = p.product.Sigma, p.product.U, p.product.V
	return true
}
