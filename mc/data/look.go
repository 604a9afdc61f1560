package data

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A plan is how a table is read: what its fields say, and what its beginning shows.
type plan struct {
	Table
	separator string
	width     int    // cells of a line; 0: not known
	index     int    // leading columns of words, which name the rows of a dense table
	perhaps   bool   // the first column of a dense table may name the rows, though it has numbers
	short     bool   // the header has no cell above the names of the rows, as R writes it
	columns   [4]int // of a triple: row, column, value (−1: all ones), time (−1: none)
	ask       bool   // the triples may as well be a dense table
	alone     bool   // the triples may be a dense table with names, unless a name is there twice
	called    bool   // the same, where the names of columns say triples: service may be what was rated
	corner    bool   // the header begins as WriteTable writes it, so the first column has names
	netflix   bool
	guessed   bool // the form is found, not stated
	trailing  bool // each line below the header ends with a separator
	framed    bool // lines begin and end with the separator |
	doubled   bool // two tabs stand between cells, as in Jester's triples
	timed     bool
	kept      *keptColumns // nil: none
	strict    bool         // triples have three cells
	otherwise *plan        // what else the text may be
}

const (
	sampleLines = 200
	sampleBytes = 1 << 20
)

// sample is the beginning of a text.
type sample struct {
	lines [][]byte
	ends  [][]byte // of the lines: LF or CRLF
	whole bool     // there is no more
}

// sampled reads the beginning. Comments at the top are passed over.
func (t Table) sampled(l *lines) (sample, error) {
	var s sample
	size := 0
	for len(s.lines) < sampleLines && (size < sampleBytes || len(s.lines) < 3) {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			s.whole = true
			break
		} else if err != nil {
			return s, err
		}
		if l.line == 1 && bytes.HasPrefix(line, []byte(marketMagic)) {
			return s, l.errorf(0, "the text is Matrix Market; data.Load reads it, not Table and not from a zip")
		}
		if len(s.lines) == 0 && (len(trimBlanks(line)) == 0 || t.comment(line, true)) || t.comment(line, false) {
			continue
		}
		if bytes.IndexByte(line, 0) >= 0 {
			return s, l.errorf(0, "the file is not text")
		}
		s.lines, s.ends = append(s.lines, bytes.Clone(line)), append(s.ends, l.end)
		size += len(line)
	}
	if len(s.lines) == 0 {
		return s, fmt.Errorf("data: %s: the file is empty", l.name)
	}
	return s, nil
}

// separatorLine is what Excel takes from the top of a file, and writes there.
var separatorLine = regexp.MustCompile(`^"?sep=.?"?$`)

// measured is a number with a sign of money or of percent, which is no name.
var measured = regexp.MustCompile(`^[-+]?([$€£]\s?[0-9][0-9.,]*|[0-9][0-9.,]*\s?[%$€£])$`)

// comment reports whether a line is one, at the top of the text or below.
func (t Table) comment(line []byte, top bool) bool {
	switch {
	case len(line) == 0:
		return false
	case top && len(line) <= 7 && separatorLine.Match(line):
		return true
	case t.Comment != 0:
		return line[0] == byte(t.Comment)
	case !top || line[0] != '#' && line[0] != '%':
		return false
	}
	return len(line) == 1 || line[1] == line[0] || line[1] == '!' || line[1] == ' ' || line[1] == '\t' ||
		line[1] >= 'A' && line[1] <= 'z'
}

// plan looks at the beginning of the text.
func (t Table) plan(name string, in io.Reader, timed bool) (*plan, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	l := newLines(name, in)
	s, err := t.sampled(l)
	if err != nil {
		return nil, err
	}
	p := &plan{Table: t, timed: timed, columns: [4]int{-1, -1, -1, -1}}
	if t.Form != Dense && (t.Comma == 0 || t.Comma == ',') && netflixHead(s.lines[0]) {
		p.netflix, p.Form, p.Comma, p.separator, p.Header, p.Count = true, Triples, ',', ",", No, Names
		return p, nil
	}
	rows, point, err := p.separate(l, s)
	if err != nil {
		return nil, err
	}
	if point == ',' && p.Decimal == 0 {
		p.Decimal = ','
	}
	if err := p.arrange(name, rows); err != nil {
		return nil, err
	}
	if timed && (p.Form != Triples || p.columns[3] < 0) {
		return nil, fmt.Errorf("data: %s: no column of times is found; name it: data.Table{Time: …}", name)
	}
	return p, nil
}

