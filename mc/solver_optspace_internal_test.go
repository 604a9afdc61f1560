package mc

import (
	"slices"
	"testing"
)

// A row, or a column, with more than twice the average number of entries is left out (Keshavan,
// Montanari and Oh 2010); one of exactly twice the average stays.
func TestOptSpaceTrims(t *testing.T) {
	for name, c := range map[string]struct {
		entries []Entry
		kept    []float64
	}{
		"a row": {
			[]Entry{
				{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2},
				{Row: 0, Col: 2, Value: 3}, {Row: 1, Col: 3, Value: 4},
			},
			[]float64{0, 0, 0, 4},
		},
		"a column": {
			[]Entry{
				{Row: 0, Col: 0, Value: 1}, {Row: 1, Col: 0, Value: 2},
				{Row: 2, Col: 0, Value: 3}, {Row: 3, Col: 1, Value: 4},
			},
			[]float64{0, 0, 0, 4},
		},
		"neither": {
			[]Entry{
				{Row: 0, Col: 0, Value: 1}, {Row: 0, Col: 1, Value: 2},
				{Row: 1, Col: 2, Value: 3}, {Row: 2, Col: 3, Value: 4},
			},
			[]float64{1, 2, 3, 4},
		},
	} {
		o, err := NewObservations(4, 4, c.entries)
		if err != nil {
			t.Fatal(err)
		}
		if got := trim(o); !slices.Equal(got, c.kept) {
			t.Errorf("%s: %v is kept, want %v", name, got, c.kept)
		}
	}
}
