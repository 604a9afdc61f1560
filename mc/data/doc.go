// Package data reads and writes matrices, and makes completion problems of them. [Load] recognises
// a file by its content: delimited text of any kind, arrays of NumPy and SciPy, Matrix Market,
// images, MovieLens. [Table] settles how to read a file that can be read in two ways. [Save] makes
// a file whole or not at all.
//
// The shortest way to a problem on real data hides entries of the volcano; mc.Standardized gives
// the solver values of size 1 and scales its estimate back, so that errors are in metres:
//
//	hidden, err := data.Hide(data.Volcano(), 0.7, 1) // 70 % of the entries, seed 1
//	result, err := mc.Standardized{Solver: mc.DeepMF{…}}.Solve(ctx, hidden)
//	rmse := mc.Evaluate(hidden, result.W).RMSE // in metres
//
// Names of rows and columns are kept, in the [mc.Index] of the observations. Errors say file, line
// and column of what is wrong: data: ratings.csv:17:3: "four" is not a number. Memory is bounded by
// what is in the file, unpacked, whatever a header claims.
package data
