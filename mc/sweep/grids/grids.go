// Package grids has the sweeps by which the claims of the note are judged, by name. c7-quick is of a small matrix with few
// seeds, and shows within half a minute to four minutes of two cores what to expect; c7-full is the standard problem, 100×100
// of rank 5, at its longest, and takes hours to days of one core. c7-standard is between them: the standard problem at 2000
// entries with the settings and steps of c7-quick, in less than an hour. Notebooks and mcsweep run the same:
//
//	results := nb.Sweep(grids.Must("c7-quick"))
//	mcsweep run c7-quick
//
// Every competitor of a comparison is tuned by the same procedure and budget, and grids of settings are kept whole, so that
// the tuning can be seen.
package grids

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
)

// All returns the sweeps, in the order of the claims.
func All() []sweep.Spec {
	all := []sweep.Spec{Try()}
	for _, s := range []size{quick, full} {
		all = append(all, s.c1(), s.c2(), s.c3(), s.c5(), s.c6(), s.c7(), s.hill(), s.c8(), s.c9(), s.c10(), s.c11())
	}
	all = append(all, standard.c7())
	slices.SortStableFunc(all[1:], func(a, b sweep.Spec) int { return claim(a) - claim(b) })
	return all
}

func claim(s sweep.Spec) (n int) {
	fmt.Sscanf(s.Name, "c%d", &n)
	return n
}

// Get returns the sweep of a name.
func Get(name string) (sweep.Spec, error) {
	all := All()
	i := slices.IndexFunc(all, func(s sweep.Spec) bool { return s.Name == name })
	if i < 0 {
		var names []string
		for _, s := range all {
			names = append(names, s.Name)
		}
		return sweep.Spec{}, fmt.Errorf("grids: there is no sweep %q; there are %s", name, strings.Join(names, ", "))
	}
	return all[i], nil
}

// Must is [Get] of a name that exists.
func Must(name string) sweep.Spec {
	s, err := Get(name)
	if err != nil {
		panic(err)
	}
	return s
}

// Try is 200 runs of milliseconds: to try a machine, an engine or a folder before real work.
func Try() sweep.Spec {
	return sweep.Spec{
		Name: "try", Problem: mc.LowRank{Rows: 12, Cols: 10, Rank: 1, Observed: 60}, Solver: mc.DeepMF{Penalty: mc.Ratio{}, Steps: 200},
		Axes: []sweep.Axis{sweep.Over("Solver.Lambda", 0, 1e-3), sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(50)},
	}
}

// A size is how much of a sweep is run: of which matrix, how long, how often.
type size struct {
	name    string
	problem mc.LowRank // of rank r, with at least r+1 entries in each line: fewer nobody can complete
	// entries from about where nobody succeeds to where the nuclear norm does: multiples of the degrees of freedom
	// r·(rows + cols − r), of which the middle two are those of n = 1500 and 2000 on the standard problem.
	entries     []any
	steps, long int // of an adaptive method and of one that is not
	seeds       int
}

var (
	quick = size{"quick", mc.LowRank{Rows: 40, Cols: 40, Rank: 2, Observed: 320, MinPerLine: 3}, []any{200, 240, 320, 480, 800}, 4000, 8000, 3}
	// standard is quick on the standard problem: whether what a small matrix showed holds on a larger one.
	standard = size{"standard", full.problem, []any{2000}, quick.steps, quick.long, 10}
	full     = size{"full", mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 2000, MinPerLine: 6}, []any{1200, 1500, 2000, 3000, 5000}, 12_000, 50_000, 10}
)

func (s size) spec(claim string, solver mc.Solver, axes ...sweep.Axis) sweep.Spec {
	return sweep.Spec{Name: claim + "-" + s.name, Problem: s.problem, Solver: solver, Axes: append(axes, sweep.Seeds(s.seeds))}
}

func (s size) observed() sweep.Axis { return sweep.Over("Problem.Observed", s.entries...) }

// two are the entries at which comparisons are hard, and are not.
func (s size) two() sweep.Axis { return sweep.Over("Problem.Observed", s.entries[1], s.entries[2]) }

// some returns the whole list in full, and its quick part otherwise.
func (s size) some(n int, list ...any) []any {
	if s.name == "full" {
		return list
	}
	return list[:min(n, len(list))]
}

