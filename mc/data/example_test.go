package data_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"

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
	fmt.Printf("%d entries observed, spread %.0f m\n", hidden.Train.Len(), z.Deviation)
	fmt.Println("RMSE below 10 m:", mc.Evaluate(hidden, z.Restore(result.W)).RMSE < 10)
	// Output:
	// 1592 entries observed, spread 26 m
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

// A file appears whole or not at all; the end of its name says how it is read again.
func ExampleSave() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	hidden, err := data.Hide(data.Volcano(), 0.7, 1)
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(folder, "observed.mtx")
	err = data.Save(path, func(w io.Writer) error {
		return data.WriteMatrixMarket(w, hidden.Train.(*mc.Observations))
	})
	if err != nil {
		log.Fatal(err)
	}
	observed, err := data.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	rows, cols := observed.Dims()
	fmt.Printf("%d entries of a %d×%d matrix\n", observed.Len(), rows, cols)
	// Output:
	// 1592 entries of a 61×87 matrix
}

// Arrays for numpy.load, and from numpy.savez.
func ExampleWriteNPZ() {
	w := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	var file bytes.Buffer
	if err := data.WriteNPZ(&file, map[string]data.Array{"w": data.NewArray(w)},
		data.Layout{Fortran: true}); err != nil {
		log.Fatal(err)
	}
	arrays, err := data.ReadNPZ("arrays.npz", bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	back, err := arrays["w"].Matrix()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mat.Formatted(back))
	// Output:
	// ⎡1  2  3⎤
	// ⎣4  5  6⎦
}

func ExampleKFold() {
	hidden, err := data.Hide(data.Volcano(), 0.9, 1)
	if err != nil {
		log.Fatal(err)
	}
	folds, err := data.KFold(hidden.Train.(*mc.Observations), 3, 1)
	if err != nil {
		log.Fatal(err)
	}
	for _, fold := range folds {
		rows, cols, err := data.Cold(fold)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d to train on, %d to test on, rows %v and columns %v unknown\n", fold.Train.Len(),
			fold.Test.Len(), rows, cols)
	}
	// Output:
	// 354 to train on, 177 to test on, rows [] and columns [] unknown
	// 354 to train on, 177 to test on, rows [] and columns [82] unknown
	// 354 to train on, 177 to test on, rows [] and columns [5] unknown
}

// A notebook goes on without data that is not there, and says how to get it.
func ExampleFindMovieLens100K() {
	os.Setenv("MC_DATA", "somewhere")
	defer os.Unsetenv("MC_DATA")
	_, err := data.FindMovieLens100K()
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Println("not run:", err)
	}
	// Output:
	// not run: data: MC_DATA is "somewhere", where there is no MovieLens-100K: file does not exist
}

// A file of one's own: ratings in, what completes them out.
func ExampleLoad() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "ratings.csv")
	if err := os.WriteFile(path, []byte("5,4,,1\n4,,2,1\n,1,5,4\n1,1,,5\n2,1,4,\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	o, err := data.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.BiasedALS{Rank: 1, Lambda: 0.02, Seed: 1}.Solve(context.Background(), mc.Problem{Train: o})
	if err != nil {
		log.Fatal(err)
	}
	err = data.Save(filepath.Join(folder, "completed.npy"), func(w io.Writer) error {
		return data.WriteNPY(w, data.NewArray(result.W), data.Layout{})
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d known; the first row likes the third column less than the second: %v\n", o.Len(),
		result.W.At(0, 2) < result.W.At(0, 1))
	// Output:
	// 15 known; the first row likes the third column less than the second: true
}

// Names of rows and columns come with the file, and lead to estimates.
func ExampleLoad_names() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "ratings.csv")
	file := "user;film;stars\nanna;Up;4,5\nanna;Heat;2\nbob;Up;4\nbob;Heat;1,5\nbob;Ran;3\ncleo;Ran;3,5\ncleo;Up;4,5\n"
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		log.Fatal(err)
	}
	o, err := data.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.BiasedALS{Rank: 1, Lambda: 0.02, Seed: 1}.Solve(context.Background(), mc.Problem{Train: o})
	if err != nil {
		log.Fatal(err)
	}
	anna, _ := o.RowIndex().Find("anna")
	ran, _ := o.ColIndex().Find("Ran")
	estimate := result.W.At(anna, ran)
	fmt.Printf("%s would give %s between 3 and 4: %v\n", o.RowIndex().Label(anna), o.ColIndex().Label(ran),
		estimate > 3 && estimate < 4)
	// Output:
	// anna would give Ran between 3 and 4: true
}

// A file that can be read in two ways is asked about; Table answers.
func ExampleTable() {
	file := "1,1,2\n1,2,4\n2,1,3.5\n"
	_, err := data.Table{}.Read("ratings.csv", strings.NewReader(file))
	fmt.Println(err)
	o, err := data.Table{Form: data.Triples}.Read("ratings.csv", strings.NewReader(file))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(o.Entries())
	// Output:
	// data: ratings.csv: the file can be read in two ways: as triples of row, column and value, a 2×2 matrix of which 3 entries are known, by data.Table{Form: data.Triples}.Load, or as a dense matrix of 3×3, by data.Table{Form: data.Dense, Header: data.No, Index: data.No}.Load
	// [{0 0 2} {0 1 4} {1 0 3.5}]
}
