package nb

import (
	"context"
	"fmt"
	"html"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"

	"projectpenalty/viz"
)

const (
	// connects is the number of seconds that a page may take until its slider answers, unless
	// PENALTY_CONNECT is another.
	connects = 8
	// idle is how long a slider waits to be moved.
	idle = 2 * time.Minute
	// places of a slider.
	places = 100
)

// Slider shows a figure of a number that the reader moves, from one end to the other beginning at
// start, and draws it anew as it moves:
//
//	lambda := nb.Slider("λ", 0, 0.1, 0.01, func(lambda float64) viz.Figure { return viz.Loss(fit(lambda)) })
//
// The cell runs until the button is pressed, the cell is interrupted, or nobody has moved the
// slider for two minutes. Slider then returns the last value, and the figure for it is stored as
// [Show] would.
//
// GoNB's connection needs a page at the root of an http server, as make lab starts it. Elsewhere
// (JupyterHub, Binder, https, VS Code, a notebook run without a page) the figure for start is shown
// with a message after eight seconds, and start is returned; the environment variable
// PENALTY_CONNECT sets other seconds, for a slow server.
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
	moved := &newest{c: make(chan message, 1)}
	subscription := comms.Subscribe(address, func(_, text string) { moved.receive(text) })
	wait := time.Duration(Param("CONNECT", float64(connects)) * float64(time.Second))
	gonbui.UpdateHTML(control, sliderHTML(control, address, label, from, to, start, wait))
	var shown viz.Figure // for the value of
	var of float64
	s := slide{
		from: from, to: to, value: start, place: place(from, to, start), moved: moved.c, idle: idle, connects: wait,
		draw: func(value float64) {
			shown, of = draw(value), value
			fragment, err := shown.HTML()
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
		displayHTML(alert(fmt.Errorf("nb: Slider(%q): this page has no connection for sliders; the figure is for %v. "+
			"Change the number in the cell and run it again", label, start)))
	}
	fmt.Printf("%s = %v\n", label, s.value)
	if of != s.value { // moved while the last one was drawn
		shown = draw(s.value)
	}
	Show(shown)
	return s.value
}

func checkSlider(label string, from, to, start float64, draw func(float64) viz.Figure) error {
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	switch {
	case !(from < to) || !finite(from) || !finite(to):
		return fmt.Errorf("nb: Slider(%q) goes from %v to %v; both must be finite, the first below the second",
			label, from, to)
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
	place           float64 // of value, before it is moved
	moved           <-chan message
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
		case m := <-s.moved:
			timeout.Stop()
			if connected || m.place != s.place { // the first tells where it is, which may be where it starts
				s.value = s.at(m.place)
			}
			if m.done {
				return true
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
	if place <= 0 {
		return s.from
	}
	if place >= places {
		return s.to
	}
	value := s.from + (s.to-s.from)*place/places
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'f', decimals(s.from, s.to), 64), 64); err == nil {
		return min(max(rounded, s.from), s.to)
	}
	return value
}

// decimals are those of the values of a slider, of which the page shows the same.
func decimals(from, to float64) int { return min(max(0, 3-int(math.Floor(math.Log10(to-from)))), 100) }

// A message is what the page sends, as the text "number place", with " done" after it if the button
// was pressed. Numbers grow.
type message struct {
	number int
	place  float64
	done   bool
}

func parseMessage(text string) (m message, ok bool) {
	text, m.done = strings.CutSuffix(text, " done")
	_, err := fmt.Sscanf(text, "%d %g", &m.number, &m.place)
	return m, err == nil && !math.IsNaN(m.place)
}

// newest holds in its channel, which has room for one, the newest message that nobody has taken.
// GoNB hands each to the program in a goroutine of its own, so that an older one may come later,
// and is then dropped.
type newest struct {
	mu   sync.Mutex
	last int
	c    chan message
}

func (n *newest) receive(text string) {
	m, ok := parseMessage(text)
	n.mu.Lock()
	defer n.mu.Unlock()
	if !ok || m.number <= n.last {
		return
	}
	n.last = m.number
	select {
	case <-n.c:
	default:
	}
	n.c <- m
}

// sliderHTML is the slider with its button, on which JupyterLab is told not to take keys for its
// own commands. Its script waits for GoNB's connection, which may come later, as long as the cell
// does.
func sliderHTML(id, address, label string, from, to, start float64, wait time.Duration) string {
	return fmt.Sprintf(`<div id=%[1]q style="display:flex;gap:12px;align-items:center;max-width:760px"><label style="flex:1;display:flex;gap:8px;align-items:center">`+
		`<span>%[2]s</span><input data-lm-suppress-shortcuts type="range" min="0" max="%[3]d" value="%[4]v" style="flex:1"><output>%[5]v</output></label><button data-lm-suppress-shortcuts>done</button></div>`+
		`<script>(function(){var host=document.getElementById(%[1]q);if(!host)return;var range=host.querySelector("input"),out=host.querySelector("output"),sent=0,number=0,tries=0;`+
		`function say(end){if(window.gonb_comm)gonb_comm.send(%[6]q,++number+" "+range.value+end)}`+
		`range.addEventListener("input",function(){out.value=String(+((%[7]v)+((%[8]v)-(%[7]v))*range.value/%[3]d).toFixed(%[10]d));`+
		`clearTimeout(sent);sent=setTimeout(function(){say("")},80)});`+
		`host.querySelector("button").addEventListener("click",function(){clearTimeout(sent);say(" done")});`+
		`(function hello(){if(window.gonb_comm&&gonb_comm.websocket_is_opened)say("");else if(++tries<%[9]d)setTimeout(hello,100)})()})()</script>`,
		id, html.EscapeString(label), places, place(from, to, start), start, address, from, to,
		wait/(100*time.Millisecond), decimals(from, to))
}
