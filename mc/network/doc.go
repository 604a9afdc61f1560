// Package network has a model that is not linear in its matrix: a network of two layers, of which
// the first may be a product of matrices. With it one can ask whether what depth and penalties do
// to a matrix that is completed, they do to a layer of a network.
package network
