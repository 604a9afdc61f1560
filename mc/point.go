package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// A Point is an iterate W (rows × cols) and what is known about it. Norms, singular values and
// polar factor are computed when first asked for and then kept, so that one decomposition serves
// the penalty and every observer. It is the argument of every [Penalty].
//
// A Point is not safe for use by several goroutines at once.
type Point struct {
	// W is the iterate, nil if it is too large to form. After changing it, call Changed.
	W *mat.Dense

	held matrix // how W is held

	fro       float64
	froKnown  bool
	svd       kernel.SVD
	have      decomposition
	svdFailed bool

	polar      *mat.Dense
	polarEps   float64
	polarValue float64
	polarKnown bool
	scratch    kernel.Matrix // k × k

	fast      kernel.Polar
	fastU     mat.Dense // its factor
	fastEps   float64
	fastTried bool
	fastKnown bool // and not refused
}

// matrix is how a Point holds its W: as a [dense] matrix, [sampled] at the observed entries and
// formed when somebody asks, or as a [thinProduct] that is too large to form.
type matrix interface {
	dims() (rows, cols int)
	// dense returns W as it is now, or nil if it is too large to form.
	dense() *mat.Dense
	// changed says that W is another one.
	changed()
	finite() bool
	// decompose sets dst to the singular values, with vectors or where they cost nothing also to
	// the singular vectors. It reports which it has, and whether W was finite.
	decompose(dst *kernel.SVD, vectors bool) (has decomposition, ok bool)
	// loss returns the value of a data term.
	loss(t dataTerm) float64
}

type decomposition int

const (
	nothing decomposition = iota
	valuesOnly
	everything
)

// NewPoint returns the point at w, which it keeps and does not copy.
func NewPoint(w *mat.Dense) *Point { return &Point{W: w, held: dense{w}} }

// Changed forgets what is known of W; its workspaces are kept, so that nothing is allocated anew.
func (p *Point) Changed() {
	p.froKnown, p.have, p.polarKnown, p.fastTried, p.svdFailed = false, nothing, false, false, false
	p.held.changed()
}

// Nuclear returns ‖W‖_* = Σσᵢ.
func (p *Point) Nuclear() float64 {
	sum := 0.0
	for _, s := range p.SingularValues() {
		sum += s
	}
	return sum
}

// Frobenius returns ‖W‖_F.
func (p *Point) Frobenius() float64 {
	if !p.froKnown {
		p.froKnown = true
		if w := p.dense(); w != nil {
			p.fro = frobenius(w)
		} else {
			p.fro = norm2(p.SingularValues())
		}
	}
	return p.fro
}

// SVD returns the thin decomposition W = U·diag(σ)·Vᵀ with U rows × k, V cols × k and k = min(rows,
// cols); of a W too large to form, k is at most the size of its smallest factor. All belong to the
// Point and are valid until Changed.
func (p *Point) SVD() (u *mat.Dense, sigma []float64, v *mat.Dense) {
	p.factorize()
	return view(p.svd.U), p.svd.Sigma, view(p.svd.V)
}

// SingularValues returns the singular values of [Point.SVD], descending. The slice belongs to the
// Point and is valid until Changed. If W is not finite they are all zero and [Point.Finite] says
// so.
func (p *Point) SingularValues() []float64 {
	if p.have < valuesOnly {
		p.decompose(valuesOnly)
	}
	return p.svd.Sigma
}

// Finite reports whether W can be decomposed: it cannot if an entry is NaN or infinite.
func (p *Point) Finite() bool {
	if _, unknown := p.held.(*modelled); p.have != nothing && !unknown {
		return !p.svdFailed
	}
	return p.held.finite()
}

// slopes decomposes W and returns room for ∂f/∂σ, which belongs to the Point.
func (p *Point) slopes() []float64 {
	p.factorize()
	return p.spectrumScratch()
}

// addSpectral adds scale·U·diag(df)·Vᵀ to dst, leaving null directions alone: the gradient of a
// spectral penalty. It overwrites df, which is what slopes returned.
func (p *Point) addSpectral(dst *mat.Dense, scale float64, df []float64) {
	zero := p.negligible()
	for i, s := range p.svd.Sigma {
		if s <= zero {
			df[i] = 0
		}
	}
	p.rebuild(dst, 1, scale, df)
}

