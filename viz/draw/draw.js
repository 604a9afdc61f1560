// A function of an option, given as JSON, a width and a height in pixels, that returns the picture.
(function () {
	// The library schedules work that a static picture does not wait for.
	setTimeout = setInterval = function () { return 0 };
	clearTimeout = clearInterval = function () {};
	// Text is measured by the widths of Arial, where the picture may be shown in a wider font.
	module.exports.setPlatformAPI({measureText: function (text, font) {
		var em = +(/([0-9.]+)px/.exec(font) || [0, 12])[1] * (/bold/.test(font) ? 1.1 : 1), width = 0;
		for (var k = 0; k < text.length; k++) {
			var c = text[k];
			width += /[ijl.,:;'|!]/.test(c) ? 0.3 : /[frt ()\[\]{}I\/\\-]/.test(c) ? 0.4 :
				/[mwMW@%]/.test(c) ? 0.95 : /[A-Z+=<>]/.test(c) ? 0.75 : c > '\u2e80' ? 1 : 0.63;
		}
		return {width: em * width};
	}});
	return function (option, width, height) {
		var o = JSON.parse(option), layout = dress(module.exports, o, width, false);
		var chart = module.exports.init(null, null,
			{renderer: 'svg', ssr: true, width: width, height: height + layout.extra});
		chart.setOption(o);
		var svg = chart.renderToSVGString();
		chart.dispose();
		return svg;
	};
})()
