package catalog

import "projectpenalty/mc"

// Optimizers returns all, with default settings and with others.
func Optimizers() []mc.Optimizer { return cases(optimizers) }

const (
	alongGradient = "Along the gradient"
	oneStepSize   = "Along the gradient, with a step size that adapts"
	byEntry       = "Entry by entry"
	byVectors     = "By singular vectors"
)

type opt = []mc.Optimizer

var optimizers = []Entry[mc.Optimizer]{
	{"GD", alongGradient, []string{"the gradient", "keeps the path of gradient flow"},
		opt{mc.GD{}, mc.GD{LearningRate: 0.5}}},
	{"Momentum", alongGradient, []string{"a sum of past gradients (Polyak 1964)",
		"the same path, faster along flat directions"},
		opt{mc.Momentum{}, mc.Momentum{LearningRate: 0.1, Beta: 0.5}}},
	{"Nesterov", alongGradient, []string{"`Momentum` with a look-ahead (Nesterov 1983)",
		"the same path, with less oscillation along steep directions"},
		opt{mc.Nesterov{}, mc.Nesterov{LearningRate: 0.1, Beta: 0.5}}},
	{"ASGD", alongGradient, []string{
		"the gradient, with a step size that decreases; averages the iterates (Polyak and Juditsky 1992)",
		"as `GD`"},
		opt{mc.ASGD{}, mc.ASGD{LearningRate: 0.1, Decay: mc.Zero, Power: 0.5, T0: 5}}},
	{"GroupRMSProp", oneStepSize, []string{
		"the gradient, with one adaptive step size for all parameters (Arora et al. 2019)",
		"keeps the direction of the gradient; the default"},
		opt{mc.GroupRMSProp{}, mc.GroupRMSProp{LearningRate: 1e-2}}},
	{"ScalarAdam", oneStepSize, []string{"`Adam` with one second moment per matrix",
		"keeps the direction of the momentum: Adam without its rescaling of entries"},
		opt{mc.ScalarAdam{},
			mc.ScalarAdam{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4}}},
	{"NormalizedGD", oneStepSize, []string{
		"the gradient, with a length that does not depend on it (Hazan et al. 2015)",
		"keeps the direction of the gradient; steps shrink by the schedule alone"},
		opt{mc.NormalizedGD{}, mc.NormalizedGD{LearningRate: 1e-2}}},
	{"SignSGD", byEntry, []string{
		"the signs of the gradient, or of its running mean (Bernstein et al. 2018)",
		"all entries move alike: Adam without memory; leaves the singular basis"},
		opt{mc.SignSGD{}, mc.SignSGD{LearningRate: 1e-2, Beta: 0.5}}},
	{"Adagrad", byEntry, []string{
		"each entry over the root of the sum of its squares (Duchi et al. 2011)",
		"rescales entries; steps shrink for good"},
		opt{mc.Adagrad{}, mc.Adagrad{LearningRate: 0.1, Epsilon: 1e-6}}},
	{"Adadelta", byEntry, []string{
		"`RMSProp` times the running root mean square of past steps (Zeiler 2012)",
		"rescales entries; no learning rate to choose"},
		opt{mc.Adadelta{}, mc.Adadelta{LearningRate: 0.5, Rho: 0.5, Epsilon: 1e-4}}},
	{"RMSProp", byEntry, []string{
		"each entry over its running root mean square (Tieleman and Hinton 2012)",
		"rescales entries, so that a step leaves the singular basis"},
		opt{mc.RMSProp{}, mc.RMSProp{LearningRate: 1e-3, Rho: 0.9, Epsilon: 1e-6}}},
	{"Adam", byEntry, []string{
		"`RMSProp` with momentum and bias correction (Kingma and Ba 2015)",
		"as `RMSProp`; with `Ratio` it completes matrices of low rank"},
		opt{mc.Adam{}, mc.Adam{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4},
			mc.Adam{LearningRate: 1e-2, Beta1: mc.Zero}}},
	{"AdamW", byEntry, []string{
		"`Adam` with weight decay apart from the gradient (Loshchilov and Hutter 2019)",
		"as `Adam`, and shrinks all singular values by one factor"},
		opt{mc.AdamW{}, mc.AdamW{
			LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4, WeightDecay: 0.05}}},
	{"AMSGrad", byEntry, []string{
		"`Adam` with the largest second moment so far (Reddi et al. 2018)",
		"as `Adam`, but steps shrink with the gradient"},
		opt{mc.AMSGrad{}, mc.AMSGrad{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4}}},
	{"Adamax", byEntry, []string{
		"`Adam` over the largest of past gradients (Kingma and Ba 2015)",
		"as `Adam`, no entry faster than the learning rate"},
		opt{mc.Adamax{}, mc.Adamax{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4}}},
	{"NAdam", byEntry, []string{"`Adam` with a look-ahead (Dozat 2016)", "as `Adam`"},
		opt{mc.NAdam{}, mc.NAdam{
			LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4, MomentumDecay: 0.1}}},
	{"RAdam", byEntry, []string{
		"`Adam` that adapts step sizes once their variance is known (Liu et al. 2020)",
		"as `Momentum` for some steps, then as `Adam`"},
		opt{mc.RAdam{}, mc.RAdam{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4}}},
	{"RotatedAdam", byEntry, []string{"`Adam` in a random orthogonal basis",
		"rescales along other axes than those of the entries"},
		opt{mc.RotatedAdam{}, mc.RotatedAdam{
			LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4, Seed: 7}}},
	{"SpectralDescent", byVectors, []string{
		"the polar factor of the momentum, Muon (Jordan et al. 2024)",
		"moves all singular directions by the same length"},
		opt{mc.SpectralDescent{},
			mc.SpectralDescent{LearningRate: 1e-3, Beta: 0.5, Smoothing: 0.1},
			mc.SpectralDescent{Smoothing: 1e-2, Polar: mc.Fast}}},
	{"Shampoo", byVectors, []string{
		"the gradient between the roots of the sums of G·Gᵀ and GᵀG (Gupta, Koren, Singer 2018)",
		"evens out directions in the singular bases of past gradients: `Adagrad` in no basis of its own"},
		opt{mc.Shampoo{}, mc.Shampoo{LearningRate: 0.5, Epsilon: 1e-3}}},
}
