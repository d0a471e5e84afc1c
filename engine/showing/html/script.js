"use strict";
(() => {
  const data = JSON.parse(document.getElementById("proofs").textContent);

  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  const below = (node) => {
    const inputs = Object.values(node.inputs || {}).flat();
    return [...new Set([...(node.premises || []), ...inputs])].filter((name) => name in data.nodes);
  };

  const source = (key) => {
    const [title, url] = data.sources[key] || [key, ""];
    if (!/^https?:\/\//.test(url)) return element("span", title, "source");
    const link = element("a", title, "source");
    link.href = url;
    link.rel = "noopener noreferrer";
    return link;
  };

  const line = (name) => {
    const node = data.nodes[name], made = document.createDocumentFragment();
    made.append(element("code", name), " ");
    if (node.kind === "assumed") made.append(element("b", "assumed "));
    if (node.formula) {
      const inputs = Object.entries(node.inputs || {}).map(([key, value]) => `${key} = ${[].concat(value).map(told).join(", ")}`);
      made.append(element("b", `${node.value}`), ` = ${node.formula}(${inputs.join(", ")})`);
    } else {
      made.append(node.says);
      if ("value" in node) made.append(" = ", element("b", `${node.value}`));
    }
    if (node.checks) made.append(element("span", ` (${node.checks.join("; ")})`, "quiet"));
    if (node.mark) made.append(element("span", ` ${node.mark}`, "quiet"));
    const rule = data.rules[node.rule];
    const origin = node.rule ? `rule ${node.rule}` : node.origin;
    if (origin) made.append(element("span", ` ← ${origin}`, "origin"));
    if (rule && rule[1] && node.kind === "derived") made.append(element("span", ` ${rule[1]}`, "because"));
    for (const key of node.sources || []) made.append(" ", source(key));
    return made;
  };

  const told = (name) => {
    const node = data.nodes[name];
    return node && "value" in node ? `${node.value}` : name;
  };

  const item = (name) => {
    const made = element("li"), inner = below(data.nodes[name]);
    if (inner.length === 0) {
      made.append(line(name));
      return made;
    }
    const fold = element("details"), head = element("summary");
    head.append(line(name));
    fold.append(head);
    fold.addEventListener("toggle", () => fill(fold, inner), { once: true });
    made.append(fold);
    return made;
  };

  const fill = (fold, names) => {
    const list = element("ul");
    list.append(...names.map(item));
    fold.append(list);
  };

  for (const fold of document.querySelectorAll("details.proof")) {
    fold.addEventListener("toggle", () => {
      const list = element("ul"), root = item(fold.dataset.node);
      list.append(root);
      fold.querySelector(".tree").replaceChildren(list);
      const first = root.querySelector("details");
      if (first) first.open = true;
    }, { once: true });
  }

  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details.fold")) fold.open = true;
  });
})();
