package linalg

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// Norm returns ‖x‖ = √Σxᵢ², also where the squares overflow or underflow.
func Norm(x []float64) float64 { return rootOfSquares(kernel.Dot(x, x), x) }

// Frobenius returns ‖M‖_F, also where the squares overflow or underflow.
func Frobenius(m kernel.Matrix) float64 {
	sum := 0.0
	for i := range m.Rows {
		row := m.Data[i*m.Stride : i*m.Stride+m.Cols]
		sum += kernel.Dot(row, row)
	}
	if inRange(sum) {
		return math.Sqrt(sum)
	}
	norm := 0.0
	for i := range m.Rows {
		norm = math.Hypot(norm, Norm(m.Data[i*m.Stride:i*m.Stride+m.Cols]))
	}
	return norm
}

// inRange reports whether a sum of squares has lost nothing to overflow or underflow.
func inRange(sum float64) bool { return sum > 1e-280 && sum < 1e280 }

func rootOfSquares(sum float64, x []float64) float64 {
	if inRange(sum) {
		return math.Sqrt(sum)
	}
	norm := 0.0
	for _, v := range x {
		norm = math.Hypot(norm, v)
	}
	return norm
}
