package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// maxLine and maxCells bound the memory that a line may take. A dense row of a million numbers fits.
const (
	maxLine  = 16 << 20
	maxCells = 1 << 20
)

// lines reads a text file line by line in bounded memory, and says where things are.
type lines struct {
	name string
	in   *bufio.Reader
	line int // number of the line that next returned, from 1
	long []byte
}

func newLines(name string, r io.Reader) *lines {
	return &lines{name: name, in: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the next line without its end (LF or CRLF), valid until the call after; io.EOF after the last.
func (l *lines) next() ([]byte, error) {
	l.line++
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
			return trimEnd(part), nil
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
		return trimEnd(l.long), nil
	}
}

func (l *lines) byteOrderMark() error {
	mark, _ := l.in.Peek(3) // an error shows again when the line is read
	switch {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		_, err := l.in.Discard(3)
		return err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return l.errorf(0, "the file is in UTF-16; save it as UTF-8")
	}
	return nil
}

func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// errorf makes an error at a column (from 1) of the present line, or of the line as a whole for column 0.
func (l *lines) errorf(column int, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if column == 0 {
		return fmt.Errorf("data: %s:%d: %s", l.name, l.line, what)
	}
	return fmt.Errorf("data: %s:%d:%d: %s", l.name, l.line, column, what)
}

// fields splits a line of CSV (RFC 4180, a line a record) into cells, reusing dst. Cells may be quoted.
func (l *lines) fields(dst [][]byte, line []byte) ([][]byte, error) {
	dst = dst[:0]
	for {
		if len(dst) == maxCells {
			return nil, l.errorf(0, "the line has more than %d cells", maxCells)
		}
		cell := bytes.TrimLeft(line, " \t")
		if len(cell) > 0 && cell[0] == '"' {
			text, rest, ok := unquote(cell[1:])
			if rest = bytes.TrimLeft(rest, " \t"); !ok || len(rest) > 0 && rest[0] != ',' {
				return nil, l.errorf(len(dst)+1, "the quotation mark in %s is not closed before the end of the cell", quote(cell))
			}
			dst = append(dst, bytes.TrimSpace(text))
			if len(rest) == 0 {
				return dst, nil
			}
			line = rest[1:]
			continue
		}
		before, after, more := bytes.Cut(line, []byte(","))
		dst = append(dst, bytes.TrimSpace(before))
		if !more {
			return dst, nil
		}
		line = after
	}
}

// unquote reads up to the closing quotation mark; a doubled one stands for itself.
func unquote(s []byte) (text, rest []byte, ok bool) {
	for k := 0; k < len(s); k++ {
		switch {
		case s[k] != '"':
		case k+1 < len(s) && s[k+1] == '"':
			text, s = append(text, s[:k+1]...), s[k+2:]
			k = -1
		default:
			return append(text, s[:k]...), s[k+1:], true
		}
	}
	return nil, nil, false
}

// number reads a finite number from the cell in a column of the present line.
func (l *lines) number(column int, cell []byte) (float64, error) {
	if x, ok := smallInteger(cell); ok {
		return float64(x), nil
	}
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

// index reads a number of a row or of a column, which must be from least to most.
func (l *lines) index(column int, what string, cell []byte, least, most int) (int, error) {
	x, ok := smallInteger(cell)
	if !ok {
		y, err := strconv.Atoi(string(cell))
		switch {
		case errors.Is(err, strconv.ErrRange):
			return 0, l.errorf(column, "%s %s is out of range; it must be from %d to %d", what, quote(cell), least, most)
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
