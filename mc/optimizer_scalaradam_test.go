package mc_test

import (
	"context"
	"fmt"
	"log"

	"projectpenalty/mc"
)

// With the ratio as the penalty Adam completes this matrix, and gradient descent does not at the
// same learning rate. Is that owed to Adam's rescaling of entries? ScalarAdam has all of Adam but
// that, and completes it too.
func ExampleScalarAdam() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 200, MinPerLine: 3,
		Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, optimizer := range []mc.Optimizer{mc.GD{LearningRate: 3e-2},
		mc.ScalarAdam{LearningRate: 3e-2}, mc.Adam{LearningRate: 3e-2}} {
		result, err := mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-2, Optimizer: optimizer, Schedule: mc.Cosine{},
			Steps: 3000, Seed: 1,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-14T relative error below 2 %%: %v\n", optimizer,
			mc.Evaluate(problem, result.W).RelativeError < 0.02)
	}
	// Output:
	// mc.GD          relative error below 2 %: false
	// mc.ScalarAdam  relative error below 2 %: true
	// mc.Adam        relative error below 2 %: true
}
