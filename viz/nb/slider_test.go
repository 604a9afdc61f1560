package nb

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// slid runs a slider from 0 to 10 over the messages, and returns what it drew.
func slid(ctx context.Context, s *slide, messages ...message) (drawn []float64, connected bool) {
	moved := make(chan message)
	go func() {
		for _, m := range messages {
			moved <- m
		}
	}()
	s.from, s.to, s.value, s.place, s.moved = 0, 10, 2.5, 25, moved
	s.draw = func(v float64) { drawn = append(drawn, v) }
	connected = s.run(ctx)
	return drawn, connected
}

// at is the message that the slider is at a place, pressed that its button was pressed there.
func at(place float64) message      { return message{place: place} }
func pressed(place float64) message { return message{place: place, done: true} }

func TestSlide(t *testing.T) {
	s := &slide{connects: time.Hour, idle: time.Hour}
	drawn, connected := slid(t.Context(), s, at(25), at(40), at(40), at(100), at(7), pressed(30))
	if diff := cmp.Diff([]float64{2.5, 4, 10, 0.7}, drawn); diff != "" || !connected || s.value != 3 {
		t.Errorf("connected %v, ends at %v, drawn (-want +got):\n%s", connected, s.value, diff)
	}
}

// One that was moved while the page connected is where it was moved to.
func TestSlideMovedEarly(t *testing.T) {
	drawn, _ := slid(t.Context(), &slide{connects: time.Hour, idle: time.Hour}, at(40), pressed(40))
	if diff := cmp.Diff([]float64{2.5, 4}, drawn); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
}

// A page that never answers, one that nobody moves, and an interrupted cell all end, with the value
// that there is.
func TestSlideEnds(t *testing.T) {
	s := &slide{connects: time.Nanosecond, idle: time.Hour}
	if drawn, connected := slid(t.Context(), s); len(drawn) != 1 || connected || s.value != 2.5 {
		t.Errorf("no answer: connected %v, drawn %v, value %v", connected, drawn, s.value)
	}
	s = &slide{connects: time.Hour, idle: time.Nanosecond}
	if drawn, connected := slid(t.Context(), s, at(25)); len(drawn) != 1 || !connected || s.value != 2.5 {
		t.Errorf("never moved: connected %v, drawn %v, value %v", connected, drawn, s.value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s = &slide{connects: time.Hour, idle: time.Hour}
	if _, connected := slid(ctx, s); !connected || s.value != 2.5 {
		t.Errorf("interrupted: connected %v, value %v", connected, s.value)
	}
}

// Whatever the order in which they come, the newest message is the one that is taken.
func TestNewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.Permutation([]string{"1 10", "2 20", "3 30", "4 40 done"}).Draw(t, "order")
		n := &newest{c: make(chan message, 1)}
		for _, text := range order {
			n.receive(text)
		}
		if got, want := <-n.c, (message{4, 40, true}); got != want || len(n.c) != 0 {
			t.Errorf("%v and %d more, want %v alone", got, len(n.c), want)
		}
		n.receive("3 30")
		n.receive("5 NaN")
		n.receive("not a message")
		if len(n.c) != 0 {
			t.Errorf("%v was taken for news", <-n.c)
		}
	})
}

// The ends of a slider are the numbers that were given, however they are rounded.
func TestSliderEnds(t *testing.T) {
	for _, s := range []slide{{from: 1e-4, to: 2}, {from: 1e-6, to: 0.1}, {from: -3.14159, to: 1e5}} {
		if lo, hi := s.at(0), s.at(places); lo != s.from || hi != s.to {
			t.Errorf("from %v to %v it goes from %v to %v", s.from, s.to, lo, hi)
		}
		for place := range places + 1 {
			if x := s.at(float64(place)); x < s.from || x > s.to {
				t.Errorf("place %d of %v to %v is %v", place, s.from, s.to, x)
			}
		}
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
	h := sliderHTML("id", "/a", `<script>"`, 0, 0.2, 0.05, 8*time.Second)
	if strings.Count(h, "<script>") != 1 || !strings.Contains(h, `value="25"`) ||
		!strings.Contains(h, "++tries<80)") || strings.Contains(h, "%!") {
		t.Errorf("%s", h)
	}
	h = sliderHTML("id", "/a", "below 0", -1, 1, 0, time.Second)
	if strings.Contains(h, "--") { // which JavaScript takes for a decrement
		t.Errorf("%s", h)
	}
}
