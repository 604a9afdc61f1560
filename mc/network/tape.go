package network

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A tape is a computation with matrices. It is recorded once, operation by operation, and then run
// forwards for values and backwards for derivatives, as often as the parameters change. This is
// reverse-mode differentiation (Linnainmaa 1970) with the structure of Karpathy's micrograd (2020):
// each operation knows how the derivative of the loss passes from its result to its operands.
type tape []operation

type operation struct{ forward, backward func() }

// A node is a matrix of the computation and the derivative of the loss with respect to it.
type node struct {
	value *mat.Dense
	grad  *mat.Dense // of the value's shape; nil for data
}

func data(value *mat.Dense) *node { return &node{value: value} }

func parameter(value *mat.Dense) *node {
	rows, cols := value.Dims()
	return &node{value, mat.NewDense(rows, cols, nil)}
}

func result(rows, cols int) *node { return parameter(mat.NewDense(rows, cols, nil)) }

// mul records C = A·B:  Ā += C̄·Bᵀ,  B̄ += Aᵀ·C̄.
func (t *tape) mul(a, b *node) *node {
	rows, _ := a.value.Dims()
	_, cols := b.value.Dims()
	c := result(rows, cols)
	t.record(func() {
		kernel.Gemm(false, false, 1, a.value.RawMatrix(), b.value.RawMatrix(), 0, c.value.RawMatrix())
	}, func() {
		if a.grad != nil {
			kernel.Gemm(false, true, 1, c.grad.RawMatrix(), b.value.RawMatrix(), 1, a.grad.RawMatrix())
		}
		if b.grad != nil {
			kernel.Gemm(true, false, 1, a.value.RawMatrix(), c.grad.RawMatrix(), 1, b.grad.RawMatrix())
		}
	}, c)
	return c
}

// addRow records C = A + 1·b, for a row b:  Ā += C̄,  b̄ += the sum of C̄'s rows.
func (t *tape) addRow(a, b *node) *node {
	rows, cols := a.value.Dims()
	c := result(rows, cols)
	t.record(func() {
		c.value.Copy(a.value)
		for i := range rows {
			kernel.Axpy(1, b.value.RawRowView(0), c.value.RawRowView(i))
		}
	}, func() {
		for i := range rows {
			kernel.Axpy(1, c.grad.RawRowView(i), a.grad.RawRowView(i))
			kernel.Axpy(1, c.grad.RawRowView(i), b.grad.RawRowView(0))
		}
	}, c)
	return c
}

// relu records C = max(A, 0):  Ā += C̄ where A > 0.
func (t *tape) relu(a *node) *node {
	rows, cols := a.value.Dims()
	c := result(rows, cols)
	t.record(func() {
		for i := range rows {
			from, to := a.value.RawRowView(i), c.value.RawRowView(i)
			for j, x := range from {
				to[j] = max(x, 0)
			}
		}
	}, func() {
		for i := range rows {
			from, to := c.grad.RawRowView(i), a.grad.RawRowView(i)
			for j, x := range a.value.RawRowView(i) {
				if x > 0 {
					to[j] += from[j]
				}
			}
		}
	}, c)
	return c
}

// record appends an operation. Before it runs backwards, the derivatives of its result are
// complete; the forward pass sets them to zero.
func (t *tape) record(forward, backward func(), to *node) {
	*t = append(*t, operation{func() { forward(); to.grad.Zero() }, backward})
}

// forward computes all values, in the order in which they were recorded.
func (t tape) forward() {
	for _, o := range t {
		o.forward()
	}
}

// backward passes the derivatives on, from the last operation to the first. Those of the result of
// the last must be set, those of the parameters zero.
func (t tape) backward() {
	for k := len(t) - 1; k >= 0; k-- {
		t[k].backward()
	}
}
