package viz

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// plain makes text from outside safe to show: ECharts writes names into the page's HTML in
// tool-tips, so that what could be markup is replaced by look-alikes, control characters go, and a
// very long text is cut.
func plain(s string) string { return sanitised(s, 200) }

func sanitised(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '<':
			return '‹'
		case r == '>':
			return '›'
		case r == '&':
			return '＆'
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0xfffe || r == 0xffff: // the last not in XML
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

func fileName(title string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, title)
	return strings.Trim(name[:min(len(name), 60)], "-")
}

// number prints x so that it can be read back.
func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// tellApart is the number of digits to which numbers from lo to hi are printed: those that they
// have in common, and so many more; but at least least.
func tellApart(lo, hi float64, more, least int) int {
	common := math.Floor(math.Log10(max(math.Abs(lo), math.Abs(hi)) / (hi - lo)))
	if !(common > 0) || math.IsInf(common, 0) { // none, or one number alone
		return least
	}
	return max(least, int(min(common, 12))+more)
}

// digits to which values are drawn: six, or what tells apart 1/1,000 of their range, which is more
// than a screen can. Numbers of more than twelve digits would not fit beside an axis; what differs
// there alone is rounding mostly, and is drawn as equal.
func digits(values []float64) int {
	var s span
	for _, v := range values {
		s.add(v)
	}
	if n := tellApart(s.lo, s.hi, 5, 6); n <= 12 {
		return n
	}
	return 6
}

// short prints x to three digits, for a sentence.
func short(x float64) string { return shortTo(3, x) }

func shortTo(digits int, x float64) string {
	s := strconv.FormatFloat(x, 'g', digits, 64)
	if size := math.Abs(x); size >= 1e-3 && size < 1e6 {
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return s
}

// bold letters are so much wider.
const bold = 1.1

// textWidth is the width of a text in pixels, at a size of its font, by the widths of Arial: as
// draw.js measures it.
func textWidth(s string, size float64) float64 {
	width := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("ijl.,:;'|!", r):
			width += 0.3
		case strings.ContainsRune(`frt ()[]{}I/\-`, r):
			width += 0.4
		case strings.ContainsRune("mwMW@%", r):
			width += 0.95
		case r >= 'A' && r <= 'Z' || strings.ContainsRune("+=<>", r):
			width += 0.75
		case r > 0x2e80:
			width++
		default:
			width += 0.63
		}
	}
	return size * width
}

// cut shortens a text to a width.
func cut(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && textWidth(string(runes)+"…", size) > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// wrapped breaks a text into at most so many lines of a width.
func wrapped(s string, size, width float64, most int) []string {
	lines := []string{""}
	for word := range strings.SplitSeq(s, " ") {
		last := &lines[len(lines)-1]
		switch longer := *last + " " + word; {
		case *last == "":
			*last = cut(word, size, width)
		case textWidth(longer, size) <= width:
			*last = longer
		default:
			lines = append(lines, cut(word, size, width))
		}
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = cut(lines[most-1]+" …", size, width)
	}
	return lines
}

// value is x for ECharts to six digits, null where it is not finite.
func value(x float64) any { return valueTo(6, x) }

// valueTo is x to so many digits.
func valueTo(digits int, x float64) any {
	if !isFinite(x) {
		return nil
	}
	return json.Number(strconv.FormatFloat(x, 'g', digits, 64))
}

// count is n with the noun that goes with it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// sentence sets two notes side by side.
func sentence(a, b string) string {
	if a == "" {
		return b
	}
	return a + " · " + b
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ": " + b
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
