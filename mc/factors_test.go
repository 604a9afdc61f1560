package mc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

func TestFactorsShapes(t *testing.T) {
	f, err := mc.NewFactors(4, 7, 3, 5)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(f.Depth(), f.Shapes()), "3 [{3 7} {5 3} {4 5}]"; got != want {
		t.Errorf("depth and shapes %s, want %s", got, want)
	}
	for j, w := range f.W {
		r, c := w.Dims()
		for i := range r {
			for k := range c {
				w.Set(i, k, float64(j+1)+float64(i)-0.5*float64(k))
			}
		}
	}
	var p, want mat.Dense
	p.Mul(f.W[1], f.W[0])
	want.Mul(f.W[2], &p)
	if !mat.EqualApprox(f.Product(), &want, 1e-12) {
		t.Error("Product is not W_3·W_2·W_1")
	}
}

func TestFactorsRefuse(t *testing.T) {
	for _, c := range []struct {
		rows, cols int
		hidden     []int
		want       string
	}{
		{0, 3, nil, "0×3"},
		{3, 3, []int{2, 0}, "hidden size 2 is 0"},
		{3, 3, []int{-1}, "hidden size 1 is -1"},
	} {
		if _, err := mc.NewFactors(c.rows, c.cols, c.hidden...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("NewFactors(%d, %d, %v): error %v does not say %q", c.rows, c.cols, c.hidden, err, c.want)
		}
	}
}

// Gradient flow conserves W_{j+1}ᵀW_{j+1} − W_jW_jᵀ (Arora, Cohen, Hazan 2018), so gradient descent
// changes it at second order in the learning rate: a tenth of the rate over ten times the steps
// drifts a tenth as far.
func TestGradientDescentConservesBalance(t *testing.T) {
	p, err := mc.LowRank{Rows: 6, Cols: 8, Rank: 2, Observed: 30, Seed: 3}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	drift := func(rate float64, steps int) float64 {
		var start *mc.Factors
		worst := 0.0
		_, err := mc.DeepMF{
			Depth: 3, Init: mc.Gaussian{Scale: 0.5}, Optimizer: mc.GD{LearningRate: rate}, Steps: steps, Seed: 5,
		}.Solve(context.Background(), p, mc.ObserverFunc(func(s *mc.Step) {
			if s.Index == 0 {
				start = s.Factors()
			} else if s.Final {
				worst = imbalanceChange(start, s.Factors())
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		return worst
	}
	coarse, fine := drift(1e-2, 500), drift(1e-3, 5000)
	// First order is a tenth at a tenth of the rate, with half as much again for higher orders;
	// measured 3.6e-4.
	if coarse == 0 || fine > 0.15*coarse || fine > 2e-3 {
		t.Errorf("drift %v at rate 1e-2, %v at 1e-3: want first order in the rate, and small", coarse, fine)
	}
}

// imbalanceChange is the largest change of W_{j+1}ᵀW_{j+1} − W_jW_jᵀ in the Frobenius norm.
func imbalanceChange(a, b *mc.Factors) float64 {
	difference := func(f *mc.Factors, j int) *mat.Dense {
		var up, down mat.Dense
		up.Mul(f.W[j].T(), f.W[j])
		down.Mul(f.W[j-1], f.W[j-1].T())
		up.Sub(&up, &down)
		return &up
	}
	worst := 0.0
	for j := 1; j < a.Depth(); j++ {
		var d mat.Dense
		d.Sub(difference(a, j), difference(b, j))
		worst = max(worst, mat.Norm(&d, 2))
	}
	return worst
}
