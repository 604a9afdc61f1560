package mc_test

import (
	"context"
	"fmt"
	"log"

	"projectpenalty/mc"
)

// Names in, predictions out: what a reader may like, and what one who is new may like.
func ExampleModel() {
	readers, err := mc.NewIndex("reader", []string{"Ann", "Bob", "Cem", "Dia"})
	if err != nil {
		log.Fatal(err)
	}
	books, err := mc.NewIndex("book", []string{"Emma", "Dune", "Ubik", "Solaris"})
	if err != nil {
		log.Fatal(err)
	}
	o, err := mc.NewObservations(4, 4, []mc.Entry{
		{Row: 0, Col: 0, Value: 5}, {Row: 0, Col: 1, Value: 1}, {Row: 0, Col: 2, Value: 2},
		{Row: 1, Col: 0, Value: 1}, {Row: 1, Col: 1, Value: 5}, {Row: 1, Col: 3, Value: 4},
		{Row: 2, Col: 1, Value: 4}, {Row: 2, Col: 2, Value: 4}, {Row: 2, Col: 3, Value: 5},
	})
	if err != nil {
		log.Fatal(err)
	}
	if o, err = o.WithIndex(readers, books); err != nil {
		log.Fatal(err)
	}
	m, err := mc.Fit(context.Background(), mc.BiasedALS{Rank: 1, Lambda: 0.05}, o)
	if err != nil {
		log.Fatal(err)
	}
	m.Lo, m.Hi = 1, 5

	top, err := m.TopN("Bob", 1, true)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("for Bob:", top[0].Label)
	_, err = m.Predict("Dia", "Emma")
	fmt.Println(err)
	eve, err := m.FoldIn(map[string]float64{"Dune": 5, "Emma": 1})
	if err != nil {
		log.Fatal(err)
	}
	if top, err = eve.TopN(1, true); err != nil {
		log.Fatal(err)
	}
	fmt.Println("for Eve:", top[0].Label)
	// Output:
	// for Bob: Ubik
	// mc: Model: row "Dia": no observed entries
	// for Eve: Solaris
}

// Which method suits the data? Two contenders, tuned alike and judged on held-out entries.
func ExampleCompare() {
	p, err := mc.LowRank{Rows: 30, Cols: 20, Rank: 2, Observed: 400, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	contenders := []mc.Contender{
		{Name: "mean", Candidates: []mc.Solver{mc.Mean{}}, Settings: []string{""}},
		{Name: "ALS", Settings: []string{"rank 1", "rank 2"}, Candidates: []mc.Solver{
			mc.Standardized{Solver: mc.ALS{Rank: 1}}, mc.Standardized{Solver: mc.ALS{Rank: 2}},
		}},
	}
	var c *mc.Comparison
	c, err = mc.Compare{Contenders: contenders}.Run(context.Background(), p.Train.(*mc.Observations), nil)
	if err != nil {
		log.Fatal(err)
	}
	var best mc.Standing = c.Standings[0]
	fmt.Println(best.Method, best.Setting, best.RMSE < 0.1*c.Standing("mean").RMSE)
	// Output: ALS rank 2 true
}
