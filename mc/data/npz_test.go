package data

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

func TestReadNPZOfNumPy(t *testing.T) {
	table := Array{[]int{2, 3}, []float64{1.5, -2, 3, 0, math.NaN(), 1e30}}
	for file, want := range map[string]map[string]Array{
		"two.npz":        {"a": table, "b": {[]int{3}, []float64{0, 1, 2}}},
		"compressed.npz": {"arr_0": table},
	} {
		b, err := os.ReadFile(filepath.Join("testdata/numpy", file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadNPZ(file, bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func TestNPZRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arrays := rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,6}`), anyArray, 0, 4).Draw(t, "arrays")
		var file bytes.Buffer
		if err := WriteNPZ(&file, arrays, Layout{}); err != nil {
			t.Fatal(err)
		}
		back, err := ReadNPZ("a.npz", bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(arrays, back, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A trace as .npz has its records, and says NaN for what is not known.
func TestWriteTrace(t *testing.T) {
	problem, err := mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 15, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for name, problem := range map[string]mc.Problem{"truth known": problem, "truth unknown": {Train: problem.Train}} {
		trace := &mc.Trace{Every: 10, Split: problem.Truth != nil, Alignment: problem.Truth != nil}
		if _, err := (mc.DeepMF{Depth: 2, Steps: 40, Seed: 1}).Solve(context.Background(), problem, trace); err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := WriteTrace(&file, trace); err != nil {
			t.Fatal(err)
		}
		arrays, err := ReadNPZ("run.npz", bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if got := arrays["singular_values"].Shape; !cmp.Equal(got, []int{5, 5}) {
			t.Errorf("%s: singular values of shape %v, want [5 5]", name, got)
		}
		if _, known := arrays["truth_singular_values"]; known != (problem.Truth != nil) {
			t.Errorf("%s: singular values of the truth are there: %v", name, known)
		}
		for _, part := range []string{"split_diagonal", "split_off_diagonal", "split_outside", "update_norm",
			"update_diagonal", "update_truth", "update_gradient"} {
			a, there := arrays[part]
			if there != trace.Split {
				t.Errorf("%s: %s is there: %v, want %v", name, part, there, trace.Split)
			}
			for k, r := range trace.Records {
				known := r.Split != nil
				if part[0] == 'u' {
					known = r.Alignment != nil
				}
				if there && math.IsNaN(a.Data[k]) == known {
					t.Errorf("%s: %s of record %d is %v, known: %v", name, part, k, a.Data[k], known)
				}
			}
		}
		for k, r := range trace.Records {
			if arrays["step"].Data[k] != float64(r.Step) || arrays["loss"].Data[k] != r.Loss ||
				arrays["effective_rank"].Data[k] != r.EffectiveRank {
				t.Errorf("%s: record %d differs", name, k)
			}
			if math.IsNaN(arrays["test"].Data[k]) != (r.Test == nil) {
				t.Errorf("%s: test error of record %d is %v, known: %v", name, k, arrays["test"].Data[k], r.Test != nil)
			}
		}
	}
}

func FuzzReadNPZ(f *testing.F) {
	for _, name := range []string{"two.npz", "compressed.npz"} {
		b, err := os.ReadFile(filepath.Join("testdata/numpy", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		arrays, err := ReadNPZ("fuzz.npz", bytes.NewReader(file), int64(len(file)))
		for name, a := range arrays {
			if err := a.validate(); err != nil {
				t.Fatalf("%q: %v", name, err)
			}
		}
		if err != nil && !strings.HasPrefix(err.Error(), "data: fuzz.npz: ") {
			t.Fatalf("error %q does not begin with data: and the file", err)
		}
	})
}
