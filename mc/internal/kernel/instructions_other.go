//go:build !amd64 && !arm64

package kernel

import "unsafe"

func available() []*instructionSet { return []*instructionSet{portable} }

func (s *instructionSet) tile(rows, vectors, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer, rowB int,
	c unsafe.Pointer, rowC, last int, alpha, beta float64) {
	tilePortable(rows, k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
}

func (s *instructionSet) tile32(rows, vectors, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer,
	rowB int, c unsafe.Pointer, rowC, last int, alpha, beta float32) {
	tilePortable32(rows, k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
}
