package data

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// namedRatings has names of words for rows and numbers from 5 on for columns.
func namedRatings(t testing.TB) *mc.Observations {
	t.Helper()
	rng := rand.New(rand.NewPCG(9, 9))
	var entries []mc.Entry
	for i := range 9 {
		for j := range 8 {
			if rng.Float64() < 0.6 && j != 4 {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: float64(1+(i*j+i)%5) + rng.Float64()})
			}
		}
	}
	o, err := mc.NewObservations(9, 8, entries)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range 9 {
		names = append(names, fmt.Sprintf("Ünï %d", i*i))
	}
	rows, err := mc.NewIndex("user", names)
	if err != nil {
		t.Fatal(err)
	}
	if o, err = o.WithIndex(rows, mc.CountingIndex("item", 5, 8)); err != nil {
		t.Fatal(err)
	}
	return o
}

func savedModel(t testing.TB, s mc.Solver) *mc.Model {
	t.Helper()
	m, err := mc.Fit(context.Background(), s, namedRatings(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func savedModels(t testing.TB) map[string]*mc.Model {
	t.Helper()
	models := map[string]*mc.Model{}
	for name, s := range map[string]mc.Solver{
		"factors and biases": mc.BiasedALS{Rank: 2}, "factors": mc.SoftImpute{}, "biases": mc.Biases{},
		"neighbours": mc.ItemKNN{K: 3, Shrinkage: 1}, "mean": mc.Mean{}, "scales": mc.BiScale{Solver: mc.SoftImpute{}},
	} {
		models[name] = savedModel(t, s)
	}
	models["factors"].Lo, models["factors"].Hi = 1, 5
	return models
}

// A model that is read predicts the same bits, also for a new row, under the same names.
func TestModelComesBack(t *testing.T) {
	for name, m := range savedModels(t) {
		path := filepath.Join(t.TempDir(), "model.npz")
		if err := SaveModel(path, m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		back, err := LoadModel(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		given := map[string]float64{"5": 4, "7": 1.5, "11": 3}
		was, err := m.FoldIn(given)
		if err != nil {
			t.Fatal(err)
		}
		is, err := back.FoldIn(given)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 9 {
			for j := range 8 {
				row, col := m.Observed.RowIndex().Label(i), m.Observed.ColIndex().Label(j)
				want, wantErr := m.Predict(row, col)
				got, gotErr := back.Predict(row, col)
				if math.Float64bits(got) != math.Float64bits(want) || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
					t.Errorf("%s: %s, %s: %v, %v; was %v, %v", name, row, col, got, gotErr, want, wantErr)
				}
				a, _ := was.Predict(col)
				if b, _ := is.Predict(col); math.Float64bits(a) != math.Float64bits(b) {
					t.Errorf("%s: new row, %s: %v, was %v", name, col, b, a)
				}
			}
		}
		if got, want := back.Observed.ColIndex().Name(), "item"; got != want {
			t.Errorf("%s: the columns are named %q, want %q", name, got, want)
		}
		var first, second bytes.Buffer
		if err := WriteModel(&first, m); err != nil {
			t.Fatal(err)
		}
		if err := WriteModel(&second, back); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: the model that was read is written otherwise", name)
		}
	}
}

// altered writes a model with one member changed.
func altered(t testing.TB, m *mc.Model, member string, change func([]byte) []byte) []byte {
	t.Helper()
	var file, out bytes.Buffer
	if err := WriteModel(&file, m); err != nil {
		t.Fatal(err)
	}
	in, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == member {
			if text = change(text); text == nil {
				continue
			}
		}
		w, err := archive.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestReadModelRefuses(t *testing.T) {
	m := savedModels(t)["factors and biases"]
	none := func([]byte) []byte { return nil }
	swap := func(old, to string) func([]byte) []byte {
		return func(b []byte) []byte {
			if !bytes.Contains(b, []byte(old)) {
				t.Fatalf("there is no %q", old)
			}
			return bytes.Replace(b, []byte(old), []byte(to), 1)
		}
	}
	last := func(x float64) func([]byte) []byte {
		return func(b []byte) []byte {
			return binary.LittleEndian.AppendUint64(b[:len(b)-8], math.Float64bits(x))
		}
	}
	for _, c := range []struct {
		member string
		change func([]byte) []byte
		want   string
	}{
		{"model.json", none, "there is no model.json"},
		{"model.json", swap(modelFormat, "other"), `format "other"`},
		{"model.json", swap(`"version": 1`, `"version": 2`), "version 2"},
		{"model.json", swap(`"lambda"`, `"lamda"`), "lamda"},
		{"model.json", swap(`"lambda": `, `"lambda": -`), "Model.Lambda"},
		{"model.json", swap(`"first": 5`, `"first": -5`), "-5"},
		{"model.json", swap("Ünï 1\"", "Ünï 0\""), "given twice"},
		{"observed_start.npy", last(1e12), "observed_start[9]"},
		{"observed_start.npy", last(2.5), "observed_start[9]"},
		{"observed_col.npy", last(8), "observed_col"},
		{"observed_per_col.npy", last(99), "observed_per_col[7] is 99"},
		{"observed_value.npy", none, "observed_value"},
		{"x.npy", none, "both"},
		{"x.npy", last(math.NaN()), "finite"},
		{"row_bias.npy", last(math.Inf(1)), "not finite"},
		{"col_bias.npy", none, "both"},
		{"y.npy", func(b []byte) []byte { return b[:len(b)-8] }, "y"},
	} {
		file := altered(t, m, c.member, c.change)
		_, err := ReadModel("a.npz", bytes.NewReader(file), int64(len(file)))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "a.npz") {
			t.Errorf("%s: error %v, want one with %q", c.member, err, c.want)
		}
	}
	if err := WriteModel(io.Discard, nil); err == nil {
		t.Error("no model: no error")
	}
	if _, err := LoadModel(filepath.Join(t.TempDir(), "none.npz")); err == nil {
		t.Error("no file: no error")
	}
}

// Whatever a member of the file holds, there is an error with its name, or a model that predicts
// without a panic.
func FuzzReadModel(f *testing.F) {
	with, about := savedModel(f, mc.BiasedALS{Rank: 2}), savedModel(f, mc.ItemKNN{K: 3, Shrinkage: 1})
	members := []string{
		"model.json", "observed_start.npy", "observed_col.npy", "observed_value.npy", "observed_per_col.npy",
		"row_bias.npy",
		"col_bias.npy", "x.npy", "y.npy",
	}
	for k, name := range members {
		altered(f, with, name, func(b []byte) []byte { f.Add(byte(k), bytes.Clone(b)); return b })
	}
	altered(f, about, "model.json", func(b []byte) []byte { f.Add(byte(0), bytes.Clone(b)); return b })
	f.Fuzz(func(t *testing.T, member byte, content []byte) {
		file := altered(t, with, members[int(member)%len(members)], func([]byte) []byte { return content })
		m, err := ReadModel("fuzz.npz", bytes.NewReader(file), int64(len(file)))
		if err != nil {
			if !strings.Contains(err.Error(), "fuzz.npz") {
				t.Fatalf("error %q does not name the file", err)
			}
			return
		}
		rows, cols := m.Dims()
		m.At(0, 0)
		m.At(rows-1, cols-1)
		if _, err := m.TopN(m.Observed.RowIndex().Label(0), 3, true); err != nil &&
			!strings.Contains(err.Error(), "row") {
			t.Fatal(err)
		}
	})
}
