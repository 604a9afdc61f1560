// Package nb is the notebook's side of viz: it shows figures and tables in the output of a GoNB
// cell, follows a run while it lasts, and ends a run when the cell is interrupted. Outside a
// notebook it prints a line instead.
package nb
