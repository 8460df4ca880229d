package dev.mooring.bench;

import java.util.List;

/** Who is measured, each in a process of its own. */
enum Contender {
  DENSE("dense"),
  FLAT("flat"),
  /** Without a check at back-edges and calls, so that nothing could stop it. */
  DENSE_UNCHECKED("dense, no check"),
  FLAT_UNCHECKED("flat, no check"),
  /** With the check that Chicory's compiler puts there. */
  DENSE_INTERRUPTIBLE("dense, Chicory's check"),
  FLAT_INTERRUPTIBLE("flat, Chicory's check"),
  CHICORY("Chicory"),
  V8("V8"),
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
      case DENSE -> worker(setting, "dense", "-Xmx3g");
      case FLAT -> worker(setting, "flat", "-Xmx3g");
      case DENSE_UNCHECKED -> worker(setting, "dense-unchecked", "-Xmx3g");
      case FLAT_UNCHECKED -> worker(setting, "flat-unchecked", "-Xmx3g");
      case DENSE_INTERRUPTIBLE -> worker(setting, "dense-interruptible", "-Xmx3g");
      case FLAT_INTERRUPTIBLE -> worker(setting, "flat-interruptible", "-Xmx3g");
      case CHICORY -> worker(setting, "chicory", "-Xmx3g");
      // Its memory is outside the heap. A heap that neither grows nor shrinks keeps out of the way.
      case WASMTIME -> worker(setting, "wasmtime", "-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch");
      case V8 ->
          List.of(
              setting.node(),
              "--expose-gc",
              setting.source().resolve("bench/peers/v8.mjs").toString());
    };
  }

  private static List<String> worker(Setting setting, String engine, String... heap) {
    return setting.java(List.of(heap), Worker.class, engine);
  }
}
