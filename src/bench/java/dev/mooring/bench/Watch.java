package dev.mooring.bench;

import java.util.Locale;

/** Who looks on at a server, or all together. */
enum Watch {
  ALL("with it, and all look on"),
  METRICS("its metrics are read each second"),
  PAGE("the page is open"),
  FOLLOWER("one session is followed"),
  TRACES("one call in 100 is traced");

  private final String words;

  Watch(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }

  /** What a figure of it is called. */
  String figure() {
    return this == ALL ? "watched_cpu" : "watched_cpu_" + name().toLowerCase(Locale.ROOT);
  }

  private boolean has(Watch part) {
    return this == ALL || this == part;
  }

  boolean readsMetrics() {
    return has(METRICS);
  }

  boolean hasPage() {
    return has(PAGE);
  }

  boolean follows() {
    return has(FOLLOWER);
  }

  boolean traces() {
    return has(TRACES);
  }

  /** Whether somebody asks again and again. */
  boolean asks() {
    return readsMetrics() || hasPage();
  }
}
