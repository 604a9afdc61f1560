package mctest

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// lost is gradient descent with something wrong.
type lost struct {
	shared              *[]float64 // the memory of all runs
	chance              bool
	uphill, still       bool
	eatsGrad, eatsFrame bool
	allocates           bool
	deaf                bool // SetScale does nothing
	remembers           bool // SetScale multiplies what was set before
	divides             bool // by the norm of the gradient
	panics              bool
	rate                float64
}

func (l lost) Start(shapes []mc.Shape) mc.Stepper {
	if l.panics {
		panic("it hurts")
	}
	return &lostState{lost: l, scale: 1}
}

type lostState struct {
	lost
	scale   float64
	garbage []float64
}

func (s *lostState) SetScale(factor float64) {
	switch {
	case s.deaf:
	case s.remembers:
		s.scale *= factor
	default:
		s.scale = factor
	}
}

func (s *lostState) Step(params, grads []*mat.Dense) {
	eta := s.scale * 0.1
	if s.rate != 0 {
		eta = s.scale * s.rate
	}
	if s.shared != nil {
		(*s.shared)[0]++
		eta /= (*s.shared)[0]
	}
	if s.chance {
		eta *= rand.Float64()
	}
	if s.uphill {
		eta = -eta
	}
	if s.still {
		eta *= 1e-9
	}
	if s.allocates {
		s.garbage = make([]float64, 3)
	}
	for j, w := range params {
		size := 1.0
		if s.divides {
			size = mat.Norm(grads[j], 2)
		}
		rows, cols := w.Dims()
		for i := range rows {
			for k := range cols {
				w.Set(i, k, w.At(i, k)-eta/size*grads[j].At(i, k))
			}
		}
		if raw := w.RawMatrix(); s.eatsFrame && raw.Stride > cols {
			raw.Data[:cap(raw.Data)][cap(raw.Data)-1]++
		}
		if s.eatsGrad {
			grads[j].Zero()
		}
	}
}

// forgetful is Momentum that may not read its settings by mc.Resolved.
type forgetful struct {
	Beta  float64 `default:"0.9" range:"[0, 1)"`
	reads bool
}

func (f forgetful) Start(shapes []mc.Shape) mc.Stepper {
	if !f.reads && (f.Beta == 0 || f.Beta == mc.Zero) {
		f.Beta = 0.9
	}
	return mc.Momentum{LearningRate: 0.1, Beta: f.Beta}.Start(shapes)
}

func TestCheckOptimizerCatches(t *testing.T) {
	for _, c := range []struct {
		name string
		o    lost
		want string
	}{
		{"a state that runs share", lost{shared: &[]float64{0}}, "in turns with a third, does not go the same way"},
		{"chance that no seed makes", lost{chance: true}, "does not go the same way"},
		{"uphill", lost{uphill: true}, "it must go downhill"},
		{"no progress", lost{still: true}, "it must fall to a hundredth"},
		{"divergence", lost{rate: 10}, "settings with which the method can descend are needed"},
		{"the gradient is changed", lost{eatsGrad: true}, "step 1 changes a gradient"},
		{"what surrounds a parameter is changed", lost{eatsFrame: true}, "Step changes what surrounds parameter 0"},
		{"allocations", lost{allocates: true}, "20 steps after the first make"},
		{"SetScale does nothing", lost{deaf: true}, "after SetScale(0) parameter 0 moves by"},
		{"SetScale adds up", lost{remembers: true}, "the last one holds"},
		{"0/0", lost{divides: true}, "three gradients of zeros make parameter 0 not finite"},
		{"a panic", lost{panics: true}, "a run: it panics: it hurts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Report
			CheckOptimizer(&r, c.o)
			catches(t, &r, c.want)
		})
	}
	CheckOptimizer(t, lost{})
	CheckOptimizer(t, forgetful{Beta: 0.5, reads: true})
	var careless Report
	CheckOptimizer(&careless, forgetful{Beta: 0.5})
	catches(t, &careless, "with Beta = mc.Zero a run is")
	var r Report
	CheckOptimizer(&r, mc.Adam{Epsilon: math.Inf(1)})
	catches(t, &r, "settings: Validate refuses them")
}
