package sweep

import (
	"fmt"

	"projectpenalty/mc"
)

// A Source makes the problem of a cell. [mc.LowRank] is one; so is any struct of yours with this method, whose exported
// fields can then be axes.
type Source interface{ Problem() (mc.Problem, error) }

// Sensing is the source of Gaussian measurements of a low-rank matrix, [mc.LowRank.Sensing]; its fields are those of
// mc.LowRank.
type Sensing mc.LowRank

// Problem returns mc.LowRank(s).Sensing().
func (s Sensing) Problem() (mc.Problem, error) { return mc.LowRank(s).Sensing() }

// Data is the source of one given problem. Its digest stands for it in the keys of cells.
func Data(p mc.Problem) Source { return given{p, p.Digest()} }

type given struct {
	problem mc.Problem
	digest  string
}

func (d given) Problem() (mc.Problem, error) { return d.problem, nil }

// GoString names the data by their digest.
func (d given) GoString() string { return fmt.Sprintf("sweep.Data(%s)", d.digest) }

type solver = mc.Solver
