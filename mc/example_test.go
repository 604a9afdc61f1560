package mc_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// A 20 × 20 matrix of rank 2 from 45 % of its entries, by one matrix with the ratio penalty and
// Adam.
func Example() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 180, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	trace := &mc.Trace{Every: 500}
	result, err := mc.DeepMF{
		Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3,
		Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{},
		Steps: 5000, Seed: 1,
	}.Solve(context.Background(), problem, trace)
	if err != nil {
		log.Fatal(err)
	}
	metrics := mc.Evaluate(problem, result.W)
	fmt.Println(result.Status)
	fmt.Printf("relative error below 1%%: %v\n", metrics.RelativeError < 0.01)
	fmt.Printf("effective rank %.0f at the start, %.2f at the end, %.2f in truth\n",
		trace.Records[0].EffectiveRank, metrics.EffectiveRank, mc.EffectiveRank(trace.TruthSingularValues))
	// Output:
	// step limit
	// relative error below 1%: true
	// effective rank 15 at the start, 1.96 at the end, 1.96 in truth
}

// Data of one's own: the entries that are known.
func ExampleNewObservations() {
	observations, err := mc.NewObservations(2, 2, []mc.Entry{
		{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2}, {Row: 1, Col: 0, Value: 2},
	})
	if err != nil {
		log.Fatal(err)
	}
	problem := mc.Problem{Train: observations}
	for _, penalty := range []mc.Penalty{mc.Nuclear{}, mc.Ratio{}} {
		result, err := mc.DeepMF{
			Depth: 1, Penalty: penalty, Lambda: 1e-4,
			Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 20_000,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%T completes [1 2; 2 ?] with %.2f\n", penalty, result.W.At(1, 1))
	}
	// Output:
	// mc.Nuclear completes [1 2; 2 ?] with 1.00
	// mc.Ratio completes [1 2; 2 ?] with 4.00
}

// Linear regression is sensing of a matrix with one column.
func ExampleNewSensing() {
	maps := mat.NewDense(2, 3, []float64{
		1, 0, 0,
		0, 1, 1,
	})
	sensing, err := mc.NewSensing(3, 1, maps, []float64{2, 6})
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.DeepMF{
		Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 0.5}, Steps: 200,
	}.Solve(context.Background(), mc.Problem{Train: sensing})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", mat.Formatted(result.W.T()))
	// Output:
	// [2.000  3.000  3.000]
}

func ExampleDiagnose() {
	problem, err := mc.LowRank{Rows: 30, Cols: 30, Rank: 3, Observed: 200, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	diagnosis, err := mc.Diagnose(problem.Train.(*mc.Observations), 3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(diagnosis)
	fmt.Println("hopeless:", diagnosis.Hopeless())
	// Output:
	// rank 3: 200 observed, 171 degrees of freedom, oversampling 1.17; fewest in a row 3, in a column 3; connected components 1
	// hopeless: false
}

func ExampleSampleMask() {
	mask, err := mc.SampleMask(3, 4, 6, 1, 7)
	if err != nil {
		log.Fatal(err)
	}
	observed := mat.NewDense(3, 4, nil)
	for _, at := range mask {
		observed.Set(at/4, at%4, 1)
	}
	fmt.Println(mat.Formatted(observed))
	// Output:
	// ⎡1  0  1  0⎤
	// ⎢1  1  0  0⎥
	// ⎣0  1  0  1⎦
}

// Factors with hidden sizes of one's own, given as the start of a run.
func ExampleFactors() {
	factors, err := mc.NewFactors(20, 30, 10, 5)
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range factors.W {
		r, c := w.Dims()
		fmt.Printf("%d×%d ", r, c)
	}
	fmt.Println("depth", factors.Depth())
	// Output:
	// 10×30 5×10 20×5 depth 3
}

// An observer is a function of the state of a run.
func ExampleObserverFunc() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 50, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	watch := mc.ObserverFunc(func(s *mc.Step) {
		if s.Index%200 == 0 {
			fmt.Printf("step %d: effective rank %.1f\n", s.Index, s.Metrics().EffectiveRank)
		}
	})
	if _, err := (mc.DeepMF{Depth: 3, Steps: 800, Seed: 1}).Solve(context.Background(), problem, watch); err != nil {
		log.Fatal(err)
	}
	// Output:
	// step 0: effective rank 6.1
	// step 200: effective rank 3.6
	// step 400: effective rank 1.8
	// step 600: effective rank 1.3
	// step 800: effective rank 1.2
}

func ExampleEffectiveRank() {
	fmt.Printf("%.2f %.2f %.2f\n", mc.EffectiveRank([]float64{1, 0, 0}), mc.EffectiveRank([]float64{1, 1, 0}),
		mc.EffectiveRank([]float64{4, 1, 0.1}))
	// Output:
	// 1.00 2.00 1.80
}
