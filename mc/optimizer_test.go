package mc_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Ten steps on two entries, each against the formulas of its paper written out for a number, with a
// gradient that depends on the parameters, W² − 1 and 3W + sin t, so that a wrong step shows in all
// that follow.
func TestOptimizersFollowTheirPapers(t *testing.T) {
	type state struct{ a, b, c float64 } // accumulators of one entry
	for _, c := range []struct {
		name string
		o    mc.Optimizer
		// step returns the next parameter, given its gradient, that of the other, and the number of
		// the step, from 1.
		step func(s *state, w, g, other float64, t int) float64
	}{
		{"GD", mc.GD{LearningRate: 0.05},
			func(_ *state, w, g, _ float64, _ int) float64 { return w - 0.05*g }},
		{"Momentum", mc.Momentum{LearningRate: 0.05, Beta: 0.8},
			func(s *state, w, g, _ float64, _ int) float64 {
				s.a = 0.8*s.a + g
				return w - 0.05*s.a
			}},
		{"Nesterov", mc.Nesterov{LearningRate: 0.05, Beta: 0.8},
			func(s *state, w, g, _ float64, _ int) float64 {
				theta := w - 0.8*s.a // w is the look-ahead θ + µv of Sutskever et al.
				s.a = 0.8*s.a - 0.05*g
				return theta + s.a + 0.8*s.a
			}},
		{"RMSProp", mc.RMSProp{LearningRate: 0.05, Rho: 0.9, Epsilon: 1e-3},
			func(s *state, w, g, _ float64, _ int) float64 {
				s.a = 0.9*s.a + 0.1*g*g
				return w - 0.05*g/(math.Sqrt(s.a)+1e-3)
			}},
		{"GroupRMSProp", mc.GroupRMSProp{LearningRate: 0.05, Rho: 0.9, Epsilon: 1e-3},
			func(s *state, w, g, other float64, t int) float64 {
				s.a = 0.9*s.a + 0.1*(g*g+other*other)
				return w - 0.05*g/(math.Sqrt(s.a/(1-math.Pow(0.9, float64(t))))+1e-3)
			}},
		{"Adam", mc.Adam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3},
			func(s *state, w, g, _ float64, t int) float64 {
				s.a = 0.8*s.a + 0.2*g
				s.b = 0.95*s.b + 0.05*g*g
				mean, square := s.a/(1-math.Pow(0.8, float64(t))), s.b/(1-math.Pow(0.95, float64(t)))
				return w - 0.05*mean/(math.Sqrt(square)+1e-3)
			}},
		{"Adam by default", mc.Adam{}, func(s *state, w, g, _ float64, t int) float64 {
			s.a = 0.9*s.a + 0.1*g
			s.b = 0.999*s.b + 0.001*g*g
			mean, square := s.a/(1-math.Pow(0.9, float64(t))), s.b/(1-math.Pow(0.999, float64(t)))
			return w - 1e-3*mean/(math.Sqrt(square)+1e-8)
		}},
		{"AdamW", mc.AdamW{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3,
			WeightDecay: 0.1}, func(s *state, w, g, _ float64, t int) float64 {
			s.a = 0.8*s.a + 0.2*g
			s.b = 0.95*s.b + 0.05*g*g
			mean, square := s.a/(1-math.Pow(0.8, float64(t))), s.b/(1-math.Pow(0.95, float64(t)))
			return w - 0.05*(mean/(math.Sqrt(square)+1e-3)+0.1*w)
		}},
		{"Adagrad", mc.Adagrad{LearningRate: 0.05, Epsilon: 1e-3},
			func(s *state, w, g, _ float64, _ int) float64 {
				s.a += g * g
				return w - 0.05*g/(math.Sqrt(s.a)+1e-3)
			}},
		{"Adadelta", mc.Adadelta{LearningRate: 0.5, Rho: 0.8, Epsilon: 1e-3},
			func(s *state, w, g, _ float64, _ int) float64 {
				rms := func(x float64) float64 { return math.Sqrt(x + 1e-3) }
				s.a = 0.8*s.a + 0.2*g*g
				delta := -rms(s.b) / rms(s.a) * g
				s.b = 0.8*s.b + 0.2*delta*delta
				return w + 0.5*delta
			}},
		{"AMSGrad", mc.AMSGrad{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.3, Epsilon: 1e-3},
			func(s *state, w, g, _ float64, t int) float64 {
				s.a = 0.8*s.a + 0.2*g
				s.b = 0.3*s.b + 0.7*g*g
				s.c = math.Max(s.c, s.b)
				mean, square := s.a/(1-math.Pow(0.8, float64(t))), s.c/(1-math.Pow(0.3, float64(t)))
				return w - 0.05*mean/(math.Sqrt(square)+1e-3)
			}},
		{"Adamax", mc.Adamax{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3},
			func(s *state, w, g, _ float64, t int) float64 {
				s.a = 0.8*s.a + 0.2*g
				s.b = math.Max(0.95*s.b, math.Abs(g)+1e-3)
				return w - 0.05/(1-math.Pow(0.8, float64(t)))*s.a/s.b
			}},
		{"NAdam", mc.NAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3,
			MomentumDecay: 0.1}, func(s *state, w, g, _ float64, t int) float64 {
			mu := func(t int) float64 { return 0.8 * (1 - 0.5*math.Pow(0.96, 0.1*float64(t))) }
			product := 1.0
			for i := 1; i <= t; i++ {
				product *= mu(i)
			}
			s.a = 0.8*s.a + 0.2*g
			s.b = 0.95*s.b + 0.05*g*g
			mean := mu(t+1)*s.a/(1-product*mu(t+1)) + (1-mu(t))*g/(1-product)
			return w - 0.05*mean/(math.Sqrt(s.b/(1-math.Pow(0.95, float64(t))))+1e-3)
		}},
		{"RAdam", mc.RAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3},
			func(s *state, w, g, _ float64, t int) float64 {
				s.a = 0.8*s.a + 0.2*g
				s.b = 0.95*s.b + 0.05*g*g
				mean, decay := s.a/(1-math.Pow(0.8, float64(t))), math.Pow(0.95, float64(t))
				limit := 2/(1-0.95) - 1
				rho := limit - 2*float64(t)*decay/(1-decay)
				if rho <= 5 {
					return w - 0.05*mean
				}
				adaptive := math.Sqrt(1-decay) / (math.Sqrt(s.b) + 1e-3)
				r := math.Sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
				return w - 0.05*r*mean*adaptive
			}},
		{"ASGD", mc.ASGD{LearningRate: 0.05, Decay: 0.1, Power: 0.5},
			func(_ *state, w, g, _ float64, t int) float64 {
				eta := 0.05 / math.Sqrt(1+0.1*0.05*float64(t-1))
				return w*(1-0.1*eta) - eta*g
			}},
		{"SignSGD", mc.SignSGD{LearningRate: 0.05}, func(_ *state, w, g, _ float64, _ int) float64 {
			return w - 0.05*g/math.Abs(g)
		}},
		{"Signum", mc.SignSGD{LearningRate: 0.05, Beta: 0.8},
			func(s *state, w, g, _ float64, _ int) float64 {
				s.a = 0.8*s.a + 0.2*g
				return w - 0.05*s.a/math.Abs(s.a)
			}},
	} {
		// The two entries are factors of their own: GroupRMSProp's mean is over both.
		params := []*mat.Dense{mat.NewDense(1, 1, []float64{0.3}), mat.NewDense(1, 1, []float64{-2})}
		grads := []*mat.Dense{mat.NewDense(1, 1, nil), mat.NewDense(1, 1, nil)}
		stepper := c.o.Start([]mc.Shape{{Rows: 1, Cols: 1}, {Rows: 1, Cols: 1}})
		want, states := []float64{0.3, -2}, make([]state, 2)
		for k := 1; k <= 10; k++ {
			gradient := func(w []float64) [2]float64 {
				return [2]float64{w[0]*w[0] - 1, 3*w[1] + math.Sin(float64(k))}
			}
			g := gradient([]float64{params[0].At(0, 0), params[1].At(0, 0)})
			grads[0].Set(0, 0, g[0])
			grads[1].Set(0, 0, g[1])
			stepper.Step(params, grads)
			h := gradient(want)
			want[0] = c.step(&states[0], want[0], h[0], h[1], k)
			want[1] = c.step(&states[1], want[1], h[1], h[0], k)
			for j := range want {
				if got := params[j].At(0, 0); math.Abs(got-want[j]) > rounding*math.Abs(want[j]) {
					t.Errorf("%s, step %d: parameter %d is %v, the paper says %v", c.name, k, j,
						got, want[j])
				}
				if grads[j].At(0, 0) != g[j] {
					t.Errorf("%s, step %d: the gradient was changed", c.name, k)
				}
			}
		}
	}
}

