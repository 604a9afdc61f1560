package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Each pass gives the same bits with each instruction set; the portable one is tested by what is
// built on it.
func TestPassesAgreeBitForBit(t *testing.T) {
	const stride = 96
	for _, n := range []int{8, 16, 24, 40, 72, 88} {
		for _, c := range []struct {
			name string
			run  func(x [][]float64)
		}{
			{"rotateRows", func(x [][]float64) { rotateRows(n, &x[0][0], &x[1][0], 0.6, -0.8) }},
			{"axpyBlocks", func(x [][]float64) { axpyBlocks(n, 0.3, &x[0][0], &x[1][0]) }},
			{"scaleBlocks", func(x [][]float64) { scaleBlocks(n, 0.3, &x[0][0], &x[1][0]) }},
			{"dotBlocks", func(x [][]float64) { dotBlocks(n, &x[0][0], &x[1][0], &x[2][0]) }},
			{"adamBlocks", func(x [][]float64) {
				adamBlocks(n, &x[0][0], &x[1][0], &x[2][0], &x[3][0], 0.9, 0.1, 0.999, 0.001, 0.01, 1.5, 1e-8)
			}},
			{"updateRows", func(x [][]float64) {
				updateRows(n, 2, &x[0][0], 8*stride, &x[8][0], &x[9][0], &x[10][0], &x[11][0], &x[12][0], &x[13][0])
			}},
			{"addOuter", func(x [][]float64) { addOuter(n, 2, &x[0][0], 8*stride, &x[8][0], &x[9][0]) }},
			{"lineDots", func(x [][]float64) {
				lineDots(n, 4, &[]int32{0, 6, 6, 9}[0], &[]int32{6, 6, 9, 13}[0], &x[10][0], 8*stride,
					&[]int32{3, 1, 7, 3, 0, 2, 5, 5, 4, 0, 1, 2, 3}[0], &x[1][0], 8*stride, &x[15][0])
			}},
			{"lineSums", func(x [][]float64) {
				lineSums(n, 3, &[]int32{0, 5, 5}[0], &[]int32{5, 5, 7}[0], &x[10][0], 8*stride,
					&[]int32{3, 1, 7, 3, 0, 2, 2}[0], &x[0][0], &x[1][0], 8*stride)
			}},
			{"rowDots", func(x [][]float64) { rowDots(n, 2, &x[0][0], 8*stride, &x[8][0], &x[9][0]) }},
			{"secularSums", func(x [][]float64) { secularSums(n, &x[0][0], &x[1][0], 0.25, 0.125, &x[2][0]) }},
			{"loewner", func(x [][]float64) { loewner(n, &x[0][0], &x[1][0], 0.25, 0.125, 3) }},
			{"secularVectors", func(x [][]float64) {
				secularVectors(n, &x[0][0], &x[1][0], 0.25, 0.125, &x[2][0], &x[3][0], &x[4][0])
			}},
		} {
			var first []float64
			for _, set := range available() {
				rng := rand.New(rand.NewPCG(1, uint64(n)))
				data := make([]float64, 16*stride)
				var rows [][]float64
				for i := range data {
					data[i] = math.Abs(rng.NormFloat64())
				}
				for i := range 16 {
					rows = append(rows, data[i*stride:(i+1)*stride])
				}
				restore := use(set)
				c.run(rows)
				restore()
				if first == nil {
					first = data
				}
				for i := range data {
					if math.Float64bits(data[i]) != math.Float64bits(first[i]) {
						t.Fatalf("%s of %d numbers, %s: number %d of row %d is %v, not %v", c.name, n, set.name,
							i%stride, i/stride, data[i], first[i])
					}
				}
			}
		}
	}
}

// The passes in single precision give the same bits with each instruction set.
func TestSinglePassesAgreeBitForBit(t *testing.T) {
	const stride = 192
	for _, n := range []int{16, 32, 48, 80, 144, 176} {
		for _, c := range []struct {
			name string
			run  func(x [][]float32)
		}{
			{"axpyBlocks", func(x [][]float32) { axpyBlocksSingle(n, 0.3, &x[0][0], &x[1][0]) }},
			{"scaleBlocks", func(x [][]float32) { scaleBlocksSingle(n, 0.3, &x[0][0], &x[1][0]) }},
			{"dotSingles", func(x [][]float32) {
				var sum float64
				dotSingles(n, &x[0][0], &x[1][0], &sum)
				bits := math.Float64bits(sum)
				x[2][0], x[2][1] = math.Float32frombits(uint32(bits)), math.Float32frombits(uint32(bits>>32))
			}},
			{"adamBlocks", func(x [][]float32) {
				adamBlocksSingle(n, &x[0][0], &x[1][0], &x[2][0], &x[3][0], 0.9, 0.1, 0.999, 0.001, 0.01, 1.5, 1e-8)
			}},
			{"lineDots", func(x [][]float32) {
				lineDotsSingle(n, 4, &[]int32{0, 6, 6, 9}[0], &[]int32{6, 6, 9, 13}[0], &x[10][0], 4*stride,
					&[]int32{3, 1, 7, 3, 0, 2, 5, 5, 4, 0, 1, 2, 3}[0], &x[1][0], 4*stride, &x[15][0])
			}},
			{"lineSums", func(x [][]float32) {
				lineSumsSingle(n, 3, &[]int32{0, 5, 5}[0], &[]int32{5, 5, 7}[0], &x[10][0], 4*stride,
					&[]int32{3, 1, 7, 3, 0, 2, 2}[0], &x[0][0], &x[1][0], 4*stride)
			}},
		} {
			var first []float32
			for _, set := range available() {
				rng := rand.New(rand.NewPCG(1, uint64(n)))
				data := make([]float32, 16*stride)
				var rows [][]float32
				for i := range data {
					data[i] = float32(math.Abs(rng.NormFloat64()))
				}
				for i := range 16 {
					rows = append(rows, data[i*stride:(i+1)*stride])
				}
				restore := use(set)
				c.run(rows)
				restore()
				if first == nil {
					first = data
				}
				for i := range data {
					if math.Float32bits(data[i]) != math.Float32bits(first[i]) {
						t.Fatalf("%s of %d numbers, %s: number %d of row %d is %v, not %v", c.name, n, set.name,
							i%stride, i/stride, data[i], first[i])
					}
				}
			}
		}
	}
}

// Conversions round once, after scaling, with each instruction set.
func TestConversions(t *testing.T) {
	everySet(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, cols := range []int{1, 7, 8, 9, 24, 45} {
			x := random(rng, 3, cols)
			x.Data[0], x.Data[x.Stride] = math.Inf(1), math.NaN()
			single, wide := newPadded[float32](3, cols), make([]float64, cols)
			convert(single, x, 0.3)
			for i := range 3 {
				row := single.Data[i*single.Stride : i*single.Stride+cols]
				widened(wide, row)
				for j, v := range row {
					want := float32(0.3 * x.Data[i*x.Stride+j])
					if math.Float32bits(v) != math.Float32bits(want) && !(v != v && want != want) {
						t.Fatalf("of %d columns, (%d, %d) is %v, want %v", cols, i, j, v, want)
					}
					if math.Float64bits(wide[j]) != math.Float64bits(float64(want)) && want == want {
						t.Fatalf("of %d columns, (%d, %d) becomes %v, want %v", cols, i, j, wide[j], float64(want))
					}
				}
			}
		}
	})
}
