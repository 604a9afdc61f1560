package mc

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// largestElimination bounds the order of the system that completability eliminates: 1.2 GB.
const largestElimination = 12_000

// completability is what the positions of observed entries say of matrices of rank r, all but
// special ones: the rank of the Jacobian of (X, Y) ↦ (X·Yᵀ)_Ω, and which entries its row space
// holds (Singer and Cucuringu 2010; Király, Theran, Tomioka 2015, section 3). X (rows × r) and Y
// (cols × r) are random integers modulo a prime p, for which arithmetic is exact. A minor of the
// Jacobian that is not 0 there is not 0 as a polynomial, so that the rank found is never too large.
type completability struct {
	rank int // of the Jacobian
	// map has 2 at observed entries, 1 at those that are determined by these, 0 elsewhere.
	entries *mat.Dense
}

// completable draws X and Y, and draws them once more if the rank is not full: of at most R it is
// too small with a probability of at most 3R/p for each draw (Schwartz 1980).
func completable(o *Observations, r int) completability {
	full := r * (o.rows + o.cols - r)
	c := completableAt(o, r, random.New(0, random.Digest))
	if c.rank < full {
		if again := completableAt(o, r, random.New(1, random.Digest)); again.rank > c.rank {
			c = again
		}
	}
	return c
}

// elimination is a draw. Each row i of the matrix, of which n entries J are observed, has n
// equations
//
//	y_j·dxᵢ + xᵢ·dy_j = 0,   j in J,
//
// in the tangent (dX, dY). With A = [y_j; j in J] of rank a, dxᵢ is eliminated by the left null
// space N of A: n − a equations (N·diag(xᵢ·))dy = 0 are left. These are the rows of a B, and BᵀDB
// with a random diagonal D has its rank and null space.
type elimination struct {
	e       linalg.Entries // transposed if there are fewer rows than columns
	flip    bool
	r       int
	x, y    kernel.Matrix // rows × r and cols × r
	pivots  [][]int       // of row i, the entries of J whose y_j are independent
	echelon *linalg.Modular
	rank    int
}

func completableAt(o *Observations, r int, rng *rand.Rand) completability {
	el := &elimination{e: o.entries(), r: r}
	if el.flip = el.e.Rows < el.e.Cols; el.flip {
		el.e, _ = el.e.Transposed()
	}
	el.x, el.y = fieldMatrix(el.e.Rows, r, rng), fieldMatrix(el.e.Cols, r, rng)
	el.eliminate(rng)
	c := completability{rank: el.rank, entries: mat.NewDense(o.rows, o.cols, nil)}
	full := el.rank == r*(o.rows+o.cols-r)
	raw := c.entries.RawMatrix()
	if full {
		for k := range raw.Data {
			raw.Data[k] = 1
		}
	} else {
		el.determined(func(i, j int) { raw.Data[i*raw.Stride+j] = 1 }, rng)
	}
	for _, e := range o.All() {
		c.entries.Set(e.Row, e.Col, 2)
	}
	return c
}

func fieldMatrix(rows, cols int, rng *rand.Rand) kernel.Matrix {
	m := kernel.NewMatrix(rows, cols)
	for k := range m.Data {
		m.Data[k] = float64(1 + rng.IntN(linalg.Prime-1))
	}
	return m
}

// observed returns the columns of row i.
func (el *elimination) observed(i int) []int32 { return el.e.Col[el.e.Start[i]:el.e.Start[i+1]] }

// independent returns the entries of J whose y_j are a basis of the row space of A, and for each
// other one its coordinates in this basis.
func (el *elimination) independent(i int) (basis, others []int, coordinates kernel.Matrix) {
	cols := el.observed(i)
	at := kernel.NewMatrix(el.r, max(len(cols), 1)) // Aᵀ
	for k, j := range cols {
		for c := range el.r {
			at.Data[c*at.Stride+k] = el.y.Data[int(j)*el.r+c]
		}
	}
	m := linalg.Eliminate(at)
	basis = m.Pivot
	is := make([]bool, len(cols))
	for _, k := range basis {
		is[k] = true
	}
	for k := range cols {
		if !is[k] {
			others = append(others, k)
		}
	}
	coordinates = kernel.NewMatrix(max(len(others), 1), max(len(basis), 1))
	x := make([]float64, at.Cols)
	for t, k := range others { // Aᵀ·x = 0 with x_k = −1 has the coordinates at the pivots
		clear(x)
		x[k] = linalg.Prime - 1
		m.Null(x)
		for b, l := range basis {
			coordinates.Data[t*coordinates.Stride+b] = x[l]
		}
	}
	return basis, others, coordinates
}

