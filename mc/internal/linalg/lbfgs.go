package linalg

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"

	"projectpenalty/mc/internal/kernel"
)

// LBFGS applies the inverse Hessian that the last Most steps s and changes y of the gradient make
// of
//
//	H ← (I − ρ·s·yᵀ)·H·(I − ρ·y·sᵀ) + ρ·s·sᵀ,   ρ = 1/(sᵀy),
//
// from H = (sᵀy/yᵀy)·I of the last (Nocedal and Wright 2006, algorithm 7.4 and equation 7.20).
type LBFGS struct {
	Most int

	pairs []pair // the oldest first
	spare pair   // room for the next
	alpha []float64
}

type pair struct {
	s, y []float64
	rho  float64
}

// Len returns the number of steps that are kept.
func (h *LBFGS) Len() int { return len(h.pairs) }

// Forget drops all steps.
func (h *LBFGS) Forget() { h.pairs = h.pairs[:0] }

// Add keeps the step from x to next and the change of the gradient from g to nextG. A step without
// curvature, sᵀy ≤ 0, which would make H indefinite, is left out.
func (h *LBFGS) Add(next, x, nextG, g []float64) {
	if h.spare.s == nil {
		h.spare = pair{s: make([]float64, len(x)), y: make([]float64, len(x))}
	}
	p := h.spare
	copy(p.s, next)
	kernel.Axpy(-1, x, p.s)
	copy(p.y, nextG)
	kernel.Axpy(-1, g, p.y)
	if p.rho = 1 / kernel.Dot(p.s, p.y); !(p.rho > 0) || math.IsInf(p.rho, 1) {
		return
	}
	h.spare = pair{}
	if len(h.pairs) == h.Most {
		h.spare = h.pairs[0]
		h.pairs = h.pairs[:copy(h.pairs, h.pairs[1:])]
	}
	h.pairs = append(h.pairs, p)
}

// Apply overwrites d with H·d.
func (h *LBFGS) Apply(d []float64) {
	n := len(h.pairs)
	if n == 0 {
		return
	}
	for len(h.alpha) < n {
		h.alpha = append(h.alpha, 0)
	}
	for k := n - 1; k >= 0; k-- {
		p := h.pairs[k]
		h.alpha[k] = p.rho * kernel.Dot(p.s, d)
		kernel.Axpy(-h.alpha[k], p.y, d)
	}
	last := h.pairs[n-1]
	kernel.Scale(1/(last.rho*kernel.Dot(last.y, last.y)), d, d)
	for k := range n {
		p := h.pairs[k]
		kernel.Axpy(h.alpha[k]-p.rho*kernel.Dot(p.y, d), p.s, d)
	}
}

// kept is what MarshalBinary writes, exactly.
type kept struct {
	S, Y [][]float64
	Rho  []float64
}

// MarshalBinary writes the steps that are kept.
func (h *LBFGS) MarshalBinary() ([]byte, error) {
	var k kept
	for _, p := range h.pairs {
		k.S, k.Y, k.Rho = append(k.S, p.s), append(k.Y, p.y), append(k.Rho, p.rho)
	}
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(k)
	return b.Bytes(), err
}

// UnmarshalBinary reads what MarshalBinary writes.
func (h *LBFGS) UnmarshalBinary(text []byte) error {
	var k kept
	if err := gob.NewDecoder(bytes.NewReader(text)).Decode(&k); err != nil {
		return err
	}
	if len(k.S) != len(k.Rho) || len(k.Y) != len(k.Rho) || len(k.Rho) > h.Most {
		return fmt.Errorf("linalg: %d, %d and %d parts of steps; their numbers must be equal, at most %d",
			len(k.S), len(k.Y), len(k.Rho), h.Most)
	}
	h.pairs = nil
	for i, rho := range k.Rho {
		h.pairs = append(h.pairs, pair{k.S[i], k.Y[i], rho})
	}
	return nil
}
