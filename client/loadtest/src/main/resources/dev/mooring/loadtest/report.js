// Notes what goes wrong on this page, for whoever tests it. Nothing else here needs a script.
document.documentElement.dataset.errors = "";
addEventListener("error", (event) => {
  document.documentElement.dataset.errors += event.message + "\n";
});
addEventListener("load", () => {
  document.documentElement.dataset.loaded = "yes";
});
