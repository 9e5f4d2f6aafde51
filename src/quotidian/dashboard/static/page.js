// What is more convenient with scripts; nothing needs them.
"use strict";

// A chart tells the numbers of the day under the pointer, or of the one that the arrow keys have led to.
function tell(plot, column) {
  const bubble = plot.querySelector(".bubble");
  for (const other of plot.querySelectorAll(".columns .told")) other.classList.remove("told");
  bubble.hidden = !column;
  if (!column) return;
  column.classList.add("told");
  bubble.textContent = column.dataset.told;
  const box = plot.getBoundingClientRect();
  const day = column.getBoundingClientRect();
  const left = day.left + day.width / 2 - box.left;
  bubble.style.setProperty("left", `${Math.min(Math.max(left, 70), box.width - 70)}px`);
}

for (const plot of document.querySelectorAll(".chart .plot")) {
  const columns = [...plot.querySelectorAll(".columns rect")];
  const bubble = document.createElement("output");
  bubble.className = "bubble";
  bubble.hidden = true;
  plot.append(bubble);
  for (const column of columns) {
    // The browser's own bubble would come on top of ours.
    const title = column.querySelector("title");
    column.dataset.told = title.textContent;
    title.remove();
  }
  plot.addEventListener("pointermove", (event) => tell(plot, event.target.closest(".columns rect")));
  plot.addEventListener("pointerleave", () => tell(plot, null));
  plot.addEventListener("click", (event) => tell(plot, event.target.closest(".columns rect")));
  plot.tabIndex = 0;
  plot.addEventListener("blur", () => tell(plot, null));
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = columns.findIndex((column) => column.classList.contains("told"));
    const next = now < 0 ? (step > 0 ? 0 : columns.length - 1) : now + step;
    tell(plot, columns[Math.min(Math.max(next, 0), columns.length - 1)]);
  });
}

// A choice in a form that says so is made without pressing its button.
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
