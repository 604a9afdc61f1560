package markdown

import (
	"strings"
	"testing"
)

func TestWrapped(t *testing.T) {
	words := strings.Repeat("σ of nine ", 12) // 10 runes each
	row := "| " + words + words + "|"
	got := Wrapped("### " + words + words + "\n\n" + words + "\nand more\n\n" + row)
	want := "### " + words + words + "\n\n" + strings.TrimSpace(strings.Repeat("σ of nine ", 10)) +
		"\nσ of nine σ of nine and more\n\n" + row
	if got != want {
		t.Errorf("wrapped:\n%s\nwant:\n%s", got, want)
	}
}
