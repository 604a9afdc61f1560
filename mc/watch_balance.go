package mc

// Balance is how far the layers are from balanced, the largest of
//
//	‖W_{j+1}ᵀW_{j+1} − W_jW_jᵀ‖_F
//
// over neighbouring layers. Gradient flow conserves each of these matrices (Arora, Cohen, Hazan
// 2018, theorem 1); a step of gradient descent changes them by the order of η². The reading is
// "imbalance"; there is none for solvers without factors, or at depth 1.
type Balance struct{}

// Watch returns the state of one run.
func (Balance) Watch() Gauge { return balanceGauge{} }

type balanceGauge struct{}

func (balanceGauge) Measure(s *Step) []Reading {
	f := s.held()
	if f == nil {
		return nil
	}
	return []Reading{{"imbalance", []float64{f.Imbalance()}}}
}