// eliminate finds the rank of the Jacobian.
func (el *elimination) eliminate(rng *rand.Rand) {
	r, size := el.r, el.e.Cols*el.r
	s := kernel.NewMatrix(size, size)
	outer := make([]float64, r*r)
	add := func(j, k int, weight float64) {
		for a := range r {
			row := s.Data[(j*r+a)*size+k*r:]
			for b := range r {
				row[b] = linalg.Reduced(row[b] + weight*outer[a*r+b])
			}
		}
	}
	el.pivots = make([][]int, el.e.Rows)
	for i := range el.e.Rows {
		cols := el.observed(i)
		basis, others, c := el.independent(i)
		el.pivots[i] = basis
		el.rank += len(basis)
		xi := el.x.Data[i*r : (i+1)*r]
		for a := range r {
			for b := range r {
				outer[a*r+b] = linalg.Reduced(xi[a] * xi[b])
			}
		}
		// A row of N is 1 at an other entry and −c at the basis.
		gram := make([]float64, len(basis)*len(basis))
		for t, k := range others {
			d, row := float64(1+rng.IntN(linalg.Prime-1)), c.Data[t*c.Stride:]
			add(int(cols[k]), int(cols[k]), d)
			for b, l := range basis {
				dc := linalg.Reduced(d * row[b])
				add(int(cols[k]), int(cols[l]), linalg.Prime-dc)
				add(int(cols[l]), int(cols[k]), linalg.Prime-dc)
				for a := range basis {
					gram[b*len(basis)+a] = linalg.Reduced(gram[b*len(basis)+a] + dc*row[a])
				}
			}
		}
		for b, l := range basis {
			for a, k := range basis {
				add(int(cols[l]), int(cols[k]), gram[b*len(basis)+a])
			}
		}
	}
	el.echelon = linalg.Eliminate(s)
	el.rank += el.echelon.Rank
}

// determined calls set for each entry whose row of the Jacobian lies in the span of those of the
// observed entries: all tangents that vanish at these vanish there. Three random ones decide, so
// that an entry is taken for determined by mistake with a probability of p⁻³.
func (el *elimination) determined(set func(i, j int), rng *rand.Rand) {
	r := el.r
	const draws = 3
	dx, dy := [draws]kernel.Matrix{}, [draws]kernel.Matrix{}
	for d := range draws {
		dx[d], dy[d] = fieldMatrix(el.e.Rows, r, rng), fieldMatrix(el.e.Cols, r, rng)
		el.echelon.Null(dy[d].Data)
		for i := range el.e.Rows {
			el.follow(i, dx[d].Data[i*r:(i+1)*r], dy[d])
		}
	}
	for i := range el.e.Rows {
		xi := el.x.Data[i*r : (i+1)*r]
		for j := range el.e.Cols {
			yj, moves := el.y.Data[j*r:(j+1)*r], false
			for d := 0; d < draws && !moves; d++ {
				sum := fieldDot(yj, dx[d].Data[i*r:(i+1)*r]) + fieldDot(xi, dy[d].Data[j*r:(j+1)*r])
				moves = linalg.Reduced(sum) != 0
			}
			switch {
			case moves:
			case el.flip:
				set(j, i)
			default:
				set(i, j)
			}
		}
	}
}

// follow overwrites dxᵢ with the solution of row i's equations for dy, closest in its free
// coordinates to what dxᵢ holds.
func (el *elimination) follow(i int, dx []float64, dy kernel.Matrix) {
	r, cols, basis := el.r, el.observed(i), el.pivots[i]
	if len(basis) == 0 {
		return
	}
	// [A b]·(dx, 1) = 0
	system := kernel.NewMatrix(len(basis), r+1)
	for b, k := range basis {
		j := int(cols[k])
		row := system.Data[b*(r+1) : (b+1)*(r+1)]
		copy(row, el.y.Data[j*r:(j+1)*r])
		row[r] = fieldDot(el.x.Data[i*r:(i+1)*r], dy.Data[j*r:(j+1)*r])
	}
	v := append(append(make([]float64, 0, r+1), dx...), 1)
	linalg.Eliminate(system).Null(v)
	copy(dx, v)
}

func fieldDot(x, y []float64) float64 {
	sum := 0.0
	for k, v := range x {
		sum = linalg.Reduced(sum + v*y[k])
	}
	return sum
}

// LargestRank returns the largest rank r at which the positions of the observed entries suffice:
// for each rank up to r, and all matrices of that rank but special ones, only finitely many agree
// with the observed entries. It is 0 if there is no such rank. Diagnose finds out for one rank. An
// error says that the matrix is too large.
func LargestRank(o *Observations) (int, error) {
	if o == nil {
		return 0, fmt.Errorf("mc: LargestRank: no observations")
	}
	short := min(o.rows, o.cols)
	for r := 1; r <= short; r++ {
		full := r * (o.rows + o.cols - r)
		if o.Len() < full {
			return r - 1, nil
		}
		if r*short > largestElimination {
			return r - 1, fmt.Errorf("mc: LargestRank: all ranks up to %d suffice, and rank %d of a %d×%d "+
				"matrix is too "+
				"large to be tried; rank·min(rows, cols) must be at most %d", r-1, r, o.rows, o.cols,
				largestElimination)
		}
		if completable(o, r).rank < full {
			return r - 1, nil
		}
	}
	return short, nil
}
