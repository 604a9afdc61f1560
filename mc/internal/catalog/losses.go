package catalog

import "projectpenalty/mc"

// Losses returns all, with settings.
func Losses() []mc.Loss { return cases(losses) }

type compare = []mc.Loss

const (
	real     = "Of real values"
	discrete = "Likelihoods of yes and no, counts and classes"
)

var losses = []Entry[mc.Loss]{
	{"Squares", real, []string{"(x − b)²", "the default: a least-squares fit"}, compare{mc.Squares{}}},
	{"Huber", real, []string{"squared up to a residual δ, linear beyond",
		"outliers have a bounded slope (Huber 1964)"},
		compare{mc.Huber{}, mc.Huber{Delta: 0.1}}},
	{"Absolute", real, []string{"√((x − b)² + ε²) − ε", "a median in place of a mean"},
		compare{mc.Absolute{}, mc.Absolute{Smoothing: 0.3}}},
	{"Logistic", discrete, []string{"log(1 + e^(−bx)), b = ±1",
		"yes and no: 1-bit completion (Davenport et al. 2014)"}, compare{mc.Logistic{}}},
	{"Poisson", discrete, []string{"e^x − bx, less its least value", "counts with mean e^x"},
		compare{mc.Poisson{}}},
	{"Softmax", discrete, []string{"−Σ b_c·log p_c, p = softmax(x)",
		"classes of samples, for `Regression`"},
		compare{mc.Softmax{Classes: 2}, mc.Softmax{Classes: 5}}},
}
