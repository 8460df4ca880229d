const dates = [
  "2026-11-30T12:34:56.789Z",
  "2024-02-29T00:00:00Z",
  "2000-01-01T23:59:59Z",
  "1969-12-31T23:59:59.999Z",
  "2021-01-03T05:06:07Z",
  "2026-06-15",
  "1900-03-01T01:01:01Z",
  "9999-12-31T23:59:59Z",
];

const formats = [
  undefined,
  "YYYY-MM-DD HH:mm:ss.SSS Z ZZ",
  "dddd, MMMM Do YYYY, h:mm:ss a A",
  "[Today is] d dd ddd D DD M MM MMM YY k kk X x Q w ww W WW gggg GGGG",
  "L LT LL",
];

const parsed = [
  ["30/11/2026", "DD/MM/YYYY"],
  ["31/02/2026", "DD/MM/YYYY"],
  ["31/02/2026", "DD/MM/YYYY", true],
  ["5 pm 7 March 2020", "h a D MMMM YYYY"],
  ["2020-1-2", ["YYYY/M/D", "YYYY-M-D"]],
  ["2020-13-02", "YYYY-MM-DD", true],
  ["1606000000", "X"],
  ["1606000000123", "x"],
  ["12:30 +05:00", "HH:mm Z"],
  ["nonsense", "YYYY"],
  ["21st", "Do"],
];

const spans = [
  ["2026-01-31", "2026-02-28", "month"],
  ["2024-02-29", "2025-02-28", "year"],
  ["2026-01-01", "2026-12-31T12:00:00Z", "day"],
  ["2026-12-31", "2026-01-01", "week"],
  ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.500Z", "second"],
  ["2026-01-01", "2027-05-03", "quarter"],
  ["2026-01-01", "2026-01-02", undefined],
];

const natives = [
  "2026-11-30T12:34:56.789Z",
  "2026-11-30",
  "2026-11-30T12:00",
  "2026-11-30T12:00+05:30",
  "+012026-11-30T12:00:00Z",
  "-000001-01-01T00:00:00Z",
  "Mon, 30 Nov 2026 12:34:56 GMT",
  "Nov 30, 2026 12:34",
  "2026-11-31T25:00Z",
  "nonsense",
  "",
];

const moves = [
  [1, "month"],
  [1, "month"],
  [1, "month"],
  [-1, "year"],
  [36, "hour"],
  [-90, "minute"],
  [5, "week"],
  [1, "quarter"],
  [29.5, "day"],
  [-1e9, "second"],
];

export default [
  [
    ...dates.flatMap((date) => formats.map((format) => ["format", { date, format }])),
    ...dates.flatMap((date) =>
      ["fr", "de"].map((locale) => ["format", { date, format: "dddd D MMMM YYYY Do", locale }]),
    ),
    ...dates.map((date) => ["local", { date, format: "YYYY-MM-DDTHH:mm:ssZ" }]),
    ...dates.map((date) => ["facts", date]),
    ...dates.map((date) => ["iso", date]),
    ["iso", "nonsense"],
    ["iso", { y: 2020, M: 1, d: 30 }],
    ["iso", 1e15],
    ["iso", 1e17],
    ...parsed.map(([text, format, strict]) => ["parse", { text, format, strict }]),
    ...spans.map(([from, to, unit]) => ["between", { from, to, unit }]),
    ...spans.flatMap(([from, to]) => ["en", "fr", "de"].map((locale) => ["relative", { from, to, locale }])),
    ["lasting", { amount: 100, unit: "minutes" }],
    ["lasting", { amount: 2.2, unit: "years", locale: "fr" }],
    ["lasting", { amount: -400, unit: "days", locale: "de" }],
    ["lasting", { amount: "P1Y2M3DT4H5M6S" }],
    ["lasting", { amount: { hours: 25, seconds: 61.5 } }],
    ...moves.map(([by, unit]) => ["move", { by, unit }]),
    ...["()", "[]", "[)", "(]"].map((bounds) => ["isBetweenDates", { date: dates[0], from: dates[0], to: dates[7], bounds }]),
    ...natives.map((text) => ["native", text]),
  ],
  [["move", { by: 0, unit: "day" }]],
];