// negligible returns the size up to which a singular value counts as zero.
func (p *Point) negligible() float64 {
	rows, cols := p.held.dims()
	return float64(max(rows, cols)) * 0x1p-52 * p.SingularValues()[0]
}

// rebuild sets dst = beta·dst + scale·U·diag(weight)·Vᵀ. The decomposition must be there, and
// weight may be the spectrum's scratch.
func (p *Point) rebuild(dst *mat.Dense, beta, scale float64, weight []float64) {
	p.spectrumScratch()
	k := len(weight)
	// The weights go to the factor of the short side, which is square.
	u, v := p.svd.U, p.svd.V
	short := &u
	if v.Rows == k {
		short = &v
	}
	for i := range k {
		row := p.scratch.Data[i*k : (i+1)*k]
		x := short.Data[i*short.Stride : i*short.Stride+k]
		for j, w := range weight {
			row[j] = x[j] * w
		}
	}
	*short = p.scratch
	kernel.Gemm(false, true, scale, u, v, beta, dst.RawMatrix())
}

// spectrumScratch returns room for min(rows, cols) numbers: the last row of the scratch matrix's
// extra storage.
func (p *Point) spectrumScratch() []float64 {
	k := len(p.svd.Sigma)
	if p.scratch.Rows != k || p.scratch.Cols != k {
		p.scratch = kernel.Matrix{Rows: k, Cols: k, Stride: k, Data: make([]float64, (k+1)*k)}
	}
	return p.scratch.Data[k*k:]
}

func (p *Point) factorize() {
	if p.have < everything {
		p.decompose(everything)
	}
}

func (p *Point) decompose(want decomposition) {
	has, ok := p.held.decompose(&p.svd, want == everything)
	p.have, p.svdFailed = has, !ok
	if !ok { // zeros keep NaN out of penalties; the solver ends the run for the loss
		clear(p.svd.Sigma)
		clear(p.svd.U.Data)
		clear(p.svd.V.Data)
	}
}

// dense returns W as it is now, or nil if it is too large to form.
func (p *Point) dense() *mat.Dense { return p.held.dense() }

func view(m kernel.Matrix) *mat.Dense {
	var d mat.Dense
	d.SetRawMatrix(m)
	return &d
}

// frobenius is ‖W‖_F, safe from overflow and underflow of the squares.
func frobenius(w *mat.Dense) float64 {
	return linalg.Frobenius(w.RawMatrix())
}

// dense is a W that is always up to date.
type dense struct{ w *mat.Dense }

func (d dense) dims() (rows, cols int)  { return d.w.Dims() }
func (d dense) dense() *mat.Dense       { return d.w }
func (d dense) changed()                {}
func (d dense) loss(t dataTerm) float64 { return t.value(make([]float64, t.on.Len()), d.w) }
func (d dense) finite() bool            { return finiteMatrix(d.w.RawMatrix()) }

func (d dense) decompose(dst *kernel.SVD, vectors bool) (has decomposition, ok bool) {
	if vectors {
		return everything, dst.Factorize(d.w.RawMatrix())
	}
	return valuesOnly, dst.Values(d.w.RawMatrix())
}

// sampled is a W of which a method knows the observed entries, and which is formed when somebody
// asks.
type sampled struct {
	w    *mat.Dense
	form func(w *mat.Dense)
	old  bool // w is that of an earlier iterate
	// at is the data term whose value is what fit returns, which may be nil.
	at  dataTerm
	fit func() float64
	// spectrum returns the singular values without W, and whether it is finite; nil if nobody
	// knows.
	spectrum func() ([]float64, bool)
}

// newSampledPoint returns a point whose W (rows × cols) is formed when somebody asks.
func newSampledPoint(rows, cols int, form func(w *mat.Dense)) *Point {
	w := mat.NewDense(rows, cols, nil)
	return &Point{W: w, held: &sampled{w: w, form: form, old: true}}
}

func (s *sampled) dims() (rows, cols int) { return s.w.Dims() }
func (s *sampled) changed()               { s.old = true }
func (s *sampled) finite() bool           { return dense{s.dense()}.finite() }

func (s *sampled) dense() *mat.Dense {
	if s.old {
		s.form(s.w)
		s.old = false
	}
	return s.w
}

