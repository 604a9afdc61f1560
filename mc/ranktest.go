package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"projectpenalty/mc/internal/kernel"
)

// A RankFit says how well matrices of one rank explain observed entries that carry noise.
type RankFit struct {
	// Rank q, and DegreesOfFreedom of a matrix of that rank, q(rows + cols − q).
	Rank, DegreesOfFreedom int
	// Residual is the root mean square of P_Ω(W) − b, in the units of the entries.
	Residual float64
	// Noise estimates the standard deviation of the noise if q is the true rank, Residual·√(n/(n −
	// DegreesOfFreedom)). It falls as q grows to the true rank, and stays there.
	Noise float64
	// PValue is the probability of a residual at least as large if W* has rank q and the noise the
	// standard deviation that [TestRank] was given. It is 0 for a residual that is far too large.
	PValue float64
	// W (rows × cols) is the fit.
	W *mat.Dense
}

// TestRank replaces [Certify] where entries carry noise, so that no matrix of low rank agrees with
// them to rounding. It fits matrices of rank 0, 1, 2, … by least squares, and tests whether each
// residual could be noise.
//
// If W* has rank q and the noise is Gaussian, independent, and small beside the singular values of
// W*, the residual of the best fit has, to first order in the noise,
//
//	n·Residual²/noise² ~ χ² with n − q(rows + cols − q) degrees of freedom,
//
// as that of nonlinear least squares does (Seber and Wild 2003, section 2.1.2). Below the true rank
// it is larger, so that ranks of a small PValue are refuted; the first that is not is the least
// rank that explains the data, see [LeastRank]. Above the true rank the residual is smaller still,
// and PValue is near 1.
//
// It does not say that the fit is the ground truth. Near the information limit a fit that passes
// may be far from it, as its [RankFit.StandardErrors] say, or be another matrix. Measured on 30
// matrices, 28×28 of rank 3, with noise of .01 of an entry's size and the estimate of [MatrixIRLS]:
// with 1.1 times as many entries as degrees of freedom, rank 3 was the least rank for 22 of them;
// for the other 8 every rank was refuted, as no fit of rank 3 was found. With 1.5 times as many,
// rank 3 was the least rank for 29, a wrong rank for one. With noise of .1 rank 3 was the least
// rank for 17 and 29. As without noise, further attempts help: with 1.1 times as many entries, the
// least rank over the estimates of four, by [MatrixIRLS.Restart], was right for 15 of 20 matrices,
// that of one for 12. The noise must be known. Where it is not, Noise stops falling at about the
// true rank, and [Tune] chooses a rank by held-out entries.
//
// Each fit of a rank begins with the leading part of the estimate w (rows × cols), which may be
// that of any solver, and takes Gauss–Newton steps (Zilber and Nadler 2022). noise is in the units
// of the entries. The last rank is the largest that leaves a degree of freedom, or most, if that is
// above 0.
//
//	fits, err := mc.TestRank(observations, result.W, 0.1, 0)
func TestRank(o *Observations, w *mat.Dense, noise float64, most int) ([]RankFit, error) {
	if o == nil || w == nil {
		return nil, fmt.Errorf("mc: TestRank: observations and estimate must both be given")
	}
	if rows, cols := w.Dims(); rows != o.rows || cols != o.cols {
		return nil, fmt.Errorf("mc: TestRank: the estimate is %d×%d; the observations are of a %d×%d matrix",
			rows, cols, o.rows, o.cols)
	}
	if !(noise > 0) || math.IsInf(noise, 0) {
		return nil, fmt.Errorf("mc: TestRank: noise is %v; it must be positive and finite; "+
			"entries without noise are for Certify", noise)
	}
	p := NewPoint(w)
	if !p.Finite() {
		return nil, fmt.Errorf("mc: TestRank: the estimate is not finite")
	}
	n := o.Len()
	var fits []RankFit
	for q := 0; q <= min(o.rows, o.cols) && (most <= 0 || q <= most); q++ {
		f := RankFit{Rank: q, DegreesOfFreedom: q * (o.rows + o.cols - q)}
		left := n - f.DegreesOfFreedom
		if left <= 0 {
			break
		}
		if q == 0 {
			f.W, f.Residual = mat.NewDense(o.rows, o.cols, nil), math.Sqrt(meanSquare(o.value))
		} else {
			before := fits[q-1]
			f.W, f.Residual = settled(o, p, q)
			if f.Residual > before.Residual { // a local minimum
				f.W, f.Residual = settled(o, NewPoint(before.W), q)
			}
		}
		f.Noise = f.Residual * math.Sqrt(float64(n)/float64(left))
		chi := f.Residual / noise
		f.PValue = mathext.GammaIncRegComp(float64(left)/2, float64(n)/2*chi*chi)
		fits = append(fits, f)
	}
	return fits, nil
}

