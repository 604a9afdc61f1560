package mctest

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// gaussian returns a matrix of independent standard normal entries.
func gaussian(rows, cols int, seed uint64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, 1))
	w := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			w.Set(i, j, rng.NormFloat64())
		}
	}
	return w
}

// orthogonal returns an orthogonal matrix.
func orthogonal(n int, seed uint64) *mat.Dense {
	var qr mat.QR
	qr.Factorize(gaussian(n, n, seed))
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

// withSpectrum returns U·diag(σ)·Vᵀ with random U and V; len(sigma) is at most min(rows, cols).
func withSpectrum(rows, cols int, seed uint64, sigma ...float64) *mat.Dense {
	s := mat.NewDense(rows, cols, nil)
	for i, x := range sigma {
		s.Set(i, i, x)
	}
	return product(orthogonal(rows, seed), s, orthogonal(cols, seed+1))
}

func product(a mat.Matrix, others ...mat.Matrix) *mat.Dense {
	p := mat.DenseCopyOf(a)
	for _, b := range others {
		var next mat.Dense
		next.Mul(p, b)
		p = &next
	}
	return p
}

func scaled(c float64, w *mat.Dense) *mat.Dense {
	var s mat.Dense
	s.Scale(c, w)
	return &s
}

func difference(a, b mat.Matrix) *mat.Dense {
	var d mat.Dense
	d.Sub(a, b)
	return &d
}

func inner(a, b mat.Matrix) float64 {
	var p mat.Dense
	p.MulElem(a, b)
	return mat.Sum(&p)
}

// apart returns ‖a − b‖_F/‖b‖_F, and ‖a‖_F if b is 0.
func apart(a, b mat.Matrix) float64 {
	d, size := mat.Norm(difference(a, b), 2), mat.Norm(b, 2)
	if size == 0 {
		return d
	}
	return d / size
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// finiteMatrix reports whether all entries are finite.
func finiteMatrix(w *mat.Dense) bool {
	rows, _ := w.Dims()
	for i := range rows {
		for _, x := range w.RawRowView(i) {
			if !finite(x) {
				return false
			}
		}
	}
	return true
}

// A framed matrix lies within a larger one, as a slice of it does, whose other entries nobody is to
// touch.
type framed struct{ whole, part *mat.Dense }

const frame = 3 // rows and columns on each side

// newFramed copies w into a frame.
func newFramed(w *mat.Dense) framed {
	rows, cols := w.Dims()
	whole := gaussian(rows+2*frame, cols+2*frame, 99)
	part := whole.Slice(frame, frame+rows, frame, frame+cols).(*mat.Dense)
	part.Copy(w)
	return framed{whole, part}
}

// intact reports whether the frame is as it was.
func (f framed) intact() bool {
	fresh := newFramed(f.part)
	return mat.Equal(f.whole, fresh.whole)
}