// follow prints five steps on f(w) = w²/2 from w = 1.
func follow(optimizer mc.Optimizer) {
	w, g := mat.NewDense(1, 1, []float64{1}), mat.NewDense(1, 1, nil)
	stepper := optimizer.Start([]mc.Shape{{Rows: 1, Cols: 1}})
	fmt.Printf("%-11T", optimizer)
	for range 5 {
		g.Copy(w)
		stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf(" %.3f", w.At(0, 0))
	}
	fmt.Println()
}

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
		{"ScalarAdam", mc.ScalarAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3},
			func(a *accumulators, g *mat.Dense, t int) *mat.Dense {
				accumulate(a, 0.8, 0.2, g)
				rows, cols := g.Dims()
				a.s = 0.95*a.s + 0.05*math.Pow(mat.Norm(g, 2), 2)/float64(rows*cols)
				square := a.s / (1 - math.Pow(0.95, float64(t)))
				return scaled(0.05/(1-math.Pow(0.8, float64(t)))/(math.Sqrt(square)+1e-3), a.m)
			}},
		{"NormalizedGD", mc.NormalizedGD{LearningRate: 0.05},
			func(_ *accumulators, g *mat.Dense, _ int) *mat.Dense {
				rows, cols := g.Dims()
				return scaled(0.05*math.Sqrt(float64(rows*cols))/mat.Norm(g, 2), g)
			}},
		{"Shampoo", mc.Shampoo{LearningRate: 0.05, Epsilon: 1e-2},
			func(a *accumulators, g *mat.Dense, t int) *mat.Dense {
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
		{"SpectralDescent", mc.SpectralDescent{LearningRate: 0.05, Beta: 0.8},
			func(a *accumulators, g *mat.Dense, _ int) *mat.Dense {
				accumulate(a, 0.8, 1, g)
				return scaled(0.05, polar(a.m, 0))
			}},
		{"SpectralDescent, smoothed", mc.SpectralDescent{LearningRate: 0.05, Beta: 0.8,
			Smoothing: 0.3}, func(a *accumulators, g *mat.Dense, _ int) *mat.Dense {
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
				m: mat.NewDense(s.Rows, s.Cols, nil), left: mat.NewDense(s.Rows, s.Rows,
					nil), right: mat.NewDense(s.Cols, s.Cols, nil),
			})
		}
		stepper := c.o.Start(shapes)
		for k := 1; k <= 10; k++ {
			gradient := func(g, w *mat.Dense) {
				g.Apply(func(i, j int, w float64) float64 {
					return w*w*w/3 + w +
						math.Sin(float64(k+3*i+7*j))
				}, w)
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
					t.Fatalf("%s, step %d: parameter %d is\n%.6f\nthe paper says\n%.6f", c.name, k,
						j, mat.Formatted(params[j]), mat.Formatted(w))
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
		if math.Abs(s-0.1) > rounding {
			t.Errorf("SpectralDescent: σ%d of the first step is %v, not the learning rate", i+1, s)
		}
	}
	for i, s := range mc.NewPoint(first(mc.Shampoo{LearningRate: 0.1, Epsilon: 1e-12})).SingularValues() {
		// ε = 1e-12 beside squares of singular values: measured 2e-13.
		if math.Abs(s-0.1) > 1e-10 {
			t.Errorf("Shampoo: σ%d of the first step is %v, not the learning rate", i+1, s)
		}
	}
	for _, o := range []mc.Optimizer{mc.SignSGD{LearningRate: 0.1},
		mc.NormalizedGD{LearningRate: 0.1}, mc.ScalarAdam{LearningRate: 0.1}, mc.RotatedAdam{LearningRate: 0.1},
		mc.Adam{LearningRate: 0.1}} {
		// The default ε of Adam, 1e-8, beside entries of size 1: measured 3e-9.
		if rms := mat.Norm(first(o), 2) / math.Sqrt(24); math.Abs(rms-0.1) > 1e-8 {
			t.Errorf("%T: the root mean square of the first step is %v, not the learning rate", o, rms)
		}
	}
	step := first(mc.ScalarAdam{})
	if cos := -inner(step, g) / mat.Norm(step, 2) / mat.Norm(g, 2); math.Abs(cos-1) > lastDigits {
		t.Errorf("ScalarAdam: the first step is at cosine %v to the gradient", cos)
	}
}

// Three steps of each optimiser on f(w) = w²/2 from w = 1, all with the learning rate 0.1. Adam and
// GroupRMSProp step by about the learning rate, whatever the size of the gradient.
func ExampleOptimizer() {
	for _, optimizer := range []mc.Optimizer{
		mc.GD{LearningRate: 0.1}, mc.Momentum{LearningRate: 0.1}, mc.RMSProp{LearningRate: 0.1, Rho: 0.9},
		mc.GroupRMSProp{LearningRate: 0.1}, mc.Adam{LearningRate: 0.1},
	} {
		w, g := mat.NewDense(1, 1, []float64{1}), mat.NewDense(1, 1, nil)
		stepper := optimizer.Start([]mc.Shape{{Rows: 1, Cols: 1}})
		fmt.Printf("%-16T", optimizer)
		for range 3 {
			g.Copy(w)
			stepper.Step([]*mat.Dense{w}, []*mat.Dense{g})
			fmt.Printf(" %.3f", w.At(0, 0))
		}
		fmt.Println()
	}
	// Output:
	// mc.GD            0.900 0.810 0.729
	// mc.Momentum      0.900 0.720 0.486
	// mc.RMSProp       0.684 0.499 0.369
	// mc.GroupRMSProp  0.900 0.805 0.716
	// mc.Adam          0.900 0.800 0.702
}

// Adam moves every entry by the learning rate at first, towards the signs of the gradient; in
// another basis it moves by as much in the mean, elsewhere.
func ExampleRotatedAdam() {
	for _, optimizer := range []mc.Optimizer{mc.Adam{LearningRate: 0.1},
		mc.RotatedAdam{LearningRate: 0.1, Seed: 1}, mc.RotatedAdam{LearningRate: 0.1, Seed: 2}} {
		w, g := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{
			1, 2,
			3, -4,
		})
		optimizer.Start([]mc.Shape{{Rows: 2, Cols: 2}}).Step([]*mat.Dense{w}, []*mat.Dense{g})
		fmt.Printf("%-14T %+.3f, ‖W‖_F = %.3f\n", optimizer, w.RawMatrix().Data, mat.Norm(w, 2))
	}
	// Output:
	// mc.Adam        [-0.100 -0.100 -0.100 +0.100], ‖W‖_F = 0.200
	// mc.RotatedAdam [+0.018 -0.069 -0.047 +0.181], ‖W‖_F = 0.200
	// mc.RotatedAdam [-0.089 +0.026 -0.170 +0.050], ‖W‖_F = 0.200
}
