package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// everySet runs f once with each instruction set that the processor has.
func everySet(t *testing.T, f func(t *testing.T)) {
	for _, set := range available() {
		t.Run(set.name, func(t *testing.T) {
			defer use(set)()
			f(t)
		})
	}
}

// strided copies x into a matrix with stride gap greater, the gaps filled with NaN.
func strided(x Matrix, gap int) Matrix {
	y := Matrix{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols + gap, Data: make([]float64, x.Rows*(x.Cols+gap))}
	for i := range y.Data {
		y.Data[i] = math.NaN()
	}
	for i := range x.Rows {
		if x.Cols == 0 {
			break
		}
		copy(y.Data[i*y.Stride:], x.Data[i*x.Stride:i*x.Stride+x.Cols])
	}
	return y
}

func at(x Matrix, trans bool, i, j int) float64 {
	if trans {
		i, j = j, i
	}
	return x.Data[i*x.Stride+j]
}

// reference returns α·op(A)·op(B) + β·C in double-double arithmetic (Dekker 1971) and Σ|α·a·b| +
// |β·c|, by which rounding errors are measured.
func reference(transA, transB bool, alpha float64, a, b Matrix, beta float64, c Matrix, i, j, k int) (value,
	size float64) {
	var hi, lo float64
	for p := range k {
		x, y := at(a, transA, i, p), at(b, transB, p, j)
		product := x * y
		rest := math.FMA(x, y, -product)
		sum := hi + product
		back := sum - hi
		lo += (hi - (sum - back)) + (product - back) + rest
		hi = sum
		size += math.Abs(alpha * product)
	}
	value = alpha * (hi + lo)
	if beta != 0 {
		value += beta * at(c, false, i, j)
		size += math.Abs(beta * at(c, false, i, j))
	}
	return value, size
}

func TestGemmAgainstDoubleDouble(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			side := rapid.SampledFrom([]int{0, 1, 2, 3, 5, 7, 8, 9, 12, 13, 23, 24, 25, 31, 47, 49, 64, 97, 101})
			m, n, k := side.Draw(t, "m"), side.Draw(t, "n"), side.Draw(t, "k")
			if rapid.IntRange(0, 9).Draw(t, "deep") == 0 {
				k = rapid.SampledFrom([]int{499, 500, 501, 641, 1009}).Draw(t, "k")
			}
			factor := rapid.SampledFrom([]float64{0, 1, -1, 0.5, -2.75, math.Copysign(0, -1)})
			alpha, beta := factor.Draw(t, "alpha"), factor.Draw(t, "beta")
			transA, transB := rapid.Bool().Draw(t, "transA"), rapid.Bool().Draw(t, "transB")
			size := rapid.SampledFrom([]float64{1, 1e-160, 1e150, 1e-310}).Draw(t, "scale")
			gap := rapid.SampledFrom([]int{0, 0, 1, 3, 17})
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
			x, y, z := random(rng, m, k), random(rng, k, n), random(rng, m, n)
			if transA {
				x = random(rng, k, m)
			}
			if transB {
				y = random(rng, n, k)
			}
			for i := range x.Data {
				x.Data[i] *= size
			}
			x, y, z = strided(x, gap.Draw(t, "gap")), strided(y, gap.Draw(t, "gap")), strided(z, gap.Draw(t, "gap"))
			want := strided(Matrix{Rows: z.Rows, Cols: z.Cols, Stride: z.Stride, Data: z.Data}, z.Stride-z.Cols)
			if beta == 0 {
				for i := range z.Data {
					z.Data[i] = math.NaN() // must not be read
				}
			}
			Gemm(transA, transB, alpha, x, y, beta, z)
			for i := range z.Rows {
				for j := range z.Stride {
					got := math.NaN()
					if i*z.Stride+j < len(z.Data) {
						got = z.Data[i*z.Stride+j]
					}
					if j >= z.Cols {
						if got == got {
							t.Fatalf("wrote %v between the rows of C at (%d, %d)", got, i, j)
						}
						continue
					}
					value, bound := reference(transA, transB, alpha, x, y, beta, want, i, j, k)
					// γ_{k+2}: Higham (2002), section 3.1; three roundings of the reference itself;
					// the last term is a few least subnormals a step.
					if e := math.Abs(got - value); !(e <= float64(k+5)*0x1p-53*bound+float64(k+2)*0x1p-1072) {
						t.Fatalf("C(%d, %d) = %v, want %v: error %.3g, bound %.3g", i, j, got, value, e, bound)
					}
				}
			}
		})
	})
}

