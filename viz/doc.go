// Package viz draws what a researcher asks of a run: one function a question, plain data or a [mc.Trace] in, a [Chart] out.
//
// A chart is live (ECharts: tool-tips, zoom, legend) where scripts run and a picture where they do not; both are made
// without a network. WriteFile saves it as .html, .svg, .png (by an installed browser), .json (the ECharts option) or .csv (the numbers); in a notebook,
// nb.Show of package viz/nb shows it. A program that saves pictures imports package viz/draw for its effect; without it, and
// in the cells of a notebook, the program penalty-draw draws them.
//
// Values that are not finite, and values that a logarithmic axis cannot show, become gaps, and a note in the chart says
// how many there are.
package viz
