package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

var (
	avx512 = &instructionSet{name: "avx512", rows: 8, lanes: 8, vectors: 3}
	avx2   = &instructionSet{name: "avx2", rows: 4, lanes: 4, vectors: 3, wholeB: true}
)

// available returns the sets that this processor has, the best first.
func available() []*instructionSet {
	sets := []*instructionSet{portable}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2 {
		sets = append([]*instructionSet{avx2}, sets...)
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
			sets = append([]*instructionSet{avx512}, sets...)
		}
	}
	return sets
}

// tile runs the micro-kernel for rows × vectors: see gen. Direct calls, unlike ones through a variable, let the compiler see
// that no pointer escapes.
func (s *instructionSet) tile(rows, vectors, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer, rowB int, c unsafe.Pointer, rowC, last int, alpha, beta float64) {
	switch s {
	case avx512:
		switch 4*rows + vectors {
		case 4*8 + 3:
			tileAVX5128x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*8 + 2:
			tileAVX5128x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*8 + 1:
			tileAVX5128x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 3:
			tileAVX5124x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 2:
			tileAVX5124x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 1:
			tileAVX5124x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 3:
			tileAVX5122x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 2:
			tileAVX5122x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 1:
			tileAVX5122x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 3:
			tileAVX5121x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 2:
			tileAVX5121x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 1:
			tileAVX5121x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		}
	case avx2:
		switch 4*rows + vectors {
		case 4*4 + 3:
			tileAVX24x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 2:
			tileAVX24x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 1:
			tileAVX24x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 3:
			tileAVX22x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 2:
			tileAVX22x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 1:
			tileAVX22x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 3:
			tileAVX21x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 2:
			tileAVX21x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 1:
			tileAVX21x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		}
	default:
		tilePortable(rows, k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
	}
}

// tile32 is tile in single precision.
func (s *instructionSet) tile32(rows, vectors, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer, rowB int, c unsafe.Pointer, rowC, last int, alpha, beta float32) {
	switch s {
	case avx512:
		switch 4*rows + vectors {
		case 4*8 + 3:
			tile32AVX5128x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*8 + 2:
			tile32AVX5128x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*8 + 1:
			tile32AVX5128x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 3:
			tile32AVX5124x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 2:
			tile32AVX5124x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 1:
			tile32AVX5124x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 3:
			tile32AVX5122x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 2:
			tile32AVX5122x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 1:
			tile32AVX5122x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 3:
			tile32AVX5121x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 2:
			tile32AVX5121x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 1:
			tile32AVX5121x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		}
	case avx2:
		switch 4*rows + vectors {
		case 4*4 + 3:
			tile32AVX24x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 2:
			tile32AVX24x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*4 + 1:
			tile32AVX24x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 3:
			tile32AVX22x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 2:
			tile32AVX22x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*2 + 1:
			tile32AVX22x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 3:
			tile32AVX21x3(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 2:
			tile32AVX21x2(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		case 4*1 + 1:
			tile32AVX21x1(k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		}
	default:
		tilePortable32(rows, k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
	}
}
