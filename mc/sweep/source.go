package sweep

import (
	"fmt"

	"projectpenalty/mc"
)

// A Source makes the problem of a cell. [mc.LowRank] is a Source, and so is any struct with this
// method; its exported fields can be axes. A pointer to one is refused.
type Source interface{ Problem() (mc.Problem, error) }

// Sensing makes Gaussian measurements of a low-rank matrix, see [mc.LowRank.Sensing]. It has the
// fields of mc.LowRank.
type Sensing mc.LowRank

// Problem returns mc.LowRank(s).Sensing().
func (s Sensing) Problem() (mc.Problem, error) { return mc.LowRank(s).Sensing() }

// Data makes a Source of one given problem. The digest of the problem identifies it in the keys of
// cells.
func Data(p mc.Problem) Source { return given{p, p.Digest()} }

type given struct {
	problem mc.Problem
	digest  string
}

func (d given) Problem() (mc.Problem, error) { return d.problem, nil }

// GoString names the data by their digest.
func (d given) GoString() string { return fmt.Sprintf("sweep.Data(%s)", d.digest) }