// ratio is the note's method: one matrix, the ratio, Adam.
func (s size) ratio(lambda float64) mc.DeepMF {
	return mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: lambda, Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: s.steps}
}

func (s size) deep(depth int, rate float64) mc.DeepMF {
	return mc.DeepMF{Depth: depth, Optimizer: mc.GroupRMSProp{LearningRate: rate}, Schedule: mc.Cosine{}, Steps: s.long}
}

// c1: does gradient descent on one matrix find the solution of minimum Frobenius norm? By hand and by steps, of completion.
func (s size) c1() sweep.Spec {
	return s.spec("c1", nil, s.observed(), sweep.Cases("method",
		sweep.Solver("closed form", mc.MinimumFrobenius{}),
		sweep.Solver("GD from zero", mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 10}, Steps: s.steps}),
		sweep.Solver("GD from a small start", mc.DeepMF{Depth: 1, Init: mc.Gaussian{Scale: 1e-3}, Optimizer: mc.GD{LearningRate: 10}, Steps: s.steps}),
	))
}

// c2: does a product of two find the minimum nuclear norm, as its start shrinks? The optimum is certified.
func (s size) c2() sweep.Spec {
	levels := []sweep.Level{sweep.Solver("optimum", mc.NuclearNorm{})}
	for _, scale := range []float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-5} {
		d := s.deep(2, 1e-3)
		d.Init, d.Schedule = mc.Gaussian{Scale: scale}, nil
		levels = append(levels, sweep.Solver(fmt.Sprintf("scale %.0e", scale), d))
	}
	return s.spec("c2", nil, s.observed(), sweep.Cases("method", levels...))
}

// c3: from which depth on does a product complete from few entries, is three enough, and how much depends on the start?
func (s size) c3() sweep.Spec {
	d := s.deep(1, 1e-3)
	d.Init, d.Schedule = mc.Gaussian{Scale: 1e-3}, nil
	return s.spec("c3", d, s.observed(), sweep.Over("Solver.Depth", s.some(5, 1, 2, 3, 4, 5, 6, 7, 8)...), sweep.Over("Solver.Init.Scale", s.some(1, 1e-3, 1e-2, 1e-4)...))
}

// c5: is a product of three like one matrix with an optimiser that has a memory? Optimisers of one matrix without a penalty.
func (s size) c5() sweep.Spec {
	one := func(o mc.Optimizer) mc.DeepMF { return mc.DeepMF{Depth: 1, Optimizer: o, Steps: s.steps} }
	return s.spec("c5", nil, s.observed(), sweep.Cases("method",
		sweep.Solver("product of three", s.deep(3, 1e-3)),
		sweep.Solver("Adam", one(mc.Adam{LearningRate: 1e-3})),
		sweep.Solver("momentum", one(mc.Momentum{LearningRate: 10})),
		sweep.Solver("RMSProp", one(mc.RMSProp{LearningRate: 1e-3})),
		sweep.Solver("GD", one(mc.GD{LearningRate: 100})),
	))
}

// c6: does the penalty do nothing with gradient descent? Step sizes to the edge of stability, n/2 for the mean loss.
func (s size) c6() sweep.Spec {
	d := mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Steps: 20_000}
	rates := []any{1, 10, 100, 300, 500}
	if s.name == "quick" {
		d.Steps, rates = s.long, []any{1, 10, 30, 100}
	}
	return s.spec("c6", d,
		sweep.Over("Solver.Lambda", 0, 1e-3, 3e-3, 1e-2, 3e-2),
		sweep.Cases("optimizer",
			sweep.Case("GD", sweep.Setting{Field: "Solver.Optimizer", Value: mc.GD{}}),
			sweep.Case("momentum", sweep.Setting{Field: "Solver.Optimizer", Value: mc.Momentum{}})),
		sweep.Over("Solver.Optimizer.LearningRate", rates...))
}

