// Command arrays writes a run and a matrix in every format into a folder, for test_arrays.py to
// open.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"path/filepath"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
)

func main() {
	problem, err := mc.LowRank{Rows: 8, Cols: 6, Rank: 2, Observed: 30, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	trace := &mc.Trace{Every: 10}
	result, err := mc.DeepMF{Depth: 2, Steps: 100, Seed: 1}.Solve(context.Background(), problem, trace)
	if err != nil {
		log.Fatal(err)
	}
	seen := problem.Train.(*mc.Observations)
	w := data.NewArray(result.W)
	for name, write := range map[string]func(io.Writer) error{
		"run.npz":      func(f io.Writer) error { return data.WriteTrace(f, trace) },
		"run.csv":      trace.WriteCSV,
		"c.npy":        func(f io.Writer) error { return data.WriteNPY(f, w, data.Layout{}) },
		"fortran.npy":  func(f io.Writer) error { return data.WriteNPY(f, w, data.Layout{Fortran: true}) },
		"float32.npy":  func(f io.Writer) error { return data.WriteNPY(f, w, data.Layout{Float32: true}) },
		"w.csv":        func(f io.Writer) error { return data.WriteMatrix(f, result.W) },
		"observed.csv": func(f io.Writer) error { return data.WriteTable(f, seen) },
		"triples.csv":  func(f io.Writer) error { return data.WriteTriples(f, seen) },
	} {
		if err := data.Save(filepath.Join(os.Args[1], name), write); err != nil {
			log.Fatal(err)
		}
	}
}
