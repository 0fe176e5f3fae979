(() => {
  "use strict";
  const desk = document.getElementById("browser");
  if (!desk) return;
  const STEP = 12;
  const field = (name) => desk.querySelector(`[name="${name}"]`);
  const list = document.getElementById("found");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const fields = ["shelf", "category", "system", "verdict", "agreement", "search"].map(field);
  const opened = new Map();
  let hits = [], shown = 0, shelf = null;

  const make = (tag, name, ...children) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    node.append(...children.filter((child) => child !== null));
    return node;
  };
  const open = async (number) => {
    if (!opened.has(number)) {
      const packed = atob(document.getElementById(`shelf-${number}`).textContent.trim());
      const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      const lines = (await new Response(stream).text()).trimEnd().split("\n");
      const [head, ...questions] = lines.map((line) => JSON.parse(line));
      for (const question of questions) prepare(question, head.rules);
      opened.set(number, { ...head, questions });
    }
    return opened.get(number);
  };
  /* A reply comes as [chosen, right, asked, words, rules]; rules are empty where all agree. */
  const prepare = (question, rules) => {
    const replies = question.replies.map((held) => held && {
      chosen: held[0], right: held[1], asked: held[2], words: held[3],
      rules: held[4].length ? held[4].map((said, at) => said && [rules[at], ...said]).filter(Boolean) : [],
      verdict: held[1] === held[2] ? "right" : held[0] === null && !held[1] ? "unread" : "wrong",
    });
    const shares = new Set(replies.filter(Boolean).map((reply) => reply.right / reply.asked));
    question.replies = replies;
    question.agreement = shares.size > 1 ? "split" : shares.has(1) ? "right" : "wrong";
    question.dissent = replies.some((reply) => reply && reply.rules.length);
    question.words = [question.id, question.stem, ...question.options, ...question.in,
      ...Object.values(question.read), ...replies.map((reply) => reply?.words ?? "")].join("\n").toLowerCase();
  };
  const options = (select, first, names) => {
    const kept = select.value;
    select.replaceChildren(new Option(first, ""), ...names.map((name) => new Option(name)));
    if (names.includes(kept)) select.value = kept;
  };

  const badge = (reply) => {
    const words = { right: "Right", wrong: "Wrong", unread: "Unread" }[reply.verdict];
    const times = reply.asked > 1 ? ` ${reply.right} of ${reply.asked}` : "";
    return make("span", `badge ${reply.verdict}`, words + times);
  };
  const letter = (at) => (at === null ? "none" : String.fromCharCode(65 + at));
  /* Roles are said aloud, since a phone lays the rows out as blocks, which would take them away. */
  const cell = (tag, role, name, ...children) => {
    const node = make(tag, name, ...children);
    node.setAttribute("role", role);
    return node;
  };
  const row = (name, reply) => {
    if (!reply) return null;
    const rules = reply.rules.map(([rule, chosen, right]) =>
      make("span", "rule", `${rule}: ${letter(chosen)}, ${right ? "right" : "wrong"}`));
    const words = reply.words ? make("q", "", reply.words) : make("span", "sub", "scored, no words");
    return cell("tr", "row", "", cell("th", "rowheader", "", name), cell("td", "cell", "", badge(reply)),
      cell("td", "cell", "", letter(reply.chosen)), cell("td", "cell", "said", words, ...rules));
  };
  const headings = () => cell("thead", "rowgroup", "", cell("tr", "row", "",
    ...["Model", "Verdict", "Choice", "Reply"].map((text) => cell("th", "columnheader", "", text))));
  const option = (question, words, at) => {
    const right = at === question.key;
    const choosers = question.replies.filter((reply) => reply?.chosen === at).length;
    return make("li", right ? "key" : "", make("b", "", letter(at)), " ", words,
      right ? make("em", "", " right answer") : null,
      choosers ? make("em", "", ` chosen by ${choosers}`) : null);
  };
  const clip = (question) => {
    if (!question.audio) return null;
    const player = make("audio");
    Object.assign(player, { controls: true, preload: "none", src: question.audio });
    player.setAttribute("aria-label", `Clip of ${question.id}`);
    const link = make("a", "", "audio file");
    link.href = question.audio;
    return make("p", "listen", player, link);
  };
  const read = (question) => Object.entries(question.read).map(([name, text]) =>
    make("details", "read", make("summary", "", `What the models read: ${name || "caption"}`), make("p", "", text)));
  const card = (question) => {
    const right = question.replies.filter((reply) => reply?.verdict === "right").length;
    const asked = question.replies.filter(Boolean).length;
    const title = make("h3", "", question.stem);
    const where = make("p", "sub", `${question.in.filter(Boolean).join(" · ")} · ${question.id} · ${right} of ${asked} right`);
    const table = cell("table", "table", "replies", make("caption", "hidden", `Replies to ${question.id}`), headings(),
      cell("tbody", "rowgroup", "", ...question.replies.map((reply, at) => row(shelf.systems[at], reply))));
    const scroll = make("div", "scroll", table);
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", `Replies to ${question.id}`);
    return make("article", "question", title, where,
      make("ol", "options", ...question.options.map((words, at) => option(question, words, at))),
      clip(question), ...read(question), scroll);
  };

  const next = () => {
    list.append(...hits.slice(shown, shown + STEP).map(card));
    shown = Math.min(shown + STEP, hits.length);
    more.hidden = shown >= hits.length;
    more.textContent = `Show more (${(hits.length - shown).toLocaleString("en")} left)`;
  };
  const find = () => {
    if (!shelf) return; // still being unpacked: `turn` finds once it is
    const [, category, system, verdict, agreement, search] = fields.map((one) => one.value);
    const words = search.trim().toLowerCase();
    const place = shelf.systems.indexOf(system);
    const verdictFits = (question) => {
      const some = place < 0 ? question.replies : [question.replies[place]];
      return some.some((reply) => reply && (!verdict || reply.verdict === verdict));
    };
    hits = shelf.questions.filter((question) =>
      (!category || question.in[0] === category) &&
      (!agreement || (agreement === "rules" ? question.dissent : question.agreement === agreement)) &&
      verdictFits(question) && question.words.includes(words));
    list.replaceChildren();
    shown = 0;
    count.textContent = `${hits.length.toLocaleString("en")} of ${shelf.questions.length.toLocaleString("en")} questions here`;
    next();
  };
  const turn = async () => {
    try {
      shelf = await open(fields[0].value);
    } catch (error) {
      count.textContent = "This browser cannot unpack the questions; any browser since 2023 can.";
      return;
    }
    options(fields[1], "All categories", [...new Set(shelf.questions.map((question) => question.in[0]))].sort());
    options(fields[2], "Any model", shelf.systems);
    find();
  };
  let waiting = 0;
  fields[0].addEventListener("change", turn);
  fields.slice(1, 5).forEach((one) => one.addEventListener("change", find));
  fields[5].addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(find, 150); });
  more.addEventListener("click", () => {
    const first = shown;
    next();
    list.children[first]?.querySelector(".scroll").focus();
  });
  desk.addEventListener("submit", (event) => event.preventDefault());
  const near = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) { near.disconnect(); turn(); }
  }, { rootMargin: "800px" });
  near.observe(desk);
})();
