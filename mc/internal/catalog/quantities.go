package catalog

import "projectpenalty/mc"

// Quantities returns all that a trace can watch, with settings.
func Quantities() []mc.Quantity { return cases(quantities) }

type watch = []mc.Quantity

const (
	ofObjective = "Of the objective and the model at a state"
	ofFactors   = "Of the factors at a state"
	ofSteps     = "Of the step that follows a state"
)

var quantities = []Entry[mc.Quantity]{
	{"Sharpness", ofObjective, []string{
		"largest eigenvalue of the Hessian in the factors, 2/η beside it; of the preconditioned one for " +
			"`Adam`, `RMSProp`, `GroupRMSProp` (Cohen et al. 2021, 2022)",
		"[Sharpness](../viz/README.md#sharpness)"},
		watch{mc.Sharpness{}}},
	{"Balance", ofFactors, []string{
		"imbalance of the layers, ‖W_{j+1}ᵀW_{j+1} − W_jW_jᵀ‖_F (Arora, Cohen, Hazan 2018)",
		"[Balance](../viz/README.md#balance)"},
		watch{mc.Balance{}}},
	{"Layers", ofFactors, []string{
		"each layer's singular values, effective rank, and alignment with the next layer (Ji and Telgarsky 2019)",
		"[Layers](../viz/README.md#layers), [Watched](../viz/README.md#watched)"},
		watch{mc.Layers{}}},
	{"UpdateCosines", ofSteps, []string{
		"cosine of update and gradient, of update and momentum",
		"[Watched](../viz/README.md#watched)"},
		watch{mc.UpdateCosines{}}},
	{"Distance", ofFactors, []string{
		"distance from the initialisation (Chizat, Oyallon, Bach 2019)",
		"[Watched](../viz/README.md#watched)"},
		watch{mc.Distance{}}},
	{"KernelChange", ofObjective, []string{
		"change of the neural tangent kernel on the measurements (Jacot, Gabriel, Hongler 2018)",
		"[Watched](../viz/README.md#watched)"},
		watch{mc.KernelChange{}}},
}
