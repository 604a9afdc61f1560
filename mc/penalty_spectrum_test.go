package mc_test

import (
	"context"
	"fmt"
	"log"

	"projectpenalty/mc"
)

// The nuclear norm without its largest singular value, which completes this matrix of rank one.
func ExampleSpectrum() {
	tail := mc.Spectrum{
		Name: "all but the first",
		F: func(sigma []float64) float64 {
			sum := 0.0
			for _, s := range sigma[1:] {
				sum += s
			}
			return sum
		},
		DF: func(grad, sigma []float64) {
			for i := range sigma {
				grad[i] = 1
			}
			grad[0] = 0
		},
	}
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 150, MinPerLine: 3,
		Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, penalty := range []mc.Penalty{mc.Nuclear{}, tail} {
		result, err := mc.DeepMF{
			Depth: 1, Penalty: penalty, Lambda: 1e-2, Optimizer: mc.Adam{LearningRate: 1e-2},
			Schedule: mc.Cosine{}, Steps: 3000,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%#v: relative error below 2 %%: %v\n", penalty,
			mc.Evaluate(problem, result.W).RelativeError < 0.02)
	}
	// Output:
	// mc.Nuclear{Smoothing:0, Polar:mc.Exact}: relative error below 2 %: false
	// mc.Spectrum{Name:"all but the first"}: relative error below 2 %: true
}
