package mc_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// Label and Find are inverse to each other, whatever the labels.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfNDistinct(rapid.String(), 1, 9, rapid.ID).Draw(t, "labels")
		x, err := mc.NewIndex("user", labels)
		if err != nil {
			t.Fatal(err)
		}
		base, n := rapid.IntRange(0, 3).Draw(t, "base"), rapid.IntRange(1, 9).Draw(t, "n")
		for _, x := range []*mc.Index{x, mc.CountingIndex("item", base, n), nil} {
			for k := range max(x.Len(), 3) {
				if x != nil && k >= x.Len() {
					break
				}
				if at, ok := x.Find(x.Label(k)); !ok || at != k {
					t.Fatalf("label %q of %d is found at %d, %v", x.Label(k), k, at, ok)
				}
			}
			if _, ok := x.Find("no such label, nor a number"); ok && x != nil &&
				!contains(labels, "no such label, nor a number") {
				t.Fatal("a label that is not there was found")
			}
		}
	})
	for label, want := range map[string]int{"1": 0, "3": 2, "0": -1, "4": -1, "01": -1, "+1": -1, "": -1, "x": -1} {
		k, ok := mc.CountingIndex("", 1, 3).Find(label)
		if ok != (want >= 0) || ok && k != want {
			t.Errorf("%q among 1, 2, 3 is found at %d, %v; want %d", label, k, ok, want)
		}
	}
	if k, ok := (*mc.Index)(nil).Find("7"); !ok || k != 7 || (*mc.Index)(nil).Label(7) != "7" {
		t.Errorf("without names, 7 is found at %d, %v", k, ok)
	}
	if _, err := mc.NewIndex("", []string{"a", "b", "a"}); err == nil ||
		!strings.Contains(err.Error(), `"a" is given twice, at 0 and at 2`) {
		t.Errorf("a label twice: %v", err)
	}
}

func contains(labels []string, label string) bool {
	for _, l := range labels {
		if l == label {
			return true
		}
	}
	return false
}

// Compressed rows make the same observations as entries do, and what is wrong is refused.
func TestObserveRows(t *testing.T) {
	o, err := mc.ObserveRows(3, 2, []int{0, 2, 2, 3}, []int32{0, 1, 1}, []float64{5, 4, 3})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]mc.Entry{{Row: 0, Col: 0, Value: 5}, {Row: 0, Col: 1, Value: 4},
		{Row: 2, Col: 1, Value: 3}}, o.Entries()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	named, err := o.WithIndex(mc.CountingIndex("user", 1, 3), nil)
	if err != nil || named.RowIndex().Label(2) != "3" || named.ColIndex() != nil || o.RowIndex() != nil {
		t.Errorf("names: %v, %v", named, err)
	}
	if _, err := o.WithIndex(nil, mc.CountingIndex("item", 0, 3)); err == nil ||
		!strings.Contains(err.Error(), "3 column labels for a 3×2 matrix") {
		t.Errorf("too many names: %v", err)
	}
	for want, make := range map[string]func() (*mc.Observations, error){
		"no entries":        func() (*mc.Observations, error) { return mc.ObserveRows(1, 1, []int{0, 0}, nil, nil) },
		"the matrix is 0×1": func() (*mc.Observations, error) { return mc.ObserveRows(0, 1, []int{0}, nil, nil) },
		"do not belong": func() (*mc.Observations,
			error) {
			return mc.ObserveRows(1, 1, []int{0, 2}, []int32{0}, []float64{1})
		},
		"must ascend": func() (*mc.Observations, error) {
			return mc.ObserveRows(2, 1, []int{0, 2, 1}, []int32{0}, []float64{1})
		},
		"it must be from 0 to 0": func() (*mc.Observations,
			error) {
			return mc.ObserveRows(1, 1, []int{0, 1}, []int32{1}, []float64{1})
		},
		"(0, 1) is given twice": func() (*mc.Observations, error) {
			return mc.ObserveRows(1, 2, []int{0, 2}, []int32{1, 1}, []float64{1, 1})
		},
		"not ascending": func() (*mc.Observations, error) {
			return mc.ObserveRows(1, 2, []int{0, 2}, []int32{1, 0}, []float64{1, 1})
		},
		"(0, 0) is NaN": func() (*mc.Observations, error) {
			return mc.ObserveRows(1, 1, []int{0, 1}, []int32{0}, []float64{math.NaN()})
		},
	} {
		if _, err := make(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
}
