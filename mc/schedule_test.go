package mc_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		schedule    mc.Schedule
		step, steps int
		want        float64
	}{
		{mc.Cosine{}, 0, 100, 1}, {mc.Cosine{}, 50, 100, 0.5}, {mc.Cosine{}, 100, 100, 0},
		{mc.Cosine{}, 25, 100, 0.5 + math.Sqrt2/4},
		{mc.Cosine{Final: 0.2}, 100, 100, 0.2}, {mc.Cosine{Final: 0.2}, 50, 100, 0.6},
		{mc.Constant{}, 0, 100, 1}, {mc.Constant{}, 99, 100, 1},
		{mc.LinearDecay{}, 0, 100, 1}, {mc.LinearDecay{}, 25, 100, 0.75},
		{mc.LinearDecay{}, 100, 100, 0}, {mc.LinearDecay{Final: 3}, 50, 100, 2},
		{mc.StepDecay{Every: 30}, 29, 100, 1}, {mc.StepDecay{Every: 30}, 30, 100, 0.1},
		{mc.StepDecay{Every: 30}, 99, 100, 1e-3},
		{mc.StepDecay{Every: 10, Gamma: 2}, 35, 100, 8},
		{mc.WarmUp{Steps: 10}, 0, 100, 0.1}, {mc.WarmUp{Steps: 10}, 8, 100, 0.9},
		{mc.WarmUp{Steps: 10}, 9, 100, 1}, {mc.WarmUp{Steps: 10}, 99, 100, 1},
		{mc.WarmUp{Steps: 20, Then: mc.LinearDecay{}}, 9, 100, 0.5},
		{mc.WarmUp{Steps: 20, Then: mc.LinearDecay{}}, 20, 100, 1},
		{mc.WarmUp{Steps: 20, Then: mc.LinearDecay{}}, 60, 100, 0.5},
		{mc.WarmUp{Steps: 20, Then: mc.LinearDecay{}}, 100, 100, 0},
		{mc.WarmUp{Steps: 20, Then: mc.LinearDecay{}}, 9, 10, 0.5}, // ends before it is warm
		{mc.WarmUp{Steps: 10, Then: mc.Constant{}}, 10, 10, 1},
		{mc.WarmUp{Steps: 10, Then: mc.Cosine{}}, 10, 10, 1},
	} {
		// A few roundings of numbers up to 1.
		if got := c.schedule.Factor(c.step, c.steps); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%#v at %d of %d: %v, want %v", c.schedule, c.step, c.steps, got, c.want)
		}
	}
}

func TestScheduleSettings(t *testing.T) {
	for _, c := range []struct {
		schedule mc.Schedule
		wrong    string
	}{
		{mc.Cosine{Final: -1}, "mc: Cosine.Final is -1; it must be at least 0 and finite"},
		{mc.LinearDecay{Final: math.NaN()}, "mc: LinearDecay.Final is NaN; it must be at least 0 " +
			"and finite"},
		{mc.StepDecay{}, "mc: StepDecay.Every is 0; it must be at least 1"},
		{mc.StepDecay{Every: 3, Gamma: -1}, "mc: StepDecay.Gamma is -1; it must be at least 0 and " +
			"finite, where 0 means 0.1"},
		{mc.WarmUp{}, "mc: WarmUp.Steps is 0; it must be at least 1"},
		{mc.WarmUp{Steps: 3, Then: mc.StepDecay{}}, "mc: StepDecay.Every is 0"},
	} {
		for _, d := range []mc.DeepMF{{Depth: 1, Schedule: c.schedule},
			{Depth: 1, LambdaSchedule: c.schedule}} {
			if err := d.Validate(); err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%#v: error %v, want %q", c.schedule, err, c.wrong)
			}
		}
	}
}

// One schedule multiplies the learning rate, the other λ: the run is that of gradient descent
// written out.
func TestSchedulesOfDeepMF(t *testing.T) {
	problem, err := mc.LowRank{Rows: 4, Cols: 3, Rank: 1, Observed: 6, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	rate, weight := mc.WarmUp{Steps: 3, Then: mc.LinearDecay{}}, mc.StepDecay{Every: 4, Gamma: 0.5}
	result, err := mc.DeepMF{
		Depth: 1, Penalty: mc.SquaredFrobenius{}, Lambda: 0.3, LambdaSchedule: weight,
		Optimizer: mc.GD{LearningRate: 0.2}, Schedule: rate,
		Init: mc.Identity{Scale: 1}, Steps: 10,
	}.Solve(context.Background(), problem)
	if err != nil {
		t.Fatal(err)
	}
	w := mat.NewDense(4, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0})
	entries := problem.Train.(*mc.Observations).Entries()
	for k := range 10 {
		eta, lambda := 0.2*[]float64{1. / 3, 2. / 3, 1, 1, 6. / 7, 5. / 7, 4. / 7, 3. / 7, 2. / 7,
			1. / 7}[k], 0.3*[]float64{1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25}[k]
		g := scaled(2*lambda, w)
		for _, e := range entries {
			g.Set(e.Row, e.Col, g.At(e.Row, e.Col)+2*(w.At(e.Row, e.Col)-e.Value)/6)
		}
		w.Sub(w, scaled(eta, g))
	}
	if !mat.EqualApprox(result.W, w, 1e-13) {
		t.Errorf("the run ends at\n%.6f\nwritten out at\n%.6f", mat.Formatted(result.W), mat.Formatted(w))
	}
}

// Factors of a run of eight steps: for a learning rate, or for λ.
func ExampleSchedule() {
	for _, schedule := range []mc.Schedule{
		mc.Constant{}, mc.Cosine{}, mc.LinearDecay{}, mc.LinearDecay{Final: 0.5}, mc.StepDecay{Every: 3},
		mc.WarmUp{Steps: 4}, mc.WarmUp{Steps: 4, Then: mc.LinearDecay{}},
	} {
		fmt.Printf("%-14T", schedule)
		for step := range 8 {
			fmt.Printf(" %.2f", schedule.Factor(step, 8))
		}
		fmt.Println()
	}
	// Output:
	// mc.Constant    1.00 1.00 1.00 1.00 1.00 1.00 1.00 1.00
	// mc.Cosine      1.00 0.96 0.85 0.69 0.50 0.31 0.15 0.04
	// mc.LinearDecay 1.00 0.88 0.75 0.62 0.50 0.38 0.25 0.12
	// mc.LinearDecay 1.00 0.94 0.88 0.81 0.75 0.69 0.62 0.56
	// mc.StepDecay   1.00 1.00 1.00 0.10 0.10 0.10 0.01 0.01
	// mc.WarmUp      0.25 0.50 0.75 1.00 1.00 1.00 1.00 1.00
	// mc.WarmUp      0.25 0.50 0.75 1.00 1.00 0.75 0.50 0.25
}
