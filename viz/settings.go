package viz

import (
	"regexp"
	"strings"

	"projectpenalty/viz/internal/words"
)

var (
	zeroSetting = regexp.MustCompile(`(, )?\b\w+:(0|0x0|false|""|mc\.Exact|mc\.\w+\(nil\))([,}])`)
	innermost   = regexp.MustCompile(`\{(?:, )?([^{}]*)\}`)
)

// settingsInWords writes what %#v prints as a reader would: without the package and what has its
// default, mc.Schatten{P:0.5} as Schatten (p = 0.5).
func settingsInWords(text string) string {
	for zeroSetting.MatchString(text) {
		text = zeroSetting.ReplaceAllString(text, "$3")
	}
	for innermost.MatchString(text) {
		text = innermost.ReplaceAllStringFunc(text, func(fields string) string {
			fields = innermost.FindStringSubmatch(fields)[1]
			if fields == "" {
				return ""
			}
			var list []string
			for f := range strings.SplitSeq(fields, ", ") {
				if name, value, ok := strings.Cut(f, ":"); ok {
					f = words.Of(name) + " = " + value
				}
				if f != "" {
					list = append(list, f)
				}
			}
			return " (" + strings.Join(list, ", ") + ")"
		})
	}
	return strings.NewReplacer("mc.Zero", "0", "mc.", "").Replace(text)
}

// A setting is a field of a solver, as %#v prints it; its own type has no name.
type setting struct{ name, value string }

func (s setting) String() string {
	switch s.name {
	case "", "Optimizer", "Penalty", "Schedule", "Init": // the value says what it is
		return s.value
	}
	return words.Of(s.name) + " " + s.value
}

// parseSettings takes a struct as %#v prints it apart: its type and its fields.
func parseSettings(text string) []setting {
	name, fields, ok := strings.Cut(text, "{")
	list := []setting{{"", strings.TrimPrefix(name, "mc.")}}
	if !ok {
		return list
	}
	depth, from := 0, 0
	for k, r := range fields {
		switch {
		case strings.ContainsRune("{([", r):
			depth++
		case strings.ContainsRune("})]", r) && depth > 0:
			depth--
		case depth == 0 && (r == ',' || r == '}'):
			if field, value, ok := strings.Cut(strings.TrimSpace(fields[from:k]), ":"); ok {
				list = append(list, setting{field, settingsInWords(value)})
			}
			from = k + 1
		}
	}
	return list
}
