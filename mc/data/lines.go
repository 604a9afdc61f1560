package data

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLine and maxCells bound the memory that a line may take. A dense row of a million numbers
// fits.
const (
	maxLine  = 16 << 20
	maxCells = 1 << 20
)

// blanks is the separator of cells that stand apart by any number of spaces and tabs.
const blanks = " "

// lines reads a text file line by line in bounded memory, and says where things are.
type lines struct {
	name string
	in   *bufio.Reader
	line int    // number of the line that next returned, from 1; of a record of several lines, of the first
	more int    // lines that the record has besides
	end  []byte // of the line that next returned
	long []byte
}

func newLines(name string, r io.Reader) *lines {
	return &lines{name: name, in: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the next line without its end (LF or CRLF), valid until the call after; io.EOF after
// the last.
func (l *lines) next() ([]byte, error) {
	l.line += 1 + l.more
	l.more = 0
	if l.line == 1 {
		if err := l.byteOrderMark(); err != nil {
			return nil, err
		}
	}
	l.long = l.long[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		if len(l.long)+len(part) > maxLine {
			return nil, l.errorf(0, "the line is longer than %d MiB", maxLine>>20)
		}
		if err == nil && len(l.long) == 0 {
			return l.trimEnd(part), nil
		}
		l.long = append(l.long, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(l.long) == 0:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("data: %s:%d: %w", l.name, l.line, err)
		}
		return l.trimEnd(l.long), nil
	}
}

func (l *lines) byteOrderMark() error {
	mark, _ := l.in.Peek(3) // an error shows again when the line is read
	switch {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		_, err := l.in.Discard(3)
		return err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")):
		l.in = bufio.NewReaderSize(&utf16Reader{in: l.in, order: binary.LittleEndian}, 64<<10)
		_, err := l.in.Discard(3)
		return err
	case bytes.HasPrefix(mark, []byte("\xfe\xff")):
		l.in = bufio.NewReaderSize(&utf16Reader{in: l.in, order: binary.BigEndian}, 64<<10)
		_, err := l.in.Discard(3)
		return err
	}
	if start, _ := l.in.Peek(8); unmarkedUTF16(start) != nil {
		l.in = bufio.NewReaderSize(&utf16Reader{in: l.in, order: unmarkedUTF16(start)}, 64<<10)
	}
	start, _ := l.in.Peek(64 << 10)
	count := func(end string) int { return bytes.Count(start, []byte(end)) }
	if count("\r")-count("\r\n") > count("\n") && bytes.IndexByte(start, '\r') < len(start)-1 {
		l.in = bufio.NewReaderSize(&macReader{in: l.in}, 64<<10)
	}
	return nil
}

// unmarkedUTF16 is the byte order of text in UTF-16 that begins without a mark, as programs on
// Windows write it: every other byte is zero. It is nil for other text.
func unmarkedUTF16(start []byte) binary.ByteOrder {
	if len(start) < 4 {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		text := true
		for k := 0; k+1 < len(start); k += 2 {
			c := order.Uint16(start[k:])
			text = text && (c >= ' ' && c < 0x7f || c == '\t' || c == '\r' || c == '\n')
		}
		if text {
			return order
		}
	}
	return nil
}

// A macReader makes LF of the CR that ends the lines of old Macintosh text, which Excel still
// writes, and of CR LF where such text was appended to.
type macReader struct {
	in io.Reader
	cr bool // the last byte was one
}

func (m *macReader) Read(p []byte) (int, error) {
	n, err := m.in.Read(p)
	kept := 0
	for _, c := range p[:n] {
		after := m.cr
		if m.cr = c == '\r'; after && c == '\n' {
			continue
		}
		if m.cr {
			c = '\n'
		}
		p[kept] = c
		kept++
	}
	return kept, err
}

// A utf16Reader makes UTF-8 of UTF-16, which Excel writes as Unicode text.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	left  []byte
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	if len(u.left) == 0 {
		var units [2]byte
		if _, err := io.ReadFull(u.in, units[:]); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("the file is in UTF-16 and has half a character at its end")
			}
			return 0, err
		}
		r := rune(u.order.Uint16(units[:]))
		if utf16.IsSurrogate(r) {
			if next, err := u.in.Peek(2); err == nil {
				if r = utf16.DecodeRune(r, rune(u.order.Uint16(next))); r != utf8.RuneError {
					u.in.Discard(2)
				}
			}
		}
		u.left = utf8.AppendRune(u.left[:0], r)
	}
	n := copy(p, u.left)
	u.left = u.left[n:]
	return n, nil
}

