package print

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strconv"
	"strings"
)

// An element of an SVG.
type element struct {
	name     string
	attr     map[string]string
	text     string
	children []*element
}

// A parsed picture.
type parsed struct {
	root          *element
	width, height float64
	defined       map[string]*element // by id
}

// parse reads an SVG of the kind that charts are drawn as.
func parse(svg string) (parsed, error) {
	p := parsed{defined: map[string]*element{}}
	var stack []*element
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return p, fmt.Errorf("the picture: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			for _, s := range strings.Split(e.attr["style"], ";") {
				if k, v, ok := strings.Cut(s, ":"); ok {
					e.attr[strings.TrimSpace(k)] = strings.TrimSpace(v)
				}
			}
			if id := e.attr["id"]; id != "" {
				p.defined[id] = e
			}
			if len(stack) > 0 {
				top := stack[len(stack)-1]
				top.children = append(top.children, e)
			} else {
				p.root = e
			}
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text += string(token)
			}
		}
	}
	if p.root == nil || p.root.name != "svg" {
		return p, errors.New("the picture is not an SVG")
	}
	p.width, p.height = p.root.number("width"), p.root.number("height")
	if !(p.width > 0 && p.height > 0) {
		return p, errors.New("the picture has no size")
	}
	return p, nil
}

// number reads an attribute; one that is not there is 0.
func (e *element) number(name string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSuffix(e.attr[name], "px"), 64)
	if err != nil {
		return 0
	}
	return v
}

// A matrix maps (x, y) to (ax + cy + e, bx + dy + f).
type matrix struct{ a, b, c, d, e, f float64 }

func (m matrix) apply(x, y float64) point { return point{m.a*x + m.c*y + m.e, m.b*x + m.d*y + m.f} }

// times is m after n.
func (m matrix) times(n matrix) matrix {
	at := m.apply(n.e, n.f)
	return matrix{
		m.a*n.a + m.c*n.b, m.b*n.a + m.d*n.b, m.a*n.c + m.c*n.d, m.b*n.c + m.d*n.d, at.x, at.y,
	}
}

// scale is by how much lengths grow.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m.a*m.d - m.b*m.c)) }

// transformed reads a list of transformations.
func (m matrix) transformed(list string) (matrix, error) {
	for list = strings.TrimSpace(list); list != ""; list = strings.TrimSpace(list) {
		name, rest, ok := strings.Cut(list, "(")
		arguments, after, closed := strings.Cut(rest, ")")
		v := numbers(arguments)
		list = after
		switch {
		case !ok || !closed:
			return m, fmt.Errorf("transform %q is cut off", list)
		case name == "matrix" && len(v) == 6:
			m = m.times(matrix{v[0], v[1], v[2], v[3], v[4], v[5]})
		case name == "translate" && len(v) == 2:
			m = m.times(matrix{1, 0, 0, 1, v[0], v[1]})
		case name == "translate" && len(v) == 1:
			m = m.times(matrix{1, 0, 0, 1, v[0], 0})
		case name == "scale" && len(v) == 2:
			m = m.times(matrix{v[0], 0, 0, v[1], 0, 0})
		case name == "scale" && len(v) == 1:
			m = m.times(matrix{v[0], 0, 0, v[0], 0, 0})
		case name == "rotate" && len(v) == 1:
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			m = m.times(matrix{cos, sin, -sin, cos, 0, 0})
		default:
			return m, fmt.Errorf("transform %s(%s) is not known", name, arguments)
		}
	}
	return m, nil
}

// numbers reads a list of numbers.
func numbers(s string) (list []float64) {
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil
		}
		list = append(list, v)
	}
	return list
}

var black = color.NRGBA{A: 255}

// style is what elements inherit.
type style struct {
	matrix           matrix
	fill, stroke     color.NRGBA
	gradient         string // of the fill, by id
	width            float64
	dash             []float64
	round            bool
	opacity          float64
	fillOpacity      float64
	size             float64
	bold             bool
	anchor, baseline string
}

