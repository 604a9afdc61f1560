package sweep

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
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
	if len(s) != hex.EncodedLen(len(k)) {
		return k, fmt.Errorf("%.40q is not a key; it must have %d hexadecimal digits", s, hex.EncodedLen(len(k)))
	}
	if _, err := hex.Decode(k[:], []byte(s)); err != nil {
		return k, fmt.Errorf("%q is not a key: %w", s, err)
	}
	return k, nil
}

// The statuses of cells besides those of package mc.
const (
	diverged    = "diverged"     // not finite: a result like others
	failed      = "failed"       // an error: bad input, most often
	panicked    = "panicked"     // the solver, the source or a measure did
	timedOut    = "time limit"   // of the cell
	noProblem   = "no problem"   // the source has none: data that is not there
	outOfMemory = "memory limit" // of the cell
	maxMessage  = 4096           // bytes of an error that are kept
)

// failure reports whether the record is that of a failure, which a later result replaces.
func (r *record) failure() bool {
	return r.status == failed || r.status == panicked || r.status == timedOut || r.status == outOfMemory ||
		r.status == noProblem
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

// append encodes the record, with the newline. Numbers that JSON lacks are strings: "+Inf", "-Inf",
// "NaN".
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
	text, err := json.Marshal(strings.ToValidUTF8(s, "\ufffd"))
	if err != nil {
		panic(err) // a string always marshals
	}
	return append(b, text...)
}

// A scanner reads the lines that append writes: JSON with its members in that order and without
// spaces. Its speed bounds that of opening a store. Records share the strings of names and labels,
// which repeat.
type scanner struct {
	rest   []byte
	shared map[string]string
	r      record
}

// errTorn is the error of a line that ends within a record.
var errTorn = errors.New("the record is not complete")

// scan decodes a line without its newline. The record is valid until the next call. The error of a
// line that could be the beginning of a record is errTorn.
func (s *scanner) scan(line []byte) (*record, error) {
	s.rest = line
	r := &s.r
	*r = record{levels: r.levels[:0], values: r.values[:0]}
	if err := s.lit(`{"key":`); err != nil {
		return nil, err
	}
	text, err := s.rawString()
	if err != nil {
		return nil, err
	}
	if r.key, err = parseKey(string(text)); err != nil {
		return nil, err
	}
	if err := s.lit(`,"status":`); err != nil {
		return nil, err
	}
	if r.status, err = s.string(); err != nil {
		return nil, err
	}
	if err := s.lit(`,"levels":`); err != nil {
		return nil, err
	}
	err = s.object(func(name string) error {
		if slices.ContainsFunc(r.levels, func(l field[string]) bool { return l.name == name }) {
			return fmt.Errorf("the axis %.40q is there twice", name)
		}
		label, err := s.string()
		r.levels = append(r.levels, field[string]{name, label})
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.lit(`,"values":`); err != nil {
		return nil, err
	}
	err = s.object(func(name string) error {
		if slices.ContainsFunc(r.values, func(v field[float64]) bool { return v.name == name }) {
			return fmt.Errorf("the measure %.40q is there twice", name)
		}
		x, err := s.number()
		r.values = append(r.values, field[float64]{name, x})
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.next(',') {
		if err := s.lit(`,"error":`); err != nil {
			return nil, err
		}
		if r.err, err = s.string(); err != nil {
			return nil, err
		}
	}
	if err := s.lit("}"); err != nil {
		return nil, err
	}
	if len(s.rest) > 0 {
		return nil, s.fail()
	}
	return r, nil
}

// object consumes an object; member consumes the value of each name.
func (s *scanner) object(member func(name string) error) error {
	if err := s.lit("{"); err != nil {
		return err
	}
	for first := true; !s.next('}'); first = false {
		if !first {
			if err := s.lit(","); err != nil {
				return err
			}
		}
		name, err := s.string()
		if err != nil {
			return err
		}
		if err := s.lit(":"); err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
	return s.lit("}")
}

// next reports whether the byte is next.
func (s *scanner) next(b byte) bool { return len(s.rest) > 0 && s.rest[0] == b }

// lit consumes the text, which must be next.
func (s *scanner) lit(text string) error {
	n := min(len(s.rest), len(text))
	switch {
	case string(s.rest[:n]) != text[:n]:
		return s.fail()
	case n < len(text):
		return errTorn
	}
	s.rest = s.rest[n:]
	return nil
}

// fail says where the line stops being a record.
func (s *scanner) fail() error {
	return fmt.Errorf("not a record, from %.20q on", s.rest)
}

// rawString consumes a string without escapes.
func (s *scanner) rawString() ([]byte, error) {
	if err := s.lit(`"`); err != nil {
		return nil, err
	}
	end := bytes.IndexByte(s.rest, '"')
	if end < 0 {
		return nil, errTorn
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
	return "", errTorn
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
	if s.next('"') {
		text, err := s.rawString()
		if err != nil {
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
		return 0, fmt.Errorf("%.40q is not a number", text)
	}
	end := 0
	for end < len(s.rest) && strings.IndexByte("+-.0123456789e", s.rest[end]) >= 0 {
		end++
	}
	if end == len(s.rest) {
		return 0, errTorn
	}
	x, err := strconv.ParseFloat(string(s.rest[:end]), 64)
	if err != nil {
		return 0, fmt.Errorf("%.40q is not a number", s.rest[:max(end, 1)])
	}
	s.rest = s.rest[end:]
	return x, nil
}
