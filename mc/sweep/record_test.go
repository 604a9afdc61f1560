package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	// Names differ also once they are valid UTF-8.
	names := func(what string) []string {
		return rapid.SliceOfNDistinct(text, 0, 3,
			func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }).Draw(t, what)
	}
	for _, name := range names("axes") {
		r.levels = append(r.levels, field[string]{name, text.Draw(t, "label")})
	}
	number := rapid.OneOf(rapid.Float64(),
		rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 5e-324, 1e21}))
	for _, name := range names("measures") {
		r.values = append(r.values, field[float64]{name, number.Draw(t, "value")})
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
		if d := cmp.Diff(want, got, cmp.AllowUnexported(record{}, field[string]{}, field[float64]{}),
			cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), cmp.Comparer(sameText)); d != "" {
			t.Fatal(d)
		}
		for cut := range len(line) - 1 {
			if _, err := s.scan(line[:cut]); !errors.Is(err, errTorn) {
				t.Fatalf("%q is the beginning of a record, and scan says %v", line[:cut], err)
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

// Whatever files a folder holds, reading them gives an error that names file and line, or results
// that written anew are read back as the same bytes.
func FuzzReadFile(f *testing.F) {
	one := `{"key":"0123456789abcdef01234567","status":"step limit","levels":{"a":"b"},"values":{"Test":1e-3},"error":"no"}` + "\n"
	two := `{"key":"0123456789abcdef01234567","status":"failed","levels":{"a":"b"},"values":{}}` + "\n"
	f.Add([]byte(one+two), []byte(two))
	f.Add([]byte(one), []byte(one[:40]+"\x00\x00"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		read := func(files ...[]byte) (*columns, error) {
			c := newColumns()
			for i, text := range files {
				name := fmt.Sprintf("file%d", i)
				err := readLines(name, bytes.NewReader(text), c.add)
				if err != nil && !strings.Contains(err.Error(), name+":") {
					t.Fatalf("the error names no file: %v", err)
				}
				if err != nil {
					return nil, err
				}
			}
			return c, nil
		}
		c, err := read(first, second)
		if err != nil {
			return
		}
		var written, again bytes.Buffer
		if err := c.write(&written, nil); err != nil {
			t.Fatal(err)
		}
		d, err := read(written.Bytes())
		if err != nil {
			t.Fatalf("%v, in\n%s", err, written.Bytes())
		}
		if err := d.write(&again, nil); err != nil || again.String() != written.String() {
			t.Fatalf("%v\n%s\nis read as\n%s", err, written.Bytes(), again.Bytes())
		}
	})
}

// A specification that is read is one that a sweep wrote, whatever is in its file.
func FuzzReadSpec(f *testing.F) {
	text, err := json.Marshal(toys(2).freeze())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := parseFrozen(specFile, text)
		if err != nil {
			if !strings.Contains(err.Error(), specFile) {
				t.Fatalf("the error names no file: %v", err)
			}
			return
		}
		var written bytes.Buffer
		if err := read.write(&written); err != nil {
			t.Fatal(err)
		}
		again, err := parseFrozen(specFile, written.Bytes())
		if d := cmp.Diff(read, again, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Fatalf("%v, %s", err, d)
		}
		newColumns().specified(read)
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
		"zeros after a torn tail":                {one + one[:30] + strings.Repeat("\x00", 4096), 1, ""},
		"garbage at the end": {one + "garbage", 1,
			`results.jsonl:2: not a record, from "garbage" on`},
		"a letter at the end":     {one + "x", 1, `results.jsonl:2: not a record, from "x" on`},
		"garbage before a record": {one + "garbage\n" + one, 1, "results.jsonl:2: not a record"},
		"a huge line before a record": {strings.Repeat("x", 3*maxLine) + "\n" + one, 0,
			"results.jsonl:1: a line of more than"},
		"half a record, then a whole one": {one + one[:30] + "\n" + one, 1,
			"results.jsonl:2: the record is not complete"},
		"half a record with a newline": {one + one[:30] + "\n", 1,
			"results.jsonl:2: the record is not complete"},
		"an empty line": {"\n", 0, "results.jsonl:1: the record is not complete"},
		"a key of 32 digits": {one + `{"key":"00000000000000000000000000000000"`, 1,
			"results.jsonl:2: \"00000000000000000000000000000000\" is not a key"},
		"a key of 22 digits": {strings.Replace(one, "4567", "45", 1), 0,
			`results.jsonl:1: "01234589abcdef01234567" is not a key`},
		"a key that is not hexadecimal": {strings.Replace(one, "4567", "456g", 1), 0,
			`results.jsonl:1: "0123456g89abcdef01234567" is not a key`},
		"a number that is none": {strings.Replace(one, `"values":{`, `"values":{"Test":1.5x`, 1),
			0, "results.jsonl:1: not a record, from \"x}}\" on"},
		"no number": {strings.Replace(one, `"values":{`, `"values":{"Test":}`, 1), 0,
			`results.jsonl:1: "}" is not a number`},
		"a number in quotes": {strings.Replace(one, `"values":{`, `"values":{"Test":"1"`, 1), 0,
			`results.jsonl:1: "1" is not a number`},
		"a measure twice": {strings.Replace(one, `"values":{`, `"values":{"Test":1,"Test":1`,
			1), 0, `results.jsonl:1: the measure "Test" is there twice`},
		"an axis twice": {strings.Replace(one, `"levels":{`,
			`"levels":{"Seed":"1","Seed":"1"`, 1), 0, `results.jsonl:1: the axis "Seed" is there twice`},
		"more after a record": {strings.TrimSuffix(one, "\n") + "}\n", 0,
			`results.jsonl:1: not a record, from "}" on`},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "results.jsonl")
			if err := os.WriteFile(file, []byte(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
			n := 0
			err := readFile(file, func(*record) error { n++; return nil })
			if n != c.n {
				t.Errorf("%d records, want %d", n, c.n)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}
