package mctest

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	"projectpenalty/mc"
)

// spoilt is a copy of a configuration in which one field is what no method can work with.
type spoilt struct {
	path  string
	bad   any
	value any
}

// spoil returns the configuration with each of its numbers made wrong in turn: floating-point
// numbers NaN, integers of type int, which are counts, −1. It looks into fields that are structs,
// interfaces or slices. Pointers and functions are left alone.
func spoil(config any) []spoilt {
	var all []spoilt
	if config == nil {
		return nil
	}
	for _, s := range spoilValue(reflect.ValueOf(config), reflect.TypeOf(config).Name()) {
		all = append(all, spoilt{s.path, s.bad, s.value.(reflect.Value).Interface()})
	}
	return all
}

// spoilValue is spoil for a part; the values are reflect.Values of v's type.
func spoilValue(v reflect.Value, path string) []spoilt {
	var all []spoilt
	// with adds the ways to spoil a part, each put into a copy of v by set.
	with := func(part reflect.Value, path string, set func(whole, part reflect.Value)) {
		for _, s := range spoilValue(part, path) {
			whole := reflect.New(v.Type()).Elem()
			whole.Set(v)
			set(whole, s.value.(reflect.Value))
			all = append(all, spoilt{s.path, s.bad, whole})
		}
	}
	switch v.Kind() {
	case reflect.Float64:
		all = append(all, spoilt{path, math.NaN(), reflect.ValueOf(math.NaN()).Convert(v.Type())})
	case reflect.Int:
		all = append(all, spoilt{path, -1, reflect.ValueOf(-1).Convert(v.Type())})
	case reflect.Interface:
		if !v.IsNil() {
			with(v.Elem(), path, func(whole, part reflect.Value) { whole.Set(part) })
		}
	case reflect.Slice:
		for i := range v.Len() {
			with(v.Index(i), fmt.Sprintf("%s[%d]", path, i), func(whole, part reflect.Value) {
				fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
				reflect.Copy(fresh, v)
				fresh.Index(i).Set(part)
				whole.Set(fresh)
			})
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				with(v.Field(i), path+"."+f.Name,
					func(whole, part reflect.Value) { whole.Field(i).Set(part) })
			}
		}
	}
	return all
}

// names reports whether an error names the field that was spoilt.
func (s spoilt) names(err error) bool {
	field := s.path[strings.LastIndex(s.path, ".")+1:]
	if at := strings.Index(field, "["); at >= 0 {
		field = field[:at]
	}
	return strings.Contains(err.Error(), field)
}

// withRank returns the configuration with every Rank of type int that is set replaced, also within
// other settings, and whether there was one.
func withRank(config mc.Solver, rank int) (mc.Solver, bool) {
	c := reflect.New(reflect.TypeOf(config)).Elem()
	c.Set(reflect.ValueOf(config))
	if !replaceRank(c, rank) {
		return config, false
	}
	return c.Interface().(mc.Solver), true
}

// replaceRank is withRank for a part that can be set.
func replaceRank(v reflect.Value, rank int) bool {
	found := false
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() || v.Elem().Kind() != reflect.Struct {
			return false
		}
		part := reflect.New(v.Elem().Type()).Elem()
		part.Set(v.Elem())
		if found = replaceRank(part, rank); found {
			v.Set(part)
		}
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			found = replaceRank(fresh.Index(i), rank) || found
		}
		if found {
			v.Set(fresh)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch field := v.Type().Field(i); {
			case !field.IsExported():
			case field.Name == "Rank" && field.Type.Kind() == reflect.Int:
				if v.Field(i).Int() != 0 {
					v.Field(i).SetInt(int64(rank))
					found = true
				}
			default:
				found = replaceRank(v.Field(i), rank) || found
			}
		}
	}
	return found
}

// CheckSettings checks that settings, a struct, are resolved, described and validated:
//
//   - [mc.Validate] accepts them, and refuses NaN and a negative int in each field, naming the
//     field;
//   - [mc.Resolved] changes nothing the second time, and not its argument;
//   - [mc.Describe], by which a run is known, is the same for settings and resolved settings, and
//     has no address of memory in it;
//   - [mc.Zero] in a field with another default is described as such, or refused by name.
func CheckSettings(t T, config any) {
	t.Helper()
	s := newSubject(t, config)
	s.checkSettings(config)
}

