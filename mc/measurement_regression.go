package mc

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

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
// to classes − 1, and 0 otherwise. It is for the loss [Softmax] with as many classes.
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
	return r.features(), r.outputs
}

func (r *Regression) features() int { return r.x.RawMatrix().Cols }

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

// gradient is that of a data term, in one pass over X, whose reading is most of the work: a block
// of samples stays in the cache for both products. Chunks of blocks have a sum each, so that the
// bits do not depend on the number of goroutines.
func (r *Regression) gradient(grad *mat.Dense, x []float64, w *mat.Dense, t dataTerm) float64 {
	const height, most = 64, 16 // samples of a block, chunks
	samples, features := len(x)/r.outputs, r.features()
	blocks, size := (samples+height-1)/height, features*r.outputs
	chunks := min(most, blocks)
	scratch := borrow(chunks * (1 + size))
	defer scratch.giveBack()
	clear(scratch.x)
	sums, grads := scratch.x[:chunks], scratch.x[chunks:]
	eachOf(chunks, func(c int) {
		into := kernel.Matrix{Rows: features, Cols: r.outputs, Stride: r.outputs, Data: grads[c*size : (c+1)*size]}
		for at := c * blocks / chunks; at < (c+1)*blocks/chunks; at++ {
			sums[c] += r.block(into, x, w, t, at*height, min((at+1)*height, samples))
		}
	})
	total, sum := t.total(), 0.0
	for c := range chunks {
		sum += sums[c]
		if c > 0 {
			kernel.Axpy(1, grads[c*size:(c+1)*size], grads[:size])
		}
	}
	for i := range features {
		kernel.Scale(1/total, grads[i*r.outputs:(i+1)*r.outputs], grad.RawRowView(i))
	}
	return sum / total
}

// block sets x to the slopes of some samples, adds their part of Xᵀ·slopes to dst, and returns the
// sum of their losses.
func (r *Regression) block(dst kernel.Matrix, x []float64, w *mat.Dense, t dataTerm, from, to int) float64 {
	raw, first, last := r.x.RawMatrix(), from*r.outputs, to*r.outputs
	part := kernel.Matrix{Rows: to - from, Cols: raw.Cols, Stride: raw.Stride, Data: raw.Data[from*raw.Stride:]}
	weights := t.weights
	if weights != nil {
		weights = weights[first:last]
	}
	y := r.bySample(x[first:last])
	kernel.Gemm(false, false, 1, part, w.RawMatrix(), 0, y)
	sum, scale := t.sum(y.Data, r.value[first:last], weights)
	kernel.Gemm(true, false, scale, part, y, 1, dst)
	return sum
}

// eachOf calls f with 0 to n − 1, on all processors.
func eachOf(n int, f func(k int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers < 2 {
		for k := range n {
			f(k)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for k := int(next.Add(1)) - 1; k < n; k = int(next.Add(1)) - 1 {
				f(k)
			}
		})
	}
	wait.Wait()
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
	x := mat.NewDense(len(index)/r.outputs, r.features(), nil)
	for i := range len(index) / r.outputs {
		x.SetRow(i, r.x.RawRowView(index[i*r.outputs]/r.outputs))
	}
	return &Regression{x, values, r.outputs}, nil
}

func (r *Regression) bySample(v []float64) kernel.Matrix {
	return kernel.Matrix{Rows: len(v) / r.outputs, Cols: r.outputs, Stride: r.outputs, Data: v}
}
