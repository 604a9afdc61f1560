package data_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/data"
)

// The counts of digits and of pixels are those that the repository's description has.
func TestDigits(t *testing.T) {
	images, labels := data.Digits()
	if n, pixels := images.Dims(); n != 1797 || pixels != 64 || len(labels) != n {
		t.Fatalf("%d×%d images, %d labels", n, pixels, len(labels))
	}
	counts := make([]int, 10)
	for _, c := range labels {
		counts[c]++
	}
	if want := []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}; !slices.Equal(counts, want) {
		t.Errorf("counts of digits %v, want %v", counts, want)
	}
	if lo, hi := mat.Min(images), mat.Max(images); lo != 0 || hi != 16 {
		t.Errorf("pixels from %v to %v", lo, hi)
	}
	if first := images.RawRowView(0)[:8]; !slices.Equal(first, []float64{0, 0, 5, 13, 9, 1, 0, 0}) || labels[0] != 0 {
		t.Errorf("the first image, of a %d, begins with %v", labels[0], first)
	}
	images.Set(0, 0, 99)
	if again, _ := data.Digits(); again.At(0, 0) == 99 {
		t.Error("a caller changed the images of the next")
	}
}

// A linear classifier of images, judged on those that it has not seen.
func ExampleDigits() {
	images, labels := data.Digits()
	images.Scale(1.0/16, images)
	split := func(from, to int) *mc.Regression {
		part, err := mc.NewClasses(images.Slice(from, to, 0, 64).(*mat.Dense), labels[from:to], 10)
		if err != nil {
			log.Fatal(err)
		}
		return part
	}
	train, test := split(0, 1000), split(1000, 1797)
	solver := mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.Adam{LearningRate: 0.1}, Steps: 100}
	problem := mc.Problem{Train: train, Test: test, Loss: mc.Softmax{Classes: 10}}
	result, err := solver.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("right: %.0f %% of the test images\n", 100*mc.Accuracy(test, result.W))
	// Output: right: 93 % of the test images
}
