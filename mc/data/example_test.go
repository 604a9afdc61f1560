package data_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
)

// The volcano with 70 % of its entries hidden, judged in metres.
func Example() {
	hidden, err := data.Hide(data.Volcano(), 0.7, 1)
	if err != nil {
		log.Fatal(err)
	}
	z, err := data.Standardize(hidden)
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.DeepMF{
		Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-2,
		Optimizer: mc.Adam{LearningRate: 3e-2}, Schedule: mc.Cosine{}, Steps: 300, Seed: 1,
	}.Solve(context.Background(), z.Problem)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d entries seen, spread %.0f m\n", hidden.Train.Len(), z.Deviation)
	fmt.Println("RMSE below 10 m:", mc.Evaluate(hidden, z.Restore(result.W)).RMSE < 10)
	// Output:
	// 1592 entries seen, spread 26 m
	// RMSE below 10 m: true
}

func ExampleReadTable() {
	o, err := data.ReadTable("sensors.csv", strings.NewReader("1,,3\n,5,6\n"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(o.Entries())
	// Output:
	// [{0 0 1} {0 2 3} {1 1 5} {1 2 6}]
}

func ExampleReadTriples() {
	file := strings.NewReader("row,col,value\n0,3,4.5\n2,0,\"4,5\"\n")
	_, err := data.ReadTriples("ratings.csv", file, 0, 0)
	fmt.Println(err)
	// Output:
	// data: ratings.csv:3:3: "4,5" is not a number
}

func ExampleWriteTriples() {
	o, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 1, Col: 0, Value: 2.5}, {Row: 0, Col: 1, Value: -1}})
	if err != nil {
		log.Fatal(err)
	}
	if err := data.WriteTriples(os.Stdout, o); err != nil {
		log.Fatal(err)
	}
	// Output:
	// row,col,value
	// 0,1,-1
	// 1,0,2.5
}
