package catalog

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"projectpenalty/mc"
)

// Survey returns the text of mc/doc.go or mc/README.md with the lists and tables of this catalogue
// in place of those that are there.
func Survey(text string) (string, error) {
	var err error
	list := func(heading, list string) {
		if err == nil && strings.HasPrefix(text, "// Package") {
			text, err = replaceBlock(text, "// # "+heading, "//   ", list)
		}
	}
	table := func(header, rows string) {
		if err == nil && !strings.HasPrefix(text, "// Package") {
			text, err = replaceBlock(text, header, "| ", rows)
		}
	}
	list("Penalties", groups(penalties))
	list("Losses", groups(losses))
	list("Optimisers", groups(optimizers))
	list("Schedules", groups(schedules))
	list("Initialisations", groups(inits))
	list("Watched quantities", groups(quantities))
	table("| penalty R(W) |", rows(penalties))
	table("| loss ℓ |", rows(losses))
	table("| optimiser |", rows(optimizers))
	table("| schedule |", rows(schedules))
	table("| initialisation |", rows(inits))
	table("| quantity |", rows(quantities))
	return text, err
}

// replaceBlock replaces the lines with a prefix that follow a line with another one.
func replaceBlock(text, after, prefix, block string) (string, error) {
	at := strings.Index(text, "\n"+after)
	if at < 0 {
		return "", fmt.Errorf("catalog: there is no line that begins with %q", after)
	}
	lines := strings.SplitAfter(text[at+1:], "\n")
	begin := 1
	for begin < len(lines) && !strings.HasPrefix(lines[begin], prefix) {
		begin++
	}
	end := begin
	for end < len(lines) && strings.HasPrefix(lines[end], prefix) {
		end++
	}
	if begin == end {
		return "", fmt.Errorf("catalog: no line after %q begins with %q", after, prefix)
	}
	return text[:at+1] + strings.Join(lines[:begin], "") + block + strings.Join(lines[end:], ""), nil
}

// groups lists the names of each group, for a Go comment.
func groups[T any](entries []Entry[T]) string {
	var order []string
	names := map[string][]string{}
	for _, e := range entries {
		if names[e.Group] == nil {
			order = append(order, e.Group)
		}
		names[e.Group] = append(names[e.Group], "["+e.Name+"]")
	}
	var b strings.Builder
	for _, group := range order {
		line := "//   -"
		for _, word := range strings.Fields(group + ": " + strings.Join(names[group], ", ") + ".") {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > 100 {
				b.WriteString(line + "\n")
				line = "//    "
			}
			line += " " + word
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// rows are those of a Markdown table. ◦ marks a penalty with a proximal map.
func rows[T any](entries []Entry[T]) string {
	var b strings.Builder
	for _, e := range entries {
		mark := ""
		for _, c := range e.Cases {
			if p, ok := any(c).(Penalty); ok && proximal(p.Penalty) {
				mark = " ◦"
			}
		}
		fmt.Fprintf(&b, "| `%s`%s | %s |\n", e.Name, mark, strings.Join(e.Columns, " | "))
	}
	return b.String()
}

// proximal reports whether some settings of a penalty's type have a proximal map.
func proximal(p mc.Penalty) bool {
	_, ok := p.(mc.ProximalPenalty)
	return ok && !strings.HasPrefix(reflect.TypeOf(p).Name(), "normalized")
}
