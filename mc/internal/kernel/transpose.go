package kernel

import (
	"fmt"
	"unsafe"
)

// Transpose sets dst (cols × rows) to xᵀ.
func Transpose(dst, x Matrix) { TransposeOf(MatrixOf[float64](dst), MatrixOf[float64](x)) }

// TransposeOf is [Transpose] in either precision.
func TransposeOf[T Element](dst, x MatrixOf[T]) {
	if dst.Rows != x.Cols || dst.Cols != x.Rows {
		panic(fmt.Sprintf("kernel: transpose of %d×%d into %d×%d", x.Rows, x.Cols, dst.Rows, dst.Cols))
	}
	if x.Rows == 0 || x.Cols == 0 {
		return
	}
	dst.check()
	x.check()
	size := size[T]()
	transpose[T](unsafe.Pointer(&dst.Data[0]), size*dst.Stride, unsafe.Pointer(&x.Data[0]), size*x.Stride,
		x.Rows, x.Cols)
}

// transpose stores the columns of rows × cols numbers, whose rows are step bytes apart, as rows
// toStep bytes apart.
func transpose[T Element](to unsafe.Pointer, toStep int, from unsafe.Pointer, step int, rows, cols int) {
	const high, wide = 64, 32 // as many cache lines as the first level holds, of both
	size := size[T]()
	eight, four := transpose8, transpose4
	if size == 4 {
		eight, four = transpose8Single, transpose4Single
	}
	for i0 := 0; i0 < rows; i0 += high {
		i1 := min(i0+high, rows)
		for j0 := 0; j0 < cols; j0 += wide {
			width := min(wide, cols-j0)
			for i := i0; i < i1; {
				src, dst := unsafe.Add(from, i*step+size*j0), unsafe.Add(to, j0*toStep+size*i)
				lines, done := 1, 0
				switch left := i1 - i; {
				case left >= 8:
					lines, done = 8, width&^3
					eight(width/4, src, step, dst, toStep)
				case left >= 4:
					lines, done = 4, width&^3
					four(width/4, src, step, dst, toStep)
				}
				for l := range lines {
					for j := done; j < width; j++ {
						*(*T)(unsafe.Add(dst, j*toStep+size*l)) = *(*T)(unsafe.Add(src, l*step+size*j))
					}
				}
				i += lines
			}
		}
	}
}
