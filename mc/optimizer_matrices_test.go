package mc_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// accumulators of one parameter, for rules that are written with matrices.
type accumulators struct {
	m, left, right *mat.Dense
	s              float64
}

// Rules that act on matrices and not on entries: ten steps on a tall, a wide and a square
// parameter, against the formulas written out with gonum.
func TestOptimizersOfMatricesFollowTheirPapers(t *testing.T) {
	// polar is UVᵀ where σ is not negligible, or U·diag(σ/√(σ² + ε²‖M‖_F²))·Vᵀ.
	polar := func(m *mat.Dense, eps float64) *mat.Dense {
		var svd mat.SVD
		if !svd.Factorize(m, mat.SVDThin) {
			t.Fatal("no decomposition")
		}
		var u, v, p mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		sigma := svd.Values(nil)
		for i, s := range sigma {
			sigma[i] = s / math.Hypot(s, eps*mat.Norm(m, 2))
		}
		p.Product(&u, mat.NewDiagDense(len(sigma), sigma), v.T())
		return &p
	}
	accumulate := func(a *accumulators, beta, weight float64, g *mat.Dense) {
		a.m.Scale(beta, a.m)
		a.m.Add(a.m, scaled(weight, g))
	}
	for _, c := range []struct {
		name string
		o    mc.Optimizer
		// step returns what is to be subtracted from the parameter, given its gradient, and the
		// number of the step, from 1.
		step func(a *accumulators, g *mat.Dense, t int) *mat.Dense
	}{
		{"ScalarAdam", mc.ScalarAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3}, func(a *accumulators, g *mat.Dense, t int) *mat.Dense {
			accumulate(a, 0.8, 0.2, g)
			rows, cols := g.Dims()
			a.s = 0.95*a.s + 0.05*math.Pow(mat.Norm(g, 2), 2)/float64(rows*cols)
			square := a.s / (1 - math.Pow(0.95, float64(t)))
			return scaled(0.05/(1-math.Pow(0.8, float64(t)))/(math.Sqrt(square)+1e-3), a.m)
		}},
		{"NormalizedGD", mc.NormalizedGD{LearningRate: 0.05}, func(_ *accumulators, g *mat.Dense, _ int) *mat.Dense {
			rows, cols := g.Dims()
			return scaled(0.05*math.Sqrt(float64(rows*cols))/mat.Norm(g, 2), g)
		}},
		{"Shampoo", mc.Shampoo{LearningRate: 0.05, Epsilon: 1e-2}, func(a *accumulators, g *mat.Dense, t int) *mat.Dense {
			root := func(sum *mat.Dense, outer mat.Matrix) *mat.Dense {
				n, _ := sum.Dims()
				if sum.Add(sum, outer); t == 1 {
					for i := range n {
						sum.Set(i, i, sum.At(i, i)+1e-2)
					}
				}
				return quarterRoot(sum)
			}
			var ggt, gtg, step mat.Dense
			ggt.Mul(g, g.T())
			gtg.Mul(g.T(), g)
			step.Product(root(a.left, &ggt), g, root(a.right, &gtg))
			return scaled(0.05, &step)
		}},
		{"SpectralDescent", mc.SpectralDescent{LearningRate: 0.05, Beta: 0.8}, func(a *accumulators, g *mat.Dense, _ int) *mat.Dense {
			accumulate(a, 0.8, 1, g)
			return scaled(0.05, polar(a.m, 0))
		}},
		{"SpectralDescent, smoothed", mc.SpectralDescent{LearningRate: 0.05, Beta: 0.8, Smoothing: 0.3}, func(a *accumulators, g *mat.Dense, _ int) *mat.Dense {
			accumulate(a, 0.8, 1, g)
			return scaled(0.05, polar(a.m, 0.3))
		}},
	} {
		shapes := []mc.Shape{{Rows: 6, Cols: 3}, {Rows: 2, Cols: 5}, {Rows: 4, Cols: 4}}
		var params, grads, want []*mat.Dense
		var states []*accumulators
		for j, s := range shapes {
			w := matrix(s.Rows, s.Cols, uint64(j))
			params, want = append(params, mat.DenseCopyOf(w)), append(want, w)
			grads = append(grads, mat.NewDense(s.Rows, s.Cols, nil))
			states = append(states, &accumulators{
				m: mat.NewDense(s.Rows, s.Cols, nil), left: mat.NewDense(s.Rows, s.Rows, nil), right: mat.NewDense(s.Cols, s.Cols, nil),
			})
		}
		stepper := c.o.Start(shapes)
		for k := 1; k <= 10; k++ {
			gradient := func(g, w *mat.Dense) {
				g.Apply(func(i, j int, w float64) float64 { return w*w*w/3 + w + math.Sin(float64(k+3*i+7*j)) }, w)
			}
			for j := range params {
				gradient(grads[j], params[j])
			}
			stepper.Step(params, grads)
			for j, w := range want {
				var g mat.Dense
				gradient(&g, w)
				w.Sub(w, c.step(states[j], &g, k))
				if !mat.EqualApprox(params[j], w, 1e-11) {
					t.Fatalf("%s, step %d: parameter %d is\n%.6f\nthe paper says\n%.6f", c.name, k, j, mat.Formatted(params[j]), mat.Formatted(w))
				}
			}
		}
	}
}

