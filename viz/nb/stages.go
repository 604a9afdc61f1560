package nb

import (
	"context"

	"projectpenalty/mc"
)

// Stages is a solver that runs each stage from the factors with which the last one ended, such as
// for a weight that falls. All stages must have the same Depth and Hidden. Steps and metrics are
// those of the last stage; observers see all of them.
type Stages []mc.DeepMF

// Solve begins each stage but the first where the last ended.
func (s Stages) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (result *mc.Result, err error) {
	for _, stage := range s {
		if result != nil {
			stage.Init = mc.Given{Factors: mc.Detail[*mc.Factors](result)}
		}
		if result, err = stage.Solve(ctx, p, observers...); err != nil {
			break
		}
	}
	return result, err
}
