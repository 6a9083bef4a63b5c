// The page is whole without this: it adds the filter, and shows what a record is joined to.
(() => {
  const form = document.getElementById("pick");
  const shown = document.getElementById("shown");
  const items = [...document.querySelectorAll("[data-team]")];
  const records = items.filter((item) => item.matches("article"));

  const meets = ({ team, kind, gaps }, want) =>
    (!want.team || team === want.team) &&
    (!want.kind || kind === want.kind) &&
    (!want.gap || (want.gap === "any" ? gaps !== "" : gaps.split(" ").includes(want.gap)));

  const apply = () => {
    const want = Object.fromEntries(new FormData(form));
    for (const item of items) item.classList.toggle("off", !meets(item.dataset, want));
    const left = records.filter((record) => !record.classList.contains("off")).length;
    shown.textContent = `${left} of ${records.length} records shown`;
  };

  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();

  // A link must not lead to what the filter hides.
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.classList.contains("off")) {
      form.reset();
      setTimeout(() => target.scrollIntoView());
    }
  });

  const light = (event, on) => {
    const node = event.target.closest?.("a[data-node]");
    if (!node) return;
    for (const edge of document.querySelectorAll("[data-ends]")) {
      if (edge.dataset.ends.split(" ").includes(node.dataset.node)) edge.classList.toggle("lit", on);
    }
  };
  const picture = document.getElementById("picture");
  for (const name of ["mouseover", "focusin"]) picture?.addEventListener(name, (e) => light(e, true));
  for (const name of ["mouseout", "focusout"]) picture?.addEventListener(name, (e) => light(e, false));

  // On paper nothing can be opened; only the envelopes stay closed.
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details:not(.envelope)")) each.open = true;
  });
})();
