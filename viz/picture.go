package viz

import (
	"math"

	"projectpenalty/viz/internal/echarts"
)

// pictureLines draws the lines from fewer points: a picture has no zoom.
func pictureLines(c *Chart, lines []series) (string, error) {
	b, err := c.JSON()
	if err != nil {
		return "", err
	}
	limit := max(120, min(500, picturePoints/max(1, len(lines))))
	b, err = eachLine(b, func(i int, data points) any {
		columns := make([][]float64, max(2, width(data)))
		for dim := range columns {
			columns[dim] = make([]float64, len(data))
			for k, p := range data {
				v, err := p.Value[dim].Float64()
				if err != nil {
					v = math.NaN()
				}
				columns[dim][k] = v
			}
		}
		switch {
		case len(columns) == 3:
			columns[0], columns[1], columns[2] = widest(columns[0], columns[1], columns[2], limit)
		case i >= len(lines) || lines[i].kind.ordered():
			columns[0], columns[1] = thin(columns[0], columns[1], limit)
		}
		rows := make([][]any, len(columns[0]))
		for k := range rows {
			for _, c := range columns {
				rows[k] = append(rows[k], valueTo(-1, c[k])) // rounded already
			}
		}
		return rows
	})
	if err != nil {
		return "", err
	}
	return echarts.SVG(b, c.width, c.height)
}
