package mc

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Given copies given factors: those of an earlier result, for a warm start, or factors made by hand
// with hidden sizes that differ.
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

// GoString names the factors by their shapes and a digest, so that the print of a configuration
// identifies a run.
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
