package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"projectpenalty/mc"
)

// tastes are made-up ratings, items as rows and users as columns: films of two kinds, users who
// like the one or the other.
func tastes() (train, test *mc.Observations) {
	const items, users = 24, 30
	var observed, held []mc.Entry
	for i := range items {
		for j := range users {
			rating := 3 + 0.5*math.Sin(float64(i)) - 1
			if i%2 == j%2 {
				rating += 2
			}
			e := mc.Entry{Row: i, Col: j, Value: math.Round(min(max(rating, 1), 5))}
			switch (5*i + 3*j) % 7 {
			case 0, 1, 2:
				observed = append(observed, e)
			case 3:
				held = append(held, e)
			}
		}
	}
	train, err := mc.NewObservations(items, users, observed)
	if err != nil {
		log.Fatal(err)
	}
	test, err = mc.NewObservations(items, users, held)
	if err != nil {
		log.Fatal(err)
	}
	return train, test
}

// Ratings by the mean, by biases, by the ratings of similar items and by two factorisations, the
// last of what biases leave.
func ExampleEvaluateRatings() {
	train, test := tastes()
	for _, solver := range []mc.Solver{
		mc.Mean{},
		mc.Biases{RowLambda: 1, ColLambda: 1},
		mc.ItemKNN{K: 5, Shrinkage: 1},
		mc.BiasedALS{Rank: 2, Lambda: 0.05, Seed: 1},
		mc.Debiased{Solver: mc.DeepMF{Depth: 3, Hidden: 4, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2},
			Steps: 600, Seed: 1}},
	} {
		result, err := solver.Solve(context.Background(), mc.Problem{Train: train})
		if err != nil {
			log.Fatal(err)
		}
		m, err := mc.EvaluateRatings(test, result.W, 1, 5)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-12T RMSE %.1f, MAE %.1f, order %.2f\n", solver, m.RMSE, m.MAE, m.NDCG10)
	}
	// Output:
	// mc.Mean      RMSE 1.0, MAE 1.0, order 0.85
	// mc.Biases    RMSE 1.0, MAE 1.0, order 0.85
	// mc.ItemKNN   RMSE 0.0, MAE 0.0, order 1.00
	// mc.BiasedALS RMSE 0.1, MAE 0.1, order 1.00
	// mc.Debiased  RMSE 0.1, MAE 0.1, order 1.00
}

// Maps that are drawn again at each use make regression on Gaussian features as light as its
// values.
func ExampleStreamedSensing() {
	problem, err := mc.LowRank{Rows: 50, Cols: 1, Rank: 1, Observed: 80, Seed: 1}.StreamedSensing()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 5},
		Steps: 2000}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("80 measurements of 50 coefficients: error below 1e-3: %v\n",
		mc.Evaluate(problem, result.W).RelativeError < 1e-3)
	// Output:
	// 80 measurements of 50 coefficients: error below 1e-3: true
}

// The ratio with a ridge, whose weight is chosen by a held-out tenth of the ratings.
func ExampleRidgedRatio() {
	train, test := tastes()
	tuned := mc.Tune{Candidates: mc.Candidates([]float64{0.01, 0.1, 1}, func(ridge float64) mc.Solver {
		return mc.RidgedRatio{Rank: 4, Lambda: 0.1, Ridge: ridge, Steps: 400, Seed: 1}
	})}
	for _, solver := range []mc.Solver{mc.Biases{}, tuned} {
		result, err := solver.Solve(context.Background(), mc.Problem{Train: train})
		if err != nil {
			log.Fatal(err)
		}
		m, err := mc.EvaluateRatings(test, result.W, 1, 5)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-9T RMSE %.1f\n", solver, m.RMSE)
	}
	// Output:
	// mc.Biases RMSE 1.0
	// mc.Tune   RMSE 0.1
}
