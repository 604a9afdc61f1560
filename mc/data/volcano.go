package data

import (
	_ "embed"
	"strings"

	"gonum.org/v1/gonum/mat"
)

//go:embed volcano.csv
var volcano string

// Volcano returns the elevation of Maunga Whau (Mt Eden, Auckland), in metres, on a 10 m grid: 61
// rows × 87 columns, from 94 m to 195 m. Smooth, and so nearly of low rank.
//
// Source: digitised by Ross Ihaka from a topographic map; public, as volcano in R's package
// datasets.
func Volcano() *mat.Dense {
	w, err := ReadMatrix("volcano.csv", strings.NewReader(volcano))
	if err != nil {
		panic(err) // the file is a part of the program
	}
	return w
}
