package mc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// Regression is the measurement of a linear model Y ≈ XW of several outputs: X (samples × features)
// and Y (samples × outputs) are given, W (features × outputs) is unknown, and A(W) = XW, read
// sample by sample. With [Squares] it is multi-task regression, with [Softmax] multinomial logistic
// regression, with [Logistic] and one output a classifier of two classes.
//
// Nothing larger than X is formed, and its two products are the work of a step. A sample is a
// block: [Tune] and [HoldOut] hold out samples.
type Regression struct {
	x       *mat.Dense
	value   []float64 // Y, sample by sample
	outputs int
}

// NewRegression makes the measurement XW = Y of a matrix W (features × outputs). X and Y must have
// as many rows, at least one, and be finite. It keeps X, which is not to be changed afterwards.
func NewRegression(x, y *mat.Dense) (*Regression, error) {
	if x == nil || y == nil || x.IsEmpty() || y.IsEmpty() {
		return nil, fmt.Errorf("mc: NewRegression: X or Y is empty; both need a row for each sample")
	}
	n, _ := x.Dims()
	samples, outputs := y.Dims()
	if n != samples {
		return nil, fmt.Errorf(
			"mc: NewRegression: X has %d rows and Y has %d; both must have one for each sample", n, samples)
	}
	for k, m := range []*mat.Dense{x, y} {
		for i := range n {
			for j, v := range m.RawRowView(i) {
				if !finite(v) {
					return nil, fmt.Errorf("mc: NewRegression: %s(%d, %d) is %v", []string{"X", "Y"}[k], i, j, v)
				}
			}
		}
	}
	return &Regression{x, mat.DenseCopyOf(y).RawMatrix().Data, outputs}, nil
}

// NewClasses makes the measurement of a classifier: Y has a 1 for the class of each sample, from 0
// to classes − 1, and 0 else. It is for the loss [Softmax] with as many classes.
func NewClasses(x *mat.Dense, labels []int, classes int) (*Regression, error) {
	if classes < 2 {
		return nil, fmt.Errorf("mc: NewClasses: there are %d classes; there must be at least 2", classes)
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("mc: NewClasses: there are no labels; each row of X needs one")
	}
	y := mat.NewDense(len(labels), classes, nil)
	for k, c := range labels {
		if c < 0 || c >= classes {
			return nil, fmt.Errorf("mc: NewClasses: labels[%d] is %d; it must be from 0 to %d", k, c, classes-1)
		}
		y.Set(k, c, 1)
	}
	return NewRegression(x, y)
}

// Dims returns the shape of W: features and outputs.
func (r *Regression) Dims() (rows, cols int) {
	_, features := r.x.Dims()
	return features, r.outputs
}

// Len returns the number of values of Y.
func (r *Regression) Len() int { return len(r.value) }

// Values returns Y, sample by sample. It is not to be written to.
func (r *Regression) Values() []float64 { return r.value }

// X returns the features (samples × features). It is not to be written to.
func (r *Regression) X() *mat.Dense { return r.x }

// Block returns the number of outputs, the values of a sample.
func (r *Regression) Block() int { return r.outputs }

// Apply sets dst to XW.
func (r *Regression) Apply(dst []float64, w *mat.Dense) {
	kernel.Gemm(false, false, 1, r.x.RawMatrix(), w.RawMatrix(), 0, r.bySample(dst))
}

// AddAdjoint adds scale·XᵀY to dst, for the Y that y is read by sample.
func (r *Regression) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	kernel.Gemm(true, false, scale, r.x.RawMatrix(), r.bySample(y), 1, dst.RawMatrix())
}

// Subset returns the samples whose values are at index, a Regression if all values of each sample
// are.
func (r *Regression) Subset(index []int) (Measurement, error) {
	values := make([]float64, len(index))
	whole := len(index)%r.outputs == 0
	for at, k := range index {
		values[at] = r.value[k]
		whole = whole && k%r.outputs == at%r.outputs && k/r.outputs == index[at-at%r.outputs]/r.outputs
	}
	if !whole {
		return &subset{r, index, values}, nil
	}
	_, features := r.x.Dims()
	x := mat.NewDense(len(index)/r.outputs, features, nil)
	for i := range len(index) / r.outputs {
		x.SetRow(i, r.x.RawRowView(index[i*r.outputs]/r.outputs))
	}
	return &Regression{x, values, r.outputs}, nil
}

func (r *Regression) bySample(v []float64) kernel.Matrix {
	return kernel.Matrix{Rows: len(v) / r.outputs, Cols: r.outputs, Stride: r.outputs, Data: v}
}
