package mctest

import (
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// catches checks that a report holds a failure that says what is wanted.
func catches(t *testing.T, r *Report, want string) {
	t.Helper()
	for _, f := range r.Failures {
		if strings.Contains(f, want) {
			return
		}
	}
	t.Errorf("no failure says %q:\n%v", want, r)
}

// broken is the Frobenius norm with something wrong.
type broken struct {
	scale, offset float64 // of the gradient
	zero          float64 // R(0), and the gradient's entries there
	sets          bool    // overwrites dst in place of adding
	eatsW         bool
	eatsSVD       bool
	eatsFrame     bool
	calls         *atomic.Int64 // state of a run: the value depends on the number of calls
	panics        bool
}

func (b broken) Value(p *mc.Point) float64 {
	if b.panics {
		panic("it hurts")
	}
	r := mat.Norm(p.W, 2)
	if b.calls != nil {
		r += 1e-3 * float64(b.calls.Add(1))
	}
	return r
}

func (b broken) AddGradient(dst *mat.Dense, scale float64, p *mc.Point) {
	r := mat.Norm(p.W, 2)
	if b.eatsSVD {
		_, sigma, _ := p.SVD()
		sigma[0]++
	}
	if b.sets {
		dst.Zero()
	}
	if b.eatsFrame {
		raw := dst.RawMatrix()
		whole := raw.Data[:cap(raw.Data)]
		whole[len(whole)-1]++
	}
	rows, cols := p.W.Dims()
	for i := range rows {
		for j := range cols {
			g := b.zero
			if r != 0 {
				g = b.scale*p.W.At(i, j)/r + b.offset
			}
			dst.Set(i, j, dst.At(i, j)+scale*g)
		}
	}
	if b.eatsW {
		p.W.Set(0, 0, p.W.At(0, 0)+1)
	}
}

func TestCheckPenaltyCatches(t *testing.T) {
	calls := new(atomic.Int64)
	for _, c := range []struct {
		name string
		p    mc.Penalty
		want string
	}{
		{"a factor in the gradient", broken{scale: 1.001}, "central differences of R give"},
		{"a constant in the gradient", broken{scale: 1, offset: 1e-3}, "central differences of R give"},
		{"no subgradient at 0", broken{scale: 1, zero: math.NaN()}, "at W = 0, 3×4: the gradient is not finite"},
		{"an infinite subgradient at 0", broken{scale: 1, zero: math.Inf(1)}, "the gradient is not finite; +Inf"},
		{"dst is overwritten", broken{scale: 1, sets: true}, "AddGradient with scale -2 adds"},
		{"W is changed", broken{scale: 1, eatsW: true}, "AddGradient changes W"},
		{"the Point is changed", broken{scale: 1, eatsSVD: true}, "AddGradient changes what the Point knows"},
		{"what surrounds dst is changed", broken{scale: 1, eatsFrame: true}, "AddGradient changes what surrounds dst"},
		{"a state of the run", broken{scale: 1, calls: calls}, "at one that has been evaluated"},
		{"a pointer in the print", broken{scale: 1, calls: calls}, "described as mctest.broken{"},
		{"a panic", broken{panics: true}, "it panics: it hurts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Report
			CheckPenalty(&r, c.p)
			catches(t, &r, c.want)
		})
	}
}

// What is broken only where nothing is broken passes.
func TestCheckPenaltyPasses(t *testing.T) {
	CheckPenalty(t, broken{scale: 1})
	CheckHomogeneous(t, broken{scale: 1}, 1)
}

// lame are a spectral penalty that is not invariant, one with a wrong derivative on the spectrum,
// and ones without care for settings.
type lame struct {
	Weight   float64
	Count    int
	entry    bool    // depends on an entry of W too
	atZero   bool    // has a subgradient other than 0 at W = 0
	spectrum float64 // is added to ∂f/∂σ
	change   bool    // of sigma
	validate string  // "", "all" or "nothing" is refused, "unnamed" is refused without the name of the field
}

func (l lame) Value(p *mc.Point) float64 {
	if l.entry {
		return p.W.At(0, 0) + p.Frobenius()
	}
	return p.Frobenius()
}

