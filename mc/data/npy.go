package data

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// An Array is a block of numbers of any dimension, as NumPy has them: Data in C order (the last
// index runs fastest), of as many numbers as the product of Shape. A shape without dimensions is
// that of a single number.
type Array struct {
	Shape []int
	Data  []float64
}

// NewArray returns the matrix as a two-dimensional array.
func NewArray(m mat.Matrix) Array {
	rows, cols := m.Dims()
	return Array{Shape: []int{rows, cols}, Data: mat.DenseCopyOf(m).RawMatrix().Data}
}

// Matrix returns a two-dimensional array as a matrix, and a one-dimensional one as a matrix of one
// column. It shares the data. NumPy's mark for an unknown entry, NaN, stays, and [mc.ObserveDense]
// takes it as that.
func (a Array) Matrix() (*mat.Dense, error) {
	if err := a.validate(); err != nil {
		return nil, fmt.Errorf("data: Array: %w", err)
	}
	if len(a.Data) == 0 || len(a.Shape) < 1 || len(a.Shape) > 2 {
		return nil, fmt.Errorf("data: an array of shape %v is not a matrix", a.Shape)
	}
	return mat.NewDense(a.Shape[0], len(a.Data)/a.Shape[0], a.Data), nil
}

func (a Array) validate() error {
	size, err := sizeOf(a.Shape)
	if err == nil && size != len(a.Data) {
		err = fmt.Errorf("shape %v is of %d numbers, there are %d", a.Shape, size, len(a.Data))
	}
	return err
}

// maxArray bounds the numbers of an array: 2 GiB of them.
const maxArray = 1 << 28

func sizeOf(shape []int) (int, error) {
	size := 1
	for _, n := range shape {
		if n < 0 || n > maxArray || size*n > maxArray {
			return 0, fmt.Errorf("shape %v has a negative size or more than %d numbers", shape, maxArray)
		}
		size *= n
	}
	return size, nil
}

// A Layout says how an array is written. The zero value is NumPy's default: float64 in C order.
type Layout struct {
	// Float32 halves the file and rounds to 24 bits; numbers beyond ±3.4e38 are refused.
	Float32 bool
	// Fortran lets the first index run fastest.
	Fortran bool
}

const npyMagic = "\x93NUMPY"

// WriteNPY writes the array as numpy.load reads it (NumPy enhancement proposal 1, version 1.0,
// little-endian).
func WriteNPY(w io.Writer, a Array, layout Layout) error {
	if err := a.validate(); err != nil {
		return fmt.Errorf("data: WriteNPY: %w", err)
	}
	sizes := make([]string, len(a.Shape))
	for d, n := range a.Shape {
		sizes[d] = strconv.Itoa(n) + ","
	}
	descr, order := "<f8", "False"
	if layout.Float32 {
		descr = "<f4"
	}
	if layout.Fortran {
		order = "True"
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, order,
		strings.Join(sizes, " "))
	// The data begin at a multiple of 64 bytes; the header ends with a newline.
	before := len(npyMagic) + 4
	header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
	if len(header) > math.MaxUint16 {
		return fmt.Errorf("data: WriteNPY: the array has %d dimensions; the header of the file cannot hold them",
			len(a.Shape))
	}
	out := bufio.NewWriter(w)
	out.WriteString(npyMagic + "\x01\x00")
	out.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(header))))
	out.WriteString(header)
	data := a.Data
	if layout.Fortran {
		data = transposed(data, a.Shape)
	}
	var number [8]byte
	for k, x := range data {
		if !layout.Float32 {
			binary.LittleEndian.PutUint64(number[:], math.Float64bits(x))
			out.Write(number[:])
			continue
		}
		short := float32(x)
		if math.IsInf(float64(short), 0) && !math.IsInf(x, 0) {
			return fmt.Errorf("data: WriteNPY: number %d, %v, is beyond float32", k, x)
		}
		binary.LittleEndian.PutUint32(number[:], math.Float32bits(short))
		out.Write(number[:4])
	}
	return flush("WriteNPY", out)
}

