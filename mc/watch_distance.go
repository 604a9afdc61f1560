package mc

import "gonum.org/v1/gonum/mat"

// Distance is how far training has moved,
//
//	√Σ_j ‖W_j(t) − W_j(0)‖_F²  and  ‖W(t) − W(0)‖_F.
//
// The former stays small, relative to the size of the factors, in the lazy regime (Chizat, Oyallon,
// Bach 2019). The readings are "distance of the factors from the initialisation", which at depth 1
// is that of W, and "distance of W from the initialisation" where W can be formed.
type Distance struct{}

// Watch returns the state of one run.
func (Distance) Watch() Gauge { return &distanceGauge{} }

type distanceGauge struct{ factors, w []*mat.Dense }

func (g *distanceGauge) Measure(s *Step) (readings []Reading) {
	for _, d := range []struct {
		name  string
		start *[]*mat.Dense
		now   []*mat.Dense
	}{
		{"distance of the factors from the initialisation", &g.factors, s.parameters()},
		{"distance of W from the initialisation", &g.w, []*mat.Dense{s.point.dense()}},
	} {
		if d.now[0] == nil {
			continue
		}
		if *d.start == nil {
			*d.start = (&Factors{W: d.now}).Clone().W
		}
		sizes := make([]float64, len(d.now))
		for j, w := range d.now {
			var x mat.Dense
			x.Sub(w, (*d.start)[j])
			sizes[j] = frobenius(&x)
		}
		readings = append(readings, Reading{d.name, []float64{norm2(sizes)}})
	}
	return readings
}

// Kept is the state that a checkpoint keeps.
func (s *distanceGauge) Kept() []any { return []any{&s.factors, &s.w} }
