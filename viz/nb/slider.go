package nb

import (
	"context"
	"fmt"
	"html"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"

	"projectpenalty/viz"
)

const (
	// connects is the number of seconds that a page may take until its slider answers, unless PENALTY_CONNECT is another.
	connects = 8
	// idle is how long a slider waits to be moved.
	idle = 2 * time.Minute
	// places of a slider.
	places = 100
	// done is what the button sends in the place of a value.
	done = -1
)

// Slider shows a figure of a number that the reader moves, from one end to the other beginning at start, and draws it anew as
// it moves:
//
//	lambda := nb.Slider("λ", 0, 0.1, 0.01, func(lambda float64) viz.Figure { return viz.Loss(fit(lambda)) })
//
// The cell runs until the button is pressed, the cell is interrupted, or nobody has moved the slider for two minutes. Slider then
// returns the last value, and the figure for it is stored as [Show] would.
//
// GoNB's connection needs a page at the root of an http server, as make lab starts it. Elsewhere (JupyterHub, Binder, https, VS
// Code, a notebook run without a page) the figure for start is shown with a message after eight seconds, and start is returned;
// the environment variable PENALTY_CONNECT gives a slow server other seconds.
func Slider(label string, from, to, start float64, draw func(float64) viz.Figure) float64 {
	if err := checkSlider(label, from, to, start, draw); err != nil {
		Check(err)
	}
	if !gonbui.IsNotebook || os.Getenv(Pictures) != "" {
		fmt.Printf("%s = %v\n", label, start)
		Show(draw(start))
		return start
	}
	bringLibrary()
	id := gonbui.UniqueId()
	control, figure, address := "penalty-slider-"+id, "penalty-slid-"+id, "/penalty/slider/"+id
	moved := make(chan float64, 1)
	subscription := comms.Subscribe(address, func(_ string, place float64) { newest(moved, place) })
	gonbui.UpdateHTML(control, sliderHTML(control, address, label, from, to, start))
	s := slide{
		from: from, to: to, value: start, place: place(from, to, start), moved: moved, idle: idle,
		connects: time.Duration(Param("CONNECT", float64(connects)) * float64(time.Second)),
		draw: func(value float64) {
			fragment, err := draw(value).HTML()
			if err != nil {
				fragment = alert(err)
			}
			gonbui.UpdateHTML(figure, fragment)
		},
	}
	connected := s.run(Context())
	if connected { // or GoNB would wait for a connection once more
		comms.Unsubscribe(subscription)
	}
	gonbui.UpdateHTML(control, "")
	gonbui.UpdateHTML(figure, "")
	if !connected {
		gonbui.DisplayHTML(alert(fmt.Errorf("nb: Slider(%q): this page has no connection for sliders; the figure is for %v. "+
			"Change the number in the cell and run it again", label, start)))
	}
	fmt.Printf("%s = %v\n", label, s.value)
	Show(draw(s.value))
	return s.value
}

func checkSlider(label string, from, to, start float64, draw func(float64) viz.Figure) error {
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	switch {
	case !(from < to) || !finite(from) || !finite(to):
		return fmt.Errorf("nb: Slider(%q) goes from %v to %v; both must be finite, the first below the second", label, from, to)
	case !(start >= from && start <= to):
		return fmt.Errorf("nb: Slider(%q) starts at %v; it must be from %v to %v", label, start, from, to)
	case draw == nil:
		return fmt.Errorf("nb: Slider(%q): draw is nil; it must return the figure for a value", label)
	}
	return nil
}

// A slide is a slider in use.
type slide struct {
	from, to, value float64
	place           float64        // of value, before it is moved
	moved           <-chan float64 // places, and done
	connects, idle  time.Duration
	draw            func(float64)
}

// run draws until the slider is done with, and reports whether it ever answered.
func (s *slide) run(ctx context.Context) bool {
	wait, connected := s.connects, false
	drawn := s.value
	s.draw(drawn) // while the page connects
	for {
		timeout := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timeout.Stop()
			return true
		case <-timeout.C:
			return connected
		case place := <-s.moved:
			timeout.Stop()
			if place == done {
				return true
			}
			if connected || place != s.place { // the first tells where it is, which may be where it starts
				s.value = s.at(place)
			}
			wait, connected = s.idle, true
			if s.value != drawn {
				drawn = s.value
				s.draw(s.value)
			}
		}
	}
}

// place is the nearest one to a value.
func place(from, to, value float64) float64 { return math.Round((value - from) / (to - from) * places) }

// at is the value of a place, in round digits.
func (s *slide) at(place float64) float64 {
	value := s.from + (s.to-s.from)*min(max(place, 0), places)/places
	digits := max(0, 3-int(math.Floor(math.Log10(s.to-s.from))))
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'f', digits, 64), 64); err == nil {
		return rounded
	}
	return value
}

// newest leaves the value in the channel, which holds one, in the place of what nobody has taken. Only one goroutine calls it.
func newest(c chan float64, value float64) {
	select {
	case <-c:
	default:
	}
	c <- value
}

// sliderHTML is the slider with its button. Its script waits for GoNB's connection, which may come later.
func sliderHTML(id, address, label string, from, to, start float64) string {
	return fmt.Sprintf(`<div id=%[1]q style="display:flex;gap:12px;align-items:center;max-width:760px"><label style="flex:1;display:flex;gap:8px;align-items:center">`+
		`<span>%[2]s</span><input type="range" min="0" max="%[3]d" value="%[4]v" style="flex:1"><output>%[5]v</output></label><button>done</button></div>`+
		`<script>(function(){var host=document.getElementById(%[1]q);if(!host)return;var range=host.querySelector("input"),out=host.querySelector("output"),sent=0,tries=0;`+
		`function say(place){if(window.gonb_comm)gonb_comm.send(%[6]q,place)}`+
		`range.addEventListener("input",function(){out.value=String(+(%[7]v+(%[8]v-%[7]v)*range.value/%[3]d).toPrecision(4));`+
		`clearTimeout(sent);sent=setTimeout(function(){say(+range.value)},80)});`+
		`host.querySelector("button").addEventListener("click",function(){clearTimeout(sent);say(+range.value);setTimeout(function(){say(%[9]d)},300)});`+
		`(function hello(){if(window.gonb_comm&&gonb_comm.websocket_is_opened)say(+range.value);else if(++tries<80)setTimeout(hello,100)})()})()</script>`,
		id, html.EscapeString(label), places, place(from, to, start), start, address, from, to, done)
}
