package catalog

import "projectpenalty/mc"

// A Penalty and the properties that are claimed of it.
type Penalty struct {
	mc.Penalty
	// Homogeneous: R(cW) = |c|^Degree·R(W).
	Homogeneous bool
	Degree      float64
	// Tolerance is the relative error of value and gradient; 0: rounding.
	Tolerance float64
}

// Penalties returns all settings of all penalties.
func Penalties() []Penalty { return cases(penalties) }

// of claims a degree.
func of(degree float64, penalties ...mc.Penalty) []Penalty {
	var all []Penalty
	for _, p := range penalties {
		all = append(all, Penalty{Penalty: p, Homogeneous: true, Degree: degree})
	}
	return all
}

// fast claims a degree, and the accuracy of mc.Fast.
func fast(degree float64, penalties ...mc.Penalty) []Penalty {
	all := of(degree, penalties...)
	for i := range all {
		all[i].Tolerance = 2e-4
	}
	return all
}

func join(parts ...[]Penalty) []Penalty {
	var all []Penalty
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

const (
	scaleFree = "Scale-free, for low rank"
	lowRank   = "For low rank, and dependent on the scale: convex, or closer to the rank"
	contrast  = "For comparison: of the norm, the largest singular value or the entries"
	composed  = "Of your own, and composed"
)

var penalties = []Entry[Penalty]{
	{"Ratio", scaleFree, []string{"‖W‖_* / ‖W‖_F", "prefers low rank and no size (Zhao 2022)"}, join(
		of(0, mc.Ratio{}, mc.Ratio{Smoothing: 1e-2}, mc.Ratio{Smoothing: 0.3}),
		fast(0, mc.Ratio{Polar: mc.Fast}, mc.Ratio{Smoothing: 1e-2, Polar: mc.Fast}),
	)},
	{"Entropy", scaleFree, []string{"−Σp·log p, p = σ/‖W‖_*",
		"the logarithm of the effective rank; pushes small singular values down harder than `Ratio` " +
			"(Roy and Vetterli 2007)"},
		of(0, mc.Entropy{}, mc.Entropy{Smoothing: 1e-2})},
	{"SchattenRatio", scaleFree, []string{"‖W‖_P / ‖W‖_Q, P < Q",
		"`Ratio` with other powers: below 1, closer to the rank (Zhao 2022)"},
		of(0, mc.SchattenRatio{P: 1, Q: 2}, mc.SchattenRatio{P: 1.5, Q: 3, Smoothing: 0.1},
			mc.SchattenRatio{P: 0.5, Q: 2.0 / 3, Smoothing: 1e-2})},
	{"Normalized", scaleFree, []string{"p(W/‖W‖_F)",
		"makes any penalty p scale-free; `Normalized(Nuclear{})` is `Ratio{}`"},
		of(0, mc.Normalized(mc.Schatten{P: 1}), mc.Normalized(mc.Schatten{P: 0.5, Smoothing: 1e-2}),
			mc.Normalized(mc.Spectral{}), mc.Normalized(mc.LogDet{}), mc.Normalized(mc.L1{}),
			mc.Normalized(Geman), mc.Normalized(mc.Sum(mc.Nuclear{}, mc.SquaredFrobenius{})),
			mc.Normalized(mc.Sum(mc.L1{}, mc.Times(2, mc.Nuclear{}), mc.Times(0.5, mc.L1{}))))},
	{"Nuclear", lowRank, []string{"‖W‖_* = Σσ",
		"prefers low rank, is convex, and shrinks all singular values alike (Fazel 2002)"}, join(
		of(1, mc.Nuclear{}, mc.Nuclear{Smoothing: 1e-2}, mc.Nuclear{Smoothing: 1}),
		fast(1, mc.Nuclear{Polar: mc.Fast}, mc.Nuclear{Smoothing: 1e-2, Polar: mc.Fast}),
	)},
	{"Schatten", lowRank, []string{"Σσᴾ, 0 < P ≤ 2",
		"from the rank (P → 0) over `Nuclear` (1) to `SquaredFrobenius` (2); not convex below 1 " +
			"(Mohan and Fazel 2012)"}, join(
		of(0.5, mc.Schatten{P: 0.5, Smoothing: 1e-2}), of(1, mc.Schatten{P: 1}),
		of(1.5, mc.Schatten{P: 1.5}, mc.Schatten{P: 1.5, Smoothing: 0.3}), of(2, mc.Schatten{P: 2}),
	)},
	{"LogDet", lowRank, []string{"½·log det(I + WᵀW/δ²)",
		"a smooth stand-in for the rank: nothing below δ, the logarithm above (Fazel, Hindi, Boyd 2003)"},
		[]Penalty{{Penalty: mc.LogDet{}}, {Penalty: mc.LogDet{Delta: 3}}}},
	{"Frobenius", contrast, []string{"‖W‖_F", "prefers small matrices, whatever their rank"},
		of(1, mc.Frobenius{})},
	{"SquaredFrobenius", contrast, []string{"‖W‖_F²",
		"shrinks all singular values by one factor: ridge, or weight decay"},
		of(2, mc.SquaredFrobenius{})},
	{"Spectral", contrast, []string{"‖W‖₂ = σ₁",
		"draws down the largest singular value alone: evens a spectrum out"},
		of(1, mc.Spectral{})},
	{"L1", contrast, []string{"Σ\\|wᵢⱼ\\|", "prefers zero entries, whatever the singular values"},
		of(1, mc.L1{})},
	{"Spectrum", composed, []string{"f(σ)", "a penalty of your own, by two functions"},
		[]Penalty{{Penalty: Geman}}},
	{"Sum", composed, []string{"p(W) + q(W)", "adds penalties, as in the elastic net"}, join(
		of(1, mc.Sum(mc.Nuclear{}, mc.Times(-0.5, mc.Frobenius{}))),
		[]Penalty{{Penalty: mc.Sum(mc.L1{}, mc.Entropy{}, mc.Times(0.1, mc.SquaredFrobenius{}))}},
	)},
	{"Times", composed, []string{"c·p(W)", "weighs a penalty; below 0 it rewards"},
		of(1, mc.Times(3, mc.L1{}), mc.Times(3, mc.Nuclear{}))},
}

// Geman is a spectral penalty by its functions, Σσ²/(1 + σ²) (Geman and McClure 1987).
var Geman = mc.Spectrum{
	Name: "Geman",
	F: func(sigma []float64) float64 {
		sum := 0.0
		for _, s := range sigma {
			sum += s / (1/s + s) // 0 at 0, and nothing overflows
		}
		return sum
	},
	DF: func(grad, sigma []float64) {
		for i, s := range sigma {
			grad[i] = 2 * s / (1 + s*s) / (1 + s*s)
		}
	},
}
