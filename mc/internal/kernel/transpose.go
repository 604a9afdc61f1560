package kernel

import (
	"fmt"
	"unsafe"
)

// Transpose sets dst (cols × rows) to xᵀ.
func Transpose(dst, x Matrix) {
	if dst.Rows != x.Cols || dst.Cols != x.Rows {
		panic(fmt.Sprintf("kernel: transpose of %d×%d into %d×%d", x.Rows, x.Cols, dst.Rows, dst.Cols))
	}
	transpose(unsafe.Pointer(unsafe.SliceData(dst.Data)), 8*dst.Stride, unsafe.Pointer(unsafe.SliceData(x.Data)), 8*x.Stride, x.Rows, x.Cols)
}

// transpose stores the columns of rows × cols numbers, whose rows are step bytes apart, as rows toStep bytes apart.
func transpose(to unsafe.Pointer, toStep int, from unsafe.Pointer, step int, rows, cols int) {
	const high, wide = 64, 32 // as many cache lines as the first level holds, of both
	for i0 := 0; i0 < rows; i0 += high {
		i1 := min(i0+high, rows)
		for j0 := 0; j0 < cols; j0 += wide {
			width := min(wide, cols-j0)
			for i := i0; i < i1; {
				src, dst := unsafe.Add(from, i*step+8*j0), unsafe.Add(to, j0*toStep+8*i)
				lines := 1
				switch left := i1 - i; {
				case left >= 8:
					lines = 8
					transpose8(width/4, src, step, dst, toStep)
				case left >= 4:
					lines = 4
					transpose4(width/4, src, step, dst, toStep)
				}
				begin := width &^ 3
				if lines == 1 {
					begin = 0
				}
				for l := range lines {
					for j := begin; j < width; j++ {
						*(*float64)(unsafe.Add(dst, j*toStep+8*l)) = *(*float64)(unsafe.Add(src, l*step+8*j))
					}
				}
				i += lines
			}
		}
	}
}
