// One key per action, focus and spoken notes after a swap. The pages work without this file.
"use strict";
(() => {
  const STORE = "echoic-single-keys";
  const main = () => document.getElementById("main");
  const find = (selector) => main().querySelector(selector);
  const enabled = () => localStorage.getItem(STORE) !== "off"; // single keys can disturb speech input
  const typing = (element) =>
    element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

  function criteria() {
    return [...main().querySelectorAll("[data-criterion]")];
  }

  function judge(value) {
    const open = criteria().filter((each) => !each.querySelector(":checked"));
    if (!open.length) return false;
    open[0].querySelector(`[value=${value}]`).checked = true;
    const next = open[1] ? open[1].querySelector("input") : find("[data-main] .primary");
    next.focus();
    return true;
  }

  function takeBack() {
    const last = criteria().filter((each) => each.querySelector(":checked")).pop();
    if (!last) return false;
    last.querySelector(":checked").checked = false;
    last.querySelector("input").focus();
    return true;
  }

  function press(key) {
    const target = [...main().querySelectorAll("[data-key]")].find((each) =>
      each.dataset.key.split(" ").includes(key));
    if (!target) return false;
    target.focus();
    if (!target.matches("textarea")) target.click();
    return true;
  }

  function submit(element) {
    if (element.closest("a, button, summary")) return false; // these know what Enter means
    const form = find("[data-main]");
    if (form) form.requestSubmit(form.querySelector(".primary"));
    return Boolean(form);
  }

  function help() {
    const dialog = document.getElementById("help");
    if (!dialog) return false;
    document.getElementById("single-keys").checked = enabled();
    dialog.showModal();
    return true;
  }

  function act(key, element) {
    if (key === "?") return help();
    if (!enabled()) return false;
    if (key === "y" || key === "n") return judge(key === "y" ? "yes" : "no");
    if (key === "backspace") return takeBack();
    if (key === "enter") return submit(element);
    return press(key);
  }

  document.addEventListener("keydown", (event) => {
    const element = event.target instanceof Element ? event.target : document.body;
    if (event.defaultPrevented || event.repeat || document.querySelector("dialog[open]")) return;
    if (typing(element)) {
      if (event.key === "Escape") element.blur();
      if (event.key === "Enter" && event.ctrlKey && element.form?.matches("[data-main]")) {
        element.form.requestSubmit(element.form.querySelector(".primary"));
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(event.key.toLowerCase(), element)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]") && help()) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    const changed = event.target;
    if (changed.id === "single-keys") localStorage.setItem(STORE, changed.checked ? "on" : "off");
    if (changed.name === "decision") find("details.edit").open = changed.value === "edit";
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "main") return; // the overview renews itself without a word
    find("[data-focus]")?.focus({ preventScroll: true });
    document.getElementById("status").textContent = find("[data-say]")?.textContent ?? "";
  });
})();