// StandardErrors returns the standard error of each entry of W (rows × cols), as the noise of the
// observations o that it was fitted to causes it, to first order, as for nonlinear least squares
// (Seber and Wild 2003, section 2.1.2): with J the Jacobian of the observed entries, and g that of
// one entry, both in the tangent space at W,
//
//	noise·√(gᵀ·(JᵀJ)⁺·g).
//
// Near the information limit some are many times the noise. They are +Inf, at all entries, if W is
// not locally unique, or of a rank below Rank, where it has no tangent space. At the ground truth,
// RankFit{Rank: r, W: truth}, they are those of an oracle that is given the tangent space at W*.
// The Jacobian must have at most 2²⁴ numbers, n·q(rows + cols).
func (f RankFit) StandardErrors(o *Observations, noise float64) (*mat.Dense, error) {
	if f.W == nil || o == nil {
		return nil, fmt.Errorf("mc: RankFit.StandardErrors: RankFit.W and the observations must both be given")
	}
	if rows, cols := f.W.Dims(); rows != o.rows || cols != o.cols {
		return nil, fmt.Errorf("mc: RankFit.StandardErrors: the fit is %d×%d; the observations are of a %d×%d matrix",
			rows, cols, o.rows, o.cols)
	}
	p := NewPoint(f.W)
	switch {
	case f.Rank < 0 || f.Rank > min(o.rows, o.cols):
		return nil, fmt.Errorf("mc: RankFit.Rank is %d; that of a %d×%d matrix must be between 0 and %d", f.Rank,
			o.rows, o.cols, min(o.rows, o.cols))
	case !(noise >= 0) || math.IsInf(noise, 1):
		return nil, fmt.Errorf("mc: RankFit.StandardErrors: noise is %v; it must be at least 0 and finite", noise)
	case !p.Finite():
		return nil, fmt.Errorf("mc: RankFit.StandardErrors: the fit is not finite")
	}
	errors := mat.NewDense(o.rows, o.cols, nil)
	if f.Rank == 0 {
		return errors, nil
	}
	fit := newRankFit(o, f.Rank)
	fit.begin(p, 0)
	jacobian, at, ok := fit.jacobian()
	if !ok {
		return nil, fmt.Errorf("mc: RankFit.StandardErrors: %d entries and rank %d of a %d×%d matrix make a "+
			"Jacobian of more than 2²⁴ numbers", o.Len(), f.Rank, o.rows, o.cols)
	}
	var svd kernel.SVD
	if !svd.Factorize(jacobian) {
		return nil, fmt.Errorf("mc: RankFit.StandardErrors: the Jacobian is not finite")
	}
	freedom := f.Rank * (o.rows + o.cols - f.Rank)
	unique := NumericalRank(svd.Sigma, 1e-9) >= freedom && p.SingularValues()[f.Rank-1] > p.negligible()
	errors.Apply(func(i, j int, _ float64) float64 {
		if !unique {
			return math.Inf(1)
		}
		sum := 0.0
		for k := range freedom {
			part := 0.0
			for c := range f.Rank {
				part += at.V.Data[j*at.V.Stride+c]*svd.V.Data[(i*f.Rank+c)*svd.V.Stride+k] +
					at.U.Data[i*at.U.Stride+c]*svd.V.Data[((o.rows+j)*f.Rank+c)*svd.V.Stride+k]
			}
			part /= svd.Sigma[k]
			sum += part * part
		}
		return noise * math.Sqrt(sum)
	}, errors)
	return errors, nil
}

// settled returns the fit of rank q from the leading part of p, and its root mean square residual.
func settled(o *Observations, p *Point, q int) (*mat.Dense, float64) {
	fit := newRankFit(o, q)
	off := fit.unit * fit.settle(p) / math.Sqrt(float64(o.Len()))
	return fit.estimate(), off
}

// LeastRank returns the fit of least rank whose PValue is at least level, such as 0.05; ok is false
// if there is none. The true rank is refuted with probability level.
func LeastRank(fits []RankFit, level float64) (least RankFit, ok bool) {
	for _, f := range fits {
		if f.PValue >= level {
			return f, true
		}
	}
	return RankFit{}, false
}
