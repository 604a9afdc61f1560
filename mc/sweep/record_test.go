package sweep

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func records(t *rapid.T) *record {
	text := rapid.String()
	r := &record{status: text.Draw(t, "status"), err: text.Draw(t, "error")}
	copy(r.key[:], rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "key"))
	for range rapid.IntRange(0, 3).Draw(t, "levels") {
		r.levels = append(r.levels, field[string]{text.Draw(t, "axis"), text.Draw(t, "label")})
	}
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 5e-324, 1e21}))
	for range rapid.IntRange(0, 3).Draw(t, "values") {
		r.values = append(r.values, field[float64]{text.Draw(t, "measure"), number.Draw(t, "value")})
	}
	return r
}

// What append writes is JSON, and scan reads it back bit by bit.
func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := records(t)
		line := want.append(nil)
		if !json.Valid(line) || strings.Count(string(line), "\n") != 1 {
			t.Fatalf("%q is not a line of JSON", line)
		}
		var s scanner
		got, err := s.scan(line[:len(line)-1])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if again := got.append(nil); string(again) != string(line) {
			t.Fatalf("read %s, wrote %s", again, line)
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(record{}, field[string]{}, field[float64]{}), cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), cmp.Comparer(sameText)); d != "" {
			t.Fatal(d)
		}
		for cut := range len(line) - 1 {
			if _, err := s.scan(line[:cut]); err == nil {
				t.Fatalf("%q passes for a whole record", line[:cut])
			}
		}
	})
}

// sameText holds for a text and what JSON makes of it where it is not UTF-8.
func sameText(a, b string) bool {
	return strings.ToValidUTF8(a, "\ufffd") == strings.ToValidUTF8(b, "\ufffd")
}

// Whatever scan accepts is JSON that it writes again with the same meaning.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"key":"0123456789abcdef01234567","status":"step limit","levels":{"a":"\"b"},"values":{"Test":1e-3,"Train":"+Inf"},"error":"no"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var s scanner
		r, err := s.scan(line)
		if err != nil {
			return
		}
		text := r.append(nil)
		r, err = s.scan(text[:len(text)-1])
		if err != nil || string(r.append(nil)) != string(text) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func TestTornLines(t *testing.T) {
	one := `{"key":"0123456789abcdef01234567","status":"a","levels":{},"values":{}}` + "\n"
	for name, c := range map[string]struct {
		text string
		n    int
		err  string
	}{
		"empty":                                  {"", 0, ""},
		"whole":                                  {one + one, 2, ""},
		"torn tail":                              {one + one[:30], 1, ""},
		"only a torn one":                        {one[:30], 0, ""},
		"no newline":                             {one + strings.TrimSuffix(one, "\n"), 1, ""},
		"zeros at the end, as after a power cut": {one + strings.Repeat("\x00", 4096), 1, ""},
		"garbage at the end":                     {one + "gar\nbage\n", 1, ""},
		"garbage before a record":                {one + "garbage\n" + one, 1, "results.jsonl:2: not a record"},
		"a huge line before a record":            {strings.Repeat("x", 3*maxLine) + "\n" + one, 0, "a line of more than"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "results.jsonl")
			if err := os.WriteFile(file, []byte(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
			n := 0
			err := readFile(file, func(*record, []byte) error { n++; return nil })
			if n != c.n {
				t.Errorf("%d records, want %d", n, c.n)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}
