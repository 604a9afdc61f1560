// Package mc completes matrices of low rank: the solvers, penalties and optimisers with which implicit and explicit
// regularisation are studied.
//
// Of an unknown matrix W* (rows × cols) one knows A(W*) = b, n linear measurements: some of its entries ([Observations]) or
// inner products with given matrices ([Sensing], [StreamedSensing]). There are far fewer than entries, so infinitely many matrices agree with
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
//
// # Solvers
//
// A [Solver] estimates the matrix of a [Problem].
//
//   - By gradients: [DeepMF], of any depth, penalty and optimiser.
//   - What these are in theory: [EndToEnd], the rule for W itself, and [GradientFlow], the limit of small steps.
//   - Convex, or in closed form: [NuclearNorm] with a proof of optimality, [SoftImpute] for matrices of any size, [ProximalGradient] for
//     any penalty with a proximal map, [SVT], [MinimumFrobenius].
//   - Less convex than the nuclear norm, and content with fewer entries: [MatrixIRLS], [IRLS].
//   - Told the rank ([RankGiven]): [R2RILS], [GaussNewton], [RiemannianCG], [ALS].
//   - For ratings: [BiasedALS], [ItemKNN], [Biases], [Mean]; [Debiased] makes any other one for ratings.
//   - Chosen by what is held out: [Tune].
//
// # Penalties
//
// A [Penalty] is a function of the matrix, a [SpectralPenalty] one of its singular values alone.
//
//   - Scale-free, for low rank: [Ratio], [Entropy], and by [Normalized] any other one.
//   - For low rank: [Nuclear], convex; [Schatten] below 1 and [LogDet], which are not.
//   - For what else completion may be regularised by: [Frobenius], [SquaredFrobenius], [Spectral], and [L1], which is not spectral.
//   - One's own: [Spectrum] for a function of the singular values; [Sum] and [Times] for sums and multiples.
//
// A [HomogeneousPenalty] says of which degree it is; a [ProximalPenalty] has a proximal map in closed form.
//
// # Optimisers
//
// An [Optimizer] is the settings of a first-order method, a [Stepper] its state in a run.
//
//   - Along the gradient: [GD], [Momentum], [Nesterov]; with a step size that adapts: [GroupRMSProp], [ScalarAdam], [NormalizedGD].
//   - Entry by entry: [Adagrad], [Adadelta], [RMSProp], [Adam], [AdamW], [AMSGrad], [Adamax], [NAdam], [SignSGD]; in another basis: [RotatedAdam].
//   - By singular vectors: [SpectralDescent], [Shampoo].
//
// A [Schedule] multiplies the learning rate or λ in time: [Constant], [Cosine], [LinearDecay], [StepDecay], and [WarmUp] before any of these.
//
// # Starts
//
// An [Init] is where the factors of a [DeepMF] start: [Gaussian], [Uniform], [Orthogonal], [Identity], [Zeros], [Given].
//
// # One's own
//
// Any type with the methods of these interfaces will do. The package mctest checks that it keeps their promises.
package mc
