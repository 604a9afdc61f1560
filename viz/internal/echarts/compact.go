package echarts

import (
	"regexp"
	"strings"
)

var comments = regexp.MustCompile(`(?m)^\t*(//.*(\n|\z))?| // .*$`)

// Compact returns JavaScript of this project without comments and indentation. A comment has a line
// of its own, or follows code after " // ".
func Compact(js string) string { return strings.TrimSpace(comments.ReplaceAllString(js, "")) }
