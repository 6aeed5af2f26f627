// Draws each chart when it comes into view or is about to be printed: a long report opens at once.
(() => {
  const options = { displayModeBar: false, displaylogo: false, responsive: true, scrollZoom: false, doubleClick: false };
  const charts = [...document.querySelectorAll(".chart")];

  const draw = (chart) => {
    if (chart.dataset.drawn) return;
    chart.dataset.drawn = "yes";
    const { data, layout } = JSON.parse(document.getElementById(`${chart.id}-data`).textContent);
    Plotly.newPlot(chart, data, layout, options);
  };

  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "600px" });
  charts.forEach((chart) => watch.observe(chart));

  const visible = () => charts.filter((chart) => !chart.closest("details:not([open])"));
  addEventListener("beforeprint", () => {
    for (const chart of visible()) {
      draw(chart);
      Plotly.relayout(chart, { autosize: false, width: 660 });
    }
  });
  addEventListener("afterprint", () => {
    for (const chart of visible()) Plotly.relayout(chart, { autosize: true, width: null });
  });
})();
