package data

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// numbers reads the cells of a table as numbers.
type numbers struct {
	point     byte // of decimals, '.' or ','; 0: not known yet
	stated    bool // the caller chose the point, and needs no advice
	together  bool // blanks do not group digits: a line of numbers that blanks separate is not one
	unknown   map[string]bool
	sentinels []float64 // numbers that stand for unknown
}

// A cell is a number, stands for an unknown entry, or is a word.
type kind int

const (
	isWord kind = iota
	isUnknown
	isNumber
)

// spellings of unknown, in lower case.
var spellings = map[string]bool{
	"": true, "na": true, "n/a": true, "#n/a": true, "<na>": true, "#nv": true, "nan": true, "null": true,
	"none": true, "nil": true,
	"nat": true, "n.a.": true, "(null)": true, "<null>": true,
	// what C and Fortran print
	"-nan": true, "+nan": true, "nan(ind)": true, "-nan(ind)": true, "1.#qnan": true, "-1.#qnan": true,
	"1.#ind": true, "-1.#ind": true,
	"missing": true, "?": true, "-": true, "–": true, "—": true, "−": true, "--": true, ".": true, "*": true,
	"\\n": true,
}

// powers of ten that are exact.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// plain reads digits with at most one decimal point, fifteen digits in all: both the digits and the
// power of ten are exact, so their quotient is the nearest number.
func plain(cell []byte, point byte) (x float64, pointed, ok bool) {
	digits := cell
	negative := len(cell) > 0 && cell[0] == '-'
	if negative {
		digits = cell[1:]
	}
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false, false
	}
	var sum uint64
	after, count := -1, 0
	for k, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			sum = 10*sum + uint64(c-'0')
			count++
		case c == point && after < 0:
			after = len(digits) - 1 - k
		default:
			return 0, false, false
		}
	}
	if count == 0 || count > 15 {
		return 0, false, false
	}
	x = float64(sum)
	if after > 0 {
		x /= powers[after]
	}
	if negative {
		x = -x
	}
	return x, after >= 0, true
}

var (
	looksNumber   = regexp.MustCompile(`^[-+]?([0-9]+([.,][0-9]*)*|[.,][0-9]+)([eE][-+]?[0-9]+)?$`)
	looksInfinite = regexp.MustCompile(`^(?i)[-+]?inf(inity)?$`)
	// A single 0 groups nothing: 0.234 has a decimal point, and 0,234 a decimal comma.
	groupedByPoint = regexp.MustCompile(`^[-+]?([1-9]|[0-9]{2,3})(\.[0-9]{3})+(,[0-9]*)?$`)
	groupedByComma = regexp.MustCompile(`^[-+]?([1-9]|[0-9]{2,3})(,[0-9]{3})+(\.[0-9]*)?$`)
	groupedApart   = regexp.MustCompile(`^[-+]?[0-9]{1,3}([ '’][0-9]{3})+([.,][0-9]*)?$`)
	fortran        = regexp.MustCompile(`^[-+]?[0-9]*\.[0-9]*[dD][-+]?[0-9]+$`)
	withComma      = regexp.MustCompile(`^[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?$`)
)

// errNumber says what a cell is instead of a number, or how it can be read as one.
type errNumber struct{ what string }

func (e errNumber) Error() string { return e.what }

// read tells what a cell is, and its value. A cell that has the looks of a number and is none is an
// error.
func (n *numbers) read(cell []byte) (float64, kind, error) {
	point := n.point
	if point == 0 {
		point = '.'
	}
	x, pointed, ok := plain(cell, point)
	if !ok {
		return n.slow(cell)
	}
	if pointed && n.point == 0 {
		n.point = point
	}
	return x, n.known(x), nil
}

func (n *numbers) known(x float64) kind {
	for _, s := range n.sentinels {
		if x == s {
			return isUnknown
		}
	}
	return isNumber
}

