package sweep

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"projectpenalty/mc/data"
)

// Axes of numbers hold the numbers, others the places of their levels; what a row lacks is NaN.
// Rows are in the order of their levels.
func TestWriteNPZ(t *testing.T) {
	table := rows(t, "n=20 method=b Test:3", "n=3 method=b Test:5 a/b:7", "n=3 method=a", "n=20 Test:8")
	var file bytes.Buffer
	if err := table.WriteNPZ(&file); err != nil {
		t.Fatal(err)
	}
	arrays, err := data.ReadNPZ("results", bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	want := map[string][]float64{ // by n, then by method; a row without a method stands by its key
		"n":      {3, 3, 20, 20},
		"method": {0, 1, 1, nan},
		"Test":   {nan, 5, 3, 8},
		"a-b":    {nan, 7, nan, nan},
	}
	for name, w := range want {
		got := arrays[name].Data
		if !slices.EqualFunc(got, w, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
			t.Errorf("%s is %v, want %v", name, got, w)
		}
	}
	if len(arrays) != len(want) {
		t.Errorf("%d arrays, want %d", len(arrays), len(want))
	}
	for _, line := range []string{"Test=1 Test:2", "a-b=1 a/b:2"} {
		err := rows(t, line).WriteNPZ(&file)
		if err == nil || !strings.Contains(err.Error(), "an axis and a measure are both called") {
			t.Errorf("%s: %v", line, err)
		}
	}
}
