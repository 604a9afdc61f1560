// Package markdown has what the programs share that write reports in Markdown.
package markdown

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"projectpenalty/mc/data"
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

// Marks are the comments between which a file has what a command writes, such as make accuracy.
func Marks(command string) (begin, end string) {
	return "<!-- written by " + command + "; do not edit -->", "<!-- end of " + command + " -->"
}

// Insert replaces what a file has between the marks of a command by a text, wrapped. The file is
// the old one or the new one at any moment.
func Insert(name, command, text string) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("markdown: %w", err)
	}
	begin, end := Marks(command)
	before, rest, ok := strings.Cut(string(old), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("markdown: %s has no %q before a %q", name, begin, end)
	}
	return save(name, before+begin+"\n\n"+Wrapped(strings.TrimSpace(text))+"\n\n"+end+after)
}

// Save writes a report, wrapped. The file is the old one or the new one at any moment.
func Save(name, text string) error { return save(name, Wrapped(text)) }

func save(name, text string) error {
	return data.Save(name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}