var (
	npyDescr = regexp.MustCompile(`'descr': *'([^']*)'`)
	npyOrder = regexp.MustCompile(`'fortran_order': *(True|False)`)
	npyShape = regexp.MustCompile(`'shape': *\(([0-9, ]*)\)`)
)

// ReadNPY reads an array as numpy.save writes it (versions 1 to 3 of the format), in C or in
// Fortran order, little- or big-endian: floating point of 16, 32 or 64 bits, whole numbers of 8 to
// 64 bits, with or without a sign, and bool as 0 and 1. A whole number that float64 does not hold,
// beyond 2⁵³, is refused.
func ReadNPY(name string, r io.Reader) (Array, error) {
	a, err := readNPY(r)
	if err != nil {
		return Array{}, fmt.Errorf("data: %s: %w", name, err)
	}
	return a, nil
}

// An npyType is a type of numbers: its size in bytes, and how one is read.
type npyType struct {
	size int
	read func(b []byte, e binary.ByteOrder) float64
}

var npyTypes = map[string]npyType{
	"f8": {8, func(b []byte, e binary.ByteOrder) float64 { return math.Float64frombits(e.Uint64(b)) }},
	"f4": {4, func(b []byte, e binary.ByteOrder) float64 { return float64(math.Float32frombits(e.Uint32(b))) }},
	"f2": {2, func(b []byte, e binary.ByteOrder) float64 { return half(e.Uint16(b)) }},
	"i8": {8, func(b []byte, e binary.ByteOrder) float64 { return float64(int64(e.Uint64(b))) }},
	"i4": {4, func(b []byte, e binary.ByteOrder) float64 { return float64(int32(e.Uint32(b))) }},
	"i2": {2, func(b []byte, e binary.ByteOrder) float64 { return float64(int16(e.Uint16(b))) }},
	"i1": {1, func(b []byte, _ binary.ByteOrder) float64 { return float64(int8(b[0])) }},
	"u8": {8, func(b []byte, e binary.ByteOrder) float64 { return float64(e.Uint64(b)) }},
	"u4": {4, func(b []byte, e binary.ByteOrder) float64 { return float64(e.Uint32(b)) }},
	"u2": {2, func(b []byte, e binary.ByteOrder) float64 { return float64(e.Uint16(b)) }},
	"u1": {1, func(b []byte, _ binary.ByteOrder) float64 { return float64(b[0]) }},
	"b1": {1, func(b []byte, _ binary.ByteOrder) float64 {
		if b[0] != 0 {
			return 1
		}
		return 0
	}},
}