// colored reads a colour: #rgb, #rrggbb, #rrggbbaa, rgb(r,g,b) or none.
func colored(s string) (color.NRGBA, error) {
	c := color.NRGBA{A: 255}
	if s == "none" || s == "transparent" {
		return color.NRGBA{}, nil
	}
	if list, ok := strings.CutPrefix(s, "rgb("); ok {
		if v := numbers(strings.TrimSuffix(list, ")")); len(v) == 3 {
			return color.NRGBA{uint8(v[0]), uint8(v[1]), uint8(v[2]), 255}, nil
		}
	}
	hex, ok := strings.CutPrefix(s, "#")
	if v, err := strconv.ParseUint(hex, 16, 64); ok && err == nil {
		switch len(hex) {
		case 3:
			return color.NRGBA{uint8(v>>8&15) * 17, uint8(v>>4&15) * 17, uint8(v&15) * 17, 255}, nil
		case 6:
			return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}, nil
		case 8:
			return color.NRGBA{uint8(v >> 24), uint8(v >> 16), uint8(v >> 8), uint8(v)}, nil
		}
	}
	return c, fmt.Errorf("colour %q is not known", s)
}

// of is the style of an element within another of style s.
func (s style) of(e *element) (style, error) {
	s.fillOpacity = 1
	strokeOpacity := 1.0
	var err error
	for name, v := range e.attr {
		var failed error
		switch name {
		case "transform":
			s.matrix, failed = s.matrix.transformed(v)
		case "fill":
			s.gradient = ""
			if id, ok := strings.CutPrefix(v, "url(#"); ok {
				s.gradient = strings.TrimSuffix(id, ")")
			} else {
				s.fill, failed = colored(v)
			}
		case "stroke":
			s.stroke, failed = colored(v)
			if _, ok := e.attr["stroke-width"]; !ok {
				s.width = 1
			}
		case "stroke-width":
			s.width = e.number(name)
		case "stroke-dasharray":
			s.dash = numbers(v)
		case "stroke-linecap":
			s.round = v == "round"
		case "fill-opacity":
			s.fillOpacity = e.number(name)
		case "stroke-opacity":
			strokeOpacity = e.number(name)
		case "opacity":
			s.opacity *= e.number(name)
		case "font-size":
			s.size = e.number(name)
		case "font-weight":
			s.bold = v == "bold"
		case "text-anchor":
			s.anchor = v
		case "dominant-baseline":
			s.baseline = v
		}
		err = errors.Join(err, failed)
	}
	s.stroke.A = uint8(math.Round(float64(s.stroke.A) * strokeOpacity * s.opacity))
	return s, err
}

// filling is the colour that the style fills with.
func (s style) filling() color.NRGBA {
	c := s.fill
	c.A = uint8(math.Round(float64(c.A) * s.fillOpacity * s.opacity))
	return c
}

func (s style) pen() pen {
	scale := s.matrix.scale()
	p := pen{color: s.stroke, width: s.width * scale, round: s.round}
	for _, d := range s.dash {
		p.dash = append(p.dash, d*scale)
	}
	return p
}

// A renderer draws elements on a device.
type renderer struct {
	device  device
	defined map[string]*element
}