// Every set of instructions, every blocking and every number of goroutines gives the same bits.
func TestGemmBitsDependOnNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range []struct{ m, n, k int }{{7, 5, 3}, {100, 100, 100}, {171, 50, 333}, {1, 600, 700},
		{600, 1, 700}, {370, 410, 520}, {64, 64, 512}} {
		if s.m*s.n*s.k > 1e7 && testing.Short() {
			continue
		}
		for form := range 4 {
			transA, transB := form&1 != 0, form&2 != 0
			x, y, z := random(rng, s.m, s.k), random(rng, s.k, s.n), random(rng, s.m, s.n)
			if transA {
				x = random(rng, s.k, s.m)
			}
			if transB {
				y = random(rng, s.n, s.k)
			}
			var first []float64
			for _, set := range available() {
				for _, procs := range []int{1, 3} {
					name := fmt.Sprintf("%dx%dx%d %v %v %s %d", s.m, s.n, s.k, transA, transB, set.name, procs)
					defer use(set)()
					old := runtime.GOMAXPROCS(procs)
					c := strided(z, 0)
					Gemm(transA, transB, 1.5, x, y, -0.5, c)
					runtime.GOMAXPROCS(old)
					if first == nil {
						first = c.Data
					}
					for i := range first {
						if math.Float64bits(first[i]) != math.Float64bits(c.Data[i]) {
							t.Fatalf("%s: element %d is %x, not %x", name, i, c.Data[i], first[i])
						}
					}
				}
			}
		}
	}
}

func TestGemmPropagatesInfAndNaN(t *testing.T) {
	everySet(t, func(t *testing.T) {
		inf := math.Inf(1)
		for _, c := range []struct {
			name       string
			a, b, want float64
		}{{"0·Inf", 0, inf, math.NaN()}, {"0·NaN", 0, math.NaN(), math.NaN()}, {"Inf·2", inf, 2, inf},
			{"Inf·-2", inf, -2, -inf}, {"subnormal·1", 0x1p-1074, 1, 0x1p-1074}, {"max·2", math.MaxFloat64, 2, inf}} {
			for _, d := range []int{1, 9, 30} {
				x, y, z := NewMatrix(d, d), NewMatrix(d, d), NewMatrix(d, d)
				x.Data[(d-1)*d+d/2], y.Data[d/2*d+d-1] = c.a, c.b
				Gemm(false, false, 1, x, y, 0, z)
				if got := z.Data[d*d-1]; got != c.want && (got == got || c.want == c.want) {
					t.Errorf("%s at %d×%d: %v, want %v", c.name, d, d, got, c.want)
				}
				if d > 1 && z.Data[0] != 0 {
					t.Errorf("%s at %d×%d leaked %v to another row", c.name, d, d, z.Data[0])
				}
			}
		}
	})
}

func TestSyrk(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, s := range []struct{ n, k int }{{0, 3}, {1, 1}, {7, 9}, {24, 25}, {33, 100}, {100, 100}, {200, 30},
			{390, 330}} {
			for _, trans := range []bool{false, true} {
				x := random(rng, s.n, s.k)
				if trans {
					x = random(rng, s.k, s.n)
				}
				c := NewMatrix(s.n, s.n)
				Syrk(false, 1, random(rng, s.n, 3), 0, c)
				want := strided(c, 0)
				Syrk(trans, 2, x, 0.5, c)
				Gemm(trans, !trans, 2, x, x, 0.5, want)
				for i := range s.n {
					for j := range s.n {
						if c.Data[i*s.n+j] != want.Data[max(i, j)*s.n+min(i, j)] {
							t.Fatalf("%d×%d, trans %v: (%d, %d) is %v, Gemm gives %v", s.n, s.k, trans, i, j,
								c.Data[i*s.n+j], want.Data[i*s.n+j])
						}
					}
				}
			}
		}
	})
}