// methods are the competitors of C7, each chosen among four settings by held-out entries; the nuclear norm has none. Where
// there is a rank, the last are told it.
func (s size) methods(rank int) []sweep.Level {
	tuned := func(values []float64, solver func(float64) mc.Solver) mc.Solver {
		return mc.Tune{Candidates: mc.Candidates(values, solver)}
	}
	deep := func(depth int) mc.Solver {
		return tuned([]float64{1e-3, 3e-3, 1e-2, 3e-2}, func(rate float64) mc.Solver { return s.deep(depth, rate) })
	}
	// Trials see fewer entries, and the fewer there are the longer a weak penalty takes.
	one := func(lambda float64) mc.DeepMF {
		d := s.ratio(lambda)
		d.Steps = s.steps * 3 / 2
		return d
	}
	levels := []sweep.Level{
		sweep.Solver("ratio", tuned([]float64{1e-5, 1e-4, 1e-3, 1e-2}, func(lambda float64) mc.Solver { return one(lambda) })),
		sweep.Solver("nuclear, Adam", tuned([]float64{1e-5, 1e-4, 1e-3, 1e-2}, func(lambda float64) mc.Solver {
			d := one(lambda)
			d.Penalty = mc.Nuclear{}
			return d
		})),
		sweep.Solver("depth 2", deep(2)),
		sweep.Solver("depth 3", deep(3)),
		sweep.Solver("depth 4", deep(4)),
		sweep.Solver("minimum nuclear norm", mc.NuclearNorm{}),
		sweep.Solver("SoftImpute", tuned([]float64{1e-5, 1e-4, 1e-3, 1e-2}, func(lambda float64) mc.Solver { return mc.SoftImpute{Lambda: lambda} })),
		sweep.Solver("MatrixIRLS", tuned([]float64{1.03, 1.1, 1.3, 2}, func(decay float64) mc.Solver { return mc.MatrixIRLS{Decay: decay} })),
	}
	if s.name == "full" {
		levels = append(levels, sweep.Solver("ALS, rank chosen", mc.Tune{Candidates: mc.Candidates([]int{3, 5, 10, 20}, func(rank int) mc.Solver { return mc.ALS{Rank: rank} })}))
	}
	if s.name == "full" && rank > 0 {
		levels = append(levels, sweep.Solver("RiemannianCG, told the rank", Told{"RiemannianCG"}))
	}
	if rank > 0 {
		levels = append(levels, sweep.Solver("R2RILS, told the rank", Told{"R2RILS"}))
	}
	return levels
}

// tuning shows how a method was chosen: which candidate, counted from 1 (0 if there was no choice), and the mean squared error of
// each over what was held out (NaN if there was no choice).
var tuning = []sweep.Measure{
	{Name: "Chosen", Of: func(_ mc.Problem, r *mc.Result) float64 {
		if r.Selection == nil {
			return 0
		}
		return float64(1 + r.Selection.Chosen)
	}},
	heldOut(1), heldOut(2), heldOut(3), heldOut(4),
}

func heldOut(candidate int) sweep.Measure {
	return sweep.Measure{Name: fmt.Sprintf("HeldOut%d", candidate), Of: func(_ mc.Problem, r *mc.Result) float64 {
		if r.Selection == nil || len(r.Selection.Trials) < candidate {
			return math.NaN()
		}
		return r.Selection.Trials[candidate-1].Score
	}}
}

// c7: is the ratio with Adam the state of the art on the standard problem, and at other ranks?
func (s size) c7() sweep.Spec {
	var problems []sweep.Level
	at := func(rank int, entries ...any) {
		for _, n := range entries {
			set := func(field string, v any) sweep.Setting { return sweep.Setting{Field: "Problem." + field, Value: v} }
			problems = append(problems, sweep.Case(fmt.Sprintf("rank %d, %d entries", rank, n),
				set("Rank", rank), set("Observed", n), set("MinPerLine", rank+1)))
		}
	}
	at(s.problem.Rank, s.entries...)
	if s.name == "full" {
		at(3, 800, 1000, 1500, 2000)
		at(10, 2500, 3000, 4000, 5000)
	}
	spec := s.spec("c7", nil, sweep.Cases("problem", problems...), sweep.Cases("method", s.methods(s.problem.Rank)...))
	spec.Measures = tuning
	return spec
}