func netflixHead(line []byte) bool {
	number, ok := bytes.CutSuffix(line, []byte(":"))
	_, digits := whole(number)
	return ok && digits
}

// A reading is the beginning of a text, split at one separator.
type reading struct {
	comma     rune
	separator string
	rows      [][][]byte
	width     int     // cells of most lines below the first; 0: they differ, or have one
	score     float64 // the fraction of cells below the first line that are numbers or unknown
	apart     float64 // the fraction that are numbers only if blanks group their digits
	point     byte
	err       error // of the first line that cannot be split
}

// head is the number of cells of the first line.
func (r *reading) head() int { return len(r.rows[0]) }

// even reports whether the first line is as wide as the others.
func (r *reading) even() bool { return r.width > 0 && r.head() == r.width }

// shaped reports whether the first line is as wide as the others or, as R and Excel write it, one
// cell shorter. A line of one cell is no header of two columns: it may be split wrongly.
func (r *reading) shaped() bool {
	return r.even() || r.width > 0 && r.head() == r.width-1 && r.head() > 1
}

// readAt splits the sample at a separator.
func (p *plan) readAt(comma rune, l *lines, s sample) (r reading) {
	r = reading{comma: comma, separator: separatorOf(comma)}
	widths := map[int]int{}
	n := numbers{point: byte(p.Decimal), unknown: setOf(p.Unknown)}
	if comma == ',' && p.Decimal == 0 {
		n.point = '.'
	}
	for k := 0; k < len(s.lines); k++ {
		var cells [][]byte
		record := s.lines[k]
		for more := 0; ; more++ {
			open, err := 0, error(nil)
			if cells, open, err = l.split(nil, record, r.separator); err != nil {
				r.err = err
				return r
			}
			if open == 0 || more == maxRecord || k+1 == len(s.lines) {
				break
			}
			record = slices.Concat(record, s.ends[k], s.lines[k+1])
			k++
		}
		if len(trimBlanks(record)) == 0 || comma == '|' && ruled(record) {
			continue
		}
		r.rows = append(r.rows, cells)
		if len(r.rows) > 1 {
			widths[len(cells)]++
		}
	}
	if len(r.rows) == 1 {
		widths[len(r.rows[0])]++
	}
	width, count, all := 0, 0, 0
	for w, c := range widths {
		if all += c; c > count || c == count && w > width {
			width, count = w, c
		}
	}
	if width < 2 || 10*count < 9*all && count < all-1 {
		return r
	}
	r.width = width
	if n.point == 0 {
		n.point = decimalPoint(r.rows)
	}
	total, good, apart := 0, 0, 0
	for k, row := range r.rows {
		if k == 0 && len(r.rows) > 1 {
			continue
		}
		for _, cell := range row {
			total++
			_, kind, err := n.read(cell)
			if err == nil && kind != isWord || err != nil && withComma.Match(cell) { // 1,234 is a number, whichever
				good++
				together := n
				if together.together = true; together.look(cell) == isWord {
					apart++
				}
			}
		}
	}
	r.score, r.apart, r.point = float64(good)/float64(total), float64(apart)/float64(total), n.point
	return r
}

