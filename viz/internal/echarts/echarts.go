// Package echarts holds Apache ECharts 5.6.0 (Apache licence 2.0, see LICENSE and NOTICE beside
// this file), minified and compressed as its authors publish it, and asks for static pictures: of
// package viz/draw, if the program has it, or else of the program penalty-draw.
package echarts

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"sync"
)

// Version of the embedded library.
const Version = "5.6.0"

//go:embed echarts.min.js.gz
var compressed []byte

// Compressed returns the library as base64 of gzip: 446 kB of text.
func Compressed() string { return base64.StdEncoding.EncodeToString(compressed) }

// Source returns the library as JavaScript: 1 MB.
var Source = sync.OnceValues(func() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return "", fmt.Errorf("echarts: %w", err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("echarts: %w", err)
	}
	return string(b), nil
})

//go:embed dress.js
var dress string

// Dress is a JavaScript function of the library, an option, a width in pixels and whether the
// drawing is live, which completes the option: see dress.js.
var Dress = Compact(dress)
