package mc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// A RankCertificate has the reasons to believe a completion of rank q, without the true rank given.
// [Certify] makes it for any estimate, and [Restarts] for the estimate that it returns.
//
// If [RankCertificate.Holds], the following is proven of W, up to rounding. W has rank q and agrees
// with all n observed entries. No other matrix of rank q nearby does: at W = X·Yᵀ the Jacobian of
// (X, Y) ↦ (X·Yᵀ)_Ω has the full rank q(rows + cols − q), see Singer and Cucuringu (2010). So n −
// q(rows + cols − q) equations are redundant, and a W that is wrong would have met each of them by
// coincidence.
//
// Redundancy can be confined to a part of the matrix. An observed entry is unconfirmed if its
// equation is independent of all others, so that it would be met whatever its value. The unobserved
// entries that depend on unconfirmed ones are doubtful, and a W with such entries does not hold,
// though it may hold [RankCertificate.InPart]. Which entries these are depends on the mask and
// hardly on the method: some 28×28 masks with 167 entries, 8 more than degrees of freedom, leave a
// few rows and columns as unknowns of as many equations, which have several solutions. One in 50
// runs ended at such a W: 8 redundant equations, 24 unconfirmed entries, and a relative error of
// .06.
//
// Measured in 2898 attempts of [Restarts] on 322 instances, 20×20 of rank 2 and 28×28 of rank 3
// with 1.02 to 1.2 times as many entries as degrees of freedom: 920 estimates held, and none was
// wrong; 14 held in part, and 4 of these were wrong, in doubtful entries alone.
// In 33,561 attempts on 8729 instances of 16 to 40 rows and columns and rank 1 to 4, with 0.9 to
// 1.3 times as many entries as degrees of freedom, half of them only within 10⁻⁶, 10⁻⁹ or 10⁻¹² of
// that rank, 2418 held and 245 held in part; no entry was wrong that was not doubtful.
//
// A W that holds is not proven to be the ground truth. Another matrix of rank q, far away, may
// agree with the observed entries as well. If the entries carry noise, or no low rank is behind
// them, there is no certificate, as no matrix of so low a rank agrees.
//
// Counting alone proves nothing. On a 100×100 matrix of rank 5 with 1170 observed entries, a run of
// [MatrixIRLS] ended with six singular values above 10⁻⁶·σ₁, and 6·194 = 1164 are fewer than 1170.
// Its relative error was .42: cut to rank 6 it did not fit.
type RankCertificate struct {
	// Rank q.
	Rank int
	// Residual is ‖P_Ω(W) − b‖/‖b‖ of the best fit W of rank q that was reached from the estimate.
	Residual float64
	// DegreesOfFreedom of a matrix of rank q, q(rows + cols − q), and the rank of the Jacobian. The
	// latter is 0 if the residual is above rounding, or if the Jacobian has more than 2²⁴ numbers.
	DegreesOfFreedom, JacobianRank int
	// Redundant is the number of observed entries minus JacobianRank.
	Redundant int
	// Unconfirmed is the number of observed entries whose equation is independent of all others, so
	// that no other entry confirms it. Doubtful is the number of unobserved entries that the other
	// observed entries alone do not determine.
	Unconfirmed, Doubtful int
	// Entries (rows × cols) has 2 at observed entries, 1 at unobserved ones that are confirmed and
	// 0 at doubtful ones; nil if W is not locally unique. JSON does not keep it.
	Entries *mat.Dense `json:"-"`
	// Restart is the number of the attempt of [Restarts] that found W; 0 is the first.
	Restart int
}

// certain is the relative residual up to which a fit is one of rounding.
const certain = 1e-12

// Fits reports whether a matrix of rank q agrees with the observed entries up to rounding.
func (c *RankCertificate) Fits() bool { return c != nil && c.Rank > 0 && c.Residual <= certain }

// InPart reports whether W fits, is locally unique and has redundant equations. Its doubtful
// entries may be wrong.
func (c *RankCertificate) InPart() bool {
	return c.Fits() && c.JacobianRank == c.DegreesOfFreedom && c.Redundant > 0
}

// Holds reports whether W fits, is locally unique, each observed entry is confirmed by others, and
// no entry is doubtful. It is false for a nil certificate.
func (c *RankCertificate) Holds() bool {
	// In exact numbers no entry is doubtful if all are confirmed. Where rows have very different
	// units, an equation can look confirmed because it is hardly met.
	return c.InPart() && c.Unconfirmed == 0 && c.Doubtful == 0
}

