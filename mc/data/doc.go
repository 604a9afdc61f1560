// Package data brings matrices in and out: an embedded real one, files of CSV, NumPy and Matrix Market, and what
// makes a completion problem of a matrix. [Load] opens any of the files, [Save] makes one whole or not at all.
//
// The shortest way to a problem on real data hides entries of the volcano and standardises what is left; errors are then
// judged in metres:
//
//	hidden, err := data.Hide(data.Volcano(), 0.7, 1) // 70 % of the entries, seed 1
//	z, err := data.Standardize(hidden)
//	result, err := mc.DeepMF{…}.Solve(ctx, z.Problem)
//	rmse := mc.Evaluate(hidden, z.Restore(result.W)).RMSE // in metres
//
// Readers take a name, which their errors begin with, and a reader; they accept CRLF and a byte order mark, hold no more than a line
// besides what they return, and say file, line and column of what is wrong: data: ratings.csv:17:3: "4,5" is not a number.
package data
