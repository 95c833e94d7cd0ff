/* <oneask-chart>: draws the figure in its <script type="application/json"> once it comes into view.
   Plotly is loaded at the first chart, purged when a chart leaves the page. Until then, and without
   scripts, the element shows what the server drew. */
(() => {
  let loading = null;

  const plotly = (address) => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => {
        loading = null;
        reject(new Error("the chart library could not be loaded"));
      };
      document.head.append(script);
    });
    return loading;
  };

  const recoloured = (value, colours) => {
    if (typeof value === "string") return colours[value] ?? value;
    if (Array.isArray(value)) return value.map((item) => recoloured(item, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, recoloured(item, colours)]),
      );
    }
    return value;
  };

  const csvIcon = {
    width: 24,
    height: 24,
    path: "M4 5h16v14H4zM6 9v3h5V9zm7 0v3h5V9zm-7 5v3h5v-3zm7 0v3h5v-3z",
  };

  class OneaskChart extends HTMLElement {
    connectedCallback() {
      this.redraw = () => this.plot && this.draw();
      document.addEventListener("oneask:theme", this.redraw);
      this.seen = new IntersectionObserver(
        (entries) => {
          if (!entries.some((entry) => entry.isIntersecting)) return;
          this.seen.disconnect();
          this.draw();
        },
        { rootMargin: "300px" },
      );
      // A page for the printer has all its charts, whether they came into view or not.
      if ("eager" in this.dataset) this.draw();
      else this.seen.observe(this);
      this.sized = new ResizeObserver(() => {
        if (this.plot && this.plot.isConnected) window.Plotly.Plots.resize(this.plot);
      });
      this.sized.observe(this);
    }

    disconnectedCallback() {
      document.removeEventListener("oneask:theme", this.redraw);
      this.seen.disconnect();
      this.sized.disconnect();
      if (this.plot) window.Plotly.purge(this.plot);
      this.plot = null;
    }

    async draw() {
      const source = this.querySelector('script[type="application/json"]');
      if (!source) return;
      let library;
      try {
        library = await plotly(this.dataset.plotly);
      } catch {
        return; // what the server drew stays, and the numbers are in the table
      }
      if (!this.isConnected) return;
      let figure = JSON.parse(source.textContent);
      const dark = this.closest("[data-bs-theme]")?.dataset.bsTheme === "dark"; // paper stays light
      if (dark) figure = recoloured(figure, figure.layout.meta.dark);
      const height = figure.layout.meta.height ?? this.clientHeight;
      if (!this.plot) {
        this.querySelector("svg")?.remove();
        this.plot = document.createElement("div");
        this.plot.className = "chart-plot";
        this.append(this.plot);
        this.fresh = true;
      }
      await library.react(
        this.plot,
        figure.data,
        { ...figure.layout, height, autosize: true },
        this.config(),
      );
      if (this.fresh) {
        // A mark that leads somewhere; the same links are in the table below.
        this.plot.on("plotly_click", (event) => {
          const address = event.points[0]?.customdata?.href;
          if (address) window.location.assign(address);
        });
        this.fresh = false;
      }
      this.dataset.drawn = dark ? "dark" : "light";
    }

    config() {
      const csv = this.dataset.csv;
      const buttons = ["toImage"];
      if (csv) {
        buttons.push({
          name: "csv",
          title: "Download the numbers (CSV)",
          icon: csvIcon,
          click: () => window.location.assign(csv),
        });
      }
      return {
        displaylogo: false,
        displayModeBar: "hover",
        modeBarButtons: [buttons],
        toImageButtonOptions: { format: "png", filename: this.dataset.name || "chart", scale: 2 },
        scrollZoom: false,
        doubleClick: false,
      };
    }
  }

  customElements.define("oneask-chart", OneaskChart);
})();