// String says what is certified, or what is missing.
func (c *RankCertificate) String() string {
	switch {
	case c == nil || c.Rank == 0:
		return "not certified: there are too few entries to certify any rank"
	case !c.Fits():
		return fmt.Sprintf("not certified: the best fit of rank %d has a relative residual of %.1e", c.Rank, c.Residual)
	case c.JacobianRank == 0:
		return fmt.Sprintf("not certified: a matrix of rank %d fits, and its Jacobian is too large to decompose",
			c.Rank)
	case !c.InPart():
		return fmt.Sprintf("not certified: a matrix of rank %d fits, but its Jacobian has rank %d of %d, so "+
			"that others fit as well",
			c.Rank, c.JacobianRank, c.DegreesOfFreedom)
	}
	found := fmt.Sprintf("rank %d fits to %.0e, locally unique; %d redundant equations", c.Rank, c.Residual,
		c.Redundant)
	if c.Holds() {
		return "certified: " + found
	}
	return fmt.Sprintf("certified in part: %s; %d observed entries are not confirmed, and %d unobserved ones "+
		"are doubtful",
		found, c.Unconfirmed, c.Doubtful)
}

// Certify asks whether an estimate w (rows × cols) is close to the only completion of low rank, and
// returns that completion with its certificate. The rank q is the one at which the singular values
// of w drop most, among those with q(rows + cols − q) < n. From w cut to rank q, Gauss–Newton steps
// (Zilber and Nadler 2022) go on to a fit of rank q. [RankCertificate.Holds] is true, or the
// certificate says what is missing; the returned matrix is nil if no fit to rounding was found.
//
//	completion, certificate, err := mc.Certify(observations, result.W)
func Certify(o *Observations, w *mat.Dense) (*mat.Dense, *RankCertificate, error) {
	if o == nil || w == nil {
		return nil, nil, fmt.Errorf("mc: Certify: observations and estimate must both be given")
	}
	if rows, cols := w.Dims(); rows != o.rows || cols != o.cols {
		return nil, nil, fmt.Errorf("mc: Certify: the estimate is %d×%d; the observations are of a %d×%d matrix",
			rows, cols, o.rows, o.cols)
	}
	p := NewPoint(w)
	if !p.Finite() {
		return nil, nil, fmt.Errorf("mc: Certify: the estimate is not finite")
	}
	completion, c := certify(o, p)
	return completion, c, nil
}

// certify is Certify at a finite point.
func certify(o *Observations, p *Point) (*mat.Dense, *RankCertificate) {
	q, _ := likelyRank(o, p.SingularValues())
	c := &RankCertificate{Rank: q, DegreesOfFreedom: q * (o.rows + o.cols - q), Residual: 1}
	if q == 0 {
		return nil, c
	}
	fit := newRankFit(o, q)
	if c.Residual = fit.from(p); !c.Fits() {
		return nil, c
	}
	w := fit.estimate()
	if at := NewPoint(w); NumericalRank(at.SingularValues(), certain) < q {
		if least, _ := likelyRank(o, at.SingularValues()); least < q {
			return certify(o, at) // the rank was too large, and its last singular values have gone to rounding
		}
	}
	fit.certify(c)
	return w, c
}

// likelyRank returns the rank at which singular values drop most, of those with fewer degrees of
// freedom than entries, and the factor by which they do. It is 0 if there is none. Singular values
// of rounding do not drop.
func likelyRank(o *Observations, sigma []float64) (q int, drop float64) {
	rounding := 1e-14 * sigma[0]
	for k := 1; k < len(sigma) && k*(o.rows+o.cols-k) < o.Len() && sigma[k-1] > rounding; k++ {
		if d := sigma[k-1] / max(sigma[k], rounding); d > drop {
			q, drop = k, d
		}
	}
	return q, drop
}

// rankFit fits matrices of rank q to observed entries.
type rankFit struct {
	data     *Observations // in units of unit
	unit     float64
	rank     int
	ls       *linalg.Bilinear
	residual []float64
}

func newRankFit(o *Observations, q int) *rankFit {
	data, unit := unitObservations(o)
	return &rankFit{data: data, unit: unit, rank: q,
		ls: linalg.NewBilinear(data.entries(), data.value, q), residual: make([]float64, o.Len())}
}

// from takes Gauss–Newton steps from the leading part of p, and returns the relative residual in
// the end. It gives up once a step does not halve the residual twice in a row.
func (f *rankFit) from(p *Point) float64 {
	f.begin(p, 0)
	size := linalg.Norm(f.data.value)
	best, slow := f.misfit(), 0
	for range 30 {
		off := f.step()
		if slow++; off < best/2 {
			slow = 0
		}
		if best = off; slow == 2 || !finite(off) || off <= 1e-15*size {
			break
		}
	}
	if size == 0 || !finite(best/size) {
		return 1
	}
	return best / size
}

