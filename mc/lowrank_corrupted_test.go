package mc_test

import (
	"fmt"
	"log"
	"math"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// Signs are as likely as the logistic function says, and those of the same seed share mask and
// truth.
func TestOneBit(t *testing.T) {
	low := mc.LowRank{Rows: 150, Cols: 150, Rank: 2, Observed: 20_000, Norm: 300, Seed: 3}
	plain, err := low.Problem()
	if err != nil {
		t.Fatal(err)
	}
	p, err := mc.OneBit{LowRank: low}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	yes, expected, variance := 0.0, 0.0, 0.0
	truth := plain.Train.Values()
	for k, b := range p.Train.Values() {
		q := 1 / (1 + math.Exp(-truth[k]))
		weight := truth[k] // which makes the sum sensitive to the order of signs
		yes, expected, variance = yes+weight*b, expected+weight*(2*q-1), variance+4*weight*weight*q*(1-q)
	}
	if off := (yes - expected) / math.Sqrt(variance); math.Abs(off) > 4 {
		t.Errorf("the signs are %v standard deviations away from their probabilities", off)
	}
	if p.Loss != (mc.Logistic{}) || p.Validate() != nil {
		t.Errorf("the problem has loss %v: %v", p.Loss, p.Validate())
	}
}

func TestCorrupted(t *testing.T) {
	low := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 200, Seed: 3}
	plain, err := low.Problem()
	if err != nil {
		t.Fatal(err)
	}
	p, err := mc.Corrupted{LowRank: low, Fraction: 0.05, Size: 10, Loss: mc.Huber{}}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	differ := 0
	for k, b := range p.Train.Values() {
		if b != plain.Train.Values()[k] {
			differ++
		}
		if math.Abs(b) > 10 {
			t.Errorf("value %d is %v", k, b)
		}
	}
	if differ != 10 || p.Loss != (mc.Huber{}) {
		t.Errorf("%d of 200 entries differ, loss %v", differ, p.Loss)
	}
	for want, c := range map[string]mc.Corrupted{
		"mc: Corrupted.Fraction is 1.5; it must be in [0, 1]": {LowRank: low, Fraction: 1.5},
		"mc: Corrupted.Size is -1; it must be at least 0":     {LowRank: low, Size: -1},
		"mc: LowRank.Rank is 0; it must be":                   {LowRank: mc.LowRank{Rows: 2, Cols: 2}},
	} {
		if _, err := c.Problem(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func ExampleCorrupted() {
	low := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 200, Seed: 1}
	problem, err := mc.Corrupted{LowRank: low, Fraction: 0.05, Size: 50, Loss: mc.Huber{}}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	large := 0
	for _, b := range problem.Train.Values() {
		if math.Abs(b) > 5 {
			large++
		}
	}
	fmt.Println(large > 5, mc.Describe(problem.Loss))
	// Output: true mc.Huber{Delta:1}
}
