// A function of the element's name and the option, an empty chart. It makes
// window.penaltyLive[name], which adds points to the chart's lines.
(function (id, option) {
	var dress = DRESS, dark = DARK, shown = SHOWN, points = [[], []], chart;
	window.penaltyLive = window.penaltyLive || {};
	// half keeps of each four points the lowest and the highest.
	function half(p) {
		for (var out = [], k = 0; k < p.length; k += 4) {
			var q = p.slice(k, k + 4), lo = q[0], hi = q[0];
			q.forEach(function (v) { if (v[1] < lo[1]) lo = v; if (v[1] > hi[1]) hi = v });
			out.push(lo);
			if (lo !== hi) out.push(hi);
		}
		return out.sort(function (a, b) { return a[0] - b[0] });
	}
	function show() {
		var host = document.getElementById(id), lib = window.penaltyECharts;
		if (!host || !lib) return;
		var o = JSON.parse(JSON.stringify(option).replaceAll('NEUTRAL', dark(host) ? '#cfcfcf' : '#444444'));
		o.series.forEach(function (s, i) {
			if (points[i].length > 4000) points[i] = half(points[i]);
			s.data = points[i].map(function (p) { return p.slice() });
		});
		dress(lib, o, host.clientWidth || 760, true);
		if (!chart) {
			chart = lib.init(host);
			shown({box: host, paint: show, release: function () { chart = chart.dispose() }});
		}
		chart.setOption(o);
	}
	window.penaltyLive[id] = function (more) {
		more.forEach(function (line, i) { points[i] = points[i].concat(line) });
		show();
	};
})
