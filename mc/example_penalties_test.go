package mc_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// descent prints a penalty at a spectrum, and where gradient descent on it moves the singular values.
func descent(penalty mc.Penalty, sigma ...float64) {
	w, g := mat.NewDense(len(sigma), len(sigma), nil), mat.NewDense(len(sigma), len(sigma), nil)
	for i, s := range sigma {
		w.Set(i, i, s)
	}
	r := penalty.Value(mc.NewPoint(w))
	penalty.AddGradient(g, -1, mc.NewPoint(w))
	fmt.Printf("R = %.2f, σ moves by", r)
	for i := range sigma {
		fmt.Printf(" %+.2f", g.At(i, i))
	}
	fmt.Println()
}

// Decay by a factor: the larger a singular value, the more it moves.
func ExampleSquaredFrobenius() {
	descent(mc.SquaredFrobenius{}, 4, 2, 1)
	// Output:
	// R = 21.00, σ moves by -8.00 -4.00 -2.00
}

// The lower P, the harder the smaller of two singular values is pushed down against the larger.
func ExampleSchatten() {
	for _, p := range []mc.Schatten{{P: 2}, {P: 1}, {P: 0.5, Smoothing: 1e-3}} {
		fmt.Printf("P = %-3v ", p.P)
		descent(p, 4, 2, 1)
	}
	// Output:
	// P = 2   R = 21.00, σ moves by -8.00 -4.00 -2.00
	// P = 1   R = 7.00, σ moves by -1.00 -1.00 -1.00
	// P = 0.5 R = 4.41, σ moves by -0.25 -0.35 -0.50
}

// The largest singular value moves alone.
func ExampleSpectral() {
	descent(mc.Spectral{}, 4, 2, 1)
	// Output:
	// R = 4.00, σ moves by -1.00 +0.00 +0.00
}

// Close to 0 the logarithm is steep, until below δ it counts as 0.
func ExampleLogDet() {
	descent(mc.LogDet{Delta: 0.1}, 4, 1, 0.1, 1e-3)
	// Output:
	// R = 6.34, σ moves by -0.25 -0.99 -5.00 -0.10
}

// The effective rank is exp R: about 2 for two large singular values and a small one, which the gradient pushes down hardest.
func ExampleEntropy() {
	fmt.Printf("effective rank %.2f\n", mc.EffectiveRank([]float64{1, 1, 0.01}))
	descent(mc.Entropy{}, 1, 1, 0.01)
	descent(mc.Ratio{}, 1, 1, 0.01)
	// Output:
	// effective rank 2.06
	// R = 0.72, σ moves by +0.01 +0.01 -2.28
	// R = 1.42, σ moves by +0.00 +0.00 -0.70
}

// Of two matrices of rank one, L1 prefers the one whose entries are few; a spectral penalty knows no difference.
func ExampleL1() {
	spread := mat.NewDense(2, 2, []float64{1, 1, 1, 1})
	single := mat.NewDense(2, 2, []float64{2, 0, 0, 0})
	for _, penalty := range []mc.Penalty{mc.L1{}, mc.Nuclear{}} {
		fmt.Printf("%-10T %.0f and %.0f\n", penalty, penalty.Value(mc.NewPoint(spread)), penalty.Value(mc.NewPoint(single)))
	}
	// Output:
	// mc.L1      4 and 2
	// mc.Nuclear 2 and 2
}

// Normalised, a penalty neither shrinks nor stretches: what it takes from some singular values it gives to others. That of the nuclear norm is the ratio.
func ExampleNormalized() {
	descent(mc.Nuclear{}, 4, 3)
	descent(mc.Normalized(mc.Nuclear{}), 4, 3)
	descent(mc.Ratio{}, 4, 3)
	err := mc.DeepMF{Depth: 1, Penalty: mc.Normalized(mc.Sum(mc.L1{}, mc.SquaredFrobenius{})), Lambda: 1}.Validate()
	fmt.Println(err)
	// Output:
	// R = 7.00, σ moves by -1.00 -1.00
	// R = 1.40, σ moves by +0.02 -0.03
	// R = 1.40, σ moves by +0.02 -0.03
	// mc: mc.Normalized(mc.Sum(mc.L1{}, mc.SquaredFrobenius{})): the Penalty is neither spectral nor known to be homogeneous; give its type a method Degree() float64 with R(cW) = |c|^Degree·R(W)
}

