package catalog

import "projectpenalty/mc"

// Schedules returns all, with settings.
func Schedules() []mc.Schedule { return cases(schedules) }

type when = []mc.Schedule

var schedules = []Entry[mc.Schedule]{
	{"Constant", "Factors of a learning rate or λ", []string{"1", "the default"},
		when{mc.Constant{}}},
	{"Cosine", "Factors of a learning rate or λ", []string{"half a cosine from 1 to `Final`",
		"lets Adam and sign descent converge (Loshchilov and Hutter 2017)"},
		when{mc.Cosine{}, mc.Cosine{Final: 0.1}}},
	{"LinearDecay", "Factors of a learning rate or λ", []string{"a straight line from 1 to `Final`",
		"the same; with `Final` above 1, growth"},
		when{mc.LinearDecay{}, mc.LinearDecay{Final: 2}}},
	{"StepDecay", "Factors of a learning rate or λ", []string{"γ^⌊step/Every⌋", "drops at intervals"},
		when{mc.StepDecay{Every: 3}, mc.StepDecay{Every: 1, Gamma: mc.Zero}}},
	{"Plateau", "Factors of a learning rate or λ", []string{
		"γ to the number of plateaus of the objective", "ReduceLROnPlateau, for the learning rate"},
		when{mc.Plateau{Patience: 10}, mc.Plateau{Patience: 1, Gamma: 0.5, Cooldown: 3, Final: 0.01}}},
	{"WarmUp", "Factors of a learning rate or λ", []string{"linear growth to 1, then another schedule",
		"for large first gradients (Goyal et al. 2017)"},
		when{mc.WarmUp{Steps: 5}, mc.WarmUp{Steps: 2, Then: mc.Cosine{}}}},
}
