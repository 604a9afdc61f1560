package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// A Point is an iterate W (rows × cols) and what is known about it. Norms, singular values and polar factor are
// computed when first asked for and then kept, so that one decomposition serves the penalty and every observer.
//
// A Point is not safe for use by several goroutines at once.
type Point struct {
	// W is the iterate. After changing it, call Changed.
	W *mat.Dense

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

	form  func(w *mat.Dense) // computes W when it is first asked for, or nil if W is always up to date
	stale bool               // W is to be formed
	thin  *thinProduct       // stands in for a W that is too large to form

	fast      kernel.Polar
	fastU     mat.Dense // its factor
	fastEps   float64
	fastTried bool
	fastKnown bool // and not refused
}

type decomposition int

const (
	nothing decomposition = iota
	valuesOnly
	everything
)

// NewPoint returns the point at w, which it keeps and does not copy.
func NewPoint(w *mat.Dense) *Point { return &Point{W: w} }

// Changed forgets what is known of W; its workspaces are kept, so that nothing is allocated anew.
func (p *Point) Changed() {
	p.froKnown, p.have, p.polarKnown, p.fastTried, p.svdFailed = false, nothing, false, false, false
	p.stale = p.form != nil
}

// dense returns W, forming it if that is still to be done, or nil if it is too large.
func (p *Point) dense() *mat.Dense {
	if p.stale && p.thin == nil {
		p.form(p.W)
		p.stale = false
	}
	return p.W
}

// Frobenius returns ‖W‖_F.
func (p *Point) Frobenius() float64 {
	if !p.froKnown {
		if p.froKnown = true; p.thin != nil {
			p.fro = norm2(p.SingularValues())
		} else {
			p.fro = frobenius(p.dense())
		}
	}
	return p.fro
}

// SingularValues returns the min(rows, cols) singular values, descending. The slice belongs to the Point and is valid
// until Changed. If W is not finite they are all zero and [Point.Finite] says so.
func (p *Point) SingularValues() []float64 {
	if p.have < valuesOnly {
		p.decompose(valuesOnly)
	}
	return p.svd.Sigma
}

// SVD returns the thin decomposition W = U·diag(σ)·Vᵀ with U rows × k, V cols × k and k = min(rows, cols). All belong to
// the Point and are valid until Changed.
func (p *Point) SVD() (u *mat.Dense, sigma []float64, v *mat.Dense) {
	p.factorize()
	return view(p.svd.U), p.svd.Sigma, view(p.svd.V)
}

// Finite reports whether W can be decomposed: it cannot if an entry is NaN or infinite.
func (p *Point) Finite() bool {
	if p.have != nothing {
		return !p.svdFailed
	}
	if p.thin != nil {
		return p.thin.finite()
	}
	raw := p.dense().RawMatrix()
	for i := range raw.Rows {
		if !kernel.Finite(raw.Data[i*raw.Stride : i*raw.Stride+raw.Cols]) {
			return false
		}
	}
	return true
}

func (p *Point) factorize() {
	if p.have < everything {
		p.decompose(everything)
	}
}

func (p *Point) decompose(want decomposition) {
	ok := false
	switch {
	case p.thin != nil:
		want, ok = everything, p.thin.decompose(&p.svd)
	case want == everything:
		ok = p.svd.Factorize(p.dense().RawMatrix())
	default:
		ok = p.svd.Values(p.dense().RawMatrix())
	}
	p.have, p.svdFailed = want, !ok
	if !ok { // zeros keep NaN out of penalties; the solver ends the run for the loss
		clear(p.svd.Sigma)
		clear(p.svd.U.Data)
		clear(p.svd.V.Data)
	}
}

// Nuclear returns ‖W‖_* = Σσᵢ.
func (p *Point) Nuclear() float64 {
	sum := 0.0
	for _, s := range p.SingularValues() {
		sum += s
	}
	return sum
}

// Polar returns the smoothed polar factor and the smoothed nuclear norm,
//
//	W(WᵀW + ε²‖W‖_F²·I)^(−1/2) = U·diag(σᵢ/√(σᵢ² + ε²‖W‖_F²))·Vᵀ  and  Σ√(σᵢ² + ε²‖W‖_F²).
//
// With ε = 0 these are UVᵀ over the directions of non-zero σ and ‖W‖_*; numerically zero directions, those with
// σ ≤ max(rows, cols)·2⁻⁵²·σ₁, are left alone. The matrix belongs to the Point and is valid until Changed.
func (p *Point) Polar(eps float64) (*mat.Dense, float64) {
	if p.polarKnown && p.polarEps == eps {
		return p.polar, p.polarValue
	}
	p.factorize()
	rows, cols := p.dense().Dims()
	if p.polar == nil {
		p.polar = mat.NewDense(rows, cols, nil)
	}
	p.polarValue = 0
	shift := eps * p.Frobenius()
	zero := p.negligible()
	weight := p.spectrumScratch()
	for i, s := range p.svd.Sigma {
		r := math.Hypot(s, shift)
		p.polarValue += r
		weight[i] = 0
		if s > zero {
			weight[i] = s / r
		}
	}
	p.rebuild(p.polar, 0, 1, weight)
	p.polarEps, p.polarKnown = eps, true
	return p.polar, p.polarValue
}

// negligible returns the size up to which a singular value counts as zero.
func (p *Point) negligible() float64 {
	rows, cols := p.W.Dims()
	return float64(max(rows, cols)) * 0x1p-52 * p.SingularValues()[0]
}

// spectrumScratch returns room for min(rows, cols) numbers: the last row of the scratch matrix's extra storage.
func (p *Point) spectrumScratch() []float64 {
	k := len(p.svd.Sigma)
	if p.scratch.Rows != k || p.scratch.Cols != k {
		p.scratch = kernel.Matrix{Rows: k, Cols: k, Stride: k, Data: make([]float64, (k+1)*k)}
	}
	return p.scratch.Data[k*k:]
}

// slopes decomposes W and returns room for ∂f/∂σ, which belongs to the Point.
func (p *Point) slopes() []float64 {
	p.factorize()
	return p.spectrumScratch()
}

// addSpectral adds scale·U·diag(df)·Vᵀ to dst, leaving null directions alone: the gradient of a spectral penalty. It overwrites df, which
// is what slopes returned.
func (p *Point) addSpectral(dst *mat.Dense, scale float64, df []float64) {
	zero := p.negligible()
	for i, s := range p.svd.Sigma {
		if s <= zero {
			df[i] = 0
		}
	}
	p.rebuild(dst, 1, scale, df)
}

// rebuild sets dst = beta·dst + scale·U·diag(weight)·Vᵀ. The decomposition must be there, and weight may be the spectrum's scratch.
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

func view(m kernel.Matrix) *mat.Dense {
	var d mat.Dense
	d.SetRawMatrix(m)
	return &d
}

// frobenius is ‖W‖_F, safe from overflow and underflow of the squares.
func frobenius(w *mat.Dense) float64 {
	return linalg.Frobenius(w.RawMatrix())
}
