package kernel

import "unsafe"

// A tile of neon has one row of twelve columns as its unit.
var neon = &instructionSet{name: "neon", rows: 4, lanes: 12, vectors: 1, wholeB: true}

// available returns the sets that this processor has, the best first: NEON is part of arm64.
func available() []*instructionSet { return []*instructionSet{neon, portable} }

func (s *instructionSet) tile(rows, vectors, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer, rowB int,
	c unsafe.Pointer, rowC, last int, alpha, beta float64) {
	if s != neon {
		tilePortable(rows, k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		return
	}
	var out [4 * 12]float64
	switch rows {
	case 4:
		tileNEON4(k, a, rowA, colA, b, rowB, &out[0])
	case 2:
		tileNEON2(k, a, rowA, colA, b, rowB, &out[0])
	case 1:
		tileNEON1(k, a, rowA, colA, b, rowB, &out[0])
	}
	for i := range rows {
		storeRow(out[12*i:12*i+last], unsafe.Add(c, i*rowC), alpha, beta)
	}
}

func (s *instructionSet) tile32(rows, vectors, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer,
	rowB int, c unsafe.Pointer, rowC, last int, alpha, beta float32) {
	if s != neon {
		tilePortable32(rows, k, a, rowA, colA, b, rowB, c, rowC, last, alpha, beta)
		return
	}
	var out [4 * 24]float32
	switch rows {
	case 4:
		tile32NEON4(k, a, rowA, colA, b, rowB, &out[0])
	case 2:
		tile32NEON2(k, a, rowA, colA, b, rowB, &out[0])
	case 1:
		tile32NEON1(k, a, rowA, colA, b, rowB, &out[0])
	}
	for i := range rows {
		storeRow32(out[24*i:24*i+last], unsafe.Add(c, i*rowC), alpha, beta)
	}
}