func (l lame) AddGradient(dst *mat.Dense, scale float64, p *mc.Point) {
	if l.entry || l.atZero && p.Frobenius() == 0 {
		dst.Set(0, 0, dst.At(0, 0)+scale)
	}
	mc.Frobenius{}.AddGradient(dst, scale, p)
}

func (l lame) OnSpectrum(grad, sigma []float64) float64 {
	f := mc.Frobenius{}.OnSpectrum(grad, sigma)
	for i := range grad {
		grad[i] += l.spectrum
	}
	if l.change {
		sigma[0] = 1
	}
	return f
}

func (l lame) Validate() error {
	switch {
	case l.validate == "all":
		return fmt.Errorf("Weight and Count are never right")
	case l.validate == "nothing", !math.IsNaN(l.Weight) && l.Count >= 0:
		return nil
	case l.validate == "unnamed":
		return fmt.Errorf("something is wrong")
	}
	return fmt.Errorf("Weight is %v, Count is %d", l.Weight, l.Count)
}

func TestCheckSpectralPenaltyCatches(t *testing.T) {
	for _, c := range []struct {
		name string
		p    mc.Penalty
		want string
	}{
		{"not invariant", lame{entry: true}, "a SpectralPenalty depends on the singular values alone"},
		{"a gradient that does not turn with W", lame{entry: true}, "∇R(UWV) differs from U·∇R(W)·V"},
		{"a gradient at 0", lame{atZero: true}, "at W = 0, 3×4: ∇R(UWV) differs"},
		{"a wrong derivative on the spectrum", lame{spectrum: 1e-4}, "OnSpectrum says ∂f/∂σ1"},
		{"sigma is changed", lame{change: true}, "OnSpectrum changes sigma"},
		{"NaN is accepted", lame{validate: "nothing"}, "Validate accepts lame.Weight = NaN"},
		{"a negative count is accepted", lame{validate: "nothing"}, "Validate accepts lame.Count = -1"},
		{"an error without a name", lame{validate: "unnamed"}, "does not name the field"},
		{"all settings are refused", lame{validate: "all"}, "settings: Validate refuses them"},
		{"no Validate", unchecked{}, "Validate accepts unchecked.Weight = NaN; give the field a range tag"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Report
			CheckPenalty(&r, c.p)
			catches(t, &r, c.want)
		})
	}
	CheckPenalty(t, lame{})
}

type unchecked struct{ Weight float64 }

func (unchecked) Value(p *mc.Point) float64 { return p.Frobenius() }

func (unchecked) AddGradient(dst *mat.Dense, scale float64, p *mc.Point) {
	mc.Frobenius{}.AddGradient(dst, scale, p)
}

// holed is a penalty with NaN at an entry: in the value where the entry differs from what it is, or
// in the gradient.
type holed struct {
	mc.Frobenius
	is       float64
	gradient bool
}

func (h holed) Value(p *mc.Point) float64 {
	if !h.gradient && p.W.At(0, 1) != h.is {
		return math.NaN()
	}
	return h.Frobenius.Value(p)
}

func (h holed) AddGradient(dst *mat.Dense, scale float64, p *mc.Point) {
	h.Frobenius.AddGradient(dst, scale, p)
	if h.gradient {
		dst.Set(0, 1, math.NaN())
	}
}

// An entry with NaN is the worst, and none that follows takes its place.
func TestGradientErrorOfNaN(t *testing.T) {
	w := gaussian(3, 4, 1)
	for _, gradient := range []bool{false, true} {
		err, i, j := GradientError(holed{is: w.At(0, 1), gradient: gradient}, w)
		if !math.IsNaN(err) || i != 0 || j != 1 {
			t.Errorf("NaN in the gradient: %v: the error is %v at (%d, %d), want NaN at (0, 1)", gradient, err, i, j)
		}
	}
}

func TestCheckHomogeneousCatches(t *testing.T) {
	var r Report
	CheckHomogeneous(&r, mc.Frobenius{}, 2)
	catches(t, &r, "R(3W)")
	catches(t, &r, "⟨∇R(W), W⟩")
	CheckHomogeneous(t, mc.Ratio{}, 0)
}