// separate finds the separator, and returns the cells of the sample and the decimal point.
func (p *plan) separate(l *lines, s sample) (rows [][][]byte, point byte, err error) {
	r, err := p.reading(l, s)
	if err != nil {
		return nil, 0, err
	}
	p.Comma, p.separator = r.comma, r.separator
	if len(r.rows) == 0 {
		return nil, 0, cmp.Or(r.err, fmt.Errorf("data: %s: the file is empty", l.name))
	}
	if p.framed = r.comma == '|' && framed(r.rows); p.framed {
		for k, row := range r.rows {
			r.rows[k] = row[1 : len(row)-1]
		}
	}
	return r.rows, r.point, nil
}

// reading chooses the reading of the sample.
func (p *plan) reading(l *lines, s sample) (reading, error) {
	if p.Comma != 0 {
		return p.readAt(p.Comma, l, s), nil
	}
	commas := p.readAt(',', l, s)
	// Names that WriteTable and WriteTriples write may have other separators in them.
	if head := s.lines[0]; bytes.HasPrefix(head, []byte(tableCorner+",")) || string(head) == namedTriplesHeader {
		return commas, nil
	}
	spaces := p.readAt(' ', l, s)
	plain, asked := p.plainer(l.name, commas, spaces)
	var numberless, uneven *reading // the first of its kind
	for _, comma := range []rune{'\t', ';', ':', '|'} {
		switch r := p.readAt(comma, l, s); {
		case r.score == 0:
			if r.even() && numberless == nil { // lines of equally many cells, none of which is a number
				numberless = &r
			}
		case !r.shaped():
			if uneven == nil {
				uneven = &r
			}
		case comma == '\t' && everyOtherBlank(r.rows):
			p.doubled = true
			return spaces, nil
		case !commas.even() || commas.score == 0 || commas.width <= r.width:
			return r, nil
		case !r.decimals(commas):
			return r, p.askSeparator(l.name, commas, r)
		case commas.score > r.score:
			return commas, nil
		default:
			return r, nil
		}
	}
	switch {
	case uneven != nil && (plain.score == 0 || !plain.shaped() && (uneven.head() > 1 || plain.head() == 1)):
		return *uneven, nil
	case numberless != nil && plain.score == 0 && !commas.even():
		return *numberless, nil
	}
	return plain, asked
}

// plainer chooses between commas and blanks. Each may stand in the numbers of the other: 1,5 200,5
// are two numbers with decimal commas, or three of which one has its thousands apart.
func (p *plan) plainer(name string, commas, spaces reading) (reading, error) {
	switch {
	case spaces.score == 0:
		return commas, nil
	case commas.score > 0 && commas.head() > 1 && spaces.head() == 1:
		return commas, nil
	case commas.score > 0 && spaces.head() > 1 && commas.head() == 1:
		return spaces, nil
	case spaces.score > commas.score:
		return spaces, nil
	case commas.apart > 0 && commas.even() && spaces.even() && spaces.score >= commas.score-commas.apart:
		return commas, p.askSeparator(name, commas, spaces)
	}
	return commas, nil
}

// decimals reports whether the separator of r, in the cells that commas make, stands only between
// numbers or behind a name in front, as where r has decimal commas: r1;1,5;2,5.
func (r *reading) decimals(commas reading) bool {
	n := numbers{point: '.'}
	for _, row := range commas.rows[min(1, len(commas.rows)-1):] {
		for j, cell := range row {
			parts := bytes.Split(cell, []byte(r.separator))
			for k, part := range parts {
				if len(parts) > 1 && (j > 0 || k > 0) && n.look(part) == isWord {
					return false
				}
			}
		}
	}
	return true
}

// askSeparator makes the error about a text that two separators split.
func (p *plan) askSeparator(name string, one, other reading) error {
	var text [2]string
	var table [2]Table
	for k, r := range []reading{one, other} {
		between := fmt.Sprintf("%q", r.separator)
		if r.comma == ' ' {
			between = "blanks"
		}
		text[k] = fmt.Sprintf("rows of %d cells between %s", r.width, between)
		table[k] = p.Table
		table[k].Comma = r.comma
	}
	return ask(name, text[0], table[0], text[1], table[1])
}