func TestSyrkAgainstDoubleDouble(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			side := rapid.SampledFrom([]int{0, 1, 2, 3, 5, 7, 8, 9, 12, 13, 23, 24, 25, 31, 47, 49, 64, 97})
			n, k := side.Draw(t, "n"), side.Draw(t, "k")
			trans := rapid.Bool().Draw(t, "trans")
			factor := rapid.SampledFrom([]float64{0, 1, -1, 0.5, -2.75})
			alpha, beta := factor.Draw(t, "alpha"), factor.Draw(t, "beta")
			size := rapid.SampledFrom([]float64{1, 1e-160, 1e150, 1e-310}).Draw(t, "scale")
			gap := rapid.SampledFrom([]int{0, 0, 1, 3, 17})
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
			x := random(rng, n, k)
			if trans {
				x = random(rng, k, n)
			}
			for i := range x.Data {
				x.Data[i] *= size
			}
			x = strided(x, gap.Draw(t, "gap"))
			c := strided(random(rng, n, n), gap.Draw(t, "gap"))
			before := slices.Clone(c.Data)
			Syrk(trans, alpha, x, beta, c)
			for i := range n {
				for j := range n {
					got := c.Data[i*c.Stride+j]
					if j > i {
						if mirror := c.Data[j*c.Stride+i]; math.Float64bits(got) != math.Float64bits(mirror) {
							t.Fatalf("C(%d, %d) = %v, C(%d, %d) = %v", i, j, got, j, i, mirror)
						}
						continue
					}
					value, bound := reference(trans, !trans, alpha, x, x, beta,
						Matrix{Rows: n, Cols: n, Stride: c.Stride, Data: before}, i, j, k)
					if e := math.Abs(got - value); !(e <= float64(k+5)*0x1p-53*bound+float64(k+2)*0x1p-1072) {
						t.Fatalf("C(%d, %d) = %v, want %v: error %.3g, bound %.3g", i, j, got, value, e, bound)
					}
				}
			}
		})
	})
}

// Leaving out the zeros of triangles changes nothing, with one goroutine or several.
func TestTriangles(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	triangular := func(n int, up bool) Matrix {
		x := random(rng, n, n)
		for i := range n {
			for j := range n {
				if i != j && (i < j) != up {
					x.Data[i*n+j] = 0
				}
			}
		}
		return x
	}
	everySet(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 24, 25, 60, 121, 130, 510} {
			if n > 130 && (instructions == portable || testing.Short()) {
				continue // slow
			}
			for _, c := range []struct {
				name  string
				up    [2]bool // which triangles the factors are, as stored
				tri   [2]bool // whether they are
				trans [2]bool
				t     triangle
			}{
				{"L·X", [2]bool{}, [2]bool{true, false}, [2]bool{}, lowerA},
				{"Lᵀ·X", [2]bool{}, [2]bool{true, false}, [2]bool{true, false}, upperA},
				{"R·X", [2]bool{true, false}, [2]bool{true, false}, [2]bool{}, upperA},
				{"X·L", [2]bool{}, [2]bool{false, true}, [2]bool{}, lowerB},
				{"X·Lᵀ", [2]bool{}, [2]bool{false, true}, [2]bool{false, true}, upperB},
				{"L·R", [2]bool{false, true}, [2]bool{true, true}, [2]bool{}, lowerA | upperB},
				{"Lᵀ·L", [2]bool{}, [2]bool{true, true}, [2]bool{true, false}, lower | upperA | lowerB},
			} {
				for _, procs := range []int{1, 3} {
					// 1, then 0; others are rounded once more where the inner dimension is cut
					beta := float64(procs % 3)
					var x [2]Matrix
					m := [2]int{n + 5, n + 5} // the side of the other factor
					for i := range x {
						switch {
						case c.tri[i]:
							x[i] = triangular(n, c.up[i])
						case i == 0:
							x[i] = random(rng, m[0], n)
						default:
							x[i] = random(rng, n, m[1])
						}
					}
					rows, cols := m[0], m[1]
					if c.tri[0] {
						rows = n
					}
					if c.tri[1] {
						cols = n
					}
					got := random(rng, rows, cols)
					want := strided(got, 0)
					Gemm(c.trans[0], c.trans[1], 2, x[0], x[1], beta, want)
					old := runtime.GOMAXPROCS(procs)
					multiply(c.trans[0], c.trans[1], 2, x[0], x[1], beta, got, c.t)
					runtime.GOMAXPROCS(old)
					for i := range rows {
						for j := range cols {
							if g, w := got.Data[i*cols+j], want.Data[i*cols+j]; g != w && (c.t&lower == 0 || j <= i) {
								t.Fatalf("%s, n = %d, %d goroutines: (%d, %d) is %v, Gemm gives %v", c.name, n,
									procs, i, j, g, w)
							}
						}
					}
				}
			}
		}
	})
}

func TestGemmAllocatesNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 8))
		for _, d := range []int{10, 100, 300} {
			if d > 100 && testing.Short() {
				continue
			}
			x, y, z := random(rng, d, d), random(rng, d, d), NewMatrix(d, d)
			if n := testing.AllocsPerRun(5, func() {
				Gemm(true, true, 1, x, y, 0, z)
				Gemm(false, false, 1, x, y, 1, z)
				Syrk(true, 1, x, 0, z)
			}); n != 0 {
				t.Errorf("%d×%d: %v allocations", d, d, n)
			}
		}
	})
}

func TestGemmRefusesShapesThatDoNotFit(t *testing.T) {
	for name, f := range map[string]func(){
		"inner dimension": func() { Gemm(false, false, 1, NewMatrix(2, 3), NewMatrix(2, 3), 0, NewMatrix(2, 3)) },
		"result":          func() { Gemm(false, true, 1, NewMatrix(2, 3), NewMatrix(2, 3), 0, NewMatrix(3, 2)) },
		"data": func() {
			Gemm(false, false, 1, Matrix{Rows: 2, Cols: 2, Stride: 2, Data: make([]float64, 3)}, NewMatrix(2, 2),
				0, NewMatrix(2, 2))
		},
		"square": func() { SyrkLower(true, 1, NewMatrix(2, 3), 0, NewMatrix(3, 2)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			f()
		})
	}
}

func TestChooseInstructions(t *testing.T) {
	for _, c := range []struct {
		name, want string
		warns      bool
	}{{"", "best", false}, {"portable", "portable", false}, {"best", "best", false}, {"avx1024", "best", true}} {
		var b strings.Builder
		got := choose(c.name, []*instructionSet{{name: "best"}, portable}, &b)
		if got.name != c.want || (b.Len() > 0) != c.warns {
			t.Errorf("PENALTY_KERNEL=%q: %s with warning %q", c.name, got.name, b.String())
		}
	}
}

func FuzzGemm(f *testing.F) {
	f.Add(uint16(5), uint16(7), uint16(9), uint8(0), int64(1))
	f.Add(uint16(25), uint16(49), uint16(501), uint8(3), int64(2))
	f.Fuzz(func(t *testing.T, m, n, k uint16, form uint8, seed int64) {
		rows, cols, inner := int(m%200), int(n%200), int(k%600)
		transA, transB := form&1 != 0, form&2 != 0
		rng := rand.New(rand.NewPCG(uint64(seed), 0))
		x, y, z := random(rng, rows, inner), random(rng, inner, cols), random(rng, rows, cols)
		if transA {
			x = random(rng, inner, rows)
		}
		if transB {
			y = random(rng, cols, inner)
		}
		var first Matrix
		for _, set := range available() {
			func() {
				defer use(set)()
				c := strided(z, int(form>>2)%5)
				Gemm(transA, transB, 1, x, y, 1, c)
				if first.Data == nil {
					first = c
				}
				for i := range c.Data {
					if math.Float64bits(c.Data[i]) != math.Float64bits(first.Data[i]) {
						t.Fatalf("%s: element %d is %v, not %v", set.name, i, c.Data[i], first.Data[i])
					}
				}
			}()
		}
		// Of many entries some: an input on which a fuzzer spends 10 s counts as one that hangs.
		for at := 0; at < rows*cols; at += 1 + rows*cols*inner/1_000_000 {
			i, j := at/cols, at%cols
			value, bound := reference(transA, transB, 1, x, y, 1, z, i, j, inner)
			if e := math.Abs(first.Data[i*first.Stride+j] - value); !(e <= float64(inner+2)*0x1p-52*bound) {
				t.Fatalf("C(%d, %d) is off by %.3g, bound %.3g", i, j, e, bound)
			}
		}
	})
}