var lineEnds = [][]byte{[]byte("\r\n"), []byte("\n"), []byte("\r"), nil}

// trimEnd returns the line without its end, and keeps that.
func (l *lines) trimEnd(line []byte) []byte {
	for _, l.end = range lineEnds {
		if bytes.HasSuffix(line, l.end) {
			break
		}
	}
	return line[:len(line)-len(l.end)]
}

// errorf makes an error at a column (from 1) of the present line, or of the line as a whole for
// column 0.
func (l *lines) errorf(column int, format string, args ...any) error {
	return l.errorAt(l.line, column, format, args...)
}

func (l *lines) errorAt(line, column int, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if column == 0 {
		return fmt.Errorf("data: %s:%d: %s", l.name, line, what)
	}
	return fmt.Errorf("data: %s:%d:%d: %s", l.name, line, column, what)
}

// maxRecord bounds the lines that one quoted cell may run over.
const maxRecord = 100

// cells returns the cells of the line, and of those that follow while a quoted cell goes on.
func (l *lines) cells(dst [][]byte, line []byte, separator string) ([][]byte, error) {
	dst, open, err := l.split(dst, line, separator)
	if err != nil || open == 0 {
		return dst, err
	}
	unclosed := l.errorf(open, "the quotation mark in %s is not closed before the end of the cell", quote(dst[open-1]))
	record, first := bytes.Clone(line), l.line
	for more := 1; open != 0; more++ {
		record = append(record, l.end...) // which belongs to the cell, as the writer had it
		line, err := l.next()
		l.line, l.more = first, more
		if errors.Is(err, io.EOF) || more == maxRecord || len(record)+len(line) > maxLine {
			return nil, unclosed
		} else if err != nil {
			return nil, err
		}
		record = append(record, line...)
		if dst, open, err = l.split(dst, record, separator); err != nil {
			return nil, unclosed
		}
	}
	return dst, nil
}

// split splits a line into its cells, reusing dst, at the separator. Cells may be quoted (RFC 4180)
// and stand between blanks; blanks within quotation marks stay. If the last cell's quotation is
// open, open is its column, from 1.
func (l *lines) split(dst [][]byte, line []byte, separator string) (cells [][]byte, open int, err error) {
	dst = dst[:0]
	for {
		if len(dst) == maxCells {
			return nil, 0, l.errorf(0, "the line has more than %d cells", maxCells)
		}
		cell := line
		if len(cell) > 0 && (cell[0] == ' ' || cell[0] == '\t' || cell[0] == '"') {
			if separator == "\t" {
				cell = bytes.TrimLeft(line, " ")
			} else {
				cell = bytes.TrimLeft(line, " \t")
			}
			if separator == blanks && len(cell) == 0 && len(dst) > 0 {
				return dst, 0, nil // blanks at the end
			}
			if len(cell) > 0 && cell[0] == '"' {
				text, rest, ok := unquote(cell[1:])
				if !ok {
					return append(dst, cell), len(dst) + 1, nil
				}
				after, more, ok := cutSeparator(rest, separator)
				if !ok {
					return nil, 0, l.errorf(len(dst)+1, "the quotation mark in %s is not closed before the end "+
						"of the cell", quote(cell))
				}
				dst = append(dst, text)
				if !more {
					return dst, 0, nil
				}
				line = after
				continue
			}
			if separator == blanks {
				line = cell
			}
		}
		var before, after []byte
		var more bool
		switch {
		case separator == blanks:
			if at := bytes.IndexAny(line, " \t"); at >= 0 {
				before, after, more = line[:at], line[at:], true
			} else {
				before = line
			}
		case len(separator) == 1:
			if at := bytes.IndexByte(line, separator[0]); at >= 0 {
				before, after, more = line[:at], line[at+1:], true
			} else {
				before = line
			}
		default:
			before, after, more = bytes.Cut(line, []byte(separator))
		}
		dst = append(dst, trimBlanks(before))
		if !more {
			return dst, 0, nil
		}
		line = after
	}
}

