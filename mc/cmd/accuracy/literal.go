package main

import (
	"fmt"
	"reflect"
	"strings"

	"projectpenalty/mc"
)

// literal prints a configuration as one would write it within package mc: fields that are zero are
// left out.
func literal(config any) string { return literalOf(reflect.ValueOf(config)) }

func literalOf(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Interface:
		return literalOf(v.Elem())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = literalOf(v.Index(i))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case reflect.Struct:
		if g, ok := v.Interface().(fmt.GoStringer); ok { // which prints as it is written, with zero fields
			return strings.ReplaceAll(g.GoString(), "mc.", "")
		}
		var fields []string
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				fields = append(fields, v.Type().Field(i).Name+": "+literalOf(f))
			}
		}
		return v.Type().Name() + "{" + strings.Join(fields, ", ") + "}"
	case reflect.Float64:
		if v.Float() == mc.Zero {
			return "Zero"
		}
	case reflect.Uint64: // which %#v prints in hexadecimal
		return fmt.Sprint(v.Uint())
	}
	return strings.TrimPrefix(fmt.Sprintf("%#v", v.Interface()), "mc.")
}