// settle is from for entries with noise: it returns the norm of the residual, in units of unit,
// once a step lowers it by less than a millionth. A step that does not lower it is halved.
func (f *rankFit) settle(p *Point) float64 {
	f.begin(p, 1e-3)
	least := f.misfit()
	for range 100 {
		u, v := slices.Clone(f.ls.U), slices.Clone(f.ls.V)
		off, part := f.step(), 1.0
		for ; !(off <= least) && part > 1e-3; off = f.misfit() {
			part /= 2
			for k := range u {
				f.ls.U[k] = u[k] + part*f.ls.X[k]
			}
			for k := range v {
				f.ls.V[k] = v[k] + part*f.ls.Y[k]
			}
		}
		if !(off <= least) {
			copy(f.ls.U, u)
			copy(f.ls.V, v)
			return f.misfit()
		}
		if off >= least*(1-1e-6) {
			return off
		}
		least = off
	}
	return least
}

// begin sets U and V to the leading part of p. A column of U has at least the length √(floor·σ₁):
// from two columns of zeros no step leads away.
func (f *rankFit) begin(p *Point, floor float64) {
	u, sigma, v := p.SVD()
	left, right := u.RawMatrix(), v.RawMatrix()
	ofU, ofV := make([]float64, f.rank), make([]float64, f.rank)
	for c := range ofU {
		ofU[c] = math.Sqrt(max(sigma[c], floor*sigma[0]) / f.unit)
		if ofU[c] > 0 {
			ofV[c] = sigma[c] / f.unit / ofU[c]
		}
	}
	if f.ls.Flip {
		left, right = right, left
	}
	setRows(f.ls.U, left, f.rank, ofU)
	setRows(f.ls.V, right, f.rank, ofV)
}

// step takes a Gauss–Newton step from a misfit that has been computed, and returns the new one.
func (f *rankFit) step() float64 {
	b := f.ls
	b.Prepare()
	b.Solve(f.residual, nil, nil) // the values minus U·Vᵀ
	kernel.Axpy(1, b.X, b.U)
	kernel.Axpy(1, b.Y, b.V)
	return f.misfit()
}

// misfit sets residual to what U·Vᵀ leaves of the values, and returns its norm.
func (f *rankFit) misfit() float64 {
	b := f.ls
	zero := make([]float64, len(b.X))
	b.At(f.residual, b.U, b.V, zero, b.V)
	for k, x := range b.Values {
		f.residual[k] = x - f.residual[k]
	}
	return linalg.Norm(f.residual)
}

// sides returns the factors of W in the orientation of the problem.
func (f *rankFit) sides() (l, r kernel.Matrix) {
	of := func(x []float64) kernel.Matrix {
		return kernel.Matrix{Rows: len(x) / f.rank, Cols: f.rank, Stride: f.rank, Data: x}
	}
	if f.ls.Flip {
		return of(f.ls.V), of(f.ls.U)
	}
	return of(f.ls.U), of(f.ls.V)
}

// estimate returns W.
func (f *rankFit) estimate() *mat.Dense {
	w := mat.NewDense(f.data.rows, f.data.cols, nil)
	l, r := f.sides()
	kernel.Gemm(false, true, f.unit, l, r, 0, w.RawMatrix())
	return w
}

// jacobian returns the Jacobian of (X, Y) ↦ (X·Vᵀ + U·Yᵀ)_Ω at W = U·S·Vᵀ, with X, then Y, row by
// row, and the decomposition. It reports false if it has more than 2²⁴ numbers, or if there is
// none.
func (f *rankFit) jacobian() (j kernel.Matrix, at linalg.Product, ok bool) {
	l, r := f.sides()
	q, n, m := f.rank, f.data.Len(), (l.Rows+r.Rows)*f.rank
	if n*m > 1<<24 || !at.Decompose(l, r, q) {
		return j, at, false
	}
	j = kernel.NewMatrix(n, m)
	for k, e := range f.data.All() {
		row := j.Data[k*m : (k+1)*m]
		copy(row[e.Row*q:(e.Row+1)*q], at.V.Data[e.Col*at.V.Stride:])
		copy(row[(l.Rows+e.Col)*q:(l.Rows+e.Col+1)*q], at.U.Data[e.Row*at.U.Stride:])
	}
	return j, at, true
}

