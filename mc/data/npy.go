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
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// An Array is a block of numbers of any dimension, as NumPy has them: Data in C order (the last index runs fastest), of as
// many numbers as the product of Shape. A shape without dimensions is that of a single number.
type Array struct {
	Shape []int
	Data  []float64
}

// NewArray returns the matrix as a two-dimensional array.
func NewArray(m mat.Matrix) Array {
	rows, cols := m.Dims()
	return Array{Shape: []int{rows, cols}, Data: mat.DenseCopyOf(m).RawMatrix().Data}
}

// Matrix returns a two-dimensional array as a matrix, and a one-dimensional one as a matrix of one column. It shares
// the data. NumPy's mark for an unknown entry, NaN, stays, and [mc.ObserveDense] takes it as that.
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

// WriteNPY writes the array as numpy.load reads it (NumPy enhancement proposal 1, version 1.0, little-endian).
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
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, order, strings.Join(sizes, " "))
	// The data begin at a multiple of 64 bytes; the header ends with a newline.
	before := len(npyMagic) + 4
	header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
	if len(header) > math.MaxUint16 {
		return fmt.Errorf("data: WriteNPY: the array has %d dimensions; the header of the file cannot hold them", len(a.Shape))
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

// ReadNPY reads an array of float32 or float64 in C or in Fortran order, little- or big-endian, as numpy.save writes it
// (versions 1 to 3 of the format).
func ReadNPY(name string, r io.Reader) (Array, error) {
	a, err := readNPY(r)
	if err != nil {
		return Array{}, fmt.Errorf("data: %s: %w", name, err)
	}
	return a, nil
}

func readNPY(r io.Reader) (Array, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	header, err := npyHeader(in)
	if err != nil {
		return Array{}, err
	}
	descr, order, shape := npyDescr.FindSubmatch(header), npyOrder.FindSubmatch(header), npyShape.FindSubmatch(header)
	if descr == nil || order == nil || shape == nil {
		return Array{}, fmt.Errorf("the header %s is not that of a plain array", quote(header))
	}
	var bytesPer int
	var endian binary.ByteOrder = binary.LittleEndian
	switch string(descr[1]) {
	case "<f8":
		bytesPer = 8
	case "<f4":
		bytesPer = 4
	case ">f8":
		bytesPer, endian = 8, binary.BigEndian
	case ">f4":
		bytesPer, endian = 4, binary.BigEndian
	default:
		return Array{}, fmt.Errorf("the numbers are of type %q; save them with astype(float)", descr[1])
	}
	a := Array{Shape: []int{}}
	for _, field := range strings.Split(string(shape[1]), ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil {
			return Array{}, fmt.Errorf("the shape (%s) is out of range", shape[1])
		}
		a.Shape = append(a.Shape, n)
	}
	size, err := sizeOf(a.Shape)
	if err != nil {
		return Array{}, err
	}
	// The memory grows with what is read, not with what the header claims.
	a.Data = make([]float64, 0, min(size, 64<<10))
	chunk := make([]byte, 64<<10)
	for len(a.Data) < size {
		part := chunk[:min(len(chunk), (size-len(a.Data))*bytesPer)]
		n, err := io.ReadFull(in, part)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Array{}, fmt.Errorf("the file ends after %d of the %d numbers of shape (%s)", len(a.Data)+n/bytesPer, size, shape[1])
		} else if err != nil {
			return Array{}, err
		}
		for ; len(part) > 0; part = part[bytesPer:] {
			if bytesPer == 8 {
				a.Data = append(a.Data, math.Float64frombits(endian.Uint64(part)))
			} else {
				a.Data = append(a.Data, float64(math.Float32frombits(endian.Uint32(part))))
			}
		}
	}
	if _, err := in.ReadByte(); err == nil {
		return Array{}, fmt.Errorf("the file goes on after the %d numbers of shape (%s)", size, shape[1])
	} else if !errors.Is(err, io.EOF) {
		return Array{}, err
	}
	if string(order[1]) == "True" {
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
