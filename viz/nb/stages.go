package nb

import (
	"context"
	"errors"
	"fmt"

	"projectpenalty/mc"
)

// Stages is a solver that runs each stage from the factors with which the last one ended, such as
// for a weight that falls. All stages must have the same Depth and Hidden. Steps and metrics are
// those of the last stage. Observers see each stage as a run of its own, so that a [mc.Trace] has
// the last one. A [mc.Checkpoint] is refused, since it is of one stage.
type Stages []mc.DeepMF

// Solve begins each stage but the first where the last ended.
func (s Stages) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (result *mc.Result, err error) {
	if len(s) == 0 {
		return nil, errors.New("nb: Stages is empty; it must have at least one mc.DeepMF")
	}
	for _, o := range observers {
		switch o.(type) {
		case mc.Checkpoint, *mc.Checkpoint:
			return nil, fmt.Errorf("nb: Stages %w", mc.ErrNotResumable)
		}
	}
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
