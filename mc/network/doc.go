// Package network trains a model that is not linear in its matrix: a network of two layers, of
// which the first may be a product of matrices. It serves to test whether depth and penalties act
// on a layer of a network as they act on a matrix to be completed.
package network
