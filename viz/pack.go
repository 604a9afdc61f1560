package viz

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// points are the data of one line of an option, (x, y) or (x, low, high). A null, which is a gap,
// decodes to an empty number.
type points []struct{ Value []json.Number }

// eachLine decodes an option, replaces the data of each of its lines by what f returns, and encodes
// it again.
func eachLine(option []byte, f func(line int, p points) any) ([]byte, error) {
	var fields map[string]json.RawMessage
	var list []map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(option, &fields), json.Unmarshal(fields["series"], &list)); err != nil {
		return nil, fmt.Errorf("viz: the option: %w", err)
	}
	for i, s := range list {
		var p points
		err := json.Unmarshal(s["data"], &p)
		if err == nil {
			s["data"], err = json.Marshal(f(i, p))
		}
		if err != nil {
			return nil, fmt.Errorf("viz: the option: %w", err)
		}
	}
	var err error
	if fields["series"], err = json.Marshal(list); err == nil {
		option, err = json.Marshal(fields)
	}
	return option, err
}

// packLines returns the option without its points, and the script that puts them back from columns
// of bare numbers, which take a quarter of the room; lines over the same steps share their column.
func packLines(c *Chart) (json.RawMessage, string, error) {
	b, err := c.JSON()
	if err != nil {
		return nil, "", err
	}
	var columns, lines []string
	place := map[string]int{}
	b, err = eachLine(b, func(_ int, data points) any {
		var parts []string
		for dim := range max(2, width(data)) {
			values := make([]string, len(data))
			for k, p := range data {
				values[k] = string(p.Value[dim])
			}
			text := strings.Join(values, ",")
			if dim > 0 {
				parts = append(parts, strconv.Quote(text))
				continue
			}
			if _, ok := place[text]; !ok {
				place[text] = len(columns)
				columns = append(columns, strconv.Quote(text))
			}
			parts = append(parts, strconv.Itoa(place[text]))
		}
		lines = append(lines, "["+strings.Join(parts, ",")+"]")
		return []any{}
	})
	if err != nil {
		return nil, "", err
	}
	expand := fmt.Sprintf("%s([%s],[%s])", linesScript, strings.Join(columns, ","), strings.Join(lines, ","))
	return b, expand, nil
}

// width is the number of values of each point.
func width(p points) int {
	if len(p) == 0 {
		return 0
	}
	return len(p[0].Value)
}

// matrixText lists the entries row by row, blank where they are not finite: to six digits, or to
// four where they are many, or to what the scale of colours tells apart.
func matrixText(w *mat.Dense, scale Scale, log bool) string {
	rows, cols := w.Dims()
	digits := 6
	if rows*cols > 1500 {
		digits = 4
	}
	if !log {
		digits = tellApart(scale.Min, scale.Max, 6, digits)
	}
	var values strings.Builder
	for i := range rows {
		for j := range cols {
			if i+j > 0 {
				values.WriteByte(',')
			}
			if x := w.At(i, j); !math.IsNaN(x) && !math.IsInf(x, 0) {
				values.WriteString(strconv.FormatFloat(x, 'g', digits, 64))
			}
		}
	}
	return values.String()
}

// packHeatmap returns the option without its data, and the script that makes them from the bare
// values, which take a third of the room.
func packHeatmap(c *Chart, w *mat.Dense, scale Scale, log bool) (json.RawMessage, string, error) {
	b, err := c.JSON()
	if err != nil {
		return nil, "", err
	}
	var option map[string]any
	if err := json.Unmarshal(b, &option); err != nil {
		return nil, "", fmt.Errorf("viz: %s: %w", c.title, err)
	}
	_, cols := w.Dims()
	list, _ := option["series"].([]any)
	for _, s := range list {
		if s, ok := s.(map[string]any); ok {
			s["data"] = []any{}
		}
	}
	if b, err = json.Marshal(option); err != nil {
		return nil, "", fmt.Errorf("viz: %s: %w", c.title, err)
	}
	expand := fmt.Sprintf("%s(%q,%d,%t)", matrixScript, matrixText(w, scale, log), cols, log)
	return b, expand, nil
}
