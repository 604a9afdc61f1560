package nb

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// EachSeed returns f of each seed from 1 to n, as a sample for a [mc.Verdict] or a chart:
//
//	verdict.AtMost("error", 1e-2, nb.EachSeed(seeds, failure))
//
// If the cell is interrupted, the sample ends with the seed that was cut short and says what it
// lacks.
func EachSeed(n int, f func(seed int) float64) mc.Sample {
	var s mc.Sample
	for seed := 1; seed <= n; seed++ {
		if s.Values = append(s.Values, f(seed)); Interrupted() {
			s.Lacks = fmt.Sprintf("interrupted at seed %d of %d", seed, n)
			break
		}
	}
	return s
}

// FitSeeds is [FitAll] of a problem and a solver for each seed from 1 to n.
func FitSeeds(n int, trace mc.Trace, of func(seed int) (mc.Problem, mc.Solver)) []*Fitted {
	Check(notForVariables("FitSeeds", "[]*nb.Fitted"))
	problems, solvers := make([]mc.Problem, n), make([]mc.Solver, n)
	for i := range n {
		problems[i], solvers[i] = of(i + 1)
	}
	return FitAll(problems, solvers, trace)
}

// EachFit returns a number of each run as a sample: +Inf where it diverged. Where the cell was
// interrupted, the sample says so.
func EachFit(fits []*Fitted, f func(*Fitted) float64) mc.Sample {
	var s mc.Sample
	for _, run := range fits {
		value := math.Inf(1)
		if run.Failed == "" {
			value = f(run)
		}
		s.Values = append(s.Values, value)
	}
	if Interrupted() {
		s.Lacks = "interrupted"
	}
	return s
}

// Inner returns the inner product ⟨A, B⟩ = Σ Aᵢⱼ·Bᵢⱼ of two matrices of one shape.
func Inner(a, b *mat.Dense) float64 {
	var p mat.Dense
	p.MulElem(a, b)
	return mat.Sum(&p)
}

// Cosine returns ⟨A, B⟩ / (‖A‖_F·‖B‖_F), NaN if either is zero.
func Cosine(a, b *mat.Dense) float64 { return Inner(a, b) / (mat.Norm(a, 2) * mat.Norm(b, 2)) }
