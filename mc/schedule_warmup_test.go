package mc_test

import (
	"context"
	"fmt"
	"log"

	"projectpenalty/mc"
)

// The learning rate is warmed up and then falls; λ starts high, so that the spectrum settles, and
// falls so that it does not bias the end.
func ExampleWarmUp() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 200, MinPerLine: 3,
		Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, weight := range []mc.Schedule{nil, mc.StepDecay{Every: 1000}} {
		result, err := mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-2, LambdaSchedule: weight,
			Optimizer: mc.Adam{LearningRate: 3e-2}, Schedule: mc.WarmUp{Steps: 200,
				Then: mc.Cosine{}}, Steps: 3000, Seed: 1,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-12T relative error below 1e-7: %v\n", weight,
			mc.Evaluate(problem, result.W).RelativeError < 1e-7)
	}
	// Output:
	// <nil>        relative error below 1e-7: false
	// mc.StepDecay relative error below 1e-7: true
}