func (n *numbers) slow(cell []byte) (float64, kind, error) {
	cell = trimBlanks(cell) // which may be left in a quoted cell
	if len(cell) > 400 {
		return 0, isWord, nil
	}
	text := string(cell)
	if n.unknown[text] || spellings[strings.ToLower(text)] {
		return 0, isUnknown, nil
	}
	s := text
	if after, ok := strings.CutPrefix(s, "−"); ok {
		s = "-" + after
	}
	switch {
	case strings.EqualFold(s, "true"):
		return 1, n.known(1), nil
	case strings.EqualFold(s, "false"):
		return 0, n.known(0), nil
	case fortran.MatchString(s):
		s = strings.NewReplacer("d", "e", "D", "e").Replace(s)
	case strings.ContainsAny(s, " '\u00a0\u202f’") || strings.Contains(s, "\xa0"): // also of Windows-1252
		apart := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\xa0", " ").Replace(s)
		if groupedApart.MatchString(apart) && !n.together {
			s = strings.NewReplacer(" ", "", "'", "", "’", "").Replace(apart)
		}
	}
	if looksInfinite.MatchString(s) {
		return 0, isWord, errNumber{quote(cell) + " is not a finite number; leave an unknown entry out"}
	}
	if !looksNumber.MatchString(s) {
		return 0, isWord, nil
	}
	switch {
	case n.point != '.' && withComma.MatchString(s) && (n.point == ',' || !groupedByComma.MatchString(s)):
		n.point = ','
		s = strings.Replace(s, ",", ".", 1)
	case n.point != '.' && groupedByPoint.MatchString(s) &&
		(n.point == ',' || strings.ContainsRune(s, ',') || strings.Count(s, ".") > 1):
		n.point = ','
		s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	case n.point != ',' && groupedByComma.MatchString(s) &&
		(strings.Contains(s, ".") || strings.Count(s, ",") > 1 || n.stated):
		n.point = '.'
		s = strings.ReplaceAll(s, ",", "")
	case n.point == ',' && strings.Count(s, ".") == 1: // with more, such as 18.00.00, it is no number anywhere
		return 0, isWord, errNumber{quote(cell) + " is not a number with a decimal comma"}
	case strings.Contains(s, ","):
		what := quote(cell) + " is not a number"
		if !n.stated && withComma.MatchString(s) {
			what += fmt.Sprintf("; data.Table{Decimal: ','} reads it as %s", strings.Replace(s, ",", ".", 1))
			if groupedByComma.MatchString(s) {
				what += fmt.Sprintf(", data.Table{Decimal: '.'} as %s", strings.ReplaceAll(s, ",", ""))
			}
		}
		return 0, isWord, errNumber{what}
	case n.point == 0 && strings.Contains(s, "."):
		n.point = '.'
	}
	x, err := strconv.ParseFloat(s, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, isWord, errNumber{quote(cell) + " is out of range"}
	case err != nil:
		return 0, isWord, nil
	}
	return x, n.known(x), nil
}

// rounded is a whole number as a spreadsheet shows it where its digits do not fit: the last ones
// are lost.
var rounded = regexp.MustCompile(`^[0-9][.,][0-9]+E\+[0-9]{2}$`)

// look tells what a cell is without an effect on what is known of decimals.
func (n *numbers) look(cell []byte) kind {
	peek := *n
	_, k, err := peek.read(cell)
	if err != nil {
		return isNumber // as it seems; reading it says what is wrong with it
	}
	return k
}

// value reads a cell of a table; known is whether it is a number.
func (l *lines) value(n *numbers, column int, cell []byte) (x float64, known bool, err error) {
	x, k, err := n.read(cell)
	if k == isWord {
		cell = trimBlanks(cell)
	}
	switch {
	case err != nil:
		return 0, false, l.errorf(column, "%v", err)
	case k == isWord && !n.stated && len(cell) <= 12 && !bytes.ContainsAny(cell, "0123456789"):
		return 0, false, l.errorf(column, "%s is not a number; if it stands for unknown, "+
			"data.Table{Unknown: []string{%s}} says so", quote(cell), quote(cell))
	case k == isWord:
		return 0, false, l.errorf(column, "%s is not a number", quote(cell))
	}
	return x, k == isNumber, nil
}

// number reads a finite number, with a decimal point, from the cell in a column of the present
// line.
func (l *lines) number(column int, cell []byte) (float64, error) {
	if x, _, ok := plain(cell, '.'); ok {
		return x, nil
	}
	cell = trimBlanks(cell)
	x, err := strconv.ParseFloat(string(cell), 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, l.errorf(column, "%s is out of range", quote(cell))
	case err != nil:
		return 0, l.errorf(column, "%s is not a number", quote(cell))
	case math.IsNaN(x) || math.IsInf(x, 0):
		return 0, l.errorf(column, "%s is not a finite number; leave an unknown entry out", quote(cell))
	}
	return x, nil
}

// windows1252 are the characters 0x80 to 0x9f of what Excel writes in western Europe; others are
// those of Unicode.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

// label returns a cell as text, which is empty if it has only blanks. Bytes that are not UTF-8 are
// read as Windows-1252, which contains Latin-1.
func label(cell []byte) string {
	switch {
	case len(trimBlanks(cell)) == 0:
		return ""
	case utf8.Valid(cell):
		return string(cell)
	}
	var out strings.Builder
	for _, c := range cell {
		if c >= 0x80 && c < 0xa0 {
			out.WriteRune(windows1252[c-0x80])
		} else {
			out.WriteRune(rune(c))
		}
	}
	return strings.TrimSpace(out.String()) // a space of Windows-1252 may be at an end
}

// whole reads a whole number from 0 on of at most 18 digits; also as 7.0, as pandas writes those of
// a column with unknown entries. Other spellings, such as 007, are words.
func whole(cell []byte) (uint64, bool) {
	cell = trimBlanks(cell)
	if point := bytes.IndexByte(cell, '.'); point > 0 && len(bytes.Trim(cell[point+1:], "0")) == 0 &&
		point+1 < len(cell) {
		cell = cell[:point]
	}
	if len(cell) == 0 || len(cell) > 18 || len(cell) > 1 && cell[0] == '0' {
		return 0, false
	}
	var x uint64
	for _, c := range cell {
		if c < '0' || c > '9' {
			return 0, false
		}
		x = 10*x + uint64(c-'0')
	}
	return x, true
}

// onlyDigits reports whether a cell has digits and nothing else.
func onlyDigits(cell []byte) bool {
	for _, c := range cell {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(cell) > 0
}
