package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/internal/journal"
	"projectpenalty/mc/cmd/internal/markdown"
	"projectpenalty/mc/data"
)

// madeUp is a set of ratings in the format of MovieLens-100K: taste of rank one, rounded.
func madeUp(t *testing.T) *data.MovieLens {
	t.Helper()
	set, err := data.OpenMovieLens(madeUpFolder(t))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// madeUpFolder holds the files of madeUp.
func madeUpFolder(t *testing.T) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	const items, users = 30, 20
	taste := make([]float64, items+users)
	for k := range taste {
		taste[k] = rng.NormFloat64()
	}
	var lines []string
	for at := range items * users {
		i, j := at%items, at/items
		if rng.Float64() < 0.7 || at == items*users-1 {
			r := min(max(math.Round(3+taste[i]*taste[items+j]), data.MinRating), data.MaxRating)
			lines = append(lines, fmt.Sprintf("%d\t%d\t%v\t%d\n", j+1, i+1, r, 880000000+at))
		}
	}
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("u.data", strings.Join(lines, ""))
	rng.Shuffle(len(lines), func(a, b int) { lines[a], lines[b] = lines[b], lines[a] })
	for k, fold := range allFolds {
		var base, test string
		for n, l := range lines {
			if n%len(allFolds) == k {
				test += l
			} else {
				base += l
			}
		}
		write(fold+".base", base)
		write(fold+".test", test)
	}
	return folder
}

func few() []method {
	als := method{name: "biased ALS"}
	als.add(mc.BiasedALS{Rank: 1, Lambda: 0.05, Seed: 1}, "rank 1")
	als.add(mc.BiasedALS{Rank: 8, Lambda: 1e-6, Seed: 1}, "rank 8")
	deep := method{candidates: []candidate{{parameters: "η 0.01", every: 10, most: 300,
		after: func(steps int) mc.Solver {
			return mc.DeepMF{Depth: 2, Hidden: 3, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: steps, Seed: 1}
		}}}}
	return append([]method{{name: "mean", candidates: []candidate{{solver: mc.Mean{}}}}, als}, deep.both("depth 2")...)
}

