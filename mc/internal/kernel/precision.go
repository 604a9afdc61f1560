package kernel

import "unsafe"

// Multiply is [Gemm] in either precision.
func Multiply[T Element](transA, transB bool, alpha T, a, b MatrixOf[T], beta T, c MatrixOf[T]) {
	multiplyOf(transA, transB, alpha, a, b, beta, c, 0)
}

// NewMatrixOf is [NewMatrix] in either precision.
func NewMatrixOf[T Element](rows, cols int) MatrixOf[T] {
	return MatrixOf[T]{Rows: rows, Cols: cols, Stride: max(1, cols), Data: make([]T, rows*cols)}
}

// In returns x itself in double precision, and in single precision a zero matrix of its shape.
// Between the two go [Narrow] and [Widen], which do nothing where they are one.
func In[T Element](x Matrix) MatrixOf[T] {
	if same, ok := any(MatrixOf[float64](x)).(MatrixOf[T]); ok {
		return same
	}
	return NewMatrixOf[T](x.Rows, x.Cols)
}

// Wide returns x as a matrix in double precision, if it is one, and shares its memory.
func Wide[T Element](x MatrixOf[T]) (Matrix, bool) {
	if size[T]() != 8 || len(x.Data) == 0 {
		return Matrix{}, false
	}
	return Matrix{Rows: x.Rows, Cols: x.Cols, Stride: x.Stride,
		Data: unsafe.Slice(double(&x.Data[0]), len(x.Data))}, true
}

// one reports whether two lists are the same memory.
func one[T Element](x []T, y []float64) bool {
	return unsafe.Pointer(unsafe.SliceData(x)) == unsafe.Pointer(unsafe.SliceData(y))
}

// Narrow sets dst to x, each number rounded once.
func Narrow[T Element](dst MatrixOf[T], x Matrix) {
	if !one(dst.Data, x.Data) {
		convert(dst, x, 1)
	}
}

// NarrowScaled sets dst to a·x, each number rounded once to its precision.
func NarrowScaled[T Element](dst []T, a float64, x []float64) {
	sameLength(len(dst), len(x))
	if n := len(x); size[T]() == 8 && n > 0 {
		Scale(a, x, unsafe.Slice(double(&dst[0]), n))
		return
	}
	convert(MatrixOf[T]{Rows: 1, Cols: len(x), Stride: len(x), Data: dst},
		Matrix{Rows: 1, Cols: len(x), Stride: len(x), Data: x}, a)
}

// Widen sets dst to x.
func Widen[T Element](dst Matrix, x MatrixOf[T]) {
	if one(x.Data, dst.Data) {
		return
	}
	for i := range x.Rows {
		widened(dst.Data[i*dst.Stride:i*dst.Stride+x.Cols], x.Data[i*x.Stride:i*x.Stride+x.Cols])
	}
}

// WidenList sets dst to x.
func WidenList[T Element](dst []float64, x []T) {
	if !one(x, dst) {
		widened(dst, x)
	}
}

// CopyRows sets dst to src, of the same shape; they may be one.
func CopyRows[T Element](dst, src MatrixOf[T]) {
	if len(src.Data) == 0 || &dst.Data[0] == &src.Data[0] {
		return
	}
	for i := range src.Rows {
		copy(dst.Data[i*dst.Stride:i*dst.Stride+src.Cols], src.Data[i*src.Stride:])
	}
}
