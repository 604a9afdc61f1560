// Package mc completes matrices of low rank: the solvers, penalties and optimisers with which implicit and explicit
// regularisation are studied.
//
// Of an unknown matrix W* (rows × cols) one knows A(W*) = b, n linear measurements: some of its entries ([Observations]) or
// inner products with given matrices ([Sensing]). There are far fewer than entries, so infinitely many matrices agree with
// them; which of these a method finds is its regularisation. A [DeepMF] minimises by a gradient method
//
//	‖A(W) − b‖²/n + λ·R(W),   W = W_N ⋯ W_2 W_1,
//
// over the factors W_j of a product of depth N. Depth 1 trains the matrix itself; gradient descent then finds the solution
// of minimum Frobenius norm, and the penalty R = [Ratio], ‖W‖_*/‖W‖_F, with [Adam] one of low rank (Zhao 2022). From depth 2
// on the product prefers low rank without a penalty (Gunasekar et al. 2017; Arora et al. 2019).
//
// A [Problem] holds what is measured and what to judge by; [LowRank] makes one from a seed. A [Trace] watches a run;
// [Evaluate] judges its end.
package mc