// All methods are judged on all folds, find the taste that the mean does not know, and are stored:
// a second call runs nothing.
func TestJudgeAll(t *testing.T) {
	set, store := madeUp(t), filepath.Join(t.TempDir(), "runs.jsonl")
	judged := func() map[string][]run {
		runs, err := openRuns(store)
		if err != nil {
			t.Fatal(err)
		}
		defer runs.file.Close()
		results, err := judgeAll(context.Background(), set, few(), allFolds, false, runs, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	first := judged()
	of := func(r run) float64 { return r.RMSE }
	for _, m := range few() {
		if len(first[m.name]) != len(allFolds) {
			t.Fatalf("%s: %d runs, want %d", m.name, len(first[m.name]), len(allFolds))
		}
		if got, mean := mean(first[m.name], of), mean(first["mean"], of); m.name != "mean" && got > 0.9*mean {
			t.Errorf("%s: RMSE %v, the mean's is %v", m.name, got, mean)
		}
	}
	for _, r := range first["biased ALS"] {
		if r.Chosen != "rank 1" || len(r.Tried) != 2 {
			t.Errorf("%s: chose %q of %d candidates, want the rank of the truth", r.Fold, r.Chosen, len(r.Tried))
		}
	}
	before, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	second := judged()
	if after, _ := os.ReadFile(store); !bytes.Equal(before, after) {
		t.Error("a second call ran something again")
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("what was stored differs from what was run:\n%s", diff)
	}

	// A crash cuts the last line off: that run is done again, the others are kept.
	if err := os.WriteFile(store, before[:len(before)-10], 0o644); err != nil {
		t.Fatal(err)
	}
	third := judged()
	for name, all := range third {
		for k := range all {
			all[k].Seconds = first[name][k].Seconds
		}
	}
	if diff := cmp.Diff(first, third); diff != "" {
		t.Errorf("after a crash:\n%s", diff)
	}

	var table bytes.Buffer
	printTable(&table, few(), first)
	for _, want := range []string{"| biased ALS | u1–u5 | 0.", "rank 1 (5×)", "| depth 2, biases removed |",
		"| method | u1 | u2 | u3 | u4 | u5 |", "| Surprise SVD++ | 0.919 | 0.721 |", "| u1 | van den Berg"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
}

// spy notes what it is given to train and to validate on.
type spy struct{ given *[]mc.Problem }

func (s spy) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	*s.given = append(*s.given, p)
	return mc.Mean{}.Solve(ctx, p, observers...)
}

// While a candidate is chosen, no rating of the test is used, and the validation part is a tenth of
// the training part.
func TestChoiceNeverSeesTheTest(t *testing.T) {
	p, err := madeUp(t).Split("u2")
	if err != nil {
		t.Fatal(err)
	}
	var given []mc.Problem
	m := method{name: "spy", candidates: []candidate{{solver: spy{&given}}, {solver: spy{&given}}}}
	if _, err := judge(context.Background(), m, "u2", p, 1); err != nil {
		t.Fatal(err)
	}
	if len(given) != 3 {
		t.Fatalf("%d fits, want one for each of two candidates and a last one", len(given))
	}
	inTest := map[[2]int]bool{}
	for _, e := range p.Test.(*mc.Observations).All() {
		inTest[[2]int{e.Row, e.Col}] = true
	}
	for _, q := range given[:2] {
		for _, part := range []mc.Measurement{q.Train, q.Test} {
			for _, e := range part.(*mc.Observations).All() {
				if inTest[[2]int{e.Row, e.Col}] {
					t.Fatalf("a candidate was chosen with the test rating %v", e)
				}
			}
		}
		if got, want := float64(q.Test.Len()), validationPart*float64(p.Train.Len()); math.Abs(got-want) > 1 ||
			q.Test.Len()+q.Train.Len() != p.Train.Len() {
			t.Errorf("%v validation ratings of %d, want %v", got, p.Train.Len(), want)
		}
	}
	if last := given[2]; last.Train.Len() != p.Train.Len() {
		t.Errorf("the last fit has %d ratings, want all %d", last.Train.Len(), p.Train.Len())
	}
}

// failing diverges.
type failing struct{}

func (failing) Solve(context.Context, mc.Problem, ...mc.Observer) (*mc.Result, error) {
	return &mc.Result{W: mat.NewDense(1, 1, nil)}, fmt.Errorf("failing: %w", mc.ErrDiverged)
}

func TestDivergedCandidatesAreNotChosen(t *testing.T) {
	p, err := madeUp(t).Split("u1")
	if err != nil {
		t.Fatal(err)
	}
	m := method{name: "some", candidates: []candidate{{solver: failing{}, parameters: "bad"},
		{solver: mc.Mean{}, parameters: "good"}}}
	r, err := judge(context.Background(), m, "u1", p, 1)
	if err != nil || r.Chosen != "good" || r.Tried[0].RMSE != nil {
		t.Errorf("chose %q, tried %v, error %v", r.Chosen, r.Tried, err)
	}
	m.candidates = m.candidates[:1]
	m.candidates = append(m.candidates, m.candidates[0])
	if _, err := judge(context.Background(), m, "u1", p, 1); err == nil ||
		!strings.Contains(err.Error(), "no candidate") {
		t.Errorf("all diverged: %v", err)
	}
}

// What was done before an interrupt is stored and printed.
func TestInterrupted(t *testing.T) {
	set := madeUp(t)
	runs, err := openRuns(filepath.Join(t.TempDir(), "runs.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer runs.file.Close()
	ctx, cancel := context.WithCancel(context.Background())
	stop := method{name: "stop", candidates: []candidate{{solver: cancelling{cancel}}}}
	results, err := judgeAll(ctx, set, []method{few()[0], stop}, allFolds, false, runs, io.Discard)
	if !errors.Is(err, context.Canceled) || len(results["mean"]) != 1 || len(results["stop"]) != 0 {
		t.Errorf("results %v, error %v", results, err)
	}
	if len(runs.done) != 1 {
		t.Errorf("%d runs are stored, want 1", len(runs.done))
	}
}

type cancelling struct{ cancel context.CancelFunc }

func (c cancelling) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	c.cancel()
	return mc.Mean{}.Solve(ctx, p, observers...)
}

// Every candidate of the table can be started: its settings are valid.
func TestMethodsAreValid(t *testing.T) {
	for _, m := range methods() {
		for _, c := range m.candidates {
			s := c.solver
			if s == nil {
				s = c.after(c.most)
			}
			if v, ok := s.(mc.Validator); ok {
				if err := v.Validate(); err != nil {
					t.Errorf("%s, %s: %v", m.name, c.parameters, err)
				}
			}
		}
	}
}

func TestBadStore(t *testing.T) {
	name := filepath.Join(t.TempDir(), "runs.jsonl")
	if err := os.WriteFile(name, []byte("{}\nnot JSON\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openRuns(name); err == nil || !strings.Contains(err.Error(), "runs.jsonl:2") {
		t.Errorf("error %v does not name the line", err)
	}
}

// A second process is refused, as both would write the same runs. What is stored can be read
// meanwhile, and a line that is not yet whole stays.
func TestTwoProcesses(t *testing.T) {
	name := filepath.Join(t.TempDir(), "runs.jsonl")
	if s, err := storedRuns(name); err != nil || len(s.done) != 0 {
		t.Errorf("of no file: %v, %v", s, err)
	}
	if there, err := filepath.Glob(name); err != nil || len(there) > 0 {
		t.Errorf("reading what is stored makes %q, %v", there, err)
	}
	first, err := openRuns(name)
	if err != nil {
		t.Fatal(err)
	}
	defer first.file.Close()
	if err := first.add(run{Method: "mean"}); err != nil {
		t.Fatal(err)
	}
	if _, err := first.file.WriteString(`{"Method":`); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := storedRuns(name); err != nil || len(s.done) != 1 {
		t.Errorf("what is stored is %v, %v", s, err)
	}
	if _, err := openRuns(name); runtime.GOOS != "windows" && !errors.Is(err, journal.ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
	if after, err := os.ReadFile(name); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was %q, is %q, %v", before, after, err)
	}
}

// The tables of a file are replaced only by those of all methods and divisions.
func TestPartialTables(t *testing.T) {
	folder := t.TempDir()
	page := filepath.Join(folder, "page.md")
	begin, end := markdown.Marks(command)
	before := begin + "\nold\n" + end + "\n"
	if err := os.WriteFile(page, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	every := strings.Join(allFolds, ",")
	for want, o := range map[string]options{
		"runs.jsonl lacks global mean on u1, u2, u3, u4, u5; biases on u1": {folds: every},
		"leave out -methods": {folds: every, methods: "mean"},
		"and -folds":         {folds: "u1,u2"},
	} {
		o.at, o.store, o.stored, o.into = madeUpFolder(t), filepath.Join(folder, "runs.jsonl"), true, page
		if err := compare(context.Background(), o, io.Discard, io.Discard); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if after, err := os.ReadFile(page); err != nil || string(after) != before {
			t.Errorf("the page is %q, error %v", after, err)
		}
	}
}

// What is stored is printed without a run, also where some divisions are missing, and put between
// the marks of a file.
func TestStored(t *testing.T) {
	set, folder := madeUp(t), t.TempDir()
	runs, err := openRuns(filepath.Join(folder, "runs.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer runs.file.Close()
	if _, err := judgeAll(context.Background(), set, few()[:1], []string{"u2", "u4"}, false, runs,
		io.Discard); err != nil {
		t.Fatal(err)
	}
	results, err := judgeAll(context.Background(), set, few(), allFolds, true, runs, io.Discard)
	if err != nil || len(results) != 1 || len(results["mean"]) != 2 || len(runs.done) != 2 {
		t.Fatalf("results %v of %d runs, error %v; want the two that are stored", results, len(runs.done), err)
	}
	var table strings.Builder
	printTable(&table, few(), results)
	page := filepath.Join(folder, "page.md")
	beginMark, endMark := markdown.Marks(command)
	if err := os.WriteFile(page, []byte("before\n"+beginMark+"\nold\n"+endMark+"\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := markdown.Insert(page, command, table.String()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before\n" + beginMark, endMark + "\nafter\n", "| mean | u2, u4 |",
		"| mean | not run | 0.", "| not run |\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "\nold\n") {
		t.Error("the page has what was there before")
	}
	if got := missing(few()[:2], results); !slices.Equal(got, []string{"mean on u1, u3, u5",
		"biased ALS on u1, u2, u3, u4, u5"}) {
		t.Errorf("missing are %q", got)
	}
	if err := compare(context.Background(), options{folds: "u1,u9"}, io.Discard, io.Discard); err == nil ||
		!strings.Contains(err.Error(), `"u9"; it must be some of u1,u2`) {
		t.Errorf("a division that is not there: %v", err)
	}
}
