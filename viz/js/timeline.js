// A function of the function that unpacks a heat map, the steps, the matrices at these steps as
// text, and their number of columns. It returns the function that unpacks a heat map with a slider.
(function (expand, steps, matrices, cols) {
	return function (o) {
		expand(o);
		var grey = "NEUTRAL", text = o.title[0] ? o.title[0].subtext : o.title.subtext;
		o.timeline = {
			axisType: "category", data: steps, currentIndex: steps.length - 1, left: 44, right: 20, bottom: 2,
				height: 38,
			playInterval: 700, loop: false, label: {color: grey}, progress: {label: {color: grey}},
				lineStyle: {color: grey},
			itemStyle: {color: grey}, controlStyle: {color: grey, borderColor: grey, itemSize: 16}
		};
		[].concat(o.grid).forEach(function (g) { g.bottom = 88 });
		o.options = matrices.map(function (s, i) {
			var d = [];
			s.split(",").forEach(function (v, k) { if (v) d.push([k % cols, Math.floor(k / cols), +v]) });
			return {title: {subtext: text.replace(/step \d+/, "step " + steps[i])}, series: [{data: d}]};
		});
	};
})
