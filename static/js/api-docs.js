/* The description of the management API, drawn by Swagger UI. Requests go out as the person who is signed in: with the
   session, the app that the page names, and the token of the page. No key is asked for. */
(() => {
  const place = document.getElementById("api");
  const app = place.dataset.app;
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  for (const form of document.querySelectorAll("[data-choice]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  /* What is shown to copy is what a program sends: with a key. What the page sends is the session instead. */
  const asTheReader = (url, request) => {
    const headers = new Headers(request.headers);
    headers.delete("Authorization");
    headers.set("X-OneAsk-App", app);
    headers.set("X-CSRFToken", token);
    return fetch(url, { ...request, headers, credentials: "same-origin" });
  };
  const shown = (request) => {
    if (!request.loadSpec) {
      request.headers.Authorization = "Bearer sk_your_key";
      request.userFetch = asTheReader;
    }
    return request;
  };

  /* Without its own frame: the page has a heading and a main part, there is one server, and nobody types a key. */
  const frame = ({ React: { createElement: make } }) => {
    const Operations = ({ getComponent, specSelectors }) => {
      const part = (name) => make(getComponent(name, true), { key: name });
      const status = specSelectors.loadingStatus();
      const names = status === "success" ? ["InfoContainer", "errors", "FilterContainer", "operations", "Models"] : ["errors"];
      return make("div", { className: "swagger-ui" }, names.map(part), status === "loading" && make("p", { key: "wait" }, "Loading…"));
    };
    const labelled = (label) => (Original) => (props) => make(Original, { "aria-label": label, ...props });
    return {
      components: { Operations },
      wrapComponents: {
        authorizeBtn: () => () => null,
        authorizeOperationBtn: () => () => null,
        InfoUrl: () => () => null,
        DeepLink: () => ({ text }) => make("span", null, text), // a link inside of a button is neither
        TextArea: labelled("Body"),
      },
    };
  };

  /* What the library leaves without a name, or out of reach of the keyboard. */
  const complete = () => {
    for (const select of place.querySelectorAll(".examples-select-element:not([aria-label])")) {
      select.setAttribute("aria-label", "Example");
    }
    for (const field of place.querySelectorAll("[data-param-name] :is(input, select):not([aria-label])")) {
      field.setAttribute("aria-label", field.closest("[data-param-name]").dataset.paramName);
    }
    for (const code of place.querySelectorAll("pre.microlight:not([tabindex])")) code.tabIndex = 0;
  };
  new MutationObserver(complete).observe(place, { childList: true, subtree: true });

  const dress = () => {
    document.documentElement.classList.toggle("dark-mode", document.documentElement.dataset.bsTheme === "dark");
  };
  document.addEventListener("oneask:theme", dress);
  dress();

  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    layout: "Operations",
    plugins: [frame],
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    syntaxHighlight: { theme: "tomorrow-night" },
    validatorUrl: null,
    supportedSubmitMethods: app ? ["get", "post", "put", "patch", "delete"] : [],
    requestInterceptor: shown,
  });
})();