// quarterRoot is a to the power of −1/4, for a symmetric and positive definite.
func quarterRoot(a *mat.Dense) *mat.Dense {
	n, _ := a.Dims()
	symmetric := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range n {
			symmetric.SetSym(i, j, (a.At(i, j)+a.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, true) {
		panic("no decomposition")
	}
	var u, root mat.Dense
	eigen.VectorsTo(&u)
	lambda := eigen.Values(nil)
	for i, l := range lambda {
		lambda[i] = math.Pow(l, -0.25)
	}
	root.Product(&u, mat.NewDiagDense(n, lambda), u.T())
	return &root
}

// Shampoo does not know in which orthogonal bases a problem is written: with gradients U·G·V its
// steps are U·D·V. Adam's are not.
func TestShampooTurnsWithTheProblem(t *testing.T) {
	u, _, v := mc.NewPoint(matrix(4, 4, 8)).SVD()
	steps := func(o mc.Optimizer, turned bool) *mat.Dense {
		w := mat.NewDense(4, 4, nil)
		stepper := o.Start([]mc.Shape{{Rows: 4, Cols: 4}})
		for seed := range uint64(5) {
			g := matrix(4, 4, seed)
			if turned {
				g.Product(u, g, v)
			}
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		}
		return w
	}
	for _, c := range []struct {
		o    mc.Optimizer
		want bool
	}{{mc.Shampoo{}, true}, {mc.NormalizedGD{}, true}, {mc.Adagrad{}, false}, {mc.SignSGD{}, false}} {
		alone, turned := steps(c.o, false), steps(c.o, true)
		alone.Product(u, alone, v)
		if got := mat.EqualApprox(alone, turned, 1e-9); got != c.want {
			t.Errorf("%T turns with the problem: %v", c.o, got)
		}
	}
}

// What is said of the size of steps: that of SpectralDescent has all its singular values at the
// learning rate, those of ScalarAdam and of RotatedAdam are as large in the mean as Adam's first,
// which is the learning rate in every entry.
func TestSizeOfFirstStep(t *testing.T) {
	g := matrix(6, 4, 3)
	first := func(o mc.Optimizer) *mat.Dense {
		w := mat.NewDense(6, 4, nil)
		o.Start([]mc.Shape{{Rows: 6, Cols: 4}}).Step([]*mat.Dense{w}, []*mat.Dense{g})
		return w
	}
	for i, s := range mc.NewPoint(first(mc.SpectralDescent{LearningRate: 0.1})).SingularValues() {
		if math.Abs(s-0.1) > 1e-13 {
			t.Errorf("SpectralDescent: σ%d of the first step is %v, not the learning rate", i+1, s)
		}
	}
	for i, s := range mc.NewPoint(first(mc.Shampoo{LearningRate: 0.1, Epsilon: 1e-12})).SingularValues() {
		if math.Abs(s-0.1) > 1e-6 {
			t.Errorf("Shampoo: σ%d of the first step is %v, not the learning rate", i+1, s)
		}
	}
	for _, o := range []mc.Optimizer{mc.SignSGD{LearningRate: 0.1}, mc.NormalizedGD{LearningRate: 0.1}, mc.ScalarAdam{LearningRate: 0.1}, mc.RotatedAdam{LearningRate: 0.1}, mc.Adam{LearningRate: 0.1}} {
		if rms := mat.Norm(first(o), 2) / math.Sqrt(24); math.Abs(rms-0.1) > 1e-8 {
			t.Errorf("%T: the root mean square of the first step is %v, not the learning rate", o, rms)
		}
	}
	step := first(mc.ScalarAdam{})
	if cos := -inner(step, g) / mat.Norm(step, 2) / mat.Norm(g, 2); math.Abs(cos-1) > 1e-14 {
		t.Errorf("ScalarAdam: the first step is at cosine %v to the gradient", cos)
	}
}