// jacobianRank returns the rank of the Jacobian, or 0 if that has more than 2²⁴ numbers. X is
// eliminated row by row. With A the rows v_j at the observed entries J of row i, and P the
// projection onto the complement of the column space of A, dxᵢ is free in rank A directions, and
//
//	P·(uᵢ·dy_j; j in J) = 0
//
// is left. Singular values, at most √2, count from 10⁻⁹ on: the directions that leave W as it is
// have those of rounding.
func (f *rankFit) jacobianRank() int {
	l, r := f.sides()
	q, e := f.rank, f.ls.Entries
	var at linalg.Product
	if f.data.Len()*(l.Rows+r.Rows)*q > 1<<24 || !at.Decompose(l, r, q) {
		return 0
	}
	u, v := at.U, at.V
	if f.ls.Flip {
		u, v = v, u
	}
	count := func(sigma []float64) (n int) {
		for n < len(sigma) && sigma[n] > 1e-9 {
			n++
		}
		return n
	}
	rank, left := 0, kernel.NewMatrix(f.data.Len(), e.Cols*q)
	var svd kernel.SVD
	for i := range e.Rows {
		cols := e.Col[e.Start[i]:e.Start[i+1]]
		if len(cols) == 0 {
			continue
		}
		a := kernel.NewMatrix(len(cols), q)
		for k, j := range cols {
			copy(a.Data[k*q:(k+1)*q], v.Data[int(j)*v.Stride:])
		}
		if !svd.Factorize(a) {
			return 0
		}
		own := count(svd.Sigma)
		rank += own
		basis := func(k int) []float64 { return svd.U.Data[k*svd.U.Stride : k*svd.U.Stride+own] }
		for k := range cols {
			row := left.Data[(e.Start[i]+k)*left.Stride:]
			for t, j := range cols {
				p := -kernel.Dot(basis(k), basis(t))
				if t == k {
					p++
				}
				kernel.Axpy(p, u.Data[i*u.Stride:i*u.Stride+q], row[int(j)*q:(int(j)+1)*q])
			}
		}
	}
	if !svd.Values(left) {
		return 0
	}
	return rank + count(svd.Sigma)
}

// certify completes the certificate of a W that fits.
func (f *rankFit) certify(c *RankCertificate) {
	n := f.data.Len()
	c.JacobianRank = min(f.jacobianRank(), c.DegreesOfFreedom)
	if c.JacobianRank == 0 {
		return
	}
	c.Redundant = n - c.JacobianRank
	// Of random values, least squares leave what lies in the left null space of the Jacobian:
	// nothing at an equation that is independent of all others.
	rng, values := random.New(0, random.Digest), make([]float64, n)
	for k := range values {
		values[k] = rng.NormFloat64()
	}
	b := f.ls
	b.Prepare()
	b.Solve(values, nil, nil)
	b.At(f.residual, b.U, b.V, b.X, b.Y)
	e, confirmed := b.Entries, linalg.Entries{Rows: b.Entries.Rows, Cols: b.Entries.Cols, Start: []int{0}}
	for i := range e.Rows {
		for k := e.Start[i]; k < e.Start[i+1]; k++ {
			if math.Abs(values[k]-f.residual[k]) < 1e-7 {
				c.Unconfirmed++
			} else {
				confirmed.Col = append(confirmed.Col, e.Col[k])
			}
		}
		confirmed.Start = append(confirmed.Start, len(confirmed.Col))
	}
	if c.Redundant > 0 && c.JacobianRank == c.DegreesOfFreedom {
		f.doubt(c, confirmed, rng)
	}
}

// doubt finds the entries that the confirmed ones do not determine: a random tangent that vanishes
// at all of these does not vanish there.
func (f *rankFit) doubt(c *RankCertificate, confirmed linalg.Entries, rng *rand.Rand) {
	b, q := f.ls, f.rank
	c.Entries = mat.NewDense(f.data.rows, f.data.cols, nil)
	n := len(confirmed.Col)
	part := linalg.NewBilinear(confirmed, make([]float64, n), q)
	draw := func(u []float64) []float64 {
		z := make([]float64, len(u))
		for k := range z {
			z[k] = rng.NormFloat64()
		}
		return z
	}
	u, v, x, y := b.U, b.V, draw(b.U), draw(b.V)
	copy(part.U, u)
	copy(part.V, v)
	part.Prepare()
	part.At(part.Values, part.U, part.V, x, y)
	part.Solve(part.Values, nil, nil)
	kernel.Axpy(-1, part.X, x)
	kernel.Axpy(-1, part.Y, y)
	size := linalg.Norm(x) + linalg.Norm(y)
	for i := range part.Entries.Rows {
		for j := range part.Entries.Cols {
			ui, vj := u[i*q:(i+1)*q], v[j*q:(j+1)*q]
			moves := kernel.Dot(x[i*q:(i+1)*q], vj) + kernel.Dot(ui, y[j*q:(j+1)*q])
			if math.Abs(moves) > 1e-7*size*(linalg.Norm(ui)+linalg.Norm(vj)) {
				continue
			}
			if b.Flip {
				c.Entries.Set(j, i, 1)
			} else {
				c.Entries.Set(i, j, 1)
			}
		}
	}
	for _, e := range f.data.All() {
		c.Entries.Set(e.Row, e.Col, 2)
	}
	for _, x := range c.Entries.RawMatrix().Data {
		if x == 0 {
			c.Doubtful++
		}
	}
}