func (s *sampled) decompose(dst *kernel.SVD, vectors bool) (has decomposition, ok bool) {
	if s.spectrum != nil && !vectors {
		sigma, ok := s.spectrum()
		dst.Sigma = append(dst.Sigma[:0], sigma...)
		return valuesOnly, ok
	}
	return dense{s.dense()}.decompose(dst, vectors)
}

func (s *sampled) loss(t dataTerm) float64 {
	if s.fit != nil && s.at.same(t) {
		return s.fit()
	}
	return dense{s.dense()}.loss(t)
}

// maxDense is the largest number of entries of a W that is formed, a gigabyte.
const maxDense = 1 << 27

func tooLarge(rows, cols int) bool { return float64(rows)*float64(cols) > maxDense }

// thinProduct is a product of factors that is too large to form, W = L·Rᵀ with L rows × h and R
// cols × h.
type thinProduct struct {
	factors *Factors
	product linalg.Product
}

func newThinPoint(f *Factors) *Point { return &Point{held: &thinProduct{factors: f}} }

func (p *thinProduct) dims() (rows, cols int) { return p.factors.Dims() }
func (p *thinProduct) dense() *mat.Dense      { return nil }
func (p *thinProduct) changed()               {}

func (p *thinProduct) finite() bool { return p.factors.finite() }

// loss takes Observations: no other measurement sees a part of a matrix that cannot be formed.
func (p *thinProduct) loss(t dataTerm) float64 {
	o := t.on.(*Observations)
	l, r := p.sides()
	x := make([]float64, o.Len())
	for i := range o.rows {
		row := l.Data[i*l.Stride : i*l.Stride+l.Cols]
		for k := o.start[i]; k < o.start[i+1]; k++ {
			at := int(o.col[k]) * r.Stride
			x[k] = kernel.Dot(row, r.Data[at:at+r.Cols])
		}
	}
	sum, _ := t.slopes(x)
	return sum
}

// decompose sets dst to the thin decomposition of W, of rank h at most.
func (p *thinProduct) decompose(dst *kernel.SVD, _ bool) (has decomposition, ok bool) {
	l, r := p.sides()
	rank := min(l.Rows, l.Cols, r.Rows)
	if !p.product.Decompose(l, r, rank) {
		dst.Sigma = make([]float64, rank)
		dst.U, dst.V = kernel.NewMatrix(l.Rows, rank), kernel.NewMatrix(r.Rows, rank)
		return everything, false
	}
	dst.Sigma, dst.U, dst.V = p.product.Sigma, p.product.U, p.product.V
	return everything, true
}

// sides returns L and R.
func (p *thinProduct) sides() (l, r kernel.Matrix) {
	n := p.factors.Depth()
	below := (&Factors{W: p.factors.W[:n-1]}).Product().RawMatrix()
	r = kernel.NewMatrix(below.Cols, below.Rows)
	kernel.Transpose(r, below)
	return p.factors.W[n-1].RawMatrix(), r
}

// modelled is a W that is too large to form and is no product of factors: its entries are those of
// a model. Its norms are not known.
type modelled struct{ model *Model }

func (m *modelled) dims() (rows, cols int) { return m.model.Dims() }
func (m *modelled) dense() *mat.Dense      { return nil }
func (m *modelled) changed()               {}
func (m *modelled) finite() bool           { return m.model.Validate() == nil }

// loss takes Observations, as that of a thinProduct does.
func (m *modelled) loss(t dataTerm) float64 {
	o := t.on.(*Observations)
	x := make([]float64, o.Len())
	for i := range o.rows {
		if o.start[i] == o.start[i+1] {
			continue
		}
		row := m.model.row(i)
		for k := o.start[i]; k < o.start[i+1]; k++ {
			x[k] = row.at(int(o.col[k]))
		}
	}
	sum, _ := t.slopes(x)
	return sum
}

func (m *modelled) decompose(dst *kernel.SVD, _ bool) (has decomposition, ok bool) {
	rows, cols := m.dims()
	dst.Sigma, dst.U, dst.V = make([]float64, 1), kernel.NewMatrix(rows, 1), kernel.NewMatrix(cols, 1)
	return everything, false
}

func finiteMatrix(m kernel.Matrix) bool {
	for i := range m.Rows {
		if !kernel.Finite(m.Data[i*m.Stride : i*m.Stride+m.Cols]) {
			return false
		}
	}
	return true
}
