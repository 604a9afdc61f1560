package sweep_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
)

// How does the depth of a product matter, for few entries and for many? Twelve runs, kept in a
// folder.
func Example() {
	folder, err := os.MkdirTemp("", "sweep")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	spec := sweep.Spec{
		Name: "depth", Problem: mc.LowRank{Rows: 20, Cols: 20, Rank: 1, MinPerLine: 2},
		Solver: mc.DeepMF{Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: 2000},
		Axes:   []sweep.Axis{sweep.Over("Problem.Observed", 80, 160), sweep.Over("Solver.Depth", 1, 3), sweep.Seeds(3)},
	}
	results, err := sweep.Local{Folder: filepath.Join(folder, spec.Name)}.Run(context.Background(), spec)
	if err != nil {
		panic(err)
	}
	groups, err := results.Group("Test", "Problem.Observed", "Solver.Depth")
	if err != nil {
		panic(err)
	}
	for _, g := range groups {
		fmt.Printf("%s entries, depth %s: completed %v\n", g.Levels[0], g.Levels[1], g.Quantile(0.5) < 0.1)
	}
	// Output:
	// 80 entries, depth 1: completed false
	// 80 entries, depth 3: completed true
	// 160 entries, depth 1: completed false
	// 160 entries, depth 3: completed true
}

// Methods of different kinds on one axis, compared seed by seed.
func ExampleCases() {
	folder, err := os.MkdirTemp("", "sweep")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	spec := sweep.Spec{
		Name: "methods", Problem: mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 260, MinPerLine: 4},
		Axes: []sweep.Axis{
			sweep.Cases("method",
				sweep.Solver("minimum Frobenius norm", mc.MinimumFrobenius{}),
				sweep.Solver("minimum nuclear norm", mc.NuclearNorm{}),
				sweep.Solver("soft thresholds, tuned",
					mc.Tune{Candidates: mc.Candidates([]float64{1e-3, 1e-2}, func(lambda float64) mc.Solver {
						return mc.SoftImpute{Lambda: lambda}
					})})),
			sweep.Seeds(6),
		},
	}
	results, err := sweep.Local{Folder: filepath.Join(folder, spec.Name)}.Run(context.Background(), spec)
	if err != nil {
		panic(err)
	}
	gain, err := results.Compare("Test", math.Log10, "method", "minimum Frobenius norm", "minimum nuclear norm")
	if err != nil {
		panic(err)
	}
	fmt.Println("pairs:", len(gain.Differences))
	fmt.Println("the nuclear norm is better by orders of magnitude:", gain.Lo > 2)
	// The same for a verdict: values over seeds.
	norm, err := results.Sample("Test", "method", "minimum nuclear norm")
	if err != nil {
		panic(err)
	}
	verdict := mc.Verdict{Claim: "the nuclear norm completes"}
	verdict.AtMost("test error", 1e-6, norm)
	fmt.Println(verdict.Headline())
	// Output:
	// pairs: 6
	// the nuclear norm is better by orders of magnitude: true
	// supported
}
