package mctest

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// halfSquare is R(W) = ‖W‖_F²/2, whose proximal map is P/(1 + step), with something wrong.
type halfSquare struct {
	Factor  float64 // of the proximal map
	turned  bool    // is not on the ray through P
	returns float64 // is added to what Prox returns
	adds    bool    // to dst
	eatsP   bool
}

func (h halfSquare) Validate() error { return nil }

func (halfSquare) Value(p *mc.Point) float64 { return p.Frobenius() * p.Frobenius() / 2 }

func (halfSquare) AddGradient(dst *mat.Dense, scale float64, p *mc.Point) {
	mc.AddScaled(dst, scale, p.W)
}

func (h halfSquare) Prox(dst *mat.Dense, step float64, p *mc.Point) float64 {
	before := mat.DenseCopyOf(dst)
	dst.Scale(h.Factor/(1+step), p.W)
	if h.turned {
		dst.Set(0, 0, 1.001*dst.At(0, 0))
	}
	r := mat.Norm(dst, 2)
	if h.adds {
		dst.Add(dst, before)
	}
	if h.eatsP {
		p.W.Set(0, 0, 99)
	}
	return r*r/2 + h.returns
}

func TestCheckProximalCatches(t *testing.T) {
	for _, c := range []struct {
		name string
		p    halfSquare
		want string
	}{
		{"too short", halfSquare{Factor: 0.99}, "at the proximal map, but"},
		{"too long", halfSquare{Factor: 1.01}, "at the proximal map, but"},
		{"off the ray", halfSquare{Factor: 1, turned: true}, "nearby"},
		{"the wrong value", halfSquare{Factor: 1, returns: 1}, "Prox with step 0.3 returns"},
		{"adds to dst", halfSquare{Factor: 1, adds: true}, "Prox with step 0 returns"},
		{"P is changed", halfSquare{Factor: 1, eatsP: true}, "Prox changes P"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Report
			CheckProximal(&r, c.p)
			catches(t, &r, c.want)
		})
	}
	CheckProximal(t, halfSquare{Factor: 1})
	var r Report
	CheckProximal(&r, mc.Nuclear{Smoothing: 0.1})
	catches(t, &r, "CheckProx refuses the settings: mc: Nuclear.Smoothing is 0.1")
}
