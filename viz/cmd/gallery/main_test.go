package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// viz/README.md begins as this program writes it, and its contents, its sections and its pictures
// are of the same charts. The pictures are of real runs, which the test does not repeat.
func TestREADME(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	if !strings.HasPrefix(page, head) {
		t.Error("viz/README.md does not begin with head of main.go; go run ./viz/cmd/gallery writes it")
	}
	names := func(pattern string) (all []string) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(page, -1) {
			all = append(all, m[1])
		}
		return all
	}
	listed := names(`(?m)^\| .* \| \[(\w+)\]\(#\w+\) \|$`)
	if sections := names(`(?m)^## (\w+)$`); len(listed) == 0 || !slices.Equal(listed, sections) {
		t.Errorf("the contents list %q, the sections are %q", listed, sections)
	}
	if shown := names(`\]\(pictures/(\w+)\.svg\)`); !slices.Equal(listed, shown) {
		t.Errorf("the contents list %q, the pictures are %q", listed, shown)
	}
	files, err := os.ReadDir("../../pictures")
	if err != nil {
		t.Fatal(err)
	}
	var drawn []string
	for _, f := range files {
		drawn = append(drawn, strings.TrimSuffix(f.Name(), ".svg"))
	}
	slices.Sort(listed)
	if !slices.Equal(listed, drawn) {
		t.Errorf("the contents list %q, viz/pictures has %q", listed, drawn)
	}
}
