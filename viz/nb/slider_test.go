package nb

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// slid runs a slider from 0 to 10 over the places, and returns what it drew.
func slid(ctx context.Context, s *slide, places ...float64) (drawn []float64, connected bool) {
	moved := make(chan float64)
	go func() {
		for _, p := range places {
			moved <- p
		}
	}()
	s.from, s.to, s.value, s.place, s.moved = 0, 10, 2.5, 25, moved
	s.draw = func(v float64) { drawn = append(drawn, v) }
	connected = s.run(ctx)
	return drawn, connected
}

func TestSlide(t *testing.T) {
	s := &slide{connects: time.Hour, idle: time.Hour}
	drawn, connected := slid(t.Context(), s, 25, 40, 40, 100, 7, done)
	if diff := cmp.Diff([]float64{2.5, 4, 10, 0.7}, drawn); diff != "" || !connected || s.value != 0.7 {
		t.Errorf("connected %v, ends at %v, drawn (-want +got):\n%s", connected, s.value, diff)
	}
}

// One that was moved while the page connected is where it was moved to.
func TestSlideMovedEarly(t *testing.T) {
	drawn, _ := slid(t.Context(), &slide{connects: time.Hour, idle: time.Hour}, 40, done)
	if diff := cmp.Diff([]float64{2.5, 4}, drawn); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
}

// A page that never answers, one that nobody moves, and an interrupted cell all end, with the value that there is.
func TestSlideEnds(t *testing.T) {
	s := &slide{connects: time.Nanosecond, idle: time.Hour}
	if drawn, connected := slid(t.Context(), s); len(drawn) != 1 || connected || s.value != 2.5 {
		t.Errorf("no answer: connected %v, drawn %v, value %v", connected, drawn, s.value)
	}
	s = &slide{connects: time.Hour, idle: time.Nanosecond}
	if drawn, connected := slid(t.Context(), s, 25); len(drawn) != 1 || !connected || s.value != 2.5 {
		t.Errorf("never moved: connected %v, drawn %v, value %v", connected, drawn, s.value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s = &slide{connects: time.Hour, idle: time.Hour}
	if _, connected := slid(ctx, s); !connected || s.value != 2.5 {
		t.Errorf("interrupted: connected %v, value %v", connected, s.value)
	}
}

func TestNewest(t *testing.T) {
	c := make(chan float64, 1)
	for k := range 5 {
		newest(c, float64(k))
	}
	if got := <-c; got != 4 || len(c) != 0 {
		t.Errorf("%v and %d more, want the last alone", got, len(c))
	}
}

func TestCheckSlider(t *testing.T) {
	draw := func(float64) viz.Figure { return viz.Loss(&mc.Trace{}) }
	if err := checkSlider("λ", 0, 1, 0.5, draw); err != nil {
		t.Error(err)
	}
	for want, err := range map[string]error{
		"goes from 1 to 1":   checkSlider("λ", 1, 1, 1, draw),
		"goes from 0 to NaN": checkSlider("λ", 0, math.NaN(), 0, draw),
		"starts at 2":        checkSlider("λ", 0, 1, 2, draw),
		"draw is nil":        checkSlider("λ", 0, 1, 0, nil),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func TestSliderHTML(t *testing.T) {
	h := sliderHTML("id", "/a", `<script>"`, 0, 0.2, 0.05)
	if strings.Count(h, "<script>") != 1 || !strings.Contains(h, `value="25"`) || strings.Contains(h, "%!") {
		t.Errorf("%s", h)
	}
}