func (r *renderer) children(e *element, s style) error {
	s, err := s.of(e)
	if err != nil {
		return err
	}
	for _, c := range e.children {
		if err := r.element(c, s); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) element(e *element, parent style) error {
	if e.name == "defs" || e.name == "clipPath" || e.name == "linearGradient" {
		return nil
	}
	s, err := parent.of(e)
	if err != nil {
		return err
	}
	if id, ok := strings.CutPrefix(e.attr["clip-path"], "url(#"); ok {
		clip := r.defined[strings.TrimSuffix(id, ")")]
		if clip == nil || len(clip.children) != 1 {
			return fmt.Errorf("clip %q is not one shape", e.attr["clip-path"])
		}
		shape, err := shapes(clip.children[0], s.matrix)
		if err != nil || len(shape) != 1 {
			return fmt.Errorf("clip %q is not one polygon: %w", e.attr["clip-path"], err)
		}
		r.device.clip(shape[0])
		defer r.device.unclip()
	}
	switch e.name {
	case "g":
		for _, c := range e.children {
			if err := r.element(c, s); err != nil {
				return err
			}
		}
		return nil
	case "svg":
		s.matrix = s.matrix.times(matrix{1, 0, 0, 1, e.number("x"), e.number("y")})
		for _, c := range e.children {
			if err := r.element(c, s); err != nil {
				return err
			}
		}
		return nil
	case "text":
		return r.text(e, s)
	case "image":
		return r.image(e, s)
	}
	shape, err := shapes(e, s.matrix)
	if err != nil {
		return err
	}
	if s.gradient != "" {
		return r.gradient(e, s)
	}
	r.device.polygons(shape, s.filling(), s.pen())
	return nil
}

// text writes the characters of an element.
func (r *renderer) text(e *element, s style) error {
	runs, err := split(e.text, s.bold)
	if err != nil {
		return err
	}
	t := text{runs: runs, size: s.size * s.matrix.scale(), color: s.filling()}
	x, y := e.number("x"), e.number("y")
	switch s.anchor {
	case "middle":
		x -= t.width() / s.matrix.scale() / 2
	case "end":
		x -= t.width() / s.matrix.scale()
	}
	if s.baseline == "central" {
		y += 0.35 * s.size
	}
	at := s.matrix.apply(x, y)
	r.device.text(t, at.x, at.y, -math.Atan2(s.matrix.b, s.matrix.a)*180/math.Pi)
	return nil
}

// image draws an embedded PNG.
func (r *renderer) image(e *element, s style) error {
	data, ok := strings.CutPrefix(e.attr["href"], "data:image/png;base64,")
	if !ok {
		return errors.New("an image is not an embedded PNG")
	}
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return fmt.Errorf("an image: %w", err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("an image: %w", err)
	}
	return r.picture(img, e, s)
}

func (r *renderer) picture(img image.Image, e *element, s style) error {
	at, scale := s.matrix.apply(e.number("x"), e.number("y")), s.matrix.scale()
	return r.device.picture(img, at.x, at.y, e.number("width")*scale, e.number("height")*scale)
}

// gradient fills a rectangle with colours that change from its bottom to its top.
func (r *renderer) gradient(e *element, s style) error {
	g := r.defined[s.gradient]
	if g == nil || e.name != "rect" || len(g.children) < 2 {
		return fmt.Errorf("gradient %q is not one of a rectangle", s.gradient)
	}
	var at []float64
	var colors []color.NRGBA
	for _, stop := range g.children {
		c, err := colored(stop.attr["stop-color"])
		if err != nil {
			return err
		}
		at, colors = append(at, stop.number("offset")), append(colors, c)
	}
	const steps = 256
	img := image.NewNRGBA(image.Rect(0, 0, 1, steps))
	for k := range steps {
		t := 1 - (float64(k)+0.5)/steps
		i := 0
		for i < len(at)-2 && t > at[i+1] {
			i++
		}
		f := (t - at[i]) / (at[i+1] - at[i])
		mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + f*(float64(b)-float64(a)))) }
		a, b := colors[i], colors[i+1]
		img.SetNRGBA(0, k, color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255})
	}
	return r.picture(img, e, s)
}

// shapes returns the outline of an element in the units of the device.
func shapes(e *element, m matrix) ([]polygon, error) {
	switch e.name {
	case "path":
		return outline(e.attr["d"], m)
	case "rect":
		x, y, w, h := e.number("x"), e.number("y"), e.number("width"), e.number("height")
		return []polygon{{[]point{m.apply(x, y), m.apply(x+w, y), m.apply(x+w, y+h), m.apply(x, y+h)}, true}}, nil
	case "polygon", "polyline":
		v := numbers(e.attr["points"])
		p := polygon{closed: e.name == "polygon"}
		for k := 0; k+1 < len(v); k += 2 {
			p.points = append(p.points, m.apply(v[k], v[k+1]))
		}
		return []polygon{p}, nil
	}
	return nil, fmt.Errorf("element <%s> is not known", e.name)
}

