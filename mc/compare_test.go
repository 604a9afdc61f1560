package mc_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"projectpenalty/mc"
)

// hiddenTable observes a fraction of a table.
func hiddenTable(t testing.TB, rows, cols int, fraction float64, rng *rand.Rand,
	value func(i, j int) float64) *mc.Observations {
	t.Helper()
	var entries []mc.Entry
	for i := range rows {
		for j := range cols {
			if v := value(i, j); rng.Float64() < fraction {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: v})
			}
		}
	}
	return observed(t, rows, cols, entries).Train.(*mc.Observations)
}

// picture is of smooth shades with an edge.
func picture(t testing.TB) *mc.Observations {
	return hiddenTable(t, 48, 48, 0.5, rand.New(rand.NewPCG(1, 1)), func(i, j int) float64 {
		x, y := float64(i)/48, float64(j)/48
		v := 120 + 60*math.Sin(5*x)*math.Cos(4*y) + 30*math.Cos(9*x+1)
		if j > 30 && i > 20 {
			v += 60
		}
		return math.Round(v)
	})
}

// air is of hours × sensors in different units, which share what happens in an hour.
func air(t testing.TB) *mc.Observations {
	rng := rand.New(rand.NewPCG(2, 2))
	var traffic, warmth [300]float64
	for i := range traffic {
		traffic[i] = math.Abs(math.Sin(float64(i)*math.Pi/24)) + 0.1*rng.NormFloat64()
		warmth[i] = math.Cos(float64(i)/60) + 0.1*rng.NormFloat64()
	}
	scale := []float64{2, 1000, 200, 10, 900, 250, 800, 110, 1400, 1000, 18, 50, 1}
	return hiddenTable(t, 300, 13, 0.8, rng, func(i, j int) float64 {
		a := float64(j) / 13
		return scale[j] * (1 + 0.5*(1-a)*traffic[i] + 0.4*a*warmth[i] + 0.05*rng.NormFloat64())
	})
}

// stars are ratings of users with tastes.
func stars(t testing.TB) *mc.Observations {
	rng := rand.New(rand.NewPCG(3, 3))
	var user, film [2][120]float64
	var mild, good [120]float64
	for k := range 120 {
		mild[k], good[k] = 0.5*rng.NormFloat64(), 0.5*rng.NormFloat64()
		for c := range 2 {
			user[c][k], film[c][k] = 0.7*rng.NormFloat64(), 0.7*rng.NormFloat64()
		}
	}
	return hiddenTable(t, 120, 90, 0.25, rng, func(i, j int) float64 {
		v := 3.3 + mild[i] + good[j] + user[0][i]*film[0][j] + user[1][i]*film[1][j] + 0.4*rng.NormFloat64()
		return min(max(math.Round(v), 1), 5)
	})
}

// The best method beats the mean by what such data allow: as 21.9 to 73.2 of an image, 111 to 562
// of air quality and 0.798 to 0.915 of ratings.
func TestCompareBeatsTheMean(t *testing.T) {
	for _, c := range []struct {
		name string
		o    *mc.Observations
		most float64
	}{{"picture", picture(t), 0.3}, {"air", air(t), 0.2}, {"stars", stars(t), 0.87}} {
		if testing.Short() && c.name != "picture" {
			continue
		}
		shown := 0
		result, err := mc.Compare{Time: time.Hour, Splits: 1}.Run(context.Background(), c.o,
			func(*mc.Comparison) { shown++ })
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		best, mean := result.Standings[0], result.Standing("mean")
		if ratio := result.Standing("ratio with Adam, depth 1"); ratio.Method == "" || ratio.RMSE > mean.RMSE {
			t.Errorf("%s: the ratio has %+v, the mean %v", c.name, ratio, mean.RMSE)
		}
		if !(best.RMSE <= c.most*mean.RMSE) {
			t.Errorf("%s: %s has RMSE %v, the mean %v; want at most %v of it", c.name, best.Method, best.RMSE,
				mean.RMSE, c.most)
		}
		if len(result.Standings) != 12 || shown == 0 || len(result.Hints) > 0 {
			t.Errorf("%s: %d methods, shown %d times, hints %v", c.name, len(result.Standings), shown, result.Hints)
		}
		for _, s := range result.Standings {
			t.Logf("%s: %-38s %8.4g  %-14s %.2f s %s", c.name, s.Method, s.RMSE, s.Setting, s.Seconds, s.Note)
		}
	}
}

