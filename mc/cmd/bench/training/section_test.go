//go:build linux

package main

import "testing"

// A run replaces the section of its own processor, keeps the others, and comes last.
func TestWithSection(t *testing.T) {
	one := withSection("", "## On A", "### Product\n\n| 1 |\n\n")
	two := withSection(introduction+one, "## On B", "### Product\n\n| 2 |\n")
	three := withSection(introduction+two, "## On A", "### Product\n\n| 3 |\n")
	for got, want := range map[string]string{
		one:   "## On A\n\n### Product\n\n| 1 |\n",
		two:   "## On A\n\n### Product\n\n| 1 |\n\n## On B\n\n### Product\n\n| 2 |\n",
		three: "## On B\n\n### Product\n\n| 2 |\n\n## On A\n\n### Product\n\n| 3 |\n",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
