package viz

import (
	"fmt"
	"image/color"
	"math"
)

// The palette of Okabe and Ito (2008), which readers with any of the common colour deficiencies can
// tell apart, in an order that keeps neighbours apart in lightness too. Yellow is left out: it
// vanishes on white.
var palette = []string{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"}

// styles of lines that tell apart what shares a colour.
var styles = []string{"solid", "dashed", "dotted"}

// Neutral grey reads on white and on black; the live chart replaces it by a darker or a lighter
// one, as the page is.
const (
	neutral = "#767676"
	faint   = "#8a8a8a44"
)

// viridis and its like have equal steps in lightness (van der Walt and Smith 2015); the diverging
// scale is Crameri's vik, thinned, with its middle at zero.
var (
	viridis = []string{
		"#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
	}
	diverging = []string{
		"#001261", "#03467d", "#3f85a9", "#a1c6d6", "#ece5e0", "#dcac90", "#c0714d", "#912f0f", "#590008",
	}
)

// colourAt interpolates between the colours, for t from 0 to 1.
func colourAt(colours []string, t float64) color.NRGBA {
	t = min(max(t, 0), 1) * float64(len(colours)-1)
	k := min(int(t), len(colours)-2)
	var a, b [3]uint8
	fmt.Sscanf(colours[k], "#%02x%02x%02x", &a[0], &a[1], &a[2])
	fmt.Sscanf(colours[k+1], "#%02x%02x%02x", &b[0], &b[1], &b[2])
	mix := func(i int) uint8 {
		return uint8(math.Round(float64(a[i]) + (t-float64(k))*(float64(b[i])-float64(a[i]))))
	}
	return color.NRGBA{mix(0), mix(1), mix(2), 255}
}