func (s *subject) checkSettings(config any) {
	s.Helper()
	s.try("settings", func() {
		if err := mc.Validate(config); err != nil {
			s.failf("settings: Validate refuses them: %v", err)
		}
	})
	for _, bad := range spoil(config) {
		s.try("settings", func() {
			if err := mc.Validate(bad.value); err == nil {
				s.failf("settings: Validate accepts %s = %v; give the field a range tag, such as "+
					"`range:\"[0, inf)\"`", bad.path, bad.bad)
			} else if !bad.names(err) {
				s.failf("settings: for %s = %v Validate says %q, which does not name the field",
					bad.path, bad.bad, err)
			}
		})
	}
	s.try("resolved settings", func() { s.checkResolved(config) })
	s.try("settings that are zero", func() { s.checkZero(config) })
	s.try("described settings", func() { s.checkPrint(config) })
}

func (s *subject) checkResolved(config any) {
	s.Helper()
	before := fmt.Sprintf("%#v", config)
	once := mc.Resolved(config)
	text, again := mc.Describe(config), mc.Describe(once)
	switch {
	case fmt.Sprintf("%#v", config) != before:
		s.failf("settings: Resolved changes its argument")
	case text != again:
		s.failf("settings: they are %s, and resolved once more %s", text, again)
	}
}

// checkZero says zero in each number that has another default.
func (s *subject) checkZero(config any) {
	s.Helper()
	for _, zero := range withNumbers(config, mc.Zero) {
		err := mc.Validate(zero.config)
		if err != nil && !strings.Contains(err.Error(), zero.field+" is 0") {
			s.failf("settings: with %s = mc.Zero Validate says %q; it must name the field and 0",
				zero.field, err)
		}
		if say := mc.Describe(zero.config); err == nil && !strings.Contains(say, zero.field+":mc.Zero") {
			s.failf("settings: with %s = mc.Zero they are described as %s", zero.field, say)
		}
	}
}

// withNumber is a copy of a configuration with a number in a field that has another default.
type withNumber struct {
	field  string
	config any
}

// withNumbers puts the number into each such field in turn.
func withNumbers(config any, x float64) []withNumber {
	var all []withNumber
	v := reflect.ValueOf(config)
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if text, ok := field.Tag.Lookup("default"); !ok || text == "none" ||
			field.Type.Kind() != reflect.Float64 {
			continue
		}
		c := reflect.New(v.Type()).Elem()
		c.Set(v)
		c.Field(i).SetFloat(x)
		all = append(all, withNumber{field.Name, c.Interface()})
	}
	return all
}

// withScaled returns copies of a configuration with one of its numbers multiplied by the factor.
func withScaled(config mc.Solver, factor float64) []mc.Solver {
	var all []mc.Solver
	v := reflect.ValueOf(config)
	for i := 0; v.Kind() == reflect.Struct && i < v.NumField(); i++ {
		if v.Type().Field(i).IsExported() && v.Field(i).Kind() == reflect.Float64 && v.Field(i).Float() != 0 {
			c := reflect.New(v.Type()).Elem()
			c.Set(v)
			c.Field(i).SetFloat(factor * v.Field(i).Float())
			all = append(all, c.Interface().(mc.Solver))
		}
	}
	return all
}

// checkSpoilt checks that Solve refuses each wrong setting before the first step.
func (s *subject) checkSpoilt(solver mc.Solver, p mc.Problem) {
	s.Helper()
	for _, bad := range spoil(solver) {
		s.try("settings", func() {
			if err := s.refused(bad.value.(mc.Solver), p,
				fmt.Sprintf("%s = %v", bad.path, bad.bad)); err != nil && !bad.names(err) {
				s.failf("settings: for %s = %v Solve says %q, which does not name the field",
					bad.path, bad.bad, err)
			}
		})
	}
}

// checkPrint checks that the description of a configuration, which identifies a run, has no address
// of memory in it.
func (s *subject) checkPrint(config any) {
	s.Helper()
	if text := mc.Describe(config); strings.Contains(text, ")(0x") {
		s.failf("settings: they are described as %s, with an address that another run does not have; "+
			"give the type with the pointer or function a GoString", text)
	}
}

// typeName is the name of what has too much data to be printed.
func typeName(what any) string { return fmt.Sprintf("%T", what) }
