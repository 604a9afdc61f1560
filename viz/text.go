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
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029:
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

// number prints x to six digits, which is more than a screen can tell.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// short prints x to three digits, for a sentence.
func short(x float64) string {
	s := strconv.FormatFloat(x, 'g', 3, 64)
	if size := math.Abs(x); size >= 1e-3 && size < 1e6 {
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return s
}

// value is x for ECharts, null where it is not finite.
func value(x float64) any {
	if !isFinite(x) {
		return nil
	}
	return json.Number(number(x))
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
