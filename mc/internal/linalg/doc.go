// Package linalg holds the dense and sparse linear algebra that the solvers of package mc share. It
// takes numbers and returns numbers, and knows nothing of problems, solvers or penalties. Products
// and decompositions come from package kernel.
package linalg