// The RMSE of the mean is known, the interval holds it, and the best is fitted to all entries.
func TestCompareByHand(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	o := hiddenTable(t, 20, 20, 0.9, rng, func(i, j int) float64 { return float64((i+j)%2)*2 - 1 })
	contenders := []mc.Contender{
		{Name: "mean", Candidates: []mc.Solver{mc.Mean{}}, Settings: []string{"none"}},
		{Name: "rank 1", Candidates: []mc.Solver{mc.ALS{Rank: 1}}, Settings: []string{"rank 1"}},
		{Name: "refused", Candidates: []mc.Solver{mc.ALS{Rank: 99}}, Settings: []string{"rank 99"}},
	}
	result, err := mc.Compare{Contenders: contenders}.Run(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	mean := result.Standing("mean")
	// A mean near 0 of values ±1: the median over splits is 1 but for 2.5e-4.
	if math.Abs(mean.RMSE-1) > 1e-3 || mean.Splits != 6 || mean.Lo > mean.RMSE || mean.Hi < mean.RMSE ||
		mean.Confidence < 0.95 {
		t.Errorf("the mean of ±1: %+v; want RMSE 1 of 6 splits", mean)
	}
	if got := result.Standings[0]; got.Method != "rank 1" || got.RMSE > 0.1 || got.Setting != "rank 1" {
		t.Errorf("the best is %+v; want rank 1", got)
	}
	if got := result.Standings[2]; got.Method != "refused" || !strings.Contains(got.Note, "99") {
		t.Errorf("the last is %+v; want the one that refuses the data", got)
	}
	m, err := mc.Fit(context.Background(), result.Best(), o)
	if err != nil || math.Abs(m.At(3, 4)-1) > 0.1 || math.Abs(m.At(3, 3)+1) > 0.1 {
		t.Errorf("the best, fitted to all: %v", err)
	}
}

// limited is the mean for so many calls, and fails or stalls afterwards.
type limited struct {
	calls *int
	most  int
	fails bool
}

func (l limited) Solve(ctx context.Context, p mc.Problem, watch ...mc.Observer) (*mc.Result, error) {
	*l.calls++
	if *l.calls <= l.most {
		return mc.Mean{}.Solve(ctx, p, watch...)
	}
	if l.fails {
		return nil, errors.New("no third split")
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// Methods are ranked by the splits that all of them did: a method that stalls in the third split
// leaves two to all, and one that fails in the third leaves the table.
func TestCompareSameSplits(t *testing.T) {
	o := picture(t)
	compare := func(l limited, splits int) *mc.Comparison {
		contenders := []mc.Contender{
			{Name: "mean", Candidates: []mc.Solver{mc.Mean{}}, Settings: []string{""}},
			{Name: "limited", Candidates: []mc.Solver{l}, Settings: []string{""}},
		}
		c := mc.Compare{Time: 5 * time.Second, Splits: splits, Contenders: contenders}
		result, err := c.Run(context.Background(), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	calls := new(int)
	two := compare(limited{calls, math.MaxInt, false}, 2).Standing("mean")

	stalled := compare(limited{new(int), *calls, false}, 6)
	for _, s := range stalled.Standings {
		if s.Splits != 2 || s.RMSE != two.RMSE {
			t.Errorf("%s: RMSE %v of %d splits; want %v of 2", s.Method, s.RMSE, s.Splits, two.RMSE)
		}
	}
	failed := compare(limited{new(int), *calls, true}, 6)
	if s := failed.Standing("limited"); !math.IsNaN(s.RMSE) || !strings.Contains(s.Note, "no third split") {
		t.Errorf("the one that fails in the third split: %+v; want its error", s)
	}
	if s := failed.Standing("mean"); s.Splits != 6 {
		t.Errorf("the other: %d splits; want 6", s.Splits)
	}
}

func TestHints(t *testing.T) {
	entries := func(v ...float64) *mc.Observations {
		var all []mc.Entry
		for k, x := range v {
			all = append(all, mc.Entry{Row: k % 3, Col: k / 3, Value: x})
		}
		return observed(t, 3, 3, all).Train.(*mc.Observations)
	}
	for _, c := range []struct {
		o    *mc.Observations
		want []string
	}{
		{entries(1, 1, 1, 1, 1, 1, 1, 1, 1), []string{"one class"}},
		{entries(7, 7, 7, 7, 7, 7, 7, 7, 7), []string{"all observed entries are 7"}},
		{entries(1, 2, 3, 4), []string{"4 entries are fewer than the 5", "0 rows and 1 columns"}},
		{entries(1, 2, 3, 4, 5, 6, 7), nil},
		{entries(0, 0, 3, 0, 5, 0, 0), []string{"5 of 7 observed entries are 0"}},
		{entries(0, 0, 1, 0, 1, 0, 0), nil},
		{entries(0, 0, 3, 4, 5, 0, 2), nil},
	} {
		got := mc.Hints(c.o)
		if len(got) != len(c.want) {
			t.Fatalf("hints %q, want %q", got, c.want)
		}
		for k, want := range c.want {
			if !strings.Contains(got[k], want) {
				t.Errorf("hint %q, want one with %q", got[k], want)
			}
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	o := picture(t)
	for want, c := range map[string]mc.Compare{
		"Time is -1": {Time: -1}, "Splits is 11": {Splits: 11},
		"Contenders[0]":   {Contenders: []mc.Contender{{Name: "none"}}},
		"no method ended": {Time: 1},
	} {
		if _, err := c.Run(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if _, err := (mc.Compare{}).Run(context.Background(), nil, nil); err == nil {
		t.Error("no observations: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (mc.Compare{}).Run(ctx, o, nil); !errors.Is(err, context.Canceled) ||
		!strings.Contains(err.Error(), "stopped before a method ended") {
		t.Errorf("stopped by the caller: %v", err)
	}
	wild := mc.Compare{Contenders: []mc.Contender{{Name: "wild", Candidates: []mc.Solver{
		mc.DeepMF{Depth: 2, Optimizer: mc.GD{LearningRate: 1e9}, Steps: 50},
	}}}}
	if _, err := wild.Run(context.Background(), o, nil); err == nil ||
		!strings.Contains(err.Error(), "no method gave an estimate; wild: ") {
		t.Errorf("no method converges: %v", err)
	}
}

// Before any method has ended there is no best one.
func TestBestOfNone(t *testing.T) {
	if s := (&mc.Comparison{}).Best(); s != nil {
		t.Errorf("best %#v", s)
	}
}
