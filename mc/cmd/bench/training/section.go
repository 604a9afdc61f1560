//go:build linux

package main

import (
	"fmt"
	"strings"

	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/internal/kernel"
)

// introduction begins the file of results.
const introduction = `# Benchmarks

Written by ` + "`make bench`" + `; do not edit. One section per processor, the newest last. One core, one
thread, double precision unless it says f32 or mixed. The contenders take turns in one run; a figure
is the median over all its iterations of their CPU time, with the quartiles after it.

`

// sectionTitle names the processor of this run.
func sectionTitle() string {
	return fmt.Sprintf("## On %s by %s", peer.Processor(), kernel.Instructions())
}

// withSection returns the sections of a file of results with one more at the end, in the place of
// an older one of the same title.
func withSection(file, title, text string) string {
	var kept strings.Builder
	for i, section := range strings.Split("\n"+file, "\n## ") {
		if old, _, _ := strings.Cut(section, "\n"); i > 0 && "## "+old != title {
			kept.WriteString("## " + strings.TrimRight(section, "\n") + "\n\n")
		}
	}
	return kept.String() + title + "\n\n" + strings.TrimSpace(text) + "\n"
}
