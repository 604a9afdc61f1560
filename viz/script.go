package viz

import (
	"crypto/rand"
	"embed"
	"fmt"
	"html"
	"strings"

	"projectpenalty/viz/internal/echarts"
)

// Where the library is to be had if a page does not bring it, and what it must then be.
const (
	libraryURL       = "https://cdn.jsdelivr.net/npm/echarts@" + echarts.Version + "/dist/echarts.min.js"
	libraryIntegrity = "sha384-pPi0zxBAoDu6+JXW/C68UZLvBUUtU+7zonhif43rqj7pxsGyqyqzcian2Rj37Rss"
)

//go:embed js
var scripts embed.FS

// script returns a file of the folder js, an expression, without comments, its words in capitals
// replaced by what they stand for.
func script(name string) string {
	read := func(name string) string {
		b, err := scripts.ReadFile("js/" + name)
		if err != nil {
			panic(err) // embedded: a wrong name fails every test
		}
		return echarts.Compact(string(b))
	}
	return strings.NewReplacer("DRESS", echarts.Dress, "DARK", read("dark.js"), "SHOWN", read("shown.js"),
		"NEUTRAL", neutral,
		"LIBRARY_URL", libraryURL, "LIBRARY_INTEGRITY", libraryIntegrity).Replace(read(name))
}

// The scripts of a chart's fragment. What each is a function of is said in its file.
var (
	drawScript     = script("draw.js")
	libraryScript  = script("library.js")
	liveScript     = script("live.js")
	linesScript    = script("lines.js")
	matrixScript   = script("matrix.js")
	timelineScript = script("timeline.js")
)

// Library returns a script that makes ECharts known to the charts of its page or notebook, 446 kB.
// A page needs it once.
func Library() string {
	return `<script>` + libraryScript + `("` + echarts.Compressed() + `")</script>`
}

// standalone is a page of its own.
func standalone(title string, f Figure) (string, error) {
	body, err := f.HTML()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>body{font-family:sans-serif;margin:1rem auto;padding:0 1rem;max-width:90rem}</style>
%s
%s
</html>
`, html.EscapeString(title), Library(), body), nil
}

// newID names an element of a page.
func newID() string { return "penalty-" + rand.Text()[:12] }
