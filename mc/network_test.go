package mc

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/random"
)

// The gradient with respect to every factor agrees with central differences of the objective, at
// depth 1 to 4, for entries and for Gaussian maps, with and without a penalty, at rectangular
// shapes and near rank deficiency.
func TestNetworkGradient(t *testing.T) {
	const h = 1e-5
	problems := map[string]Problem{}
	var err error
	if problems["observations"],
		err = (LowRank{Rows: 5, Cols: 7, Rank: 2, Observed: 20, Seed: 1}).Problem(); err != nil {
		t.Fatal(err)
	}
	if problems["sensing"], err = (LowRank{Rows: 6, Cols: 4, Rank: 2, Observed: 15, Seed: 2}).Sensing(); err != nil {
		t.Fatal(err)
	}
	starts := map[string]func(*Factors){
		"generic": func(f *Factors) { Gaussian{Scale: 2}.Fill(f, random.New(3, 1)) },
		"near rank deficiency": func(f *Factors) { // all rows of the first factor but one nearly vanish
			Gaussian{Scale: 2}.Fill(f, random.New(4, 1))
			r, _ := f.W[0].Dims()
			for i := 1; i < r; i++ {
				row := f.W[0].RawRowView(i)
				for j := range row {
					row[j] *= 1e-2
				}
			}
		},
	}
	for name, p := range problems {
		rows, cols := p.Dims()
		for _, hidden := range [][]int{nil, {4}, {3, 6}, {5, 4, 5}} {
			for _, penalty := range []Penalty{nil, Frobenius{}, Nuclear{Smoothing: 1e-2}, Ratio{}} {
				for startName, start := range starts {
					t.Run(fmt.Sprintf("%s/depth %d/%T/%s", name, len(hidden)+1, penalty, startName),
						func(t *testing.T) {
							f, err := NewFactors(rows, cols, hidden...)
							if err != nil {
								t.Fatal(err)
							}
							start(f)
							const lambda = 0.3
							net := newDenseNetwork(f, p.trainTerm())
							objective := func() float64 {
								value := net.forward()
								if penalty != nil {
									value += lambda * penalty.Value(net.point)
								}
								return value
							}
							objective()
							if penalty != nil {
								penalty.AddGradient(net.gradient, lambda, net.point)
							}
							net.backward()
							grads := make([]*mat.Dense, len(f.W))
							scale := 0.0
							for j := range grads {
								grads[j] = mat.DenseCopyOf(net.grads[j])
								scale = max(scale, mat.Max(grads[j]), -mat.Min(grads[j]))
							}
							for j, w := range f.W {
								r, c := w.Dims()
								for i := range r {
									for k := range c {
										at := w.At(i, k)
										w.Set(i, k, at+h)
										up := objective()
										w.Set(i, k, at-h)
										down := objective()
										w.Set(i, k, at)
										// Differences where a singular value is small, and
										// curvature large: measured 5.5e-7 of the scale.
										if got, want := grads[j].At(i, k),
											(up-down)/(2*h); math.Abs(got-want) > 1e-6*scale {
											t.Fatalf("∂/∂W_%d(%d, %d) = %v, differences give %v", j+1, i, k, got, want)
										}
									}
								}
							}
						})
				}
			}
		}
	}
}
