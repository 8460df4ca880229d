const move = (from, to, cents, note) => [
  { account: from, cents: -cents, currency: "EUR" },
  { account: to, cents, currency: "EUR", note },
];

export default [
  [
    ["list", "Newest"],
    ["post", move("bank", "cash", 12_050, "till")],
    ["post", move("cash", "rope", 999)],
    ["post", [...move("cash", "lamps", 5_000, "Größe 3"), ...move("bank", "cash", 1)]],
    ["post", [{ account: "bank", cents: 5, currency: "NOK" }]],
    ["post", []],
    ["list", "Newest"],
    ["list", "Largest"],
    ...["bank", "cash", "rope", "lamps", "nobody"].map((account) => ["balance", account]),
    ...[1, 2, 3, 4, 5, 6, 7].map((cents) => ["post", move("bank", `a${cents}`, cents)]),
    ["list", "Largest"],
    ...["", "plain", "Größe 漢字 🚢", '"quoted"'].map((text) => ["checksum", text]),
  ],
  [["list", "Largest"], ["post", move("a", "b", 1)], ["balance", "b"]],
];
