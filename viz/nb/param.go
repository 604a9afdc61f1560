package nb

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
)

// Param returns the value of the environment variable PENALTY_<name>, or the default where it is
// not set: a parameter of a notebook that may be given from outside, as by PENALTY_SEEDS=10 jupyter
// execute ….ipynb. A value that is not of the default's type ends the cell with a message.
func Param[T int | uint64 | float64 | bool | string](name string, value T) T {
	text, ok := os.LookupEnv("PENALTY_" + name)
	if !ok {
		return value
	}
	parsed, err := parse(text, value)
	if err != nil {
		fmt.Fprintf(os.Stderr, "nb: PENALTY_%s is %q; it must be %s\n", name, text, err)
		os.Exit(1)
	}
	return parsed
}

// parse reads a value of the type of like; its error says what the text must be.
func parse[T int | uint64 | float64 | bool | string](text string, like T) (T, error) {
	var parsed any
	var err error
	kind := ""
	switch any(like).(type) {
	case int:
		parsed, err = strconv.Atoi(text)
		kind = "an integer"
	case uint64:
		parsed, err = strconv.ParseUint(text, 10, 64)
		kind = "a non-negative integer"
	case float64:
		parsed, err = strconv.ParseFloat(text, 64)
		kind = "a number"
	case bool:
		parsed, err = strconv.ParseBool(text)
		kind = "true or false"
	case string:
		parsed = text
	}
	if err != nil {
		var zero T
		return zero, fmt.Errorf("%s", kind)
	}
	return parsed.(T), nil
}

// Range ends the cell with a message unless the parameter lies between the bounds.
func Range[T int | uint64 | float64](name string, value, lo, hi T) {
	compare()
	if !(value >= lo && value <= hi) {
		fmt.Fprintf(os.Stderr, "nb: %s is %v; it must be from %v to %v\n", name, value, lo, hi)
		os.Exit(1)
	}
}

// Must returns the value after a [Check] of the error, which ends the cell with its message. A run
// that was interrupted or diverged is noted only, unless it left no value: where that is nil, there
// is nothing to go on with, and the cell ends.
func Must[T any](value T, err error) T {
	if err != nil && isNil(reflect.ValueOf(&value).Elem()) {
		err = final(err)
	}
	Check(err)
	return value
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan:
		return v.IsNil()
	}
	return false
}