// trimBlanks is bytes.TrimSpace, quick where there is nothing to trim.
func trimBlanks(cell []byte) []byte {
	if n := len(cell); n > 0 && (cell[0] <= ' ' || cell[0] >= 0x80 || cell[n-1] <= ' ' || cell[n-1] >= 0x80) {
		return bytes.TrimSpace(cell)
	}
	return cell
}

// cutSeparator cuts the separator that must follow a quoted cell, unless the line ends.
func cutSeparator(rest []byte, separator string) (after []byte, more, ok bool) {
	trimmed := bytes.TrimLeft(rest, " \t")
	if separator == "\t" {
		trimmed = bytes.TrimLeft(rest, " ")
	}
	switch {
	case len(trimmed) == 0:
		return nil, false, true
	case separator == blanks:
		return trimmed, true, len(trimmed) < len(rest)
	}
	after, ok = bytes.CutPrefix(trimmed, []byte(separator))
	return after, ok, ok
}

// unquote reads up to the closing quotation mark; a doubled one stands for itself, as does one
// after a backslash.
func unquote(s []byte) (text, rest []byte, ok bool) {
	for k := 0; k < len(s); k++ {
		switch {
		case s[k] != '"':
		case k+1 < len(s) && s[k+1] == '"':
			text, s = append(text, s[:k+1]...), s[k+2:]
			k = -1
		case k > 0 && s[k-1] == '\\' && k+1 < len(s) && s[k+1] != ',' && s[k+1] != ';' && s[k+1] != '\t':
			text, s = append(append(text, s[:k-1]...), '"'), s[k+1:]
			k = -1
		default:
			return append(text, s[:k]...), s[k+1:], true
		}
	}
	return nil, nil, false
}

// index reads a number of a row or of a column, which must be from least to most.
func (l *lines) index(column int, what string, cell []byte, least, most int) (int, error) {
	x, ok := smallInteger(cell)
	if !ok {
		cell = trimBlanks(cell)
		y, err := strconv.Atoi(string(cell))
		switch {
		case errors.Is(err, strconv.ErrRange):
			return 0, l.errorf(column, "%s %s is out of range; it must be from %d to %d", what, quote(cell),
				least, most)
		case err != nil:
			return 0, l.errorf(column, "%s is not a whole number", quote(cell))
		}
		x = y
	}
	if x < least || x > most {
		return 0, l.errorf(column, "%s %d is out of range; it must be from %d to %d", what, x, least, most)
	}
	return x, nil
}

// smallInteger reads what most cells of most files are without an allocation.
func smallInteger(cell []byte) (int, bool) {
	if len(cell) == 0 || len(cell) > 9 {
		return 0, false
	}
	x := 0
	for _, c := range cell {
		if c < '0' || c > '9' {
			return 0, false
		}
		x = 10*x + int(c-'0')
	}
	return x, true
}

// quote quotes a cell for an error, cut if it is long.
func quote(cell []byte) string {
	if len(cell) > 40 {
		return strconv.Quote(string(cell[:40])) + "…"
	}
	return strconv.Quote(string(cell))
}
