package data

import (
	"bytes"
	"compress/gzip"
	_ "embed"

	"gonum.org/v1/gonum/mat"
)

//go:embed digits.csv.gz
var digits []byte

// Digits returns 1,797 images of handwritten digits, 8×8 pixels from 0 to 16 read row by row (1797
// × 64), and the digit of each, for [mc.NewClasses]: about 180 of each digit.
//
// Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
// Learning Repository, doi 10.24432/C50P49, the test set; CC BY 4.0. The file is that of
// scikit-learn, unchanged.
func Digits() (images *mat.Dense, labels []int) {
	text, err := gzip.NewReader(bytes.NewReader(digits))
	if err != nil {
		panic(err) // the file is a part of the program
	}
	table, err := ReadMatrix("digits.csv", text)
	if err != nil {
		panic(err)
	}
	n, cols := table.Dims()
	labels = make([]int, n)
	for k := range labels {
		labels[k] = int(table.At(k, cols-1))
	}
	return mat.DenseCopyOf(table.Slice(0, n, 0, cols-1)), labels
}