// c8: do depth, optimiser and penalty act by themselves or together? All combinations.
func (s size) c8() sweep.Spec {
	var optimizers []sweep.Level
	for _, o := range []struct {
		name  string
		rates []float64
		of    func(float64) mc.Optimizer
	}{
		{"GD", []float64{3, 30, 300}, func(r float64) mc.Optimizer { return mc.GD{LearningRate: r} }},
		{"GroupRMSProp", []float64{3e-4, 1e-3, 3e-3}, func(r float64) mc.Optimizer { return mc.GroupRMSProp{LearningRate: r} }},
		{"Adam", []float64{1e-3, 3e-3, 1e-2}, func(r float64) mc.Optimizer { return mc.Adam{LearningRate: r} }},
	} {
		for _, r := range o.rates {
			optimizers = append(optimizers, sweep.Case(fmt.Sprintf("%s %.0e", o.name, r), sweep.Setting{Field: "Solver.Optimizer", Value: o.of(r)}))
		}
	}
	penalty := func(label string, p mc.Penalty, lambda float64) sweep.Level {
		return sweep.Case(label, sweep.Setting{Field: "Solver.Penalty", Value: p}, sweep.Setting{Field: "Solver.Lambda", Value: lambda})
	}
	d := mc.DeepMF{Schedule: mc.Cosine{}, Steps: s.steps, Init: mc.Gaussian{Scale: 1e-2}}
	return s.spec("c8", d, s.two(), sweep.Over("Solver.Depth", s.some(3, 1, 2, 3, 4)...), sweep.Cases("optimizer", optimizers...),
		sweep.Cases("penalty", penalty("none", nil, 0), penalty("ratio 1e-3", mc.Ratio{}, 1e-3), penalty("ratio 1e-2", mc.Ratio{}, 1e-2),
			penalty("nuclear 1e-4", mc.Nuclear{}, 1e-4), penalty("nuclear 1e-3", mc.Nuclear{}, 1e-3)))
}

// c9: where do two methods end that fit the seen entries equally well? Both stop at the same training loss.
func (s size) c9() sweep.Spec {
	one, three := s.ratio(1e-3), s.deep(3, 1e-3)
	three.Schedule = nil
	return s.spec("c9", nil, s.two(), sweep.Cases("method", sweep.Solver("ratio", one), sweep.Solver("depth 3", three)),
		sweep.Over("Solver.Stop.Loss", 1e-2, 1e-3, 1e-4, 1e-5))
}

// c10: do normalised versions of other regularisers do better than the ratio?
func (s size) c10() sweep.Spec {
	smooth := mc.Schatten{P: 0.5, Smoothing: 1e-3}
	penalties := []sweep.Level{}
	for _, p := range []struct {
		label string
		mc.Penalty
	}{
		{"nuclear / Frobenius", mc.Ratio{}},
		{"entropy", mc.Entropy{}},
		{"Schatten ½ / Frobenius", mc.Normalized(smooth)},
		{"log det / Frobenius", mc.Normalized(mc.LogDet{})},
		{"spectral / Frobenius", mc.Normalized(mc.Spectral{})},
		{"L1 / Frobenius", mc.Normalized(mc.L1{})},
		{"nuclear", mc.Nuclear{}},
		{"Schatten ½", smooth},
		{"log det", mc.LogDet{}},
	} {
		penalties = append(penalties, sweep.Case(p.label, sweep.Setting{Field: "Solver.Penalty", Value: p.Penalty}))
	}
	return s.spec("c10", s.ratio(0), s.two(), sweep.Cases("penalty", penalties...), sweep.Over("Solver.Lambda", 1e-5, 1e-4, 1e-3, 1e-2))
}

// c11: what of Adam helps the ratio? Adam taken apart, with step sizes of their own.
func (s size) c11() sweep.Spec {
	var levels []sweep.Level
	for _, o := range []struct {
		name string
		mc.Optimizer
	}{
		{"Adam", mc.Adam{}},
		{"without momentum: RMSProp", mc.RMSProp{}},
		{"one scale: ScalarAdam", mc.ScalarAdam{}},
		{"other basis: RotatedAdam", mc.RotatedAdam{}},
		{"singular basis: SpectralDescent", mc.SpectralDescent{}},
		{"both sides: Shampoo", mc.Shampoo{}},
		{"no memory: NormalizedGD", mc.NormalizedGD{}},
		{"no memory: SignSGD", mc.SignSGD{}},
	} {
		levels = append(levels, sweep.Case(o.name, sweep.Setting{Field: "Solver.Optimizer", Value: o.Optimizer}))
	}
	return s.spec("c11", s.ratio(0), s.two(), sweep.Over("Solver.Lambda", s.some(2, 1e-3, 1e-2, 0)...), sweep.Cases("optimizer", levels...),
		sweep.Over("Solver.Optimizer.LearningRate", 1e-3, 3e-3, 1e-2, 3e-2))
}