// The nuclear norm less the Frobenius norm is 0 at rank one, whatever the size.
func ExampleSum() {
	penalty := mc.Sum(mc.Nuclear{}, mc.Times(-1, mc.Frobenius{}))
	descent(penalty, 4, 0)
	descent(penalty, 4, 3)
	// Output:
	// R = 0.00, σ moves by +0.00 +0.00
	// R = 2.00, σ moves by -0.20 -0.40
}

// A penalty is a tenth of another.
func ExampleTimes() {
	descent(mc.Times(0.1, mc.Nuclear{}), 4, 3)
	// Output:
	// R = 0.70, σ moves by -0.10 -0.10
}

// The nuclear norm without its largest singular value, which completes this matrix of rank one.
func ExampleSpectrum() {
	tail := mc.Spectrum{
		Name: "all but the first",
		F: func(sigma []float64) float64 {
			sum := 0.0
			for _, s := range sigma[1:] {
				sum += s
			}
			return sum
		},
		DF: func(grad, sigma []float64) {
			for i := range sigma {
				grad[i] = 1
			}
			grad[0] = 0
		},
	}
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 150, MinPerLine: 3, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, penalty := range []mc.Penalty{mc.Nuclear{}, tail} {
		result, err := mc.DeepMF{
			Depth: 1, Penalty: penalty, Lambda: 1e-2, Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 3000,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%#v: relative error below 2 %%: %v\n", penalty, mc.Evaluate(problem, result.W).RelativeError < 0.02)
	}
	// Output:
	// mc.Nuclear{Smoothing:0, Polar:mc.Exact}: relative error below 2 %: false
	// mc.Spectrum{Name:"all but the first"}: relative error below 2 %: true
}

// With step 2 the proximal map of the nuclear norm takes 2 from each singular value, that of Schatten-1/2 less from the larger ones and all from the small one, that of the
// spectral norm 2 from the largest in all.
func ExampleProximalPenalty() {
	w := mat.NewDense(3, 3, []float64{
		8, 0, 0,
		0, 6, 0,
		0, 0, 1,
	})
	for _, penalty := range []mc.ProximalPenalty{mc.Nuclear{}, mc.Schatten{P: 0.5}, mc.Spectral{}, mc.SquaredFrobenius{}} {
		var x mat.Dense
		x.ReuseAs(3, 3)
		penalty.Prox(&x, 2, mc.NewPoint(w))
		fmt.Printf("%T: %.1f\n", penalty, mc.NewPoint(&x).SingularValues())
	}
	// Output:
	// mc.Nuclear: [6.0 4.0 0.0]
	// mc.Schatten: [7.6 5.6 0.0]
	// mc.Spectral: [6.0 6.0 1.0]
	// mc.SquaredFrobenius: [1.6 1.2 0.2]
}

// A penalty of one's own says of which degree it is, and so can be normalised.
func ExampleHomogeneousPenalty() {
	for _, penalty := range []mc.HomogeneousPenalty{mc.Nuclear{}, mc.SquaredFrobenius{}, mc.Schatten{P: 0.5, Smoothing: 1e-3}, mc.Ratio{}} {
		fmt.Printf("%T: %v\n", penalty, penalty.Degree())
	}
	// Output:
	// mc.Nuclear: 1
	// mc.SquaredFrobenius: 2
	// mc.Schatten: 0.5
	// mc.Ratio: 0
}
