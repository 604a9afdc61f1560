package viz

import "gonum.org/v1/gonum/mat"

// Heatmap asks: what does the matrix look like, where is it known, where is it wrong? Entry (i, j)
// is the cell in row i from the top and column j from the left. Entries that are NaN, as unobserved
// ones in Observations.Dense, are left blank, and so are infinite ones; the chart counts both.
func Heatmap(title string, w mat.Matrix, scale Scale) *Chart {
	return grid{
		title: title, entries: true, x: axis{name: "column"}, y: axis{name: "row"},
		unknown: [2]string{"entry is unknown", "entries are unknown"},
	}.chart("Heatmap", w, scale)
}