// outline reads the commands of a path: M, L, H, V, A, Z and their relatives.
func outline(d string, m matrix) (list []polygon, err error) {
	var at, start point
	emit := func(p point) {
		n := len(list) - 1
		list[n].points = append(list[n].points, m.apply(p.x, p.y))
	}
	for len(d) > 0 {
		command := d[0]
		end := strings.IndexFunc(d[1:], func(r rune) bool {
			return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' && r != 'e'
		})
		if end < 0 {
			end = len(d) - 1
		}
		v := pathNumbers(d[1 : 1+end])
		d = d[1+end:]
		from := point{}
		if command >= 'a' {
			from = at
		}
		kind := command &^ 0x20
		per := map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'A': 7, 'Z': 0}
		need, ok := per[kind]
		if !ok || need > 0 && (len(v) == 0 || len(v)%need != 0) || kind != 'M' && len(list) == 0 {
			return nil, fmt.Errorf("path command %q with %d numbers is not known", command, len(v))
		}
		if kind == 'Z' {
			list[len(list)-1].closed = true
			at = start
			continue
		}
		for k := 0; k < len(v); k += need {
			if command >= 'a' {
				from = at
			}
			switch {
			case kind == 'M' && k == 0:
				at = point{from.x + v[0], from.y + v[1]}
				start = at
				list = append(list, polygon{})
			case kind == 'M' || kind == 'L':
				at = point{from.x + v[k], from.y + v[k+1]}
			case kind == 'H':
				at.x = from.x + v[k]
			case kind == 'V':
				at.y = from.y + v[k]
			case kind == 'A':
				to := point{from.x + v[k+5], from.y + v[k+6]}
				for _, p := range arc(at, to, v[k], v[k+1], v[k+2], v[k+3] != 0, v[k+4] != 0) {
					emit(p)
				}
				at = to
			}
			emit(at)
		}
	}
	return list, nil
}

// pathNumbers reads numbers that may stand without a space between them, as in 0-670.
func pathNumbers(s string) (list []float64) {
	for from := 0; from < len(s); {
		to := from
		for dot := false; to < len(s); to++ {
			c := s[to]
			if c == ' ' || c == ',' || c == '-' && to > from && s[to-1] != 'e' || c == '.' && dot {
				break
			}
			dot = dot || c == '.'
		}
		if v, err := strconv.ParseFloat(s[from:to], 64); err == nil {
			list = append(list, v)
		}
		from = to
		if from < len(s) && (s[from] == ' ' || s[from] == ',') {
			from++
		}
	}
	return list
}

// arc returns points of an elliptical arc between its ends, by the SVG specification, appendix
// B.2.4.
func arc(a, b point, rx, ry, degrees float64, large, sweep bool) []point {
	if rx == 0 || ry == 0 || a == b {
		return nil
	}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	dx, dy := (a.x-b.x)/2, (a.y-b.y)/2
	x, y := cos*dx+sin*dy, -sin*dx+cos*dy
	if grow := math.Sqrt(x*x/(rx*rx) + y*y/(ry*ry)); grow > 1 {
		rx, ry = rx*grow, ry*grow
	}
	f := math.Sqrt(max(0, rx*rx*ry*ry/(rx*rx*y*y+ry*ry*x*x)-1))
	if large == sweep {
		f = -f
	}
	cx, cy := f*rx*y/ry, -f*ry*x/rx
	from, to := math.Atan2((y-cy)/ry, (x-cx)/rx), math.Atan2((-y-cy)/ry, (-x-cx)/rx)
	switch {
	case sweep && to < from:
		to += 2 * math.Pi
	case !sweep && to > from:
		to -= 2 * math.Pi
	}
	steps := 1 + int(math.Abs(to-from)/(math.Pi/24))
	points := make([]point, 0, steps)
	for k := 1; k < steps; k++ {
		s, c := math.Sincos(from + (to-from)*float64(k)/float64(steps))
		px, py := rx*c+cx, ry*s+cy
		points = append(points, point{cos*px - sin*py + (a.x+b.x)/2, sin*px + cos*py + (a.y+b.y)/2})
	}
	return points
}
