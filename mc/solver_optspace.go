package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// OptSpace completes a matrix of rank r by spectral initialisation and gradient descent over its
// column and row spaces,
//
//	min over X, Y of  F(X, Y) = min over S of  ½·Σ over observed (i, j) of ((X·S·Yᵀ)_ij − b_ij)²,
//
// where X (rows × r) and Y (cols × r) have orthonormal columns: a point on two Grassmann manifolds.
// It has three stages. Trimming sets rows and columns to zero that have more than twice the average
// number of observed entries. Projection takes the r leading singular vectors of what is left.
// Gradient descent goes along geodesics with a line search, S being the least squares solution at
// each point. Keshavan, Montanari, Oh (2010), section I.B; as in the authors' code, there is no
// regularisation of the rows of X and Y.
//
// It takes [Observations].
//
// It is not equivariant under a shift: it does not centre its data.
type OptSpace struct {
	// Rank r, at most min(rows, cols) and 80. Default 0: estimated from the singular values σ of
	// the trimmed entries as the i with the least
	//
	//	(σ_{i+1} + σ₁·√(i/ε)) / σᵢ,   ε = n/√(rows·cols)
	//
	// (Keshavan and Oh 2009, arXiv 0910.5260, section 2.1). With a Rank see [RankGiven].
	Rank int `range:"[0, inf)"`
	// Steps is the limit.
	Steps int `default:"1000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once the root mean square residual is at most this
	// fraction of the root mean square of the values, or the norm of the gradient at most this
	// fraction of ‖S‖_F·‖b‖, or no step along the gradient lowers F.
	Tolerance float64 `default:"1e-9" range:"[0, inf)"`
}

// TargetRank returns Rank.
func (s OptSpace) TargetRank() int { return s.Rank }

// Solve descends from the projection.
func (s OptSpace) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &grassmannRun{OptSpace: set}, Limits{Steps: set.Steps}, observers...)
}

// grassmannRun is a run of OptSpace.
type grassmannRun struct {
	OptSpace
	givenRank
	rank       int
	x, y, s    kernel.Matrix // the iterate, with rows of rank numbers
	value      float64       // F
	misfit     []float64     // of the iterate
	gx, gy     kernel.Matrix // the gradient; it is orthogonal to X and Y, as S is optimal
	slope      float64       // its squared norm
	length     float64       // of the last step
	stuck      bool          // no step lowers F
	cut        bool          // the last step, by its context
	normal     kernel.Matrix
	row, right kernel.Matrix
}

func (g *grassmannRun) Start(ctx context.Context, s *State) error {
	o, err := s.denseEntries()
	if err != nil {
		return err
	}
	rows, cols := o.Dims()
	var svd kernel.SVD
	if g.rank = g.Rank; ctx.Err() == nil {
		trimmed := mat.NewDense(rows, cols, nil)
		data, _ := unitObservations(o)
		data.AddAdjoint(trimmed, 1, trim(data))
		svd.Factorize(trimmed.RawMatrix()) // the values are finite
		if g.rank == 0 {
			g.rank = estimatedRank(svd.Sigma, float64(o.Len())/math.Sqrt(float64(rows)*float64(cols)))
		}
	}
	if g.givenRank, err = newGivenRank(s, max(g.rank, 1)); err != nil {
		return err
	}
	what := ""
	if g.Rank == 0 {
		what = "estimated as "
	}
	if err := s.checkSolved(g.rank, what); err != nil {
		return err
	}
	s.Point = g.point()
	if ctx.Err() != nil {
		return nil
	}
	room := func(rows, cols int) kernel.Matrix {
		return kernel.Matrix{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
	}
	r := g.rank
	g.x, g.y = room(rows, r), room(cols, r)
	linalg.CopyRows(g.x, linalg.Columns(svd.U, r))
	linalg.CopyRows(g.y, linalg.Columns(svd.V, r))
	g.s, g.normal, g.row, g.right = room(r, r), room(r*r, r*r), room(r, r), room(1, r)
	g.gx, g.gy, g.misfit = room(rows, r), room(cols, r), make([]float64, o.Len())
	if g.value, err = g.fit(g.x, g.y); err != nil {
		return err
	}
	g.arrive()
	return nil
}

// trim returns the values without those of rows and columns that have more than twice the average
// number of entries.
func trim(o *Observations) []float64 {
	inRow, inCol := make([]int, o.rows), make([]int, o.cols)
	for _, e := range o.All() {
		inRow[e.Row]++
		inCol[e.Col]++
	}
	kept := make([]float64, o.Len())
	for k, e := range o.All() {
		if inRow[e.Row]*o.rows <= 2*o.Len() && inCol[e.Col]*o.cols <= 2*o.Len() {
			kept[k] = e.Value
		}
	}
	return kept
}

// estimatedRank is the least of (σ_{i+1} + σ₁√(i/ε))/σᵢ.
func estimatedRank(sigma []float64, eps float64) int {
	best, rank := math.Inf(1), 1
	for i := 1; i < len(sigma) && sigma[i-1] > 0; i++ {
		if cost := (sigma[i] + sigma[0]*math.Sqrt(float64(i)/eps)) / sigma[i-1]; cost < best {
			best, rank = cost, i
		}
	}
	return rank
}

// fit sets S to the least squares solution at X and Y, L and R to X·S and Y, residual to the
// misfit, and returns F.
//
// For row i of X, with Z = Σ over its entries j of y_j·y_jᵀ, the normal equations gain (xᵢxᵢᵀ)⊗Z
// and xᵢ⊗Σ b_ij·y_j on the right: r⁴ for each row and r² for each entry.
func (g *grassmannRun) fit(x, y kernel.Matrix) (float64, error) {
	r, o := g.rank, g.data
	clear(g.normal.Data)
	clear(g.s.Data)
	for i := range o.rows {
		if o.start[i] == o.start[i+1] {
			continue
		}
		clear(g.row.Data)
		clear(g.right.Data)
		for k := o.start[i]; k < o.start[i+1]; k++ {
			at := y.Data[int(o.col[k])*r : (int(o.col[k])+1)*r]
			for a, v := range at {
				kernel.Axpy(v, at, g.row.Data[a*r:(a+1)*r])
			}
			kernel.Axpy(o.value[k], at, g.right.Data)
		}
		at := x.Data[i*r : (i+1)*r]
		for a, v := range at {
			kernel.Axpy(v, g.right.Data, g.s.Data[a*r:(a+1)*r])
			for b, w := range at[:a+1] {
				for c := range r {
					from := (a*r+c)*r*r + b*r
					kernel.Axpy(v*w, g.row.Data[c*r:(c+1)*r], g.normal.Data[from:from+r])
				}
			}
		}
	}
	largest := 0.0
	for k := range r * r {
		largest = max(largest, g.normal.Data[k*r*r+k])
	}
	// The shift is for entries too few to determine S.
	if !linalg.Factor(g.normal, 1e-14*largest+math.SmallestNonzeroFloat64) {
		return 0, fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
	}
	linalg.Forward(g.normal, g.s.Data)
	linalg.Backward(g.normal, g.s.Data)
	kernel.Gemm(false, false, 1, x, g.s, 0, g.l)
	linalg.CopyRows(g.r, y)
	g.entries.Dots(g.residual, g.l, g.r)
	kernel.Axpy(-1, o.value, g.residual)
	return kernel.Dot(g.residual, g.residual) / 2, nil
}

// arrive computes the gradient at the iterate, which has just been fitted: with the misfit M on the
// observed entries, M·Y·Sᵀ and Mᵀ·X·S.
func (g *grassmannRun) arrive() {
	copy(g.misfit, g.residual)
	r := g.rank
	my, mx := kernel.NewPadded(g.data.rows, r), kernel.NewPadded(g.data.cols, r)
	g.entries.Times(my, g.misfit, g.r)
	g.entries.TransTimes(mx, g.misfit, g.l) // of X·S
	kernel.Gemm(false, true, 1, my, g.s, 0, g.gx)
	linalg.CopyRows(g.gy, mx)
	g.slope = kernel.Dot(g.gx.Data, g.gx.Data) + kernel.Dot(g.gy.Data, g.gy.Data)
}

func (g *grassmannRun) Converged() bool {
	return g.fits(g.Tolerance) || g.stuck || g.x.Data != nil &&
		math.Sqrt(g.slope) <= g.Tolerance*linalg.Norm(g.s.Data)*linalg.Norm(g.data.value)
}

func (g *grassmannRun) Step(ctx context.Context) error {
	left, right := newGeodesic(g.x, g.gx), newGeodesic(g.y, g.gy)
	x, y := linalg.Clone(g.x), linalg.Clone(g.y)
	length := 2 * g.length
	if g.length == 0 {
		length = g.value / g.slope // to F = 0, were F linear
	}
	for range 100 {
		if ctx.Err() != nil {
			break
		}
		left.at(x, length)
		right.at(y, length)
		value, err := g.fit(x, y)
		if err != nil {
			return err
		}
		if value <= g.value-length*g.slope/4 {
			g.x, g.y, g.value, g.length = x, y, value, length
			g.arrive()
			return nil
		}
		length /= 2
	}
	g.cut = ctx.Err() != nil
	g.stuck = !g.cut
	_, err := g.fit(g.x, g.y)
	return err
}

// geodesic is X(t) = X·V·cos(tΘ)·Vᵀ − U·sin(tΘ)·Vᵀ, which begins along −G with G = U·Θ·Vᵀ (Edelman,
// Arias, Smith 1998, theorem 2.3).
type geodesic struct {
	xv      kernel.Matrix // X·V
	u, v    kernel.Matrix
	theta   []float64
	rotated kernel.Matrix
}

func newGeodesic(x, gradient kernel.Matrix) *geodesic {
	var svd kernel.SVD
	svd.Factorize(gradient) // whose objective is finite
	d := &geodesic{
		xv: kernel.NewMatrix(x.Rows, x.Cols), rotated: kernel.NewMatrix(x.Rows, x.Cols),
		u: svd.U, v: svd.V, theta: svd.Sigma,
	}
	kernel.Gemm(false, false, 1, x, d.v, 0, d.xv)
	return d
}

// at sets x to X(t).
func (d *geodesic) at(x kernel.Matrix, t float64) {
	for i := range x.Rows {
		for c, theta := range d.theta {
			sin, cos := math.Sincos(t * theta)
			d.rotated.Data[i*d.rotated.Stride+c] = cos*d.xv.Data[i*d.xv.Stride+c] - sin*d.u.Data[i*d.u.Stride+c]
		}
	}
	kernel.Gemm(false, true, 1, d.rotated, d.v, 0, x)
	linalg.Orthonormal(x) // rounding adds up over steps
}

// Kept is the state that a checkpoint keeps.
func (g *grassmannRun) Kept() []any {
	return g.kept(&g.x, &g.y, &g.s, &g.value, g.misfit, &g.gx, &g.gy, &g.slope, &g.length, &g.stuck)
}

// Whole reports whether the last step was not cut short.
func (g *grassmannRun) Whole() bool { return !g.cut }
