package echarts

import "sync/atomic"

// A Drawer draws an option, given as JSON, at a width in pixels. The height is that of the drawing;
// title, notes and legend add to it. It returns an SVG.
type Drawer func(option []byte, width, height int) (string, error)

var inProcess atomic.Pointer[Drawer]

// Use makes d draw the pictures of this process; nil leaves them to the program penalty-draw.
func Use(d Drawer) { inProcess.Store(&d) }

// SVG draws an option with the drawer of this process, or else with the program penalty-draw. Its
// error is [ErrNoDrawer] where there is neither.
func SVG(option []byte, width, height int) (string, error) {
	if d := inProcess.Load(); d != nil && *d != nil {
		return (*d)(option, width, height)
	}
	return ask(request{Option: option, Width: width, Height: height})
}
