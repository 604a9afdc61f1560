package mc

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Zero stands for an explicit 0 in a field whose zero value means another default: Adam{Beta1:
// Zero} trains with β₁ = 0, where Adam{Beta1: 0} is Adam{} and trains with 0.9.
//
// It is the smallest positive float64, since Go cannot distinguish a field set to 0 from one that
// is not set. Methods never compute with it: [Resolved] replaces it by 0.
const Zero float64 = 0x1p-1074

// A Defaulter has defaults that no tag can state, such as an optimiser, or a number that depends on
// another field. [Resolved] calls it before it reads the tags.
type Defaulter interface {
	// WithDefaults returns the settings, of the same type, with these defaults filled in.
	WithDefaults() any
}

// A Validator has a rule that no tag can state, such as one about two fields together. [Validate]
// calls it in place of [CheckRanges], which it calls itself for the rest.
type Validator interface{ Validate() error }

// Resolved returns settings with their defaults filled in, as a method uses them. The default of a
// number stands in the tag of its field, where go doc shows it:
//
//	type Adam struct {
//		LearningRate float64 `default:"0.001" range:"[0, inf)"`
//		...
//	}
//
// Numbers (float64 and int) that are 0 take the default of their tag, and [Zero] becomes 0. Fields
// that are structs, interfaces or slices are resolved in turn; a [Defaulter] fills in the rest. In
// an interface with methods, a pointer to settings whose methods all have value receivers, such as
// &Adam{}, becomes the settings themselves. The argument is not changed.
//
// In a field with a default, a zero that was said is the negative zero, which computes as 0 does.
// So settings may be resolved twice: Resolved(Resolved(v)) is Resolved(v). The tag default:"none"
// tells the two zeros apart where there is no default, and zero must be said.
//
// A struct of numbers is resolved without allocation. Resolved panics if a tag is not a number:
// that is an error in a program, not in data.
func Resolved[T any](v T) T {
	if f := fieldsOf(reflect.TypeFor[T]()); f.flat {
		f.fillNumbers(reflect.ValueOf(&v).Elem())
		return v
	}
	deep := v // apart from v, which stays on the stack above
	resolve(reflect.ValueOf(&deep).Elem())
	return deep
}

// Describe returns resolved settings as Go text, such as
//
//	mc.Adam{LearningRate:0.001, Beta1:mc.Zero, Beta2:0.999, Epsilon:1e-08}
//
// It is what %#v prints, with [Zero] where it must be said, so that the text can be pasted into a
// program. Settings that resolve to the same have the same description: a run is identified and
// labelled by it.
func Describe(v any) string {
	if v == nil {
		return "nil"
	}
	return saidZero.ReplaceAllString(fmt.Sprintf("%#v", Resolved(v)), ":mc.Zero$1")
}

// saidZero matches a field that is the negative zero, as %#v prints it.
var saidZero = regexp.MustCompile(`:-0([,}])`)

// Validate returns an error if settings are wrong. A [Validator] is checked by its own rules, any
// other value by [CheckRanges]. Solvers ask it before the first step.
func Validate(v any) error {
	if v, ok := v.(Validator); ok {
		return v.Validate()
	}
	return CheckRanges(v)
}

// CheckRanges says which field of a struct is out of the range in its tag, if one is:
//
//	mc: Adam.Beta1 is 1; it must be in [0, 1), where 0 means 0.9 and mc.Zero means 0
//
// A range is an interval such as [0, 1), (0, 2] or [1, inf); it holds for the resolved number. Then
// [Validate] is asked about each field that is a struct, an interface or a slice.
func CheckRanges(v any) error {
	if v == nil {
		return nil
	}
	return checkRanges(reflect.ValueOf(Resolved(settingsIn(reflect.ValueOf(v)).Interface())))
}

func checkRanges(v reflect.Value) error {
	if v.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range fieldsOf(v.Type()).list {
		x := v.Field(f.index)
		switch {
		case f.deep:
			if err := validateEach(x); err != nil {
				return err
			}
		case f.limits != nil && !f.limits.hold(number(x)):
			return fmt.Errorf("mc: %s.%s is %v; it must be %s", v.Type().Name(), f.name, number(x),
				f.rule())
		}
	}
	return nil
}

// validateEach asks Validate about a value, or about each element of a slice.
func validateEach(v reflect.Value) error {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if err := validateEach(v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if !v.CanInterface() { // embedded, of an unexported type: the outer type's Validate has its rules
		return nil
	}
	return Validate(v.Interface())
}

// saysZero reports whether 0 was said in a field: it is [Zero], or what [Resolved] makes of it.
func saysZero(x float64) bool { return x == Zero || x == 0 && math.Signbit(x) }

// notZero refuses a zero that is said in a field whose default no tag states, and which cannot be
// 0.
func notZero(field string, x float64, otherwise string) error {
	if saysZero(x) {
		return fmt.Errorf("mc: %s is 0; it must be positive, or left out for %s", field, otherwise)
	}
	return nil
}

// resolve fills in the defaults of a value that can be set.
func resolve(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			held := v.Elem()
			if v.NumMethod() > 0 { // any holds what a caller has, such as what Describe is to print
				held = settingsIn(held)
			}
			inside := reflect.New(held.Type()).Elem()
			inside.Set(held)
			resolve(inside)
			v.Set(inside)
		}
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			fresh.Index(i).Set(v.Index(i))
			resolve(fresh.Index(i))
		}
		if !v.IsNil() {
			v.Set(fresh)
		}
	case reflect.Struct:
		if !v.CanInterface() { // embedded, of an unexported type: its fields alone
		} else if d, ok := v.Interface().(Defaulter); ok {
			// Of another type, they are those of embedded settings, which are resolved in turn.
			if full := reflect.ValueOf(d.WithDefaults()); full.Type() == v.Type() {
				v.Set(full)
			}
		}
		fields := fieldsOf(v.Type())
		fields.fillNumbers(v)
		for _, f := range fields.list {
			if f.deep {
				resolve(v.Field(f.index))
			}
		}
	}
}

