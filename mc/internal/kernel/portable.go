package kernel

import (
	"math"
	"unsafe"
)

// tilePortable is the micro-kernel in Go: a tile of up to 4 rows and last ≤ 4 columns, B in panels of 4.
func tilePortable(rows, k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer, rowB int, c unsafe.Pointer, rowC, last int, alpha, beta float64) {
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
