// In a file of its own: the page's Content-Security-Policy allows no script in the page itself.
"use strict";

// The description as it is served, and the examples that are filled in: ids of the workspace of the reader's key. The
// server tells them to who has a key; the description is open to all and has none.
let description = null;
let examples = {};

async function examplesOf(key) {
  if (!key) return {};
  const response = await fetch("docs/examples", {
    headers: { Authorization: `Bearer ${key}` },
    cache: "no-store",
  });
  return response.ok ? (await response.json()).examples : {};
}

// A proxy may serve all of this under a prefix: the endpoints are beside this page.
const prefix = new URL(".", location.href).pathname.replace(/\/$/, "");

function withExamples() {
  const filled = structuredClone(description);
  if (prefix) filled.servers = [{ url: prefix }];
  for (const operation of Object.values(filled.paths).flatMap(Object.values)) {
    const body = operation.requestBody?.content["application/json"].schema;
    for (const name of body?.required ?? []) {
      if (Object.hasOwn(examples, name)) body.properties[name].example = examples[name];
    }
    for (const parameter of operation.parameters ?? []) {
      if (parameter.required && Object.hasOwn(examples, parameter.name)) parameter.example = examples[parameter.name];
    }
  }
  return filled;
}

// Fields that still show an example of another key are emptied; what the reader wrote stays.
function emptyFields(system) {
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const [method, { parameters = [] }] of Object.entries(operations)) {
      for (const { name, required } of parameters) {
        const shown = system.specSelectors.getParameter([path, method], name, "query").get("value");
        if (required && shown !== undefined && shown === examples[name]) {
          system.specActions.changeParam([path, method], name, "query", undefined, false);
        }
      }
    }
  }
}

async function fillIn(system) {
  description ??= system.specSelectors.specJson().toJS();
  const found = await examplesOf(system.authSelectors.authorized().getIn(["key", "value"]));
  emptyFields(system);
  examples = found;
  system.specActions.updateJsonSpec(withExamples());
}

const afterwards = (original, system) => (...given) => {
  original(...given);
  if (description) fillIn(system);
};

const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: true,
  plugins: [{ statePlugins: { auth: { wrapActions: { authorize: afterwards, logout: afterwards } } } }],
  onComplete: () => fillIn(ui.getSystem()),
});
