package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// rankRun is a run of a solver that is told the rank.
type rankRun struct {
	o        *Observations
	w        *mat.Dense
	residual []float64
}

func newRankRun(o *Observations) rankRun {
	return rankRun{o: o, w: mat.NewDense(o.rows, o.cols, nil), residual: make([]float64, o.Len())}
}

// linearized is a run of R2RILS or GaussNewton.
type linearized struct {
	rankRun
	rank int
	ls   *linalg.Bilinear
	l, r kernel.Matrix // rows × 2r and cols × 2r, the estimate before truncation is L·Rᵀ
	top  linalg.Product
}

func newLinearized(o *Observations, rank int) *linearized {
	return &linearized{
		rankRun: newRankRun(o), rank: rank, ls: linalg.NewBilinear(o.entries(), o.value, rank),
		l: kernel.NewMatrix(o.rows, 2*rank), r: kernel.NewMatrix(o.cols, 2*rank),
	}
}

// start sets U and V to the leading singular vectors of the seen entries, or with scaled to these times √σ.
func (run *linearized) start(scaled bool) {
	u, sigma, v := leading(run.o, run.rank)
	if run.ls.Flip {
		u, v = v, u
	}
	r := run.rank
	for k := range run.ls.U {
		run.ls.U[k] = u.Data[k/r*u.Stride+k%r]
		if scaled {
			run.ls.U[k] *= math.Sqrt(sigma[k%r])
		}
	}
	for k := range run.ls.V {
		run.ls.V[k] = v.Data[k/r*v.Stride+k%r]
		if scaled {
			run.ls.V[k] *= math.Sqrt(sigma[k%r])
		}
	}
}

// leading returns the rank leading singular triples of the seen entries over the part of entries seen, with zeros elsewhere.
func leading(o *Observations, rank int) (u kernel.Matrix, sigma []float64, v kernel.Matrix) {
	filled := mat.NewDense(o.rows, o.cols, nil)
	o.AddAdjoint(filled, float64(o.rows)*float64(o.cols)/float64(o.Len()), o.value)
	var svd kernel.SVD
	svd.Factorize(filled.RawMatrix()) // the values are finite
	return svd.U, svd.Sigma[:rank], svd.V
}

// misfit returns the root mean square residual of U·Yᵀ + X·Vᵀ.
func (run *linearized) misfit(x, y []float64) float64 {
	b := run.ls
	b.At(run.residual, b.U, b.V, x, y)
	sum := 0.0
	for k, v := range b.Values {
		sum += (run.residual[k] - v) * (run.residual[k] - v)
	}
	return math.Sqrt(sum / float64(len(run.residual)))
}

// iterate runs update, which takes a step, if it is not the first, and returns the root mean square residual, until a rule ends
// it; estimate sets w. Settled, if there is one, says that update has found all there is to find.
func (run *rankRun) iterate(ctx context.Context, name string, config any, p Problem, observers []Observer,
	steps, defaultLimit int, tolerance float64, update func(first bool) float64, estimate func(), settled func() bool) (*Result, error) {
	if steps == 0 {
		steps = defaultLimit
	}
	watch := newWatch(config, p, NewPoint(run.w), steps, observers)
	scale := norm2(run.o.value) / math.Sqrt(float64(run.o.Len()))
	result := &Result{W: run.w}
	before, err := math.Inf(1), error(nil)
	for t := 0; ; t++ {
		// A run that is cancelled before its first step has the zero matrix.
		cancelled := ctx.Err() != nil
		fit := scale
		if !cancelled {
			fit = update(t == 0)
		}
		switch {
		case cancelled:
			err = fmt.Errorf("mc: %s: stopped at step %d: %w", name, t, context.Cause(ctx))
		case !finite(fit):
			err = fmt.Errorf("mc: %s: step %d: the residual is %v: %w", name, t, fit, ErrDiverged)
		case fit <= or(tolerance, 1e-15)*scale, fit <= 1e-12*scale && fit > before/2, settled != nil && settled():
			result.Status = Converged
		case t == steps:
			result.Status = StepLimit
		}
		final := err != nil || result.Status != Unfinished
		if final || len(observers) > 0 {
			if !cancelled || t > 0 {
				estimate()
			}
			watch.step.point.Changed()
			result.Loss = loss(run.residual, run.o, run.w)
		}
		if final && err == nil && !finite(result.Loss) { // squares of values of size 1e100 are too large
			result.Status = Unfinished
			err = fmt.Errorf("mc: %s: step %d: the training loss is %v: %w; scale the data", name, t, result.Loss, ErrDiverged)
		}
		result.Steps = t
		watch.state(t, result.Loss, final)
		if final {
			return result, err
		}
		before = fit
	}
}

// truncate sets w to the best approximation of the given rank to L·Rᵀ.
func (run *linearized) truncate() {
	run.ls.Sides(run.l, run.r)
	if run.top.Decompose(run.l, run.r, run.rank) {
		run.top.Form(run.w.RawMatrix())
		return
	}
	run.product() // not finite, which the loss will say
}

// product sets w to L·Rᵀ.
func (run *linearized) product() {
	run.ls.Sides(run.l, run.r)
	kernel.Gemm(false, true, 1, run.l, run.r, 0, run.w.RawMatrix())
}
