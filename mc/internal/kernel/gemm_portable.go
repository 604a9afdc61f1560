package kernel

import (
	"math"
	"unsafe"
)

// tilePortable is the micro-kernel in Go: a tile of up to 4 rows and last ≤ 4 columns, B in panels
// of 4.
func tilePortable(rows, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer, rowB int, c unsafe.Pointer,
	rowC, last int, alpha, beta float64) {
	i := 0
	for ; i+2 <= rows; i += 2 {
		var x00, x01, x02, x03, x10, x11, x12, x13 float64
		first := unsafe.Add(a, i*rowA)
		for p := range k {
			y := (*[4]float64)(unsafe.Add(b, p*rowB))
			pa := unsafe.Add(first, p*colA)
			a0, a1 := *(*float64)(pa), *(*float64)(unsafe.Add(pa, rowA))
			x00 = math.FMA(a0, y[0], x00)
			x01 = math.FMA(a0, y[1], x01)
			x02 = math.FMA(a0, y[2], x02)
			x03 = math.FMA(a0, y[3], x03)
			x10 = math.FMA(a1, y[0], x10)
			x11 = math.FMA(a1, y[1], x11)
			x12 = math.FMA(a1, y[2], x12)
			x13 = math.FMA(a1, y[3], x13)
		}
		x := [8]float64{x00, x01, x02, x03, x10, x11, x12, x13}
		storeRow(x[:last], unsafe.Add(c, i*rowC), alpha, beta)
		storeRow(x[4:4+last], unsafe.Add(c, (i+1)*rowC), alpha, beta)
	}
	for ; i < rows; i++ {
		var x [4]float64
		first := unsafe.Add(a, i*rowA)
		for p := range k {
			y := (*[4]float64)(unsafe.Add(b, p*rowB))
			a0 := *(*float64)(unsafe.Add(first, p*colA))
			for j := range x {
				x[j] = math.FMA(a0, y[j], x[j])
			}
		}
		storeRow(x[:last], unsafe.Add(c, i*rowC), alpha, beta)
	}
}

// storeRow stores α·x + β·c in c; with β = 0 what c held is not read.
func storeRow(x []float64, c unsafe.Pointer, alpha, beta float64) {
	for j, to := range unsafe.Slice((*float64)(c), len(x)) {
		y := float64(alpha * x[j])
		if beta != 0 {
			y = math.FMA(beta, to, y)
		}
		*(*float64)(unsafe.Add(c, 8*j)) = y
	}
}

// tilePortable32 is tilePortable in single precision, B in panels of 8.
func tilePortable32(rows, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer, rowB int, c unsafe.Pointer,
	rowC, last int, alpha, beta float32) {
	for i := range rows {
		var x [8]float32
		first := unsafe.Add(a, i*rowA)
		for p := range k {
			y := (*[8]float32)(unsafe.Add(b, p*rowB))
			a0 := *(*float32)(unsafe.Add(first, p*colA))
			for j := range x {
				x[j] = fma32(a0, y[j], x[j])
			}
		}
		storeRow32(x[:last], unsafe.Add(c, i*rowC), alpha, beta)
	}
}

// storeRow32 is storeRow in single precision.
func storeRow32(x []float32, c unsafe.Pointer, alpha, beta float32) {
	for j, to := range unsafe.Slice((*float32)(c), len(x)) {
		y := float32(alpha * x[j])
		if beta != 0 {
			y = fma32(beta, to, y)
		}
		*(*float32)(unsafe.Add(c, 4*j)) = y
	}
}

// fma32 is x·y + z, rounded once. The product is exact in double precision; a sum that is not is
// rounded to the neighbour whose last bit is odd, which rounds to single precision as the sum
// itself does (Boldo and Melquiond 2008).
func fma32(x, y, z float32) float32 {
	product, c := float64(x)*float64(y), float64(z)
	sum := product + c
	back := sum - product
	rest := (product - (sum - back)) + (c - back)
	bits := math.Float64bits(sum)
	if rest != 0 && rest-rest == 0 && bits&1 == 0 {
		if (rest > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
	}
	return float32(math.Float64frombits(bits))
}
