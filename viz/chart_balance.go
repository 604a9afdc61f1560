package viz

import "projectpenalty/mc"

// Balance asks: do the layers stay balanced, as they do under gradient flow? The imbalance
//
//	maxⱼ ‖W_{j+1}ᵀW_{j+1} − W_jW_jᵀ‖_F
//
// over the steps of one run or several, recorded by mc.Trace{Watch: mc.Quantities{mc.Balance{}}}.
// Gradient flow conserves it (Arora, Cohen and Hazan 2018). The axis is logarithmic where all
// values are positive and span more than a factor of ten.
func Balance(traces ...*mc.Trace) *Chart {
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	p := watchedPlot("Imbalance of the layers", "imbalance", traces)
	groups := seeds(traces)
	for i, group := range groups {
		s := series{name: join(seedsName(group, i, len(groups)), "imbalance"), color: palette[i%len(palette)]}
		s.style = styles[i/len(palette)%len(styles)]
		p.addWatched(s, group, "imbalance", 0)
	}
	return watchedChart(p, "imbalance", traces)
}
