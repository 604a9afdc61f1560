// Package viz draws what a researcher asks of a run: one function per question, plain data or a
// [mc.Trace] in, a [Chart] out.
//
// A chart is live (ECharts: tool-tips, zoom, legend) where scripts run and a picture where they do
// not; neither needs a network. WriteFile saves it as .html, .svg, .json (the ECharts option) or
// .csv (the numbers). In a notebook, nb.Show of package viz/nb shows it.
//
// What draws pictures is not linked into every program. A program of one's own imports viz/draw for
// its effect; without it, and in the cells of a notebook, the program penalty-draw draws them. A
// program that also imports viz/print saves them as .pdf and .png.
//
// Values that are not finite, and values that a logarithmic axis cannot show, become gaps, and a
// note in the chart says how many there are. A chart of which nothing would show is an error.
package viz
