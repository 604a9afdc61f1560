// Package mc completes matrices of low rank: the solvers, penalties and optimisers with which
// implicit and explicit regularisation are studied.
//
// An unknown matrix W* (rows × cols) is known by n linear measurements, A(W*) = b: some of its
// entries ([Observations]), inner products with given matrices ([Sensing], [StreamedSensing]) or
// the outputs of a linear model ([Regression]). There are far fewer measurements than entries, so
// infinitely many matrices agree with them. The matrix that a method finds shows how the method
// regularises. A [DeepMF] minimises by a gradient method
//
//	‖A(W) − b‖²/n + λ·R(W),   W = W_N ⋯ W_2 W_1,
//
// over the factors W_j of a factorisation of depth N. Depth 1 trains the matrix itself: gradient
// descent finds the solution of minimum Frobenius norm, while [Adam] with the penalty R = [Ratio],
// ‖W‖_*/‖W‖_F, finds one of low rank (Zhao 2022). From depth 2 on the factorisation prefers low
// rank without a penalty (Gunasekar et al. 2017; Arora et al. 2019).
//
// A [Problem] holds the measurements and the data to judge by; [LowRank] makes one from a seed. A
// [Trace] records a run, and [Evaluate] measures its end.
//
// # Settings
//
// Every solver, optimiser, penalty, schedule and initialisation is a struct whose zero fields mean
// the documented defaults, which stand in the tags of its fields. [Zero] stands for 0 where the
// default is another number. [Resolved] fills defaults in, [Describe] prints the result, and
// [Validate] says what is wrong with it.
//
// # Solvers
//
// A [Solver] estimates the matrix of a [Problem].
//
//   - By gradients: [DeepMF], of any depth, penalty and optimiser, and [LBFGS].
//   - In theory: [EndToEnd], the rule for W itself, and [GradientFlow], the limit of small steps.
//   - Convex, or in closed form: [NuclearNorm] with a proof of optimality, [SoftImpute] for
//     matrices of any size, [ProximalGradient] for any penalty with a proximal map, [SVT],
//     [MinimumFrobenius]; with gross errors [PrincipalComponentPursuit].
//   - Closer to the rank than the nuclear norm, from fewer entries: [MatrixIRLS], [IRLS].
//   - Near the fewest entries that can suffice: [Restarts], with a [RankCertificate] that says when
//     to believe the estimate. [Certify] makes one for the estimate of any solver. [TestRank] is
//     for entries with noise, and gives the standard error of each estimate.
//   - With the true rank given ([RankGiven]): [R2RILS], [GaussNewton], [RiemannianCG], [OptSpace],
//     [ALS].
//   - For ratings: [BiasedALS], [ItemKNN], [Biases], [Mean]; [Debiased] and [BiScale] adapt any
//     other solver, and [RidgedRatio] is the ratio with a ridge.
//   - In standardised units: [Standardized].
//   - Chosen by held-out entries: [Tune].
//
// [Fit] makes a [Model] of a solver: predictions by name, the best of a row, new rows. [Compare]
// finds out which method suits the data.
//
// # Losses
//
// A [Loss] compares what a matrix predicts for the measurements with their values. It is a field of
// the [Problem], beside Weights; without one, the loss is squared. A [LossTaker] minimises any
// loss.
//
//   - Of real values: [Squares], [Huber], [Absolute].
//   - Likelihoods of yes and no, counts and classes: [Logistic], [Poisson], [Softmax].
//
// [Separable] helps to write one.
//
// # Penalties
//
// A [Penalty] is a function of the matrix, a [SpectralPenalty] one of its singular values alone.
//
//   - Scale-free, for low rank: [Ratio], [Entropy], [SchattenRatio], [Normalized].
//   - For low rank, and dependent on the scale: convex, or closer to the rank: [Nuclear],
//     [Schatten], [LogDet].
//   - For comparison: of the norm, the largest singular value or the entries: [Frobenius],
//     [SquaredFrobenius], [Spectral], [L1].
//   - Of your own, and composed: [Spectrum], [Sum], [Times].
//
// A [HomogeneousPenalty] states its degree; a [ProximalPenalty] has a proximal map in closed form.
//
// # Optimisers
//
// An [Optimizer] is the settings of a first-order method, a [Stepper] its state in a run.
//
//   - Along the gradient: [GD], [Momentum], [Nesterov], [ASGD].
//   - Along the gradient, with a step size that adapts: [GroupRMSProp], [ScalarAdam],
//     [NormalizedGD].
//   - Entry by entry: [SignSGD], [Adagrad], [Adadelta], [RMSProp], [Adam], [AdamW], [AMSGrad],
//     [Adamax], [NAdam], [RAdam], [RotatedAdam].
//   - By singular vectors: [SpectralDescent], [Shampoo].
//
// # Schedules
//
// A [Schedule] multiplies the learning rate or λ.
//
//   - Factors of a learning rate or λ: [Constant], [Cosine], [LinearDecay], [StepDecay], [Plateau],
//     [WarmUp].
//
// # Initialisations
//
// An [Init] sets the factors of a [DeepMF] before the first step.
//
//   - Of the factors: [Gaussian], [Uniform], [Orthogonal], [Identity], [Zeros], [Given].
//
// # Watched quantities
//
// A [Quantity] is measured at the states of a run that a [Trace] records.
//
//   - Of the objective and the model at a state: [Sharpness], [KernelChange].
//   - Of the factors at a state: [Balance], [Layers], [Distance].
//   - Of the step that follows a state: [UpdateCosines].
//
// # Your own
//
// Any type with the methods of these interfaces will do. The package mctest checks that it keeps
// their promises.
package mc