// settingsIn returns the settings that a pointer points to, where they would do in its place: they
// have all its methods. Other values it returns as they are.
func settingsIn(v reflect.Value) reflect.Value {
	t := v.Type()
	if t.Kind() == reflect.Pointer && !v.IsNil() && t.Elem().Kind() == reflect.Struct &&
		t.NumMethod() == t.Elem().NumMethod() {
		return v.Elem()
	}
	return v
}

// fields are the exported fields of a type that are numbers or hold settings of their own.
type fields struct {
	list []field
	flat bool // the type is a struct of numbers without a Defaulter
}

type field struct {
	index  int
	name   string
	deep   bool   // a struct, an interface or a slice of these
	text   string // of the default, or ""
	value  float64
	said   bool // zero must be said: the tag is there
	limits *limits
}

// fillNumbers fills in the defaults of a struct's own numbers.
func (f *fields) fillNumbers(v reflect.Value) {
	for i := range f.list {
		f := &f.list[i]
		x := v.Field(f.index)
		switch {
		case f.deep:
		case x.Kind() == reflect.Int:
			if x.Int() == 0 {
				x.SetInt(int64(f.value))
			}
		case x.Float() == Zero && f.said:
			x.SetFloat(math.Copysign(0, -1))
		case x.Float() == Zero, x.Float() == 0 && !math.Signbit(x.Float()), x.Float() == 0 && !f.said:
			x.SetFloat(f.value)
		}
	}
}

// rule says in words what the tags ask.
func (f *field) rule() string {
	switch {
	case f.text == "":
		return f.limits.words
	case f.limits.hold(0):
		return fmt.Sprintf("%s, where 0 means %s and mc.Zero means 0", f.limits.words, f.text)
	}
	return fmt.Sprintf("%s, or 0 for %s", f.limits.words, f.text)
}

// number returns a field's number, and 0 for the negative zero.
func number(v reflect.Value) float64 {
	if v.Kind() == reflect.Int {
		return float64(v.Int())
	}
	return v.Float() + 0
}

var knownFields sync.Map // of *fields by reflect.Type

func fieldsOf(t reflect.Type) *fields {
	if known, ok := knownFields.Load(t); ok {
		return known.(*fields)
	}
	f := &fields{flat: t.Kind() == reflect.Struct && !t.Implements(reflect.TypeFor[Defaulter]())}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if one, ok := fieldOf(t, i); ok {
				f.list = append(f.list, one)
				f.flat = f.flat && !one.deep
			}
		}
	}
	known, _ := knownFields.LoadOrStore(t, f)
	return known.(*fields)
}

// fieldOf reads the type and the tags of a field, and reports whether it has to do with settings.
func fieldOf(t reflect.Type, i int) (field, bool) {
	at := t.Field(i)
	f := field{index: i, name: at.Name}
	kind, held := at.Type.Kind(), at.Type.Kind()
	if kind == reflect.Slice {
		held = at.Type.Elem().Kind()
	}
	switch f.deep = held == reflect.Struct || held == reflect.Interface; {
	case !at.IsExported() && !(at.Anonymous && kind == reflect.Struct), !f.deep &&
		kind != reflect.Float64 && kind != reflect.Int:
		return f, false
	}
	wrong := func(tag string) {
		panic(fmt.Sprintf("mc: the tags of %v.%s are %s; %s", t, at.Name, at.Tag, tag))
	}
	if text, ok := at.Tag.Lookup("default"); ok {
		if f.said = true; text != "none" {
			var err error
			if f.value, err = strconv.ParseFloat(text, 64); err != nil {
				wrong(`default must be a number, or "none"`)
			}
			f.text = text
		}
	}
	if text, ok := at.Tag.Lookup("range"); ok {
		if f.limits, ok = parseLimits(text, at.Type.Kind() == reflect.Int); !ok {
			wrong("range must be an interval such as [0, 1) or (0, inf)")
		}
	}
	return f, true
}

// limits are an interval.
type limits struct {
	low, high         float64
	openLow, openHigh bool
	words             string
}

func (l *limits) hold(x float64) bool {
	return (x > l.low || x == l.low && !l.openLow) && (x < l.high || x == l.high && !l.openHigh)
}

func parseLimits(text string, integer bool) (*limits, bool) {
	l := &limits{words: "in " + text}
	low, high, ok := strings.Cut(text, ", ")
	if !ok || !strings.HasPrefix(low, "[") && !strings.HasPrefix(low, "(") ||
		!strings.HasSuffix(high, "]") && !strings.HasSuffix(high, ")") {
		return nil, false
	}
	l.openLow, l.openHigh = low[0] == '(', high[len(high)-1] == ')'
	var errLow, errHigh error
	l.low, errLow = strconv.ParseFloat(low[1:], 64)
	l.high, errHigh = strconv.ParseFloat(high[:len(high)-1], 64)
	if errLow != nil || errHigh != nil {
		return nil, false
	}
	switch {
	case !math.IsInf(l.high, 1):
	case integer:
		l.words = "at least " + low[1:]
	case l.openLow && l.low == 0:
		l.words = "positive and finite"
	case l.openLow:
		l.words = "above " + low[1:] + " and finite"
	default:
		l.words = "at least " + low[1:] + " and finite"
	}
	return l, true
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
