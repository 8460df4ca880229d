package dev.mooring.bench;

import java.util.List;

/** Who is measured, each in a process of its own. */
enum Contender {
  MOORING("Mooring"),
  /** Another checkout of Mooring, which was built: what a change is held against. */
  BEFORE("before"),
  /** Without a check at back-edges and calls, so that nothing could stop it. */
  UNCHECKED("no check"),
  /** With the check that Chicory's compiler puts there. */
  INTERRUPTIBLE("Chicory's check"),
  CHICORY("Chicory"),
  /** V8 of the Node that a user would pick, in the version that {@code src/bench/run} names. */
  V8("V8"),
  /** V8 of the Node that is on the machine. */
  V8_INSTALLED("V8, installed"),
  WASMTIME("wasmtime");

  private final String label;

  Contender(String label) {
    this.label = label;
  }

  /** For people. */
  String label() {
    return label;
  }

  List<String> command(Setting setting) {
    return switch (this) {
      case MOORING -> worker(setting, "mooring", "-Xmx3g");
      case BEFORE -> before(setting);
      case UNCHECKED -> worker(setting, "unchecked", "-Xmx3g");
      case INTERRUPTIBLE -> worker(setting, "interruptible", "-Xmx3g");
      case CHICORY -> worker(setting, "chicory", "-Xmx3g");
      // Its memory is outside the heap. A heap that neither grows nor shrinks keeps out of the way.
      case WASMTIME -> worker(setting, "wasmtime", "-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch");
      case V8 -> node(setting, setting.node());
      case V8_INSTALLED -> node(setting, setting.installedNode());
    };
  }

  private static List<String> node(Setting setting, String node) {
    return List.of(node, "--expose-gc", setting.source().resolve("bench/peers/v8.mjs").toString());
  }

  private static List<String> before(Setting setting) {
    String classes = setting.before();
    if (classes.isEmpty()) {
      throw new IllegalStateException("--against names no other checkout");
    }
    return setting.java(List.of("-Xmx3g"), classes, Worker.class, "mooring");
  }

  private static List<String> worker(Setting setting, String engine, String... heap) {
    return setting.java(List.of(heap), Worker.class, engine);
  }
}
