package draw

import (
	"strings"
	"testing"
)

const option = `{"animation":false,"xAxis":{"type":"value"},"yAxis":{"type":"log"},
	"series":[{"type":"line","data":[[1,10],[2,1000]]}]}`

func TestSVG(t *testing.T) {
	svg, err := SVG([]byte(option), 400, 300)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, `width="400"`) || !strings.Contains(svg, "<path") {
		t.Errorf("not a picture of a line at 400 pixels: %.200s", svg)
	}
	again, err := SVG([]byte(option), 400, 300)
	if err != nil || again != svg {
		t.Errorf("drawn again: %v, %d bytes are not the %d before", err, len(again), len(svg))
	}
	if _, err := SVG([]byte(`{`), 400, 300); err == nil {
		t.Error("broken JSON: no error")
	}
}

func BenchmarkSVG(b *testing.B) {
	for b.Loop() {
		if _, err := SVG([]byte(option), 400, 300); err != nil {
			b.Fatal(err)
		}
	}
}
