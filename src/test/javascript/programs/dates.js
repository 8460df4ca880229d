// Day.js: dates, with most of its plug-ins and two languages.

import dayjs from "dayjs";
import advancedFormat from "dayjs/plugin/advancedFormat.js";
import customParseFormat from "dayjs/plugin/customParseFormat.js";
import duration from "dayjs/plugin/duration.js";
import isBetween from "dayjs/plugin/isBetween.js";
import isoWeek from "dayjs/plugin/isoWeek.js";
import objectSupport from "dayjs/plugin/objectSupport.js";
import quarterOfYear from "dayjs/plugin/quarterOfYear.js";
import relativeTime from "dayjs/plugin/relativeTime.js";
import toObject from "dayjs/plugin/toObject.js";
import utc from "dayjs/plugin/utc.js";
import weekOfYear from "dayjs/plugin/weekOfYear.js";
import weekYear from "dayjs/plugin/weekYear.js";
import "dayjs/locale/fr.js";
import "dayjs/locale/de.js";

for (const plugin of [
  advancedFormat,
  customParseFormat,
  duration,
  isBetween,
  isoWeek,
  objectSupport,
  quarterOfYear,
  relativeTime,
  toObject,
  utc,
  weekOfYear,
  weekYear,
]) {
  dayjs.extend(plugin);
}

let current = dayjs.utc("2026-11-30T12:00:00Z");

export function format({ date, format, locale = "en" }) {
  return dayjs.utc(date).locale(locale).format(format);
}

export function local({ date, format }) {
  return dayjs(date).format(format);
}

export function parse({ text, format, strict = false }) {
  const date = dayjs.utc(text, format, strict);
  return date.isValid() ? date.toISOString() : "no date";
}

export function iso(date) {
  const day = dayjs.utc(date);
  if (!day.isValid()) throw new RangeError(`${date} is no date`);
  return day.toISOString();
}

export function between({ from, to, unit }) {
  return dayjs.utc(to).diff(dayjs.utc(from), unit, true);
}

export function facts(date) {
  const day = dayjs.utc(date);
  return {
    quarter: day.quarter(),
    week: day.isoWeek(),
    weekYear: day.isoWeekYear(),
    weekday: day.isoWeekday(),
    days: day.daysInMonth(),
    end: day.endOf("quarter"),
    start: day.startOf("isoWeek"),
    object: day.toObject(),
    unix: day.unix(),
  };
}

export function relative({ from, to, locale = "en" }) {
  return dayjs.utc(to).locale(locale).from(dayjs.utc(from));
}

export function lasting({ amount, unit, locale = "en" }) {
  const length = dayjs.duration(amount, unit);
  return {
    text: length.locale(locale).humanize(),
    iso: length.toISOString(),
    hours: length.asHours(),
    clock: length.format("DD HH:mm:ss"),
  };
}

// The date that this session has come to.
export function move({ by, unit }) {
  current = by < 0 ? current.subtract(-by, unit) : current.add(by, unit);
  return current.format("dddd, MMMM D, YYYY HH:mm:ss");
}

export function isBetweenDates({ date, from, to, bounds }) {
  return dayjs.utc(date).isBetween(from, to, "day", bounds);
}

export function native(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? String(date)
    : [date.toISOString(), date.toDateString(), date.toUTCString(), date.getDay(), date.getTime()];
}
