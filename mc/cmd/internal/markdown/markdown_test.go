package markdown

import (
	"os"
	"path/filepath"
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

func TestInsert(t *testing.T) {
	name := filepath.Join(t.TempDir(), "README.md")
	begin, end := Marks("make it")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := "# Title\n" + begin + "\nold\n" + end + "\nafter\n"
	write(first)
	opened := name + ".opened" // the file that a reader has open
	if err := os.Link(name, opened); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"new\n", "newer\nstill\n\n"} { // what was inserted is replaced
		if err := Insert(name, "make it", text); err != nil {
			t.Fatal(err)
		}
		want := "# Title\n" + begin + "\n\n" + strings.TrimSpace(strings.Replace(text, "\ns", " s", 1)) + "\n\n" + end +
			"\nafter\n"
		if got := read(name); got != want {
			t.Errorf("after %q the file is %q, want %q", text, got, want)
		}
	}
	if got := read(opened); got != first {
		t.Errorf("the file was written in place: %q", got)
	}
	if err := Save(name, "a report\nin lines\n"); err != nil {
		t.Fatal(err)
	}
	if got := read(name); got != "a report in lines\n" {
		t.Errorf("the report is %q", got)
	}
	for _, text := range []string{"no marks", begin, end + begin} {
		write(text)
		if err := Insert(name, "make it", "new"); err == nil || !strings.Contains(err.Error(), "README.md has no") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}
