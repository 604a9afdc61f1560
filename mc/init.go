package mc

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// An Init is a start for the factors of a [DeepMF].
//
// The Scale α of a start is that of the end-to-end product: E‖W‖_F² = α²·min(rows, cols), the norm of α times the
// identity, whatever the depth, so that runs of different depth start equally far from zero (Arora, Cohen, Hu, Luo
// 2019). A hidden size r below min(rows, cols) takes its place for [Orthogonal] and [Identity], whose product is α times a partial
// isometry of rank r.
type Init interface {
	// Fill overwrites the factors, drawing from rng alone.
	Fill(f *Factors, rng *rand.Rand) error
}

const defaultInitScale = 1e-3

// Gaussian starts from independent normal entries.
type Gaussian struct {
	// Scale α of the product. Default 1e-3.
	Scale float64
}

// Fill overwrites the factors.
func (g Gaussian) Fill(f *Factors, rng *rand.Rand) error {
	return independent(f, g.Scale, "Gaussian", rng.NormFloat64)
}

// Uniform starts from independent entries, uniform on an interval around zero.
type Uniform struct {
	// Scale α of the product. Default 1e-3.
	Scale float64
}

// Fill overwrites the factors.
func (u Uniform) Fill(f *Factors, rng *rand.Rand) error {
	return independent(f, u.Scale, "Uniform", func() float64 { return math.Sqrt(3) * (2*rng.Float64() - 1) })
}

// independent fills the factors with independent entries of one standard deviation s each, draws having variance 1.
// The product of N factors through hidden sizes h has entries of variance s^{2N}·Πh, over rows·cols of them.
func independent(f *Factors, scale float64, name string, draw func() float64) error {
	scale, err := initScale(scale, name)
	if err != nil {
		return err
	}
	rows, cols := f.Dims()
	logVar := 2*math.Log(scale) - math.Log(float64(max(rows, cols)))
	for _, w := range f.W[1:] {
		_, hidden := w.Dims()
		logVar -= math.Log(float64(hidden))
	}
	s := math.Exp(logVar / float64(2*f.Depth()))
	for _, w := range f.W {
		r, _ := w.Dims()
		for i := range r {
			row := w.RawRowView(i)
			for j := range row {
				row[j] = s * draw()
			}
		}
	}
	return nil
}

// Orthogonal starts from W_j = α^{1/N}·B_j B_{j−1}ᵀ with random orthonormal frames B_j of each space, k columns each, k the
// smallest size of all. The product is α times a random partial isometry, all singular values of a factor are equal, and
// the factors are balanced: W_{j+1}ᵀW_{j+1} = W_jW_jᵀ.
type Orthogonal struct {
	// Scale α of the product. Default 1e-3.
	Scale float64
}

// Fill overwrites the factors.
func (o Orthogonal) Fill(f *Factors, rng *rand.Rand) error {
	scale, err := initScale(o.Scale, "Orthogonal")
	if err != nil {
		return err
	}
	s := math.Pow(scale, 1/float64(f.Depth()))
	k := narrowest(f)
	_, cols := f.Dims()
	in := orthonormal(cols, k, rng)
	for _, w := range f.W {
		r, _ := w.Dims()
		out := orthonormal(r, k, rng)
		w.Mul(out, in.T())
		w.Scale(s, w)
		in = out
	}
	return nil
}

// orthonormal draws k orthonormal columns of length n from the uniform (Haar) measure.
func orthonormal(n, k int, rng *rand.Rand) *mat.Dense {
	var qr mat.QR
	qr.Factorize(gaussian(n, k, rng))
	var full, r mat.Dense
	qr.QTo(&full)
	qr.RTo(&r)
	q := mat.DenseCopyOf(full.Slice(0, n, 0, k))
	for j := range k { // signs by R's diagonal make the distribution uniform (Mezzadri 2007)
		if r.At(j, j) < 0 {
			for i := range n {
				q.Set(i, j, -q.At(i, j))
			}
		}
	}
	return q
}

// Identity starts from α^{1/N} times the identity of the smallest size of all, padded with zeros to each factor's shape. The
// factors are balanced, as [Orthogonal]'s are.
type Identity struct {
	// Scale α of the product. Default 1e-3.
	Scale float64
}

// Fill overwrites the factors.
func (d Identity) Fill(f *Factors, _ *rand.Rand) error {
	scale, err := initScale(d.Scale, "Identity")
	if err != nil {
		return err
	}
	s := math.Pow(scale, 1/float64(f.Depth()))
	k := narrowest(f)
	for _, w := range f.W {
		w.Zero()
		for i := range k {
			w.Set(i, i, s)
		}
	}
	return nil
}

// Zero starts the linear model, depth 1, from W = 0: the start from which gradient descent finds the solution of minimum
// Frobenius norm. In a product of two or more factors zero is a saddle that no gradient leaves, so it is refused there.
type Zero struct{}

// Fill overwrites the factors.
func (Zero) Fill(f *Factors, _ *rand.Rand) error {
	if f.Depth() > 1 {
		return fmt.Errorf("mc: Zero cannot start a factorisation of depth %d: its gradient vanishes there", f.Depth())
	}
	f.W[0].Zero()
	return nil
}

// Given starts from given factors, which it copies: of an earlier result, or made by hand with hidden sizes of one's own.
type Given struct{ Factors *Factors }

// Fill overwrites the factors, whose shapes must be those given.
func (g Given) Fill(f *Factors, _ *rand.Rand) error {
	rows, cols := f.Dims()
	if g.Factors == nil || !slices.Equal(g.Factors.Shapes(), f.Shapes()) {
		return fmt.Errorf("mc: %#v does not have the shapes %v", g, f.Shapes())
	}
	if err := g.Factors.validate(rows, cols); err != nil {
		return err
	}
	for j, w := range f.W {
		w.Copy(g.Factors.W[j])
	}
	return nil
}

// GoString names the factors by their shapes and a digest, so that the print of a configuration identifies a run.
func (g Given) GoString() string {
	if g.Factors == nil {
		return "mc.Given{nil}"
	}
	return fmt.Sprintf("mc.Given{%v %s}", g.Factors.Shapes(), digest(g.Factors.W...))
}

// digest identifies matrices by 16 hexadecimal digits.
func digest(matrices ...*mat.Dense) string {
	h := sha256.New()
	for _, w := range matrices {
		b, _ := w.MarshalBinary() // only fails for matrices that are too large to be held
		h.Write(b)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

func narrowest(f *Factors) int {
	rows, cols := f.Dims()
	k := min(rows, cols)
	for _, w := range f.W[1:] {
		_, h := w.Dims()
		k = min(k, h)
	}
	return k
}

func initScale(scale float64, name string) (float64, error) {
	if scale == 0 {
		return defaultInitScale, nil
	}
	if !(scale > 0) || math.IsInf(scale, 0) {
		return 0, fmt.Errorf("mc: %s.Scale is %v; it must be positive and finite, or 0 for %v", name, scale, defaultInitScale)
	}
	return scale, nil
}
