// The page is whole without this: it adds the filter, the arrow keys, and shows what a record is
// joined to.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = document.getElementById("pick");
  const shown = document.getElementById("shown");
  const records = all("article");
  const pointers = all("[data-of]");
  const groups = all(".group");
  const pictures = all("svg.picture").map((svg) => ({ svg, boxes: all("a", svg) }));

  // What a record says, but for its envelope, which says it again in base64.
  const said = new Map();
  const words = (record) => {
    if (!said.has(record)) {
      const envelope = record.querySelector("pre")?.textContent ?? "";
      said.set(record, record.textContent.replace(envelope, "").toLowerCase());
    }
    return said.get(record);
  };

  const lacks = (gaps, want) => !want || (want === "any" ? gaps !== "" : gaps.split(" ").includes(want));
  const meets = (record, want) =>
    (!want.team || record.dataset.team === want.team) &&
    (!want.kind || record.dataset.kind === want.kind) &&
    lacks(record.dataset.gaps, want.gap) &&
    (!want.text || words(record).includes(want.text));

  const apply = () => {
    const want = Object.fromEntries(new FormData(form));
    want.text = want.text.toLowerCase().trim();
    const left = new Set();
    for (const record of records) {
      const meet = meets(record, want);
      record.classList.toggle("off", !meet);
      if (meet) left.add(record.id);
    }
    for (const each of pointers) {
      const { of, gaps } = each.dataset;
      const meet = of.split(" ").some((id) => left.has(id)) && (gaps === undefined || lacks(gaps, want.gap));
      each.classList.toggle("off", !meet);
    }
    for (const group of groups) {
      const rest = group.querySelector("article:not(.off), .gaps > [data-of]:not(.off), .gaps > li:not([data-of])");
      group.classList.toggle("off", !rest);
    }
    shown.textContent = `${left.size} of ${records.length} records shown`;
    for (const { boxes } of pictures) enter(boxes, boxes.find(isOn) ?? boxes[0]);
  };

  // A picture is one stop for Tab; from there the arrow keys lead to every box.
  const isOn = (box) => !box.classList.contains("off");
  const enter = (boxes, box) => {
    for (const each of boxes) each.setAttribute("tabindex", each === box ? "0" : "-1");
  };
  const place = (box) => {
    const { left, top } = box.querySelector(".box").getBoundingClientRect();
    return { left, top };
  };
  const beside = (boxes, here, way) => {
    const from = place(here);
    const there = boxes
      .map((box) => ({ box, at: place(box) }))
      .filter(({ at }) => way * (at.left - from.left) > 40);
    const far = ({ at }) => Math.abs(at.left - from.left) * 1000 + Math.abs(at.top - from.top);
    return there.sort((one, other) => far(one) - far(other))[0]?.box;
  };
  const along = (list, here, key) => {
    const at = list.indexOf(here);
    return { ArrowUp: list[at - 1], ArrowDown: list[at + 1], Home: list[0], End: list.at(-1) }[key];
  };
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const here = document.activeElement;
    const boxes = pictures.find((picture) => picture.boxes.includes(here))?.boxes;
    let next;
    if (boxes) {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const left = boxes.filter((box) => box === here || isOn(box));
      next = way ? beside(left, here, way) : along(left, here, event.key);
    } else if (here?.matches("a.self")) {
      next = along(all("article:not(.off) a.self"), here, event.key);
    }
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    (next.closest("article") ?? next).scrollIntoView({ block: next.matches(".self") ? "start" : "nearest", inline: "nearest" });
  });

  form.hidden = false;
  for (const hint of all(".keys")) hint.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();

  // A link must not lead to what the filter hides.
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.closest(".off")) {
      form.reset();
      setTimeout(() => target.scrollIntoView());
    }
  });

  const light = ({ svg, boxes }, event, on) => {
    const box = event.target.closest?.("a[data-node]");
    if (!box) return;
    if (event.type === "focusin") enter(boxes, box);
    for (const edge of all("[data-ends]", svg)) {
      if (edge.dataset.ends.split(" ").includes(box.dataset.node)) edge.classList.toggle("lit", on);
    }
  };
  for (const picture of pictures) {
    const on = (event) => light(picture, event, true);
    const off = (event) => light(picture, event, false);
    for (const name of ["mouseover", "focusin"]) picture.svg.addEventListener(name, on);
    for (const name of ["mouseout", "focusout"]) picture.svg.addEventListener(name, off);
  }

  // On paper nothing can be opened; only the envelopes stay closed.
  addEventListener("beforeprint", () => {
    for (const each of all("details:not(.envelope)")) each.open = true;
  });
})();
