// Makes ECharts known to the charts of its page or notebook, once.
(function (compressed) {
	if (window.penaltyECharts || window.penaltyEChartsComing) return;
	window.penaltyEChartsComing = true;
	var b = Uint8Array.from(atob(compressed), function (c) { return c.charCodeAt(0) });
	new Response(new Blob([b]).stream().pipeThrough(new DecompressionStream("gzip"))).text().then(function (source) {
		// A page with a module loader would be handed the library instead of the window: it is
		// shown an exports of its own.
		var module = {exports: {}};
		new Function("exports", "module", "define", source)(module.exports, module, undefined);
		window.penaltyECharts = module.exports;
	});
})
