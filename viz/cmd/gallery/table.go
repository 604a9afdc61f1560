package main

import (
	"context"
	"strconv"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// table fits a small problem at each depth by each optimiser with each penalty.
func table(ctx context.Context) (*viz.Chart, error) {
	p, err := mc.LowRank{Rows: 16, Cols: 16, Rank: 1, Observed: 110, MinPerLine: 3, Seed: 1}.Problem()
	if err != nil {
		return nil, err
	}
	const rate = 1e-2
	optimisers := []mc.Optimizer{
		mc.GD{LearningRate: rate}, mc.RMSProp{LearningRate: rate}, mc.Adagrad{LearningRate: rate},
		mc.Adam{LearningRate: rate},
	}
	penalties := []mc.Penalty{nil, mc.Ratio{}, mc.Nuclear{}}
	test := viz.GridMeasure{Name: "test error"}
	rank := viz.GridMeasure{Name: "effective rank"}
	for _, o := range optimisers {
		var errors, ranks [][]float64
		for depth := 1; depth <= 3; depth++ {
			var e, r []float64
			for _, penalty := range penalties {
				s := mc.DeepMF{Depth: depth, Optimizer: o, Penalty: penalty, Steps: 2000, Seed: 1, Lambda: 1e-3}
				if penalty == nil {
					s.Lambda = 0
				}
				fit, err := s.Solve(ctx, p)
				if err != nil {
					return nil, err
				}
				m := mc.Evaluate(p, fit.W)
				e, r = append(e, m.Test), append(r, m.EffectiveRank)
			}
			errors, ranks = append(errors, e), append(ranks, r)
		}
		test.Values, rank.Values = append(test.Values, errors), append(rank.Values, ranks)
	}
	depths := viz.Factor{Name: "depth"}
	for depth := 1; depth <= 3; depth++ {
		depths.Levels = append(depths.Levels, strconv.Itoa(depth))
	}
	return viz.Grid("Optimisers, depths and penalties",
		viz.Factor{Name: "optimiser", Levels: []string{"GD", "RMSProp", "Adagrad", "Adam"}},
		depths, viz.Factor{Name: "penalty", Levels: []string{"none", "ratio", "nuclear"}}, test, rank), nil
}