// decimalPoint is a comma if some number has one and none has a point that does not group
// thousands; 0: not known.
func decimalPoint(rows [][][]byte) byte {
	commas := false
	for _, row := range rows {
		for _, cell := range row {
			switch {
			case len(cell) > 40 || !bytes.ContainsAny(cell, ".,"):
			case withComma.Match(cell) && groupedByComma.Match(cell): // 1,234 may be either
			case withComma.Match(cell), groupedByPoint.Match(cell) &&
				(bytes.IndexByte(cell, ',') >= 0 || bytes.Count(cell, []byte(".")) > 1):
				commas = true
			case looksNumber.Match(cell) && !groupedByPoint.Match(cell):
				return 0
			}
		}
	}
	if commas {
		return ','
	}
	return 0
}

// everyOtherBlank finds cells that are set apart by two tabs, as those of Jester.
func everyOtherBlank(rows [][][]byte) bool {
	for _, row := range rows {
		if len(row) < 3 || len(row)%2 == 0 {
			return false
		}
		for k, cell := range row {
			if len(cell) == 0 != (k%2 == 1) {
				return false
			}
		}
	}
	return true
}

func setOf(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// numbers are the reader of the cells of the plan.
func (p *plan) numbers() *numbers {
	n := &numbers{point: byte(p.Decimal), stated: p.Decimal != 0, unknown: setOf(p.Unknown)}
	if n.point == 0 && p.separator == "," {
		n.point = '.'
	}
	for _, word := range p.Unknown {
		peek := numbers{point: n.point}
		if x, k, err := peek.read([]byte(word)); err == nil && k == isNumber {
			n.sentinels = append(n.sentinels, x)
		}
	}
	return n
}

// arrange finds the header, the names and the form.
func (p *plan) arrange(name string, rows [][][]byte) error {
	n := p.numbers()
	first, rest := rows[0], rows[1:]
	width := len(first)
	if len(rest) > 0 {
		width = len(rest[0])
	}
	p.width = width
	// What the columns hold below the first line.
	words, known := make([]int, width), make([]int, width)
	for _, row := range rest {
		for j, cell := range row[:min(width, len(row))] {
			if n.look(cell) == isWord {
				words[j]++
			}
			if len(cell) > 0 {
				known[j]++
			}
		}
	}
	ofWords := func(j int) bool { return 2*words[j] > known[j] }
	texts := make([]string, len(first))
	for j, cell := range first {
		texts[j] = label(cell)
	}
	// a separator at the end of each line below a header
	trailing := len(rest) > 0 && width >= 2 && len(first) == width-1
	for _, row := range rest {
		trailing = trailing && len(row) == width && len(row[width-1]) == 0
	}
	if p.trailing = trailing && p.Header != No; p.trailing {
		width--
		p.width = width
	}
	p.short = !p.trailing && p.Header != No && p.Index != No && width >= 2 && len(first) == width-1 && p.Form != Triples
	p.corner = p.Header != No && p.Index == Found && !p.short && width >= 2 && len(first) == width &&
		texts[0] == tableCorner
	isName := func(cell []byte) bool { return n.look(cell) == isWord }
	if p.short && p.Header == Found && p.Index == Found && !ofWords(0) && !slices.ContainsFunc(first, isName) {
		return fmt.Errorf("data: %s: the first row has %d cells and no word, the second row has %d; if the first "+
			"names the columns, and each other row begins with its name, data.Table{Header: data.Yes} says so",
			name, len(first), width)
	}
	roles, values := rolesOf(texts, func(j int) bool { return j < width && ofWords(j) })
	stated := p.Row != "" || p.Col != "" || p.Value != "" || p.Time != ""
	// A third column is of values, whatever its name, unless that is of one that numbers the lines.
	third := width == 3 && len(texts) == 3 && roles[3] < 0 &&
		!slices.ContainsFunc(texts, func(s string) bool { return counting[normal(s)] })
	named := p.Header != No && roles[0] >= 0 && roles[1] >= 0 && (roles[2] >= 0 || third)
	if named && len(rest) > 0 && !p.short { // names that the first line would not have if it were data
		named = n.look(first[roles[0]]) == isWord && n.look(first[roles[1]]) == isWord
	}
	switch {
	case p.Form == Triples, stated, p.Form == AnyForm && named && !p.short:
		// Who states a field of triples, or asks for times, knows that they are.
		p.called = p.Form == AnyForm && !stated && p.Count == CountFound && p.Twice == Refuse && !p.timed &&
			len(rest) > 0 && roles[1] < width && !ofWords(roles[1]) && !numbered(texts[roles[1]])
		return p.arrangeTriples(name, n, first, texts, roles, values, width)
	case p.Form == AnyForm && p.Header != No && roles[0] >= 0 && roles[1] >= 0 && !p.short &&
		n.look(first[roles[0]]) == isWord && n.look(first[roles[1]]) == isWord:
		none := "but none of values"
		if len(values) > 0 {
			none = "and several that may be of values (" + strings.Join(quoted(values), ", ") + ")"
		}
		return fmt.Errorf("data: %s: the header has columns of rows (%q) and of columns (%q) %s; name it: "+
			"data.Table{Value: …}; data.Ones for 1 everywhere; data.Table{Form: data.Dense} reads a matrix",
			name, texts[roles[0]], texts[roles[1]], none)
	}
	if p.Form == AnyForm && p.Index == Found && p.guessTriples(n, first, rest, width, ofWords) {
		return nil
	}
	p.guessed = p.Form == AnyForm
	p.Form = Dense
	p.arrangeDense(n, first, width, len(rest), ofWords)
	return nil
}

// guessTriples finds triples without a header that says so.
func (p *plan) guessTriples(n *numbers, first [][]byte, rest [][][]byte, width int, ofWords func(int) bool) bool {
	if width < 3 || width > 4 || len(first) != width || len(rest) == 0 || ofWords(2) {
		return false
	}
	header := p.Header == Yes || p.corner || p.Header == Found && (n.look(first[2]) == isWord ||
		len(first[0]) == 0 && len(first[1]) == 0) // as pandas writes a stacked table
	lines := rest
	if !header {
		lines = slices.Concat([][][]byte{first}, rest)
	}
	// What all cells of the first three columns are, and whether some have a zero in front, as ids
	// have and numbers have not.
	wholes, ids, zero := [3]bool{true, true, true}, [3]bool{true, true, true}, [3]bool{}
	for _, row := range lines {
		for j := range 3 {
			var cell []byte
			if j < len(row) {
				cell = row[j]
			}
			_, isWhole := whole(cell)
			padded := len(cell) > 1 && cell[0] == '0' && onlyDigits(cell)
			wholes[j] = wholes[j] && isWhole
			ids[j] = ids[j] && (isWhole || padded || n.look(cell) == isWord)
			zero[j] = zero[j] || padded
		}
	}
	time := -1
	if width == 4 {
		time = 3
		for _, row := range rest {
			if len(row) < 4 {
				return false
			}
			if t, err := timeOf(row[3]); err != nil || t < 1e8 {
				return false
			}
		}
	}
	named := ofWords(0) || wholes[0] || ids[0] && zero[0]
	certain := ofWords(1) || (p.separator == "::" || p.doubled || width == 4) && wholes[0] && wholes[1] && !p.corner ||
		named && ids[1] && zero[1] && (width == 4 || !zero[2]) // unless all numbers of the file have zeros in front
	if !certain && !(named && wholes[1]) {
		return false
	}
	dense := *p
	dense.Form = Dense
	p.Form, p.columns = Triples, [4]int{0, 1, 2, time}
	if p.Count == CountFound {
		p.Count = Names
	}
	if p.Header == Found {
		p.Header = No
		if header {
			p.Header = Yes
		}
	}
	if !certain && !p.timed { // who asks for times knows that they are triples
		p.alone = !wholes[0] || p.corner
		p.ask = wholes[0] && width == 3
		p.otherwise = &dense
		dense.arrangeDense(n, first, width, len(rest), ofWords)
	}
	return true
}

// arrangeDense finds the names of a dense table.
func (p *plan) arrangeDense(n *numbers, first [][]byte, width, below int, ofWords func(int) bool) {
	if p.corner {
		p.Header, p.Index = Yes, Yes
	}
	if p.short {
		p.Header = Yes
		if p.Index == Found {
			p.Index = Yes
		}
	}
	more := func() { // further columns of words, or of a date, are of the same name
		for p.index < width-1 && ofWords(p.index) {
			p.index++
		}
		parts := calendar(first, width)
		if p.short && parts > 0 { // after the column that the header leaves out
			parts++
		}
		if p.Header != No && parts > max(p.index, 1) {
			p.index = parts
		}
	}
	switch p.Index {
	case Yes, Ignore:
		p.index = 1
		more()
	case Found:
		if below == 0 {
			for p.Header != Yes && p.index < len(first)-1 && n.look(first[p.index]) == isWord {
				p.index++
			}
			if p.index > 1 { // a line of words is a header without rows
				p.index = 0
			}
			break
		}
		more()
		p.perhaps = p.index == 0 && width > 1
	}
	if p.Header != Found {
		return
	}
	values := 0
	for _, cell := range first[min(p.index, len(first)):] {
		if n.look(cell) == isWord && !measured.Match(cell) {
			values++
		}
	}
	blank := 0 // names that Excel and pandas leave out, or that spell unknown
	for _, cell := range first[min(p.index, len(first)):] {
		if n.look(cell) == isUnknown {
			blank++
		}
	}
	switch all := len(first) - p.index; {
	case values > 0 && values+blank == all:
		p.Header = Yes
	// a word above numbers that name rows, right of it numbers that name columns
	case p.perhaps && values == 1 && n.look(first[0]) == isWord && beginsWithLetter(label(first[0])):
		p.Header, p.Index, p.index, p.perhaps = Yes, Yes, 1, false
	}
}

func beginsWithLetter(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(first)
}

// calendar is how many columns, from the first on, are the parts of a date: year, month, ….
func calendar(header [][]byte, width int) int {
	k := 0
	for k < min(width, len(header))-1 && calendarNames[normal(label(header[k]))] {
		k++
	}
	return k
}

// arrangeTriples finds the columns of triples.
func (p *plan) arrangeTriples(name string, n *numbers, first [][]byte, texts []string, roles [4]int,
	values []string, width int) error {
	p.Form, p.short = Triples, false
	byName := func(s string) bool { _, err := strconv.Atoi(s); return s != "" && s != Ones && err != nil }
	if p.Header == Found {
		p.Header = No
		if roles[0] >= 0 && roles[1] >= 0 || byName(p.Row) || byName(p.Col) || byName(p.Value) || byName(p.Time) {
			p.Header = Yes
		} else if len(first) > 2 {
			if at := p.numberOf(p.Value, 2); at < len(first) && n.look(first[at]) == isWord {
				p.Header = Yes
			}
		}
	}
	for k, s := range []string{p.Row, p.Col, p.Value, p.Time} {
		field := []string{"Row", "Col", "Value", "Time"}[k]
		at := -1
		switch {
		case s == Ones && k == 2:
			p.columns[k] = -1
			continue
		case s != "":
			if p.Header == Yes {
				at = slices.Index(texts, s)
				if at < 0 {
					at = slices.IndexFunc(texts, func(t string) bool { return strings.EqualFold(t, s) })
				}
				if at < 0 {
					at = slices.IndexFunc(texts, func(t string) bool { return normal(t) == normal(s) })
				}
				if at < 0 && k < 2 { // "item" for a column movieId
					if r, _ := rolesOf([]string{s}, nil); r[0] == 0 && roles[0] >= 0 {
						at = roles[0]
					} else if r[1] == 0 && roles[1] >= 0 {
						at = roles[1]
					}
				}
			}
			if at < 0 {
				if number, err := strconv.Atoi(s); err == nil && number >= 1 && number <= width {
					at = number - 1
				}
			}
			if at < 0 && p.Header == Yes {
				return fmt.Errorf("data: Table.%s is %q; it must be a column of %s: %s", field, s, name,
					strings.Join(quoted(texts), ", "))
			} else if at < 0 {
				return fmt.Errorf("data: Table.%s is %q; %s has no header, so it must be the number of a "+
					"column, from 1 to %d", field, s, name, width)
			}
		case p.Header == Yes && k == 2 && len(values) > 1 && roles[2] < 0: // it is asked which
		case p.Header == Yes && (roles[0] >= 0 && roles[1] >= 0 || k == 3):
			at = roles[k]
			if k == 2 && at < 0 && width == 3 && roles[3] < 0 {
				at = 3 - roles[0] - roles[1]
			}
		case p.Header == Yes && roles[k] >= 0 && (byName(p.Row) || byName(p.Col) || byName(p.Value)):
			at = roles[k]
		case k < 3:
			at = k
		case width == 4:
			at = 3
		}
		if at < 0 && k < 3 || k < 3 && at >= width {
			if p.Header == Yes {
				return fmt.Errorf("data: %s: which column holds the %s is not found; name it: data.Table{%s: "+
					"…}, one of %s",
					name, []string{"rows", "columns", "values"}[k], field, strings.Join(quoted(texts), ", "))
			}
			return fmt.Errorf("data: %s:1: the line has %d cells; it must have three: row, column, value", name, width)
		}
		p.columns[k] = at
	}
	if p.columns[0] == p.columns[1] || p.columns[2] >= 0 &&
		(p.columns[0] == p.columns[2] || p.columns[1] == p.columns[2]) {
		return fmt.Errorf("data: %s: row, column and value are columns %d, %d and %d; they must differ; set "+
			"Table.Row, Table.Col and Table.Value",
			name, p.columns[0]+1, p.columns[1]+1, p.columns[2]+1)
	}
	if p.Header == Yes && p.Count == CountFound && p.columns[0] < len(texts) && p.columns[1] < len(texts) &&
		!(positional[normal(texts[p.columns[0]])] && positional[normal(texts[p.columns[1]])]) {
		p.Count = Names
	} else if p.Header == No && p.Count == CountFound {
		p.Count = Names
	}
	return nil
}

// numberOf is the column that a field names by its number, or another.
func (p *plan) numberOf(field string, other int) int {
	if n, err := strconv.Atoi(field); err == nil && n >= 1 {
		return n - 1
	}
	return other
}

func quoted(texts []string) []string {
	out := make([]string, 0, len(texts))
	for k, t := range texts {
		if k == 20 {
			return append(out, "…")
		}
		out = append(out, strconv.Quote(t))
	}
	return out
}

// normal is a name without case, blanks and signs.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

func wordSet(words string) map[string]bool { return setOf(strings.Fields(words)) }

// Names of columns, normal and without an ending such as id.
var (
	rowNames = wordSet(`row rowname r i level0 user u customer cust client consumer reviewer rater member visitor person
		people subject participant patient student reader viewer listener account buyer worker
		annotator judge respondent profile zeile nutzer benutzer kunde uid`)
	colNames = wordSet(`col colname column c j level1 variable item movie film product book song track artist joke
		business restaurant venue game anime app article asin isbn sku recipe course question show
		location place hotel beer wine task gene drug service video album paper spalte artikel iid
		parentasin`)
	valueNames = wordSet(`value val v x entry data rating ratings rate score stars star weight overall wert bewertung
		response grade preference plays playcount count listens listeningcount punkte note`)
	timeNames = wordSet(`timestamp time date ts datetime unixreviewtime reviewtime unixtime unixtimestamp created
		createdat createdon updated updatedat ratedat reviewdate zeit datum zeitstempel`)
	// positional names are of numbers of rows and columns, not of names.
	positional = wordSet(`row r i zeile rowindex rowidx rownumber rowno col column c j spalte colindex colidx
		columnindex colnumber columnnumber colno`)
	// numberedNames are of things that have numbers, and of columns of a table that was melted.
	numberedNames = wordSet(`item article artikel asin isbn sku iid parentasin colname variable level1`)
	// ratingNames are of values before all others.
	ratingNames = wordSet(`rating ratings stars score`)
	// counting are names of a column that numbers the lines of a file.
	counting = map[string]bool{"": true, "index": true, "unnamed0": true, "id": true}
	// labelling are names of a column of numbers that names the rows of a dense table, besides
	// those of times.
	labelling = wordSet(`index idx id unnamed0 name names label key nr no number x1 step row rowname level0 zeile
		uid iid asin isbn sku parentasin`)
	calendarNames = wordSet(`year month week day hour minute second jahr monat woche tag stunde`)
)

// rolesOf finds the columns of row, column, value and time by their names; −1: there is none, or
// several may be of values, whose names it returns. Those of words, where given, are not.
func rolesOf(header []string, words func(j int) bool) (roles [4]int, values []string) {
	roles = [4]int{-1, -1, -1, -1}
	for k, set := range []map[string]bool{0: rowNames, 1: colNames, 3: timeNames} { // values follow
		for _, exact := range []bool{true, false} {
			for j, name := range header {
				if roles[k] >= 0 {
					break
				}
				n := normal(name)
				if set[n] || k < 2 && (set[strings.TrimSuffix(n, "id")] && n != "id" || !exact && endsOff(set, n)) {
					roles[k] = j
				}
			}
		}
	}
	var at, ratings []int
	for j, name := range header {
		n := normal(name)
		if j == roles[0] || j == roles[1] || !valueNames[n] && !strings.HasSuffix(n, "rating") &&
			!strings.HasSuffix(n, "score") {
			continue
		}
		at = append(at, j)
		if ratingNames[n] {
			ratings = append(ratings, j)
		}
	}
	if len(at) > 1 && words != nil {
		at = slices.DeleteFunc(at, words)
	}
	switch {
	case len(ratings) == 1:
		roles[2] = ratings[0]
	case len(at) == 1:
		roles[2] = at[0]
	}
	for _, j := range at {
		values = append(values, header[j])
	}
	return roles, values
}

func endsOff(set map[string]bool, n string) bool {
	for _, end := range []string{"ids", "idx", "index", "name", "number", "key", "code", "no", "nr", "num", "title"} {
		if short, ok := strings.CutSuffix(n, end); ok && set[short] {
			return true
		}
	}
	return false
}

// namesRows reports whether a header cell is that of a column that names rows, if it is of words.
func namesRows(header string) bool {
	n := normal(header)
	return n == "" || rowNames[n] || colNames[n] || numbersRows(header)
}

// numbersRows reports whether a header cell is that of a column that names rows even if it is of
// numbers: people are numbered. A letter or a thing, such as wine, may be what was measured.
func numbersRows(header string) bool {
	n := normal(header)
	thing, isID := strings.CutSuffix(n, "id")
	return labelling[n] || len(n) > 1 && rowNames[n] || calendarNames[n] || timeNames[n] || endsOff(rowNames, n) ||
		isID && (rowNames[thing] || colNames[thing])
}

// numbered reports whether a header cell is that of a column of the columns of triples even if it
// is of numbers, which no measurement is called.
func numbered(header string) bool {
	n := normal(header)
	thing, isID := strings.CutSuffix(n, "id")
	return positional[n] || numberedNames[n] || endsOff(colNames, n) || isID && colNames[thing]
}

// series reports whether two names are a word and two numbers, one after the other, as X1 and X2.
func series(a, b string) bool {
	word := strings.TrimRight(a, "0123456789")
	next, ok := strings.CutPrefix(b, word)
	i, errA := strconv.Atoi(a[len(word):])
	j, errB := strconv.Atoi(next)
	return ok && word != "" && errA == nil && errB == nil && j == i+1
}
