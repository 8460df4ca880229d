package dev.mooring.spec;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where the suite's modules run. */
interface SpecHost {
  /**
   * Lets a module in and makes an instance.
   *
   * @param name of the module
   * @return completes with it, or with {@link Refused}
   */
  CompletableFuture<Instance> open(String name);

  /** An instance of a module; its calls run in order, and may be made before others have ended. */
  interface Instance extends AutoCloseable {
    CompletableFuture<Outcome> call(String function, List<SpecValue> arguments);

    @Override
    void close();
  }

  /** How a call ended. */
  sealed interface Outcome {
    /** The bits of its results. */
    record Returned(List<Long> results) implements Outcome {}

    /** The name of the trap's kind. */
    record Trapped(String kind) implements Outcome {}

    /** Anything else. */
    record Failed(String what) implements Outcome {}
  }

  /** A module that was not let in; the message says why. */
  final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message, null, false, false);
    }
  }
}