// half is a number of 16 bits (IEEE 754): sign, five bits of exponent, ten of fraction.
func half(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	var x float64
	switch exponent {
	case 0:
		x = math.Ldexp(fraction, -24)
	case 31:
		if x = math.Inf(1); fraction != 0 {
			return math.NaN()
		}
	default:
		x = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits>>15 == 1 {
		return -x
	}
	return x
}

// An npyHead is what the header of an array says.
type npyHead struct {
	descr   string
	fortran bool
	shape   []int
	text    string // of the shape
	size    int
}

func readHead(in io.Reader) (npyHead, error) {
	header, err := npyHeader(in)
	if err != nil {
		return npyHead{}, err
	}
	descr, order, shape := npyDescr.FindSubmatch(header), npyOrder.FindSubmatch(header), npyShape.FindSubmatch(header)
	if descr == nil || order == nil || shape == nil {
		return npyHead{}, fmt.Errorf("the header %s is not that of a plain array", quote(header))
	}
	h := npyHead{descr: string(descr[1]), fortran: string(order[1]) == "True", shape: []int{}, text: string(shape[1])}
	for _, field := range strings.Split(h.text, ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil {
			return npyHead{}, fmt.Errorf("the shape (%s) is out of range", h.text)
		}
		h.shape = append(h.shape, n)
	}
	h.size, err = sizeOf(h.shape)
	return h, err
}

func readNPY(r io.Reader) (Array, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	h, err := readHead(in)
	if err != nil {
		return Array{}, err
	}
	var endian binary.ByteOrder = binary.LittleEndian
	kind, ok := npyType{}, false
	if len(h.descr) == 3 && strings.ContainsRune("<>|=", rune(h.descr[0])) {
		kind, ok = npyTypes[h.descr[1:]]
		if h.descr[0] == '>' {
			endian = binary.BigEndian
		}
	}
	if !ok {
		return Array{}, fmt.Errorf("the numbers are of type %q; save them with astype(float)", h.descr)
	}
	whole64 := kind.size == 8 && h.descr[1] != 'f'
	a := Array{Shape: h.shape}
	// The memory grows with what is read, not with what the header claims.
	a.Data = make([]float64, 0, min(h.size, 1<<10))
	chunk := make([]byte, min(64<<10, h.size*kind.size))
	for len(a.Data) < h.size {
		part := chunk[:min(len(chunk), (h.size-len(a.Data))*kind.size)]
		n, err := io.ReadFull(in, part)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Array{}, fmt.Errorf("the file ends after %d of the %d numbers of shape (%s)",
				len(a.Data)+n/kind.size, h.size, h.text)
		} else if err != nil {
			return Array{}, err
		}
		if len(a.Data)+n/kind.size > cap(a.Data) {
			a.Data = slices.Grow(a.Data, min(h.size-len(a.Data), max(len(a.Data), len(chunk))))
		}
		for ; len(part) > 0; part = part[kind.size:] {
			if whole64 { // before it is rounded
				size, sign := endian.Uint64(part), ""
				if h.descr[1] == 'i' && int64(size) < 0 {
					size, sign = -size, "-"
				}
				if size > 1<<53 {
					return Array{}, fmt.Errorf("number %d is %s%d; float64 holds whole numbers up to 2⁵³", len(a.Data),
						sign, size)
				}
			}
			a.Data = append(a.Data, kind.read(part, endian))
		}
	}
	if _, err := in.ReadByte(); err == nil {
		return Array{}, fmt.Errorf("the file goes on after the %d numbers of shape (%s)", h.size, h.text)
	} else if !errors.Is(err, io.EOF) {
		return Array{}, err
	}
	if h.fortran {
		reversed := make([]int, len(a.Shape))
		for d, n := range a.Shape {
			reversed[len(a.Shape)-1-d] = n
		}
		a.Data = transposed(a.Data, reversed)
	}
	return a, nil
}

// npyHeader reads up to the data, and returns the dictionary that describes them.
func npyHeader(in io.Reader) ([]byte, error) {
	start := make([]byte, len(npyMagic)+2)
	if _, err := io.ReadFull(in, start); err != nil || !bytes.HasPrefix(start, []byte(npyMagic)) {
		return nil, fmt.Errorf("the file is not in NumPy's .npy format")
	}
	size := make([]byte, 2)
	switch version := start[len(npyMagic)]; version {
	case 1:
	case 2, 3:
		size = make([]byte, 4)
	default:
		return nil, fmt.Errorf("version %d of the .npy format is not known; 1 to 3 are", version)
	}
	if _, err := io.ReadFull(in, size); err != nil {
		return nil, fmt.Errorf("the file ends in its header")
	}
	length := binary.LittleEndian.Uint32(append(bytes.Clone(size), 0, 0)[:4])
	if length > 64<<10 {
		return nil, fmt.Errorf("the header is of %d bytes; that of a plain array is shorter", length)
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(in, header); err != nil {
		return nil, fmt.Errorf("the file ends in its header")
	}
	return bytes.TrimSpace(header), nil
}

// transposed reverses the order of the indices: from C order of the shape to Fortran order.
func transposed(data []float64, shape []int) []float64 {
	out := make([]float64, len(data))
	if len(data) == 0 {
		return out
	}
	stride := make([]int, len(shape)) // in Fortran order
	s := 1
	for d, n := range shape {
		stride[d] = s
		s *= n
	}
	index := make([]int, len(shape))
	at := 0
	for _, x := range data {
		out[at] = x
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			at += stride[d]
			if index[d] < shape[d] {
				break
			}
			at -= index[d] * stride[d]
			index[d] = 0
		}
	}
	return out
}
