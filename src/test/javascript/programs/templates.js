// Handlebars: a template engine, which compiles templates to functions with `new Function`.

import Handlebars from "handlebars";

const handlebars = Handlebars.create();
const templates = new Map();

handlebars.registerHelper("upper", (text) => String(text).toUpperCase());
handlebars.registerHelper("join", (list, options) => list.join(options.hash.by ?? ", "));
handlebars.registerHelper("times", function (count, options) {
  let text = "";
  for (let i = 0; i < count; i++) text += options.fn(this, { data: { ...options.data, turn: i } });
  return text;
});

export function define({ name, template, options = {} }) {
  handlebars.precompile(template); // Says what is wrong before anything is kept.
  templates.set(name, handlebars.compile(template, options));
  return [...templates.keys()];
}

export function definePartial({ name, template }) {
  handlebars.registerPartial(name, template);
}

export function render({ name, data }) {
  const template = templates.get(name);
  if (template === undefined) throw new RangeError(`there is no template ${name}`);
  return template(data);
}

export function once({ template, data }) {
  return handlebars.compile(template)(data);
}

export function parse(template) {
  return handlebars.parse(template);
}
