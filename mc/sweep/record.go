package sweep

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A record is one line of a store:
//
//	{"key":"…","status":"step limit","levels":{"Solver.Depth":"3","Seed":"1"},"values":{"Test":1.9e-05},"error":"…"}
//
// It holds nothing that differs between two runs of a cell: no time, no host, no index.
type record struct {
	key    key
	status string
	levels []field[string]  // axis and label
	values []field[float64] // of the measures that the result has
	err    string           // empty unless the status is a failure
}

type field[T any] struct {
	name  string
	value T
}

type key [12]byte

func (k key) String() string { return hex.EncodeToString(k[:]) }

func parseKey(s string) (k key, err error) {
	if n, err := hex.Decode(k[:], []byte(s)); err != nil || n != len(k) || len(s) != 2*len(k) {
		return k, fmt.Errorf("%q is not a key", s)
	}
	return k, nil
}

// The statuses of cells besides those of package mc.
const (
	diverged    = "diverged"     // not finite: a result like others
	failed      = "failed"       // an error: bad input, most often
	panicked    = "panicked"     // the solver, the source or a measure did
	timedOut    = "time limit"   // of the cell
	outOfMemory = "memory limit" // of the cell
	maxMessage  = 4096
)

// failure reports whether the record says that there is no result, which a later result replaces.
func (r *record) failure() bool {
	return r.status == failed || r.status == panicked || r.status == timedOut || r.status == outOfMemory
}

// sorted returns the record with its values in the order of [measureOrder].
func (r *record) sorted() *record {
	s := *r
	s.values = slices.Clone(r.values)
	slices.SortFunc(s.values, func(a, b field[float64]) int { return measureOrder(a.name, b.name) })
	return &s
}

// measureOrder puts the usual measures first, then the others by name.
func measureOrder(a, b string) int {
	place := func(m string) int {
		if i := slices.Index(usual, m); i >= 0 {
			return i
		}
		return len(usual)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b))
}

// append encodes the record, with the newline. Numbers that JSON lacks are strings: "+Inf", "-Inf", "NaN".
func (r *record) append(b []byte) []byte {
	b = append(b, `{"key":"`...)
	b = hex.AppendEncode(b, r.key[:])
	b = append(b, `","status":`...)
	b = appendString(b, r.status)
	b = append(b, `,"levels":{`...)
	for i, l := range r.levels {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, l.name), ':')
		b = appendString(b, l.value)
	}
	b = append(b, `},"values":{`...)
	for i, v := range r.values {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, v.name), ':')
		if math.IsInf(v.value, 0) || math.IsNaN(v.value) {
			b = append(strconv.AppendFloat(append(b, '"'), v.value, 'g', -1, 64), '"')
		} else {
			b = strconv.AppendFloat(b, v.value, 'g', -1, 64)
		}
	}
	b = append(b, '}')
	if r.err != "" {
		b = appendString(append(b, `,"error":`...), r.err)
	}
	return append(b, "}\n"...)
}

func appendString(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return append(b, text...)
}

// scanner reads the lines that append writes: JSON whose members are in that order, without spaces. Reading a million of
// them is what bounds the opening of a store. Names and labels, which repeat, are shared between records.
type scanner struct {
	rest   []byte
	shared map[string]string
	r      record
}

// scan decodes a line, less the newline. The record is valid until the next call.
func (s *scanner) scan(line []byte) (*record, error) {
	s.rest = line
	r := &s.r
	*r = record{levels: r.levels[:0], values: r.values[:0]}
	name, err := s.lit(`{"key":`), error(nil)
	if name {
		var raw []byte
		if raw, err = s.rawString(); err == nil {
			r.key, err = parseKey(string(raw))
		}
	}
	if err != nil || !name || !s.lit(`,"status":`) {
		return nil, s.fail(err)
	}
	if r.status, err = s.string(); err != nil || !s.lit(`,"levels":{`) {
		return nil, s.fail(err)
	}
	for !s.lit("}") {
		if len(r.levels) > 0 && !s.lit(",") {
			return nil, s.fail(nil)
		}
		var l field[string]
		if l.name, err = s.string(); err != nil || !s.lit(":") {
			return nil, s.fail(err)
		}
		if l.value, err = s.string(); err != nil {
			return nil, err
		}
		r.levels = append(r.levels, l)
	}
	if !s.lit(`,"values":{`) {
		return nil, s.fail(nil)
	}
	for !s.lit("}") {
		if len(r.values) > 0 && !s.lit(",") {
			return nil, s.fail(nil)
		}
		var v field[float64]
		if v.name, err = s.string(); err != nil || !s.lit(":") {
			return nil, s.fail(err)
		}
		if v.value, err = s.number(); err != nil {
			return nil, err
		}
		r.values = append(r.values, v)
	}
	if s.lit(`,"error":`) {
		if r.err, err = s.string(); err != nil {
			return nil, err
		}
	}
	if !s.lit("}") || len(s.rest) > 0 {
		return nil, s.fail(nil)
	}
	return r, nil
}

func (s *scanner) fail(err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("not a record, from %q on", s.rest[:min(len(s.rest), 20)])
}

// lit consumes the text if it is next.
func (s *scanner) lit(text string) bool {
	if len(s.rest) < len(text) || string(s.rest[:len(text)]) != text {
		return false
	}
	s.rest = s.rest[len(text):]
	return true
}

// rawString consumes a string without escapes.
func (s *scanner) rawString() ([]byte, error) {
	if !s.lit(`"`) {
		return nil, s.fail(nil)
	}
	end := bytes.IndexByte(s.rest, '"')
	if end < 0 {
		return nil, s.fail(nil)
	}
	text := s.rest[:end]
	s.rest = s.rest[end+1:]
	return text, nil
}

func (s *scanner) string() (string, error) {
	start := s.rest
	text, err := s.rawString()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(text, '\\') < 0 {
		return s.share(text), nil
	}
	// The string ends at the first quote that no backslash escapes.
	for i := 1; i < len(start); i++ {
		switch start[i] {
		case '\\':
			i++
		case '"':
			var decoded string
			if err := json.Unmarshal(start[:i+1], &decoded); err != nil {
				return "", err
			}
			s.rest = start[i+1:]
			return s.share([]byte(decoded)), nil
		}
	}
	s.rest = start
	return "", s.fail(nil)
}

func (s *scanner) share(text []byte) string {
	if known, ok := s.shared[string(text)]; ok {
		return known
	}
	if s.shared == nil {
		s.shared = map[string]string{}
	}
	fresh := string(text)
	s.shared[fresh] = fresh
	return fresh
}

func (s *scanner) number() (float64, error) {
	var text []byte
	if len(s.rest) > 0 && s.rest[0] == '"' {
		var err error
		if text, err = s.rawString(); err != nil {
			return 0, err
		}
		switch string(text) {
		case "+Inf":
			return math.Inf(1), nil
		case "-Inf":
			return math.Inf(-1), nil
		case "NaN":
			return math.NaN(), nil
		}
		return 0, fmt.Errorf("%q is not a number", text)
	}
	end := bytes.IndexAny(s.rest, ",}")
	if end < 0 {
		return 0, s.fail(nil)
	}
	text = s.rest[:end]
	if len(text) == 0 || (text[0] != '-' && (text[0] < '0' || text[0] > '9')) {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	s.rest = s.rest[end:]
	return x, nil
}
