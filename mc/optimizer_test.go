package mc_test

import (
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
		{"GD", mc.GD{LearningRate: 0.05}, func(_ *state, w, g, _ float64, _ int) float64 { return w - 0.05*g }},
		{"Momentum", mc.Momentum{LearningRate: 0.05, Beta: 0.8}, func(s *state, w, g, _ float64, _ int) float64 {
			s.a = 0.8*s.a + g
			return w - 0.05*s.a
		}},
		{"Nesterov", mc.Nesterov{LearningRate: 0.05, Beta: 0.8}, func(s *state, w, g, _ float64, _ int) float64 {
			theta := w - 0.8*s.a // w is the look-ahead θ + µv of Sutskever et al.
			s.a = 0.8*s.a - 0.05*g
			return theta + s.a + 0.8*s.a
		}},
		{"RMSProp", mc.RMSProp{LearningRate: 0.05, Rho: 0.9, Epsilon: 1e-3}, func(s *state, w, g, _ float64, _ int) float64 {
			s.a = 0.9*s.a + 0.1*g*g
			return w - 0.05*g/(math.Sqrt(s.a)+1e-3)
		}},
		{"GroupRMSProp", mc.GroupRMSProp{LearningRate: 0.05, Rho: 0.9, Epsilon: 1e-3}, func(s *state, w, g, other float64, t int) float64 {
			s.a = 0.9*s.a + 0.1*(g*g+other*other)
			return w - 0.05*g/(math.Sqrt(s.a/(1-math.Pow(0.9, float64(t))))+1e-3)
		}},
		{"Adam", mc.Adam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3}, func(s *state, w, g, _ float64, t int) float64 {
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
		{"AdamW", mc.AdamW{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, WeightDecay: 0.1}, func(s *state, w, g, _ float64, t int) float64 {
			s.a = 0.8*s.a + 0.2*g
			s.b = 0.95*s.b + 0.05*g*g
			mean, square := s.a/(1-math.Pow(0.8, float64(t))), s.b/(1-math.Pow(0.95, float64(t)))
			return w - 0.05*(mean/(math.Sqrt(square)+1e-3)+0.1*w)
		}},
		{"Adagrad", mc.Adagrad{LearningRate: 0.05, Epsilon: 1e-3}, func(s *state, w, g, _ float64, _ int) float64 {
			s.a += g * g
			return w - 0.05*g/(math.Sqrt(s.a)+1e-3)
		}},
		{"Adadelta", mc.Adadelta{LearningRate: 0.5, Rho: 0.8, Epsilon: 1e-3}, func(s *state, w, g, _ float64, _ int) float64 {
			rms := func(x float64) float64 { return math.Sqrt(x + 1e-3) }
			s.a = 0.8*s.a + 0.2*g*g
			delta := -rms(s.b) / rms(s.a) * g
			s.b = 0.8*s.b + 0.2*delta*delta
			return w + 0.5*delta
		}},
		{"AMSGrad", mc.AMSGrad{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.3, Epsilon: 1e-3}, func(s *state, w, g, _ float64, t int) float64 {
			s.a = 0.8*s.a + 0.2*g
			s.b = 0.3*s.b + 0.7*g*g
			s.c = math.Max(s.c, s.b)
			mean, square := s.a/(1-math.Pow(0.8, float64(t))), s.c/(1-math.Pow(0.3, float64(t)))
			return w - 0.05*mean/(math.Sqrt(square)+1e-3)
		}},
		{"Adamax", mc.Adamax{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3}, func(s *state, w, g, _ float64, t int) float64 {
			s.a = 0.8*s.a + 0.2*g
			s.b = math.Max(0.95*s.b, math.Abs(g)+1e-3)
			return w - 0.05/(1-math.Pow(0.8, float64(t)))*s.a/s.b
		}},
		{"NAdam", mc.NAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, MomentumDecay: 0.1}, func(s *state, w, g, _ float64, t int) float64 {
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
		{"SignSGD", mc.SignSGD{LearningRate: 0.05}, func(_ *state, w, g, _ float64, _ int) float64 {
			return w - 0.05*g/math.Abs(g)
		}},
		{"Signum", mc.SignSGD{LearningRate: 0.05, Beta: 0.8}, func(s *state, w, g, _ float64, _ int) float64 {
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
			gradient := func(w []float64) [2]float64 { return [2]float64{w[0]*w[0] - 1, 3*w[1] + math.Sin(float64(k))} }
			g := gradient([]float64{params[0].At(0, 0), params[1].At(0, 0)})
			grads[0].Set(0, 0, g[0])
			grads[1].Set(0, 0, g[1])
			stepper.Step(params, grads)
			h := gradient(want)
			want[0] = c.step(&states[0], want[0], h[0], h[1], k)
			want[1] = c.step(&states[1], want[1], h[1], h[0], k)
			for j := range want {
				if got := params[j].At(0, 0); math.Abs(got-want[j]) > 1e-12*math.Abs(want[j]) {
					t.Errorf("%s, step %d: parameter %d is %v, the paper says %v", c.name, k, j, got, want[j])
				}
				if grads[j].At(0, 0) != g[j] {
					t.Errorf("%s, step %d: the gradient was changed", c.name, k)
				}
			}
		}
	}
}

// A parameter that is a part of a larger matrix is stepped as one that is not, and what surrounds
// it is left alone.
func TestOptimizersRespectStrides(t *testing.T) {
	for _, o := range []mc.Optimizer{mc.GD{}, mc.Momentum{}, mc.RMSProp{}, mc.GroupRMSProp{}, mc.Adam{}} {
		whole := mat.NewDense(4, 5, nil)
		for i := range 4 {
			for j := range 5 {
				whole.Set(i, j, float64(5*i+j))
			}
		}
		part := whole.Slice(1, 3, 1, 4).(*mat.Dense)
		alone, before := mat.DenseCopyOf(part), mat.DenseCopyOf(whole)
		grad := mat.NewDense(2, 3, []float64{1, -2, 3, 0.5, 0, -1})
		shapes := []mc.Shape{{Rows: 2, Cols: 3}}
		a, b := o.Start(shapes), o.Start(shapes)
		for range 3 {
			a.Step([]*mat.Dense{part}, []*mat.Dense{grad})
			b.Step([]*mat.Dense{alone}, []*mat.Dense{grad})
		}
		if !mat.EqualApprox(part, alone, 1e-15) {
			t.Errorf("%T: a part of a matrix goes elsewhere than a matrix", o)
		}
		for i := range 4 {
			for j := range 5 {
				if inside := i >= 1 && i < 3 && j >= 1 && j < 4; !inside && whole.At(i, j) != before.At(i, j) {
					t.Errorf("%T: entry (%d, %d) outside the parameter was changed", o, i, j)
				}
			}
		}
	}
}

// A schedule's factor multiplies the next step.
func TestSetScale(t *testing.T) {
	for _, o := range []mc.Optimizer{mc.GD{}, mc.Momentum{}, mc.RMSProp{}, mc.GroupRMSProp{}, mc.Adam{}} {
		moved := func(factor float64) float64 {
			w := mat.NewDense(1, 1, nil)
			s := o.Start([]mc.Shape{{Rows: 1, Cols: 1}})
			s.SetScale(factor)
			s.Step([]*mat.Dense{w}, []*mat.Dense{mat.NewDense(1, 1, []float64{2})})
			return w.At(0, 0)
		}
		if full, half := moved(1), moved(0.5); full == 0 || math.Abs(half-full/2) > 1e-15 || moved(0) != 0 {
			t.Errorf("%T: moved by %v at factor 1, %v at ½, %v at 0", o, full, half, moved(0))
		}
	}
}
