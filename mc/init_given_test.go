package mc_test

import (
	"context"
	"fmt"
	"log"

	"projectpenalty/mc"
)

// A run goes on from where another ended.
func ExampleGiven() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	first, err := mc.DeepMF{Depth: 2, Steps: 500, Seed: 1}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	second, err := mc.DeepMF{Depth: 2, Init: mc.Given{Factors: mc.Detail[*mc.Factors](first)},
		Steps: 1500}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("lower:", second.Loss < first.Loss)
	// Output:
	// lower: true
}
