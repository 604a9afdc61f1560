// Package viz draws charts of runs: one function per question that a researcher asks, which takes
// plain data or a [mc.Trace] and returns a [Chart].
//
// A chart is live (ECharts: tool-tips, zoom, legend) where scripts run and a picture where they do
// not. Neither needs a network in a running notebook or in a page of WriteFile. A page that does
// not bring ECharts, such as an export by nbconvert, fetches it from cdn.jsdelivr.net, or shows the
// picture. WriteFile saves a chart as .html, .svg, .json (the ECharts option) or .csv (the
// numbers). In a notebook, nb.Show of package viz/nb shows it.
//
// The code that draws pictures is not linked into every program. Your own program imports viz/draw
// for its effect; without it, and in the cells of a notebook, the program penalty-draw draws them.
// A program that also imports viz/print can save them as .pdf and .png.
//
// Values that are not finite, and values that a logarithmic axis cannot show, become gaps, and a
// note in the chart says how many there are. A point between two gaps is a dot. A logarithmic axis
// of steps begins at step 1. A chart without a value to show is an error.
package viz
