// Package markdown has what the programs share that write reports in Markdown.
package markdown

import (
	"strings"
	"unicode/utf8"
)

// width of the repository's prose.
const width = 100

// Wrapped breaks the paragraphs of a Markdown text, not its tables and headings, at the width.
func Wrapped(text string) string {
	var lines []string
	inside := false // a paragraph, to which a line is added
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || strings.ContainsRune("|#<", rune(line[0])) {
			lines, inside = append(lines, line), false
			continue
		}
		for word := range strings.FieldsSeq(line) {
			last := len(lines) - 1
			if inside && utf8.RuneCountInString(lines[last]+" "+word) <= width {
				lines[last] += " " + word
			} else {
				lines, inside = append(lines, word), true
			}
		}
	}
	return strings.Join(lines, "\n")
}
